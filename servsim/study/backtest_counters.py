"""A backtest of queue lengths: fit on some days of snapshots, predict the line of others.

From the predicted days come the open counters and, as arrivals, the tickets of each half hour (recorded) or the fitted
profile (simulated); the line is predicted and compared with the people seen waiting. Erlang C beside it has no line to
carry over from one half hour to the next.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S, clock, date_text
from servsim.calibrate.scenario_files import ScenarioFiles
from servsim.calibrate.snapshots import Counters, Group, Queue, Steps, calibrate, compiled, scenario_of
from servsim.engine.choice import simulate
from servsim.errors import SettingError
from servsim.record.plain_file import PlainTable
from servsim.study.backtest import LEAST_REPLICATIONS, Arrivals, Ranges

Floats = NDArray[np.float64]
HALF_HOUR_S = 1800.0


@dataclass(frozen=True)
class LinePrediction:
    """The predicted line of one queue; arrays over all predicted half hours, one date after the other."""

    queue: str
    arrivals: Arrivals
    date: NDArray[np.int64]
    since_s: Floats
    observed: Floats
    """Mean number waiting."""
    simulated: Floats
    """(replications, half hours)."""
    erlang_c: Floats
    """inf where more comes than the counters can do."""

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """The 90 % prediction interval."""
        n = len(self.simulated)
        rank = max(int((n + 1) * 0.05 + 1e-9), 1)
        ordered = np.sort(self.simulated, axis=0)
        return ordered[rank - 1], ordered[n - rank]

    @property
    def coverage(self) -> float:
        """Share of half hours whose observed line lies in the interval."""
        low, high = self.bounds
        return float(((self.observed >= low) & (self.observed <= high)).mean())

    @property
    def error(self) -> float:
        """Mean absolute error of the mean line."""
        return float(np.abs(self.simulated.mean(axis=0) - self.observed).mean())

    @property
    def error_by_time(self) -> float:
        """Mean absolute error by half hour of the day, dates together."""
        times = np.unique(self.since_s)
        return float(np.mean([abs(self.simulated[:, self.since_s == t].mean() - self.observed[self.since_s == t].mean()) for t in times]))

    @property
    def erlang_error(self) -> tuple[float, int]:
        """Mean absolute error of Erlang C where it has a line, and in how many half hours it has none."""
        known = np.isfinite(self.erlang_c)
        return float(np.abs(self.erlang_c - self.observed)[known].mean()) if known.any() else math.nan, int((~known).sum())


def backtest_counters(table: PlainTable, fit: Ranges, predict: Ranges, replications: int = LEAST_REPLICATIONS, seed: int = 1) -> tuple[Counters, list[LinePrediction]]:
    """Fit on some days, predict the line of others.

    Raises
    ------
    SettingError
        There are too few days, or fewer than 19 replications are asked for.
    """
    if replications < LEAST_REPLICATIONS:
        raise SettingError(f"replications: got {replications}; must be at least {LEAST_REPLICATIONS}, so that a 90 % prediction interval exists")
    found = calibrate(table, fit)
    later = calibrate(table, predict, fit_line=False)
    names = {q.name for q in found.queues}
    pairs = [(q, next(own for own in later.queues if own.name == q.name)) for q in found.queues if q.name in names & {own.name for own in later.queues}]
    return found, [p for arrivals in Arrivals for p in _predicted(found, later, pairs, arrivals, replications, seed)]


def _predicted(found: Counters, later: Counters, pairs: list[tuple[Queue, Queue]], arrivals: Arrivals, replications: int, seed: int) -> list[LinePrediction]:
    dates = sorted(d for g in later.groups for d in g.dates)
    made = compiled(_files(found, later, pairs, arrivals, dates[0], dates[-1]))
    logs = [simulate(made.plan, seed, k).contacts for k in range(replications)]
    groups = {d: g for g in later.groups for d in g.dates}
    return [_line(q, own, arrivals, logs, made.names.reasons.index(q.name), dates, groups) for q, own in pairs]


def _files(found: Counters, later: Counters, pairs: list[tuple[Queue, Queue]], arrivals: Arrivals, first: int, last: int) -> ScenarioFiles:
    """Return the scenario of the predicted dates: fitted service, recorded counters, arrivals recorded or fitted."""
    files = scenario_of(replace(found, groups=_groups(found, later)), "backtest", "", last - first + 1, dt.date.fromordinal(first))
    tables = dict(files.tables)
    for q, own in pairs:
        team = files.data["teams"][f"counters_{q.name}"]
        team.clear()
        tables[f"counters_{q.name}.csv"] = _csv("agents", _counters(own.steps, later.groups))
        team["head_count_file"] = f"counters_{q.name}.csv"
        if arrivals is Arrivals.RECORDED:
            tables[f"tickets_{q.name}.csv"] = _csv("volume", _volumes(own.steps, later.groups))
            files.data["reasons"][q.name]["arrivals"] = {"file": f"tickets_{q.name}.csv"}
    return ScenarioFiles(files.data, tables)


def _groups(found: Counters, later: Counters) -> tuple[Group, ...]:
    """Return the fitted groups, open at least as long as on the predicted days."""
    first = min(g.open_s for g in later.groups)
    last = max(g.close_s for g in later.groups)
    return tuple(replace(g, open_s=min(g.open_s, first), close_s=max(g.close_s, last)) for g in found.groups)


def _volumes(steps: Steps, groups: tuple[Group, ...]) -> list[tuple[int, float, float]]:
    rows = []
    for group in groups:
        for date in group.dates:
            own = steps.on((date,))
            came = np.maximum(own.spread(own.came, group.edges_s), 0.0)
            rows += [(date, t, float(v)) for t, v in zip(group.edges_s, came, strict=False)]
    return sorted(rows)


def _counters(steps: Steps, groups: tuple[Group, ...]) -> list[tuple[int, float, float]]:
    """Return open counters from snapshot to snapshot, to the minute."""
    rows: dict[tuple[int, float], float] = {}
    for group in groups:
        for date in group.dates:
            own = steps.on((date,))
            rows[date, group.open_s] = float(round(own.counters[0])) if len(own.date) else 0.0
            for since, counters in zip(own.since_s, own.counters, strict=True):
                rows[date, max(float(since // 60 * 60), group.open_s)] = float(round(counters))
    return [(date, time, n) for (date, time), n in sorted(rows.items())]


def _csv(last: str, rows: list[tuple[int, float, float]]) -> str:
    lines = [f"{date_text(date)},{clock(time)},{value:g}" for date, time, value in rows]
    return "\n".join([f"date,start,{last}", *lines]) + "\n"


def _line(q: Queue, own: Queue, arrivals: Arrivals, logs: list[dict[str, Any]], reason: int, dates: list[int], groups: dict[int, Group]) -> LinePrediction:
    places = [(date, float(t)) for date in dates for t in groups[date].edges_s[:-1]]
    date, since = np.array([d for d, _ in places]), np.array([t for _, t in places])
    start = (date - dates[0]) * DAY_S + since
    observed = np.concatenate([own.steps.on((d,)).mean(own.steps.on((d,)).waiting, groups[d].edges_s) for d in dates])
    simulated = np.stack([_mean_waiting(log, log["reason"] == reason, start) for log in logs])
    return LinePrediction(q.name, arrivals, date, since, observed, simulated, _erlang_c(q, own.steps, dates, groups))


def _mean_waiting(log: dict[str, Any], own: NDArray[np.bool_], start: Floats) -> Floats:
    """Return the mean number waiting in half hours."""
    joined = log["queued_s"][own]
    left = np.where(np.isnan(log["answered_s"][own]), log["ended_s"][own], log["answered_s"][own])
    known = np.isfinite(joined)
    joined, left = joined[known], np.nan_to_num(left[known], nan=np.inf)
    edges = np.unique(np.r_[start, start + HALF_HOUR_S])
    upto = np.array([np.clip(np.minimum(left, e) - joined, 0.0, None).sum() for e in edges])
    return np.asarray((upto[np.searchsorted(edges, start + HALF_HOUR_S)] - upto[np.searchsorted(edges, start)]) / HALF_HOUR_S)


def _erlang_c(q: Queue, steps: Steps, dates: list[int], groups: dict[int, Group]) -> Floats:
    from servsim.theory import erlang_c

    found = []
    for date in dates:
        own, edges = steps.on((date,)), groups[date].edges_s
        came = np.maximum(own.spread(own.came, edges), 0.0) / HALF_HOUR_S
        counters = np.maximum(np.rint(own.mean(own.counters, edges)), 1)
        found += [erlang_c.solve(float(r), q.service_s.value * q.factor, int(n)).queue_length for r, n in zip(came, counters, strict=True)]
    return np.array(found)
