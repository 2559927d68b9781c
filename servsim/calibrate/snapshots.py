"""Counters without individual times: from snapshots (open counters, people waiting, ticket being served) to a scenario.

::

    snapshots -> steps between them: tickets called, arrivals = called + growth of the line
              -> arrivals by half hour, counter-minutes a ticket while the line is never empty, open counters by half hour
              -> a factor on the service time with which the simulated line is as long as the observed one

Nobody's own wait or service is known: their spread is an assumption (cv 1), and nobody gives up, because tickets that are
called in vain are not marked.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.account import Line, number
from servsim.calibrate.days import clock, date_text
from servsim.calibrate.estimated import Estimated, bootstrap_over_days, ratio_over_days
from servsim.calibrate.scenario_files import ScenarioFiles
from servsim.errors import SettingError
from servsim.record.plain_file import PlainTable
from servsim.scenario import units

Floats = NDArray[Any]
HALF_HOUR_S = 1800.0
DAY_S = 86_400.0
BUSY = 2
"""With so many waiting at both ends of a step, the counters were busy all through it."""
LONGEST_STEP_S = 900.0
LARGEST_STEP = 60
"""More tickets called in one step are a renumbering, not service."""
LOW_SHARE = 0.6
LIKE_VOLUME = 0.7
SERVICE_CV = 1.0
MOST_QUEUES = 12
LEAST_DAYS = 4
ROUNDS = 6
CONTACTS_TRIED = 12_000
FACTORS = (0.5, 1.5)


@dataclass(frozen=True)
class Steps:
    """What happened between consecutive snapshots of one queue; every array has shape (steps,)."""

    date: NDArray[np.int64]
    since_s: Floats
    until_s: Floats
    counters: Floats
    """Mean of the open counters at both ends."""
    waiting: Floats
    """Mean of the waiting people at both ends."""
    fewest: Floats
    """The smaller number of waiting people."""
    called: Floats
    """Tickets called."""
    came: Floats
    """Tickets called and growth of the line."""

    def where(self, keep: NDArray[np.bool_]) -> Steps:
        """Some of the steps."""
        return Steps(**{name: column[keep] for name, column in vars(self).items()})

    def on(self, dates: tuple[int, ...]) -> Steps:
        """The steps of some dates."""
        return self.where(np.isin(self.date, dates))

    @property
    def length_s(self) -> Floats:
        """Length of each step."""
        return self.until_s - self.since_s

    def spread(self, values: Floats, edges_s: Floats) -> Floats:
        """Add up values by interval of the day; a step that reaches over an edge is split by its minutes."""
        upto = [np.clip((edge - self.since_s) / np.maximum(self.length_s, 1e-9), 0, 1) @ values for edge in edges_s]
        return np.diff(upto)

    def mean(self, values: Floats, edges_s: Floats) -> Floats:
        """Return the mean over time of values by interval of the day."""
        return np.asarray(self.spread(values * self.length_s, edges_s) / np.maximum(self.spread(self.length_s, edges_s), 1e-9))


@dataclass(frozen=True)
class Group:
    """Weekdays that are alike."""

    weekdays: tuple[int, ...]
    dates: tuple[int, ...]
    open_s: float
    close_s: float

    @property
    def name(self) -> str:
        """As a scenario writes it."""
        return units.days_text(self.weekdays)

    @property
    def edges_s(self) -> Floats:
        """Edges of the half hours."""
        return np.arange(self.open_s, self.close_s + 1, HALF_HOUR_S)


@dataclass(frozen=True)
class Queue:
    """What was measured of one queue."""

    name: str
    steps: Steps
    service_s: Estimated
    """Counter-seconds a ticket while the line is never empty."""
    busy_cv: float
    """What the spread of tickets in busy half hours says of the spread of service; holds unseen pauses as well."""
    day_cv: Estimated
    factor: float
    """On the service time: with it the simulated line is as long as the observed one."""


@dataclass(frozen=True)
class Counters:
    """What was measured of some queues of one office."""

    queues: tuple[Queue, ...]
    groups: tuple[Group, ...]
    low: tuple[int, ...]
    """Dates left out."""
    read: PlainTable


# ---- which queues, which days


def choose(table: PlainTable, office: str, queues: str) -> PlainTable:
    """Return the snapshots of some queues; ``queues`` is a list with commas.

    Raises
    ------
    SettingError
        There is no such office or queue, or the choice is left open where there are many.
    """
    columns = table.columns
    keep = np.ones(len(columns["date"]), bool)
    if office:
        keep &= _equals(columns, "office", office)
    wanted = [q.strip() for q in queues.strip().strip("[]").split(",") if q.strip()]
    if wanted:
        keep &= np.isin(columns["queue"].astype(str), wanted)
    found = sorted(set(columns["queue"][keep].tolist()))
    if not found or set(wanted) - set(found):
        raise SettingError(f"queues: got {queues or 'none'} of office {office or 'any'}; the log has no such queue ({', '.join(sorted(set(columns['queue']))[:20])} ...)")
    if len(found) > MOST_QUEUES:
        raise SettingError(f"queues: the log has {len(found)}; name at most {MOST_QUEUES}, such as queues={','.join(found[:2])}" + _offices(columns))
    return PlainTable({name: column[keep] for name, column in columns.items()}, table.rejected)


def _equals(columns: dict[str, NDArray[Any]], name: str, value: str) -> NDArray[np.bool_]:
    if name not in columns or value not in set(columns[name].tolist()):
        known = ", ".join(sorted(set(columns.get(name, np.array([])).tolist()))[:30])
        raise SettingError(f"{name}: got {value!r}; the log has {known or 'no such column'}")
    return np.asarray(columns[name] == value)


def _offices(columns: dict[str, NDArray[Any]]) -> str:
    return f" (offices: {', '.join(sorted(set(columns['office'].tolist()))[:30])})" if "office" in columns else ""


def calibrate(table: PlainTable, ranges: tuple[tuple[dt.date, dt.date], ...] = (), fit_line: bool = True) -> Counters:
    """Measure some queues of one office.

    Raises
    ------
    SettingError
        There are fewer than four usable days.
    """
    columns = table.columns
    steps = {str(q): _within(steps_of(columns, columns["queue"] == q), ranges) for q in sorted(set(columns["queue"].tolist()))}
    groups, low = _groups(list(steps.values()))
    dates = tuple(d for g in groups for d in g.dates)
    if len(dates) < LEAST_DAYS:
        raise SettingError(f"log: has {len(dates)} usable days of these queues; must have at least {LEAST_DAYS}")
    queues = tuple(_queue(_name(q), _open_only(own.on(dates), groups), groups) for q, own in steps.items())
    found = Counters(queues, groups, low, table)
    return with_matching_line(found) if fit_line else found


def _name(queue: str) -> str:
    text = re.sub(r"[^A-Za-z0-9]+", "_", queue).strip("_").lower() or "queue"
    return text if text[0].isalpha() else f"queue_{text}"


def _within(steps: Steps, ranges: tuple[tuple[dt.date, dt.date], ...]) -> Steps:
    keep = np.zeros(len(steps.date), bool) if ranges else np.ones(len(steps.date), bool)
    for first, last in ranges:
        keep |= (steps.date >= first.toordinal()) & (steps.date <= last.toordinal())
    return steps.where(keep)


def steps_of(columns: dict[str, NDArray[Any]], own: NDArray[np.bool_]) -> Steps:
    """Return the steps of one queue; a day's numbers never fall, and begin at a full hundred."""
    date, time = columns["date"][own], columns["time"][own]
    order = np.lexsort((time, date))
    date, time = date[order], time[order]
    counters, waiting = columns["open_counters"][own][order], columns["waiting"][own][order]
    ticket = np.array([_number(t) for t in columns["ticket"][own][order]])
    base = _base(date, ticket)
    parts = [_steps_of_day(d, time[date == d], counters[date == d], waiting[date == d], ticket[date == d], base) for d in np.unique(date)]
    return Steps(**{name: np.concatenate([vars(p)[name] for p in parts]) for name in vars(parts[0])})


def _number(ticket: str) -> float:
    digits = re.search(r"(\d+)$", str(ticket))
    return float(digits[1]) if digits else 0.0


def _base(date: NDArray[np.int64], ticket: Floats) -> float:
    """Return the number before the first ticket of a day: 0, 100, 700 ..."""
    firsts = [ticket[(date == d) & (ticket > 0)][:1] for d in np.unique(date)]
    known = np.concatenate(firsts) if firsts else np.empty(0)
    return float(np.floor(known.min() / 100) * 100) if len(known) else 0.0


def _steps_of_day(date: int, time: Floats, counters: Floats, waiting: Floats, ticket: Floats, base: float) -> Steps:
    ticket = np.maximum.accumulate(np.maximum(ticket, base))
    called = np.diff(ticket)
    called = np.where(called > LARGEST_STEP, 0.0, called)

    def ends(column: Floats) -> Floats:
        return np.asarray((column[1:] + column[:-1]) / 2)

    fewest = np.minimum(waiting[1:], waiting[:-1])
    return Steps(np.full(len(called), date), time[:-1], time[1:], ends(counters), ends(waiting), fewest, called, called + np.diff(waiting))


def _groups(queues: list[Steps]) -> tuple[tuple[Group, ...], tuple[int, ...]]:
    """Return groups of weekdays by volume and hours, all queues together, and the dates left out."""
    dates = np.unique(np.concatenate([q.date for q in queues]))
    totals = np.array([sum(float(q.called[q.date == d].sum()) for q in queues) for d in dates])
    weekday = (dates - 1) % 7
    medians = {int(w): float(np.median(totals[weekday == w])) for w in np.unique(weekday)}
    is_open = [w for w in sorted(medians, key=lambda w: -medians[w]) if medians[w] >= 0.1 * max(medians.values())]
    normal = np.array([w in is_open and t >= LOW_SHARE * medians[int(w)] for w, t in zip(weekday, totals, strict=True)])
    hours = {w: _hours(queues, dates[normal & (weekday == w)]) for w in is_open}
    groups: list[list[int]] = []
    for w in is_open:
        fitting = [g for g in groups if medians[w] >= LIKE_VOLUME * medians[g[0]] and hours[w] == hours[g[0]]]
        if fitting:
            fitting[0].append(w)
        else:
            groups.append([w])
    made = tuple(Group(tuple(sorted(g)), tuple(int(d) for d in dates[normal & np.isin(weekday, g)]), *hours[g[0]]) for g in groups)
    return made, tuple(int(d) for d in dates[~normal & np.isin(weekday, is_open)])


def _hours(queues: list[Steps], dates: NDArray[np.int64]) -> tuple[float, float]:
    """Return opening and closing to the half hour: medians of the first and last calls of tickets."""
    first, last = [], []
    for date in dates:
        at = np.concatenate([q.until_s[(q.date == date) & (q.called > 0)] for q in queues])
        if len(at):
            first.append(at.min() - 300.0)
            last.append(at.max())
    begin = float(np.floor((np.median(first) + 300.0) / HALF_HOUR_S) * HALF_HOUR_S)
    return begin, float(max(np.floor((np.median(last) + 900.0) / HALF_HOUR_S), begin / HALF_HOUR_S + 1) * HALF_HOUR_S)


def _open_only(steps: Steps, groups: tuple[Group, ...]) -> Steps:
    keep = np.zeros(len(steps.date), bool)
    for group in groups:
        keep |= np.isin(steps.date, group.dates) & (steps.until_s > group.open_s) & (steps.since_s < group.close_s)
    return steps.where(keep)


# ---- one queue


def _queue(name: str, steps: Steps, groups: tuple[Group, ...]) -> Queue:
    busy = steps.where((steps.fewest >= BUSY) & (steps.counters >= 1) & (steps.length_s <= LONGEST_STEP_S))
    if busy.called.sum() < 20:
        busy = steps.where((steps.counters >= 1) & (steps.called > 0))
    work = busy.counters * busy.length_s
    dates = np.unique(busy.date)
    by_day = [np.array([x[busy.date == d].sum() for d in dates]) for x in (work, busy.called)]
    return Queue(name, steps, ratio_over_days(*by_day), _busy_cv(busy, work), _day_cv(steps, groups), 1.0)


def _busy_cv(busy: Steps, work: Floats) -> float:
    """Return the cv of one service that the tickets called in busy half hours would have: variance / mean (renewals)."""
    block = busy.date * 48 + (busy.since_s // HALF_HOUR_S).astype(np.int64)
    names, place = np.unique(block, return_inverse=True)
    minutes, seen, load = (np.bincount(place, x, len(names)) for x in (busy.length_s, busy.called, work))
    full = minutes >= 0.8 * HALF_HOUR_S
    if full.sum() < 5:
        return float("nan")
    expected = load[full] * busy.called.sum() / work.sum()
    return float(np.sqrt(np.mean((seen[full] - expected) ** 2 / expected)))


def _day_cv(steps: Steps, groups: tuple[Group, ...]) -> Estimated:
    parts = [(np.array([steps.came[steps.date == d].sum() for d in g.dates]), g) for g in groups if g.dates]
    relative = np.concatenate([c / max(c.mean(), 1e-9) for c, _ in parts])
    mean = float(np.concatenate([c for c, _ in parts]).mean())
    free = len(relative) - len(parts)

    def cv(drawn: NDArray[np.int64]) -> float:
        return float(np.sqrt(max(((relative[drawn] - 1) ** 2).sum() / max(free, 1) - 1 / max(mean, 1.0), 0.0)))

    low, high = bootstrap_over_days(cv, len(relative))
    return Estimated(cv(np.arange(len(relative))), low, high, len(relative))


def arrivals_per_h(queue: Queue, group: Group) -> Floats:
    """Return arrivals per hour by half hour; the snapshots' noise can make one slightly negative: it becomes 0."""
    own = queue.steps.on(group.dates)
    return np.maximum(own.spread(own.came, group.edges_s) / max(len(group.dates), 1) * 3600 / HALF_HOUR_S, 0.0)


def open_counters(queue: Queue, group: Group) -> Floats:
    """Return the mean number of open counters by half hour."""
    own = queue.steps.on(group.dates)
    return own.mean(own.counters, group.edges_s)


def observed_line(queue: Queue, group: Group) -> Floats:
    """Return the mean number of waiting people by half hour."""
    own = queue.steps.on(group.dates)
    return own.mean(own.waiting, group.edges_s)


# ---- the scenario


def scenario_of(found: Counters, title: str, description: str, days: int, start: dt.date | None = None) -> ScenarioFiles:
    """Return the counter scenario."""
    last = max(d for g in found.groups for d in g.dates)
    monday = dt.date.fromordinal(last + 7 - (last - 1) % 7)
    cv = float(np.mean([q.day_cv.value for q in found.queues]))
    data = {
        "title": title, **({"description": description} if description else {}),
        "calendar": {"start": (start or monday).isoformat(), "days": days, "interval": "30 min", "hours": {"counter": {g.name: f"{clock(g.open_s)}-{clock(g.close_s)}" for g in found.groups}}},
        "channels": {"counter": {"kind": "counter", "closing": "serve_inside", "service_level": {"within": "10 min", "target": "80 %"}}},
        "day_factors": {"busyness": {"cv": round(cv, 3)}},
        "reasons": {q.name: _reason(q, found.groups) for q in found.queues},
        "teams": {f"counters_{q.name}": _team(q, found.groups) for q in found.queues},
        "routes": {q.name: {"reasons": [q.name], "teams": [f"counters_{q.name}"]} for q in found.queues},
    }  # fmt: skip
    return ScenarioFiles(data, {})


def service_law(queue: Queue) -> dict[str, Any]:
    """Return the law of service times that a scenario uses."""
    mean = queue.service_s.value * queue.factor
    return {"gamma": {"mean": f"{mean:.0f} s", "sd": f"{mean * SERVICE_CV:.0f} s"}}


def _reason(queue: Queue, groups: tuple[Group, ...]) -> dict[str, Any]:
    week = {g.name: _by_half_hour(g, arrivals_per_h(queue, g), 2) for g in groups}
    return {"arrivals": {"day_factor": "busyness", "per_hour": week}, "talk": service_law(queue)}


def _team(queue: Queue, groups: tuple[Group, ...]) -> dict[str, Any]:
    heads = {g.name: {t: int(n) for t, n in _by_half_hour(g, np.maximum(np.rint(open_counters(queue, g)), 1), 0).items()} for g in groups}
    return {"agents": max(max(h.values()) for h in heads.values()), "head_count": heads}


def _by_half_hour(group: Group, values: Floats, digits: int) -> dict[str, float]:
    return {clock(edge): round(float(v), digits) for edge, v in zip(group.edges_s, values, strict=False)}


def compiled(files: ScenarioFiles) -> Any:
    """Return the plan of a scenario that is in no folder yet."""
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"scenario.yaml": files.yaml, **files.tables}.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return compile_plan(load(folder, {}))


# ---- the service time that gives the observed line


def with_matching_line(found: Counters) -> Counters:
    """Return the measurement with, by queue, the factor with which the simulated line of a week is as long as the observed one.

    Bisection on all queues at once: they share no counters here. A factor at its bound says that the line cannot be matched.
    """
    low, high = (np.full(len(found.queues), f) for f in FACTORS)
    target = np.array([_week_mean([observed_line(q, g) for g in found.groups], found.groups) for q in found.queues])
    for number_of_round in range(ROUNDS):
        middle = np.sqrt(low * high)
        line = _simulated_lines(_with_factors(found, middle), number_of_round)
        low, high = np.where(line < target, middle, low), np.where(line < target, high, middle)
    return _with_factors(found, np.sqrt(low * high))


def _with_factors(found: Counters, factors: Floats) -> Counters:
    return replace(found, queues=tuple(replace(q, factor=float(f)) for q, f in zip(found.queues, factors, strict=True)))


def _week_mean(lines: list[Floats], groups: tuple[Group, ...]) -> float:
    weights = [len(g.weekdays) for g in groups]
    return float(sum(w * line.sum() for w, line in zip(weights, lines, strict=True)) / sum(w * len(line) for w, line in zip(weights, lines, strict=True)))


def _simulated_lines(found: Counters, seed: int) -> Floats:
    """Return the mean number waiting in the opening hours by queue."""
    from servsim.engine.choice import simulate

    a_week = sum(float(arrivals_per_h(q, g).sum()) / 2 * len(g.weekdays) for q in found.queues for g in found.groups)
    weeks = int(np.clip(CONTACTS_TRIED / max(a_week, 1.0), 4, 60))
    made = compiled(scenario_of(found, "", "", 7 * weeks))
    log = simulate(made.plan, 1, seed).contacts
    open_s = weeks * sum(len(g.weekdays) * (g.close_s - g.open_s) for g in found.groups)
    reasons = [made.names.reasons.index(q.name) for q in found.queues]
    return np.array([_waited_s(log, log["reason"] == r, found.groups) for r in reasons]) / open_s


def _waited_s(log: dict[str, Any], own: NDArray[np.bool_], groups: tuple[Group, ...]) -> float:
    """Return the seconds that contacts waited before closing time."""
    joined, served = log["queued_s"][own], np.nan_to_num(log["answered_s"][own], nan=np.inf)
    day = joined // DAY_S
    close = np.zeros(7)
    for group in groups:
        close[list(group.weekdays)] = group.close_s
    closes = day * DAY_S + close[(day % 7).astype(int)]  # The run begins on a Monday.
    return float(np.nansum(np.maximum(np.minimum(served, closes) - joined, 0.0)))


# ---- what is told


def lines_of(found: Counters) -> list[Line]:
    """Return the account of the measurement."""
    lines = [Line(f"days {g.name}", f"{len(g.dates)} days, {clock(g.open_s)}-{clock(g.close_s)}", "first and last tickets; days under 60 % of their weekday's median left out") for g in found.groups]
    if found.low:
        lines.append(Line("left out", f"{len(found.low)} days", ", ".join(date_text(d) for d in found.low)))
    for q in found.queues:
        bound = " (at its bound: the line cannot be matched)" if not FACTORS[0] * 1.05 < q.factor < FACTORS[1] / 1.05 else ""
        lines += [
            Line(f"{q.name}: service", number(q.service_s.scaled(1 / 60), 2, " min"), f"counter-minutes a ticket in steps in which {BUSY} people waited at both ends ({q.service_s.observations:,} tickets); pauses at an open counter and shared counters are in it"),
            Line(f"{q.name}: service as used", f"{q.service_s.value * q.factor / 60:.2f} min (x {q.factor:.2f})", f"so that the week's mean line is as observed{bound}"),
            Line(f"{q.name}: spread of service", "gamma, sd = mean", f"an assumption; busy half hours show cv {q.busy_cv:.1f}, with unseen pauses in it"),
            Line(f"{q.name}: busyness", f"cv {number(q.day_cv, 2)}", "day totals, groups of weekdays apart, Poisson part taken out; the scenario uses the mean of the queues"),
        ]  # fmt: skip
        for g in found.groups:
            lines.append(Line(f"{q.name}: {g.name}", f"{arrivals_per_h(q, g).sum() / 2:.0f} tickets a day, {open_counters(q, g).mean():.1f} counters, {observed_line(q, g).mean():.1f} waiting", "tickets called + growth of the line, split over half hours by minutes"))
    return [*lines, Line("patience", "none", "an assumption: tickets called in vain are not marked and count as short services"), Line("service level", "80 % in 10 min", "not in the data: a yardstick")]


def text_of(found: Counters) -> str:
    """Return the account as text."""
    return "\n".join(f"{line.what:28.28s}  {line.value}" for line in lines_of(found))


def files_of(found: Counters, name: str, source: str, title: str, description: str) -> dict[str, str | bytes]:
    """Return every file of the scenario's folder."""
    files = scenario_of(found, title or f"{name}: counters measured from {source}", description, 28)
    return {"scenario.yaml": files.yaml, **files.tables, **told_files(name, source, lines_of(found), found.read)}


def told_files(name: str, source: str, lines: list[Line], read: PlainTable) -> dict[str, str | bytes]:
    """Return README and page of a scenario that was measured from a table."""
    rows = "\n".join(f"| {line.what} | {line.value} | {line.how} |" for line in lines)
    bad = "\n".join(f"- {k.count:,} lines: {k.kind} (first: {Path(k.file).name} line {k.line}): left out" for k in read.rejected) or "- nothing was left out"
    head = f"# {name}: measured from a log\n\nWritten by `servsim calibrate` from {source}.\n\n    servsim run scenario={name}\n\n## How the log was read\n\n{bad}\n"
    return {"README.md": f"{head}\n## Where each number comes from\n\n95 % intervals in brackets.\n\n| what | value | how it was measured |\n|---|---|---|\n{rows}\n"}
