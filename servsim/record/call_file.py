"""Call files: recorded contacts of one or more logs as columns, every bad line counted and left out.

::

    file ──> DuckDB reads lines as text ──> fields after the layout ──> kept  ──> RecordedCalls (numpy columns)
                 │ wrong number of columns     │ cannot be read, unknown value
                 └────────────> LeftOut: kind, how many, one example <──┘

Never guesses: a value is read after the layout or its line is left out and counted. Never simulates.
"""

from __future__ import annotations

import bisect
import datetime as dt
import difflib
import gzip
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from servsim.errors import SettingError, did_you_mean
from servsim.record.layout import SEPARATORS, Duration, Layout, Names, Person
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
    value: str = ""
    """The value of the first such line that the layout does not know; empty where no unknown value is the cause."""
    date: int | None = None
    """Day of the lines as a proleptic ordinal; ``None``: not known, or lines of several days."""

    @property
    def words(self) -> str:
        """The kind with its first unknown value: ``reason 'X' is not in the layout``."""
        return self.kind.replace(" is not", f" {self.value!r} is not", 1) if self.value else self.kind


class Reading(NamedTuple):
    """What reading the lines told, one entry a kind and day."""

    rejected: tuple[LinesOfAKind, ...] = ()
    mended: tuple[LinesOfAKind, ...] = ()
    repeated: tuple[LinesOfAKind, ...] = ()

    def of_days(self, days: Container[int]) -> Reading:
        """What is told of these days, and of the lines whose day is not known."""
        return Reading(*(tuple(kind for kind in kinds if kind.date is None or kind.date in days) for kinds in self))


class Keys(NamedTuple):
    """How the command line calls the call files and their layout, for messages."""

    log: str
    layout: str


REPLAY = Keys("replay", "replay_layout")
LOG = Keys("log", "layout")


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
    reading: Reading = field(default_factory=Reading)
    """What reading told, by day."""
    days_of_file: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """The days of the contacts of each file."""

    def __len__(self) -> int:
        return len(self.date)

    @property
    def rejected(self) -> tuple[LinesOfAKind, ...]:
        """Lines that were left out, one entry a kind."""
        return added_up(self.reading.rejected)

    @property
    def mended(self) -> tuple[LinesOfAKind, ...]:
        """Lines that were read after a rule of the layout, one entry a kind."""
        return added_up(self.reading.mended)

    @property
    def repeated(self) -> tuple[LinesOfAKind, ...]:
        """Lines that repeat an earlier line in every cell, one entry a kind; they are contacts all the same."""
        return added_up(self.reading.repeated)

    def where(self, keep: NDArray[np.bool_]) -> RecordedCalls:
        """The contacts for which ``keep`` holds, in their order."""
        columns = (f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray))
        return replace(self, **{name: getattr(self, name)[keep] for name in columns})

    def of_period(self, ranges: Iterable[tuple[dt.date, dt.date]]) -> RecordedCalls:
        """The contacts of some ranges of dates, with what reading told of these dates; lines whose day is not known are told always."""
        days = {day for first, last in ranges for day in range(first.toordinal(), last.toordinal() + 1)}
        files = {name: own & days for name, own in self.days_of_file.items() if own & days}
        chosen = self.where(np.isin(self.date, list(days)))
        return replace(chosen, reading=self.reading.of_days(days), days_of_file=files)

    def seeking_an_agent(self) -> RecordedCalls:
        """The contacts that were answered or gave up in the line: what planners call offered."""
        return self.where(self.outcome != Outcome.CONTAINED)

    def dates(self) -> tuple[dt.date, ...]:
        """The dates that have contacts, in order."""
        return tuple(dt.date.fromordinal(int(d)) for d in np.unique(self.date))


def read_calls(paths: Sequence[str | Path], layout: Layout, keys: Keys = REPLAY) -> RecordedCalls:
    """Read call files (plain or gzip) after a layout; messages call files and layout by ``keys``.

    A line break inside a quoted text shifts the line numbers of later examples, nothing else.

    Raises
    ------
    SettingError
        No file is given, a file is missing or unreadable, lacks a column that the layout names, or has no usable line.
    """
    if not paths:
        raise SettingError(f"{keys.log}: got no call file; must name at least one")
    with _database() as db:
        files = [_read_file(db, number, Path(path), layout, keys) for number, path in enumerate(paths)]
        calls = _columns(db, layout)
        repeated, days = _repeated(db, files), _days_of_file(db, files)
    reading = Reading(tuple(kind for file in files for kind in file.rejected), tuple(kind for file in files for kind in file.mended), repeated)
    if not len(calls):
        raise SettingError(f"{keys.log}: no line of {', '.join(map(str, paths))} can be used: {in_words(added_up(reading.rejected))}")
    return replace(calls, reading=reading, days_of_file=days)


class _FileReport(NamedTuple):
    rejected: list[LinesOfAKind]
    mended: list[LinesOfAKind]
    place: LinePlaces


def in_words(rejected: Iterable[LinesOfAKind]) -> str:
    """Return why no line can be used."""
    return "; ".join(f"{kind.count} x {kind.words}, first in line {kind.line}" for kind in rejected) or "there is none"


def added_up(kinds: Iterable[LinesOfAKind]) -> tuple[LinesOfAKind, ...]:
    """Return one entry a kind: counts added, the first example kept."""
    sums: dict[str, LinesOfAKind] = {}
    for kind in kinds:
        first = sums.get(kind.kind)
        sums[kind.kind] = replace(kind, date=None) if first is None else replace(first, count=first.count + kind.count)
    return tuple(sums.values())


def _database() -> duckdb.DuckDBPyConnection:
    import duckdb

    offline: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    db = duckdb.connect(":memory:", config=offline)
    db.execute(
        "CREATE TABLE contact (file INTEGER, row_of_file BIGINT, problem TINYINT, day INTEGER, arrived DOUBLE, menu DOUBLE,"
        " wait DOUBLE, talk DOUBLE, outcome TINYINT, reason VARCHAR, segment VARCHAR, agent VARCHAR, customer VARCHAR, mends UTINYINT,"
        " unknown VARCHAR, cells UBIGINT)"
    )
    return db


# --- one file ---------------------------------------------------------------------------------------------------------


def _read_file(db: duckdb.DuckDBPyConnection, number: int, path: Path, layout: Layout, keys: Keys) -> _FileReport:
    """Add the lines of one file to the table of contacts and tell what was wrong with the others."""
    import duckdb

    names = layout.columns or header_of(path, layout, keys.log)
    _check_columns(path, names, layout, keys)
    columns = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in names)
    try:
        with known_to_duckdb(path, layout.encoding, keys.log) as (readable, encoding):
            source = (
                f"read_csv({sql_text(str(readable))}, auto_detect = false, header = {'false' if layout.columns else 'true'},"
                f" delim = {sql_text(layout.separator)}, quote = {sql_text(layout.quote)}, escape = {sql_text(layout.quote)}, encoding = {sql_text(encoding)},"
                f" columns = {{{columns}}},"
                f" store_rejects = true, rejects_table = 'bad_{number}', rejects_scan = 'scan_{number}')"
            )
            db.execute(f"INSERT INTO contact {_select(number, source, names, layout)}")
        bad = _bad_lines(db, number)
    except duckdb.Error as why:
        raise SettingError(f"{keys.log}: {path} cannot be read ({str(why).splitlines()[0]})") from why
    place = LinePlaces(str(path), 0 if layout.columns else 1, sorted(line for _, line in bad))
    return _FileReport(_rejected(db, number, bad, place), _mended(db, number, place, layout), place)


@contextmanager
def known_to_duckdb(path: Path, encoding: str, key: str) -> Iterator[tuple[Path, str]]:
    """Give a file and its encoding as DuckDB can read them: of a file in cp1252 a copy in utf-8, which is gone afterwards."""
    if encoding != "cp1252":
        yield path, encoding
        return
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "calls.csv"
        try:
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding=encoding, newline="") as old, copy.open("w", encoding="utf-8", newline="") as new:
                shutil.copyfileobj(old, new)
        except (OSError, EOFError, UnicodeError) as why:
            raise SettingError(f"{key}: {path} cannot be read ({why})") from why
        yield copy, "utf-8"


class Written(Protocol):
    """How the lines of a file are written."""

    @property
    def separator(self) -> str:
        """What stands between columns."""

    @property
    def quote(self) -> str:
        """What stands around a text that holds a separator."""

    @property
    def encoding(self) -> str:
        """How letters are encoded."""


def header_of(path: Path, written: Written, key: str) -> tuple[str, ...]:
    """Return the names in a file's first line.

    Raises
    ------
    SettingError
        The file cannot be read, or is written in another encoding; the message begins with ``key``.
    """
    encoding = "utf-8-sig" if written.encoding == "utf-8" else written.encoding
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding=encoding, newline=None) as file:
            line = file.readline().rstrip("\r\n")
    except UnicodeDecodeError as why:
        raise SettingError(f"{key}: {path} {_not_in_encoding(why, written.encoding)}") from why
    except (OSError, EOFError, UnicodeError) as why:
        raise SettingError(f"{key}: {path} cannot be read ({why})") from why
    return tuple(name.strip().strip(written.quote or " ") for name in line.split(written.separator))


def _not_in_encoding(why: UnicodeDecodeError, encoding: str) -> str:
    """The end of a message; the first piece of a file is read as one, so that its line breaks can be counted."""
    line = why.object[: why.start].count(b"\n") + 1
    return f"is not {encoding} (line {line}); try `encoding: {'latin-1' if encoding == 'utf-8' else 'utf-8'}` in the layout"


def separator_hint(names: Sequence[str], separator: str) -> str:
    """The end of a message about a header that was read as one column though it holds a usual separator."""
    held = [word for word, sign in SEPARATORS.items() if len(names) == 1 and sign in names[0] and sign not in (separator, " ")]
    return f"; is `separator: {max(held, key=lambda word: names[0].count(SEPARATORS[word]))}` missing in the layout?" if held else ""


def _check_columns(path: Path, names: Sequence[str], layout: Layout, keys: Keys) -> None:
    doubled = sorted({n for n in names if names.count(n) > 1})
    if doubled:
        raise SettingError(f"{keys.log}: {path} has more than one column called {', '.join(doubled)}")
    for needed in _needed_columns(layout):
        if needed not in names:
            close = difflib.get_close_matches(needed, names, 1)
            hint = separator_hint(names, layout.separator) or did_you_mean(close[0] if close else "")
            raise SettingError(f"{keys.layout}: column {needed!r} is not in {path} (it has {', '.join(names)}){hint}")


def _needed_columns(layout: Layout) -> list[str]:
    durations = [d for d in (layout.menu, layout.wait, layout.talk) if d]
    coded = [c.column for c in (layout.outcome, layout.reason, layout.segment, layout.agent, layout.customer) if c]
    return [c for d in durations for c in (d.column, d.since, *d.until) if c] + [c for c in (layout.date, layout.arrived) if c] + coded


class LinePlaces(NamedTuple):
    """Turns the number of an accepted row into the number of its line in the file."""

    file: str
    header_lines: int
    bad: list[int]

    def line(self, row: int) -> int:
        line = row + self.header_lines
        return line + bisect.bisect_right(range(len(self.bad)), line, key=lambda before: self.bad[before] - before)


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


def _rejected(db: duckdb.DuckDBPyConnection, number: int, bad: list[tuple[str, int]], place: LinePlaces) -> list[LinesOfAKind]:
    malformed = [LinesOfAKind(DUCKDB_KINDS.get(kind, kind.lower()), 1, place.file, line) for kind, line in bad]
    found = db.execute(
        "SELECT problem, day, count(*), min(row_of_file) AS first, arg_min(unknown, row_of_file) FROM contact WHERE file = ? AND problem > 0"
        " GROUP BY problem, day ORDER BY problem, first", [number]
    ).fetchall()  # fmt: skip
    dated = [LinesOfAKind(PROBLEMS[p], n, place.file, place.line(row), value or "", day) for p, day, n, row, value in found]
    return [*added_up(malformed), *dated]


def _mended(db: duckdb.DuckDBPyConnection, number: int, place: LinePlaces, layout: Layout) -> list[LinesOfAKind]:
    found = []
    for bit, words in enumerate(_mends_in_words(layout)):
        by_day = db.execute(
            "SELECT day, count(*), min(row_of_file) AS first FROM contact WHERE file = ? AND problem = 0 AND (mends & ?) > 0 GROUP BY day ORDER BY first",
            [number, 1 << bit],
        ).fetchall()
        found += [LinesOfAKind(words, count, place.file, place.line(row), "", day) for day, count, row in by_day]
    return found


REPEATED = "repeat an earlier line in every cell"


def _repeated(db: duckdb.DuckDBPyConnection, files: Sequence[_FileReport]) -> tuple[LinesOfAKind, ...]:
    """Contacts whose cells are all as in an earlier line of any file, told by 64 bits of a hash."""
    found = db.execute(
        "WITH twice AS (SELECT cells FROM contact WHERE problem = 0 GROUP BY cells HAVING count(*) > 1),"
        " same AS (SELECT file, day, row_of_file, row_number() OVER (PARTITION BY cells ORDER BY file, row_of_file) AS time"
        " FROM contact WHERE problem = 0 AND cells IN (FROM twice))"
        " SELECT file, day, count(*), min(row_of_file) AS first FROM same WHERE time > 1 GROUP BY file, day ORDER BY file, first"
    ).fetchall()
    return tuple(LinesOfAKind(REPEATED, count, files[file].place.file, files[file].place.line(row), "", day) for file, day, count, row in found)


def _days_of_file(db: duckdb.DuckDBPyConnection, files: Sequence[_FileReport]) -> dict[str, frozenset[int]]:
    found = db.execute("SELECT file, list(DISTINCT day) FROM contact WHERE problem = 0 GROUP BY file ORDER BY file").fetchall()
    return {files[file].place.file: frozenset(days) for file, days in found}


# --- the fields of a line, as SQL -------------------------------------------------------------------------------------

PROBLEMS = (
    "",
    "date is empty",
    "arrival is empty",
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

CHOSEN = ("outcome is ignored by the layout", "answered without an agent")
"""Kinds that are left out because the planner's layout says so."""

DAY_S = 86_400


def _mends_in_words(layout: Layout) -> tuple[str, ...]:
    below_zero = "a day is added" if layout.rules.duration_below_zero == "next_day" else "taken as 0"
    return (
        f"a time is below zero: {below_zero}",
        f"talk longer than {layout.rules.longest_talk_s:g} s: answered, length unknown",
        "hung up without a wait: left in the menu",
        "answered without an agent: kept as answered",
    )


def sql_text(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def sql_column(name: str) -> str:
    """Return the value of a column without blanks around it."""
    return f"trim({sql_name(name)})"


def sql_name(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _is_empty(column: str) -> str:
    return f"coalesce({sql_column(column)}, '') = ''"


def _list(values: Iterable[str]) -> str:
    return "(" + ", ".join(sql_text(v) for v in values) + ")" if values else "(NULL)"


def _stamp(column: str, layout: Layout) -> str:
    """Seconds: after midnight, or after 1970 where the stamps hold the date."""
    read = f"try_strptime({sql_column(column)}, {sql_text(layout.time_format)})"
    return f"epoch({read} - date_trunc('day', {read}))" if layout.date else f"epoch({read})"


def _duration(duration: Duration | None, layout: Layout) -> str:
    if duration is None:
        return "0.0"
    if not duration.column:
        until = ", ".join(_stamp(c, layout) for c in duration.until)
        return f"coalesce({until}) - {_stamp(duration.since, layout)}"
    value = sql_column(duration.column)
    number = f"replace({value}, ',', '.')" if layout.decimal == "comma" else value
    return f"CASE WHEN contains({value}, ':') THEN epoch(TRY_CAST({value} AS INTERVAL)) ELSE TRY_CAST({number} AS DOUBLE) END"


def _is_blank(duration: Duration | None) -> str:
    """Whether the log says nothing about a duration, which is not the same as something unreadable."""
    if duration is None:
        return "true"
    return " OR ".join(_is_empty(c) for c in ((duration.column,) if duration.column else duration.until))


def _name(names: Names | None, if_absent: str) -> str:
    if names is None:
        return sql_text(if_absent) if if_absent else "NULL"
    if not names.names:
        return f"nullif({sql_column(names.column)}, '')"
    cases = " ".join(f"WHEN {sql_text(value)} THEN {sql_text(name)}" for value, name in names.names.items())
    return f"CASE {sql_column(names.column)} {cases} END"


def _person(person: Person | None) -> str:
    if person is None:
        return "NULL"
    value = sql_column(person.column)
    return f"CASE WHEN {value} IN {_list(person.nobody)} THEN NULL ELSE nullif({value}, '') END"


def _mended_duration(name: str, layout: Layout) -> str:
    instead = {"zero": "0.0", "next_day": f"{name} + {DAY_S}", "reject": name}[layout.rules.duration_below_zero]
    return f"CASE WHEN {name} < 0 THEN {instead} ELSE {name} END"


def _select(number: int, source: str, names: Sequence[str], layout: Layout) -> str:
    """The query that turns the lines of one file into rows of the table of contacts."""
    return f"WITH fields AS ({_fields_of_lines(source, names, layout)}), told AS ({_told(layout)}) {_contacts(number, layout)}"


def _fields_of_lines(source: str, names: Sequence[str], layout: Layout) -> str:
    """First step: every field by itself; what cannot be read is NULL."""
    arrived = f"try_strptime({sql_column(layout.arrived)}, {sql_text(layout.time_format)})"
    date = f"try_strptime({sql_column(layout.date)}, {sql_text(layout.date_format)})" if layout.date else arrived
    outcome, segment = layout.outcome, layout.segment
    return f"""
        SELECT row_number() OVER () AS row_of_file,
            date_diff('day', DATE '0001-01-01', CAST({date} AS DATE)) + 1 AS day,
            epoch({arrived} - date_trunc('day', {arrived})) AS arrived,
            {_duration(layout.menu, layout)} AS menu_read, {_is_blank(layout.menu)} AS menu_blank,
            {_duration(layout.wait, layout)} AS wait_read,
            {_duration(layout.talk, layout)} AS talk_read, {_is_blank(layout.talk)} AS talk_blank,
            CASE WHEN {sql_column(outcome.column)} IN {_list(outcome.answered)} THEN {Outcome.ANSWERED:d}
                 WHEN {sql_column(outcome.column)} IN {_list(outcome.abandoned)} THEN {Outcome.ABANDONED:d}
                 WHEN {sql_column(outcome.column)} IN {_list(outcome.ignored)} THEN -1 END AS ending,
            {_name(layout.reason, "all")} AS reason,
            {_name(segment, "")} AS segment,
            {f"coalesce({sql_column(segment.column)}, '') IN {_list(layout.rules.segment_unknown_without_wait)}" if segment else "false"} AS class_may_be_unknown,
            {_person(layout.agent)} AS agent,
            {_person(layout.customer)} AS customer,
            {_is_empty(layout.date) if layout.date else "false"} AS date_empty, {_is_empty(layout.arrived)} AS arrival_empty,
            {sql_column(outcome.column)} AS outcome_cell, {sql_column(layout.reason.column) if layout.reason else "NULL"} AS reason_cell,
            {sql_column(segment.column) if segment else "NULL"} AS segment_cell, hash({", ".join(map(sql_name, sorted(names)))}) AS cells
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
        SELECT {number}, row_of_file, {_problem(answered, layout)} AS told_problem, day, arrived, coalesce(menu, 0.0), wait,
            CASE WHEN {answered} AND talk <= {_sql_number(layout.rules.longest_talk_s)} THEN talk END,
            CASE WHEN in_menu THEN {Outcome.CONTAINED:d} ELSE ending END,
            reason, CASE WHEN class_may_be_unknown AND wait = 0 THEN NULL ELSE segment END, agent, customer,
            below_zero::INTEGER + 2 * ({answered} AND coalesce(talk, 0) > {_sql_number(layout.rules.longest_talk_s)})::INTEGER
            + 4 * coalesce(in_menu, false)::INTEGER + 8 * ({answered} AND agent IS NULL)::INTEGER * {int(layout.agent is not None)},
            CASE told_problem {_unknown_cells()} END, cells
        FROM told"""


def _unknown_cells() -> str:
    cells = {f"{cell} is not in the layout": f"{column}_cell" for cell, column in (("outcome", "outcome"), ("reason", "reason"), ("class", "segment"))}
    return " ".join(f"WHEN {PROBLEMS.index(kind)} THEN {column}" for kind, column in cells.items())


def _problem(answered: str, layout: Layout) -> str:
    """The code of the first problem of a line; 0 when it can be used."""
    class_known = "true" if layout.segment is None or not layout.segment.names else "segment IS NOT NULL OR class_may_be_unknown"
    conditions = (
        "date_empty",
        "arrival_empty",
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
        db.execute(f"CREATE TYPE {what}_name AS ENUM ({', '.join(sql_text(n) for n in names)})")
    return names


def _code(what: str, names: dict[str, tuple[str, ...]]) -> str:
    return f"coalesce(enum_code({what}::{what}_name)::INTEGER, {UNKNOWN})" if names[what] else str(UNKNOWN)
