"""What measures need of the scenario beside the plan: promises on waiting, wages, prices of lines, the calendar's start.

Never reads a file and never measures.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servsim.plan.plan import Names
from servsim.scenario.language import Scenario

Floats = NDArray[np.float64]


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


def terms_of(scenario: Scenario, names: Names) -> Terms:
    """Return the promises and prices of a scenario, in the numbering of its plan.

    Raises
    ------
    KeyError
        When the names are not those of the scenario.
    """
    promises = [scenario.channels[name].service_level for name in names.channels]
    teams = [scenario.teams[name] for name in names.teams]
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
    )

