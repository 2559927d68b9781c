"""What measures need of the scenario beside the plan: promises on waiting, wages, prices, margins, the calendar's start.

Never reads a file and never measures.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import hash64
from servsim.plan.plan import Names
from servsim.rules.clock import HOUR_S
from servsim.scenario.language import Loyalty, Scenario, Segment

Floats = NDArray[np.float64]


NOTHING: Floats = np.zeros(0)


@dataclass(frozen=True)
class Rumour:
    """What customers tell others of how they were served (all 0 where nobody remembers)."""

    told_solved: float = 0.0
    """People told per case that was solved, reach included."""
    told_unsolved: float = 0.0
    """People told per case that was not solved, or left the customer below ``UNHAPPY`` points; reach included."""
    heard_bad: float = 0.0
    """Change of a prospect's chance to buy for each bad story heard; below 0."""
    in_market: float = 0.0
    """Share of those told who look for such a firm."""


@dataclass(frozen=True)
class Terms:
    """Promises and prices, by number of channel and team."""

    within_s: Floats
    """(C,) threshold of the service level."""
    target_share: Floats
    """(C,) promised share."""
    short_abandon_s: Floats
    """(C,) an abandonment at or before this wait is a short one."""
    formulas: tuple[str, ...]
    """(C,) the channel's headline formula of the service level."""
    line_cost_per_min: Floats
    """(C,) price of a minute of a held line."""
    wage_per_h: Floats
    """(T,)"""
    overtime_factor: Floats
    """(T,) multiple of the wage that overtime is paid at."""
    currency: str = "USD"
    start: dt.date = dt.date(2026, 3, 2)
    """First simulated day."""
    margin: Floats = field(default_factory=lambda: NOTHING)
    """(S,) margin a customer brings in a year."""
    time_value_per_s: Floats = field(default_factory=lambda: NOTHING)
    """(S,) worth of the customer's own time."""
    discount: float = 0.0
    """Yearly discount of a customer's margin."""
    recorded: float = 0.0
    """Chance that a complaint reaches the managers."""
    rumour: Rumour = Rumour()
    training: frozenset[int] = frozenset()
    """Hashes of the absences whose cause is training (``plan.away_hash``)."""


def terms_of(scenario: Scenario, names: Names) -> Terms:
    """Return the promises and prices of a scenario, in the numbering of its plan.

    Raises
    ------
    KeyError
        When the names are not those of the scenario.
    """
    promises = [scenario.channels[name].service_level for name in names.channels]
    teams = [scenario.teams[name] for name in names.teams]
    segments = [scenario.segments.get(name, Segment()) for name in names.segments]
    return Terms(
        within_s=np.array([p.within for p in promises], float),
        target_share=np.array([p.target for p in promises], float),
        short_abandon_s=np.array([p.short_abandon for p in promises], float),
        formulas=tuple(p.formula for p in promises),
        line_cost_per_min=np.array([scenario.channels[name].cost_per_minute for name in names.channels], float),
        wage_per_h=np.array([team.wage for team in teams], float),
        overtime_factor=np.array([team.overtime_pay for team in teams], float),
        currency=scenario.currency,
        start=scenario.calendar.start,
        margin=np.array([segment.margin for segment in segments], float),
        time_value_per_s=np.array([segment.loyalty.time_value / HOUR_S for segment in segments], float),
        discount=scenario.loyalty.discount if scenario.loyalty else 0.0,
        recorded=scenario.loyalty.recorded if scenario.loyalty else 0.0,
        rumour=_rumour(scenario.loyalty),
        training=frozenset(hash64(name) for name, absence in scenario.absences.items() if absence.cause == "training"),
    )


def _rumour(loyalty: Loyalty | None) -> Rumour:
    if loyalty is None:
        return Rumour()
    return Rumour(loyalty.told_solved * loyalty.reach, loyalty.told_unsolved * loyalty.reach, loyalty.heard_bad, loyalty.in_market)

