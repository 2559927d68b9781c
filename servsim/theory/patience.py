"""How long people are willing to wait, as theory needs it: a survival function and its integral.

Never draws a patience; that is ``servsim.rules`` and ``servsim.draws``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.theory.argument import check_not_negative, check_positive, check_share, refuse

Array = NDArray[np.float64]
Survival = Callable[[Array], Any]
"""Share of people whose patience exceeds a time: ``(times,) float seconds -> (times,) float``, falling from at most 1."""


class PatienceLaw(Enum):
    """Which formulas a law of patience admits."""

    ENDLESS = "endless"
    """Nobody ever gives up."""
    EXPONENTIAL = "exponential"
    GENERAL = "general"
    """Any other law; only its survival function is used."""


@dataclass(frozen=True)
class Patience:
    """A law of patience.

    Greek: G(x) = ``survival``, H(x) = ``integrated_survival`` = the integral of G from 0 to x, theta = 1 / ``mean_s``.
    """

    law: PatienceLaw
    mean_s: float
    """Mean patience, seconds; inf for the endless law, NaN when a general law does not say it."""
    survival: Survival
    """P(patience > x), x in seconds."""
    integrated_survival: Survival | None = None
    """E[min(patience, x)], seconds; None lets the formula integrate numerically."""
    breakpoints_s: tuple[float, ...] = ()
    """Where the survival function jumps or bends, seconds; the integral is cut there."""


def endless() -> Patience:
    """Describe people who never give up."""
    return Patience(PatienceLaw.ENDLESS, math.inf, lambda x: np.ones_like(x), lambda x: x)


def exponential(mean_s: float) -> Patience:
    """Describe exponential patience with a mean in seconds.

    Raises
    ------
    SettingError
        When the mean is not above 0 and finite.
    """
    mean = check_positive("mean_s", mean_s)
    return Patience(PatienceLaw.EXPONENTIAL, mean, lambda x: np.exp(-x / mean), lambda x: -mean * np.expm1(-x / mean))


def uniform(high_s: float) -> Patience:
    """Describe patience spread evenly from 0 to a longest, seconds.

    Raises
    ------
    SettingError
        When the longest is not above 0 and finite.
    """
    high = check_positive("high_s", high_s)

    def integrated(x: Array) -> Array:
        within = np.minimum(x, high)
        return within * (1.0 - within / (2.0 * high))

    return Patience(PatienceLaw.GENERAL, high / 2, lambda x: np.maximum(0.0, 1.0 - x / high), integrated, (high,))


def deterministic(patience_s: float) -> Patience:
    """Describe people who all give up after the same time, seconds.

    Raises
    ------
    SettingError
        When the time is not above 0 and finite.
    """
    limit = check_positive("patience_s", patience_s)
    return Patience(
        PatienceLaw.GENERAL, limit, lambda x: np.where(x < limit, 1.0, 0.0), lambda x: np.minimum(x, limit), (limit,)
    )


def capped_exponential(mean_s: float, cap_s: float) -> Patience:
    """Describe the smaller of an exponential patience and a fixed time (voice mail takes over), seconds.

    Raises
    ------
    SettingError
        When the mean or the cap is not above 0 and finite.
    """
    mean, cap = check_positive("mean_s", mean_s), check_positive("cap_s", cap_s)

    def survival(x: Array) -> Array:
        return np.where(x < cap, np.exp(-x / mean), 0.0)

    def integrated(x: Array) -> Array:
        return -mean * np.expm1(-np.minimum(x, cap) / mean)

    return Patience(PatienceLaw.GENERAL, -mean * math.expm1(-cap / mean), survival, integrated, (cap,))


def zero_or_exponential(zero_share: float, mean_s: float) -> Patience:
    """Describe people of whom a share leaves at once rather than wait; the others have exponential patience, seconds.

    Raises
    ------
    SettingError
        When the share is not a share or the mean is not above 0 and finite.
    """
    stays, mean = 1.0 - check_share("zero_share", zero_share), check_positive("mean_s", mean_s)
    return Patience(
        PatienceLaw.GENERAL if stays < 1 else PatienceLaw.EXPONENTIAL,
        stays * mean,
        lambda x: stays * np.exp(-x / mean),
        lambda x: -stays * mean * np.expm1(-x / mean),
    )


def general(survival: Survival, mean_s: float = math.nan, breakpoints_s: tuple[float, ...] = ()) -> Patience:
    """Describe any patience by its survival function; jumps and bends must be named, seconds.

    Raises
    ------
    SettingError
        When the survival is not a share at 0, or a break point is negative.
    """
    breaks = tuple(check_not_negative("breakpoints_s", x) for x in breakpoints_s)
    check_share("survival(0)", float(np.asarray(survival(np.zeros(1))).reshape(-1)[0]))
    return Patience(PatienceLaw.GENERAL, mean_s, survival, None, breaks)


def of_mean(mean_s: float) -> Patience:
    """Describe exponential patience with a mean in seconds; an infinite mean is endless patience.

    Raises
    ------
    SettingError
        When the mean is not above 0.
    """
    if math.isnan(mean_s) or mean_s <= 0:
        raise refuse("mean_s", mean_s, "must be above 0, or infinite for people who never give up")
    return endless() if math.isinf(mean_s) else exponential(mean_s)
