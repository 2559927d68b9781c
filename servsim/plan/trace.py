"""Recorded arrivals as rows of the plan (R4): the k-th row of an interval is case number k of that interval.

Never draws; what a record does not know is left to the draws.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from servsim.draws.name import parts_of_array, root_of
from servsim.plan.plan import Plan, Trace
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


def kinds_without_queue(plan: Plan) -> list[tuple[int, int, int]]:
    """Return (channel, reason, segment) of recorded contacts, and of later needs of theirs, that no route leads to an agent."""
    return sorted(kind for kind in _kinds(plan) if plan.queue_of[_place(plan, *kind)] < 0 and not _sees_own_executive(plan, *kind[1:]))


def _sees_own_executive(plan: Plan, reason: int, segment: int) -> bool:
    """Whether whoever of the segment comes for the reason has an executive of his own, so that no queue is needed."""
    first = plan.segment_first[segment]
    return bool(plan.asks_own[reason] and plan.segment_size[segment] and (plan.owner[first : first + plan.segment_size[segment]] >= 0).all())


def _kinds(plan: Plan) -> set[tuple[int, int, int]]:
    """Return the kinds of contacts that recorded arrivals bring, and those of needs that they lead to."""
    assert plan.trace is not None
    reasons, segments, channels = len(plan.reason_hash), len(plan.segment_size), len(plan.channel_kind)
    of_reason, by_reason = _possible(plan.segment_upto, segments), _possible(plan.channel_upto, channels)
    reason = parts_of_array(plan.trace.root)[0]
    seen = np.zeros((reasons, segments + 1, channels + 1), bool)
    seen[reason, plan.trace.segment, plan.trace.channel] = True  # -1, where the record does not know, is the last place
    kinds = set()
    for r, s, c in np.argwhere(seen).tolist():
        for segment in [s] if s < segments else of_reason[r]:
            kinds |= {(channel, r, segment) for channel in ([c] if c < channels else by_reason[r])}
            kinds |= {(channel, later, segment) for later in _later(plan, r) for channel in by_reason[later]}
    return kinds


def _possible(upto: Any, width: int) -> list[list[int]]:
    """Return, by reason, the segments or channels whose share is not 0."""
    shares = np.diff(upto.reshape(-1, width), axis=1, prepend=0.0)
    return [np.flatnonzero(row > 0.0).tolist() for row in shares]


def _later(plan: Plan, reason: int) -> set[int]:
    """Return the reasons that a reason leads to, at once or in the end."""
    found: set[int] = set()
    ahead = [reason]
    while ahead:
        number = ahead.pop()
        own = slice(plan.link_offset[number], plan.link_offset[number + 1])
        new = {later for later, share in zip(plan.link_reason[own].tolist(), plan.link_share[own].tolist(), strict=True) if share > 0.0} - found
        found |= new
        ahead.extend(new)
    return found


def _place(plan: Plan, channel: int, reason: int, segment: int) -> int:
    return (channel * len(plan.reason_hash) + reason) * len(plan.segment_size) + segment
