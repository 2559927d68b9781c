"""Lines whose arrivals and agents change by the clock: forward equations from empty, and the load without limits.

::

    Interval, Interval ... -> open_day -> Day (by interval, and after closing until all have gone)
    rate_at(t), constant agents -> follow -> number, delay, line at chosen times
    rate_at(t), service law -> infinite_server_load -> agents busy if nobody ever waited

An agent who goes home finishes the call ("ghost agent") and takes no new one. Service is exponential, and patience is
zero for a share of people, exponential for the others. Never a steady state; see ``hourly`` for what planners compute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.theory.argument import check_count, check_not_negative, check_positive, check_share, refuse
from servsim.theory.patience import Array, Survival
from servsim.theory.uniformisation import ticks_until

Rate = Callable[[float], float]
"""Arrivals per second at a time in seconds."""

_LOST_AT_CUT = 1e-11
_FIRST_LINE = 32
_LAST_LINE = 1 << 15
_DRAINED = 1e-13
_UNSEEN = 1e-16


@dataclass(frozen=True)
class Interval:
    """A stretch of the day with one arrival rate and one head-count."""

    length_s: float
    rate_per_s: float
    agents: int

    def __post_init__(self) -> None:
        check_positive("length_s", self.length_s)
        check_not_negative("rate_per_s", self.rate_per_s)
        check_count("agents", self.agents)


@dataclass(frozen=True)
class Customers:
    """What those who arrive need and bear.

    Greek: 1/mu = ``service_mean_s``, 1/theta = ``patience_mean_s``.
    """

    service_mean_s: float
    """Mean of exponential service, seconds."""
    patience_mean_s: float = math.inf
    """Mean of exponential patience, seconds; inf = nobody gives up."""
    zero_patience_share: float = 0.0
    """Share that leaves at once rather than wait."""

    def __post_init__(self) -> None:
        check_positive("service_mean_s", self.service_mean_s)
        check_share("zero_patience_share", self.zero_patience_share)
        if math.isnan(self.patience_mean_s) or self.patience_mean_s <= 0:
            raise refuse(
                "patience_mean_s", self.patience_mean_s, "must be above 0, or infinite for people who never give up"
            )


@dataclass(frozen=True, eq=False)
class Day:
    """What a day from empty is expected to bring, by interval; the last row of each column is the time after closing."""

    length_s: Array
    """(intervals + 1,) seconds; the last is the time followed until all had gone."""
    arrivals: Array
    """(intervals + 1,) expected arrivals."""
    agents: NDArray[np.int64]
    """(intervals + 1,) agents on duty."""
    waiting_s: Array
    """(intervals + 1,) expected person-seconds of waiting."""
    busy_s: Array
    """(intervals + 1,) expected agent-seconds of service, ghost agents included."""
    delayed: Array
    """(intervals + 1,) expected arrivals that find no idle agent."""
    abandoned: Array
    """(intervals + 1,) expected arrivals or waiting people that leave unserved in the interval."""
    blocked: Array
    """(intervals + 1,) expected arrivals turned away for want of a line."""
    line_at_end: Array
    """(intervals + 1,) expected waiting people at the end."""

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of all who arrive, seconds, those who wait past closing with their whole wait."""
        return _ratio(self.waiting_s.sum(), self.arrivals.sum())

    @property
    def abandoned_share(self) -> float:
        """Share of arrivals that leave unserved."""
        return _ratio(self.abandoned.sum(), self.arrivals.sum())

    @property
    def blocked_share(self) -> float:
        """Share of arrivals turned away."""
        return _ratio(self.blocked.sum(), self.arrivals.sum())

    @property
    def wait_probability(self) -> float:
        """Share of arrivals that find no idle agent."""
        return _ratio(self.delayed.sum(), self.arrivals.sum())

    @property
    def occupancy_share(self) -> float:
        """Service while open / agents on duty while open; ghost agents count above only."""
        return _ratio(self.busy_s[:-1].sum(), (self.agents * self.length_s)[:-1].sum())

    @property
    def mean_queue(self) -> Array:
        """(intervals + 1,) mean number of waiting people."""
        return np.asarray(self.waiting_s / self.length_s)

    @property
    def mean_busy(self) -> Array:
        """(intervals + 1,) mean number of busy agents."""
        return np.asarray(self.busy_s / self.length_s)


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below else 0.0


@dataclass(frozen=True)
class _Grid:
    """The states (busy, waiting) of a day, and what may happen in them."""

    customers: Customers
    most_busy: int
    longest: int
    """Where the line is cut."""
    places: float
    """Trunk lines or seats in all; inf = no end."""

    def _parts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        busy, line = np.indices((self.most_busy + 1, self.longest + 1))
        return busy.ravel(), line.ravel()

    def start_waiting_people(self, shares: Array, agents: int) -> Array:
        """Move probability to where agents who have just come have taken people from the line."""
        busy, line = self._parts()
        taken = np.clip(agents - busy, 0, line)
        moved = np.zeros_like(shares)
        np.add.at(moved, (busy + taken) * (self.longest + 1) + line - taken, shares)
        return moved

    def flows(self, rate_per_s: float, agents: int) -> tuple[list[tuple[NDArray[np.int64], Array]], Array]:
        """Give every kind of move as (target, rate) per state, and what is counted: (states, 6) rates."""
        busy, line = self._parts()
        width, state = self.longest + 1, np.arange(len(busy))
        no_idle, full = busy >= agents, busy + line >= self.places
        joins = no_idle & ~full & (line < self.longest)
        patient = 1 - self.customers.zero_patience_share
        finishing, giving_up = busy / self.customers.service_mean_s, line / self.customers.patience_mean_s
        next_one = (line > 0) & (busy <= agents)
        moves = [
            (np.where(no_idle, state, state + width), np.where(no_idle | full, 0.0, rate_per_s)),
            (np.where(joins, state + 1, state), joins * rate_per_s * patient),
            (np.where(line > 0, state - 1, state), giving_up),
            (np.where(next_one, state - 1, np.maximum(state - width, 0)), finishing),
        ]
        delayed, blocked = no_idle & ~full, rate_per_s * full
        at_cut = rate_per_s * patient * (delayed & (line == self.longest))
        left = giving_up + rate_per_s * (1 - patient) * delayed
        return moves, np.column_stack((line, busy, rate_per_s * delayed, left, blocked, at_cut)).astype(float)

    def pass_time(self, shares: Array, rate_per_s: float, agents: int, length_s: float) -> tuple[Array, Array]:
        """Follow the shares through one interval; give them at its end and the counts over it.

        Uniformisation (Jensen 1953): exact but for a Poisson tail of 1e-16.
        """
        from scipy.stats import poisson

        here = self.active(shares, agents)
        flow, stays, counted, clock = self._clockwork(here, rate_per_s, agents)
        ticks = np.arange(ticks_until(clock * length_s))
        now = shares[here]
        at_end, over = np.zeros_like(now), np.zeros_like(now)
        for chance, later in zip(
            poisson.pmf(ticks, clock * length_s), poisson.sf(ticks, clock * length_s), strict=True
        ):
            at_end += chance * now
            over += later * now
            now = flow @ now + stays * now
        after = np.zeros_like(shares)
        after[here] = at_end
        return after, over @ counted / clock

    def active(self, shares: Array, agents: int) -> NDArray[np.int64]:
        """Name the states that may be met: people wait only when no agent is idle, and ghost agents die out."""
        busy, line = self._parts()
        by_busy = shares.reshape(self.most_busy + 1, -1).sum(axis=1)
        most = max(agents, int(np.flatnonzero(by_busy > _UNSEEN)[-1]))
        return np.flatnonzero(((line == 0) | (busy >= agents)) & (busy <= most))

    def _clockwork(self, here: NDArray[np.int64], rate_per_s: float, agents: int) -> tuple[Any, Array, Array, float]:
        """Give the moves of one tick between active states, the chance of none, the counts, and the ticks per second."""
        from scipy.sparse import coo_matrix

        moves, counted = self.flows(rate_per_s, agents)
        place = np.zeros(len(counted), dtype=np.int64)
        place[here] = np.arange(len(here))
        targets = np.concatenate([place[target[here]] for target, _ in moves])
        rates = np.concatenate([rate[here] for _, rate in moves])
        leaving = rates.reshape(len(moves), -1).sum(axis=0)
        clock = max(float(leaving.max()), 1e-12)
        sources = np.tile(np.arange(len(here)), len(moves))
        flow = coo_matrix((rates / clock, (targets, sources)), shape=(len(here), len(here))).tocsr()
        return flow, 1 - leaving / clock, counted[here], clock


def open_day(
    intervals: Sequence[Interval],
    customers: Customers,
    *,
    places: int | None = None,
    agents_after_closing: int | None = None,
) -> Day:
    """Follow M_t/M/s_t+M from empty through a day, then without arrivals until everybody has gone.

    ``places`` counts everybody inside (trunk lines); None is no end. ``agents_after_closing`` serve who is still
    waiting; None keeps those of the last interval.

    Raises
    ------
    SettingError
        When there is no interval, a value is out of its bounds, or nobody is left to empty the line.

    Source
    ------
    Kolmogorov's forward equations, by uniformisation (Jensen 1953; Grassmann 1977).
    """
    if not intervals:
        raise refuse("intervals", "nothing", "must name at least one")
    room = math.inf if places is None else check_count("places", places, low=1)
    closing = (
        intervals[-1].agents
        if agents_after_closing is None
        else check_count("agents_after_closing", agents_after_closing)
    )
    most = max(*(interval.agents for interval in intervals), closing, 1)
    longest = _FIRST_LINE
    while longest <= _LAST_LINE:
        day, lost = _followed(intervals, _Grid(customers, most, longest, room), closing)
        if lost < _LOST_AT_CUT * max(day.arrivals.sum(), 1.0):
            return day
        longest *= 2
    raise refuse("intervals", "a line that still grows", f"must keep the line shorter than {_LAST_LINE} people")


def _followed(intervals: Sequence[Interval], grid: _Grid, closing: int) -> tuple[Day, float]:
    shares = np.zeros((grid.most_busy + 1) * (grid.longest + 1))
    shares[0] = 1.0
    line = grid._parts()[1]
    rows = []
    for interval in intervals:
        shares = grid.start_waiting_people(shares, interval.agents)
        shares, counts = grid.pass_time(shares, interval.rate_per_s, interval.agents, interval.length_s)
        rows.append((interval.length_s, interval.rate_per_s * interval.length_s, *counts, shares @ line))
    rows.append(_drained(shares, grid, closing))
    length, arrivals, waiting, busy, delayed, left, blocked, at_cut, at_end = np.array(rows).T
    agents = np.array([*(interval.agents for interval in intervals), closing])
    return Day(length, arrivals, agents, waiting, busy, delayed, left, blocked, at_end), float(at_cut.sum())


def _drained(shares: Array, grid: _Grid, closing: int) -> tuple[float, ...]:
    """Follow the closed line until everybody has gone: one row of the day."""
    if not closing and math.isinf(grid.customers.patience_mean_s):
        raise refuse("agents_after_closing", closing, "must be 1 or more, else those who never give up wait for ever")
    shares, (busy, line) = grid.start_waiting_people(shares, closing), grid._parts()
    step_s = grid.customers.service_mean_s * (1 + grid.longest / max(closing, 1) / 8)
    total, elapsed_s = np.zeros(6), 0.0
    while shares @ (busy + line) > _DRAINED or not elapsed_s:
        shares, counts = grid.pass_time(shares, 0.0, closing, step_s)
        total, elapsed_s = total + counts, elapsed_s + step_s
    return elapsed_s, 0.0, *total, float(shares @ line)


@dataclass(frozen=True, eq=False)
class Course:
    """A line at chosen times."""

    at_s: Array
    """(times,) seconds from the start."""
    number: Array
    """(times,) expected people inside."""
    wait_probability: Array
    """(times,) chance that somebody who arrives then finds no idle agent."""
    queue_length: Array
    """(times,) expected waiting people."""


def follow(rate_at: Rate, customers: Customers, agents: int, at_s: Sequence[float]) -> Course:
    """Follow M_t/M/s+M from empty with a smooth arrival rate and constant agents, to rising times.

    Raises
    ------
    SettingError
        When a value is out of its bounds, a share has zero patience (use :func:`open_day`), or the times do not rise.

    Source
    ------
    Kolmogorov's forward equations, integrated by the Runge-Kutta method of order 8 of Dormand & Prince.
    """
    times = np.asarray(at_s, dtype=float)
    if not len(times) or times[0] < 0 or (np.diff(times) <= 0).any():
        raise refuse("at_s", list(at_s), "must be rising times of 0 or more")
    if customers.zero_patience_share:
        raise refuse("zero_patience_share", customers.zero_patience_share, "must be 0 here; open_day knows it")
    check_count("agents", agents, low=1)
    longest = agents + _FIRST_LINE
    while longest <= _LAST_LINE:
        shares = _integrated(rate_at, customers, agents, times, longest)
        if shares[-1].max() < _LOST_AT_CUT:
            number = np.arange(longest + 1)
            delayed = number >= agents
            return Course(times, number @ shares, delayed @ shares, np.maximum(number - agents, 0) @ shares)
        longest *= 2
    raise refuse("rate_at", "a line that still grows", f"must keep the line shorter than {_LAST_LINE} people")


def _integrated(rate_at: Rate, customers: Customers, agents: int, times: Array, longest: int) -> Array:
    """Give (longest + 1, times) shares of each number inside."""
    from scipy.integrate import solve_ivp

    number = np.arange(longest + 1)
    leaving = (
        np.minimum(number, agents) / customers.service_mean_s
        + np.maximum(number - agents, 0) / customers.patience_mean_s
    )

    def change(at: float, shares: Array) -> Array:
        upward = rate_at(at) * shares[:-1] - leaving[1:] * shares[1:]
        return np.concatenate(([0.0], upward)) - np.concatenate((upward, [0.0]))

    empty = (number == 0).astype(float)
    end = max(float(times[-1]), 1e-9)
    return np.asarray(solve_ivp(change, (0.0, end), empty, "DOP853", times, rtol=1e-10, atol=1e-13).y)


def infinite_server_load(
    rate_at: Rate, service_survival: Survival, longest_service_s: float, at_s: Sequence[float]
) -> Array:
    """Give the agents that would be busy if nobody ever waited: the offered load m(t) of M_t/G/inf, (times,) erlang.

    ``service_survival`` is P(service > x); services longer than ``longest_service_s`` are left out.

    Raises
    ------
    SettingError
        When the longest service is not above 0.

    Source
    ------
    Eick, Massey & Whitt, Operations Research 41 (1993), theorem 1: m(t) = integral of lambda(t - u) P(S > u) du.
    """
    service_s, weight = _service_panels(check_positive("longest_service_s", longest_service_s))
    survival = np.asarray(service_survival(service_s), dtype=float) * weight
    return np.array([sum(rate_at(at - u) * held for u, held in zip(service_s, survival, strict=True)) for at in at_s])


@dataclass(frozen=True)
class Swing:
    """How a sinusoid of arrivals shows in the offered load."""

    amplitude_erlang: float
    lag_s: float
    """How long after the peak of the arrivals the load peaks, seconds."""


def sinusoidal_load(
    amplitude_per_s: float, period_s: float, service_survival: Survival, longest_service_s: float
) -> Swing:
    """Give amplitude and lag of the M_t/G/inf load when arrivals swing as a sinusoid.

    Raises
    ------
    SettingError
        When the amplitude is negative or a time is not above 0.

    Source
    ------
    Eick, Massey & Whitt, Management Science 39 (1993), theorem 4.1: the transform of P(S > u) at 2 pi / period.
    """
    check_not_negative("amplitude_per_s", amplitude_per_s)
    service_s, weight = _service_panels(check_positive("longest_service_s", longest_service_s))
    turn = 2 * math.pi / check_positive("period_s", period_s)
    held = np.asarray(service_survival(service_s), dtype=float) * weight
    cosine, sine = float(np.cos(turn * service_s) @ held), float(np.sin(turn * service_s) @ held)
    return Swing(amplitude_per_s * math.hypot(cosine, sine), math.atan2(sine, cosine) / turn)


def _service_panels(longest_s: float) -> tuple[Array, Array]:
    nodes, weights = np.polynomial.legendre.leggauss(10)
    edges = np.linspace(0.0, longest_s, 201)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()


def agents_for_delay(offered_load_erlang: float, wait_probability: float) -> int:
    """Find the fewest agents with which at most a given share waits when the number inside is Poisson.

    That law is exact when people inside leave at one rate whether served or waiting, and it is the modified-offered-load
    idea otherwise.

    Raises
    ------
    SettingError
        When the load is negative or the probability is not above 0 and up to 1.

    Source
    ------
    Feldman, Mandelbaum, Massey & Whitt, Management Science 54 (2008), section 3.
    """
    from scipy.stats import poisson

    load = check_not_negative("offered_load_erlang", offered_load_erlang)
    check_positive("wait_probability", check_share("wait_probability", wait_probability))
    agents = max(int(poisson.isf(wait_probability, load)) - 1, 0) if wait_probability < 1 else 0
    while poisson.sf(agents - 1, load) > wait_probability:
        agents += 1
    return agents


def poisson_queue(offered_load_erlang: float, agents: int) -> tuple[float, float]:
    """Give the chance that all agents are busy and the mean line when the number inside is Poisson.

    Raises
    ------
    SettingError
        When the load is negative or the agents are not a whole number of 0 or more.

    Source
    ------
    As :func:`agents_for_delay`; E[(N - s)+] = m P(N >= s - 1) - s P(N >= s) with N Poisson(m).
    """
    from scipy.stats import poisson

    load = check_not_negative("offered_load_erlang", offered_load_erlang)
    check_count("agents", agents)
    beyond = load * poisson.sf(agents - 2, load) if agents else load
    return float(poisson.sf(agents - 1, load)), float(beyond - agents * poisson.sf(agents - 1, load))
