"""Numbers as a planner reads them: a value with its interval, in a unit that suits it. Never computes a statistic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MINUTES_FROM_S = 120.0
HOURS_FROM_S = 2 * 3600.0
DAYS_FROM_S = 2 * 86_400.0

MOST_DECIMALS = 3

WIDE_FROM = 100.0
"""An interval that reaches so far to both sides needs no decimals."""

LENGTHS = ((DAYS_FROM_S, 86_400.0, "d"), (HOURS_FROM_S, 3600.0, "h"), (MINUTES_FROM_S, 60.0, "min"), (0.0, 1.0, "s"))
"""(from this value, seconds of the unit, its name)"""
PEOPLES_TIME = "s of many people"
"""Unit of times of many people added up: told in hours at most, since a day of them is no day."""


def with_interval(row: Mapping[str, Any] | None, unit: str = "") -> str:
    """Write a value and its interval: ``2.8 min [2.6, 3.0]``; a dash where there is no data.

    Parameters
    ----------
    row : of a summary; ``None``: there is none.
    unit : instead of the row's.
    """
    if row is None or row["value"] is None:
        return "-"
    scale, digits, name = _form(row, unit or row["unit"])
    value = f"{plain(row['value'] / scale, digits)}{name}"
    if row["low"] is None:
        return value
    return f"{value} [{plain(row['low'] / scale, digits)}, {plain(row['high'] / scale, digits)}]"


def _form(row: Mapping[str, Any], unit: str) -> tuple[float, int, str]:
    """Return what to divide by, how many decimals, and the name to print."""
    value = row["value"]
    if unit == "share":
        return 0.01, _decimals(row, 0.01, 1), " %"
    if unit in ("s", PEOPLES_TIME):
        scale, name = next((scale, name) for least, scale, name in LENGTHS[unit == PEOPLES_TIME :] if abs(value) >= least)
        return scale, _decimals(row, scale, 1), f" {name}"
    return 1.0, _decimals(row, 1.0, 1 if abs(value) < 1000 else 0), ""


def _decimals(row: Mapping[str, Any], scale: float, usual: int) -> int:
    """Return how many decimals tell the value from its bounds: the usual number, more where the interval is narrow, none where it is wide."""
    if row["low"] is None:
        return usual
    half = (row["high"] - row["low"]) / 2.0 / scale
    if half >= WIDE_FROM:
        return 0
    return usual if half == 0.0 or half >= 0.05 else min(math.ceil(-math.log10(half)), MOST_DECIMALS)


def percent(share: float) -> str:
    """Write a share: ``95 %``."""
    return f"{share * 100:.4g} %"


def plain(number: float, digits: int) -> str:
    """Write a number with a fixed number of decimals and spaces between thousands; what rounds to zero has no sign."""
    text = f"{number:,.{digits}f}".replace(",", " ")
    return text if text.strip("-0.") else text.lstrip("-")
