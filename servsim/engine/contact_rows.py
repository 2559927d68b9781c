"""Memory of the contacts of one run of the compiled engine: columns of the log, and rows of what a contact carries.

::

    log    root | root | root ...   lineage | lineage ...   (one piece of memory, column after column, so that it outlives the run)
    life   line asleep joined_s ... | line asleep joined_s ... |  (row after row: what an event needs lies side by side)
    mind   first_s friction ... | first_s friction ... |          (the same, used only where customers remember)

Address space is taken for as many contacts as may be expected; what is not used takes no memory. Never reads a contact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import CONTACT_COLUMNS
from servsim.engine.loop_state import INITIAL, Contacts
from servsim.engine.table_layout import TOGETHER, record_type

LINE_BYTES = 64
"""Columns begin at a line of the processor's cache."""
START = dict(zip(Contacts._fields, INITIAL, strict=True))
LOG = {name: np.dtype(code) for name, code, _, _ in CONTACT_COLUMNS}
LIFE, MIND = record_type("life"), record_type("mind")


class ContactRows:
    """Contacts of one run; the first ``ready`` rows hold initial values, or what the engine has written."""

    def __init__(self, capacity: int, remembers: int) -> None:
        self.remembers = remembers
        self.ready = 0
        self._take_memory(capacity)

    def _take_memory(self, capacity: int) -> None:
        self.capacity = capacity
        sizes = [-(-capacity * kind.itemsize // LINE_BYTES) * LINE_BYTES for kind in LOG.values()]
        piece, begins = np.empty(sum(sizes), np.uint8), np.cumsum([0, *sizes[:-1]]).tolist()
        self.log: dict[str, NDArray[Any]] = {
            name: piece[begin : begin + capacity * kind.itemsize].view(kind) for (name, kind), begin in zip(LOG.items(), begins, strict=True)
        }
        self.life = np.empty(capacity, LIFE)
        self.mind = np.empty(capacity, MIND) if self.remembers else np.zeros(capacity, MIND)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all columns by name, as views."""
        life = {name: self.life[name] for _, name in TOGETHER["life"]}
        return {**self.log, **life, **{name: self.mind[name] for _, name in TOGETHER["mind"]}}

    def make_ready(self, rows: int) -> None:
        """Let so many rows hold initial values, or what was there."""
        if rows > self.capacity:
            self._move(rows + rows // 4)
        new = slice(self.ready, rows)
        for name, column in self.log.items():
            column[new] = START[name]
        _fill(self.life, new)
        if self.remembers:
            _fill(self.mind, new)
        self.ready = rows

    def _move(self, capacity: int) -> None:
        """Move to a larger piece of memory."""
        had, log, life, mind = slice(0, self.ready), self.log, self.life, self.mind
        self._take_memory(capacity)
        for name, column in log.items():
            self.log[name][had] = column[had]
        self.life[had] = life[had]
        if self.remembers:
            self.mind[had] = mind[had]

    def log_of(self, rows: int) -> dict[str, NDArray[Any]]:
        """Return the first rows of the columns of the log."""
        return {name: column[:rows] for name, column in self.log.items()}


def _fill(records: NDArray[Any], rows: slice) -> None:
    """Write initial values, a row at a time."""
    start = np.zeros(1, records.dtype)
    for name in records.dtype.names or ():
        start[name] = START[name]
    width = records.dtype.itemsize
    records.view(np.uint8).reshape(-1, width)[rows] = start.view(np.uint8)
