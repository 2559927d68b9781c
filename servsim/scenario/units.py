"""Units of the scenario language: the text a planner writes, and the number the program holds.

Every parser takes the value as it stands in the file (text, or a number) and returns what the program holds, or raises
:class:`Refused` with what would be right. Every ``..._text`` is the inverse: it prints a text that reads back to the
very same number. Decimal arithmetic keeps ``4.1 min`` at 246 seconds and ``12.3 %`` at 0.123.

It never knows which key a value belongs to, and never reads a file.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from servsim.rules.clock import DAY_S

Windows = tuple[tuple[float, float], ...]
Profile = tuple[tuple[float, float], ...]

UNITS_S: dict[str, int] = {
    "s": 1, "second": 1, "seconds": 1,
    "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600,
    "day": 86_400, "days": 86_400,
    "week": 604_800, "weeks": 604_800,
}  # fmt: skip
"""Words for lengths of time, in seconds. ``m`` is left out on purpose: minute or month?"""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NUMBER_ONLY = re.compile(_NUMBER, re.ASCII)
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z]+)\s*", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_WINDOW = re.compile(r"\s*(\d{1,2}:\d{2}(?::\d{2})?)\s*-\s*(\d{1,2}:\d{2}(?::\d{2})?)\s*", re.ASCII)

MOST_COUNT = 10**15
"""Whole numbers that floats hold, and more than anybody counts; only names of random numbers (seeds) may be larger."""

A_DURATION = "must be a length of time with its unit, such as 4 min, 90 s, 1 h 30 min or 2 days"
A_SHARE = "must be a share from 0 % to 100 %, such as 15 % or 0.15"
A_TIME = "must be a time of day, such as 9:30"
WINDOWS_WORDS = "must be hours such as 9:00-18:00 (22:00-6:00 runs past midnight), a list of these, 24 h or closed"
DAYS_WORDS = "must be weekdays, such as mon-fri, or mon, wed, sat, or daily"
A_DATE = "must be a date, such as 2026-03-02"


class Refused(Exception):
    """A value that cannot be read; tells what would be right, and the nearest valid text where there is one."""

    def __init__(self, allowed: str, nearest: str = "") -> None:
        self.allowed = allowed
        self.nearest = nearest
        super().__init__(allowed)


# ---- numbers


def parse_number(value: Any, allowed: str = "must be a number, such as 1.2") -> float:
    """Read a finite number."""
    return float(_decimal(value, allowed))


def parse_count(value: Any, allowed: str = "must be a whole number, such as 5", most: int = MOST_COUNT) -> int:
    """Read a whole number up to ``most``, exactly; ``5.0`` is one, ``5.5`` is not, nor is a float so large that it may have been another number."""
    number = _decimal(value, allowed)
    if number != number.to_integral_value() or abs(number) > (min(most, MOST_COUNT) if isinstance(value, float) else most):
        raise Refused(allowed)
    return int(number)


def parse_share(value: Any) -> float:
    """Read ``15 %`` or ``0.15``; the bounds 0 and 1 are part of what a share is."""
    share = _parse_factor(value, A_SHARE)
    if 1.0 < share <= 100.0 and not _is_percent(value):
        raise Refused(A_SHARE, f"{_plain(Decimal(repr(share)))} %")
    if not 0.0 <= share <= 1.0:
        raise Refused(A_SHARE)
    return share


def parse_factor(value: Any) -> float:
    """Read ``90 %`` or ``0.9``; may be above 1."""
    return _parse_factor(value, "must be a factor, such as 0.9 or 90 %")


def share_text(share: float) -> str:
    """Print a share in per cent: ``0.15`` -> ``15 %``; a number that per cent cannot hold exactly stays a number."""
    text = f"{_plain(Decimal(repr(share)) * 100)} %"
    return text if len(text) < 24 and _parse_factor(text, "") == share else repr(share)


def _parse_factor(value: Any, allowed: str) -> float:
    if not _is_percent(value):
        return float(_decimal(value, allowed))
    return _finite(_decimal(value.strip()[:-1].strip(), allowed) / 100, allowed)


def _is_percent(value: Any) -> bool:
    return isinstance(value, str) and value.strip().endswith("%")


def _decimal(value: Any, allowed: str) -> Decimal:
    """Return the number a file or a command line holds; texts of numbers count, truth values do not."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Refused(allowed)
    text = repr(value) if isinstance(value, float) else str(value).strip() if _is_short(value) else ""
    if not _NUMBER_ONLY.fullmatch(text):
        raise Refused(allowed)
    return _checked_decimal(text, allowed)


def _checked_decimal(text: str, allowed: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Refused(allowed) from None
    _finite(number, allowed)
    return number


def _finite(number: Decimal, allowed: str) -> float:
    result = float(number)
    if not math.isfinite(result):
        raise Refused(allowed)
    return result


def _is_short(value: Any) -> bool:
    """Return whether a text or whole number is of a length that a person would write."""
    return len(value) <= 60 if isinstance(value, str) else abs(value) < 10**18


def amount_text(number: float) -> str:
    """Print an amount without decimals; one that nobody counts to in three digits, ``5e+302``, not in hundreds of them."""
    return f"{number:.0f}" if abs(number) < MOST_COUNT else f"{number:.3g}"


def _plain(number: Decimal) -> str:
    """Print a decimal without trailing zeros, and without exponent unless it is beyond all counting."""
    if abs(number) >= MOST_COUNT:
        return f"{float(number):g}"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# ---- lengths of time


def parse_duration(value: Any) -> float:
    """Read ``4 min`` or ``1 h 30 min`` as seconds; a bare number has no unit and is refused, unless it is 0."""
    if isinstance(value, (int, float)):
        return _unitless(value)
    if not isinstance(value, str) or not _is_short(value):
        raise Refused(A_DURATION)
    return _unitless(value) if _NUMBER_ONLY.fullmatch(value.strip()) else _sum_of_parts(value.strip())


def _unitless(value: Any) -> float:
    if _decimal(value, A_DURATION) != 0:
        number = value.strip() if isinstance(value, str) else _plain(Decimal(repr(value)))
        raise Refused(A_DURATION, f"{number} min")
    return 0.0


def _sum_of_parts(text: str) -> float:
    total, at = Decimal(0), 0
    while at < len(text):
        part = _QUANTITY.match(text, at)
        if part is None or part[2] not in UNITS_S:
            raise Refused(A_DURATION)
        total += _checked_decimal(part[1], A_DURATION) * UNITS_S[part[2]]
        at = part.end()
    if at == 0:
        raise Refused(A_DURATION)
    return _finite(total, A_DURATION)


def duration_text(seconds: float) -> str:
    """Print a length of time as a planner writes it: ``240.0`` -> ``4 min``, ``5400.0`` -> ``1 h 30 min``."""
    if seconds != int(seconds) or abs(seconds) >= 1e15:
        return f"{repr(seconds).replace('+', '')} s"
    whole = int(seconds)
    if whole % 86_400 == 0 and whole:
        return _days_text(whole // 86_400)
    if abs(whole) < 120 and whole % 60:
        return f"{whole} s"
    return _clock_parts(whole) if whole > 0 else f"{whole} s"


def _days_text(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _clock_parts(whole: int) -> str:
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


# ---- times of day and hours


def parse_time(value: Any) -> float:
    """Read ``9:30`` as seconds after midnight, before 24:00."""
    seconds = _clock(value)
    if seconds >= DAY_S:
        raise Refused(A_TIME)
    return seconds


def time_text(seconds: float) -> str:
    """Print seconds after midnight as a time of day: ``34200.0`` -> ``9:30``."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if left else f"{hours}:{minutes:02d}"


def _clock(value: Any) -> float:
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise Refused(A_TIME)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_S:
        raise Refused(A_TIME)
    return float(total)


def parse_windows(value: Any) -> Windows:
    """Read opening or working hours as (from, to) in seconds after midnight; past midnight, to is above 86,400."""
    texts = value if isinstance(value, (list, tuple)) else str(value).split(",") if isinstance(value, str) else None
    if not texts:
        raise Refused(WINDOWS_WORDS)
    if len(texts) == 1 and texts[0] in ("24 h", "24h", "closed"):
        return () if texts[0] == "closed" else ((0.0, DAY_S),)
    return _apart(sorted(_window(text) for text in texts))


def _window(text: Any) -> tuple[float, float]:
    match = _WINDOW.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Refused(WINDOWS_WORDS)
    begin, end = _clock(match[1]), _clock(match[2])
    if begin == end or begin >= DAY_S:
        raise Refused(WINDOWS_WORDS, "24 h" if begin == end else "")
    return (begin, end) if end > begin else (begin, end + DAY_S)


def _apart(windows: list[tuple[float, float]]) -> Windows:
    for (_, end), (begin, _) in pairwise(windows):
        if begin < end:
            raise Refused("must be hours that do not overlap")
    if windows[-1][1] - DAY_S > windows[0][0]:
        raise Refused("must be hours that do not overlap, past midnight either")
    return tuple(windows)


def windows_text(windows: Windows) -> str | list[str]:
    """Print hours: ``24 h``, ``closed``, ``9:00-18:00`` or a list of such."""
    if not windows:
        return "closed"
    if windows == ((0.0, DAY_S),):
        return "24 h"
    texts = [f"{time_text(begin)}-{time_text(_end_of_day(end))}" for begin, end in windows]
    return texts[0] if len(texts) == 1 else texts


def _end_of_day(seconds: float) -> float:
    return seconds - DAY_S if seconds > DAY_S else seconds


# ---- days


def parse_days(value: Any) -> tuple[int, ...]:
    """Read ``mon-fri``, ``mon, wed`` or ``daily`` as weekdays, Monday 0."""
    texts = value if isinstance(value, (list, tuple)) else value.split(",") if isinstance(value, str) else ()
    days = [day for text in texts for day in _days(text)]
    if not days:
        raise Refused(DAYS_WORDS)
    if len(set(days)) < len(days):
        raise Refused("must name each weekday once")
    return tuple(sorted(days))


def _days(text: Any) -> list[int]:
    words = [word.strip() for word in text.lower().split("-")] if isinstance(text, str) else []
    if words == ["daily"]:
        return list(range(7))
    if not 1 <= len(words) <= 2 or any(word not in WEEKDAYS for word in words):
        raise Refused(DAYS_WORDS)
    first, last = WEEKDAYS.index(words[0]), WEEKDAYS.index(words[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def days_text(days: tuple[int, ...]) -> str:
    """Print weekdays: ``(0, 1, 2, 3, 4)`` -> ``mon-fri``."""
    if len(days) == 7:
        return "daily"
    return ", ".join(_run_text(first, last) for first, last in _runs(days))


def _runs(days: tuple[int, ...]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _run_text(first: int, last: int) -> str:
    return WEEKDAYS[first] if first == last else f"{WEEKDAYS[first]}-{WEEKDAYS[last]}"


def parse_date(value: Any) -> dt.date:
    """Read ``2026-03-02``; a date object (from Python) is one already."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
        raise Refused(A_DATE)
    try:
        return dt.date.fromisoformat(value.strip())
    except ValueError:
        raise Refused(A_DATE) from None


def parse_dates(value: Any) -> tuple[dt.date, ...]:
    """Read one date or a list of dates, each once; held in order of time."""
    texts = value if isinstance(value, (list, tuple)) else [value]
    dates = [parse_date(text) for text in texts]
    if len(set(dates)) < len(dates):
        raise Refused("must name each date once")
    return tuple(sorted(dates))


def dates_text(dates: tuple[dt.date, ...]) -> list[str]:
    """Print dates as a list of texts."""
    return [date.isoformat() for date in dates]
