"""Who was on duty, agent by agent, and how long agents take between calls: both from the calls they took.

::

    call      call                 call            call
    ├────┤gap├────┤     gap       ├────┤   gap    ├────┤          one agent's day
    └── on duty ──┘~~   away    ~~└──── on duty ──────┘~~

A gap in which somebody waited in the line was not idleness. Short ones are *wrap-up* (and short rests): their law is
estimated by Kaplan-Meier, because the line may empty before the agent takes a call again. Gaps in which the line was
busy for longer than ``longest_neglect_s``, and gaps longer than anybody sits idle, were absences. The end of a stretch is
known only up to the next moment at which somebody waited in vain: half of that unseen time (at most ``unseen_s``) is
counted as duty.

A gap that began with an empty line may hold a *rest* that nobody noticed: the agent was surely there only at its end, and
surely not at the last moment at which somebody waited in vain. Between the two the rest's end is interval-censored; its law
is Turnbull's estimate over all such gaps. Never estimates how many agents should be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import DAY_S, in_days
from servsim.calibrate.estimated import Estimated
from servsim.record.call_file import UNKNOWN, RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
Ints = NDArray[Any]


@dataclass(frozen=True)
class PresenceRule:
    """When a gap between two calls was an absence.

    Chosen by cross-validation inside January to March of the bank's log: docs/explanation/calibration.md.
    """

    longest_gap_s: float = 1800.0
    """A longer gap was an absence."""
    longest_neglect_s: float = 120.0
    """So was a gap during which somebody waited for longer than this in all; shorter ones are wrap-up."""
    notice_s: float = 10.0
    """Who waits for no longer than this is no sign that an agent was absent."""
    unseen_s: float = 900.0
    """The unseen time at each end of a stretch counts up to this; half of it is taken as duty."""


@dataclass(frozen=True)
class Stretches:
    """Stretches of duty; all arrays (stretches,)."""

    date: Ints
    """Proleptic ordinals."""
    agent: Ints
    """Index into the log's ``agent_names``."""
    since_s: Floats
    until_s: Floats
    """Seconds after midnight of the date."""

    def on(self, date: int) -> Stretches:
        """The stretches of one date."""
        own = self.date == date
        return Stretches(self.date[own], self.agent[own], self.since_s[own], self.until_s[own])


@dataclass(frozen=True)
class IdleGaps:
    """Gaps between two calls of an agent on duty that began with an empty line; all arrays (gaps,)."""

    date: Ints
    agent: Ints
    since_s: Floats
    """End of the call before, seconds after midnight."""
    away_s: Floats
    """The agent was away at least so long: somebody waited then and was not taken; 0 where nobody waited."""
    length_s: Floats
    """The agent took a call after this time."""


@dataclass(frozen=True)
class RestLaw:
    """How long an agent is away after a call that left nobody waiting."""

    upto: Floats
    """(cells + 1,) cumulative shares at ``REST_EDGES_S``."""
    gaps: int
    noticed: int
    """Gaps in which somebody waited in vain."""

    @property
    def mean_s(self) -> float:
        """Mean length of a rest."""
        return float((np.diff(self.upto) * (REST_EDGES_S[1:] + REST_EDGES_S[:-1]) / 2).sum())

    def given(self, gaps: IdleGaps, u: Floats) -> Floats:
        """Return lengths of rests that fit what was seen of each gap, from uniform numbers (gaps,)."""
        least, most = (np.interp(x, REST_EDGES_S, self.upto) for x in (gaps.away_s, gaps.length_s))
        drawn = np.interp(least + u * (most - least), self.upto, REST_EDGES_S)
        return np.clip(drawn, gaps.away_s, gaps.length_s)


REST_EDGES_S = np.r_[0, 2, 5, np.arange(10, 60, 5), np.arange(60, 120, 10), np.arange(120, 300, 30), np.arange(300, 600, 60), 600, 900, 1200, 1800, 3600, 86_400.0]
TURNBULL_ROUNDS = 300
LEAST_IDLE_S = 2.0


@dataclass(frozen=True)
class WrapUp:
    """The law of the time between two calls of an agent while somebody waits."""

    rows: list[tuple[float, float]]
    """(share, seconds) of a quantile table."""
    mean: Estimated
    median_s: float
    censored: int
    """Gaps in which the line emptied before the agent took the next call."""


class Line:
    """When somebody waited in the line of one day."""

    def __init__(self, calls: RecordedCalls, notice_s: float = 0.0) -> None:
        waited = calls.wait_s > notice_s
        joined = (calls.arrived_s + calls.menu_s)[waited] + notice_s
        left = joined + calls.wait_s[waited] - notice_s
        order = np.argsort(joined, kind="stable")
        joined, left = joined[order], np.maximum.accumulate(left[order]) if len(order) else left
        begins = np.flatnonzero(np.r_[True, joined[1:] > left[:-1]]) if len(joined) else np.empty(0, np.int64)
        self.since_s: Floats = joined[begins]
        self.until_s: Floats = left[np.r_[begins[1:] - 1, len(left) - 1]] if len(begins) else joined
        self._before = np.r_[0.0, np.cumsum(self.until_s - self.since_s)]

    def busy_s(self, until: Floats) -> Floats:
        """Return for how long somebody waited, up to some moments."""
        place = np.searchsorted(self.since_s, until, "right") - 1
        inside = np.clip(until - self.since_s[np.maximum(place, 0)], 0.0, None) if len(self.since_s) else np.zeros(len(until))
        lengths = np.diff(self._before)[np.maximum(place, 0)] if len(self.since_s) else inside
        return np.where(place >= 0, self._before[np.maximum(place, 0)] + np.minimum(inside, lengths), 0.0)

    def next_s(self, after: Floats) -> Floats:
        """Return when somebody waits next; inf where nobody does."""
        ends = np.r_[self.until_s, np.inf]
        starts = np.r_[self.since_s, np.inf]
        return np.asarray(np.maximum(starts[np.searchsorted(ends[:-1], after, "right")], after))

    def last_s(self, before: Floats) -> Floats:
        """Return when somebody waited last; -inf where nobody did."""
        starts = np.r_[-np.inf, self.since_s]
        ends = np.r_[-np.inf, self.until_s]
        return np.asarray(np.minimum(ends[np.searchsorted(starts[1:], before, "left")], before))

    def empties_s(self, at: Floats) -> Floats:
        """Return when the line that is there at some moments empties; NaN where nobody waits then."""
        place = np.searchsorted(self.since_s, at, "right") - 1
        until = np.r_[self.until_s, np.nan][place]
        return np.where((place >= 0) & (until > at), until, np.nan)


@dataclass(frozen=True)
class Calls:
    """The served calls of one agent and day, in order."""

    agent: int
    start_s: Floats
    end_s: Floats
    """The latest end so far: calls may overlap."""


def _by_agent(calls: RecordedCalls) -> list[Calls]:
    served = (calls.outcome == Outcome.ANSWERED) & (calls.agent != UNKNOWN) & np.isfinite(calls.talk_s)
    start = (calls.arrived_s + calls.menu_s + calls.wait_s)[served]
    end, agent = start + calls.talk_s[served], calls.agent[served]
    order = np.lexsort((start, agent))
    start, end, agent = start[order], end[order], agent[order]
    cuts = np.flatnonzero(np.diff(agent)) + 1
    parts = zip(np.split(agent, cuts), np.split(start, cuts), np.split(end, cuts), strict=True)
    return [Calls(int(a[0]), s, np.maximum.accumulate(e)) for a, s, e in parts if len(a)]


def stretches_of_duty(calls: RecordedCalls, rule: PresenceRule | None = None) -> Stretches:
    """Infer when each agent was on duty, on every date of the log.

    Parameters
    ----------
    calls : the recorded contacts, all of them: those who waited tell that nobody was free.
    """
    found: list[tuple[int, int, float, float]] = []
    for date, day in in_days(calls.seeking_an_agent()):
        line, noticed = Line(day), Line(day, (rule or PresenceRule()).notice_s)
        for own in _by_agent(day):
            since, until = _stretches(own, line, noticed, rule or PresenceRule())
            found += [(date, own.agent, a, b) for a, b in zip(since.tolist(), until.tolist(), strict=True) if b > a]
    columns = list(zip(*found, strict=True)) or [(), (), (), ()]
    kinds = (np.int64, np.int64, np.float64, np.float64)
    return Stretches(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


def _stretches(own: Calls, line: Line, noticed: Line, rule: PresenceRule) -> tuple[Floats, Floats]:
    """Return begins and ends of an agent's stretches of a day."""
    gap_from, gap_to = own.end_s[:-1], own.start_s[1:]
    neglect = line.busy_s(gap_to) - line.busy_s(gap_from)
    away = (gap_to - gap_from > rule.longest_gap_s) | (neglect > rule.longest_neglect_s)
    since, until = np.r_[own.start_s[:1], gap_to[away]], np.r_[gap_from[away], own.end_s[-1:]]
    before, after = since - noticed.last_s(since), noticed.next_s(until) - until
    before, after = (np.minimum(x, rule.unseen_s) / 2 for x in (before, after))
    room = np.r_[np.inf, (since[1:] - until[:-1]) / 2, np.inf]
    return np.maximum(since - np.minimum(before, room[:-1]), 0.0), np.minimum(until + np.minimum(after, room[1:]), DAY_S)


def idle_gaps(calls: RecordedCalls, rule: PresenceRule | None = None) -> IdleGaps:
    """Return the gaps on duty that began with an empty line."""
    rule = rule or PresenceRule()
    found: list[Floats] = []
    for date, day in in_days(calls.seeking_an_agent()):
        line, noticed = Line(day), Line(day, rule.notice_s)
        found += [np.column_stack([np.full(len(part), float(date)), part]) for part in (_idle(own, line, noticed, rule) for own in _by_agent(day))]
    columns = np.concatenate(found).T if found else np.empty((5, 0))
    return IdleGaps(columns[0].astype(np.int64), columns[1].astype(np.int64), *columns[2:])


def _idle(own: Calls, line: Line, noticed: Line, rule: PresenceRule) -> Floats:
    """Return (agent, since, away, length) of an agent's idle gaps of a day, (gaps, 4)."""
    since, until = own.end_s[:-1], own.start_s[1:]
    on_duty = (until - since <= rule.longest_gap_s) & (line.busy_s(until) - line.busy_s(since) <= rule.longest_neglect_s)
    began_idle = on_duty & (until - since > LEAST_IDLE_S) & np.isnan(line.empties_s(since))
    since, until = since[began_idle], until[began_idle]
    away = np.maximum(noticed.last_s(until) - since, 0.0)
    return np.column_stack([np.full(len(since), float(own.agent)), since, away, until - since])


def rest_law(gaps: IdleGaps) -> RestLaw | None:
    """Estimate how long agents are away after a call that left nobody waiting; ``None`` with fewer than 100 gaps.

    Source
    ------
    Turnbull (1976), the self-consistent estimate for interval-censored times (``scipy.stats.ecdf`` has none), on a grid.
    """
    if len(gaps.date) < 100:
        return None
    cells = len(REST_EDGES_S) - 1
    middles = (REST_EDGES_S[1:] + REST_EDGES_S[:-1]) / 2
    least = np.minimum(np.searchsorted(middles, gaps.away_s), cells - 1)  # The nearest edge: outward rounding would bias.
    most = np.clip(np.searchsorted(middles, gaps.length_s), least + 1, cells)
    counts = np.bincount(least * (cells + 1) + most, None, cells * (cells + 1)).reshape(cells, cells + 1)
    first, last = np.nonzero(counts)
    number, share = counts[first, last], np.full(cells, 1 / cells)
    for _ in range(TURNBULL_ROUNDS):
        upto = np.r_[0.0, np.cumsum(share)]
        weight = number / np.maximum(upto[last] - upto[first], 1e-12)
        share = share * np.cumsum(np.bincount(first, weight, cells + 1) - np.bincount(last, weight, cells + 1))[:-1] / number.sum()
    return RestLaw(np.r_[0.0, np.cumsum(share)] / share.sum(), len(gaps.date), int((gaps.away_s > 0).sum()))


def without_rests(stretches: Stretches, gaps: IdleGaps, rest_s: Floats) -> Stretches:
    """Return the stretches of duty with rests cut out; a rest begins where its gap does and lies in one stretch."""
    long = rest_s >= 1.0
    date, agent = (np.r_[getattr(stretches, n), getattr(gaps, n)[long]] for n in ("date", "agent"))
    since = np.r_[stretches.since_s, (gaps.since_s + rest_s)[long]]
    until = np.r_[stretches.until_s, gaps.since_s[long]]
    begins, ends = (np.lexsort((time, date, agent)) for time in (since, until))
    return Stretches(date[begins], agent[begins], since[begins], until[ends])


def mean_on_duty(stretches: Stretches, dates: tuple[int, ...], interval_s: float) -> Floats:
    """Return the mean number of agents on duty, (dates, intervals)."""
    edges = np.arange(round(DAY_S / interval_s) + 1) * interval_s
    return np.array([_covered(stretches.on(date), edges) for date in dates]).reshape(len(dates), len(edges) - 1)


def _covered(day: Stretches, edges: Floats) -> Floats:
    covered = np.clip(edges[:, None] - day.since_s, 0.0, day.until_s - day.since_s).sum(axis=1)
    return np.asarray(np.diff(covered) / np.diff(edges))


def wrap_up(calls: RecordedCalls, rule: PresenceRule | None = None) -> WrapUp | None:
    """Estimate the time between two calls of an agent while somebody waits; ``None`` where no such gap was seen.

    A gap is censored where the line emptied before the agent took a call; gaps beyond ``longest_neglect_s`` are absences.

    Source
    ------
    Kaplan & Meier (1958), by ``scipy.stats.ecdf``.
    """
    from scipy import stats

    longest_s = (rule or PresenceRule()).longest_neglect_s
    gaps = [_gaps(day) for _, day in in_days(calls.seeking_an_agent())]
    gap, censored = np.concatenate([g for g, _ in gaps]), np.concatenate([c for _, c in gaps])
    if (~censored).sum() < 20:
        return None
    survival = stats.ecdf(stats.CensoredData.right_censored(gap, censored)).sf
    within = survival.quantiles <= longest_s
    times, gone = np.r_[0.0, survival.quantiles[within]], np.r_[0.0, 1 - survival.probabilities[within]]
    shares = gone / gone[-1]
    rows = _table(times, shares)
    mean = float(np.trapezoid([s for _, s in rows], [q for q, _ in rows]))
    observed = gap[~censored & (gap <= longest_s)]
    half = 1.96 * float(observed.std()) / np.sqrt(len(observed))
    return WrapUp(rows, Estimated(mean, mean - half, mean + half, len(observed)), float(np.interp(0.5, shares, times)), int(censored.sum()))


def _gaps(day: RecordedCalls) -> tuple[Floats, NDArray[np.bool_]]:
    """Return gaps that began while somebody waited, and whether the line emptied first."""
    line = Line(day)
    pairs = [(own.end_s[:-1], own.start_s[1:]) for own in _by_agent(day)] or [(np.empty(0), np.empty(0))]
    since, until = (np.concatenate(side) for side in zip(*pairs, strict=True))
    empties = line.empties_s(since)
    seen = np.isfinite(empties) & (until >= since)
    since, until, empties = since[seen], until[seen], empties[seen]
    censored = until > empties + 1.0  # The log counts whole seconds.
    return np.where(censored, empties - since, until - since), censored


def _table(times: Floats, shares: Floats) -> list[tuple[float, float]]:
    from servsim.calibrate.quantile import SHARES

    return [(float(share), float(np.interp(share, shares, times))) for share in SHARES]


def occupancy(calls: RecordedCalls, stretches: Stretches, wrap_up_s: float) -> float:
    """Return the share of the time on duty that agents spent in calls and wrap-up."""
    served = (calls.outcome == Outcome.ANSWERED) & np.isfinite(calls.talk_s)
    busy_s = float(calls.talk_s[served].sum()) + wrap_up_s * int(served.sum())
    return busy_s / float((stretches.until_s - stretches.since_s).sum())
