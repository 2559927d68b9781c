"""Handling times: by reason, by agent and by time of day, and which law fits them. Never knows who waited.

A talk time is taken as  *mean of the reason x factor of the agent x factor of the hour x a draw with mean 1*; the
factors are found by turns (iterative proportional fitting) and drawn towards 1 where few calls were taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.calibrate.days import day_numbers
from servsim.calibrate.estimated import Estimated, mean_by_day
from servsim.calibrate.quantile import Rows, table_cdf, table_of
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

Floats = NDArray[Any]
Ints = NDArray[np.int64]
HOURS = 24
AGENT_WEIGHT = 50.0
"""An agent's factor counts as if it had been seen in this many calls with factor 1."""
HOUR_WEIGHT = 200.0
ROUNDS = 6
HELD_OUT_SHARE = 1 / 3
LEAST_TO_FIT = 30
LAWS = ("lognormal", "gamma", "weibull", "exponential")


@dataclass(frozen=True)
class LawFit:
    """How well one law fits one reason's talk times."""

    law: str
    """``table`` or a law of the scenario language."""
    distance: float
    """Kolmogorov-Smirnov distance to the last third of the days, fitted on the first two thirds."""
    aic: float
    """Akaike's criterion on all days; NaN for the table."""
    values: tuple[float, ...]
    """Mean and standard deviation (or shape and scale), seconds; empty for the table."""


@dataclass(frozen=True)
class Talk:
    """The talk times of one reason."""

    mean: Estimated
    rows: Rows
    """Quantile table of the talk times as they were."""
    rows_at_1: Rows
    """The same with the factors of agent and hour divided out."""
    fits: tuple[LawFit, ...]
    """The best first, by distance."""
    sample: Floats
    """Quantiles of the observed times, for pictures, (200,)."""

    @property
    def law(self) -> str:
        """The law with the smallest distance on held-out days."""
        return self.fits[0].law if self.fits else "table"


@dataclass(frozen=True)
class Handling:
    """Talk times of a log."""

    by_reason: dict[str, Talk]
    agent_factor: dict[str, Estimated]
    """By agent: talk time over that of the mean agent with the same mix of reasons and hours, drawn towards 1."""
    hour_factor: Floats
    """(24,) factor by hour of arrival, agents' factors divided out."""
    plain_hour_factor: Floats
    """(24,) the same, agents' factors left in."""
    day_sd: float
    """Standard deviation of a later day's level about the fitted one, sampling error taken out (by leaving thirds out)."""

    def factor(self, calls: RecordedCalls) -> Floats:
        """Return each contact's factor of agent and hour."""
        agents = np.array([self.agent_factor[n].value if n in self.agent_factor else 1.0 for n in calls.agent_names] + [1.0])
        return agents[calls.agent] * self.hour_factor[hour_of(calls)]


def hour_of(calls: RecordedCalls) -> Ints:
    """Return the hour of arrival."""
    return np.minimum(calls.arrived_s // 3600, HOURS - 1).astype(np.int64)


def talked(calls: RecordedCalls) -> RecordedCalls:
    """Return the answered contacts whose talk time is known."""
    return calls.where((calls.outcome == Outcome.ANSWERED) & np.isfinite(calls.talk_s))


def fit_handling(calls: RecordedCalls) -> Handling:
    """Fit the talk times of a log.

    Source
    ------
    Factors: Deming & Stephan (1940), iterative proportional fitting, with shrinkage towards 1.
    """
    known = talked(calls)
    factors = _factors(known, by_agent=_AGENTS)
    plain = _factors(known, by_agent=_NOBODY)
    used = factors.of(known)
    by_reason = {name: _talk(known, used, number) for number, name in enumerate(known.reason_names) if (known.reason == number).any()}
    return Handling(by_reason, _agents(known, factors), factors.hour, plain.hour, _day_sd(known))


@dataclass(frozen=True)
class _Factors:
    reason_s: Floats
    agent: Floats
    """(agents + 1,) the last is for calls without an agent."""
    hour: Floats

    def of(self, calls: RecordedCalls) -> Floats:
        return np.asarray(self.agent[calls.agent] * self.hour[hour_of(calls)])


_AGENTS, _NOBODY = AGENT_WEIGHT, math.inf


def _factors(known: RecordedCalls, by_agent: float) -> _Factors:
    """Find the factors by turns; ``by_agent`` is the weight that draws agents towards 1, inf: all agents alike."""
    reasons, agents, hour = len(known.reason_names), len(known.agent_names), hour_of(known)
    reason_s, agent, hours = np.ones(reasons), np.ones(agents + 1), np.ones(HOURS)
    number = np.where(known.agent < 0, agents, known.agent)
    for _ in range(ROUNDS):
        reason_s = _quotients(known.reason, known.talk_s, agent[number] * hours[hour], reasons, 0.0)
        reason_s = np.where(np.bincount(known.reason, None, reasons) > 0, reason_s, known.talk_s.mean())
        if not math.isinf(by_agent):
            agent = _quotients(number, known.talk_s, reason_s[known.reason] * hours[hour], agents + 1, by_agent)
            agent[-1] = 1.0
        hours = _quotients(hour, known.talk_s, reason_s[known.reason] * agent[number], HOURS, HOUR_WEIGHT)
    return _Factors(reason_s, agent, hours)


def _quotients(group: Any, seconds: Floats, expected: Floats, groups: int, weight: float) -> Floats:
    """Return observed over expected by group, drawn towards 1 by a weight."""
    above, below = np.bincount(group, seconds, groups), np.bincount(group, expected, groups)
    count = np.bincount(group, None, groups)
    raw = np.divide(above, below, out=np.ones(groups), where=below > 0)
    return np.asarray((count * raw + weight) / np.maximum(count + weight, 1e-9))


def _agents(known: RecordedCalls, factors: _Factors) -> dict[str, Estimated]:
    day, days = day_numbers(known)
    expected = factors.reason_s[known.reason] * factors.hour[hour_of(known)]
    ratio = known.talk_s / np.maximum(expected, 1e-9)
    found = {}
    for number, name in enumerate(known.agent_names):
        own = known.agent == number
        if own.any():
            raw = mean_by_day(day[own], days, ratio[own])
            keep, value = raw.observations / (raw.observations + AGENT_WEIGHT), float(factors.agent[number])
            half = keep * (raw.high - raw.low) / 2
            found[name] = Estimated(value, value - half, value + half, raw.observations)
    return found


def _talk(known: RecordedCalls, factor: Floats, number: int) -> Talk:
    own = known.reason == number
    day, days = day_numbers(known)
    seconds = known.talk_s[own]
    sample = np.quantile(seconds, (np.arange(200) + 0.5) / 200)
    return Talk(mean_by_day(day[own], days, seconds), table_of(seconds), table_of(seconds / factor[own]), fits_of(seconds, day[own]), sample)


# ---- which law


def fits_of(seconds: Floats, day: Ints) -> tuple[LawFit, ...]:
    """Return the laws by how well they foretell later days, the best first; empty with too few times.

    Criterion: Kolmogorov-Smirnov distance to the last third of the days of what was fitted on the first two thirds.
    """
    cut = np.quantile(np.unique(day), 1 - HELD_OUT_SHARE)
    early, late = seconds[day <= cut], seconds[day > cut]
    if min(len(early), len(late)) < LEAST_TO_FIT:
        return ()
    spread = np.linspace(-0.5, 0.5, len(late))  # The log counts whole seconds.
    late = np.maximum(np.sort(late) + spread, 1e-3)
    rows = table_of(early)
    found = [LawFit("table", _distance(late, lambda x: table_cdf(rows, x)), math.nan, ())]
    for law in LAWS:
        frozen = _fitted(law, early)
        found.append(LawFit(law, _distance(late, frozen.cdf), _aic(law, seconds), _values(law, seconds)))
    return tuple(sorted(found, key=lambda fit: fit.distance))


def _distance(sorted_values: Floats, cdf: Callable[[Floats], Any]) -> float:
    from scipy import stats

    return float(stats.kstest(sorted_values, cdf).statistic)


def _family(law: str) -> Any:
    from scipy import stats

    return {"lognormal": stats.lognorm, "gamma": stats.gamma, "weibull": stats.weibull_min, "exponential": stats.expon}[law]


MOST_TO_FIT = 4_000


def _fitted(law: str, seconds: Floats) -> Any:
    """Return a law fitted by maximum likelihood; of very many times, evenly chosen ones."""
    some = np.sort(np.maximum(seconds, 0.5))
    some = some[np.linspace(0, len(some) - 1, min(len(some), MOST_TO_FIT)).astype(int)]
    if law == "lognormal":
        logs = np.log(some)
        return _family(law)(logs.std(), 0.0, math.exp(logs.mean()))
    return _family(law)(*_family(law).fit(some, floc=0.0))


def _aic(law: str, seconds: Floats) -> float:
    frozen = _fitted(law, seconds)
    free = 1 if law == "exponential" else 2
    return float(2 * free - 2 * frozen.logpdf(np.maximum(seconds, 0.5)).sum())


def _values(law: str, seconds: Floats) -> tuple[float, ...]:
    frozen = _fitted(law, seconds)
    if law == "exponential":
        return (float(frozen.mean()),)
    return float(frozen.mean()), float(frozen.std())


# ---- how the level moves


def _day_sd(known: RecordedCalls) -> float:
    """Return how far a later day's level lies from the fitted one, by leaving thirds of the days out."""
    day, days = day_numbers(known)
    if days < 9:
        return 0.0
    third = day * 3 // days
    squares, errors, weight = 0.0, 0.0, 0
    for part in range(3):
        factors = _factors(known.where(third != part), by_agent=_AGENTS)
        late = known.where(third == part)
        late_day = day[third == part]
        expected = factors.reason_s[late.reason] * factors.of(late)
        ratio = late.talk_s / np.maximum(expected, 1e-9)
        for one in np.unique(late_day):
            own = late_day == one
            level = float(late.talk_s[own].sum() / expected[own].sum())
            squares += (level - 1) ** 2
            errors += float(ratio[own].var()) / own.sum()
            weight += 1
    return float(np.sqrt(max((squares - errors) / weight, 0.0)))
