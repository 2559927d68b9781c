"""Memory of the contacts of one run of the compiled engine: columns of the log, and rows of what a contact carries.

::

    log    root | root | root ...   lineage | lineage ...   (one piece of memory, column after column, so that it outlives the run)
    life   line asleep joined_s ... | line asleep joined_s ... |  (row after row: what an event needs lies side by side)
    mind   first_s friction ... | first_s friction ... |          (the same, used only where customers remember)

Of life and mind only the latest rows are there, a power of 2 of them, and a row stands at the remainder of its number:
those of contacts long gone are used again. Address space is taken for as many rows of the log as may be expected; what
is not used takes no memory. Never reads a contact.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import CLOSING_COLUMNS, CONTACT_COLUMNS
from servsim.engine.table_layout import TOGETHER, record_type

LINE_BYTES = 64
"""Columns begin at a line of the processor's cache."""
CONTACTS = {name: np.dtype(code) for name, code, _, _ in CONTACT_COLUMNS}
CLOSINGS = {name: np.dtype(code) for name, code, _ in CLOSING_COLUMNS}
LIFE, MIND = record_type("life"), record_type("mind")
FIRST_RING = 2048


HUGE_PAGE = 1 << 21
LARGE = 1 << 19
NUMPY_ASKS_FROM = 1 << 22
"""Bytes from which numpy asks the system for memory in huge pages."""


def fresh_memory(size: int) -> NDArray[np.uint8]:
    """Return so many bytes that nobody has used.

    The system gives memory page by page as it is first touched, which takes as long as a contact lives; so larger pieces
    begin where a huge page does, and are long enough for numpy to ask for such pages. Those never touched take no memory.
    """
    if size < LARGE:
        return np.empty(size, np.uint8)
    taken = np.empty(max(size, NUMPY_ASKS_FROM) + HUGE_PAGE, np.uint8)
    begin = -taken.ctypes.data % HUGE_PAGE
    return taken[begin : begin + size]


def fresh_rows(rows: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Return so many rows that nobody has used."""
    return fresh_memory(rows * kind.itemsize).view(kind)


class Piece:
    """Columns in one piece of memory."""

    def __init__(self, kinds: dict[str, np.dtype[Any]], capacity: int) -> None:
        self.kinds = kinds
        self.begins: NDArray[np.int64]
        """Bytes from the piece's first to that of each column."""
        self._take_memory(capacity)

    def _take_memory(self, capacity: int) -> None:
        self.capacity = capacity
        sizes = [-(-capacity * kind.itemsize // LINE_BYTES) * LINE_BYTES for kind in self.kinds.values()]
        self.memory, self.begins = fresh_memory(sum(sizes)), np.cumsum([0, *sizes[:-1]])

    def grow(self, capacity: int, used: int) -> None:
        """Move to a larger piece of memory."""
        had = self.first(used)
        self._take_memory(capacity)
        for name, column in self.first(used).items():
            column[:] = had[name]

    def first(self, rows: int) -> dict[str, NDArray[Any]]:
        """Return the first rows of all columns."""
        return {
            name: self.memory[begin : begin + rows * kind.itemsize].view(kind)
            for (name, kind), begin in zip(self.kinds.items(), self.begins.tolist(), strict=True)
        }


class Ring:
    """What contacts carry while they live."""

    def __init__(self, remembers: int) -> None:
        self.size = FIRST_RING
        self.rows = {"life": np.empty(self.size, LIFE), "mind": np.zeros(self.size if remembers else 1, MIND)}

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all columns by name, as views."""
        return {name: self.rows[own][name] for own in self.rows for _, name in TOGETHER[own]}

    def grow(self, size: int, oldest: int, used: int) -> None:
        """Make room for more, a power of 2 again, and keep the rows from the oldest on."""
        for own, had in self.rows.items():
            if len(had) > 1:
                self.rows[own] = fresh_rows(size, had.dtype)
                for begin, end in _within(self.size, oldest, used):
                    _bytes(self.rows[own])[begin % size : begin % size + end - begin] = _bytes(had)[begin % self.size : begin % self.size + end - begin]
        self.size = size


def _within(size: int, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of rows that stand side by side in a ring, and so in every larger one."""
    while first < end:
        upto = min(end, first - first % size + size)
        yield first, upto
        first = upto


def _bytes(rows: NDArray[Any]) -> NDArray[np.uint8]:
    """Return rows as bytes (rows, bytes of one): numpy copies rows of many fields field by field."""
    return rows.view(np.uint8).reshape(len(rows), -1)
