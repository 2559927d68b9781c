"""The ledger: every paid second and every invoice, posted once, to the account of what caused it.

::

    seconds of planned duty, at the wage ---+     +-- contact in hand: its line ---+
    overtime, at its multiple --------------+---->+-- no contact: idle, break,     +--> accounts --> total
                                            |     |   absence, training            |
    held lines, remedies, decisions --------+-----+-- invoice: its line -----------+

The sum of the five accounts is payroll plus invoices, to the cent (``tests/test_ledger.py``). Beside the ledger, never in it: soft
losses (customers lost and at risk, bad word) and what customers bear themselves. From the end of the warm-up on; what
decisions cost is posted whole.

What is posted where, beyond doubt or by choice:

- A contact in hand posts from answer to the end of wrap-up by what it is: a call ahead, a complaint, a recovery call, the desk's
  handing over, a repeat of a matter that the firm had already been asked about (redials and come-backs), a need that is itself a
  problem; every other contact is service. So is a promised call: the customer asked once.
- The search of a colleague or substitute is internal failure, whatever the contact: it is there because the executive is not.
- Planned duty is paid whether worked or not. Hours in training are prevention. Idle time, breaks, illness and holidays are
  service: idle capacity is no cost of quality.
- An executive kept by a contact when an absence begins is paid overtime beside the planned duty, as ``wages`` has it.
- Remedies post when their case closes; what was given in a case that had not closed at the end of the run is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import PRESENCE_OVERTIME, RunLog
from servsim.measure import closings, cost, own_time
from servsim.measure.agent_day import Presence, moments_of_work, presence_of, served_rows
from servsim.measure.cases import Cases, cases_of
from servsim.measure.facts import Column, Facts, Floats, Rows, facts_of
from servsim.measure.staying import stand_of
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.clock import HOUR_S
from servsim.rules.codes import Cover, Entry, LegKind, Outcome, StaffState

Ints = NDArray[np.int64]

ACCOUNTS = ("service", "prevention", "appraisal", "internal_failure", "external_failure")
"""The accounts; failures found before the customer has the service are internal, after that external."""


class Line(NamedTuple):
    """A line of the ledger that the simulation itself posts to."""

    account: str
    name: str
    says: str


LINES: tuple[Line, ...] = (
    Line("service", "first_contacts", "talk, search and wrap-up of first contacts about ordinary needs, retries after a closed door among them"),
    Line("service", "promised_calls", "calls that the firm had promised"),
    Line("service", "idle", "on duty or in overtime, no contact in hand"),
    Line("service", "breaks", "breaks"),
    Line("service", "absences", "illness, holidays and other absences within planned duty"),
    Line("prevention", "training", "planned duty spent in absences whose cause is training"),
    Line("prevention", "calls_ahead", "calls ahead of absences"),
    Line("internal_failure", "searches", "colleagues' and substitutes' search for what the executive knows"),
    Line("internal_failure", "sent_home", "telling customers to come another day, and rebooking"),
    Line("internal_failure", "messages", "taking messages for executives"),
    Line("external_failure", "problems", "first contacts about needs that are themselves problems"),
    Line("external_failure", "repeats", "repeat calls and visits about the same matter, redials that were served among them"),
    Line("external_failure", "complaints", "taking complaints"),
    Line("external_failure", "recovery_calls", "calls to make up for failures"),
    Line("service", "lines_held_for_service", "price of lines held by contacts of the service lines"),
    Line("prevention", "lines_held_for_prevention", "price of lines held by calls ahead"),
    Line("internal_failure", "lines_held_for_internal_failure", "price of lines held by contacts that were handed over"),
    Line("external_failure", "lines_held_for_external_failure", "price of lines held by problems, repeats, complaints and recovery calls"),
    Line("external_failure", "remedies", "money given to customers for their loss, goodwill among it"),
    Line("external_failure", "overpaid", "money given to customers beyond their loss"),
)
"""The lines, in the order of the ledger; staff's come first, by seconds, then invoices."""

NUMBER = {line.name: number for number, line in enumerate(LINES)}
HELD_LINES = {line.account: number for number, line in enumerate(LINES) if line.name.startswith("lines_held")}
FIRST, CALLS, IDLE, BREAKS, ABSENCES, TRAINING, AHEAD, SEARCHES, SENT_HOME, MESSAGES, PROBLEMS, REPEATS, COMPLAINTS, RECOVERIES = range(14)


class Bill(Protocol):
    """An invoice of a decision (``servsim.scenario.invoice.Invoice``)."""

    @property
    def name(self) -> str:
        """What the money is for, in a word."""

    @property
    def amount(self) -> float:
        """Money; below 0 a saving."""

    @property
    def account(self) -> str:
        """One of ``ACCOUNTS``."""

    @property
    def says(self) -> str:
        """What the money is for."""


class Posting(NamedTuple):
    """A row of the ledger."""

    account: str
    line: str
    """Line of ``LINES``, or the name of a decision's invoice."""
    team: str
    """Whose seconds; '' for invoices."""
    amount: float
    """In the scenario's currency."""
    seconds: float
    """Paid seconds behind it; 0 for invoices."""
    says: str


@dataclass(frozen=True)
class Ledger:
    """What one replication cost, and why."""

    currency: str
    rows: tuple[Posting, ...]
    """Rows with an amount, by line and team; then the decisions' invoices."""
    payroll: float
    """Wages for planned duty and overtime."""
    invoices: float
    """Held lines, remedies and what decisions cost, less what they save."""
    soft: dict[str, float]
    """External failure that nobody sends an invoice for: ``customers_lost`` (expected, within the run), ``at_risk`` (projected, to
    365 days after the start), ``word_of_mouth``. Empty where nobody remembers."""
    customer_borne: dict[str, float]
    """What customers bear themselves: ``minutes``, ``trips``, and ``amount``, the worth of the minutes."""

    @property
    def accounts(self) -> dict[str, float]:
        """Sum of each account."""
        return {account: float(sum(row.amount for row in self.rows if row.account == account)) for account in ACCOUNTS}

    @property
    def lines(self) -> dict[tuple[str, str], float]:
        """Sum of each (account, line), all teams together."""
        found: dict[tuple[str, str], float] = {}
        for row in self.rows:
            found[row.account, row.line] = found.get((row.account, row.line), 0.0) + row.amount
        return found

    @property
    def total(self) -> float:
        """Sum of the five accounts: payroll plus invoices."""
        return sum(self.accounts.values())


class Booked(NamedTuple):
    """Amounts and paid seconds, (lines, teams)."""

    amount: Floats
    seconds: Floats


def ledger_of(log: RunLog, plan: Plan, names: Names, terms: Terms, invoices: Iterable[Bill] = ()) -> Ledger:
    """Post one replication.

    Parameters
    ----------
    log : what the replication left.
    plan, names, terms : of the world that was run.
    invoices : of the decisions taken in that world.
    """
    facts, cases, bills = facts_of(log, plan, terms), cases_of(log.contacts), list(invoices)
    staff, invoiced = staff_postings(log, facts), invoice_amounts(facts, cases)
    rows = [*_staff_rows(staff, names), *_invoice_rows(invoiced)]
    rows += [Posting(bill.account, bill.name, "", bill.amount, 0.0, bill.says) for bill in bills]
    return Ledger(
        currency=terms.currency, rows=tuple(rows), payroll=payroll_of(log, plan, terms),
        invoices=float(invoiced.sum()) + sum(bill.amount for bill in bills),
        soft=_soft(log, facts, cases), customer_borne=_customer_borne(facts),
    )  # fmt: skip


def _staff_rows(staff: Booked, names: Names) -> list[Posting]:
    return [
        Posting(line.account, line.name, team, float(staff.amount[number, place]), float(staff.seconds[number, place]), line.says)
        for number, line in enumerate(LINES)
        for place, team in enumerate(names.teams)
        if staff.amount[number, place] != 0.0 or staff.seconds[number, place] != 0.0
    ]


def _invoice_rows(invoiced: Floats) -> list[Posting]:
    return [Posting(line.account, line.name, "", float(amount), 0.0, line.says) for line, amount in zip(LINES, invoiced, strict=True) if amount != 0.0]


def payroll_of(log: RunLog, plan: Plan, terms: Terms) -> float:
    """Return the wages of a replication: planned duty, absences in it included, and overtime at its multiple."""
    factor = terms.overtime_factor
    presence = _from_warm_up(presence_of(log, plan.horizon_s), plan)
    overtime_s = _of_state(presence, PRESENCE_OVERTIME, plan)
    return float((terms.wage_per_h / HOUR_S * (_duty_s(plan) + factor * overtime_s)).sum())


def amounts(log: RunLog, facts: Facts, cases: Cases) -> dict[str, float]:
    """Return every line and every account of a replication, without what decisions cost: ``ledger_repeats``, ``ledger_service`` ..."""
    lines = (staff_postings(log, facts).amount.sum(axis=1) + invoice_amounts(facts, cases)).tolist()
    accounts = {f"ledger_{each}": sum(amount for line, amount in zip(LINES, lines, strict=True) if line.account == each) for each in ACCOUNTS}
    return {**accounts, **{f"ledger_{line.name}": amount for line, amount in zip(LINES, lines, strict=True)}}


# ---- seconds


def staff_postings(log: RunLog, facts: Facts) -> Booked:
    """Post every paid second, by line and team."""
    plan, terms = facts.plan, facts.terms
    presence = _from_warm_up(presence_of(log, plan.horizon_s), plan)
    on_s, break_s, overtime_s = (_of_state(presence, state, plan) for state in (StaffState.ON, StaffState.BREAK, PRESENCE_OVERTIME))
    worked_s, late_s = _worked_s(facts, presence)
    duty_s, training_s = _duty_s(plan), _training_s(plan, terms, presence)
    work_s, work_late_s = worked_s.sum(axis=0), late_s.sum(axis=0)
    # Overtime is paid at its multiple: beyond the plain seconds, by the rest of it.
    extra_s = late_s * (terms.overtime_factor - 1.0)
    seconds, paid_s = worked_s.copy(), worked_s + extra_s
    seconds[IDLE] = on_s + overtime_s - work_s
    paid_s[IDLE] = on_s - (work_s - work_late_s) + terms.overtime_factor * (overtime_s - work_late_s)
    seconds[BREAKS] = paid_s[BREAKS] = break_s
    seconds[TRAINING] = paid_s[TRAINING] = training_s
    seconds[ABSENCES] = paid_s[ABSENCES] = duty_s - on_s - break_s - training_s
    return Booked(paid_s * (terms.wage_per_h / HOUR_S), seconds)


def _worked_s(facts: Facts, presence: Presence) -> tuple[Floats, Floats]:
    """Return seconds with a contact in hand, and those of them in overtime, (lines, teams)."""
    plan, contacts, teams = facts.plan, facts.contacts, len(facts.plan.team_first) - 1
    rows = served_rows(contacts)
    moments = [np.clip(moment, plan.warm_up_s, plan.horizon_s) for moment in moments_of_work(contacts, rows, plan.horizon_s)]
    answered_s, found_s, released_s = moments[0], moments[1], moments[3]
    late = presence.state == PRESENCE_OVERTIME
    overtime = Windows(presence.agent[late], presence.from_s[late], presence.to_s[late])
    agent, team = contacts["agent"][rows], facts.team[rows].astype(np.int64)
    line = line_of(contacts, plan, rows)
    in_place = np.isin(contacts["cover"][rows], np.array((Cover.BUDDY, Cover.SUBSTITUTE), np.int8))
    searching = np.where(in_place, SEARCHES, line)
    worked, in_overtime = np.zeros(len(LINES) * teams), np.zeros(len(LINES) * teams)
    for posted, from_s, to_s in ((searching, answered_s, found_s), (line, found_s, released_s)):
        place = posted * teams + team
        worked += np.bincount(place, weights=to_s - from_s, minlength=len(worked))
        in_overtime += np.bincount(place, weights=overtime.covered_s(agent, from_s, to_s, plan.horizon_s), minlength=len(worked))
    return worked.reshape(len(LINES), teams), in_overtime.reshape(len(LINES), teams)


def line_of(contacts: dict[str, Column], plan: Plan, rows: Rows) -> Ints:
    """Return the line that each contact belongs to, whoever searched; later marks win."""
    entry, kind, cover = (contacts[name][rows] for name in ("entry", "leg_kind", "cover"))
    line = np.full(len(rows), FIRST, np.int64)
    line[kind == LegKind.CALL_BACK] = CALLS
    line[plan.problem[contacts["reason"][rows]] == 1] = PROBLEMS
    line[(entry == Entry.REDIAL) | (entry == Entry.COMEBACK)] = REPEATS
    handed = cover == Cover.DESK
    line[handed] = SENT_HOME
    line[handed & (contacts["outcome"][rows] == Outcome.MESSAGE_LEFT)] = MESSAGES
    line[kind == LegKind.COMPLAINT] = COMPLAINTS
    line[kind == LegKind.RECOVERY] = RECOVERIES
    line[kind == LegKind.NOTICE] = AHEAD
    return line


class Windows(NamedTuple):
    """Stretches of time of agents that do not overlap, (windows,), by agent and time."""

    agent: Column
    from_s: Floats
    to_s: Floats

    def covered_s(self, agent: Column, from_s: Floats, to_s: Floats, horizon_s: float) -> Floats:
        """Return how much of each stretch from-to of an agent lies within the agent's windows."""
        if not len(self.agent):
            return np.zeros(len(agent))
        day_s = horizon_s + 1.0  # agents one behind the other on one axis
        edges_s = np.stack((self.agent * day_s + self.from_s, self.agent * day_s + self.to_s), axis=1).ravel()
        length_s = self.to_s - self.from_s
        so_far = np.stack((np.cumsum(length_s) - length_s, np.cumsum(length_s)), axis=1).ravel()
        return np.asarray(np.interp(agent * day_s + to_s, edges_s, so_far) - np.interp(agent * day_s + from_s, edges_s, so_far))


def _from_warm_up(presence: Presence, plan: Plan) -> Presence:
    """Return presence without what lies before the end of the warm-up."""
    from_s, to_s = (np.clip(moment, plan.warm_up_s, plan.horizon_s) for moment in (presence.from_s, presence.to_s))
    return presence._replace(from_s=from_s, to_s=to_s)


def _of_state(presence: Presence, state: int, plan: Plan) -> Floats:
    """Return the seconds that agents are in one state of presence, (teams,)."""
    rows = presence.state == state
    return _by_team(plan, presence.agent[rows], presence.to_s[rows] - presence.from_s[rows])


def _duty_s(plan: Plan) -> Floats:
    """Return the seconds of planned duty, absences and breaks in it included, (teams,)."""
    from_s, to_s = (np.clip(moment, plan.warm_up_s, plan.horizon_s) for moment in (plan.duty_from_s, plan.duty_to_s))
    return _by_team(plan, plan.duty_agent, to_s - from_s)


def _by_team(plan: Plan, agent: Column, seconds: Floats) -> Floats:
    team = np.asarray(plan.agent_team, np.int64)[agent]
    return np.bincount(team, weights=seconds, minlength=len(plan.team_first) - 1).astype(float)


def _training_s(plan: Plan, terms: Terms, presence: Presence) -> Floats:
    """Return the seconds of planned duty that training takes, (teams,): neither on duty nor on a break."""
    courses = [row for row, name in enumerate(plan.away_hash or ()) if name in terms.training]
    if not courses:
        return np.zeros(len(plan.team_first) - 1)
    agent, from_s, to_s = _merged(plan.away_agent[courses], plan.away_from_s[courses], plan.away_to_s[courses])
    from_s, to_s = (np.clip(moment, plan.warm_up_s, plan.horizon_s) for moment in (from_s, to_s))
    duty = Windows(*_merged(plan.duty_agent, plan.duty_from_s, plan.duty_to_s))
    there = np.isin(presence.state, (StaffState.ON, StaffState.BREAK))
    present = Windows(presence.agent[there], presence.from_s[there], presence.to_s[there])
    planned_s = duty.covered_s(agent, from_s, to_s, plan.horizon_s)
    return _by_team(plan, agent, planned_s - present.covered_s(agent, from_s, to_s, plan.horizon_s))


def _merged(agent: Column, from_s: Floats, to_s: Floats) -> tuple[Column, Floats, Floats]:
    """Return windows of agents without overlaps, by agent and time."""
    order = np.lexsort((from_s, agent))
    kept: list[tuple[int, float, float]] = []
    for who, start_s, end_s in zip(agent[order].tolist(), from_s[order].tolist(), to_s[order].tolist(), strict=True):
        if kept and kept[-1][0] == who and start_s <= kept[-1][2]:
            kept[-1] = (who, kept[-1][1], max(kept[-1][2], end_s))
        else:
            kept.append((who, start_s, end_s))
    columns: Sequence[Sequence[float]] = list(zip(*kept, strict=True)) if kept else [(), (), ()]
    return np.array(columns[0], np.int64), np.array(columns[1], float), np.array(columns[2], float)


# ---- invoices


def invoice_amounts(facts: Facts, cases: Cases) -> Floats:
    """Return what held lines cost and what customers were given, by line, (lines,)."""
    found = np.zeros(len(LINES))
    if facts.terms.line_cost_per_min.any():
        held = cost.line_cost(facts)
        line = line_of(facts.contacts, facts.plan, held.rows)
        found += np.bincount(HELD_LINE_OF[line], weights=held.weights, minlength=len(LINES))
    if facts.closings:
        counted = facts.counted[closings.first_of(facts, cases)]
        found[NUMBER["remedies"]] = facts.closings["remedy"][counted].sum()
        found[NUMBER["overpaid"]] = facts.closings["overpaid"][counted].sum()
    return found


HELD_LINE_OF = np.array([HELD_LINES[line.account] for line in LINES])
"""Line that takes the price of the lines held by contacts of each line."""


# ---- beside the ledger


def _soft(log: RunLog, facts: Facts, cases: Cases) -> dict[str, float]:
    if not facts.closings:
        return {}
    stand = stand_of(log, facts.plan, facts.terms.margin, facts.terms.discount)
    talk = next(amount.weights for name, amount in closings.amounts(facts, cases) if name == "word_of_mouth")
    return {
        "customers_lost": float((stand.expected * stand.value_at_start).sum()),
        "at_risk": float((stand.projected * stand.value_at_start).sum()),
        "word_of_mouth": 0.0 if talk is None else float(talk.sum()),
    }


def _customer_borne(facts: Facts) -> dict[str, float]:
    found = dict(own_time.amounts(facts))
    minutes, worth = found["customer_minutes"].weights, found["customer_time_cost"].weights
    assert minutes is not None and worth is not None
    return {"minutes": float(minutes.sum()), "trips": float(len(found["customer_trips"].rows)), "amount": float(worth.sum())}
