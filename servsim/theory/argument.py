"""What a formula accepts: every check of this package, with one way of saying no.

Never corrects a value; scipy and the formulas themselves are elsewhere.
"""

from __future__ import annotations

import math

from servsim.errors import SettingError


def refuse(path: str, value: object, allowed: str) -> SettingError:
    """Say why an argument is refused: path, value, what is allowed."""
    return SettingError(f"{path}: got {value}; {allowed}")


def check_positive(path: str, value: float) -> float:
    """Pass a finite number above 0.

    Raises
    ------
    SettingError
        When it is 0, negative, infinite or NaN.
    """
    if not (math.isfinite(value) and value > 0):
        raise refuse(path, value, "must be a finite number above 0")
    return float(value)


def check_not_negative(path: str, value: float) -> float:
    """Pass a finite number of 0 or more.

    Raises
    ------
    SettingError
        When it is negative, infinite or NaN.
    """
    if not (math.isfinite(value) and value >= 0):
        raise refuse(path, value, "must be a finite number of 0 or more")
    return float(value)


def check_share(path: str, value: float) -> float:
    """Pass a share from 0 to 1.

    Raises
    ------
    SettingError
        When it lies outside or is NaN.
    """
    if not 0 <= value <= 1:
        raise refuse(path, value, "must be a share from 0 to 1")
    return float(value)


def check_share_below_one(path: str, value: float) -> float:
    """Pass a share from 0 up to, but not including, 1.

    Raises
    ------
    SettingError
        When it lies outside or is NaN.
    """
    if not 0 <= value < 1:
        raise refuse(path, value, "must be a share of 0 or more and below 1")
    return float(value)


def check_count(path: str, value: float, *, low: int = 0) -> int:
    """Pass a whole number of ``low`` or more.

    Raises
    ------
    SettingError
        When it is smaller or not whole.
    """
    if not (math.isfinite(value) and int(value) == value and value >= low):
        raise refuse(path, value, f"must be a whole number of {low} or more")
    return int(value)


def check_stable(path: str, occupancy_share: float) -> None:
    """Pass a line that its agents can empty.

    Raises
    ------
    SettingError
        When the offered load is as large as the agents or larger: the line grows without end.
    """
    if not occupancy_share < 1:
        raise refuse(
            path,
            f"a load of {occupancy_share:.6g} of what the agents can do",
            "must be below 1, else the line grows without end",
        )
