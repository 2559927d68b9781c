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


class Piece:
    """Columns in one piece of memory."""

    def __init__(self, kinds: dict[str, np.dtype[Any]], capacity: int) -> None:
        self.kinds = kinds
        self._take_memory(capacity)

    def _take_memory(self, capacity: int) -> None:
        self.capacity = capacity
        sizes = [-(-capacity * kind.itemsize // LINE_BYTES) * LINE_BYTES for kind in self.kinds.values()]
        piece, begins = np.empty(sum(sizes), np.uint8), np.cumsum([0, *sizes[:-1]]).tolist()
        self.columns: dict[str, NDArray[Any]] = {
            name: piece[begin : begin + capacity * kind.itemsize].view(kind) for (name, kind), begin in zip(self.kinds.items(), begins, strict=True)
        }

    def grow(self, capacity: int, used: int) -> None:
        """Move to a larger piece of memory."""
        had = self.columns
        self._take_memory(capacity)
        for name, column in had.items():
            self.columns[name][:used] = column[:used]

    def first(self, rows: int) -> dict[str, NDArray[Any]]:
        """Return the first rows of all columns."""
        return {name: column[:rows] for name, column in self.columns.items()}


class Ring:
    """What contacts carry while they live."""

    def __init__(self, remembers: int) -> None:
        self.size = FIRST_RING
        self.rows = {"life": np.empty(self.size, LIFE), "mind": np.zeros(self.size if remembers else 1, MIND)}

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all columns by name, as views."""
        return {name: self.rows[own][name] for own in self.rows for _, name in TOGETHER[own]}

    def grow(self, size: int, oldest: int, used: int) -> None:
        """Make room for more, and keep the rows from the oldest on."""
        rows = np.arange(oldest, used)
        for own, had in self.rows.items():
            if len(had) > 1:
                self.rows[own] = np.empty(size, had.dtype)
                self.rows[own][rows & (size - 1)] = had[rows & (self.size - 1)]
        self.size = size
