"""The table of a replay: simulated beside observed, by hour of the day. Never computes a statistic."""

from __future__ import annotations

import math

from servsim.cli.number import percent, plain
from servsim.cli.table import aligned
from servsim.errors import counted
from servsim.study.replay import Compared, Recording, ReplayTable

HEADINGS = {
    "offered": "offered/day",
    "answered": "answered/day",
    "abandoned": "abandoned/day",
    "mean_wait_s": "mean wait, s",
    "service_level": "service level, %",
}
FEWEST_SHOWN = 0.5
"""Hours with fewer observed calls a day are left to replay.csv."""


def replay_text(table: ReplayTable, recording: Recording) -> str:
    """Return simulated beside observed as a planner reads it."""
    cells = {(row.hour, row.measure): row for row in table.rows}
    hours = [row.hour for row in table.rows if row.measure == "offered" and row.observed >= FEWEST_SHOWN]
    head = ["hour", *(word for heading in HEADINGS.values() for word in (heading, "simulated"))]
    lines = [[hour, *(word for name in HEADINGS for word in _cells(cells[hour, name]))] for hour in hours]
    errors = ["mean absolute error", *(word for name in HEADINGS for word in ("", _number(name, table.errors[name])))]
    return f"{_intro(table, recording)}\n\n{aligned([head, *lines, errors])}\n\n{_outside(table)}"


def _intro(table: ReplayTable, recording: Recording) -> str:
    days = f"{counted(table.days, 'day')} with calls, {recording.first} to {recording.last}"
    level = f"service level: {table.formula}, within {table.within_s:g} s"
    said = "".join(f"\n{text}" for text in recording.read)
    intervals = f"in brackets {percent(table.level)} intervals of the simulated mean"
    return f"Simulated beside observed: {counted(len(recording.calls), 'recorded call')} that sought an agent, {days}\n{level}; {intervals}{said}"


def _cells(row: Compared) -> tuple[str, str]:
    simulated = _number(row.measure, row.simulated)
    if row.low < row.high:
        simulated += f" [{_number(row.measure, row.low)}, {_number(row.measure, row.high)}]"
    mark = "*" if row.observed < row.single_low or row.observed > row.single_high else ""
    return _number(row.measure, row.observed) + mark, simulated


def _number(measure: str, value: float) -> str:
    if math.isnan(value):
        return "-"
    return plain(value * 100.0 if measure == "service_level" else value, 1)


def _outside(table: ReplayTable) -> str:
    """Return how often the observed days fall outside of what single runs do."""
    judged = [row for row in table.rows if not math.isnan(row.single_low) and row.measure != "offered" and row.hour != "all"]
    outside = sum(row.observed < row.single_low or row.observed > row.single_high for row in judged)
    if not judged:
        return "One replication: no intervals.\n"
    return (
        f"* outside of where {percent(table.level)} of single runs of these days fall: {outside} of {counted(len(judged), 'value')}"
        f" ({len(judged) * (1 - table.level):.0f} would be chance).\nMean absolute errors: counts a plain mean over hours, wait and service level"
        " weighed by observed calls.\n"
    )
