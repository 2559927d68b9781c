"""The compiled engine: the event loop of ``servsim.engine.loop``, as it stands, compiled by numba onto arrays.

::

    plan, seed --make_state--> columns as arrays -- their addresses --> table --> compiled ``advance`` (without the GIL)
                                    |                                                |
                                    +------- grown between two calls <--- STOPPED ---+

The log is the same bit for bit as that of ``servsim.engine.simpy_engine`` and of the uncompiled loop. Imports numba late.
"""

from __future__ import annotations

import ctypes
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.contact_rows import CLOSINGS, CONTACTS, Piece, Ring, fresh_rows
from servsim.engine.log import RunLog
from servsim.engine.loop_people import customers_at_horizon
from servsim.engine.loop_room import (
    DAYS,
    NEW_ROWS,
    PART_OF_RING,
    day_by_day,
    does,
    room_needed,
    room_wanted,
    run_through,
)
from servsim.engine.loop_state import Ahead, People, of_replication, still_by
from servsim.engine.machine_code import Made, Origin, load_or_make
from servsim.engine.table_layout import GROUPS, WORDS, Field, record_type
from servsim.errors import InvariantError
from servsim.plan.day import Days
from servsim.plan.plan import Plan
from servsim.plan.shared import ByPlan

GROWING = {
    "calendar": ("event_s", "event_rank", "event_further"),
    "work": ("work_row", "work_signal"),
    "presence": ("presence_agent", "presence_s", "presence_state"),
}
"""Columns of the state that grow together, by the field of ``Room``; ``Arrays.state`` has them as they were at first."""
OF_A_REPLICATION = ("change_s", "change_kind", "change_agent", "change_state", "change_length_s", "on_offset", "on_s")
"""Columns of the state whose length the draws of a replication decide."""
OF_A_DAY = ("day_order", "day_bins")
NOT_COPIED = (*OF_A_REPLICATION, *OF_A_DAY, *(name for names in GROWING.values() for name in names))
PLACES = {group: np.array([field.place for field in GROUPS[group].values()]) for group in ("contacts", "closings")}
"""First words of columns that share a piece of memory; those of a contact's life and mind come behind."""
CONTACTS_A_CASE = 1.25
"""So many rows are set aside for each case that is to be expected; a guess, since they grow where it is too low."""
SIGNATURE = "int64(CPointer(int64), int64)"
NATIVE = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_int64)
"""How numba's functions are called: they return whether they came to an end, and write what they found; the lock of Python is not held."""
ONE_AT_A_TIME = Lock()
"""Threads that start together must not compile twice."""


def simulate(plan: Plan, seed: int, replication: int) -> RunLog:
    """Run one replication of a plan and return its log.

    Parameters
    ----------
    plan : what to run.
    seed, replication : name the draws; the same pair gives the same log on every machine and on every engine.
    """
    return run_through(lambda: Arrays(plan, seed, replication)).record(seed, replication)


def origin_of_code() -> Origin:
    """Return where the compiled code came from, once it is there; makes it ready if it is not."""
    return _code()[1]


def _code() -> tuple[Any, Origin]:
    """Return the compiled ``servsim.engine.loop.advance`` as a function of the table's address, and where it came from."""
    with ONE_AT_A_TIME:
        return _code_made()


@cache
def _code_made() -> tuple[Any, Origin]:
    address, origin = load_or_make(_compiled_loop)
    return NATIVE(address), origin


def _compiled_loop() -> Made:
    from servsim.engine import compiled_parts, parts
    from servsim.engine.jit import Compiler

    return parts.whole(Compiler(compiled_parts.REPLACED, compiled_parts.TAKEN_IN).ready(compiled_parts.advance_table), SIGNATURE)


class Image:
    """What the replications of a plan have in memory before the first event: read by all, or copied by each."""

    def __init__(self, plan: Plan) -> None:
        self.words = np.zeros(WORDS, np.int64)
        """The table, but for what a replication has of its own."""
        self.read = [*self._put_all("plan", plan), *self._put_all("laws", plan.laws)]
        """Columns that nobody writes; they live as long as their addresses stand in the table."""
        still = still_by(plan)
        own = {("state", name): getattr(still, name) for name, field in GROUPS["state"].items() if field.kind == "column" and name not in NOT_COPIED}
        own |= {("ahead", name): getattr(still.ahead, name) for name in GROUPS["ahead"]}
        columns = {place: np.asarray(column, _dtype(GROUPS[place[0]][place[1]])) for place, column in own.items()}
        sizes = [column.nbytes for column in columns.values()]
        ends = np.cumsum(sizes)
        begins = ends - sizes
        self.copied = np.concatenate([column.view(np.uint8) for column in columns.values()])
        """Columns that each replication writes, one behind the other."""
        self.stretches = {
            place: (begin, end, column.dtype) for (place, column), begin, end in zip(columns.items(), begins.tolist(), ends.tolist(), strict=True)
        }
        """By (group, name): first byte, end and type."""
        self.places = np.array([GROUPS[group][name].place for group, name in columns])
        self.words[self.places], self.words[self.places + 1] = begins, [len(column) for column in columns.values()]

    def _put_all(self, group: str, source: Any) -> list[NDArray[Any]]:
        """Put the columns and numbers of what nobody writes into the table."""
        return [_put(self.words, field, getattr(source, name)) for name, field in GROUPS[group].items() if field.kind != "group"]

    def copy(self) -> tuple[NDArray[np.int64], dict[tuple[str, str], NDArray[Any]]]:
        """Return a table and the columns behind it that belong to one replication."""
        words, memory = self.words.copy(), self.copied.copy()
        words[self.places] += _address(memory)
        return words, {place: memory[first:end].view(kind) for place, (first, end, kind) in self.stretches.items()}


image_by = ByPlan(Image)


class Arrays:
    """A replication whose columns are arrays behind a table: run by compiled code."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.plan = plan
        self.days = Days(plan, seed, replication)
        self.words, self.columns = image_by(plan).copy()
        own = of_replication(plan, seed, replication)
        for name in NOT_COPIED:
            self._take("state", name, own.get(name, []))
        _put(self.words, GROUPS["state"]["k0"], own["k0"])
        if own["ahead"].notice:
            for name in GROUPS["ahead"]:
                self._take("ahead", name, getattr(own["ahead"], name))
        self._take_rows("people", own["people"]._asdict())
        self.contacts = Piece(CONTACTS, likely_rows(plan))
        self.closings = Piece(CLOSINGS, likely_rows(plan) if plan.remembers else 0)
        self.ring = Ring(plan.remembers)
        self._put_piece("contacts", self.contacts)
        self._put_piece("closings", self.closings)
        self._put_all("contacts", self.ring.columns())
        self._take_rows("coming", own["coming"]._asdict())
        self.state: Any = still_by(plan)._replace(
            people=self._group(People, "people"), ahead=self._group(Ahead, "ahead"), k0=own["k0"], **self._group(dict, "state")
        )  # fmt: skip
        self.state.day_drawn[0] = 0
        self.advance_table, _ = _code()

    def _group(self, kind: Any, group: str) -> Any:
        """Return the columns of a group."""
        return kind(**{name: column for (of, name), column in self.columns.items() if of == group})

    def _take_rows(self, group: str, columns: dict[str, Any]) -> None:
        """Put columns that stand side by side behind the table, row after row."""
        rows = fresh_rows(len(next(iter(columns.values()))), record_type(group))
        for name, column in columns.items():
            rows[name] = column
        self._put_all(group, {name: rows[name] for name in columns})

    def _take(self, group: str, name: str, value: Any) -> None:
        """Put a column or a number of the state behind the table."""
        self.columns[group, name] = _put(self.words, GROUPS[group][name], value)

    def _put(self, group: str, name: str, column: NDArray[Any]) -> None:
        """Put a column behind the table, where it stands."""
        field = GROUPS[group][name]
        self.columns[group, name] = column
        if field.offset == 0:
            _point_to(self.words, field, column)

    def _put_all(self, group: str, columns: dict[str, NDArray[Any]]) -> None:
        for name, column in columns.items():
            self._put(group, name, column)

    def _put_piece(self, group: str, piece: Piece) -> None:
        """Put columns that share a piece of memory behind the table."""
        places = PLACES[group][: len(piece.begins)]
        self.words[places], self.words[places + 1] = _address(piece.memory) + piece.begins, piece.capacity

    def live_days(self) -> bool:
        """Run all days; where contacts are recorded, they are drawn in bulk."""
        return does(self, DAYS) if self.plan.trace is None else day_by_day(self, self.take_day)

    def take_day(self, number: int) -> None:
        """Take first contacts that were drawn in bulk, since some are recorded."""
        s, day = self.state, self.days.draw(number)
        for name, field in GROUPS["day"].items():
            self._put("day", name, np.ascontiguousarray(getattr(day, name), _dtype(field)))
        self._take_rows("coming", {name: getattr(day, name) for name in GROUPS["coming"]})
        self._put("state", "day_order", np.arange(len(day.root)))
        s.day_number[0], s.day_drawn[0], s.day_cases[0], s.day_done[0] = number, 1, len(day.root), 0

    def make_room(self) -> None:
        """Lengthen the columns that grow."""
        needed = room_needed(self.state)
        self._make_room_for_contacts(needed.contacts)
        if needed.closings > self.closings.capacity:
            self.closings.grow(room_wanted(needed.closings), int(self.state.closed[0]))
            self._put_piece("closings", self.closings)
        if self.plan.trace is None and needed.cases >= len(self.columns["state", "day_bins"]):
            self._make_room_for_cases(room_wanted(needed.cases))
        for group, names in GROWING.items():
            if getattr(needed, group) > len(self.columns["state", names[0]]):
                for name in names:
                    self._lengthen("state", name, room_wanted(getattr(needed, group)))

    def _make_room_for_contacts(self, needed: int) -> None:
        """Lengthen the log of contacts, and the ring of those who live."""
        s, size = self.state, self.ring.size
        while needed + size // PART_OF_RING > s.oldest[0] + size:
            size *= 2
        if needed > self.contacts.capacity:
            self.contacts.grow(room_wanted(needed), int(s.rows[0]))
            self._put_piece("contacts", self.contacts)
        if size > self.ring.size:
            self.ring.grow(size, int(s.oldest[0]), int(s.rows[0]))
            self._put_all("contacts", self.ring.columns())
        s.ring[0], s.rows_kept[0] = size, self.contacts.capacity
        s.rows_end[0] = min(self.contacts.capacity, int(s.oldest[0]) + size)

    def _make_room_for_cases(self, cases: int) -> None:
        """Take columns for the first contacts of a day; what stood in them is drawn anew."""
        rows = fresh_rows(cases, record_type("coming"))
        self._put_all("coming", {name: rows[name] for name in GROUPS["coming"]})
        self._put_all("state", {name: np.empty(cases, np.int64) for name in ("day_order", "day_bins")})

    def _lengthen(self, group: str, name: str, rows: int) -> None:
        column = self.columns[group, name]
        column.resize(rows, refcheck=False)  # in place where the system allows, so that memory never doubles
        self._put(group, name, column)

    def advance(self, stage: int) -> int:
        """Run a stage; see ``servsim.engine.loop.advance``."""
        found, why = ctypes.c_int64(), ctypes.c_void_p()
        status = self.advance_table(ctypes.byref(found), ctypes.byref(why), _address(self.words), stage)
        if status:
            raise InvariantError(f"engine: compiled code stopped in stage {stage} (status {status}), most likely for want of memory; engine=simpy may say more")
        return found.value

    def record(self, seed: int, replication: int) -> RunLog:
        """Return the columns of the log, without rows that were never used."""
        used, noted = int(self.state.rows[0]), int(self.state.presences[0])
        presence = {
            "agent": self.columns["state", "presence_agent"][:noted].astype(np.int32),
            "time_s": self.columns["state", "presence_s"][:noted].copy(),
            "state": self.columns["state", "presence_state"][:noted].astype(np.int8),
        }
        return RunLog(
            replication=replication, seed=seed, contacts=self.contacts.first(used), presence=presence,
            closings=self.closings.first(int(self.state.closed[0])) if self.plan.remembers else {},
            customers=customers_at_horizon(self.state, self.plan, seed, replication),
        )  # fmt: skip


def _put(words: NDArray[np.int64], field: Field, value: Any) -> NDArray[Any]:
    """Put a column, a record or a number into a table of words, and return it as an array, which has to live as long as the table."""
    if field.kind in ("record", "records"):
        column = np.array(value, np.float64).reshape(-1)
    elif field.kind == "number":
        column = np.array([value], _dtype(field))
        words[field.place : field.place + 1] = column.view(np.int64)
        return column
    else:
        column = np.ascontiguousarray(value, _dtype(field))
    _point_to(words, field, column)
    return column


def _point_to(words: NDArray[np.int64], field: Field, column: NDArray[Any]) -> None:
    words[field.place], words[field.place + 1] = _address(column), len(column) - (1 if field.ring else 0)


def _address(column: NDArray[Any]) -> int:
    return int(column.__array_interface__["data"][0])


def _dtype(field: Field) -> np.dtype[Any]:
    return np.dtype(field.code)


def likely_rows(plan: Plan) -> int:
    """Return how many contacts a run may have."""
    recorded = 0 if plan.trace is None else len(plan.trace.root)
    return int(CONTACTS_A_CASE * (float(plan.cell_mean.sum()) + recorded)) + NEW_ROWS
