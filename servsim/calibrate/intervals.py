"""From a file of intervals (offered, answered, abandoned, handling time) to a scenario.

Such a file knows no single contact: laws are assumptions with measured means. Agents are those of the file; where it has none,
the fewest with which Erlang A loses no more than was lost. Never simulates.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.account import Line, number
from servsim.calibrate.days import clock
from servsim.calibrate.estimated import Estimated, ratio_over_days
from servsim.calibrate.scenario_files import ScenarioFiles
from servsim.calibrate.snapshots import told_files
from servsim.errors import SettingError
from servsim.record.plain_file import PlainTable
from servsim.scenario import units

Floats = NDArray[Any]
DAY_S = 86_400.0
LOW_SHARE = 0.6
LIKE_VOLUME = 0.7
LEAST_DAYS = 4
TALK_CV = 1.2
"""Assumed: what single calls of service lines usually show."""
PATIENCE_OF_AHT = 1.5
"""Assumed mean patience over mean handling time where the file has no waits."""
MOST_AGENTS = 2000


@dataclass(frozen=True)
class Queue:
    """What was measured of one queue; arrays by group of weekdays, (groups, intervals)."""

    name: str
    offered: Floats
    """Mean a day."""
    lost_share: Estimated
    aht_s: Estimated
    patience_s: float
    patience_known: bool
    agents: Floats
    agents_known: bool


@dataclass(frozen=True)
class Intervals:
    """What was measured."""

    queues: tuple[Queue, ...]
    groups: tuple[tuple[int, ...], ...]
    days: tuple[int, ...]
    """How many normal days each group has."""
    low: int
    length_s: float
    cv: Estimated
    inconsistent: int
    """Lines with more answered and abandoned than offered; kept as they are."""
    read: PlainTable


def calibrate(table: PlainTable, ranges: tuple[tuple[dt.date, dt.date], ...] = ()) -> Intervals:
    """Measure a file of intervals.

    Raises
    ------
    SettingError
        There are fewer than four days, or the file has no handling time.
    """
    columns = _chosen(table.columns, ranges)
    length_s = _length_s(columns["start"])
    dates, counts = np.unique(columns["date"]), None
    counts = np.array([columns["offered"][columns["date"] == d].sum() for d in dates])
    groups, normal = _groups(dates, counts)
    if normal.sum() < LEAST_DAYS:
        raise SettingError(f"log: has {int(normal.sum())} usable days; must have at least {LEAST_DAYS}")
    days = tuple(int((normal & np.isin((dates - 1) % 7, g)).sum()) for g in groups)
    names = columns["queue"] if "queue" in columns else np.full(len(columns["date"]), "all", dtype=object)
    queues = tuple(_queue(str(q), {k: v[names == q] for k, v in columns.items()}, groups, dates[normal], length_s) for q in sorted(set(names.tolist())))
    wrong = int((columns["answered"] + columns["abandoned"] > columns["offered"]).sum())
    return Intervals(queues, groups, days, int((~normal).sum()), length_s, _cv(dates[normal], counts[normal], groups), wrong, table)


def _chosen(columns: dict[str, NDArray[Any]], ranges: tuple[tuple[dt.date, dt.date], ...]) -> dict[str, NDArray[Any]]:
    if not ranges:
        return columns
    keep = np.zeros(len(columns["date"]), bool)
    for first, last in ranges:
        keep |= (columns["date"] >= first.toordinal()) & (columns["date"] <= last.toordinal())
    return {name: column[keep] for name, column in columns.items()}


def _length_s(start: Floats) -> float:
    """Return the length of the intervals: the smallest distance of two starts."""
    steps = np.diff(np.unique(start))
    length = float(steps.min()) if len(steps) else DAY_S
    if length < 60 or abs(DAY_S / length - round(DAY_S / length)) > 1e-9:
        raise SettingError(f"log: intervals of {length:g} s; their length must be at least 1 min and divide a day")
    return length


def _groups(dates: NDArray[np.int64], counts: Floats) -> tuple[tuple[tuple[int, ...], ...], NDArray[np.bool_]]:
    weekday = (dates - 1) % 7
    medians = {int(w): float(np.median(counts[weekday == w])) for w in np.unique(weekday)}
    groups: list[list[int]] = []
    for w in sorted(medians, key=lambda w: -medians[w]):
        if medians[w] < 0.05 * max(medians.values()):
            continue
        fitting = [g for g in groups if medians[w] >= LIKE_VOLUME * medians[g[0]]]
        if fitting:
            fitting[0].append(w)
        else:
            groups.append([w])
    normal = np.array([any(w in g for g in groups) and c >= LOW_SHARE * medians[int(w)] for w, c in zip(weekday, counts, strict=True)])
    return tuple(tuple(sorted(g)) for g in groups), normal


def _cv(dates: NDArray[np.int64], counts: Floats, groups: tuple[tuple[int, ...], ...]) -> Estimated:
    from servsim.calibrate.estimated import bootstrap_over_days

    weekday = (dates - 1) % 7
    relative = np.concatenate([c / c.mean() for g in groups if len(c := counts[np.isin(weekday, g)])])

    def cv(drawn: NDArray[np.int64]) -> float:
        return float(np.sqrt(max(((relative[drawn] - 1) ** 2).sum() / max(len(relative) - len(groups), 1) - 1 / counts.mean(), 0.0)))

    return Estimated(cv(np.arange(len(relative))), *bootstrap_over_days(cv, len(relative)), len(relative))


def _queue(name: str, own: dict[str, NDArray[Any]], groups: tuple[tuple[int, ...], ...], dates: NDArray[np.int64], length_s: float) -> Queue:
    own = {k: v[np.isin(own["date"], dates)] for k, v in own.items()}
    offered = _by_group(own, own["offered"], groups, dates, length_s)
    lost = _over_days(own, own["abandoned"], own["answered"] + own["abandoned"])
    aht = _aht(own)
    patience_s, known = _patience_s(own, aht.value)
    agents = _by_group(own, own["agents"], groups, dates, length_s) if "agents" in own else _fewest(offered, own, groups, dates, length_s, aht.value, patience_s)
    slug = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower() or "queue"
    return Queue(slug if slug[0].isalpha() else f"queue_{slug}", offered, lost, aht, patience_s, known, agents, "agents" in own)


def _by_group(own: dict[str, NDArray[Any]], values: Floats, groups: tuple[tuple[int, ...], ...], dates: NDArray[np.int64], length_s: float) -> Floats:
    """Return means a day, (groups, intervals)."""
    place, intervals = (own["start"] // length_s).astype(np.int64), round(DAY_S / length_s)
    weekday = (own["date"] - 1) % 7
    sums = [np.bincount(place[np.isin(weekday, g)], np.nan_to_num(values[np.isin(weekday, g)]), intervals) for g in groups]
    return np.array([s / max(np.isin((dates - 1) % 7, g).sum(), 1) for s, g in zip(sums, groups, strict=True)])


def _over_days(own: dict[str, NDArray[Any]], above: Floats, below: Floats) -> Estimated:
    dates, day = np.unique(own["date"], return_inverse=True)
    return ratio_over_days(np.bincount(day, np.nan_to_num(above), len(dates)), np.bincount(day, np.nan_to_num(below), len(dates)))


def _aht(own: dict[str, NDArray[Any]]) -> Estimated:
    if "aht_s" not in own or not np.isfinite(own["aht_s"]).any():
        raise SettingError("layout: record.aht_s must name the column of mean handling times: a scenario cannot do without")
    known = np.isfinite(own["aht_s"])
    part = {k: v[known] for k, v in own.items()}
    return _over_days(part, part["aht_s"] * part["answered"], part["answered"])


def _patience_s(own: dict[str, NDArray[Any]], aht_s: float) -> tuple[float, bool]:
    """Return the mean patience: waits over abandonments where waits are known, else an assumption."""
    if "wait_s" in own and np.nansum(own["abandoned"]) > 0 and np.nansum(own["wait_s"]) > 0:
        return float(np.nansum(own["wait_s"]) / np.nansum(own["abandoned"])), True
    return PATIENCE_OF_AHT * aht_s, False


def _fewest(offered: Floats, own: dict[str, NDArray[Any]], groups: Any, dates: Any, length_s: float, aht_s: float, patience_s: float) -> Floats:
    """Return the fewest agents with which Erlang A loses no larger share than was lost in the interval."""
    lost = _by_group(own, own["abandoned"], groups, dates, length_s)
    share = np.divide(lost, offered, out=np.zeros_like(lost), where=offered > 0)
    return np.array([[_agents(o / length_s, aht_s, patience_s, s) for o, s in zip(a, b, strict=True)] for a, b in zip(offered, share, strict=True)])


def _agents(rate_per_s: float, aht_s: float, patience_s: float, lost_share: float) -> int:
    from servsim.theory import erlang_a, patience

    if rate_per_s <= 0:
        return 0
    for agents in range(max(math.floor(rate_per_s * aht_s * 0.5), 1), MOST_AGENTS):
        if erlang_a.solve(rate_per_s, aht_s, agents, patience.exponential(patience_s)).abandoned_share <= max(lost_share, 0.01):
            return agents
    return MOST_AGENTS


# ---- the scenario


def scenario_of(found: Intervals, title: str, description: str) -> ScenarioFiles:
    """Return the scenario."""
    last = int(found.read.columns["date"].max())
    monday = dt.date.fromordinal(last + 7 - (last - 1) % 7)
    hours = {units.days_text(g): _hours(found, n) for n, g in enumerate(found.groups)}
    data = {
        "title": title, **({"description": description} if description else {}),
        "calendar": {"start": monday.isoformat(), "days": 28, "interval": f"{found.length_s / 60:g} min", "hours": {"phone": hours}},
        "channels": {"phone": {"kind": "phone", "lines": "unlimited"}},
        "day_factors": {"busyness": {"cv": round(found.cv.value, 3)}},
        "reasons": {q.name: _reason(q, found) for q in found.queues},
        "teams": {f"team_{q.name}": _team(q, found) for q in found.queues},
        "routes": {q.name: {"reasons": [q.name], "teams": [f"team_{q.name}"]} for q in found.queues},
    }  # fmt: skip
    return ScenarioFiles(data, {})


def _open(found: Intervals, group: int) -> NDArray[np.int64]:
    total = sum(q.offered[group] for q in found.queues)
    used = np.flatnonzero(np.asarray(total) >= 0.05)
    return np.arange(used[0], used[-1] + 1) if len(used) else np.arange(len(np.asarray(total)))


def _hours(found: Intervals, group: int) -> str:
    used = _open(found, group)
    first, last = used[0] * found.length_s, (used[-1] + 1) * found.length_s
    return "24 h" if first == 0 and last >= DAY_S else f"{clock(first)}-{clock(last)}"


def _by_time(found: Intervals, values: Floats, group: int) -> dict[str, float]:
    return {clock(i * found.length_s): float(values[group][i]) for i in _open(found, group)}


def _reason(queue: Queue, found: Intervals) -> dict[str, Any]:
    per_h = queue.offered * 3600 / found.length_s
    week = {units.days_text(g): {t: round(v, 2) for t, v in _by_time(found, per_h, n).items()} for n, g in enumerate(found.groups)}
    law = {"lognormal": {"mean": f"{queue.aht_s.value:.1f} s", "sd": f"{queue.aht_s.value * TALK_CV:.1f} s"}}
    return {"arrivals": {"day_factor": "busyness", "per_hour": week}, "talk": law, "patience": {"exponential": f"{queue.patience_s:.0f} s"}}


def _team(queue: Queue, found: Intervals) -> dict[str, Any]:
    heads = {units.days_text(g): {t: max(round(v), 1) for t, v in _by_time(found, queue.agents, n).items()} for n, g in enumerate(found.groups)}
    return {"agents": max(max(h.values()) for h in heads.values()), "head_count": heads}


# ---- what is told


def lines_of(found: Intervals) -> list[Line]:
    """Return the account of the measurement."""
    lines = [Line(f"days {units.days_text(g)}", f"{n} days, {_hours(found, k)}", f"weekdays with like volume; {found.low} days under 60 % of their weekday's median left out") for k, (g, n) in enumerate(zip(found.groups, found.days, strict=True))]
    lines.append(Line("busyness", f"cv {number(found.cv, 3)}", "day totals, groups of weekdays apart, Poisson part taken out"))
    for q in found.queues:
        patience = "sum of waits over abandonments" if q.patience_known else f"an assumption: {PATIENCE_OF_AHT} x handling time; the file has no waits"
        agents = "of the file" if q.agents_known else "the fewest with which Erlang A loses no larger share than was lost: not seen, inferred"
        lines += [
            Line(f"{q.name}: offered", ", ".join(f"{units.days_text(g)} {q.offered[n].sum():,.0f} a day" for n, g in enumerate(found.groups)), "mean over normal days by interval"),
            Line(f"{q.name}: handling", number(q.aht_s, 0, " s"), f"weighted by answered; lognormal with cv {TALK_CV}: an assumption, an interval file has no spread"),
            Line(f"{q.name}: given up", number(q.lost_share.scaled(100), 1, " %"), "of answered and abandoned; redials are not taken out"),
            Line(f"{q.name}: patience", f"{q.patience_s:.0f} s, exponential", patience),
            Line(f"{q.name}: agents", f"up to {q.agents.max():.0f}", agents),
        ]
    if found.inconsistent:
        lines.append(Line("odd lines", f"{found.inconsistent:,}", "more answered and abandoned than offered; kept as they are"))
    return [*lines, Line("service level", "80 % in 20 s", "not in the file: the usual yardstick")]


def text_of(found: Intervals) -> str:
    """Return the account as text."""
    return "\n".join(f"{line.what:28.28s}  {line.value}" for line in lines_of(found))


def files_of(found: Intervals, name: str, source: str, title: str, description: str) -> dict[str, str | bytes]:
    """Return every file of the scenario's folder."""
    files = scenario_of(found, title or f"{name}: measured from {source}", description)
    return {"scenario.yaml": files.yaml, **told_files(name, source, lines_of(found), found.read)}
