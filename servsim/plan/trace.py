"""Recorded arrivals as rows of the plan (R4): the k-th row of an interval is case number k of that interval.

Never draws; what a record does not know is left to the draws.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from servsim.draws.name import root_of
from servsim.plan.plan import Trace
from servsim.rules.clock import DAY_S
from servsim.scenario.demand import handling_factor
from servsim.scenario.language import Scenario
from servsim.scenario.volumes import file_of, read_trace


class Recorded(NamedTuple):
    """One recorded arrival, in numbers of the plan; -1 or NaN where the record does not know."""

    day: int
    root: int
    arrived_s: float
    segment: int
    channel: int
    customer: int
    patience_s: float
    talk_s: float
    wrap_up_s: float
    menu_s: float
    scale: float = 1.0
    """Factor on talk, search and wrap-up, known or drawn."""


def trace_of(scenario: Scenario, reasons: list[str], segments: list[str], channels: list[str], segment_first: list[int]) -> Trace | None:
    """Return the recorded arrivals of a scenario, ``None`` where it has none.

    Raises
    ------
    ScenarioError : a trace file has bad lines.
    """
    rows: list[Recorded] = []
    for number, name in enumerate(reasons):
        arrivals = scenario.reasons[name].arrivals
        if arrivals is not None and arrivals.trace is not None:
            rows.extend(_rows(scenario, number, name, arrivals.trace, segments, channels, segment_first))
    return trace_from(rows) if rows else None


def _rows(scenario: Scenario, reason: int, name: str, file: str, segments: list[str], channels: list[str], first: list[int]) -> list[Recorded]:
    calendar = scenario.calendar
    numbers: Counter[tuple[int, int]] = Counter()
    rows = []
    for line in read_trace(file_of(file, scenario.folder), tuple(segments), tuple(channels)):
        day = (line.date - calendar.start).days
        if not 0 <= day < calendar.days:
            continue
        interval = int(line.time_s // calendar.interval)
        segment = segments.index(line.segment) if line.segment else -1
        rows.append(
            Recorded(
                day=day, root=root_of(reason, day, interval, numbers[day, interval]), arrived_s=day * DAY_S + line.time_s, segment=segment,
                channel=channels.index(line.channel) if line.channel else -1,
                customer=first[max(segment, 0)] + line.customer - 1 if line.customer > 0 else -1,
                patience_s=line.patience_s, talk_s=line.talk_s, wrap_up_s=line.wrap_up_s, menu_s=line.menu_s,
                scale=handling_factor(scenario, name, day, line.time_s) if math.isnan(line.talk_s) else 1.0,
            )
        )  # fmt: skip
        numbers[day, interval] += 1
    return rows


def trace_from(rows: list[Recorded]) -> Trace:
    """Return recorded arrivals as columns, by day and root."""
    rows = sorted(rows, key=lambda row: row[:2])
    columns = zip(*rows, strict=True) if rows else ((),) * len(Recorded._fields)
    types: list[Any] = [np.float64 if name.endswith("_s") or name == "scale" else np.int64 for name in Recorded._fields]
    return Trace._make(np.array(column, kind) for column, kind in zip(columns, types, strict=True))
