"""What a decision did to the very same people, out of two worlds of one replication side by side.

Every number is a sum over contacts or cases, kept for the whole, by segment and by day. What became of a need is compared
where it is in both worlds; needs and contacts of one world only are counted as such. Contacts that arrived in the warm-up
do not count (R32), nor does demand that was lost before (R34). Where customers remember, what becomes of them as customers
is told too (``servsim.study.counterfactual``), for the whole and by segment, over the whole run. Never averages replications.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.cases import Cases, CaseState
from servsim.measure.facts import is_by_firm, wait_in_line_s
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Outcome, Solved, word
from servsim.scenario.invoice import simulated_days
from servsim.study.counterfactual import Fate, Horizon, Worth, have_two_lives, lives_of
from servsim.study.pairing import PairedLogs, Pairs, common_numbers, in_common
from servsim.study.run import World
from servsim.study.tables import Table, Words, words_of

Column = NDArray[Any]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LONGER_S = 1.0
"""A wait has changed when it did so by more than this."""
MUCH_LONGER_S = 300.0
"""A wait that grew by more than this is a harm of its own."""

BY = ("overall", "segment", "day")
"""Breakdowns: the whole, the customer's segment, the day of the contact or of the case's first contact."""


class PairedMeasure(NamedTuple):
    """One number about the same people in two worlds."""

    name: str
    unit: str
    says: str


PAIRED: tuple[PairedMeasure, ...] = (
    PairedMeasure("people_worse_off", "people", "People for whom something got worse: a need unsolved that was solved, a visit in vain, a wait given up, over 5 min more in line, or a solution more than a day later. A person counts once a run; one who is not known as a person, once a need. It compares the same people in two worlds; `people_hit` counts, in one world, whose case the firm failed."),
    PairedMeasure("people_better_off", "people", "People for whom something got better in the same ways; one and the same person may be both."),
    PairedMeasure("waits_longer", "contacts", "Contacts in both worlds that waited in line over 1 s longer."),
    PairedMeasure("waits_much_longer", "contacts", "Contacts in both worlds that waited in line over 5 min longer."),
    PairedMeasure("wait_added_s", "s", "By how much these waits grew, all together."),
    PairedMeasure("waits_shorter", "contacts", "Contacts in both worlds that waited in line over 1 s less."),
    PairedMeasure("waits_much_shorter", "contacts", "Contacts in both worlds that waited in line over 5 min less."),
    PairedMeasure("wait_saved_s", "s", "By how much these waits shrank, all together."),
    PairedMeasure("customers_time_added_s", "s", "Customers' own time from arriving to going, over all their contacts: more (or less) than without the decision."),
    PairedMeasure("solved_only_without", "cases", "Needs solved without the decision, and not with it."),
    PairedMeasure("solved_only_with", "cases", "Needs solved with the decision, and not without it."),
    PairedMeasure("given_up_only_with", "cases", "Needs given up with the decision, and not without it."),
    PairedMeasure("given_up_only_without", "cases", "Needs given up without the decision, and not with it."),
    PairedMeasure("in_vain_only_with", "cases", "Needs for which somebody came in vain with the decision, and not without it."),
    PairedMeasure("in_vain_only_without", "cases", "Needs for which somebody came in vain without the decision, and not with it."),
    PairedMeasure("abandoned_only_with", "cases", "Needs for which somebody gave up a wait with the decision, and not without it."),
    PairedMeasure("abandoned_only_without", "cases", "Needs for which somebody gave up a wait without the decision, and not with it."),
    PairedMeasure("solved_over_a_day_later", "cases", "Needs solved in both worlds, with the decision more than a day later."),
    PairedMeasure("solved_over_a_day_sooner", "cases", "Needs solved in both worlds, with the decision more than a day sooner."),
    PairedMeasure("contacts_paired", "contacts", "Contacts that exist in both worlds."),
    PairedMeasure("contacts_only_without", "contacts", "Contacts that exist only without the decision."),
    PairedMeasure("contacts_only_with", "contacts", "Contacts that exist only with the decision."),
    PairedMeasure("cases_paired", "cases", "Needs that led to a contact in both worlds."),
    PairedMeasure("cases_only_without", "cases", "Needs that led to a contact only without the decision."),
    PairedMeasure("cases_only_with", "cases", "Needs that led to a contact only with the decision."),
)  # fmt: skip
"""Every paired number of contacts and cases, in the order of the file."""

CUSTOMER_PAIRED: tuple[PairedMeasure, ...] = (
    PairedMeasure("lost_because", "customers", "Customers lost within the run with the decision, and not without it; counted."),
    PairedMeasure("kept_because", "customers", "Customers lost within the run without the decision, and not with it; counted."),
    PairedMeasure("lost_anyway", "customers", "Customers lost within the run in both worlds; counted."),
    PairedMeasure("expected_lost_because", "customers", "Projected: customers expected to leave within a year because of the decision: what it adds to chances of leaving, summed over those for whom it does."),
    PairedMeasure("expected_kept_because", "customers", "Projected: customers expected to stay because of it: what it takes from chances of leaving within a year, summed likewise."),
    PairedMeasure("margin_lost_because", "money", "Projected: what the former are worth."),
    PairedMeasure("margin_kept_because", "money", "Projected: what the latter are worth."),
    PairedMeasure("worse_off_customers", "customers", "People for whom something got worse and who are known as persons."),
    PairedMeasure("worse_off_lost_anyway", "customers", "Projected: of these, expected to leave within a year also without the decision."),
    PairedMeasure("worse_off_lost_because", "customers", "Projected: of these, expected to leave within a year beyond that."),
    PairedMeasure("worse_off_margin_lost", "money", "Projected: what the latter are worth."),
)  # fmt: skip
"""Paired numbers of customers who remember, behind the others."""


NO_WORTH = Worth(np.zeros(0), 0.0)


@dataclass(frozen=True)
class PairedLayout:
    """What is the same in every replication of two worlds."""

    base: Plan
    other: Plan
    segments: tuple[str, ...]
    """Names of the segments of either world, sorted."""
    days: tuple[str, ...]
    """Dates of the run."""
    worth: Worth = NO_WORTH
    """Of the customers of the base."""
    currency: str = "USD"

    @property
    def words(self) -> dict[str, Column]:
        """Columns that name the rows of ``sums_of``: measure, unit, by, segment, day; each (rows,)."""
        people = [("overall", "", ""), *(("segment", each, "") for each in self.segments)]
        groups = [*people, *(("day", "", each) for each in self.days)]
        rows = [(each.name, each.unit, *group) for each in PAIRED for group in groups]
        if self.has_lives:
            rows += [(each.name, self.currency if each.unit == "money" else each.unit, *group) for each in CUSTOMER_PAIRED for group in people]
        return {name: np.array(column, object) for name, column in zip(("measure", "unit", "by", "segment", "day"), zip(*rows, strict=True), strict=True)}
    @property
    def has_lives(self) -> bool:
        """Whether the same customers remember in both worlds."""
        return have_two_lives(self.base, self.other)


def paired_layout(base: World, other: World) -> PairedLayout:
    """Lay out the paired numbers of two worlds."""
    segments = tuple(sorted({*base.names.segments, *other.names.segments}))
    days = tuple(each.isoformat() for each in simulated_days(base.scenario))
    return PairedLayout(base.plan, other.plan, segments, days, Worth(base.terms.margin, base.terms.discount), base.terms.currency)


class Items(NamedTuple):
    """Contacts or cases of either world, first those in both: (items,) each."""

    segment: Column
    day: Column
    is_paired: Mask
    in_base: Mask
    in_other: Mask
    counted: Mask
    """Came after the warm-up."""


def sums_of(paired: PairedLogs, layout: PairedLayout) -> Floats:
    """Return every paired number of one replication, (rows,) in the order of ``PairedLayout.words``."""
    contacts, cases = contact_items(paired, layout), case_items(paired, layout)
    amounts = {**_contact_amounts(paired, contacts), **_case_amounts(paired, cases)}
    found = [_grouped(amounts[each.name], cases if each.name in _OF_CASES else contacts, layout) for each in PAIRED]
    return np.concatenate([*found, *(_customer_sums(paired, cases, layout) if layout.has_lives else [])])


def _grouped(amount: Floats, items: Items, layout: PairedLayout) -> Floats:
    weights = np.where(items.counted, amount, 0.0)
    by_segment = np.bincount(items.segment, weights=weights, minlength=len(layout.segments))
    by_day = np.bincount(items.day, weights=weights, minlength=len(layout.days))
    return np.concatenate([[weights.sum()], by_segment, by_day])


def side_by_side(pairs: Pairs, base: Column, other: Column, missing: Any) -> tuple[Column, Column]:
    """Return a column of both worlds for all items: those in both, those of the base only, those of the other only."""
    nothing_base, nothing_other = (np.full(len(rows), missing, base.dtype) for rows in (pairs.only_other, pairs.only_base))
    here = np.concatenate([base[pairs.base], base[pairs.only_base], nothing_base])
    there = np.concatenate([other[pairs.other], nothing_other, other[pairs.only_other]])
    return here, there


def _either(pairs: Pairs, base: Column, other: Column) -> Column:
    """Return what holds of each item whatever the world; where it is in both, the base's."""
    return np.concatenate([base[pairs.base], base[pairs.only_base], other[pairs.only_other]])


def _items(pairs: Pairs, base: tuple[Column, Column, Mask], other: tuple[Column, Column, Mask], layout: PairedLayout) -> Items:
    both, only_base, only_other = len(pairs.base), len(pairs.only_base), len(pairs.only_other)
    segment, arrived_s, counted = (_either(pairs, here, there) for here, there in zip(base, other, strict=True))
    presence = np.repeat(np.arange(3), (both, only_base, only_other))
    day = np.clip(arrived_s // DAY_S, 0, len(layout.days) - 1).astype(np.int64)
    return Items(segment, day, presence == 0, presence != 2, presence != 1, counted)


def contact_items(paired: PairedLogs, layout: PairedLayout) -> Items:
    """Return the contacts of either world."""
    numbers = common_numbers(layout.segments)
    base, other = (
        (in_common(log.contacts["segment"], names.segments, numbers), log.contacts["arrived_s"], _counts(log.contacts, plan))
        for log, names, plan in ((paired.base, paired.base_names, layout.base), (paired.other, paired.other_names, layout.other))
    )
    return _items(paired.contacts, base, other, layout)


def case_items(paired: PairedLogs, layout: PairedLayout) -> Items:
    """Return the cases of either world, by their first contact."""
    numbers = common_numbers(layout.segments)
    base, other = (
        (
            in_common(log.contacts["segment"][cases.first], names.segments, numbers),
            log.contacts["arrived_s"][cases.first],
            _counts(log.contacts, plan)[cases.first],
        )
        for log, cases, names, plan in (
            (paired.base, paired.base_cases, paired.base_names, layout.base),
            (paired.other, paired.other_cases, paired.other_names, layout.other),
        )
    )
    return _items(paired.cases, base, other, layout)


def _counts(contacts: dict[str, Column], plan: Plan) -> Mask:
    return np.asarray(contacts["arrived_s"] >= plan.warm_up_s)


# ---- contacts


def _contact_amounts(paired: PairedLogs, items: Items) -> dict[str, Floats]:
    grown_s = wait_growth_s(paired)
    base_s, other_s = side_by_side(paired.contacts, _time_s(paired.base.contacts), _time_s(paired.other.contacts), 0.0)
    return {
        "waits_longer": grown_s > LONGER_S,
        "waits_much_longer": grown_s > MUCH_LONGER_S,
        "wait_added_s": np.where(grown_s > LONGER_S, grown_s, 0.0),
        "waits_shorter": grown_s < -LONGER_S,
        "waits_much_shorter": grown_s < -MUCH_LONGER_S,
        "wait_saved_s": np.where(grown_s < -LONGER_S, -grown_s, 0.0),
        "customers_time_added_s": other_s - base_s,
        "contacts_paired": items.is_paired.astype(float),
        "contacts_only_without": (~items.in_other).astype(float),
        "contacts_only_with": (~items.in_base).astype(float),
    }


def wait_growth_s(paired: PairedLogs) -> Floats:
    """Return by how much each contact's wait in line grew; 0 where it did not stand in line in both worlds."""
    base_s, other_s = side_by_side(paired.contacts, _wait_s(paired.base.contacts), _wait_s(paired.other.contacts), np.nan)
    return np.asarray(np.nan_to_num(other_s - base_s, nan=0.0))


def _wait_s(contacts: dict[str, Column]) -> Floats:
    return np.where(_by_people(contacts), wait_in_line_s(contacts), np.nan)


def _time_s(contacts: dict[str, Column]) -> Floats:
    """Return the customer's own time in each contact; 0 for the firm's calls and for what is not over."""
    return np.where(_by_people(contacts), np.nan_to_num(contacts["ended_s"] - contacts["arrived_s"], nan=0.0), 0.0)


def _by_people(contacts: dict[str, Column]) -> Mask:
    return ~is_by_firm(contacts)


# ---- cases


class CaseChange(NamedTuple):
    """What became of each case in the two worlds: (cases,) each, in the order of ``case_items``."""

    state: tuple[Column, Column]
    in_vain: tuple[Column, Column]
    abandoned: tuple[Column, Column]
    waited_s: tuple[Column, Column]
    closed_s: tuple[Column, Column]

    @property
    def grown_s(self) -> Floats:
        """By how much the time in line over all contacts grew; 0 for a case of one world only."""
        return np.asarray(np.nan_to_num(self.waited_s[1] - self.waited_s[0], nan=0.0))

    @property
    def later_s(self) -> Floats:
        """By how much later it was solved; 0 unless solved in both worlds."""
        both = (self.state[0] == CaseState.SOLVED) & (self.state[1] == CaseState.SOLVED)
        return np.asarray(np.where(both, self.closed_s[1] - self.closed_s[0], 0.0))


def case_changes(paired: PairedLogs) -> CaseChange:
    """Return what became of each case in the two worlds."""
    base, other = paired.base_cases, paired.other_cases
    columns = (
        (base.state, other.state, -1),
        (base.in_vain, other.in_vain, 0),
        (_abandoned(paired.base.contacts, base), _abandoned(paired.other.contacts, other), 0),
        (base.waited_s, other.waited_s, np.nan),
        (base.closed_s, other.closed_s, np.nan),
    )
    return CaseChange(*(side_by_side(paired.cases, *each) for each in columns))


def _abandoned(contacts: dict[str, Column], cases: Cases) -> Column:
    """(cases,) how many of its contacts ended in giving up the wait."""
    case = case_of_contact(contacts, cases)[contacts["outcome"] == Outcome.ABANDONED]
    return np.bincount(case[case >= 0], minlength=len(cases.first))


def case_of_contact(contacts: dict[str, Column], cases: Cases) -> NDArray[np.int64]:
    """Return the case of each contact, by row of ``cases``; -1 for a contact of none (a call ahead of nothing)."""
    order = np.lexsort((contacts["lineage"], contacts["root"]))
    root, lineage = contacts["root"][order], contacts["lineage"][order]
    begins = np.ones(len(order), bool)
    begins[1:] = (root[1:] != root[:-1]) | (lineage[1:] != lineage[:-1])
    name = np.empty(len(order), np.int64)
    name[order] = np.cumsum(begins) - 1
    case = np.full(len(order), -1, np.int64)
    case[name[cases.first]] = np.arange(len(cases.first))
    return case[name]


def _case_amounts(paired: PairedLogs, items: Items) -> dict[str, Floats]:
    change = case_changes(paired)
    worse, better, person = is_worse_off(change), is_better_off(change), persons(paired)
    amounts = {
        "people_worse_off": _once_each(worse & items.counted, person),
        "people_better_off": _once_each(better & items.counted, person),
        "solved_only_without": _only(change.state[0] == CaseState.SOLVED, change.state[1] == CaseState.SOLVED),
        "solved_only_with": _only(change.state[1] == CaseState.SOLVED, change.state[0] == CaseState.SOLVED),
        "given_up_only_with": _only(change.state[1] == CaseState.GIVEN_UP, change.state[0] == CaseState.GIVEN_UP),
        "given_up_only_without": _only(change.state[0] == CaseState.GIVEN_UP, change.state[1] == CaseState.GIVEN_UP),
        "in_vain_only_with": _only(change.in_vain[1] > 0, change.in_vain[0] > 0),
        "in_vain_only_without": _only(change.in_vain[0] > 0, change.in_vain[1] > 0),
        "abandoned_only_with": _only(change.abandoned[1] > 0, change.abandoned[0] > 0),
        "abandoned_only_without": _only(change.abandoned[0] > 0, change.abandoned[1] > 0),
        "solved_over_a_day_later": change.later_s > DAY_S,
        "solved_over_a_day_sooner": change.later_s < -DAY_S,
    }
    presence = {
        "cases_paired": items.is_paired,
        "cases_only_without": ~items.in_other,
        "cases_only_with": ~items.in_base,
    }
    in_both = {name: amount & items.is_paired for name, amount in amounts.items()}
    return {name: np.asarray(amount, float) for name, amount in (in_both | presence).items()}


_OF_CASES = frozenset(each.name for each in PAIRED if each.unit in ("people", "cases"))


def _only(here: Mask, there: Mask) -> Mask:
    return here & ~there


def is_worse_off(change: CaseChange) -> Mask:
    """(cases,) whether something got worse with the decision."""
    return _is_worse(change)


def is_better_off(change: CaseChange) -> Mask:
    """(cases,) whether something got better with the decision."""
    return _is_worse(CaseChange(*((there, here) for here, there in change)))


def _is_worse(change: CaseChange) -> Mask:
    unsolved = (change.state[0] == CaseState.SOLVED) & (change.state[1] != CaseState.SOLVED)
    in_vain = change.in_vain[1] > change.in_vain[0]
    abandoned = change.abandoned[1] > change.abandoned[0]
    in_both = (change.state[0] >= 0) & (change.state[1] >= 0)
    return np.asarray(in_both & (unsolved | in_vain | abandoned | (change.grown_s > MUCH_LONGER_S) | (change.later_s > DAY_S)))


def persons(paired: PairedLogs) -> NDArray[np.int64]:
    """(cases,) who it is: the customer's number where known, else a negative number of the case's own."""
    known = _either(
        paired.cases,
        paired.base.contacts["customer"][paired.base_cases.first],
        paired.other.contacts["customer"][paired.other_cases.first],
    ).astype(np.int64)
    return np.where(known >= 0, known, -1 - np.arange(len(known)))


def _once_each(mask: Mask, person: NDArray[np.int64]) -> Mask:
    """Keep the first case of each person among those of the mask."""
    kept = np.zeros(len(mask), bool)
    rows = np.flatnonzero(mask)
    kept[rows[np.unique(person[rows], return_index=True)[1]]] = True
    return kept


# ---- customers


def worse_off_customers(paired: PairedLogs, counted: Mask, customers: int) -> Mask:
    """(customers,) for whom something got worse with the decision."""
    who = persons(paired)
    worse = np.zeros(customers, bool)
    worse[who[is_worse_off(case_changes(paired)) & counted & (who >= 0)]] = True
    return worse


def _customer_sums(paired: PairedLogs, cases: Items, layout: PairedLayout) -> list[Floats]:
    """Return the paired numbers of customers, each for the whole and by segment."""
    lives = lives_of(paired, layout.base, layout.other, layout.worth)
    more, value = lives.more_likely_lost(Horizon.PROJECTED_YEAR), lives.base.value
    worse = worse_off_customers(paired, cases.counted, len(more))
    amounts = (
        lives.fate == Fate.LOST_BECAUSE, lives.fate == Fate.KEPT_BECAUSE, lives.fate == Fate.LOST_ANYWAY,
        np.maximum(more, 0.0), np.maximum(-more, 0.0), np.maximum(more, 0.0) * value, np.maximum(-more, 0.0) * value,
        worse, worse * lives.base.leaves(Horizon.PROJECTED_YEAR), worse * more, worse * more * value,
    )  # fmt: skip
    local = np.repeat(np.arange(len(layout.base.segment_size)), layout.base.segment_size)
    segment = in_common(local, paired.base_names.segments, common_numbers(layout.segments))
    return [np.append(amount.sum(), np.bincount(segment, weights=amount, minlength=len(layout.segments))) for amount in amounts]


# ---- tables of those concerned


CHANGED_CONTACTS: dict[str, str] = {
    "replication": "Number of the replication.",
    "world": "Name of the world with the decision.",
    "against": "Name of the world it is compared with.",
    "reason": "Why.",
    "segment": "Class of the customer.",
    "customer": "Number of the customer; -1 unknown as a person.",
    "arrived_s": "At the door, or the first ring (in the world it is compared with, where it is there).",
    "contact_against": "Number of the contact in the log of the world it is compared with; -1: not there.",
    "contact": "The same in the world with the decision.",
    "wait_against_s": "Wait in line, in the world it is compared with.",
    "wait_s": "The same in the world with the decision.",
    "outcome_against": "How it ended, in the world it is compared with.",
    "outcome": "The same in the world with the decision.",
    "solved_against": "Whether the need was met, in the world it is compared with.",
    "solved": "The same in the world with the decision.",
}
CHANGED_CASES: dict[str, str] = {
    "replication": "Number of the replication.",
    "world": "Name of the world with the decision.",
    "against": "Name of the world it is compared with.",
    "reason": "Why.",
    "segment": "Class of the customer.",
    "customer": "Number of the customer; -1 unknown as a person.",
    "first_arrived_s": "When the first contact came.",
    "worse_off": "Something got worse with the decision (see people_worse_off).",
    "better_off": "Something got better.",
    "state_against": "What became of it in the world it is compared with; empty: not there.",
    "state": "The same with the decision.",
    "in_vain_against": "Contacts at which the customer was told to come back, without the decision.",
    "in_vain": "The same with it.",
    "abandoned_against": "Waits given up, without the decision.",
    "abandoned": "The same with it.",
    "waited_against_s": "Time in line over all contacts, without the decision.",
    "waited_s": "The same with it.",
    "closed_against_s": "When it was solved or given up, without the decision; empty while open.",
    "closed_s": "The same with it.",
}


def changed_contacts(paired: PairedLogs, world: str, against: str) -> Table:
    """Return the contacts that a decision changed or that one world lacks (``CHANGED_CONTACTS``)."""
    pairs, here, there = paired.contacts, paired.base.contacts, paired.other.contacts
    outcome = side_by_side(pairs, here["outcome"], there["outcome"], -1)
    solved = side_by_side(pairs, here["solved"], there["solved"], -1)
    wait_s = side_by_side(pairs, _wait_s(here), _wait_s(there), np.nan)
    row = side_by_side(pairs, np.arange(len(here["root"])), np.arange(len(there["root"])), -1)
    kept = np.flatnonzero((outcome[0] != outcome[1]) | (solved[0] != solved[1]) | (np.abs(np.nan_to_num(wait_s[1] - wait_s[0])) > LONGER_S))
    columns = {
        **_who(paired, pairs, np.arange(len(here["root"])), np.arange(len(there["root"]))),
        "arrived_s": _either(pairs, here["arrived_s"], there["arrived_s"]),
        "contact_against": row[0],
        "contact": row[1],
        "wait_against_s": wait_s[0],
        "wait_s": wait_s[1],
        "outcome_against": Words(outcome[0], words_of(Outcome)),
        "outcome": Words(outcome[1], words_of(Outcome)),
        "solved_against": Words(solved[0] + np.int8(1), words_of(Solved)),
        "solved": Words(solved[1] + np.int8(1), words_of(Solved)),
    }
    return _kept(columns, kept, CHANGED_CONTACTS, paired.base.replication, world, against)


def changed_cases(paired: PairedLogs, world: str, against: str) -> Table:
    """Return the cases that a decision made worse or better (``CHANGED_CASES``)."""
    pairs, change = paired.cases, case_changes(paired)
    worse, better = is_worse_off(change), is_better_off(change)
    here, there = paired.base.contacts["arrived_s"], paired.other.contacts["arrived_s"]
    states = tuple(word(each) for each in CaseState)
    columns: dict[str, Any] = {
        **_who(paired, pairs, paired.base_cases.first, paired.other_cases.first),
        "first_arrived_s": _either(pairs, here[paired.base_cases.first], there[paired.other_cases.first]),
        "worse_off": worse,
        "better_off": better,
        "state_against": Words(change.state[0], states),
        "state": Words(change.state[1], states),
    }
    for name, (without, with_it) in (("in_vain", change.in_vain), ("abandoned", change.abandoned)):
        columns |= {f"{name}_against": without, name: with_it}
    for name, (without, with_it) in (("waited", change.waited_s), ("closed", change.closed_s)):
        columns |= {f"{name}_against_s": without, f"{name}_s": with_it}
    return _kept(columns, np.flatnonzero(worse | better), CHANGED_CASES, paired.base.replication, world, against)


def _who(paired: PairedLogs, pairs: Pairs, base_rows: Column, other_rows: Column) -> dict[str, Any]:
    """Return reason, segment and customer of each item, by rows of contacts."""
    found: dict[str, Any] = {}
    for name, here, there in (
        ("reason", paired.base_names.reasons, paired.other_names.reasons),
        ("segment", paired.base_names.segments, paired.other_names.segments),
    ):
        numbers = common_numbers(here, there)
        columns = (in_common(paired.base.contacts[name], here, numbers)[base_rows], in_common(paired.other.contacts[name], there, numbers)[other_rows])
        found[name] = Words(_either(pairs, *columns), tuple(numbers))
    found["customer"] = _either(pairs, paired.base.contacts["customer"][base_rows], paired.other.contacts["customer"][other_rows])
    return found


def _kept(columns: dict[str, Any], rows: Column, order: Sequence[str] | dict[str, str], replication: int, world: str, against: str) -> Table:
    count = len(rows)
    found = {name: Words(column.code[rows], column.words) if isinstance(column, Words) else column[rows] for name, column in columns.items()}
    same = {"replication": np.full(count, replication, np.int32), "world": Words(np.zeros(count, np.int8), (world,)), "against": Words(np.zeros(count, np.int8), (against,))}
    return {name: same[name] if name in same else found[name] for name in order}
