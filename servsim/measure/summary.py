"""The summary of a study: every measure with its confidence interval, over all replications. Never reads a log."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError
from servsim.measure.estimate import Moments, estimates
from servsim.measure.group import BY, PARTS
from servsim.measure.registry import MEASURES, Empty

Column = NDArray[Any]
Table = Mapping[str, Column]

ROW_FIELDS = ("measure", "value", "low", "high", "level", "unit", "formula", "by", "replications")
"""Fields of a summary row, as ``output=json`` prints them; ``by`` maps group columns to words, empty for the whole."""


class Summary:
    """Takes in the tables of replications one at a time and keeps no table, however many there are."""

    def __init__(self) -> None:
        self.words: Table = {}
        self.moments = Moments(0)

    def add(self, table: Table) -> None:
        """Take in one replication's table (``servsim.measure.table.measure``).

        Raises
        ------
        SettingError
            When its rows are not those of the first table: another plan.
        """
        if not self.words:
            self.words = {name: table[name] for name in ("measure", "formula", "unit", "by", *PARTS)}
            self.moments = Moments(len(table["measure"]))
        elif not all(self.words[name] is table[name] or np.array_equal(self.words[name], table[name]) for name in self.words):
            raise SettingError("measures: the replications have different rows; they are not of one plan")
        self.moments.add(table["numerator"], table["denominator"])

    def rows(self, confidence: float = 0.95) -> list[dict[str, Any]]:
        """Return one row per measure, formula and group, in the order of the table.

        Days and intervals in which nobody came and nobody was on duty in any replication are left out. ``low`` and
        ``high`` are ``None`` where there is no interval, ``value`` where there is no data; shares are cut at 0 and 1.
        """
        found = estimates(self.moments, confidence)
        rows = [self._row(number, found[number]) for number in np.flatnonzero(self._active()).tolist()]
        return rows

    def _row(self, number: int, found: Any) -> dict[str, Any]:
        words = {name: column[number] for name, column in self.words.items()}
        value = found.value
        if math.isnan(value) and words["measure"] in KEPT_PROMISE and "interval" in BY[words["by"]]:
            value = 1.0
        highest = 1.0 if words["unit"] == "share" else math.inf
        return {
            "measure": words["measure"],
            "value": _or_none(value),
            "low": _or_none(max(found.low, LEAST.get(words["measure"], 0.0)) if not math.isnan(found.low) else found.low),
            "high": _or_none(min(found.high, highest) if not math.isnan(found.high) else found.high),
            "level": found.level,
            "unit": words["unit"],
            "formula": words["formula"],
            "by": {part: words[part] for part in BY[words["by"]]},
            "replications": found.replications,
        }

    def _active(self) -> NDArray[np.bool_]:
        """(rows,) not a day or an interval without people and without agents."""
        active = np.ones(len(self.moments.above), bool)
        for part in ("day", "interval"):
            lively = (self.words["by"] == part) & np.isin(self.words["measure"].astype(str), LIVELY) & (self.moments.above > 0.0)
            names = self.words[part].astype(str)
            active &= np.isin(names, np.append(np.unique(names[lively]), ""))
        return active


KEPT_PROMISE = {measure.name for measure in MEASURES if measure.empty == Empty.KEPT_PROMISE}
LEAST = {measure.name: measure.least for measure in MEASURES if measure.least < 0.0}
LIVELY = ("offered", "agents_on_duty", "mean_waiting")
"""Measures of which one is above 0 wherever something happened."""


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


def summarise(tables: Iterable[Table], confidence: float = 0.95) -> list[dict[str, Any]]:
    """Sum up the tables of replications: one row per measure, formula and group, with its interval.

    Raises
    ------
    SettingError
        When the tables are not of one plan, there are none, or the level is not between 0 and 1.
    """
    summary = Summary()
    for table in tables:
        summary.add(table)
    if not summary.words:
        raise SettingError("replications: got 0; must be at least 1")
    return summary.rows(confidence)
