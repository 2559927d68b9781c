"""Two lives of every customer: whom a decision lost, kept, made to wait or to come in vain, person by person.

A customer has one threshold in both worlds and a hazard in each (R11), so each is exactly one of: here in both worlds,
lost in both, lost only with the decision, kept only by it. Beside these whole persons stand the chances of leaving, summed over every
exposure; their differences say the same on average with far less noise. A customer is worth what he was worth as the run began
(``servsim.measure.staying``). Replications are never averaged here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.cases import Cases
from servsim.measure.staying import stand_of
from servsim.plan.plan import Plan
from servsim.rules.codes import LegKind, Outcome
from servsim.study.pairing import PairedLogs

Column = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

BASE, OTHER = 0, 1


class Fate(IntEnum):
    """What became of a customer in the two worlds, by the end of the run."""

    STAYS = 0
    """Here at the end of both."""
    LOST_ANYWAY = 1
    """Lost in both, whatever is decided."""
    LOST_BECAUSE = 2
    """Lost only with the decision."""
    KEPT_BECAUSE = 3
    """Lost only without it."""


class Horizon(IntEnum):
    """How far chances of leaving are followed."""

    SIMULATED = 0
    """To the end of the run."""
    PROJECTED_YEAR = 1
    """To 365 days after the start: from the end of the run on by the loyalty rules alone, without new cases."""


class Worth(NamedTuple):
    """What customers are worth to the firm."""

    margin: Floats
    """(segments,) money a year, by number of the base's segments."""
    discount: float
    """Of that money, a year."""


class Side(NamedTuple):
    """One world's half of the table; (customers,) each."""

    lost_s: Floats
    """When lost; NaN still here at the horizon."""
    expected: Floats
    """Chances of leaving, summed over every exposure while still here."""
    projected: Floats
    """Chance to leave between the end of the run and 365 days after its start; 0 for those already lost."""
    contacts: Ints
    """Contacts of the customer's own, lost demand left out."""
    waited_s: Floats
    """Time in line over all of them."""
    in_vain: Ints
    """Contacts at which he was sent home."""
    problems: Ints
    """Cases that closed as problems."""
    complaints: Ints
    """Complaints made."""
    score: Floats
    """Satisfaction S at the end of the run."""
    value: Floats
    """What he was worth as the run began, mood left out (money)."""

    def leaves(self, horizon: Horizon) -> Floats:
        """Return the chances of leaving up to a horizon."""
        return self.expected if horizon is Horizon.SIMULATED else self.expected + self.projected


class Lives(NamedTuple):
    """Every customer of both worlds, by number."""

    fate: Ints
    """(customers,) :class:`Fate`."""
    base: Side
    other: Side

    def changed(self) -> Ints:
        """Return the numbers of the customers whose two lives differ in anything."""
        same = np.ones(len(self.fate), bool)
        for here, there in zip(self.base, self.other, strict=True):
            same &= (here == there) | (np.isnan(here) & np.isnan(there))
        return np.flatnonzero(~same)

    def more_likely_lost(self, horizon: Horizon) -> Floats:
        """Return by how much the decision raises each customer's chance of leaving; below 0 where it lowers it."""
        return self.other.leaves(horizon) - self.base.leaves(horizon)


class Loss(NamedTuple):
    """What a decision does to who stays, summed as chances."""

    lost: float
    """Customers expected to leave because of it: the rises of the chances."""
    kept: float
    """Customers expected to stay because of it: the falls."""
    money: float
    """The rises less the falls, each times what the customer is worth."""


def have_two_lives(base: Plan, other: Plan) -> bool:
    """Return whether the same customers remember in both worlds."""
    return bool(base.remembers and other.remembers and np.array_equal(base.segment_size, other.segment_size))


def lives_of(paired: PairedLogs, base: Plan, other: Plan, worth: Worth) -> Lives:
    """Put both lives of every customer side by side.

    Parameters
    ----------
    paired : two worlds of one replication.
    base, other : their plans; the same customers must remember in both (``have_two_lives``).
    worth : of the base's customers; the same in both worlds.
    """
    here = _side(paired.base, paired.base_cases, base, worth)
    there = _side(paired.other, paired.other_cases, other, worth)
    lost = np.stack((~np.isnan(here.lost_s), ~np.isnan(there.lost_s)))
    fate = np.select([lost[BASE] & lost[OTHER], lost[OTHER], lost[BASE]], [Fate.LOST_ANYWAY, Fate.LOST_BECAUSE, Fate.KEPT_BECAUSE], Fate.STAYS)
    return Lives(fate.astype(np.int64), here, there)


def loss_of(lives: Lives, horizon: Horizon = Horizon.SIMULATED) -> Loss:
    """Return what the decision does to who stays, up to a horizon."""
    more = lives.more_likely_lost(horizon)
    return Loss(float(more[more > 0.0].sum()), float(-more[more < 0.0].sum()), float((more * lives.base.value).sum()))


def _side(log: RunLog, cases: Cases, plan: Plan, worth: Worth) -> Side:
    contacts, closings = log.contacts, log.closings
    stand = stand_of(log, plan, worth.margin, worth.discount)
    of_first = contacts["customer"][cases.first]
    known = of_first >= 0
    own = (contacts["customer"] >= 0) & np.isin(contacts["leg_kind"], np.array((LegKind.NEED, LegKind.COMPLAINT), np.int8)) & (contacts["outcome"] != Outcome.LOST_DEMAND)

    def per_customer(customer: Column, weights: Column | None = None) -> Column:
        return np.bincount(customer, weights=weights, minlength=len(stand.here))

    return Side(
        lost_s=stand.lost_s,
        expected=stand.expected,
        projected=stand.projected,
        contacts=per_customer(contacts["customer"][own]),
        waited_s=per_customer(of_first[known], cases.waited_s[known]),
        in_vain=per_customer(of_first[known], cases.in_vain[known]).astype(np.int64),
        problems=per_customer(closings["customer"][closings["problem"] > 0]),
        complaints=per_customer(contacts["customer"][own & (contacts["leg_kind"] == LegKind.COMPLAINT) & (contacts["try_number"] == 0)]),
        score=stand.satisfaction,
        value=stand.value_at_start,
    )
