"""Plain tables that are no call logs: columns read as dates, times, numbers or texts, every bad line counted and left out.

Serves files of intervals and of queue snapshots. Never guesses: a value is read after the layout or its line is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError, did_you_mean
from servsim.record.call_file import (
    DUCKDB_KINDS,
    LinePlaces,
    LinesOfAKind,
    added_up,
    header_of,
    in_words,
    known_to_duckdb,
    separator_hint,
    sql_column,
    sql_name,
    sql_text,
)

KINDS = ("date", "time", "number", "text")


@dataclass(frozen=True)
class Form:
    """How the lines of a table are written."""

    separator: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    decimal: str = "point"
    date_format: str = "%Y-%m-%d"
    time_format: str = "%H:%M"


class Wanted(NamedTuple):
    """One column to be read."""

    column: str
    kind: str
    """``date`` (proleptic ordinal), ``time`` (seconds after midnight), ``number`` or ``text``."""
    required: bool = True
    """An empty or unreadable value leaves the line out; otherwise it is NaN, -1 or an empty text."""


@dataclass(frozen=True)
class PlainTable:
    """Columns of a table, (lines,) each."""

    columns: dict[str, NDArray[Any]]
    rejected: tuple[LinesOfAKind, ...]


def read_table(paths: Sequence[str | Path], form: Form, wanted: dict[str, Wanted]) -> PlainTable:
    """Read files (plain or gzip) of one form.

    Raises
    ------
    SettingError
        No file is given, a file is missing or unreadable, lacks a column, or has no usable line.
    """
    if not paths:
        raise SettingError("log: got no file; must name at least one")
    parts = [_read(Path(path), form, wanted) for path in paths]
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in wanted}
    rejected = added_up([kind for part in parts for kind in part.rejected])
    if not len(next(iter(columns.values()))):
        raise SettingError(f"log: no line of {', '.join(map(str, paths))} can be used: {in_words(rejected)}")
    return PlainTable(columns, rejected)


def _read(path: Path, form: Form, wanted: dict[str, Wanted]) -> PlainTable:
    import duckdb

    names = header_of(path, form, "log")
    _check(path, names, wanted, form)
    offline: Any = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in names)
    fields = ", ".join(f"{_field(w, form)} AS {sql_name(name)}" for name, w in wanted.items())
    with duckdb.connect(":memory:", config=offline) as db, known_to_duckdb(path, form.encoding, "log") as (readable, encoding):
        source = (
            f"read_csv({sql_text(str(readable))}, auto_detect = false, header = true, delim = {sql_text(form.separator)}, quote = {sql_text(form.quote)},"
            f" escape = {sql_text(form.quote)}, encoding = {sql_text(encoding)}, columns = {{{columns}}}, null_padding = false,"
            " store_rejects = true, rejects_table = 'bad', rejects_scan = 'scan')"
        )
        try:
            got = db.execute(f"SELECT {fields} FROM {source}").fetchnumpy()
            bad = [(str(kind), int(line)) for kind, line in db.execute("SELECT min(error_type::VARCHAR), line FROM bad GROUP BY line ORDER BY line").fetchall()]
        except duckdb.Error as why:
            raise SettingError(f"log: {path} cannot be read ({str(why).splitlines()[0]})") from why
    place = LinePlaces(str(path), 1, sorted(line for _, line in bad))
    malformed = [LinesOfAKind(DUCKDB_KINDS.get(kind, kind.lower()), 1, str(path), line) for kind, line in bad]
    table, unread = _usable(got, wanted, str(path), place)
    return PlainTable(table, (*added_up(malformed), *unread))


def _check(path: Path, names: Sequence[str], wanted: dict[str, Wanted], form: Form) -> None:
    import difflib

    for each in wanted.values():
        if each.column not in names:
            near = difflib.get_close_matches(each.column, names, 1)
            hint = separator_hint(names, form.separator) or did_you_mean(near[0] if near else "")
            raise SettingError(f"layout: column {each.column!r} is not in {path} (it has {', '.join(names)}){hint}")


def _field(wanted: Wanted, form: Form) -> str:
    value = sql_column(wanted.column)
    if wanted.kind == "date":
        return f"date_diff('day', DATE '0001-01-01', CAST(try_strptime({value}, {sql_text(form.date_format)}) AS DATE)) + 1"
    if wanted.kind == "time":
        read = f"try_strptime({value}, {sql_text(form.time_format)})"
        return f"epoch({read} - date_trunc('day', {read}))"
    if wanted.kind == "number":
        number = f"replace(replace({value}, '.', ''), ',', '.')" if form.decimal == "comma" else value
        return f"TRY_CAST({number} AS DOUBLE)"
    return f"coalesce({value}, '')"


def _usable(got: dict[str, Any], wanted: dict[str, Wanted], file: str, place: LinePlaces) -> tuple[dict[str, NDArray[Any]], list[LinesOfAKind]]:
    """Return the lines whose required values could be read, and what was wrong with the others (the first cause counts)."""
    absent = {name: np.ma.getmaskarray(column) if np.ma.isMaskedArray(column) else _missing(column) for name, column in got.items()}
    length = len(next(iter(absent.values())))
    left, kinds = np.ones(length, bool), []
    for name, each in wanted.items():
        wrong = left & absent[name] if each.required else np.zeros(length, bool)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0]) + 1
            kinds.append(LinesOfAKind(f"{name} cannot be read", int(wrong.sum()), file, place.line(row)))
        left &= ~wrong
    return {name: _filled(got[name], wanted[name])[left] for name in wanted}, kinds


def _missing(column: NDArray[Any]) -> NDArray[np.bool_]:
    if column.dtype == object:
        return np.array([value is None or value == "" for value in column], bool)
    return np.isnan(column) if np.issubdtype(column.dtype, np.floating) else np.zeros(len(column), bool)


def _filled(column: Any, wanted: Wanted) -> NDArray[Any]:
    if wanted.kind == "text":
        return np.array([str(v) if v is not None else "" for v in column], dtype=object)
    if wanted.kind == "date":
        return np.ma.filled(column, -1).astype(np.int64)
    return np.ma.filled(np.ma.asarray(column, np.float64), np.nan)
