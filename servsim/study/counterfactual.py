"""Two lives of every customer: whom a decision lost, kept, made to wait or to come in vain, person by person.

A customer has one threshold in both worlds and a hazard in each (R11), so each is exactly one of: here in both worlds,
lost in both, lost only with the decision, kept only by it. Beside these whole persons stand the chances of leaving, summed over every
exposure; their differences say the same on average with far less noise. Replications are never averaged here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.cases import Cases
from servsim.plan.plan import Plan
from servsim.rules.codes import LegKind, Outcome
from servsim.rules.loyalty import satisfaction, value_left
from servsim.study.pairing import PairedLogs

Column = NDArray[Any]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BASE, OTHER = 0, 1


class Fate(IntEnum):
    """What became of a customer in the two worlds."""

    STAYS = 0
    """Here at the end of both."""
    LOST_ANYWAY = 1
    """Lost in both, whatever is decided."""
    LOST_BECAUSE = 2
    """Lost only with the decision."""
    KEPT_BECAUSE = 3
    """Lost only without it."""


class Side(NamedTuple):
    """One world's half of the table; (customers,) each."""

    lost_s: Floats
    """When lost; NaN still here at the horizon."""
    expected: Floats
    """Chances of leaving, summed over every exposure while still here."""
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
    """Satisfaction S at the horizon."""
    value: Floats
    """What he is worth from then on, mood left out (money); what is lost where he is lost in the other world."""


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


def lives_of(paired: PairedLogs, base: Plan, other: Plan, margin: Floats, discount: float) -> Lives:
    """Put both lives of every customer side by side.

    Parameters
    ----------
    paired : two worlds of one replication, in which customers remember.
    base, other : their plans; both have the same customers.
    margin : (segments,) money a year, by number of the base's segments.
    discount : of that money, a year.
    """
    here = _side(paired.base, paired.base_cases, base, margin, discount)
    there = _side(paired.other, paired.other_cases, other, margin, discount)
    lost = np.stack((~np.isnan(here.lost_s), ~np.isnan(there.lost_s)))
    fate = np.select([lost[BASE] & lost[OTHER], lost[OTHER], lost[BASE]], [Fate.LOST_ANYWAY, Fate.LOST_BECAUSE, Fate.KEPT_BECAUSE], Fate.STAYS)
    return Lives(fate.astype(np.int64), here, there)


def loss_of(lives: Lives) -> tuple[float, float]:
    """Return (expected customers lost because of the decision, expected customers kept by it), both 0 or more."""
    more = lives.other.expected - lives.base.expected
    return float(more[more > 0.0].sum()), float(-more[more < 0.0].sum())


def money_lost(lives: Lives) -> float:
    """Return the expected loss of customer value: chances more (or less) times what each is worth in the world without the decision."""
    return float(((lives.other.expected - lives.base.expected) * lives.base.value).sum())


def _side(log: RunLog, cases: Cases, plan: Plan, margin: Floats, discount: float) -> Side:
    people, contacts, closings = log.customers, log.contacts, log.closings
    count = len(people["account"])
    of_first = contacts["customer"][cases.first]
    known = of_first >= 0
    own = (contacts["customer"] >= 0) & np.isin(contacts["leg_kind"], np.array((LegKind.NEED, LegKind.COMPLAINT), np.int8)) & (contacts["outcome"] != Outcome.LOST_DEMAND)

    def per_customer(customer: Column, weights: Column | None = None) -> Column:
        return np.bincount(customer, weights=weights, minlength=count)

    segment = np.repeat(np.arange(len(plan.segment_size)), plan.segment_size)
    score, value = _worth(people, segment, plan, margin, discount)
    return Side(
        lost_s=people["lost_s"],
        expected=people["expected"],
        contacts=per_customer(contacts["customer"][own]),
        waited_s=per_customer(of_first[known], cases.waited_s[known]),
        in_vain=per_customer(of_first[known], cases.in_vain[known]).astype(np.int64),
        problems=per_customer(closings["customer"][closings["problem"] > 0]),
        complaints=per_customer(contacts["customer"][own & (contacts["leg_kind"] == LegKind.COMPLAINT) & (contacts["try_number"] == 0)]),
        score=score,
        value=value,
    )


def _worth(people: dict[str, Column], segment: Ints, plan: Plan, margin: Floats, discount: float) -> tuple[Floats, Floats]:
    """Return score and value of every customer; the same scores are worked out once."""
    table = np.column_stack([segment.astype(float), people["account"], np.nan_to_num(people["recovery"], nan=-1.0), people["mood"]])
    kinds, where = np.unique(table, axis=0, return_inverse=True)
    found = np.empty((len(kinds), 2))
    for row, (number, account, recovery, mood) in enumerate(kinds.tolist()):
        memory, recovery_account = plan.memory[int(number)], recovery if recovery >= 0.0 else float("nan")
        found[row] = (
            satisfaction(memory, account, recovery_account, mood),
            value_left(memory, account, recovery_account, float(margin[int(number)]), discount),
        )
    score, value = found[where.ravel()].T
    return score, value
