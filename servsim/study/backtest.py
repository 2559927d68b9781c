"""A backtest: fit on some days of a log, predict others, and hold the prediction against what happened.

::

    log -> fit days -> Calibration -> replay scenario -> plan
    log -> predicted days -> who was on duty, agent by agent ─> duty of the plan
                          -> their arrivals (recorded, or drawn) ─> simulated replications ─> by date and hour
                          -> what was observed                                          ─> by date and hour
           the same duty, arrivals and handling times ─> Erlang A and C, hour by hour

From the predicted days comes who was on duty and, with recorded arrivals, who came when; nothing else. Talk times and
patience are drawn from what was fitted; their level differs from day to day as much as it did within the fit days.
"""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.calls import Calibration, calibrate, with_names
from servsim.calibrate.days import DAY_S, LOW_SHARE, DayGroup, weekday_of
from servsim.calibrate.presence import (
    IdleGaps,
    RestLaw,
    Stretches,
    idle_gaps,
    mean_on_duty,
    stretches_of_duty,
    without_rests,
)
from servsim.calibrate.quantile import SHARES, table_mean
from servsim.calibrate.scenario_text import replay_scenario
from servsim.calibrate.surge import SUFFIX, set_apart
from servsim.calibrate.variation import Variation, patience_rows
from servsim.draws.name import parts_of_array, root_of_array
from servsim.engine.choice import simulate
from servsim.errors import SettingError
from servsim.plan.compile import Compiled, compile_plan
from servsim.plan.plan import Plan, Trace
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome
from servsim.scenario.reader import load
from servsim.study import workers

Floats = NDArray[Any]
HOUR_S = 3600.0
HOURS = 24
LEAST_REPLICATIONS = 19
"""With 19 replications the smallest and the largest enclose a further one with 90 % chance."""
LEVEL = 0.90
LEAST_OFFERED_A_DAY = 1.0
"""Hours in which fewer contacts come on a mean day are not judged."""
GIVEN_UP = (Outcome.ABANDONED, Outcome.TURNED_AWAY, Outcome.DISCONNECTED)
"""Left unserved; the last two are people for whom nobody came any more before midnight."""


Ranges = tuple[tuple[dt.date, dt.date], ...]
"""(first, last) dates, both included."""


class Arrivals(Enum):
    """Where the arrivals of a prediction come from."""

    RECORDED = "recorded arrivals"
    SIMULATED = "simulated arrivals"


class Tally(NamedTuple):
    """Sums by hour of arrival; every array ends in (dates, hours)."""

    offered: Floats
    """Answered or given up."""
    answered: Floats
    abandoned: Floats
    wait_s: Floats
    within: Floats
    """Answered within the threshold."""

    @property
    def mean_wait_s(self) -> Floats:
        """Mean wait of all; NaN where nobody came."""
        return _quotient(self.wait_s, self.offered)

    @property
    def abandoned_share(self) -> Floats:
        """Share that gave up; NaN where nobody came."""
        return _quotient(self.abandoned, self.offered)

    @property
    def service_level(self) -> Floats:
        """Answered within the threshold, of all; NaN where nobody came."""
        return _quotient(self.within, self.offered)

    def over_dates(self) -> Tally:
        """Summed over the dates."""
        return Tally(*(column.sum(axis=-2) for column in self))

    def hours(self, judged: NDArray[np.int64]) -> Tally:
        """Only some hours."""
        return Tally(*(column[..., judged] for column in self))


def _quotient(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


MEASURES: tuple[tuple[str, Callable[[Tally], Floats]], ...] = (
    ("answered", lambda tally: tally.answered),
    ("abandoned", lambda tally: tally.abandoned),
    ("mean wait", lambda tally: tally.mean_wait_s),
    ("service level", lambda tally: tally.service_level),
)
"""What intervals are made for and judged by."""


@dataclass(frozen=True)
class BacktestSettings:
    """What is fitted and what is predicted."""

    fit: Ranges
    predict: Ranges
    replications: int = LEAST_REPLICATIONS
    seed: int = 1
    workers: int | None = None
    """Processes; ``None``: one a core."""
    threshold_s: float = 20.0


@dataclass(frozen=True)
class Prediction:
    """What was predicted with one kind of arrivals."""

    arrivals: Arrivals
    tally: Tally
    """(replications, dates, hours)."""

    @property
    def level(self) -> float:
        """The level of the intervals that the replications can give; 0.90 with 19, 39, 59 ..."""
        n = len(self.tally.offered)
        return 1 - 2 * self._rank / (n + 1)

    @property
    def _rank(self) -> int:
        return max(int((len(self.tally.offered) + 1) * (1 - LEVEL) / 2 + 1e-9), 1)

    def bounds(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the prediction interval of a measure whose first axis is replications.

        Order statistics: the k-th smallest and largest of n enclose a further one with chance 1 - 2k/(n + 1).
        """
        ordered = np.sort(np.where(np.isnan(values), np.inf, values), axis=0)
        low = ordered[self._rank - 1]
        known = np.maximum((~np.isnan(values)).sum(axis=0), 1)
        high = np.take_along_axis(ordered, np.maximum(known - self._rank, 0)[None], axis=0)[0]
        return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)

    def coverage(self, observed: Tally) -> dict[str, float]:
        """Return by measure the share of dates and hours whose observed value lies in the interval."""
        found = {}
        for name, measure in MEASURES:
            low, high = self.bounds(measure(self.tally))
            seen = measure(observed)
            judged = ~np.isnan(seen) & ~np.isnan(low)
            found[name] = float(((seen >= low) & (seen <= high))[judged].mean()) if judged.any() else math.nan
        return found

    def mean(self) -> Tally:
        """The mean of the replications, (dates, hours)."""
        return Tally(*(column.mean(axis=0) for column in self.tally))


@dataclass(frozen=True)
class Errors:
    """Mean absolute errors of a prediction."""

    wait_s: float
    """By hour of the day, all dates together."""
    abandoned_share: float
    wait_of_date_s: float
    """By date and hour, weighted by contacts."""
    abandoned_of_date_share: float


@dataclass(frozen=True)
class Backtest:
    """A prediction beside what happened; all tallies hold only the judged hours."""

    settings: BacktestSettings
    found: Calibration
    group: DayGroup
    dates: tuple[int, ...]
    hours: NDArray[np.int64]
    observed: Tally
    """(dates, hours)."""
    agents: Floats
    """(dates, hours) mean number on duty."""
    predictions: tuple[Prediction, ...]
    formulas: dict[str, Tally]
    """By name: what a formula says, (dates, hours), or (1, hours) for the mean day."""
    low_days: tuple[tuple[int, int], ...]
    """Dates that were not judged because hardly anybody came, and how many."""
    talk_level: Floats
    """(dates,) recorded talk over what the fit lets expect of the agents and hours: 1 where the fit still holds."""
    surges: int
    """Recorded contacts that came in surges."""
    foreign: int
    """Recorded contacts of reasons without laws, left out."""

    def errors(self, tally: Tally) -> Errors:
        """Return the errors of a prediction of (dates, hours) or (1, hours)."""
        seen, told = self.observed.over_dates(), tally.over_dates()
        wait, lost = (np.abs(f(told) - f(seen)) for f in (_wait, _lost))
        weight = self.observed.offered
        of_date = [np.abs(f(tally) - f(self.observed)) * np.ones_like(weight) for f in (_wait, _lost)]
        return Errors(float(np.nanmean(wait)), float(np.nanmean(lost)), *(_weighted(x, weight) for x in of_date))

    def without(self, left_out: tuple[int, ...]) -> Backtest:
        """The same without some dates."""
        keep = np.array([date not in left_out for date in self.dates])

        def cut(tally: Tally) -> Tally:
            return Tally(*(c[..., keep, :] if c.shape[-2] == len(keep) else c for c in tally))

        predictions = tuple(replace(p, tally=cut(p.tally)) for p in self.predictions)
        formulas = {name: cut(tally) for name, tally in self.formulas.items()}
        dates = tuple(d for d, k in zip(self.dates, keep, strict=True) if k)
        return replace(
            self, dates=dates, observed=cut(self.observed), agents=self.agents[keep], predictions=predictions, formulas=formulas,
            talk_level=self.talk_level[keep],
        )  # fmt: skip


def _wait(tally: Tally) -> Floats:
    return tally.mean_wait_s


def _lost(tally: Tally) -> Floats:
    return tally.abandoned_share


def _weighted(error: Floats, weight: Floats) -> float:
    somebody = weight > 0
    return float((error * weight)[somebody].sum() / weight[somebody].sum())


# ---- the whole way


def backtest(calls: RecordedCalls, settings: BacktestSettings, progress: Callable[[int, int], None] | None = None) -> Backtest:
    """Fit, predict and compare.

    Raises
    ------
    SettingError
        The log has too few of the asked days, or fewer than 19 replications are asked for.
    """
    if settings.replications < LEAST_REPLICATIONS:
        raise SettingError(f"replications: got {settings.replications}; must be at least {LEAST_REPLICATIONS}, so that a 90 % prediction interval exists")
    calls = with_names(calls)
    found = calibrate(calls.of_period(settings.fit))
    world = _World.of(found, calls.of_period(settings.predict).seeking_an_agent(), settings)
    predictions = []
    total = 2 * settings.replications
    for number, arrivals in enumerate(Arrivals):
        done = number * settings.replications
        predictions.append(world.predict(arrivals, lambda k, done=done: progress and progress(done + k, total)))  # type: ignore[misc]
    return world.compared(tuple(predictions))


def ranges_text(ranges: Ranges) -> str:
    """Return ranges of dates in words."""
    return ", ".join(f"{first} to {last}" for first, last in ranges)


@dataclass(frozen=True)
class _World:
    """The predicted days made ready."""

    found: Calibration
    settings: BacktestSettings
    group: DayGroup
    dates: tuple[int, ...]
    low: tuple[tuple[int, int], ...]
    calls: RecordedCalls
    """Contacts of the predicted dates, surges set apart, reasons with laws only."""
    stretches: Stretches
    idle: IdleGaps
    foreign: int

    @classmethod
    def of(cls, found: Calibration, sought: RecordedCalls, settings: BacktestSettings) -> _World:
        group = found.main
        dates, low = _judged_dates(found, sought)
        own = sought.where(np.isin(sought.date, dates))
        modelled = tuple(n.removesuffix(SUFFIX) for n in found.reasons if n.endswith(SUFFIX))
        calls = set_apart(own, found.usual, modelled)
        known = np.isin(np.array(calls.reason_names)[calls.reason], found.reasons)
        return cls(found, settings, group, dates, low, calls.where(known), stretches_of_duty(own, found.rule), idle_gaps(own, found.rule), int((~known).sum()))

    @cached_property
    def compiled(self) -> Compiled:
        """The scenario of single agents on the predicted dates."""
        return _compiled(self.found, self.dates[0], self.dates[-1])

    def predict(self, arrivals: Arrivals, progress: Callable[[int], Any]) -> Prediction:
        plan = self._plan(arrivals)
        duty = _Duty(self.stretches, self.idle, self.found.rests)
        patience = None if plan.trace is None else _Patience.of(self.compiled, plan.trace, self.found)
        job = _Replication(plan, duty, patience, self.dates, self.found.variation, self.settings.seed, self.settings.threshold_s)
        tallies: dict[int, Tally] = {}
        for number, tally in _all(job, self.settings):
            tallies[number] = tally
            progress(len(tallies))
        ordered = [tallies[n] for n in sorted(tallies)]
        return Prediction(arrivals, Tally(*(np.stack(column) for column in zip(*ordered, strict=True))))

    def _plan(self, arrivals: Arrivals) -> Plan:
        """Return the plan of the predicted days: who is on duty as recorded, arrivals recorded or drawn."""
        plan = self.compiled.plan
        if arrivals is Arrivals.SIMULATED:
            return _only_on(plan, self.dates)
        cells = {name: getattr(plan, name)[:0] for name in Plan._fields if name.startswith("cell_")}
        return plan._replace(**cells, **_always_open(plan), **_no_redials(plan), trace=_trace(self.compiled, self.calls, self.found, self.dates[0]))

    def compared(self, predictions: tuple[Prediction, ...]) -> Backtest:
        tally = observed_tally(self.calls, self.dates, self.settings.threshold_s)
        hours = np.flatnonzero(tally.offered.mean(axis=0) >= LEAST_OFFERED_A_DAY)
        hours = hours[(hours * HOUR_S >= self.group.open_s) & ((hours + 1) * HOUR_S <= self.group.close_s)]
        observed = tally.hours(hours)
        agents = mean_on_duty(self.stretches, self.dates, HOUR_S)[:, hours]
        cut = tuple(replace(p, tally=p.tally.hours(hours)) for p in predictions)
        surges = int(sum((self.calls.reason == n).sum() for n, name in enumerate(self.calls.reason_names) if name.endswith(SUFFIX)))
        return Backtest(
            self.settings, self.found, self.group, self.dates, hours, observed, agents, cut, formulas_of(self.found, observed, agents, self.settings.threshold_s),
            self.low, _talk_level(self.found, self.calls, self.dates), surges, self.foreign,
        )  # fmt: skip


def _judged_dates(found: Calibration, sought: RecordedCalls) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Return the predicted dates of the busiest group of weekdays, and those with too few contacts."""
    dates, counts = np.unique(sought.date, return_counts=True)
    own = np.isin(weekday_of(dates), found.main.weekdays)
    usual = float(np.median(counts[own])) if own.any() else 0.0
    normal = own & (counts >= LOW_SHARE * usual)
    if not normal.any():
        raise SettingError(f"predict: the log has no day of {found.main.name} there")
    low = tuple((int(d), int(n)) for d, n in zip(dates[own & ~normal], counts[own & ~normal], strict=True))
    return tuple(int(d) for d in dates[normal]), low


def observed_tally(calls: RecordedCalls, dates: tuple[int, ...], threshold_s: float) -> Tally:
    """Add up recorded contacts by date and hour, (dates, 24)."""
    served = calls.outcome == Outcome.ANSWERED
    return _tally(np.searchsorted(np.array(dates), calls.date), calls.arrived_s, served, ~served, calls.wait_s, len(dates), threshold_s)


def _tally(day: Any, arrived_s: Floats, served: Any, lost: Any, wait_s: Floats, days: int, threshold_s: float) -> Tally:
    cell = day * HOURS + np.minimum(arrived_s // HOUR_S, HOURS - 1).astype(np.int64)

    def add(keep: Any, values: Floats | None = None) -> Floats:
        return np.bincount(cell[keep], None if values is None else values[keep], days * HOURS).reshape(days, HOURS).astype(float)

    either = served | lost
    return Tally(add(either), add(served), add(lost), add(either, wait_s), add(served & (wait_s <= threshold_s)))


# ---- the plan


def _compiled(found: Calibration, first: int, last: int) -> Compiled:
    files = replay_scenario(found, first, last)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"scenario.yaml": files.yaml, **files.tables}.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return compile_plan(load(folder, {}))


@dataclass(frozen=True)
class _Duty:
    """Who was on duty, and what is not known of it."""

    stretches: Stretches
    idle: IdleGaps
    rests: RestLaw | None

    def drawn(self, generator: np.random.Generator) -> Stretches:
        """Return one history of duty that fits what was seen: rests in idle gaps are drawn."""
        if self.rests is None:
            return self.stretches
        return without_rests(self.stretches, self.idle, self.rests.given(self.idle, generator.random(len(self.idle.date))))


def _on_duty(plan: Plan, stretches: Stretches, first: int) -> Plan:
    """Return the plan with the recorded duty; agent n of the log is agent n of the plan."""
    order = np.lexsort((stretches.since_s, stretches.date, stretches.agent))
    midnight = (stretches.date - first) * DAY_S
    columns: tuple[Any, ...] = (stretches.agent, midnight + stretches.since_s, midnight + stretches.until_s)
    agent, since, until = (column[order] for column in columns)
    return plan._replace(duty_agent=agent, duty_from_s=since, duty_to_s=until)


def _only_on(plan: Plan, dates: tuple[int, ...]) -> Plan:
    """Return the plan with arrivals on the predicted dates only."""
    keep = np.isin(plan.cell_day + dates[0], dates)
    return plan._replace(**{name: getattr(plan, name)[keep] for name in Plan._fields if name.startswith("cell_")})


def _always_open(plan: Plan) -> dict[str, Any]:
    """Return opening hours that take every recorded contact."""
    channels = len(plan.channel_kind)
    return {
        "window_offset": np.arange(channels + 1), "window_from_s": np.zeros(channels), "window_to_s": np.full(channels, plan.horizon_s),
    }  # fmt: skip


def _no_redials(plan: Plan) -> dict[str, Any]:
    """Return chances without redials: the record holds them as arrivals."""
    return {name: np.zeros(len(getattr(plan, name))) for name in ("again_after_abandonment", "again_after_busy")}


def _trace(compiled: Compiled, calls: RecordedCalls, found: Calibration, first: int) -> Trace:
    """Return recorded arrivals: when, why, of which class, how long in the menu; the rest is drawn."""
    names, interval_s = compiled.names, compiled.plan.interval_s
    reason = np.array([names.reasons.index(n) if n in names.reasons else -1 for n in calls.reason_names])[calls.reason]
    segment = np.array([names.segments.index(n) for n in calls.segment_names] + [-1])[calls.segment]
    day, interval = (calls.date - first).astype(np.int64), (calls.arrived_s // interval_s).astype(np.int64)
    order = np.lexsort((calls.arrived_s, interval, day, reason))
    cell = (reason * 20_000 + day) * 2_000 + interval
    number = _rank_within(cell[order])
    root = root_of_array(reason[order], day[order], interval[order], number)
    unknown = np.full(len(calls), np.nan)
    nobody = np.full(len(calls), -1)
    scale = found.handling.hour_factor[np.minimum(calls.arrived_s // HOUR_S, HOURS - 1).astype(int)]
    rows = Trace(
        day[order], root, (day * DAY_S + calls.arrived_s)[order], segment[order], nobody, nobody, unknown, unknown, unknown, calls.menu_s[order], scale[order]
    )
    by_day = np.lexsort((rows.root, rows.day))
    return Trace._make(np.asarray(column)[by_day] for column in rows)


def _rank_within(sorted_cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, 2 ... within runs of equal values."""
    first = np.r_[True, sorted_cells[1:] != sorted_cells[:-1]] if len(sorted_cells) else np.empty(0, bool)
    start = np.flatnonzero(first)
    return np.arange(len(sorted_cells)) - np.repeat(start, np.diff(np.r_[start, len(sorted_cells)]))


# ---- replications


@dataclass(frozen=True)
class _Patience:
    """Patience of recorded contacts, drawn with the level of their day and hour."""

    reason: NDArray[np.int64]
    """(rows of the trace,) number of the plan."""
    tables: tuple[tuple[Floats, ...], ...]
    """By reason and segment of the plan: seconds at ``SHARES``; empty: for ever."""
    upto: Floats
    """(reasons, segments) cumulative shares of segments, for contacts whose segment the record does not know."""

    @classmethod
    def of(cls, compiled: Compiled, trace: Trace, found: Calibration) -> _Patience:
        names = compiled.names
        tables = tuple(tuple(_seconds(found, r, s) for s in names.segments) for r in names.reasons)
        return cls(parts_of_array(trace.root)[0], tables, compiled.plan.segment_upto.reshape(len(names.reasons), -1))

    def drawn(self, trace: Trace, hazard: Floats, generator: np.random.Generator) -> Trace:
        """Return the trace with segments and patience; ``hazard`` is each row's factor on the hazard of giving up."""
        unknown = (generator.random(len(self.reason))[:, None] >= self.upto[self.reason][:, :-1]).sum(axis=1)
        segment = np.where(trace.segment >= 0, trace.segment, unknown)
        share = 1 - (1 - generator.random(len(self.reason))) ** (1 / hazard)
        patience_s = np.full(len(self.reason), np.inf)
        for r, by_segment in enumerate(self.tables):
            for s, seconds in enumerate(by_segment):
                own = (self.reason == r) & (segment == s)
                if len(seconds):
                    patience_s[own] = np.interp(share[own], SHARES, seconds)
        return trace._replace(segment=segment, patience_s=patience_s)


def _seconds(found: Calibration, reason: str, segment: str) -> Floats:
    rows = patience_rows(found.patience_of_reason, found.patience_of_segment, reason, segment)
    return np.array([seconds for _, seconds in rows]) if rows else np.empty(0)


@dataclass(frozen=True)
class _Replication:
    """Simulates the predicted days once, in whatever process."""

    plan: Plan
    duty: _Duty
    patience: _Patience | None
    """``None``: arrivals are drawn, and so is patience, without levels."""
    dates: tuple[int, ...]
    variation: Variation
    seed: int
    threshold_s: float

    @property
    def first(self) -> int:
        """The date of the plan's day 0."""
        return self.dates[0]

    def __call__(self, number: int) -> Tally:
        generator = np.random.default_rng([self.seed, number])
        plan = _on_duty(self._with_levels(generator), self.duty.drawn(generator), self.first)
        log = simulate(plan, self.seed, number).contacts
        day = (log["arrived_s"] // DAY_S).astype(np.int64)
        known = np.isin(day + self.first, self.dates) & (log["outcome"] != Outcome.OPEN)
        place = np.searchsorted(np.array(self.dates), day[known] + self.first)
        outcome, queued = log["outcome"][known], log["queued_s"][known]
        served = outcome == Outcome.ANSWERED
        wait = np.nan_to_num(np.where(served, log["answered_s"][known], log["ended_s"][known]) - queued)
        return _tally(place, log["arrived_s"][known] - day[known] * DAY_S, served, np.isin(outcome, GIVEN_UP), wait, len(self.dates), self.threshold_s)

    def _with_levels(self, generator: np.random.Generator) -> Plan:
        """Return the plan with each day's and hour's own level of handling times and of patience."""
        days, varies = self.plan.days, self.variation
        talk, hazard = (_levels(generator, days, *sds) for sds in ((varies.talk_day, varies.talk_hour), (varies.patience_day, varies.patience_hour)))
        hour = (self.plan.cell_from_s // HOUR_S).astype(np.int64)
        plan = self.plan._replace(cell_scale=self.plan.cell_scale * talk[hour])
        if plan.trace is None or self.patience is None:
            return plan
        hour = (plan.trace.arrived_s // HOUR_S).astype(np.int64)
        trace = self.patience.drawn(plan.trace, hazard[hour], generator)
        return plan._replace(trace=trace._replace(scale=trace.scale * talk[hour]))


def _levels(generator: np.random.Generator, days: int, day_sd: float, hour_sd: float) -> Floats:
    """Return lognormal factors with mean 1 by hour of the run, (days * 24,)."""
    day, hour = generator.standard_normal(days).repeat(HOURS), generator.standard_normal(days * HOURS)
    parts = [(x, math.sqrt(math.log1p(sd**2))) for x, sd in ((day, day_sd), (hour, hour_sd))]
    return np.asarray(np.exp(sum(s * x - s * s / 2 for x, s in parts)))


def _all(job: _Replication, settings: BacktestSettings) -> Iterator[tuple[int, Tally]]:
    processes = min(settings.workers or workers.core_count(), settings.replications)
    if processes == 1:
        yield from ((number, job(number)) for number in range(settings.replications))
        return
    with closing(workers.results(job, range(settings.replications), processes)) as finished:
        yield from finished


# ---- formulas


def formulas_of(found: Calibration, observed: Tally, agents: Floats, threshold_s: float) -> dict[str, Tally]:
    """Return what Erlang A and C say, given the same arrivals and agents and the fitted handling time and patience.

    By date and hour, and for the mean day as planners do it. Agents are rounded, at least one.
    """
    offered_a_day = observed.offered.mean(axis=0, keepdims=True)
    mean_agents = agents.mean(axis=0, keepdims=True)
    patience_s = mean_patience_s(found)
    kinds = {"Erlang A": patience_s, "Erlang C": math.inf}
    by_date = {name: _erlang(found, observed.offered, agents, each, threshold_s) for name, each in kinds.items()}
    of_mean = {f"{name}, mean day": _erlang(found, offered_a_day, mean_agents, each, threshold_s) for name, each in kinds.items()}
    return {**by_date, **of_mean}


def mean_patience_s(found: Calibration) -> float:
    """Return the mean patience that Erlang A uses: sum of waits over abandonments of the fit days."""
    lost = found.calls.outcome != Outcome.ANSWERED
    return float(found.calls.wait_s.sum() / max(lost.sum(), 1))


def handling_s(found: Calibration) -> float:
    """Return the mean handling time of the fit days: talk and wrap-up."""
    talks = [found.handling.by_reason[name].mean for name in found.reasons]
    talk = sum(t.value * t.observations for t in talks) / sum(t.observations for t in talks)
    return talk + (found.wrap_up.mean.value if found.wrap_up else 0.0)


def _erlang(found: Calibration, offered: Floats, agents: Floats, patience_s: float, threshold_s: float) -> Tally:
    from servsim.theory.hourly import erlang_a_by_interval

    shape = offered.shape
    staff = np.maximum(np.rint(agents), 1).reshape(-1)
    sheet = erlang_a_by_interval(offered.reshape(-1) / HOUR_S, handling_s(found), patience_s, staff)
    share, wait, within = (x.reshape(shape) for x in (sheet.abandoned_share, sheet.mean_wait_s, sheet.service_level_share(threshold_s)))
    waits = np.where(offered > 0, offered * np.where(offered > 0, wait, 0.0), 0.0)
    return Tally(offered, offered * (1 - share), offered * share, waits, offered * within)


def _talk_level(found: Calibration, calls: RecordedCalls, dates: tuple[int, ...]) -> Floats:
    """Return by date the recorded talk over what the fit expects of the same agents, reasons and hours."""
    known = calls.where((calls.outcome == Outcome.ANSWERED) & np.isfinite(calls.talk_s))
    mean = np.array([table_mean(found.handling.by_reason[n].rows_at_1) if n in found.handling.by_reason else 0.0 for n in known.reason_names])
    expected = mean[known.reason] * found.handling.factor(known)
    day = np.searchsorted(np.array(dates), known.date)
    return _quotient(np.bincount(day, known.talk_s, len(dates)), np.bincount(day, expected, len(dates)))
