"""The table of measures of one replication: one row per measure, formula and group. Never averages replications.

::

    RunLog, Plan, Terms -> amounts by noun -> sums by breakdown -> numerator / denominator per row
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure import (
    aftermath,
    closings,
    cost,
    counts,
    handling,
    ledger,
    occupancy,
    own_time,
    queue_length,
    resolution,
    service_level,
    staying,
    waiting,
    watched,
)
from servsim.measure.cases import Cases, cases_of
from servsim.measure.facts import Amounts, Facts, Floats, facts_of
from servsim.measure.group import BY, PARTS, Cells, ContactCells, contact_cells, labels, staff_cells, time_cells
from servsim.measure.registry import MONEY, Empty, Measure, Where, measures_of
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.clock import HOUR_S

Column = NDArray[Any]
Sums = dict[str, dict[str, Floats]]
"""By amount and breakdown, (groups,)."""

CONTACT_NOUNS = (counts, service_level, waiting, handling, cost)
"""Modules whose ``amounts(facts)`` are added up over contacts."""

COLUMNS = ("replication", "measure", "formula", "unit", "by", *PARTS, "numerator", "denominator", "value")
"""Columns of the table, in the order of the file; a part that does not apply is empty."""


@dataclass(frozen=True)
class Layout:
    """Everything about the table that is the same in every replication of a plan."""

    plan: Plan
    terms: Terms
    sizes: dict[str, int]
    """How many groups each breakdown has."""
    words: dict[str, Column]
    """Columns that name the rows, each (rows,)."""
    kept_promise: NDArray[np.bool_]
    """(rows,) an empty cell of the row is a kept promise, not missing data."""
    rows: tuple[tuple[Measure, str], ...]
    """Measures and their breakdowns, in order; each has the rows of its groups."""
    wanted: dict[str, frozenset[str]]
    """Breakdowns in which each amount is needed."""

    @property
    def looks_beyond(self) -> bool:
        """Whether there are measures of what follows from contacts: complaints, calls ahead, later needs."""
        return any(measure.where != Where.ALWAYS for measure, _ in self.rows)


def layout_of(plan: Plan, names: Names, terms: Terms) -> Layout:
    """Lay out the table of a plan; done once for all replications."""
    groups = {by: labels(by, plan, names, terms.start) for by in BY}
    sizes = {by: len(columns["interval"]) for by, columns in groups.items()}
    words: dict[str, list[Column]] = {name: [] for name in ("measure", "formula", "unit", "by", *PARTS)}
    rows = tuple((measure, by) for measure in measures_of(plan) for by in measure.groups)
    for measure, by in rows:
        facts = {"measure": measure.name, "formula": measure.formula, "unit": _unit(measure, terms), "by": by}
        for name, value in facts.items():
            words[name].append(np.full(sizes[by], value, object))
        for part in PARTS:
            words[part].append(groups[by][part])
    promise = [np.full(sizes[by], measure.empty == Empty.KEPT_PROMISE and "interval" in BY[by]) for measure, by in rows]
    return Layout(plan, terms, sizes, {name: np.concatenate(parts) for name, parts in words.items()}, np.concatenate(promise), rows, _wanted(rows))


def _wanted(rows: Sequence[tuple[Measure, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for measure, by in rows:
        for amount in (*measure.numerator, *measure.denominator):
            found.setdefault(amount, set()).add(by)
    return {amount: frozenset(breakdowns) for amount, breakdowns in found.items()}


def _unit(measure: Measure, terms: Terms) -> str:
    return terms.currency if measure.unit == MONEY else measure.unit


def measure(log: RunLog, layout: Layout) -> dict[str, Column]:
    """Measure one replication.

    Parameters
    ----------
    log : what the replication left.
    layout : of the plan that was run (``layout_of``).

    Returns
    -------
    The table, by column (``COLUMNS``), each (rows,). ``value`` is numerator / denominator; 0/0 is NaN ("no data"),
    but 1 for the service level of a single interval. Every replication of a plan has the same rows in the same order.
    """
    sums = sums_of(log, layout)
    above = np.concatenate([_total(sums, measure.numerator, by) for measure, by in layout.rows])
    below = np.concatenate([_total(sums, measure.denominator, by) for measure, by in layout.rows])
    columns = {"replication": np.full(len(above), log.replication, np.int32), **layout.words}
    return {**columns, "numerator": above, "denominator": below, "value": ratio(above, below, layout.kept_promise)}


def ratio(above: Floats, below: Floats, kept_promise: NDArray[np.bool_]) -> Floats:
    """Divide; a denominator of 0 gives NaN, or 1 where an empty cell is a kept promise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below != 0.0, above / below, np.where(kept_promise, 1.0, np.nan))


def _total(sums: Sums, amounts: tuple[str, ...], by: str) -> Floats:
    total = sums[amounts[0]][by]
    for amount in amounts[1:]:
        total = total + sums[amount][by]
    return total


def sums_of(log: RunLog, layout: Layout) -> Sums:
    """Return every amount of one replication, in the breakdowns in which it is needed or costs nothing more."""
    plan = layout.plan
    facts = facts_of(log, plan, layout.terms)
    found = _of_staff(log, layout) | _of_cells(queue_length.amounts(facts), time_cells(plan)) | watched.amounts(plan, layout.sizes)
    cells = contact_cells(facts)
    found |= waiting.quantiles(facts, cells) | _summed((noun.amounts(facts) for noun in CONTACT_NOUNS), cells, layout)
    cases = cases_of(log.contacts)  # as late as can be: they are half as large as the log
    found |= _summed(_of_cases(facts, cases, layout), cells, layout)
    return found if not plan.remembers else found | _of_memory(log, facts, cases)


def _of_staff(log: RunLog, layout: Layout) -> Sums:
    seconds = occupancy.amounts(log, layout.plan)
    hours = {"overtime_h": seconds["overtime_s"] / HOUR_S, "paid_h": seconds["paid_s"] / HOUR_S}
    return _of_cells({**seconds, **hours, **cost.staff_amounts(seconds, layout.terms)}, staff_cells(layout.plan))


def _of_cases(facts: Facts, cases: Cases, layout: Layout) -> Iterator[Amounts]:
    yield resolution.amounts(facts, cases)
    if layout.looks_beyond:
        yield aftermath.amounts(facts, cases)
    if facts.plan.remembers:
        yield closings.amounts(facts, cases)
        yield own_time.amounts(facts)


def _summed(nouns: Iterable[Amounts], cells: ContactCells, layout: Layout) -> Sums:
    """Add amounts up, one at a time."""
    return {name: cells.sums(amount, layout.wanted.get(name, ())) for noun in nouns for name, amount in noun}


def _of_memory(log: RunLog, facts: Facts, cases: Cases) -> Sums:
    """Return what is added up over customers, and the ledger."""
    stand = staying.stand_of(log, facts.plan, facts.terms.margin, facts.terms.discount)
    counted = facts.counted[closings.first_of(facts, cases)]
    people = staying.sums(stand, staying.hit_of(facts.closings, len(stand.here), counted), facts.plan)
    return people | {name: {"overall": np.array([amount])} for name, amount in ledger.amounts(log, facts, cases).items()}


def _of_cells(amounts: dict[str, Floats], cells: Cells) -> Sums:
    return {name: {by: cells.sums(amount, by) for by in cells.groups} for name, amount in amounts.items()}
