"""Columns behind one address: how compiled code sees the state of the event loop.

::

    table of 64-bit words:   ... | address of column 7 | its length | ... | a number of its own | 0 | ...
                                        |
                                        +--> int8, int32, int64, uint64 or float64 values, some bytes from row to row

Compiled functions take a group (the state, its contacts, its plan ...) as a single pointer to that table, so that
``s.contacts.owner[row]`` is two loads, whatever the number of columns, and passing the state costs nothing. Reading
widens to int64, uint64 or float64. Nothing is checked: no bounds, no negative numbers from the end; the uncompiled run
has both. This module imports numba. Never allocates.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, lower_builtin, lower_getattr_generic, models, register_model

from servsim.engine.loop_state import MIND, START
from servsim.engine.table_layout import GROUPS, RECORDS, Field

STORED = {"b": types.int8, "h": types.int16, "i": types.int32, "q": types.int64, "Q": types.uint64, "d": types.float64}
READ = {"b": types.int64, "h": types.int64, "i": types.int64, "q": types.int64, "Q": types.uint64, "d": types.float64}
WORD = ir.IntType(64)
FLOAT_BYTES = 8


class Group(types.Type):
    """Named columns, numbers and further groups."""

    def __init__(self, group: str) -> None:
        self.group = group
        super().__init__(name=f"Group({group})")


class Column(types.Type):
    """A column of one type."""

    def __init__(self, field: Field) -> None:
        self.code, self.offset, self.stride, self.ring = field.code, field.offset, field.stride, field.ring
        super().__init__(name=f"Column({self.code}, {field.place} + {self.offset}, {self.stride}, {self.ring})")


class Records(types.Type):
    """A column of records."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(name=f"Records({record})")


class Record(types.Type):
    """Some floats in a row, known by name and by number."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(name=f"Record({record})")


for pointer in (Group, Column, Records, Record):
    register_model(pointer)(models.OpaqueModel)


def type_of(field: Field) -> Any:
    """Return the type of a field of a group."""
    if field.kind == "column":
        return Column(field)
    kinds = {"group": Group, "records": Records, "record": Record}
    return kinds[field.kind](field.code) if field.kind in kinds else READ[field.code]


# ---- typing


@infer_getattr
class _Fields(AttributeTemplate):
    key = Group

    def generic_resolve(self, group: Group, name: str) -> Any:
        field = GROUPS[group.group].get(name)
        return None if field is None else type_of(field)


@infer_getattr
class _Numbers(AttributeTemplate):
    key = Record

    def generic_resolve(self, record: Record, name: str) -> Any:
        return types.float64 if name in RECORDS[record.record] else None


@infer_global(operator.getitem)
class _Get(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        where, index = args
        if isinstance(index, types.Integer):
            if isinstance(where, Column):
                return signature(READ[where.code], where, types.int64)
            if isinstance(where, Records):
                return signature(Record(where.record), where, types.int64)
            if isinstance(where, Record):
                return signature(types.float64, where, types.int64)
        return None


@infer_global(operator.setitem)
class _Set(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        where, index, _ = args
        if isinstance(where, Column) and isinstance(index, types.Integer):
            return signature(types.none, where, types.int64, READ[where.code])
        return None


@infer_global(len)
class _Length(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.int64, *args) if isinstance(args[0], Column) else None


# ---- lowering


def _words(builder: Any, table: Any, places: int) -> Any:
    """Return a pointer to a word behind the one that a group or column points to."""
    return builder.gep(builder.bitcast(table, WORD.as_pointer()), [WORD(places)])


def _never_changes(builder: Any, load: Any) -> Any:
    """Say that a word keeps its value for as long as compiled code runs."""
    load.set_metadata("invariant.load", builder.module.add_metadata([]))
    return load


def _of_its_own(builder: Any, kind: Any, access: Any) -> Any:
    """Say that what is read or written here is part of one column and of no other, so that other writing does not touch it."""
    module = builder.module
    column = module.add_metadata([kind.name, module.add_metadata(["servsim"]), WORD(0)])
    access.set_metadata("tbaa", module.add_metadata([column, column, WORD(0)]))
    return access


def _element(builder: Any, context: Any, kind: Column, column: Any, row: Any) -> Any:
    """Return a pointer to an element of a column."""
    if kind.ring:
        row = builder.and_(row, _never_changes(builder, builder.load(_words(builder, column, 1))))
    element = builder.gep(_at(builder, column, row, kind.stride), [WORD(kind.offset)])
    return builder.bitcast(element, context.get_value_type(STORED[kind.code]).as_pointer())


def _at(builder: Any, column: Any, row: Any, stride: int) -> Any:
    """Return a pointer to a row of a column whose rows are so many bytes apart."""
    first = _never_changes(builder, builder.load(builder.bitcast(column, column.type.as_pointer())))
    return builder.gep(first, [builder.mul(row, WORD(stride))])


@lower_getattr_generic(Group)
def _get_field(context: Any, builder: Any, group: Group, table: Any, name: str) -> Any:
    field = GROUPS[group.group][name]
    if field.kind == "group":
        return table
    place = _words(builder, table, field.place)
    if field.kind in ("column", "records"):
        return builder.bitcast(place, table.type)
    if field.kind == "record":
        return _never_changes(builder, builder.load(builder.bitcast(place, table.type.as_pointer())))
    kind = context.get_value_type(READ[field.code])
    return _never_changes(builder, builder.load(builder.bitcast(place, kind.as_pointer())))


@lower_builtin(operator.getitem, Column, types.int64)
def _get_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    code = sig.args[0].code
    value = _of_its_own(builder, sig.args[0], builder.load(_element(builder, context, sig.args[0], args[0], args[1])))
    return context.cast(builder, value, STORED[code], READ[code])


@lower_builtin(operator.setitem, Column, types.int64, types.Number)
def _set_element(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    value = context.cast(builder, args[2], sig.args[2], STORED[sig.args[0].code])
    _of_its_own(builder, sig.args[0], builder.store(value, _element(builder, context, sig.args[0], args[0], args[1])))
    return context.get_dummy_value()


@lower_builtin(operator.getitem, Records, types.int64)
def _get_record(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    stride = FLOAT_BYTES * len(RECORDS[sig.args[0].record])
    return builder.bitcast(_at(builder, args[0], args[1], stride), args[0].type)


@lower_builtin(operator.getitem, Record, types.int64)
def _get_number(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    kind = context.get_value_type(types.float64).as_pointer()
    return _of_its_own(builder, sig.args[0], builder.load(builder.gep(builder.bitcast(args[0], kind), [args[1]])))


@lower_getattr_generic(Record)
def _get_named_number(context: Any, builder: Any, record: Record, value: Any, name: str) -> Any:
    kind = context.get_value_type(types.float64).as_pointer()
    return _of_its_own(builder, record, builder.load(builder.gep(builder.bitcast(value, kind), [WORD(RECORDS[record.record].index(name))])))


@lower_builtin(len, Column)
def _get_length(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return _never_changes(builder, builder.load(_words(builder, args[0], 1)))


def _writes(values: dict[str, float]) -> Any:
    """Return what writes these values into a row of contacts, as numba wants to be told."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        for name, value in values.items():
            field = GROUPS["contacts"][name]
            kind, column = type_of(field), builder.bitcast(_words(builder, args[0], field.place), args[0].type)
            constant = context.get_constant(STORED[field.code], float(value) if field.code == "d" else int(value))
            _of_its_own(builder, kind, builder.store(constant, _element(builder, context, kind, column, args[1])))
        return context.get_dummy_value()

    return generate


@intrinsic
def blank_row(typing_context: Any, group: Any, row: Any) -> Any:
    """Write what a new row of contacts holds, but for what customers remember."""
    return signature(types.none, group, types.int64), _writes({name: value for name, value in START.items() if name not in MIND})


@intrinsic
def blank_mind_of_row(typing_context: Any, group: Any, row: Any) -> Any:
    """Write what a new row of contacts holds of what customers remember."""
    return signature(types.none, group, types.int64), _writes({name: value for name, value in START.items() if name in MIND})


@intrinsic
def bring_near(typing_context: Any, column: Any, row: Any) -> Any:
    """Ask memory for a row of a column before it is read, so that reading does not wait."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        element, number = _element(builder, context, sig.args[0], args[0], args[1]), ir.IntType(32)
        place = builder.bitcast(element, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        to_read, in_all_caches, data = number(0), number(3), number(1)
        builder.call(builder.module.declare_intrinsic("llvm.prefetch", [place.type], kind), [place, to_read, in_all_caches, data])
        return context.get_dummy_value()

    return signature(types.none, column, types.int64), generate


@intrinsic
def state_behind(typing_context: Any, table: Any) -> Any:
    """Return the state whose table of words begins at a pointer."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(8).as_pointer())

    return signature(Group("state"), table), generate
