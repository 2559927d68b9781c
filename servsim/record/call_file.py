"""Call files: recorded contacts of one or more logs as columns, every bad line counted and left out.

::

    file ──> DuckDB reads lines as text ──> fields after the layout ──> kept  ──> RecordedCalls (numpy columns)
                 │ wrong number of columns     │ cannot be read, unknown value
                 └────────────> LeftOut: kind, how many, one example <──┘

Never guesses: a value is read after the layout or its line is left out and counted. Never simulates.
"""

from __future__ import annotations

import datetime as dt
import difflib
import gzip
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError, did_you_mean
from servsim.record.layout import Duration, Layout, Names, Person
from servsim.rules.codes import Outcome

if TYPE_CHECKING:
    import duckdb

UNKNOWN = -1
"""Code of a segment, agent or customer that the log does not know."""


@dataclass(frozen=True)
class LinesOfAKind:
    """Lines that were left out, or read after a rule of the layout, for the same cause."""

    kind: str
    count: int
    file: str
    line: int
    """Number of the first such line in ``file``, the header being line 1."""


@dataclass(frozen=True)
class RecordedCalls:
    """The contacts of call files, one element a contact, in the order of the files.

    All arrays have shape (contacts,).
    """

    date: NDArray[np.int32]
    """Day of the arrival as a proleptic ordinal (``datetime.date.fromordinal``)."""
    arrived_s: NDArray[np.float64]
    """Entry into the menu, seconds after midnight of ``date``."""
    menu_s: NDArray[np.float64]
    """Time in the menu."""
    wait_s: NDArray[np.float64]
    """Time in the line, until answered or given up."""
    talk_s: NDArray[np.float64]
    """Time with an agent; NaN when not answered or when the length is not known."""
    outcome: NDArray[np.int8]
    """``Outcome.ANSWERED``, ``ABANDONED``, or ``CONTAINED``: left in the menu."""
    reason: NDArray[np.int16]
    """Index into ``reason_names``."""
    segment: NDArray[np.int16]
    """Index into ``segment_names``; -1 = the log does not say."""
    agent: NDArray[np.int32]
    """Index into ``agent_names``; -1 = nobody."""
    customer: NDArray[np.int64]
    """The customer's number (a hash where the log has texts); -1 = not identified."""
    reason_names: tuple[str, ...]
    segment_names: tuple[str, ...]
    agent_names: tuple[str, ...]
    rejected: tuple[LinesOfAKind, ...] = ()
    """Lines that were left out."""
    mended: tuple[LinesOfAKind, ...] = ()
    """Lines that were read after a rule of the layout."""

    def __len__(self) -> int:
        return len(self.date)

    def where(self, keep: NDArray[np.bool_]) -> RecordedCalls:
        """The contacts for which ``keep`` holds, in their order."""
        columns = (f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray))
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def on(self, dates: Iterable[dt.date]) -> RecordedCalls:
        """The contacts of these dates."""
        return self.where(np.isin(self.date, [d.toordinal() for d in dates]))

    def seeking_an_agent(self) -> RecordedCalls:
        """The contacts that were answered or gave up in the line: what planners call offered."""
        return self.where(self.outcome != Outcome.CONTAINED)

    def dates(self) -> tuple[dt.date, ...]:
        """The dates that have contacts, in order."""
        return tuple(dt.date.fromordinal(int(d)) for d in np.unique(self.date))


def read_calls(paths: Sequence[str | Path], layout: Layout) -> RecordedCalls:
    """Read call files (plain or gzip) after a layout.

    A line break inside a quoted text shifts the line numbers of later examples, nothing else.

    Raises
    ------
    SettingError
        No file is given, a file is missing or unreadable, lacks a column that the layout names, or has no usable line.
    """
    if not paths:
        raise SettingError("replay: got no call file; must name at least one")
    with _database() as db:
        files = [_read_file(db, number, Path(path), layout) for number, path in enumerate(paths)]
        calls = _columns(db, layout)
    if not len(calls):
        raise SettingError(f"replay: no line of {', '.join(map(str, paths))} can be used: {_in_words(files)}")
    return replace(calls, rejected=_added_up(f.rejected for f in files), mended=_added_up(f.mended for f in files))


class _FileReport(NamedTuple):
    rejected: list[LinesOfAKind]
    mended: list[LinesOfAKind]


def _in_words(files: list[_FileReport]) -> str:
    kinds = [f"{kind.count} x {kind.kind}, first in line {kind.line}" for kind in _added_up(f.rejected for f in files)]
    return "; ".join(kinds) or "there is none"


def _added_up(reports: Iterable[list[LinesOfAKind]]) -> tuple[LinesOfAKind, ...]:
    """One entry a kind: counts added, the example of the first file kept."""
    sums: dict[str, LinesOfAKind] = {}
    for kind in (kind for report in reports for kind in report):
        first = sums.get(kind.kind)
        sums[kind.kind] = kind if first is None else replace(first, count=first.count + kind.count)
    return tuple(sums.values())


def _database() -> duckdb.DuckDBPyConnection:
    import duckdb

    offline: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    db = duckdb.connect(":memory:", config=offline)
    db.execute(
        "CREATE TABLE contact (file INTEGER, row_of_file BIGINT, problem TINYINT, day INTEGER, arrived DOUBLE, menu DOUBLE,"
        " wait DOUBLE, talk DOUBLE, outcome TINYINT, reason VARCHAR, segment VARCHAR, agent VARCHAR, customer VARCHAR, mends UTINYINT)"
    )
    return db


# --- one file ---------------------------------------------------------------------------------------------------------


def _read_file(db: duckdb.DuckDBPyConnection, number: int, path: Path, layout: Layout) -> _FileReport:
    """Add the lines of one file to the table of contacts and tell what was wrong with the others."""
    import duckdb

    names = layout.columns or _header(path, layout)
    _check_columns(path, names, layout)
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    source = (
        f"read_csv({_text(str(path))}, auto_detect = false, header = {'false' if layout.columns else 'true'},"
        f" delim = {_text(layout.separator)}, quote = {_text(layout.quote)}, escape = {_text(layout.quote)}, encoding = {_text(layout.encoding)},"
        f" columns = {{{columns}}},"
        f" store_rejects = true, rejects_table = 'bad_{number}', rejects_scan = 'scan_{number}')"
    )
    try:
        db.execute(f"INSERT INTO contact {_select(number, source, layout)}")
        bad = _bad_lines(db, number)
    except duckdb.Error as why:
        raise SettingError(f"replay: {path} cannot be read ({str(why).splitlines()[0]})") from why
    place = _LinePlaces(str(path), 0 if layout.columns else 1, sorted(line for _, line in bad))
    return _FileReport(_rejected(db, number, bad, place), _mended(db, number, place, layout))


def _header(path: Path, layout: Layout) -> tuple[str, ...]:
    encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding=encoding, newline=None) as file:
            line = file.readline().rstrip("\r\n")
    except (OSError, EOFError, UnicodeDecodeError) as why:
        raise SettingError(f"replay: {path} cannot be read ({why})") from why
    return tuple(name.strip().strip(layout.quote or " ") for name in line.split(layout.separator))


def _check_columns(path: Path, names: Sequence[str], layout: Layout) -> None:
    doubled = sorted({n for n in names if names.count(n) > 1})
    if doubled:
        raise SettingError(f"replay: {path} has more than one column called {', '.join(doubled)}")
    for needed in _needed_columns(layout):
        if needed not in names:
            close = difflib.get_close_matches(needed, names, 1)
            hint = did_you_mean(close[0] if close else "")
            raise SettingError(f"replay_layout: column {needed!r} is not in {path} (it has {', '.join(names)}){hint}")


def _needed_columns(layout: Layout) -> list[str]:
    durations = [d for d in (layout.menu, layout.wait, layout.talk) if d]
    coded = [c.column for c in (layout.outcome, layout.reason, layout.segment, layout.agent, layout.customer) if c]
    return [c for d in durations for c in (d.column, d.since, *d.until) if c] + [c for c in (layout.date, layout.arrived) if c] + coded


class _LinePlaces(NamedTuple):
    """Turns the number of an accepted row into the number of its line in the file."""

    file: str
    header_lines: int
    bad: list[int]

    def line(self, row: int) -> int:
        line = row + self.header_lines
        for bad in self.bad:
            if bad > line:
                break
            line += 1
        return line


def _bad_lines(db: duckdb.DuckDBPyConnection, number: int) -> list[tuple[str, int]]:
    rows = db.execute(f"SELECT min(error_type::VARCHAR), line FROM bad_{number} GROUP BY line ORDER BY line").fetchall()
    return [(str(kind), int(line)) for kind, line in rows]


DUCKDB_KINDS = {
    "MISSING COLUMNS": "too few columns",
    "TOO MANY COLUMNS": "too many columns",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "not in the encoding of the layout",
    "INVALID UNICODE": "not in the encoding of the layout",
    "LINE SIZE OVER MAXIMUM": "line too long",
}


def _rejected(db: duckdb.DuckDBPyConnection, number: int, bad: list[tuple[str, int]], place: _LinePlaces) -> list[LinesOfAKind]:
    malformed = [LinesOfAKind(DUCKDB_KINDS.get(kind, kind.lower()), 1, place.file, line) for kind, line in bad]
    found = db.execute(
        "SELECT problem, count(*), min(row_of_file) FROM contact WHERE file = ? AND problem > 0 GROUP BY problem ORDER BY problem", [number]
    ).fetchall()
    return list(_added_up([malformed])) + [LinesOfAKind(PROBLEMS[p], n, place.file, place.line(row)) for p, n, row in found]


def _mended(db: duckdb.DuckDBPyConnection, number: int, place: _LinePlaces, layout: Layout) -> list[LinesOfAKind]:
    found = []
    for bit, words in enumerate(_mends_in_words(layout)):
        count, row = db.execute(
            "SELECT count(*), min(row_of_file) FROM contact WHERE file = ? AND problem = 0 AND (mends & ?) > 0", [number, 1 << bit]
        ).fetchall()[0]
        if count:
            found.append(LinesOfAKind(words, count, place.file, place.line(row)))
    return found


# --- the fields of a line, as SQL -------------------------------------------------------------------------------------

PROBLEMS = (
    "",
    "date cannot be read",
    "arrival time cannot be read",
    "outcome is not in the layout",
    "outcome is ignored by the layout",
    "menu time cannot be read",
    "wait cannot be read",
    "talk time cannot be read",
    "a time is below zero",
    "reason is not in the layout",
    "class is not in the layout",
    "answered without an agent",
)
"""Why a line was left out; the index is the code in the table. The first that holds counts."""

DAY_S = 86_400


def _mends_in_words(layout: Layout) -> tuple[str, ...]:
    below_zero = "a day is added" if layout.rules.duration_below_zero == "next_day" else "taken as 0"
    return (
        f"a time is below zero: {below_zero}",
        f"talk longer than {layout.rules.longest_talk_s:g} s: answered, length unknown",
        "hung up without a wait: left in the menu",
        "answered without an agent: kept as answered",
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _column(name: str) -> str:
    return 'trim("' + name.replace('"', '""') + '")'


def _list(values: Iterable[str]) -> str:
    return "(" + ", ".join(_text(v) for v in values) + ")" if values else "(NULL)"


def _stamp(column: str, layout: Layout) -> str:
    """Seconds: after midnight, or after 1970 where the stamps hold the date."""
    read = f"try_strptime({_column(column)}, {_text(layout.time_format)})"
    return f"epoch({read} - date_trunc('day', {read}))" if layout.date else f"epoch({read})"


def _duration(duration: Duration | None, layout: Layout) -> str:
    if duration is None:
        return "0.0"
    if not duration.column:
        until = ", ".join(_stamp(c, layout) for c in duration.until)
        return f"coalesce({until}) - {_stamp(duration.since, layout)}"
    value = _column(duration.column)
    number = f"replace({value}, ',', '.')" if layout.decimal == "comma" else value
    return f"CASE WHEN contains({value}, ':') THEN epoch(TRY_CAST({value} AS INTERVAL)) ELSE TRY_CAST({number} AS DOUBLE) END"


def _is_blank(duration: Duration | None) -> str:
    """Whether the log says nothing about a duration, which is not the same as something unreadable."""
    if duration is None:
        return "true"
    return " OR ".join(f"coalesce({_column(c)}, '') = ''" for c in ((duration.column,) if duration.column else duration.until))


def _name(names: Names | None, if_absent: str) -> str:
    if names is None:
        return _text(if_absent) if if_absent else "NULL"
    if not names.names:
        return f"nullif({_column(names.column)}, '')"
    cases = " ".join(f"WHEN {_text(value)} THEN {_text(name)}" for value, name in names.names.items())
    return f"CASE {_column(names.column)} {cases} END"


def _person(person: Person | None) -> str:
    if person is None:
        return "NULL"
    value = _column(person.column)
    return f"CASE WHEN {value} IN {_list(person.nobody)} THEN NULL ELSE nullif({value}, '') END"


def _mended_duration(name: str, layout: Layout) -> str:
    instead = {"zero": "0.0", "next_day": f"{name} + {DAY_S}", "reject": name}[layout.rules.duration_below_zero]
    return f"CASE WHEN {name} < 0 THEN {instead} ELSE {name} END"


def _select(number: int, source: str, layout: Layout) -> str:
    """The query that turns the lines of one file into rows of the table of contacts."""
    return f"WITH fields AS ({_fields_of_lines(source, layout)}), told AS ({_told(layout)}) {_contacts(number, layout)}"


def _fields_of_lines(source: str, layout: Layout) -> str:
    """First step: every field by itself; what cannot be read is NULL."""
    arrived = f"try_strptime({_column(layout.arrived)}, {_text(layout.time_format)})"
    date = f"try_strptime({_column(layout.date)}, {_text(layout.date_format)})" if layout.date else arrived
    outcome, segment = layout.outcome, layout.segment
    return f"""
        SELECT row_number() OVER () AS row_of_file,
            date_diff('day', DATE '0001-01-01', CAST({date} AS DATE)) + 1 AS day,
            epoch({arrived} - date_trunc('day', {arrived})) AS arrived,
            {_duration(layout.menu, layout)} AS menu_read, {_is_blank(layout.menu)} AS menu_blank,
            {_duration(layout.wait, layout)} AS wait_read,
            {_duration(layout.talk, layout)} AS talk_read, {_is_blank(layout.talk)} AS talk_blank,
            CASE WHEN {_column(outcome.column)} IN {_list(outcome.answered)} THEN {Outcome.ANSWERED:d}
                 WHEN {_column(outcome.column)} IN {_list(outcome.abandoned)} THEN {Outcome.ABANDONED:d}
                 WHEN {_column(outcome.column)} IN {_list(outcome.ignored)} THEN -1 END AS ending,
            {_name(layout.reason, "all")} AS reason,
            {_name(segment, "")} AS segment,
            {f"coalesce({_column(segment.column)}, '') IN {_list(layout.rules.segment_unknown_without_wait)}" if segment else "false"} AS class_may_be_unknown,
            {_person(layout.agent)} AS agent,
            {_person(layout.customer)} AS customer
        FROM {source}"""


def _told(layout: Layout) -> str:
    """Second step: times below zero mended, and what that leaves of the outcome."""
    left_in_menu = layout.rules.abandoned_without_wait == "left_in_menu"
    return f"""
        SELECT *, {_mended_duration("menu_read", layout)} AS menu, {_mended_duration("wait_read", layout)} AS wait,
            {_mended_duration("talk_read", layout)} AS talk,
            coalesce(menu_read < 0, false) OR coalesce(wait_read < 0, false) OR (ending = {Outcome.ANSWERED:d} AND coalesce(talk_read < 0, false)) AS below_zero,
            {'ending = ' + str(int(Outcome.ABANDONED)) + ' AND wait_read <= 0' if left_in_menu else 'false'} AS in_menu
        FROM fields"""


def _contacts(number: int, layout: Layout) -> str:
    """Third step: the problem of each line, if any, and the columns of the contact."""
    answered = f"ending = {Outcome.ANSWERED:d}"
    return f"""
        SELECT {number}, row_of_file, {_problem(answered, layout)}, day, arrived, coalesce(menu, 0.0), wait,
            CASE WHEN {answered} AND talk <= {_sql_number(layout.rules.longest_talk_s)} THEN talk END,
            CASE WHEN in_menu THEN {Outcome.CONTAINED:d} ELSE ending END,
            reason, CASE WHEN class_may_be_unknown AND wait = 0 THEN NULL ELSE segment END, agent, customer,
            below_zero::INTEGER + 2 * ({answered} AND coalesce(talk, 0) > {_sql_number(layout.rules.longest_talk_s)})::INTEGER
            + 4 * coalesce(in_menu, false)::INTEGER + 8 * ({answered} AND agent IS NULL)::INTEGER * {int(layout.agent is not None)}
        FROM told"""


def _problem(answered: str, layout: Layout) -> str:
    """The code of the first problem of a line; 0 when it can be used."""
    class_known = "true" if layout.segment is None or not layout.segment.names else "segment IS NOT NULL OR class_may_be_unknown"
    conditions = (
        "day IS NULL",
        "arrived IS NULL",
        "ending IS NULL",
        "ending = -1",
        "menu_read IS NULL AND NOT menu_blank",
        "wait_read IS NULL",
        f"{answered} AND talk_read IS NULL AND NOT talk_blank",
        "below_zero" if layout.rules.duration_below_zero == "reject" else "false",
        "reason IS NULL",
        f"NOT ({class_known})",
        f"{answered} AND agent IS NULL" if layout.agent and layout.rules.answered_without_agent == "reject" else "false",
    )
    return "CASE " + " ".join(f"WHEN {condition} THEN {code}" for code, condition in enumerate(conditions, 1)) + " ELSE 0 END"


def _sql_number(value: float) -> str:
    return f"{value!r}::DOUBLE" if np.isfinite(value) else "'infinity'::DOUBLE"


# --- the columns ------------------------------------------------------------------------------------------------------


def _columns(db: duckdb.DuckDBPyConnection, layout: Layout) -> RecordedCalls:
    """The usable rows as numpy columns; names become codes in the order of the names."""
    names = {what: _distinct(db, what) for what in ("reason", "segment", "agent")}
    got: dict[str, Any] = db.execute(
        "SELECT day::INTEGER AS date, arrived AS arrived_s, menu AS menu_s, wait AS wait_s, coalesce(talk, 'nan'::DOUBLE) AS talk_s, outcome,"
        f" {_code('reason', names)}::SMALLINT AS reason, {_code('segment', names)}::SMALLINT AS segment, {_code('agent', names)}::INTEGER AS agent,"
        f" CASE WHEN customer IS NULL THEN {UNKNOWN} ELSE coalesce(TRY_CAST(customer AS BIGINT), (hash(customer) >> 2)::BIGINT) END AS customer"
        " FROM contact WHERE problem = 0 ORDER BY file, row_of_file"
    ).fetchnumpy()
    columns: dict[str, Any] = {name: np.ascontiguousarray(column) for name, column in got.items()}
    return RecordedCalls(
        **columns,
        reason_names=names["reason"],
        segment_names=names["segment"],
        agent_names=names["agent"],
    )


def _distinct(db: duckdb.DuckDBPyConnection, what: str) -> tuple[str, ...]:
    """The names that occur, sorted, and a DuckDB type that gives their codes."""
    found = db.execute(f"SELECT DISTINCT {what} FROM contact WHERE problem = 0 AND {what} IS NOT NULL ORDER BY 1").fetchall()
    names = tuple(str(row[0]) for row in found)
    if names:
        db.execute(f"CREATE TYPE {what}_name AS ENUM ({', '.join(_text(n) for n in names)})")
    return names


def _code(what: str, names: dict[str, tuple[str, ...]]) -> str:
    return f"coalesce(enum_code({what}::{what}_name)::INTEGER, {UNKNOWN})" if names[what] else str(UNKNOWN)
