"""Staying: who is lost, with what chance, how satisfied those are who stay, and what customers are worth.

Two horizons are told apart. *Simulated* ends with the run. *Projected* follows those still here by the loyalty rules alone,
without new cases, to 365 days after the start. Customers are counted over the whole run: what happened to them in the
warm-up cannot be taken out again.

A customer's worth to be lost is what he was worth as the run began, mood left out: the same in every world, for nothing
had been decided yet. What customers are worth *at the end* is that of the scores they then have. Never draws anew: the
start is that of the run.
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.closings import UNHAPPY
from servsim.measure.customers import segment_of
from servsim.measure.facts import Column, Floats, Mask
from servsim.plan import scores
from servsim.plan.people import start_people
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Hit
from servsim.rules.loyalty import YEAR_S, Memory

Sums = dict[str, dict[str, Floats]]

POINTS_A_STAR = 25.0
"""Stars are 1 + points / 25: five for 100 points, three for 50."""


class Stand(NamedTuple):
    """Where every customer of the scenario stands at the end of the run, (customers,)."""

    segment: Column
    here: Mask
    """Not lost."""
    lost_s: Floats
    """When lost; NaN still here."""
    account: Floats
    recovery: Floats
    """NaN blank."""
    mood: Floats
    satisfaction: Floats
    expected: Floats
    """Chances of leaving summed over the run."""
    projected: Floats
    """Chance to leave between the end of the run and 365 days after its start; 0 for those already lost."""
    value: Floats
    """What the customer is worth by the scores at the end, or when lost."""
    value_at_start: Floats


_KNOWN: WeakKeyDictionary[RunLog, tuple[Plan, bytes, Stand]] = WeakKeyDictionary()
"""Where customers stand in logs that are still there: measures, the ledger and every pair of worlds ask."""


def stand_of(log: RunLog, plan: Plan, margin: Floats, discount: float) -> Stand:
    """Return where customers stand; the log must be of a world in which somebody remembers, and not change any more.

    Parameters
    ----------
    margin : (S,) that a customer brings in a year.
    discount : yearly, of that margin.
    """
    worth, known = np.append(margin, discount).tobytes(), _KNOWN.get(log)
    if known is not None and known[0] is plan and known[1] == worth:
        return known[2]
    found = _stand_of(log, plan, margin, discount)
    _KNOWN[log] = plan, worth, found
    return found


def _stand_of(log: RunLog, plan: Plan, margin: Floats, discount: float) -> Stand:
    ended, began = log.customers, start_people(plan, log.seed, log.replication)
    here = np.isnan(ended["lost_s"])
    found = {name: np.zeros(len(here)) for name in ("satisfaction", "projected", "value", "value_at_start")}
    for mine, number in _segments(plan):
        memory, yearly = plan.memory[number], float(margin[number])
        account, recovery, mood = (ended[name][mine] for name in ("account", "recovery", "mood"))
        rest_s = np.full(len(account), max(0.0, YEAR_S - plan.horizon_s))
        found["satisfaction"][mine] = scores.satisfaction(memory, account, recovery, mood)
        found["projected"][mine] = scores.chance_of(scores.stretch_hazard(memory, account, recovery, mood, rest_s)) * here[mine]
        found["value"][mine] = value_of(memory, account, recovery, yearly, discount)
        found["value_at_start"][mine] = value_of(memory, began["account"][mine], began["recovery"][mine], yearly, discount)
    return Stand(
        segment=segment_of(plan), here=here, lost_s=ended["lost_s"],
        account=ended["account"], recovery=ended["recovery"], mood=ended["mood"], expected=ended["expected"], **found,
    )  # fmt: skip


def _segments(plan: Plan) -> list[tuple[slice, int]]:
    firsts, sizes = np.asarray(plan.segment_first).tolist(), np.asarray(plan.segment_size).tolist()
    return [(slice(first, first + size), number) for number, (first, size) in enumerate(zip(firsts, sizes, strict=True)) if size]


def value_of(memory: Memory, account: Floats, recovery: Floats, margin: float, discount: float) -> Floats:
    """Return what each customer is worth from now on (``servsim.rules.loyalty.value_left`` on columns)."""
    leaving = memory.leaving * scores.unlikely_to_buy(memory, scores.overall(memory, account, recovery))
    return np.asarray(margin / (leaving + discount))


def amounts(stand: Stand, hit: Mask) -> dict[str, Floats]:
    """Return what each customer brings, (customers,), ready to be added up.

    Parameters
    ----------
    hit : (customers,) the firm failed a case of the customer, which closed (``hit_of``).
    """
    here, score = stand.here, stand.satisfaction
    blank = np.isnan(stand.recovery) | ~here
    return {
        "customers": np.ones(len(here)),
        "customers_here": here * 1.0,
        "customers_lost": ~here * 1.0,
        "expected_lost": stand.expected,
        "projected_lost": stand.expected + stand.projected,
        "margin_lost": stand.expected * stand.value_at_start,
        "margin_at_risk": stand.projected * stand.value_at_start,
        "customer_equity": stand.value * here,
        "people_hit": hit * 1.0,
        "people_hit_here": (hit & here) * 1.0,
        "satisfaction": score * here,
        "satisfaction_of_hit": score * (hit & here),
        "unhappy": (here & (score < UNHAPPY)) * 1.0,
        "stars": (1.0 + score / POINTS_A_STAR) * here,
        "with_recovery": ~blank * 1.0,
        "gap_stars": np.where(blank, 0.0, (stand.account - stand.recovery) / POINTS_A_STAR),
    }


def hit_of(closings: dict[str, Column], customers: int, which: Mask) -> NDArray[np.bool_]:
    """(customers,) of whom a case among ``which`` (closings,) closed that the firm had failed."""
    hit = np.zeros(customers, bool)
    hit[closings["customer"][which & (closings["hit"] != Hit.NONE)]] = True
    return hit


def sums(stand: Stand, hit: Mask, plan: Plan) -> Sums:
    """Return the sums over all customers and by segment; those lost also by the day on which they were."""
    segments = len(plan.segment_size)
    by_segment = {name: np.bincount(stand.segment, weights=column, minlength=segments).astype(float) for name, column in amounts(stand, hit).items()}
    found = {name: {"overall": column.sum(keepdims=True), "segment": column} for name, column in by_segment.items()}
    days = np.minimum(stand.lost_s[~stand.here] // DAY_S, plan.days - 1).astype(np.int64)
    found["customers_lost"]["day"] = np.bincount(days, minlength=plan.days).astype(float)
    return found
