"""Where every column and number of the state stands in the table of words that compiled code reads.

The layout follows from the declarations of ``State`` and of what it holds: a new field needs nothing here, unless it is a
column of contacts that may be narrow (``NARROW``). Needs no numba.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from servsim.engine.log import CLOSING_COLUMNS, CONTACT_COLUMNS
from servsim.engine.loop_state import MIND, Ahead, Closings, Coming, Contacts, People, State
from servsim.plan.day import Day
from servsim.plan.plan import Friction, Plan
from servsim.rules.distribution import LawTable
from servsim.rules.loyalty import Memory

WORDS_A_FIELD = 2
"""Address and length of a column; a number of its own and nothing."""

WIDE = {"list[int]": "q", "Ints": "q", "list[float]": "d", "Floats": "d", "tuple[int, ...]": "Q", "int": "q", "float": "d"}
"""Array types of what is declared; hashes are words without a sign."""
UNSIGNED = ("k0", "k1", "factor_k1")
NARROW = {
    **{f"contacts.{name}": code for name, code, _, _ in CONTACT_COLUMNS},
    **{f"closings.{name}": code for name, code, _ in CLOSING_COLUMNS},
    **{f"contacts.{name}": "i" for name in ("line", "ahead", "behind", "legs")},
    **{f"contacts.{name}": "b" for name in ("asleep", "covered_by", "desk", "problem", "complained", "called", "hit", "found_away")},
    **{f"coming.{name}": code for name, code in (("customer", "i"), ("segment", "h"), ("channel", "h"))},
    **{f"laws.{name}": code for name, code in (("kind", "b"), ("offset", "i"), ("length", "i"))},
}
"""Array types of columns that need less than a word a row."""

GROUP_CLASSES: dict[str, Any] = {
    "state": State, "contacts": Contacts, "plan": Plan, "day": Day, "laws": LawTable, "people": People, "closings": Closings, "ahead": Ahead,
    "coming": Coming,
}  # fmt: skip
RECORDS: dict[str, tuple[str, ...]] = {"memory": Memory._fields, "friction": Friction._fields, "law_numbers": ("0", "1", "2", "3")}
"""Names of the floats of a record."""
RECORD_FIELDS = {"plan.memory": ("records", "memory"), "plan.friction": ("record", "friction"), "laws.p": ("records", "law_numbers")}
NOT_FOR_COMPILED_CODE = ("plan.trace",)


TOGETHER: dict[str, tuple[tuple[str, str], ...]] = {
    "life": tuple(("contacts", name) for name in Contacts._fields[len(CONTACT_COLUMNS) : -len(MIND)]),
    "mind": tuple(("contacts", name) for name in MIND),
    "people": tuple(("people", name) for name in People._fields),
    "coming": tuple(("coming", name) for name in Coming._fields),
}
"""Columns whose rows stand side by side, since they are read together: one row is one or two lines of the processor's cache."""
RINGS = ("life", "mind")
"""Those of them of which only the latest rows are kept, a power of 2: a row stands at the remainder of its number."""


class Field(NamedTuple):
    """One field of a group."""

    kind: str
    """column, number, group, records (a column of them) or record (a single one)."""
    code: str
    """Array type (b, h, i, q, Q, d), or the name of the group or of the kind of record."""
    place: int
    """Its first word in the table; columns that stand side by side share the two words of one of them."""
    offset: int
    """Bytes from that address to its own first row."""
    stride: int
    """Bytes from row to row of a column."""
    ring: bool
    """Whether its second word is not its length, but what to keep of a row's number."""


def _layout() -> dict[str, dict[str, Field]]:
    """Return the fields of all groups; each has its own two words."""
    place = count(0, WORDS_A_FIELD)
    return {
        group: {
            name: _field(group, name, *_kind_of(group, name, _declared(declared)), next(place))
            for name, declared in kind.__annotations__.items()
            if f"{group}.{name}" not in NOT_FOR_COMPILED_CODE
        }
        for group, kind in GROUP_CLASSES.items()
    }


def _field(group: str, name: str, kind: str, code: str, place: int) -> Field:
    together = next((key for key, own in TOGETHER.items() if (group, name) in own), "")
    if not together:
        return Field(kind, code, place, 0, np.dtype(code).itemsize if kind in ("column", "number") else 0, False)
    shared = _SHARED_PLACES.setdefault(together, place)
    fields: Any = record_type(together).fields
    return Field(kind, code, shared, fields[name][1], _stride(TOGETHER[together]), together in RINGS)


_SHARED_PLACES: dict[str, int] = {}


def _stride(columns: tuple[tuple[str, str], ...]) -> int:
    """Return the bytes of a row of columns that stand side by side: whole words."""
    return -(-sum(np.dtype(_code(group, name)).itemsize for group, name in columns) // 8) * 8


def _code(group: str, name: str) -> str:
    return _kind_of(group, name, _declared(GROUP_CLASSES[group].__annotations__[name]))[1]


@cache
def record_type(together: str) -> np.dtype[Any]:
    """Return the type of a row of columns that stand side by side, the widest first."""
    columns = sorted(((name, np.dtype(_code(group, name))) for group, name in TOGETHER[together]), key=lambda column: -column[1].itemsize)
    offsets = np.cumsum([0, *(kind.itemsize for _, kind in columns[:-1])]).tolist()
    names, formats = [name for name, _ in columns], [kind for _, kind in columns]
    return np.dtype({"names": names, "formats": formats, "offsets": offsets, "itemsize": _stride(TOGETHER[together])})


def _kind_of(group: str, name: str, declared: str) -> tuple[str, str]:
    full = f"{group}.{name}"
    if declared == "Any" or declared == getattr(GROUP_CLASSES.get(name), "__name__", ""):
        return "group", name
    if full in RECORD_FIELDS:
        return RECORD_FIELDS[full]
    if full in NARROW:
        return "column", NARROW[full]
    return "number" if declared in ("int", "float") else "column", "Q" if name in UNSIGNED else WIDE[declared]


def _declared(kind: Any) -> str:
    text = kind if isinstance(kind, str) else str(getattr(kind, "__forward_arg__", kind))
    return "Floats" if "float64" in text else text


GROUPS = _layout()
"""Fields by group and name."""
WORDS = sum(len(fields) for fields in GROUPS.values()) * WORDS_A_FIELD
"""Length of the table."""
