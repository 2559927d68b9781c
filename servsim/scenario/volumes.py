"""Files of a scenario that hold volumes: a planner's forecast, recorded arrivals, head counts.

Bad lines are reported all at once with file, line, content and what would be right. It never decides what a line
means for the simulation; ``demand.py`` and ``duty.py`` do.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from servsim.errors import Problem, ScenarioError
from servsim.scenario import units
from servsim.scenario.spot import nearest_name
from servsim.scenario.table import Lines, inside_folder, read_rows

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?", re.ASCII)
TIMES = ("talk_s", "wrap_up_s", "patience_s", "menu_s")
"""Columns of a trace that replace the draw of the same purpose (R4)."""


class ForecastLine(NamedTuple):
    """One interval of a planner's forecast."""

    date: dt.date
    start_s: float
    """Seconds after midnight."""
    volume: float
    """Expected number of cases in the interval."""
    aht_s: float
    """Mean handling time; NaN: as the scenario says."""


class TraceLine(NamedTuple):
    """One recorded arrival; NaN, 0 or an empty name leaves the draw."""

    date: dt.date
    time_s: float
    """Seconds after midnight."""
    segment: str
    channel: str
    customer: int
    """Number of the customer in the segment, from 1; 0 when unknown."""
    talk_s: float
    wrap_up_s: float
    patience_s: float
    menu_s: float


class HeadCountLine(NamedTuple):
    """Agents on duty from a time on."""

    date: dt.date
    start_s: float
    agents: int


def file_of(name: str, folder: Path | None) -> Path:
    """Return the path of a scenario's file.

    Raises
    ------
    ScenarioError
        It is not there any more, or not inside the folder.
    """
    try:
        return inside_folder(name, folder)
    except units.Refused as refusal:
        raise ScenarioError([Problem(name, "", refusal.allowed, refusal.nearest)]) from None


def read_forecast(path: Path) -> list[ForecastLine]:
    """Return a forecast CSV (``date,start,volume[,aht_s]``) in order of date and start.

    Raises
    ------
    ScenarioError
        With every bad line, and every date and start that stands there twice.
    """
    lines = Lines(path)
    read = [lines.take(row, _forecast_line) for row in read_rows(path, ("date", "start", "volume"), ("aht_s",))]
    lines.finish()
    return _sorted_once([line for line in read if line is not None], path)


def read_head_counts(path: Path) -> list[HeadCountLine]:
    """Return a head-count CSV (``date,start,agents``) in order of date and start.

    Raises
    ------
    ScenarioError
        With every bad line, and every date and start that stands there twice.
    """
    lines = Lines(path)
    read = [lines.take(row, _head_count_line) for row in read_rows(path, ("date", "start", "agents"))]
    lines.finish()
    return _sorted_once([line for line in read if line is not None], path)


def read_trace(path: Path, segments: tuple[str, ...], channels: tuple[str, ...]) -> list[TraceLine]:
    """Return recorded arrivals (``date,time`` and what is known of each) in the order of the file.

    Raises
    ------
    ScenarioError
        With every bad line; names of segments and channels must be the scenario's.
    """
    lines, known = Lines(path), {"segment": segments, "channel": channels}
    rows = read_rows(path, ("date", "time"), ("segment", "channel", "customer", *TIMES))
    read = [lines.take(row, lambda cells: _trace_line(cells, known)) for row in rows]
    lines.finish()
    return [line for line in read if line is not None]


def _sorted_once(read: list, path: Path) -> list:  # type: ignore[type-arg]
    ordered = sorted(read, key=lambda line: (line.date, line.start_s))
    twice = [b for a, b in pairwise(ordered) if (a.date, a.start_s) == (b.date, b.start_s)]
    if twice:
        allowed = "must give each date and start once"
        raise ScenarioError([Problem(path.name, f"{each.date} {units.time_text(each.start_s)}", allowed) for each in twice[:20]])
    return ordered


def _forecast_line(cells: Mapping[str, str]) -> ForecastLine:
    aht = _number(cells, "aht_s")
    return ForecastLine(units.parse_date(cells["date"]), units.parse_time(cells["start"]), _needed(cells, "volume"), aht)


def _head_count_line(cells: Mapping[str, str]) -> HeadCountLine:
    agents = units.parse_count(cells["agents"], "agents must be a whole number")
    if agents < 0:
        raise units.Refused("agents must be a whole number of 0 or more")
    return HeadCountLine(units.parse_date(cells["date"]), units.parse_time(cells["start"]), agents)


def _trace_line(cells: Mapping[str, str], known: Mapping[str, tuple[str, ...]]) -> TraceLine:
    customer = int(_number(cells, "customer", 0.0))
    names = [_name(cells, column, names) for column, names in known.items()]
    times = [_number(cells, column) for column in TIMES]
    return TraceLine(units.parse_date(cells["date"]), _clock(cells["time"]), names[0], names[1], customer, *times)


def _name(cells: Mapping[str, str], column: str, names: tuple[str, ...]) -> str:
    name = cells.get(column, "")
    if name and name not in names:
        raise units.Refused(f"{column} must be one of {', '.join(names)}", nearest_name(name, names))
    return name


def _number(cells: Mapping[str, str], column: str, absent: float = math.nan) -> float:
    text = cells.get(column, "")
    return _checked_number(text, column) if text else absent


def _needed(cells: Mapping[str, str], column: str) -> float:
    return _checked_number(cells[column], column)


def _checked_number(text: str, column: str) -> float:
    """Return a number of 0 or more; plain ``float`` because traces have hundreds of thousands of lines."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 <= number < 1e12:
        raise units.Refused(f"{column} must be a number of 0 or more")
    return number


def _clock(text: str) -> float:
    match = _CLOCK.fullmatch(text)
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3] or 0) if match else math.inf
    if match is None or int(match[2]) > 59 or float(match[3] or 0) >= 60 or seconds >= 86_400:
        raise units.Refused("time must be a time of day such as 9:30:15 (fractions of seconds allowed)")
    return seconds
