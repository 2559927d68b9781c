"""Small models without a formula, solved exactly as Markov chains: redials, wrap-up, absences.

Every time is exponential. Lines without an end are cut where less than one part in 10^12 of the time is spent.
Never used for large teams: the number of states grows with agents times line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servsim.theory.argument import check_count, check_not_negative, check_positive, check_stable, refuse
from servsim.theory.patience import Array

State = tuple[int, ...]
Moves = Callable[[State], Iterator[tuple[State, float]]]
"""From a state to the states that may follow, each with its rate per second."""

_BEYOND = 1e-12
_FIRST_CUT = 64
_LAST_CUT = 4096


@dataclass(frozen=True, eq=False)
class LongRun:
    """How a chain spends its time."""

    states: NDArray[np.int64]
    """(states, parts) what a state is made of."""
    share: Array
    """(states,) share of time in each."""

    def mean(self, values: NDArray[np.generic]) -> float:
        """Average a value, or a truth, per state over time."""
        return float(np.asarray(values, dtype=float) @ self.share)


def long_run(start: State, moves: Moves) -> LongRun:
    """Solve the balance equations of all states that can be reached; the start should be a likely state.

    Raises
    ------
    SettingError
        When the chain leaves its start for ever, so that no long run exists.

    Source
    ------
    Stewart, Introduction to the Numerical Solution of Markov Chains (1994), section 2.3.
    """
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    number, sources, targets, rates = _explore(start, moves)
    size = len(number)
    flow = coo_matrix((rates, (targets, sources)), shape=(size, size)).tocsc()
    balance = (flow - diags(np.asarray(flow.sum(axis=0)).ravel())).tocsc()
    share = np.ones(size)
    if size > 1:
        share[1:] = spsolve(balance[1:, 1:], -balance[1:, 0].toarray().ravel())
    if not np.isfinite(share).all():
        raise refuse("start", start, "must be a state to which the chain returns")
    return LongRun(np.array(list(number), dtype=np.int64), np.maximum(share, 0) / share.sum())


def _explore(start: State, moves: Moves) -> tuple[dict[State, int], list[int], list[int], list[float]]:
    """Number the reachable states, the start 0, and list every move as source, target, rate."""
    number: dict[State, int] = {start: 0}
    sources, targets, rates = [], [], []
    waiting = [start]
    while waiting:
        state = waiting.pop()
        for following, rate in moves(state):
            if rate <= 0:
                continue
            if following not in number:
                number[following] = len(number)
                waiting.append(following)
            sources.append(number[state])
            targets.append(number[following])
            rates.append(rate)
    return number, sources, targets, rates


def _long_run_of_line(start: State, moves_up_to: Callable[[int], Moves], line: int, last: int | None = None) -> LongRun:
    """Solve with a longer and longer line (part ``line`` of a state) until nobody would notice its end."""
    cut = _FIRST_CUT if last is None else last
    while cut <= max(_LAST_CUT, last or 0):
        answer = long_run(start, moves_up_to(cut))
        if last is not None or answer.mean(answer.states[:, line] == cut) < _BEYOND:
            return answer
        cut *= 2
    raise refuse(
        "rate_per_s", "a line that still matters at its end", "must leave the line shorter than " + str(_LAST_CUT)
    )


@dataclass(frozen=True)
class Redials:
    """The long run of an M/M/c line without waiting room whose callers redial until they get through."""

    blocked_share: float
    """Share of first calls that find all agents busy."""
    mean_redialling: float
    """Mean number of people between two tries."""
    mean_busy: float
    """Mean number of busy agents."""


def redials(rate_per_s: float, service_mean_s: float, agents: int, pause_mean_s: float) -> Redials:
    """Solve the M/M/c retrial line: first calls per second, mean service, agents, mean pause before the next try, seconds.

    Raises
    ------
    SettingError
        When a value is out of its bounds or the line grows without end.

    Source
    ------
    Falin & Templeton, Retrial Queues (1997), section 2.1.
    """
    check_stable(
        "rate_per_s",
        check_not_negative("rate_per_s", rate_per_s) * service_mean_s / check_count("agents", agents, low=1),
    )
    finish, retry = (
        1 / check_positive("service_mean_s", service_mean_s),
        1 / check_positive("pause_mean_s", pause_mean_s),
    )

    def moves_up_to(cut: int) -> Moves:
        def moves(state: State) -> Iterator[tuple[State, float]]:
            busy, outside = state
            if busy < agents:
                yield (busy + 1, outside), rate_per_s
                yield (busy + 1, outside - 1), outside * retry
            elif outside < cut:
                yield (busy, outside + 1), rate_per_s
            yield (busy - 1, outside), busy * finish

        return moves

    answer = _long_run_of_line((round(rate_per_s * service_mean_s), 0), moves_up_to, line=1)
    busy, outside = answer.states.T
    return Redials(answer.mean(busy == agents), answer.mean(outside), answer.mean(busy))


def mean_redialling_one_agent(rate_per_s: float, service_mean_s: float, pause_mean_s: float) -> float:
    """Give the mean number of people between two tries in the M/M/1 retrial line.

    Greek: rho = rate * service mean, nu = 1 / pause mean.

    Raises
    ------
    SettingError
        When a value is out of its bounds or the line grows without end.

    Source
    ------
    Falin & Templeton (1997): rho (lambda + rho nu) / (nu (1 - rho)).
    """
    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s)
    check_stable("rate_per_s", load)
    return load * (rate_per_s * check_positive("pause_mean_s", pause_mean_s) + load) / (1 - load)


@dataclass(frozen=True)
class ChainLine:
    """The long run of a waiting line that was solved as a chain."""

    rate_per_s: float
    wait_probability: float
    """Share of arrivals that find no idle agent."""
    abandoned_share: float
    """Share of arrivals that leave unserved."""
    blocked_share: float
    """Share of arrivals turned away for want of a place."""
    queue_length: float
    """Mean number of waiting people."""
    mean_serving: float
    """Mean number of agents with a customer."""
    mean_wrapping: float
    """Mean number of agents in after-call work."""
    mean_away: float
    """Mean number of absent agents."""
    mean_present: float
    """Mean number of present agents."""

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of the admitted, seconds (Little's law)."""
        return self.queue_length / (self.rate_per_s * (1 - self.blocked_share)) if self.rate_per_s else 0.0

    @property
    def occupancy_share(self) -> float:
        """Share of the present time that agents spend serving or wrapping up."""
        return (self.mean_serving + self.mean_wrapping) / self.mean_present


def _check_line(rate_per_s: float, agents: int, patience_mean_s: float) -> float:
    """Check a line and give the rate at which a waiting person gives up."""
    check_not_negative("rate_per_s", rate_per_s)
    check_count("agents", agents, low=1)
    if math.isnan(patience_mean_s) or patience_mean_s <= 0:
        raise refuse("patience_mean_s", patience_mean_s, "must be above 0, or infinite for people who never give up")
    return 1 / patience_mean_s


def _abandoned_share(rate_per_s: float, giving_up_per_s: float, queue_length: float) -> float:
    return giving_up_per_s * queue_length / rate_per_s if rate_per_s else 0.0


def wrap_up(
    rate_per_s: float,
    talk_mean_s: float,
    wrap_up_mean_s: float,
    agents: int,
    patience_mean_s: float = math.inf,
    waiting_places: int | None = None,
) -> ChainLine:
    """Solve M/PH/c+M: the agent talks, then wraps up; the customer leaves after the talk.

    Two equal means make it M/E2/c+M. ``waiting_places`` ends the line; None lets it grow.

    Raises
    ------
    SettingError
        When a value is out of its bounds or the line grows without end.

    Source
    ------
    Neuts, Matrix-Geometric Solutions (1981), chapter 3; here solved as a cut chain.
    """
    giving_up = _check_line(rate_per_s, agents, patience_mean_s)
    hang_up, finish = (
        1 / check_positive("talk_mean_s", talk_mean_s),
        1 / check_positive("wrap_up_mean_s", wrap_up_mean_s),
    )
    load = rate_per_s * (talk_mean_s + wrap_up_mean_s)
    if not giving_up and waiting_places is None:
        check_stable("rate_per_s", load / agents)

    def moves_up_to(cut: int) -> Moves:
        def moves(state: State) -> Iterator[tuple[State, float]]:
            talking, wrapping, line = state
            if talking + wrapping < agents:
                yield (talking + 1, wrapping, 0), rate_per_s
            elif line < cut:
                yield (talking, wrapping, line + 1), rate_per_s
            yield (talking - 1, wrapping + 1, line), talking * hang_up
            yield (talking + (line > 0), wrapping - 1, line - (line > 0)), wrapping * finish
            yield (talking, wrapping, line - 1), line * giving_up

        return moves

    busy = min(math.ceil(load), agents)
    talks = round(busy * talk_mean_s / (talk_mean_s + wrap_up_mean_s))
    answer = _long_run_of_line((talks, busy - talks, 0), moves_up_to, line=2, last=waiting_places)
    talking, wrapping, line = answer.states.T
    waiting = answer.mean(line)
    blocked = 0.0 if waiting_places is None else answer.mean((talking + wrapping == agents) & (line == waiting_places))
    return ChainLine(
        rate_per_s,
        wait_probability=answer.mean(talking + wrapping == agents) - blocked,
        abandoned_share=_abandoned_share(rate_per_s, giving_up, waiting),
        blocked_share=blocked,
        queue_length=waiting,
        mean_serving=answer.mean(talking),
        mean_wrapping=answer.mean(wrapping),
        mean_away=0.0,
        mean_present=float(agents),
    )


def absences_after_the_call(
    rate_per_s: float,
    service_mean_s: float,
    agents: int,
    present_mean_s: float,
    away_mean_s: float,
    patience_mean_s: float = math.inf,
) -> ChainLine:
    """Solve M/M/c+M whose agents are called away; a busy one finishes the call first.

    Calls away come to each present agent after an exponential time with mean ``present_mean_s``.

    Raises
    ------
    SettingError
        When a value is out of its bounds or the line grows without end.

    Source
    ------
    Birth and death in (serving, serving but called away, away, waiting); no closed form is known.
    """
    giving_up = _check_line(rate_per_s, agents, patience_mean_s)
    finish, call_away, come_back = _absence_rates(service_mean_s, present_mean_s, away_mean_s)

    def moves_up_to(cut: int) -> Moves:
        def moves(state: State) -> Iterator[tuple[State, float]]:
            serving, called, away, line = state
            idle, next_one = agents - serving - called - away, int(line > 0)
            if idle:
                yield (serving + 1, called, away, 0), rate_per_s
                yield (serving, called, away + 1, 0), idle * call_away
            elif line < cut:
                yield (serving, called, away, line + 1), rate_per_s
            yield (serving - 1 + next_one, called, away, line - next_one), serving * finish
            yield (serving - 1, called + 1, away, line), serving * call_away
            yield (serving, called - 1, away + 1, line), called * finish
            yield (serving + next_one, called, away - 1, line - next_one), away * come_back
            yield (serving, called, away, line - 1), line * giving_up

        return moves

    start = (min(agents, round(rate_per_s * service_mean_s)), 0, 0, 0)
    answer = _long_run_of_line(start, moves_up_to, line=3)
    serving, called, away, line = answer.states.T
    return ChainLine(
        rate_per_s,
        wait_probability=answer.mean(serving + called + away == agents),
        abandoned_share=_abandoned_share(rate_per_s, giving_up, answer.mean(line)),
        blocked_share=0.0,
        queue_length=answer.mean(line),
        mean_serving=answer.mean(serving + called),
        mean_wrapping=0.0,
        mean_away=answer.mean(away),
        mean_present=agents - answer.mean(away),
    )


def absences_at_once(
    rate_per_s: float,
    service_mean_s: float,
    agents: int,
    present_mean_s: float,
    away_mean_s: float,
    patience_mean_s: float = math.inf,
) -> ChainLine:
    """Solve M/M/c+M whose agents leave at once, even mid-call; the customer goes back to the head of the line.

    Raises
    ------
    SettingError
        When a value is out of its bounds or the line grows without end.

    Source
    ------
    Mitrany & Avi-Itzhak (1968); Neuts & Lucantoni (1979); abandonment added.
    """
    giving_up = _check_line(rate_per_s, agents, patience_mean_s)
    finish, leave, come_back = _absence_rates(service_mean_s, present_mean_s, away_mean_s)

    def moves_up_to(cut: int) -> Moves:
        def moves(state: State) -> Iterator[tuple[State, float]]:
            inside, present = state
            if inside < cut:
                yield (inside + 1, present), rate_per_s
            yield (inside - 1, present), min(inside, present) * finish + max(inside - present, 0) * giving_up
            yield (inside, present - 1), present * leave
            yield (inside, present + 1), (agents - present) * come_back

        return moves

    start = (round(rate_per_s * service_mean_s), agents)
    answer = _long_run_of_line(start, moves_up_to, line=0)
    inside, present = answer.states.T
    line = np.maximum(inside - present, 0)
    return ChainLine(
        rate_per_s,
        wait_probability=answer.mean(inside >= present),
        abandoned_share=_abandoned_share(rate_per_s, giving_up, answer.mean(line)),
        blocked_share=0.0,
        queue_length=answer.mean(line),
        mean_serving=answer.mean(np.minimum(inside, present)),
        mean_wrapping=0.0,
        mean_away=answer.mean(agents - present),
        mean_present=answer.mean(present),
    )


def _absence_rates(service_mean_s: float, present_mean_s: float, away_mean_s: float) -> tuple[float, float, float]:
    return (
        1 / check_positive("service_mean_s", service_mean_s),
        1 / check_positive("present_mean_s", present_mean_s),
        1 / check_positive("away_mean_s", away_mean_s),
    )
