"""Reading CSV files that belong to a scenario: inside its folder, with named columns, bad lines told one by one.

It knows nothing of what the columns mean; ``volumes.py`` does.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from servsim.errors import Problem, ScenarioError
from servsim.scenario import units
from servsim.scenario.spot import Spot, list_names, nearest_name

MAX_BYTES = 1_000_000_000
MAX_PROBLEMS = 20
OUTSIDE = "must be a path inside the scenario's folder"


class Row(NamedTuple):
    """One line of a CSV."""

    line: int
    cells: Mapping[str, str]


def inside_folder(name: Any, folder: Path | None) -> Path:
    """Return the path of a scenario's file.

    Raises
    ------
    Refused
        The name is no text, leaves the folder (absolute, ``..``, a link) or names no file.
    """
    if folder is None:
        raise units.Refused("cannot be used: a scenario from plain data has no folder, so it has no files")
    if not isinstance(name, str) or not name.isprintable() or not name.strip():
        raise units.Refused(OUTSIDE)
    parts = name.replace("\\", "/").split("/")
    if Path(name).is_absolute() or ".." in parts or ":" in name:
        raise units.Refused(OUTSIDE)
    return _existing(folder.resolve(), name)


def _existing(folder: Path, name: str) -> Path:
    try:
        path = (folder / name).resolve()
        is_file = path.is_file()
    except OSError:
        raise units.Refused(OUTSIDE) from None
    if not path.is_relative_to(folder):
        raise units.Refused(f"{OUTSIDE}; this one is a link out of it")
    if not is_file:
        raise units.Refused("must name a file that exists in the scenario's folder", nearest_name(name, _files(folder)))
    return path


def _files(folder: Path, most: int = 500) -> list[str]:
    paths = [path for _, path in zip(range(most), sorted(folder.rglob("*")), strict=False)]
    return [path.relative_to(folder).as_posix() for path in paths if path.is_file()]


def read_rows(path: Path, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[Row]:
    """Yield the lines of a CSV (plain or ``.gz``, comma, semicolon or tab) as texts by column name.

    Raises
    ------
    ScenarioError
        The file is no text, or the head line lacks a needed column or has an unknown one.
    """
    try:
        with _open(path) as stream:
            yield from _rows(stream, path, needed, optional)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise ScenarioError([Problem(path.name, "", f"cannot be read as CSV: {error}")]) from None


def _open(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(stream: Any, path: Path, needed: tuple[str, ...], optional: tuple[str, ...]) -> Iterator[Row]:
    head_line = stream.readline(10_000)
    delimiter = max(",;\t", key=head_line.count)
    head = [name.strip() for name in next(csv.reader([head_line], delimiter=delimiter), [])]
    _check_head(head, path, needed, optional)
    reader = csv.reader(stream, delimiter=delimiter)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield Row(reader.line_num + 1, _by_name(head, cells))


def _check_head(head: list[str], path: Path, needed: tuple[str, ...], optional: tuple[str, ...]) -> None:
    known = (*needed, *optional)
    where = f"{path.name}, line 1"
    words = f"(columns: {list_names(needed)}{'; optional: ' + list_names(optional) if optional else ''})"
    found = [Problem(where, "", f"lacks the column {name} {words}") for name in needed if name not in head]
    found += [Problem(where, name[:60], f"unknown column {words}", nearest_name(name, known)) for name in head if name not in known]
    found += [Problem(where, name[:60], "must name each column once") for name in sorted(set(head)) if head.count(name) > 1]
    if found:
        raise ScenarioError(found)


def _by_name(head: list[str], cells: list[str]) -> Mapping[str, str]:
    """Return cells by column; a line that is too long or too short has a column ``""`` with what is wrong."""
    row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
    return row if len(cells) == len(head) else {**row, "": f"must have {len(head)} cells, has {len(cells)}"}


class Lines:
    """Collects what is wrong in the lines of one file, and raises it all at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Problem] = []
        self.more = 0

    def take(self, row: Row, read: Callable[[Mapping[str, str]], Any]) -> Any:
        """Return what ``read`` makes of a line, or ``None`` after noting the line's number, text and what is right."""
        try:
            if "" in row.cells:
                raise units.Refused(row.cells[""])
            return read(row.cells)
        except units.Refused as refusal:
            self._note(row, refusal)
            return None

    def _note(self, row: Row, refusal: units.Refused) -> None:
        text = ",".join(cell for name, cell in row.cells.items() if name)
        shown = "".join(letter if letter.isprintable() else "?" for letter in text[:70])
        if len(self.found) < MAX_PROBLEMS:
            self.found.append(Problem(f"{self.path.name}, line {row.line}", shown, refusal.allowed, refusal.nearest))
        else:
            self.more += 1

    def finish(self) -> None:
        """Raise everything that was noted, if anything was.

        Raises
        ------
        ScenarioError
            At least one line was bad.
        """
        if self.more:
            self.found.append(Problem(self.path.name, "", f"has {self.more} more bad lines"))
        if self.found:
            raise ScenarioError(self.found)


def read_columns(name: Any, columns: tuple[str, ...], spot: Spot) -> list[Mapping[str, float]]:
    """Return a CSV of numbers as one mapping a line; what is wrong is collected at the spot."""
    path = spot.take(lambda each: inside_folder(each, spot.reading.folder), name)
    if path is None:
        return []
    try:
        return _numbers(path, columns)
    except ScenarioError as error:
        for problem in error.problems:
            spot.refuse(problem.value, f"{problem.path}: {problem.allowed}", problem.nearest)
        return []


def _numbers(path: Path, columns: tuple[str, ...]) -> list[Mapping[str, float]]:
    lines = Lines(path)
    rows = [lines.take(row, lambda cells: {name: cell_number(cells, name) for name in columns}) for row in read_rows(path, columns)]
    lines.finish()
    return [row for row in rows if row is not None]


def cell_number(cells: Mapping[str, str], column: str) -> float:
    """Return the number of a cell, 0 or more.

    Raises
    ------
    Refused
        The cell holds something else.
    """
    allowed = f"{column} must be a number of 0 or more"
    number = units.parse_number(cells[column], allowed)
    if number < 0:
        raise units.Refused(allowed)
    return number
