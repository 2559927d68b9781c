"""Precision: when enough replications have been run.

The rule of Hoad, Robinson & Davies (``servsim.measure.estimate.precise_after``): the interval's half width must fall
below the wanted share of the value and stay there during a look-ahead of further replications; those of the look-ahead
are kept as well. Never runs a replication.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError, did_you_mean
from servsim.measure.estimate import Moments, estimates, precise_after
from servsim.measure.registry import MEASURES
from servsim.measure.terms import Terms
from servsim.plan.plan import Names
from servsim.scenario.spot import list_names, nearest_name

Words = Mapping[str, NDArray[Any]]


class Precision:
    """Watches one measure, replication by replication, until its interval is narrow enough."""

    def __init__(self, row: int, share: float, confidence: float) -> None:
        self.row, self.share, self.confidence = row, share, confidence
        self.moments = Moments(1)
        self.widths: list[float] = []
        self.is_reached = False

    def add(self, table: Mapping[str, NDArray[Any]]) -> None:
        """Take in the table of the next replication."""
        here = slice(self.row, self.row + 1)
        self.moments.add(table["numerator"][here], table["denominator"][here])
        self.widths.append(estimates(self.moments, self.confidence)[0].relative_half_width)
        self.is_reached = precise_after(self.widths, self.share) is not None

    @property
    def width(self) -> float:
        """Half width as a share of the value, so far."""
        return self.widths[-1] if self.widths else float("inf")


def judged_row(text: str, words: Words, names: Names, terms: Terms) -> int:
    """Return the row of the table that a measure's name means (``judged_group``).

    Raises
    ------
    SettingError
        No such measure or channel, or not in this scenario.
    """
    name, formula, by = judged_group(text, names, terms)
    rows = (words["measure"] == name) & (words["formula"] == formula) & (words["by"] == ("channel" if by else "overall"))
    found = np.flatnonzero(rows & (words["channel"] == by.get("channel", "")))
    if not found.size:
        raise SettingError(f"measure: got {text}; this scenario has no such measure (it needs `loyalty`, or customers who are known)")
    return int(found[0])


def judged_group(text: str, names: Names, terms: Terms) -> tuple[str, str, dict[str, str]]:
    """Return measure, formula and group that a text means: ``mean_wait_s``, or of one channel ``phone.mean_wait_s``.

    Where several formulas go by the name, it is the channel's own (of the first channel for the whole firm), or the
    first one. A unit may be left out: ``mean_wait``.

    Raises
    ------
    SettingError
        No such measure or channel.
    """
    channel, _, name = text.rpartition(".")
    if channel and channel not in names.channels:
        raise SettingError(_words("measure", text, "its channel must be one of", channel, names.channels))
    name = _full_name(text, name, "channel" if channel else "overall")
    formulas = [each.formula for each in MEASURES if each.name == name]
    headline = terms.formulas[names.channels.index(channel) if channel else 0]
    return name, headline if headline in formulas else formulas[0], {"channel": channel} if channel else {}


def _full_name(text: str, name: str, by: str) -> str:
    known = list(dict.fromkeys(each.name for each in MEASURES if by in each.groups))
    for candidate in (name, f"{name}_s", f"{name}_share"):
        if candidate in known:
            return candidate
    raise SettingError(_words("measure", text, "must be one of", name, known))


def _words(setting: str, text: str, allowed: str, name: str, known: Any) -> str:
    near = nearest_name(name, known)
    hint = did_you_mean(text.replace(name, near) if near else "")
    return f"{setting}: got {text}; {allowed} {list_names(known, 60)}{hint}"
