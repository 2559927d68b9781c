"""The table of measures of one replication: one row per measure, formula and group. Never averages replications.

::

    RunLog, Plan, Terms -> amounts by noun -> sums by breakdown -> numerator / denominator per row
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure import cost, counts, handling, occupancy, queue_length, resolution, service_level, waiting, watched
from servsim.measure.facts import Facts, Floats, facts_of
from servsim.measure.group import BY, PARTS, Cells, contact_cells, labels, staff_cells, time_cells
from servsim.measure.registry import MEASURES, MONEY, Empty, Measure
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.clock import HOUR_S

Column = NDArray[Any]
Sums = dict[str, dict[str, Floats]]
"""By amount and breakdown, (groups,)."""

CONTACT_NOUNS = (counts, service_level, waiting, handling, resolution, cost)
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


def layout_of(plan: Plan, names: Names, terms: Terms) -> Layout:
    """Lay out the table of a plan; done once for all replications."""
    groups = {by: labels(by, plan, names, terms.start) for by in BY}
    sizes = {by: len(columns["interval"]) for by, columns in groups.items()}
    words: dict[str, list[Column]] = {name: [] for name in ("measure", "formula", "unit", "by", *PARTS)}
    for measure, by in _rows():
        facts = {"measure": measure.name, "formula": measure.formula, "unit": _unit(measure, terms), "by": by}
        for name, value in facts.items():
            words[name].append(np.full(sizes[by], value, object))
        for part in PARTS:
            words[part].append(groups[by][part])
    promise = [np.full(sizes[by], measure.empty == Empty.KEPT_PROMISE and "interval" in BY[by]) for measure, by in _rows()]
    return Layout(plan, terms, sizes, {name: np.concatenate(parts) for name, parts in words.items()}, np.concatenate(promise))


def _rows() -> list[tuple[Measure, str]]:
    return [(measure, by) for measure in MEASURES for by in measure.groups]


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
    above = np.concatenate([_total(sums, measure.numerator, by) for measure, by in _rows()])
    below = np.concatenate([_total(sums, measure.denominator, by) for measure, by in _rows()])
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
    """Return every amount of one replication, by breakdown."""
    plan, terms = layout.plan, layout.terms
    facts = facts_of(log, plan, terms)
    seconds = occupancy.amounts(log, plan)
    hours = {"overtime_h": seconds["overtime_s"] / HOUR_S, "paid_h": seconds["paid_s"] / HOUR_S}
    staff = _of_cells({**seconds, **hours, **cost.staff_amounts(seconds, terms)}, staff_cells(plan))
    lines = _of_cells(queue_length.amounts(facts), time_cells(plan))
    return {**_of_contacts(facts), **staff, **lines, **watched.amounts(plan, layout.sizes)}


def _of_contacts(facts: Facts) -> Sums:
    cells = contact_cells(facts)
    found = dict(waiting.quantiles(facts, cells))
    for noun in CONTACT_NOUNS:
        for name, amount in noun.amounts(facts).items():
            found[name] = cells.sums(amount)
    return found


def _of_cells(amounts: dict[str, Floats], cells: Cells) -> Sums:
    return {name: {by: cells.sums(amount, by) for by in cells.groups} for name, amount in amounts.items()}
