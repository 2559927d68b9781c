"""The first difference of two logs: which contact, which column, which two values. Says nothing of why."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog

PARTS = ("contacts", "presence", "closings", "customers")
"""Parts of a log, in the order in which they are compared."""


class Difference(NamedTuple):
    """Where two logs differ first."""

    part: str
    """``contacts``, ``presence``, ``closings`` or ``customers``."""
    row: int
    """Number of the contact (change of presence, closed case, customer); -1: the logs have other columns."""
    column: str
    values: tuple[Any, Any]
    """What each log has there; ``None``: no such row."""

    def __str__(self) -> str:
        """Say it in one line: ``contacts 5, ended_s: 61.0 against 62.0``."""
        if self.row < 0:
            return f"{self.part}: the columns differ"
        one, other = ("no such row" if value is None else repr(value) for value in self.values)
        return f"{self.part} {self.row}, {self.column}: {one} against {other}"


def first_difference(one: RunLog, other: RunLog) -> Difference | None:
    """Return the first contact and column in which two logs differ in any bit; then the first change of presence, and so on.

    ``None``: the logs are identical.
    """
    differences = (_in_columns(part, getattr(one, part), getattr(other, part)) for part in PARTS)
    return next((found for found in differences if found is not None), None)


def _in_columns(part: str, one: dict[str, NDArray[Any]], other: dict[str, NDArray[Any]]) -> Difference | None:
    if [(name, column.dtype) for name, column in one.items()] != [(name, column.dtype) for name, column in other.items()]:
        return Difference(part, -1, "", (None, None))
    rows = [(_first_unequal(one[name], other[name]), place, name) for place, name in enumerate(one)]
    found = min((each for each in rows if each[0] >= 0), default=None)
    if found is None:
        return None
    row, _, name = found
    first, second = (column[name][row] if row < len(column[name]) else None for column in (one, other))
    return Difference(part, row, name, (first, second))


def _first_unequal(one: NDArray[Any], other: NDArray[Any]) -> int:
    """Return the first place at which two columns differ in any bit, -1 where none does."""
    rows = min(len(one), len(other))
    if one[:rows].tobytes() != other[:rows].tobytes():
        bits = [np.frombuffer(column[:rows].tobytes(), np.uint8).reshape(rows, one.dtype.itemsize) for column in (one, other)]
        return int(np.flatnonzero((bits[0] != bits[1]).any(axis=1))[0])
    return -1 if len(one) == len(other) else rows
