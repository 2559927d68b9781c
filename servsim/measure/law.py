"""The laws a log must obey, each checked with the number of the contact that breaks it. Never repairs a log."""

from __future__ import annotations

import numpy as np

from servsim.engine.log import PRESENCE_OVERTIME, RunLog
from servsim.errors import InvariantError
from servsim.measure.agent_day import presence_of, served_in_order
from servsim.measure.cases import Cases, CaseState, cases_of
from servsim.measure.cost import HOLDS_NO_LINE
from servsim.measure.facts import Column, Floats, Mask, Rows, is_by_firm
from servsim.plan.plan import Plan
from servsim.rules.codes import Entry, Outcome, StaffState

SERVED_OUTCOMES = (Outcome.ANSWERED, Outcome.MESSAGE_LEFT, Outcome.TOLD_TO_COME_BACK, Outcome.OPEN)
"""Ways to end in which an agent may have answered."""
FIRST_ENTRIES = (Entry.FRESH, Entry.FOLLOW_UP, Entry.NOTICE)
"""Entries of contacts that need no contact before them; the first contact may follow a call ahead (R33)."""
MILLISECOND_S = 1e-3
"""Sums of times round; nothing in the model is shorter than this."""


def check_laws(log: RunLog, plan: Plan) -> None:
    """Check one replication's log against the laws of the model.

    Raises
    ------
    InvariantError
        At the first broken law, with the contact's number (its row) or the agent's.
    """
    contacts = log.contacts
    check_conservation(contacts)
    check_order_of_times(contacts)
    check_patience(contacts)
    check_follow_ups(contacts)
    check_one_at_a_time(contacts, plan)
    check_presence(log, plan)
    check_capacity(contacts, plan)
    if log.closings:
        check_lost_demand(log)
        check_closings(log)


def check_conservation(contacts: dict[str, Column]) -> None:
    """Every contact has exactly one way to end, and its times agree with it (law 1)."""
    outcome, served, over = contacts["outcome"], ~np.isnan(contacts["answered_s"]), ~np.isnan(contacts["ended_s"])
    by_agent = contacts["agent"] >= 0
    known = np.isin(outcome, np.array(list(Outcome), np.int8))
    _refuse(~known, "has an outcome that does not exist")
    _refuse(np.isnan(contacts["arrived_s"]), "never arrived")
    _refuse((outcome == Outcome.ANSWERED) & ~(served & by_agent), "is answered, but by nobody")
    _refuse(served & ~np.isin(outcome, np.array(SERVED_OUTCOMES, np.int8)), "was answered, but its outcome says otherwise")
    _refuse(served & ~by_agent, "was answered, but no agent is noted")
    _refuse((outcome == Outcome.ABANDONED) & np.isnan(contacts["queued_s"]), "abandoned a line it never joined")
    _refuse((outcome == Outcome.OPEN) & over, "is open, but has ended")
    _refuse((outcome != Outcome.OPEN) & ~over, "has an outcome, but never ended")
    came = (contacts["ended_s"] != contacts["arrived_s"]) | ~np.isnan(contacts["queued_s"])
    _refuse((outcome == Outcome.LOST_DEMAND) & came, "is lost demand, yet somebody came")


def check_order_of_times(contacts: dict[str, Column]) -> None:
    """Nobody is answered before arriving; every contact's times are in order."""
    steps = (
        ("arrived_s", "queued_s", "joined the line before it arrived"),
        ("queued_s", "answered_s", "was answered before it joined the line"),
        ("arrived_s", "answered_s", "was answered before it arrived"),
        ("arrived_s", "ended_s", "ended before it arrived"),
        ("queued_s", "ended_s", "left the line before it joined"),
        ("answered_s", "ended_s", "ended before it was answered"),
        ("ended_s", "released_s", "let the agent go before it ended"),
    )
    for earlier, later, says in steps:
        _refuse(contacts[later] < contacts[earlier], says)  # NaN compares as false: what did not happen is in order


def check_patience(contacts: dict[str, Column]) -> None:
    """Nobody waits in line longer than patience lasts (calls by the firm wait without patience)."""
    to_s = np.where(np.isnan(contacts["answered_s"]), contacts["ended_s"], contacts["answered_s"])
    too_long = to_s - contacts["queued_s"] > contacts["patience_s"] + MILLISECOND_S
    _refuse(too_long & ~is_by_firm(contacts), "waited longer than its patience")


def check_follow_ups(contacts: dict[str, Column]) -> None:
    """Every further contact of a case follows exactly one earlier contact of the same case."""
    next_row = contacts["next_row"]
    before = np.flatnonzero(next_row >= 0)
    after = next_row[before]
    followed = np.bincount(after, minlength=len(next_row))
    first = np.isin(contacts["entry"], np.array(FIRST_ENTRIES, np.int8))
    called = np.zeros(len(next_row), bool)
    called[after[contacts["entry"][before] == Entry.NOTICE]] = True
    _refuse(followed > 1, "follows more than one contact")
    _refuse((followed == 0) & ~first, "follows no contact")
    _refuse((followed == 1) & first & ~called, "is the first of its case, yet follows another")
    other = (contacts["root"][before] != contacts["root"][after]) | (contacts["lineage"][before] != contacts["lineage"][after])
    _refuse_rows(after[other], "belongs to another case than the contact it follows")
    _refuse_rows(after[contacts["arrived_s"][after] < contacts["ended_s"][before]], "came before the contact it follows had ended")


def check_one_at_a_time(contacts: dict[str, Column], plan: Plan) -> None:
    """No agent serves two contacts at once."""
    rows = served_in_order(contacts)
    until_s = np.nan_to_num(contacts["released_s"][rows], nan=np.inf)
    same = contacts["agent"][rows][1:] == contacts["agent"][rows][:-1]
    both = same & (contacts["answered_s"][rows][1:] < until_s[:-1])
    _refuse_rows(rows[1:][both], "was answered by an agent who still worked on another")


def check_presence(log: RunLog, plan: Plan) -> None:
    """Agents work only while on duty or in overtime."""
    contacts, rows = log.contacts, served_in_order(log.contacts)
    from_s, until_s = contacts["answered_s"][rows], np.nan_to_num(contacts["released_s"][rows], nan=plan.horizon_s)
    presence = presence_of(log, plan.horizon_s)
    here = np.flatnonzero(np.isin(presence.state, (StaffState.ON, PRESENCE_OVERTIME)))
    agents = np.arange(len(plan.agent_team))
    work = np.searchsorted(contacts["agent"][rows], agents), np.searchsorted(contacts["agent"][rows], agents, "right")
    duty = np.searchsorted(presence.agent[here], agents), np.searchsorted(presence.agent[here], agents, "right")
    for agent in agents:
        own, mine = here[duty[0][agent] : duty[1][agent]], slice(work[0][agent], work[1][agent])
        covered_s = _covered_s(presence.from_s[own], presence.to_s[own], from_s[mine], until_s[mine])
        absent = (until_s - from_s)[mine] - covered_s > MILLISECOND_S
        _refuse_rows(rows[mine][absent], f"was served by agent {agent}, who was not there")


def _covered_s(begin_s: Floats, end_s: Floats, from_s: Floats, to_s: Floats) -> Floats:
    """Return how much of each stretch from-to lies within the ordered windows begin-end."""
    if not len(begin_s):
        return np.zeros(len(from_s))
    edges = np.stack((begin_s, end_s), axis=1).ravel()
    so_far = np.cumsum(np.stack((np.zeros(len(begin_s)), end_s - begin_s), axis=1).ravel())
    return np.asarray(np.interp(to_s, edges, so_far) - np.interp(from_s, edges, so_far))


def check_capacity(contacts: dict[str, Column], plan: Plan) -> None:
    """Lines and places in use never exceed their number."""
    holds = ~is_by_firm(contacts) & ~np.isin(contacts["outcome"], np.array(HOLDS_NO_LINE, np.int8))
    for channel, capacity in enumerate(np.asarray(plan.channel_capacity).tolist()):
        if capacity >= 0:
            _check_one_capacity(contacts, np.flatnonzero(holds & (contacts["channel"] == channel)), capacity)


def _check_one_capacity(contacts: dict[str, Column], rows: Rows, capacity: int) -> None:
    """Follow the number of holders through time; at one instant, who leaves goes before who comes (R13)."""
    until_s = np.nan_to_num(contacts["ended_s"][rows], nan=np.inf)
    rows, until_s = rows[until_s > contacts["arrived_s"][rows]], until_s[until_s > contacts["arrived_s"][rows]]
    time_s = np.concatenate((until_s, contacts["arrived_s"][rows]))
    step = np.repeat((-1, 1), len(rows))
    order = np.argsort(time_s, kind="stable")
    crowd = np.flatnonzero(np.cumsum(step[order]) > capacity)
    if len(crowd):
        row = int(rows[order[crowd[0]] - len(rows)])
        raise InvariantError(f"contact {row} held a line or place although all {capacity} were in use")


def check_lost_demand(log: RunLog) -> None:
    """Who is lost comes no more, and nobody else's demand is lost (R34)."""
    contacts = log.contacts
    customer, arrived_s = contacts["customer"], contacts["arrived_s"]
    lost_s = np.append(np.nan_to_num(log.customers["lost_s"], nan=np.inf), np.inf)[customer]
    not_made = contacts["outcome"] == Outcome.LOST_DEMAND
    _refuse(not_made & ~(lost_s <= arrived_s), "is lost demand, but its customer was not lost")
    _refuse(~not_made & ~is_by_firm(contacts) & (lost_s < arrived_s), "was made by a customer who had been lost")


def check_closings(log: RunLog) -> None:
    """Every closed case of a person who is still a customer has posted once, when it closed (R42)."""
    contacts, closings = log.contacts, log.closings
    cases, row = cases_of(contacts), closings["row"]
    at = np.full(len(contacts["root"]), -1, np.int64)
    at[cases.last] = np.arange(len(cases.last))
    case = at[row]
    _refuse_rows(row[case < 0], "closed its case, yet is not the last contact of it")
    _refuse_rows(row[np.bincount(case, minlength=len(cases.last))[case] > 1], "closed its case more than once")
    known = (closings["root"] == cases.root[case]) & (closings["lineage"] == cases.lineage[case]) & (closings["customer"] == contacts["customer"][row])
    _refuse_rows(row[~known], "closed a case of another name or customer")
    _refuse_rows(row[closings["closed_s"] != cases.closed_s[case]], "closed its case at another time than it ended")
    _refuse_rows(row[(closings["solved"] == 1) != (cases.state[case] == CaseState.SOLVED)], "closed its case otherwise than the log says")
    _check_all_closed(log, cases, case)


def _check_all_closed(log: RunLog, cases: Cases, posted: Rows) -> None:
    """Tell of closed cases of persons not lost before that have not posted."""
    customer = log.contacts["customer"][cases.last]
    lost_s = np.append(np.nan_to_num(log.customers["lost_s"], nan=np.inf), np.inf)[customer]
    due = (customer >= 0) & np.isin(cases.state, (CaseState.SOLVED, CaseState.GIVEN_UP))
    has_posted = np.zeros(len(due), bool)
    has_posted[posted] = True
    _refuse_rows(cases.last[due & (cases.closed_s < lost_s) & ~has_posted], "closed a case that posted nothing")
    _refuse_rows(cases.last[due & (cases.closed_s > lost_s) & has_posted], "posted for a customer who had been lost")


def _refuse(broken: Mask, says: str) -> None:
    _refuse_rows(np.flatnonzero(broken), says)


def _refuse_rows(rows: Rows, says: str) -> None:
    if len(rows):
        others = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
        raise InvariantError(f"contact {int(rows[0])} {says}{others}")
