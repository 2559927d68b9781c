"""Ways to the same aim side by side, and what answers to a decision are worth. Never simulates.

Every world of a comparison meets the same people, so any two of them are compared replication by replication. Of several
ways the best is told from the decision with intervals that hold for all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.scenario.decision_language import Decision
from servsim.study.comparison import COST, Comparison
from servsim.study.difference import adjusted
from servsim.study.told import LEVEL, Told, ratio_of, told
from servsim.study.worlds import WorldSpec

Floats = NDArray[np.float64]

MARGIN = "margin_lost_projected_year"
AFTERWARDS = ("recovery", "complaints")
"""Sections of a scenario that act once harm is done."""


class Option(NamedTuple):
    """One way to the aim, against the world that the brief's decision is judged against."""

    name: str
    title: str
    saving: Told
    """Money saved inside."""
    loss: Told
    """Margin of customers lost within a year because of it (projected)."""
    net: Told
    gain: Told
    """Net money above that of the brief's decision; intervals of all options hold together."""
    is_dominated: bool
    """Another way saves as much or more and loses as little or less."""
    is_reference: bool


class Phase(Enum):
    """When an answer acts."""

    BEFORE_OR_DURING = "before or during"
    AFTERWARDS = "afterwards"


class Answer(NamedTuple):
    """What is done about a decision's harm, judged against the decision without it."""

    name: str
    """Of the world with both."""
    alone: str
    """Name of the world without the answer."""
    titles: tuple[str, ...]
    """Of what answers."""
    phase: Phase
    avoided: Told
    """Margin of customers lost within a year that it saves (projected)."""
    cost: Told
    """Payroll, lines, remedies and invoices that it adds; below 0 it saves."""
    spared: Told
    """People for whom something gets better by it, less those for whom something gets worse."""
    minutes: Told
    """Customers' own time that it adds."""
    net: Told
    """Loss avoided less cost."""
    per_unit: Told | None
    """Loss avoided per unit of cost; None: it costs nothing, or the interval of its cost holds zero."""


def options_of(comparison: Comparison, decision: str, against: str) -> tuple[Option, ...]:
    """Return the ways to the aim of a decision, the decision first."""
    names = names_of_options([each.spec for each in comparison.worlds], decision, against)
    cost, margin = ({name: _values(comparison, name, measure) for name in names} for measure in (COST, MARGIN))
    saving = {name: cost[against] - cost[name] for name in names}
    loss = {name: margin[name] - margin[against] for name in names}
    net = {name: saving[name] - loss[name] for name in names}
    level = adjusted(LEVEL, len(names) - 1)
    points = {name: (float(saving[name].mean()), float(loss[name].mean())) for name in names}
    return tuple(
        Option(
            name, comparison.world(name).spec.title, told(saving[name]), told(loss[name]), told(net[name]),
            told(net[name] - net[decision], level), is_dominated(points[name], [points[other] for other in names if other != name]), name == against,
        )
        for name in names
    )  # fmt: skip


def names_of_options(specs: Sequence[WorldSpec], decision: str, against: str) -> list[str]:
    """Return the worlds that serve the aim of a decision; where it has none, those in which it is taken, and what it is judged against."""
    own = next(each for each in specs if each.name == decision)
    parts = {each.name for each in own.decisions}
    alike = [each.name for each in specs if (each.aim == own.aim if own.aim else parts <= {part.name for part in each.decisions})]
    return list(dict.fromkeys([decision, against, *alike]))


def is_dominated(point: tuple[float, float], others: Sequence[tuple[float, float]]) -> bool:
    """Return whether another (saving, loss) saves as much or more and loses as little or less, and is not the same."""
    return any(saving >= point[0] and loss <= point[1] and (saving, loss) != point for saving, loss in others)


def answers_of(comparison: Comparison) -> tuple[Answer, ...]:
    """Return every answer that was taken together with what it answers, best loss avoided per unit of cost first."""
    found = [_answer(comparison, each.spec) for each in comparison.worlds if each.spec.unanswered]
    return tuple(sorted(found, key=_rank))


def _rank(answer: Answer) -> tuple[bool, float]:
    """Rank those that cost nothing first, then by loss avoided per unit of cost."""
    if answer.cost.value <= 0.0:
        return (answer.avoided.value <= 0.0, -answer.net.value)
    return (True, -answer.avoided.value / answer.cost.value)


def _answer(comparison: Comparison, spec: WorldSpec) -> Answer:
    name, alone = spec.name, spec.unanswered
    without = {each.name for each in comparison.world(alone).spec.decisions}
    parts = [each for each in spec.decisions if each.name not in without]
    avoided = _values(comparison, alone, MARGIN) - _values(comparison, name, MARGIN)
    cost = _values(comparison, name, COST) - _values(comparison, alone, COST)
    better, worse, added = (comparison.paired_sample(name, each, alone) for each in ("people_better_off", "people_worse_off", "customers_time_added_s"))
    per_unit = ratio_of(avoided, cost) if told(cost).sign > 0 else None
    titles = tuple(each.title for each in parts)
    return Answer(name, alone, titles, phase_of(parts), told(avoided), told(cost), told(better - worse), told(added / 60.0), told(avoided - cost), per_unit)


def phase_of(parts: Sequence[Decision]) -> Phase:
    """Return when some decisions act: afterwards, where they change nothing but recovery, complaints and who may settle them."""
    paths = [path for each in parts for path, _ in each.set]
    is_after = all(path.split(".")[0] in AFTERWARDS or path.endswith(".authority") for path in paths)
    return Phase.AFTERWARDS if is_after else Phase.BEFORE_OR_DURING


def _values(comparison: Comparison, world: str, measure: str) -> Floats:
    return comparison.sample(world, measure).above
