"""How many arrive in a day when the day itself is busy or quiet.

Never draws.
"""

from __future__ import annotations

from servsim.theory.argument import check_not_negative, check_positive


def day_variance(mean_arrivals: float, day_factor_shape: float) -> float:
    """Give the variance of a Poisson count whose mean is multiplied by a gamma day factor of mean 1.

    Raises
    ------
    SettingError
        When the mean is negative or the shape is not above 0.

    Source
    ------
    Negative binomial law: Greenwood & Yule (1920); m + m^2 / shape.
    """
    return check_not_negative("mean_arrivals", mean_arrivals) + mean_arrivals**2 / check_positive(
        "day_factor_shape", day_factor_shape
    )
