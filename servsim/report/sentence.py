"""Words for numbers and times, as sentences need them: ``14 minutes``, ``Thu 5 March, 9:42``, ``a, b and c``.

Plain text in, plain text out. Never looks at a log or a scenario.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from servsim.errors import counted as counted
from servsim.rules.clock import DAY_S

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def clock_text(time_s: float) -> str:
    """Write the time of day as a clock shows it: ``9:42``; minutes that have begun are not yet over."""
    minutes = int(time_s % DAY_S // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def date_of(start: dt.date, time_s: float) -> dt.date:
    """Return the date of a moment of the run's clock; ``start`` is the first simulated day."""
    return start + dt.timedelta(days=int(time_s // DAY_S))


def date_text(date: dt.date) -> str:
    """Write a date without its year: ``Thu 5 March``."""
    return f"{WEEKDAYS[date.weekday()]} {date.day} {MONTHS[date.month - 1]}"


def moment_text(start: dt.date, time_s: float) -> str:
    """Write a moment: ``Thu 5 March, 9:42``."""
    return f"{date_text(date_of(start, time_s))}, {clock_text(time_s)}"


def duration_words(seconds: float) -> str:
    """Write a length of time as people say it: ``40 seconds``, ``14 minutes``, ``2 h 10 min``, ``3 days``."""
    if seconds < 119.5 and round(seconds) != 60:
        return counted(round(seconds), "second")
    minutes = round(seconds / 60)
    if minutes < 120:
        return counted(minutes, "minute")
    if minutes < 2880:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return counted(round(minutes / 1440), "day")


def wait_words(seconds: float) -> str:
    """Write a wait as the beginning of a clause: ``14 minutes' wait``, ``1 minute's wait``."""
    words = duration_words(seconds)
    if words[-1] == "s":
        return f"{words}' wait"
    return f"a wait of {words}" if " h" in words else f"{words}'s wait"


def number_word(number: int) -> str:
    """Write a small number as a word: ``five``; a larger one in figures."""
    return SMALL_NUMBERS[number] if 0 <= number < len(SMALL_NUMBERS) else f"{number:,}"


def ordinal_text(number: int) -> str:
    """Write ``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words: ``a``, ``a and b``, ``a, b and c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def share_text(share: float) -> str:
    """Write a share in per cent with as many digits as it deserves: ``82 %``, ``7.4 %``, ``0.05 %``, ``< 0.01 %``, ``0 %``."""
    percent = 100 * share
    if 0 < percent < 0.005:
        return "< 0.01 %"
    digits = 0 if abs(percent) >= 9.95 or percent == 0 else 1 if abs(percent) >= 0.95 else 2
    text = f"{percent:.{digits}f}"
    return f"{text} %"


def plain_number(value: float) -> str:
    """Write a number with three significant digits and no needless zeros: ``0.62``, ``14.3``, ``1,230``."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{float(text):g}"


def begun_large(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[:1].upper() + text[1:]


def shortened(text: str, letters: int) -> str:
    """Leave out the middle of a text that is too long; names of one kind differ at their ends."""
    if len(text) <= letters:
        return text
    tail = (letters - 1) // 2
    return f"{text[: letters - 1 - tail].rstrip()}\u2026{text[-tail:].lstrip()}"


def plain_name(name: str) -> str:
    """Write a scenario's name as words: ``front_desk`` -> ``front desk``."""
    return name.replace("_", " ")
