"""Replaying recorded days: the arrivals of a call file in place of the scenario's, and what is held against what.

::

    call file --layout--> recorded calls of the chosen days -> Trace of the plan  -> simulated, by hour of the day
                                     |                                                     |
                                     +-> observed, by hour of the day ---------------------+-> ReplayTable

What is taken from the record: who came when, why, of which class, and the time in the menu. Patience and talk are drawn.
Redials, returns and retries are off, because the record holds them as arrivals; those who left in the menu sought no
agent and are left out on both sides. Never estimates anything of the scenario.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import root_of
from servsim.errors import SettingError, did_you_mean
from servsim.measure.estimate import Moments, estimates
from servsim.measure.group import clock
from servsim.measure.registry import measure_named
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.plan.trace import Recorded, kinds_without_queue, trace_from
from servsim.record.call_file import RecordedCalls, read_calls
from servsim.record.layout import load_layout
from servsim.record.layout_files import known_layouts, layout_file
from servsim.record.observed import ObservedIntervals, observed_by_interval
from servsim.record.reading import left_out_warning, reading_sentences
from servsim.rules.clock import DAY_S, HOUR_S
from servsim.scenario.demand import handling_factor
from servsim.scenario.language import Scenario
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.study.settings import RunSettings

OTHER_LAYOUT = "generic_calls"
"""Layout where none is named and none is called like the scenario."""
KNOWN_FORMULAS = ("within_of_offered", "answered_of_answered", "answered_of_offered", "abandons_within_left_out", "short_abandons_count")
"""Formulas of the service level that a call file can answer."""

Floats = NDArray[np.float64]


class Recording(NamedTuple):
    """The recorded calls that are replayed, and the days they are of."""

    calls: RecordedCalls
    """Those that sought an agent, on the chosen days."""
    first: dt.date
    last: dt.date
    read: tuple[str, ...]
    """What was left out, mended or repeated in reading, in words."""
    warning: str
    """Empty unless many lines of these days could not be used."""


def read_recording(settings: RunSettings) -> Recording:
    """Read the call file of a study and choose its days.

    Raises
    ------
    SettingError
        A file, the layout or the days cannot be used.
    """
    _refuse_folders(settings.replay)
    layout = _layout_of(settings)
    calls = read_calls(settings.replay, load_layout(layout))
    there = calls.dates()
    first, last = _chosen(settings.replay_days, there[0], there[-1])
    there_then = calls.of_period([(first, last)])
    chosen = there_then.seeking_an_agent()
    if not len(chosen):
        raise SettingError(f"replay_days: got {settings.replay_days or 'all'}; the file has no calls on these days (it has {there[0]} to {there[-1]})")
    return Recording(chosen, first, last, tuple(reading_sentences(chosen)), left_out_warning(there_then, layout.name))


def _refuse_folders(paths: Sequence[str]) -> None:
    for path in map(Path, paths):
        if path.is_dir():
            files = sorted(each.name for each in path.iterdir() if each.suffix in (".gz", ".tsv", ".csv", ".txt"))
            there = f" (it has {list_names(files, 12)})" if files else ""
            raise SettingError(f"replay: got {shown(str(path))}, a folder; must be a call file, or several: replay=[A,B]{there}")


def _layout_of(settings: RunSettings) -> Path:
    """Return the layout file that a study's settings mean: the one named, else that of the scenario's name, else ``OTHER_LAYOUT``."""
    own = Path(settings.scenario).name
    return layout_file(settings.replay_layout or (own if own in known_layouts() else OTHER_LAYOUT), "replay_layout")


def _chosen(text: str, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day that a text means."""
    if not text:
        return first, last
    begin, dots, end = text.partition("..")
    try:
        chosen = dt.date.fromisoformat(begin.strip()), dt.date.fromisoformat((end if dots else begin).strip())
    except ValueError:
        chosen = (last, first)
    if chosen[0] > chosen[1] or (not dots and ".." in text):
        raise SettingError(f"replay_days: got {shown(text)}; must be a day or first..last, such as 1999-05-02..1999-05-31 (the file has {first} to {last})")
    return chosen


# ---- the world that is replayed


def on_days_of(scenario: Scenario, recording: Recording) -> Scenario:
    """Return the scenario on the recorded days, without what the record already holds: redials, retries, returns."""
    calendar = replace(scenario.calendar, start=recording.first, days=(recording.last - recording.first).days + 1, warm_up=0.0, closed=_closed(scenario, recording))
    channels = {name: replace(channel, try_again=None, when_closed=None) for name, channel in scenario.channels.items()}
    reasons = {name: replace(reason, unsolved=None, contained=0.0) for name, reason in scenario.reasons.items()}
    return replace(scenario, calendar=calendar, channels=channels, reasons=reasons)


def _closed(scenario: Scenario, recording: Recording) -> tuple[dt.date, ...]:
    return tuple(date for date in scenario.calendar.closed if recording.first <= date <= recording.last)


def with_recorded_arrivals(scenario: Scenario, plan: Plan, names: Names, recording: Recording) -> Plan:
    """Return the plan with the recorded arrivals in place of all drawn ones.

    Raises
    ------
    SettingError
        The record has a reason or a class that the scenario does not know, or a class that comes for a reason for which no
        route serves it.
    """
    cells = {name: getattr(plan, name)[:0] for name in Plan._fields if name.startswith("cell_")}
    replayed = plan._replace(**cells, trace=trace_from(_rows(scenario, plan, names, recording)))
    unserved = kinds_without_queue(replayed)
    if unserved:
        channel, reason, segment = unserved[0]
        raise SettingError(
            f"replay: the call file has {names.reasons[reason]} from {names.segments[segment]}, and no single route of the scenario fits that"
            f" by {names.channels[channel]}: add one, or a route without conditions"
        )
    return replayed


def _rows(scenario: Scenario, plan: Plan, names: Names, recording: Recording) -> list[Recorded]:
    calls = recording.calls
    reason_of = _numbers(calls.reason_names, names.reasons, "reason", sorted(set(calls.reason.tolist())))
    segment_of = _numbers(calls.segment_names, names.segments, "segment", sorted({each for each in calls.segment.tolist() if each >= 0}))
    counts: dict[tuple[int, int, int], int] = {}
    rows = []
    columns = (calls.date, calls.arrived_s, calls.reason, calls.segment, calls.menu_s)
    for date, arrived_s, reason, segment, menu_s in zip(*(column.tolist() for column in columns), strict=True):
        day = date - recording.first.toordinal()
        cell = (reason_of[reason], day, int(arrived_s // plan.interval_s))
        counts[cell] = number = counts.get(cell, -1) + 1
        own = segment_of[segment] if segment >= 0 else -1
        rows.append(
            Recorded(
                day=day, root=root_of(*cell, number), arrived_s=day * DAY_S + arrived_s, segment=own, channel=-1, customer=-1,
                patience_s=math.nan, talk_s=math.nan, wrap_up_s=math.nan, menu_s=menu_s,
                scale=handling_factor(scenario, names.reasons[cell[0]], day, arrived_s),
            )
        )  # fmt: skip
    return rows


def _numbers(recorded: Sequence[str], known: Sequence[str], noun: str, used: Sequence[int]) -> dict[int, int]:
    """Return the scenario's number of each recorded code."""
    foreign = [recorded[code] for code in used if recorded[code] not in known]
    if foreign:
        hint = did_you_mean(nearest_name(foreign[0], known))
        raise SettingError(
            f"replay: the call file has the {noun} {list_names(foreign)}, which the scenario does not know (it has {list_names(known)});"
            f" name them in the layout (record.{noun}.names){hint}"
        )
    return {code: known.index(recorded[code]) for code in used}


# ---- simulated beside observed


class Compared(NamedTuple):
    """One measure of one hour of the day, over all replayed days."""

    hour: str
    """``09:00``; ``all`` for the whole day."""
    measure: str
    unit: str
    observed: float
    simulated: float
    low: float
    """Interval of the simulated mean; NaN with one replication."""
    high: float
    single_low: float
    """Where a single run of these days falls, as the observed days are one; NaN with one replication."""
    single_high: float


class ReplayTable(NamedTuple):
    """Simulated beside observed."""

    rows: tuple[Compared, ...]
    errors: dict[str, float]
    """Mean absolute error over the hours by measure: plain for counts, weighed by observed calls for ratios."""
    formula: str
    """Of the service level."""
    within_s: float
    days: int
    """Days with recorded calls; counts are means of a day."""
    level: float


COUNTS = ("offered", "answered", "abandoned")
RATIOS = ("mean_wait_s", "service_level")


class Comparison:
    """Gathers replications by hour of the day, beside what was observed."""

    def __init__(self, recording: Recording, plan: Plan, names: Names, terms: Terms, words: Mapping[str, NDArray[Any]]) -> None:
        self.hour_s = max(HOUR_S, plan.interval_s)
        self.channels = _channels_of(recording, plan, names)
        first = names.channels.index(self.channels[0])
        headline = terms.formulas[first]
        self.formula = headline if headline in KNOWN_FORMULAS else "answered_of_offered"
        self.within_s = float(terms.within_s[first])
        self.observed = observed_by_interval(recording.calls, self.hour_s, self.within_s, float(terms.short_abandon_s[first]))
        self.days = self.observed.days
        self.hours = len(self.observed.start_s)
        self.rows = {name: self._rows_of(name, words) for name in (*COUNTS, *RATIOS)}
        self.moments = Moments(len(self.rows) * (self.hours + 1))

    def _rows_of(self, name: str, words: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Return the table's rows of a measure, and the hour of each."""
        formula = self.formula if name == "service_level" else measure_named(name).formula
        fits = (words["measure"] == name) & (words["formula"] == formula) & (words["by"] == "channel_interval")
        rows = np.flatnonzero(fits & np.isin(words["channel"].astype(str), self.channels))
        return rows, np.array([int(_seconds(text) // self.hour_s) for text in words["interval"][rows]], np.int64)

    def add(self, table: Mapping[str, NDArray[Any]]) -> None:
        """Take in the table of one replication."""
        above = np.concatenate([self._by_hour(table["numerator"], *each) for each in self.rows.values()])
        below = np.concatenate([self._below(name, table) for name in self.rows])
        self.moments.add(above, below)

    def _below(self, name: str, table: Mapping[str, NDArray[Any]]) -> Floats:
        if name in COUNTS:
            return np.full(self.hours + 1, float(self.days))
        return self._by_hour(table["denominator"], *self.rows[name])

    def _by_hour(self, column: Floats, rows: NDArray[np.intp], hour: NDArray[np.int64]) -> Floats:
        """Return sums by hour of the day, and of the whole day at the end."""
        sums = np.bincount(hour, column[rows], self.hours)
        return np.append(sums, sums.sum())

    def table(self, level: float) -> ReplayTable:
        """Return simulated beside observed, hour by hour; hours in which nobody called on either side are left out."""
        found = estimates(self.moments, level)
        seen = {**{name: self._observed_count(name) for name in COUNTS}, **self._observed_ratios()}
        offered = np.append(self.observed.offered, self.observed.offered.sum())
        rows, errors = [], {}
        for place, name in enumerate(self.rows):
            of_measure = found[place * (self.hours + 1) : (place + 1) * (self.hours + 1)]
            rows += [self._compared(name, hour, seen[name][hour], of_measure[hour], level) for hour in range(self.hours + 1) if offered[hour] > 0]
            weights = offered[:-1] if name in RATIOS else np.ones(self.hours)
            errors[name] = _error(seen[name][:-1], np.array([each.value for each in of_measure[:-1]]), offered[:-1] > 0, weights)
        return ReplayTable(tuple(rows), errors, self.formula, self.within_s, self.days, level)

    def _observed_count(self, name: str) -> Floats:
        column = getattr(self.observed, name)
        return np.asarray(np.append(column, column.sum()) / self.days)

    def _observed_ratios(self) -> dict[str, Floats]:
        whole = _whole_day(self.observed)
        return {
            "mean_wait_s": np.append(self.observed.mean_wait_s, whole.mean_wait_s),
            "service_level": np.append(self.observed.service_level(self.formula), whole.service_level(self.formula)),
        }

    def _compared(self, name: str, hour: int, observed: float, found: Any, level: float) -> Compared:
        count = found.replications
        single = found.half_width * math.sqrt(count + 1.0) if count > 1 else math.nan
        unit = _unit(name)
        hour_text = "all" if hour == self.hours else clock(hour * self.hour_s)
        top = 1.0 if unit == "share" else math.inf
        bounds = (found.low, found.high, found.value - single, found.value + single)
        return Compared(hour_text, name, unit, float(observed), found.value, *(bound if math.isnan(bound) else min(max(bound, 0.0), top) for bound in bounds))


def _channels_of(recording: Recording, plan: Plan, names: Names) -> list[str]:
    """Return the channels that the recorded reasons use."""
    count = len(names.channels)
    used = set()
    for reason in {recording.calls.reason_names[code] for code in np.unique(recording.calls.reason).tolist()}:
        upto = plan.channel_upto.reshape(-1, count)[names.reasons.index(reason)]
        used |= set(np.flatnonzero(np.diff(np.concatenate(([0.0], upto))) > 0.0).tolist())
    return [names.channels[number] for number in sorted(used)]


def _whole_day(observed: ObservedIntervals) -> ObservedIntervals:
    columns: dict[str, Any] = {name: np.array([column.sum()]) for name, column in vars(observed).items() if isinstance(column, np.ndarray)}
    return replace(observed, **columns)


def _error(observed: Floats, simulated: Floats, called: NDArray[np.bool_], weights: Floats) -> float:
    """Return the mean absolute error over the hours in which somebody called."""
    seen = called & ~np.isnan(simulated)
    return float(np.average(np.abs(observed - simulated)[seen], weights=weights[seen])) if seen.any() else math.nan


def _seconds(text: str) -> float:
    """Return the seconds after midnight of ``09:30``, the inverse of ``clock``."""
    parts = [int(part) for part in text.split(":")]
    return float(sum(part * scale for part, scale in zip(parts, (3600, 60, 1), strict=False)))


def write_replay(table: ReplayTable, path: Path) -> None:
    """Write simulated beside observed as CSV, errors below in rows of their own (hour ``mean_absolute_error``)."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark lets Excel read UTF-8
        writer = csv.writer(file)
        writer.writerow((*Compared._fields, "formula", "level"))
        for row in table.rows:
            writer.writerow((*(_cell(value) for value in row), _formula(row.measure, table), table.level))
        for name, error in table.errors.items():
            writer.writerow(("mean_absolute_error", name, _unit(name), "", _cell(error), "", "", "", "", _formula(name, table), table.level))


def _cell(value: Any) -> Any:
    return "" if isinstance(value, float) and math.isnan(value) else value


def _unit(name: str) -> str:
    return {"mean_wait_s": "s", "service_level": "share"}.get(name, "calls/day")


def _formula(name: str, table: ReplayTable) -> str:
    return f"{table.formula} within {table.within_s:g} s" if name == "service_level" else ""


__all__ = ["Comparison", "Recording", "ReplayTable", "on_days_of", "read_recording", "with_recorded_arrivals", "write_replay"]
