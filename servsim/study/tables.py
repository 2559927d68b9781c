"""What the files of a run hold: logs in the words users read. Never writes a file.

========= =========================================== =====================================================================
file      one row per                                 columns
========= =========================================== =====================================================================
contacts  contact                                     ``CONTACTS``
cases     need of a customer                          ``CASES``
agents    stretch of time in which an agent does one  ``AGENTS``
          thing, without gaps
customers customer who made contact, known as person  ``CUSTOMERS``; those who were lost too
measures  measure, formula and group                  ``servsim.measure.table.COLUMNS``
========= =========================================== =====================================================================

Where customers remember, cases and customers have the further columns ``CASES_REMEMBERED`` and ``CUSTOMERS_REMEMBERED``.

Times are seconds from midnight of day 0; a time that did not happen is empty (NaN in a notebook). A name that does not
apply is empty (``None``), a number that does not apply -1. ``contact`` is the row number in the log of its replication.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.agent_day import PRESENCE_WORDS, agent_day
from servsim.measure.cases import Cases, CaseState, cases_of
from servsim.measure.closings import case_of
from servsim.measure.customers import customers_of
from servsim.measure.facts import team_of, wait_in_line_s
from servsim.measure.staying import stand_of
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.codes import AgentState, Cover, Entry, Hit, LegKind, NextStep, Outcome, Solved, word


class Words(NamedTuple):
    """A column of few different words, kept as numbers."""

    code: NDArray[Any]
    """Place in ``words``; -1: empty."""
    words: tuple[str, ...]


Table = Mapping[str, Any]
"""Columns by name: numpy arrays or :class:`Words`, all of one length."""

CONTACTS: dict[str, str] = {
    "replication": "Number of the replication.",
    "contact": "Number of the contact in its replication.",
    "root": "Name of the case: reason 12 bits, day 14, interval 11, number 26.",
    "lineage": "0 for a case of its own; else a hash of the case it grew out of.",
    "leg_kind": "What kind of attempt of the case.",
    "leg": "Number of the attempt of this kind.",
    "try_number": "0, then 1, 2 ... for redials and retries of the same attempt.",
    "entry": "How the contact came about.",
    "reason": "Why.",
    "segment": "Class of the customer.",
    "channel": "Which way.",
    "customer": "Number of the customer; -1 unknown as a person.",
    "owner": "The customer's own executive, where the contact asks for him.",
    "agent": "Who served.",
    "team": "Whose team.",
    "cover": "Who was to serve, seen from the contact.",
    "has_file": "Whether the colleague or substitute had the file; empty where it did not matter.",
    "queue": "Line the contact first waited in.",
    "arrived_s": "At the door, or the first ring.",
    "queued_s": "Joined a line or found an agent: after menu or reception.",
    "answered_s": "An agent began to serve.",
    "ended_s": "The customer went.",
    "released_s": "The agent was free again, after wrap-up.",
    "search_s": "Part of answered to ended in which the agent searched.",
    "patience_s": "How long the contact would have waited in line; inf for ever.",
    "wait_s": "Wait in line, until answered or gone.",
    "outcome": "How it ended.",
    "next_step": "What followed.",
    "solved": "Whether the need was met.",
    "next_contact": "Number of the contact that followed; -1 none within the run.",
}
CASES: dict[str, str] = {
    "replication": "Number of the replication.",
    "root": "Name of the case.",
    "lineage": "0 for a case of its own.",
    "customer": "Number of the customer; -1 unknown as a person.",
    "reason": "Why.",
    "segment": "Class of the customer.",
    "channel": "Which way the first contact came.",
    "first_contact": "Number of the first contact.",
    "first_arrived_s": "When the first contact came.",
    "closed_s": "When it was solved, given up or lost; empty while open.",
    "state": "solved, given_up, lost (the customer, before it closed) or open.",
    "contacts": "Contacts so far, calls by the firm included.",
    "in_vain": "Contacts at which the customer was told to come back.",
    "waited_s": "The customer's time in line over all contacts.",
}
AGENTS: dict[str, str] = {
    "replication": "Number of the replication.",
    "agent": "Who.",
    "team": "Whose team.",
    "from_s": "Beginning of the stretch.",
    "to_s": "End of the stretch.",
    "state": "off, idle, talk, wrap_up, search, break, away, or overtime (present after the shift, no contact in hand).",
    "presence": "off, on, break, away or overtime; overtime covers contacts in hand after the shift too.",
    "contact": "Number of the contact in hand, or -1.",
}
CUSTOMERS: dict[str, str] = {
    "replication": "Number of the replication.",
    "customer": "Number of the customer.",
    "segment": "Class of the customer.",
    "contacts": "Contacts in all, calls by the firm included.",
    "cases": "Needs.",
    "solved": "Needs that were met.",
    "in_vain": "Contacts at which the customer was told to come back.",
    "waited_s": "Time in line.",
}

CASES_REMEMBERED: dict[str, str] = {
    "problem": "Whether it was a problem: by its reason, or since the firm failed it; empty, as the next columns, where nothing was posted: open, lost, not known as person.",
    "major": "Whether it was serious to the customer.",
    "hit": "How the firm failed it last.",
    "complained": "Whether the customer said so.",
    "friction": "Points of friction, lateness included.",
    "quality": "Quality felt, 0 to 100.",
    "before": "Satisfaction just before it closed, 0 to 100.",
    "after": "Satisfaction just after.",
    "leaving": "Chance to leave on the spot.",
    "remedy": "Money given to the customer for the loss, goodwill included.",
    "left": "Whether the customer left as it closed.",
}
"""Further columns of cases where customers remember."""
CUSTOMERS_REMEMBERED: dict[str, str] = {
    "hit": "Cases that the firm failed.",
    "complained": "Cases about which the customer complained.",
    "account": "A at the end of the run, or when lost: how the firm usually serves, 0 to 100.",
    "recovery": "R: how it treats the customer when something goes wrong; empty before the first problem.",
    "mood": "T: the passing mood, in points.",
    "satisfaction": "S: the weaker of A and R, in the mood of the day, 0 to 100.",
    "expected": "Chances of leaving summed over the run.",
    "lost_s": "When the customer was lost; empty: still here.",
    "lost_root": "Name of the case at whose close the customer left; -1 still here, or left between two cases.",
    "lost_lineage": "Its lineage.",
    "value": "Worth of the customer from then on, mood left out, in the scenario's currency.",
    "value_at_start": "The same as the run began.",
}
"""Further columns of customers where they remember."""

FILES = ("contacts", "cases", "agents", "customers", "measures")
"""Tables of a study, each a Parquet file of that name."""


def words_of(codes: type[IntEnum]) -> tuple[str, ...]:
    """Return the words of an enum whose codes are 0, 1, 2 ..."""
    return tuple(word(code) for code in codes)


def contacts_table(log: RunLog, plan: Plan, names: Names) -> Table:
    """Return the contacts of one replication (``CONTACTS``)."""
    log_columns = log.contacts
    count = len(log_columns["root"])
    named = {
        "replication": np.full(count, log.replication, np.int32),
        "contact": np.arange(count),
        "leg_kind": Words(log_columns["leg_kind"], words_of(LegKind)),
        "entry": Words(log_columns["entry"], words_of(Entry)),
        "reason": Words(log_columns["reason"], names.reasons),
        "segment": Words(log_columns["segment"], names.segments),
        "channel": Words(log_columns["channel"], names.channels),
        "owner": Words(log_columns["owner"], names.agents),
        "agent": Words(log_columns["agent"], names.agents),
        "team": Words(team_of(log_columns["agent"], plan), names.teams),
        "cover": Words(log_columns["cover"], words_of(Cover)),
        "has_file": Words(log_columns["has_file"], ("no", "yes")),
        "queue": Words(log_columns["queue"], names.queues),
        "wait_s": wait_in_line_s(log_columns),
        "outcome": Words(log_columns["outcome"], words_of(Outcome)),
        "next_step": Words(log_columns["next_step"], words_of(NextStep)),
        "solved": Words(log_columns["solved"] + np.int8(1), words_of(Solved)),
        "next_contact": log_columns["next_row"],
    }
    return {name: named[name] if name in named else log_columns[name] for name in CONTACTS}


def cases_table(log: RunLog, names: Names, cases: Cases) -> Table:
    """Return the cases of one replication (``CASES``; where customers remember, ``CASES_REMEMBERED`` too)."""
    first = {name: column[cases.first] for name, column in log.contacts.items() if name in CASES or name == "arrived_s"}
    columns = {
        "replication": np.full(len(cases.first), log.replication, np.int32),
        "root": cases.root,
        "lineage": cases.lineage,
        "customer": first["customer"],
        "reason": Words(first["reason"], names.reasons),
        "segment": Words(first["segment"], names.segments),
        "channel": Words(first["channel"], names.channels),
        "first_contact": cases.first,
        "first_arrived_s": first["arrived_s"],
        "closed_s": cases.closed_s,
        "state": Words(cases.state, words_of(CaseState)),
        "contacts": cases.contacts,
        "in_vain": cases.in_vain,
        "waited_s": cases.waited_s,
    }
    return {**{name: columns[name] for name in CASES}, **_of_closings(log, cases)}


def _of_closings(log: RunLog, cases: Cases) -> Table:
    """Return what the closed cases posted, by case; no columns where nobody remembers."""
    closings, count = log.closings, len(cases.first)
    if not closings:
        return {}
    case = case_of(closings, cases, len(log.contacts["root"]))
    words = {"problem": ("no", "yes"), "major": ("no", "yes"), "hit": words_of(Hit), "complained": ("no", "yes"), "left": ("no", "yes")}
    found: dict[str, Any] = {}
    for name in CASES_REMEMBERED:
        column = closings["lost" if name == "left" else name]
        by_case = np.full(count, -1, np.int8) if name in words else np.full(count, np.nan)
        by_case[case] = column
        found[name] = Words(by_case, words[name]) if name in words else by_case
    return found


def agents_table(log: RunLog, plan: Plan, names: Names) -> Table:
    """Return what agents did in one replication (``AGENTS``)."""
    day = agent_day(log, plan)
    return {
        "replication": np.full(len(day.agent), log.replication, np.int32),
        "agent": Words(day.agent, names.agents),
        "team": Words(team_of(day.agent, plan), names.teams),
        "from_s": day.from_s,
        "to_s": day.to_s,
        "state": Words(day.state, words_of(AgentState)),
        "presence": Words(day.presence, PRESENCE_WORDS),
        "contact": day.contact,
    }


def customers_table(log: RunLog, plan: Plan, names: Names, cases: Cases, terms: Terms | None = None) -> Table:
    """Return the customers of one replication (``CUSTOMERS``; where they remember, ``CUSTOMERS_REMEMBERED`` too).

    What they are worth is left out without the terms of the scenario.
    """
    lost_s = log.customers.get("lost_s", np.zeros(0))
    customers = customers_of(log.contacts, cases, np.flatnonzero(~np.isnan(lost_s)), plan)
    columns = customers._asdict() | {
        "replication": np.full(len(customers.customer), log.replication, np.int32),
        "segment": Words(customers.segment, names.segments),
    }
    return {**{name: columns[name] for name in CUSTOMERS}, **_of_memory(log, plan, customers.customer, terms)}


def _of_memory(log: RunLog, plan: Plan, who: NDArray[Any], terms: Terms | None) -> Table:
    """Return what some customers remember at the end; no columns where nobody does."""
    if not log.customers:
        return {}
    margin, discount = (np.zeros(len(plan.segment_size)), 0.0) if terms is None else (terms.margin, terms.discount)
    stand, closings, count = stand_of(log, plan, margin, discount), log.closings, len(log.customers["lost_s"])
    lost_at = np.full(count + 1, -1, np.int64)
    left = np.flatnonzero(closings["lost"])
    lost_at[closings["customer"][left]] = left
    lost_at = lost_at[who]
    known = {
        "hit": np.bincount(closings["customer"][closings["hit"] != Hit.NONE], minlength=count),
        "complained": np.bincount(closings["customer"][closings["complained"] == 1], minlength=count),
        **{name: column for name, column in stand._asdict().items() if name in CUSTOMERS_REMEMBERED},
    }
    names_of = {"lost_root": np.append(closings["root"], -1)[lost_at], "lost_lineage": np.append(closings["lineage"], np.uint64(0))[lost_at]}
    told = [name for name in CUSTOMERS_REMEMBERED if terms is not None or not name.startswith("value")]
    return {name: names_of[name] if name in names_of else known[name][who] for name in told}


def log_tables(log: RunLog, plan: Plan, names: Names, terms: Terms | None = None) -> dict[str, Table]:
    """Return the logs of one replication as files hold them: contacts, cases, agents, customers.

    What customers are worth is left out without the terms of the scenario.
    """
    cases = cases_of(log.contacts)
    return {
        "contacts": contacts_table(log, plan, names),
        "cases": cases_table(log, names, cases),
        "agents": agents_table(log, plan, names),
        "customers": customers_table(log, plan, names, cases, terms),
    }
