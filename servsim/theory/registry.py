"""Which formula fits which line: the step "theory beside simulation" asks here and nowhere else.

Only exact formulas are listed: a simulated value that differs from them by more than chance is wrong.
Never approximates and never looks at a scenario.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from servsim.theory import deterministic, erlang_a, erlang_b, erlang_c, finite_line, priority, single_server
from servsim.theory.argument import check_count, check_not_negative, check_positive, refuse
from servsim.theory.patience import Patience, PatienceLaw, endless


class ArrivalLaw(Enum):
    """How arrivals come."""

    POISSON = "poisson"
    """At one rate, for ever."""
    OTHER = "other"
    """Rates that change, batches, appointments: no formula here fits."""


class ServiceLaw(Enum):
    """Which formulas a law of service admits."""

    EXPONENTIAL = "exponential"
    DETERMINISTIC = "deterministic"
    GENERAL = "general"


class Rank(Enum):
    """Who is next."""

    FIRST_COME = "first_come"
    NON_PREEMPTIVE = "non_preemptive"
    """The highest class waiting, when an agent becomes idle."""
    PREEMPTIVE_RESUME = "preemptive_resume"
    """A higher class interrupts a lower one, whose service later goes on."""


@dataclass(frozen=True)
class LineModel:
    """One line as theory sees it."""

    rate_per_s: float
    """Arrivals per second, all classes together."""
    service_mean_s: float
    """Mean service time, seconds, the same for all classes."""
    agents: int
    service_law: ServiceLaw = ServiceLaw.EXPONENTIAL
    service_scv: float = 1.0
    """Squared coefficient of variation of the service time."""
    arrivals: ArrivalLaw = ArrivalLaw.POISSON
    patience: Patience = field(default_factory=endless)
    capacity: int | None = None
    """Places in all, those in service too (trunk lines); None = no end."""
    class_rates_per_s: tuple[float, ...] = ()
    """Arrivals per second of each class, highest rank first; empty = one class."""
    rank: Rank = Rank.FIRST_COME
    within_s: float | None = None
    """Threshold of the service level, seconds; None leaves that measure out."""

    def __post_init__(self) -> None:
        check_not_negative("rate_per_s", self.rate_per_s)
        check_positive("service_mean_s", self.service_mean_s)
        check_count("agents", self.agents)
        check_not_negative("service_scv", self.service_scv)
        if self.capacity is not None:
            check_count("capacity", self.capacity, low=1)
        if self.class_rates_per_s and not math.isclose(
            math.fsum(self.class_rates_per_s), self.rate_per_s, rel_tol=1e-9
        ):
            raise refuse("class_rates_per_s", self.class_rates_per_s, f"must add up to rate_per_s = {self.rate_per_s}")

    @property
    def offered_load_erlang(self) -> float:
        """Mean number of agents needed if nobody had to wait."""
        return self.rate_per_s * self.service_mean_s

    @property
    def can_empty(self) -> bool:
        """Whether the agents can do all the work."""
        return self.offered_load_erlang < self.agents

    @property
    def has_one_queue(self) -> bool:
        """Whether everybody is served in order of arrival."""
        return self.rank is Rank.FIRST_COME or len(self.class_rates_per_s) < 2

    @property
    def is_exponential(self) -> bool:
        """Whether service times are exponential."""
        return self.service_law is ServiceLaw.EXPONENTIAL

    @property
    def waits_for_ever(self) -> bool:
        """Whether the line has no end, nobody gives up, and it does not grow without end."""
        return self.capacity is None and self.patience.law is PatienceLaw.ENDLESS and self.can_empty


Values = dict[str, float]
"""Measure -> value; a class's own value is ``mean_wait_s.class_1`` and so on, highest rank first."""


@dataclass(frozen=True)
class Formula:
    """One exact result of queueing theory."""

    name: str
    kendall: str
    needs: str
    """What the line must be, as a sentence for the reader of a report."""
    fits: Callable[[LineModel], bool]
    compute: Callable[[LineModel], Values]


def _with_service_level(line: LineModel, values: Values, level: Callable[[float], float]) -> Values:
    return values if line.within_s is None else {**values, "service_level_share": level(line.within_s)}


def _loss(line: LineModel) -> Values:
    servers = min(line.agents, line.capacity or 0)
    return {
        "blocked_share": erlang_b.blocked_share(line.offered_load_erlang, servers),
        "occupancy_share": erlang_b.carried_load_erlang(line.offered_load_erlang, servers) / line.agents,
        "wait_probability_share": 0.0,
        "mean_wait_s": 0.0,
        "average_speed_of_answer_s": 0.0,
        "abandoned_share": 0.0,
    }


def _delay(line: LineModel) -> Values:
    answer = erlang_c.solve(line.rate_per_s, line.service_mean_s, line.agents)
    values = _nobody_leaves(answer.wait_probability, answer.mean_wait_s, answer.occupancy_share)
    return _with_service_level(line, values, answer.service_level)


def _nobody_leaves(wait_probability: float, mean_wait_s: float, occupancy_share: float) -> Values:
    return {
        "wait_probability_share": wait_probability,
        "mean_wait_s": mean_wait_s,
        "average_speed_of_answer_s": mean_wait_s,
        "abandoned_share": 0.0,
        "blocked_share": 0.0,
        "occupancy_share": occupancy_share,
    }


def _impatience(line: LineModel) -> Values:
    answer = erlang_a.solve(line.rate_per_s, line.service_mean_s, line.agents, line.patience)
    values = {
        "wait_probability_share": answer.wait_probability,
        "mean_wait_s": answer.mean_wait_s,
        "average_speed_of_answer_s": answer.average_speed_of_answer_s,
        "abandoned_share": answer.abandoned_share,
        "blocked_share": 0.0,
        "occupancy_share": answer.occupancy_share,
    }
    return _with_service_level(line, values, answer.service_level)


def _trunks(line: LineModel) -> Values:
    answer = finite_line.solve(
        line.rate_per_s, line.service_mean_s, line.agents, line.capacity or 0, line.patience.mean_s
    )
    values = {
        "wait_probability_share": answer.wait_probability,
        "mean_wait_s": answer.mean_wait_s,
        "average_speed_of_answer_s": answer.average_speed_of_answer_s,
        "abandoned_share": answer.abandoned_share,
        "blocked_share": answer.blocked_share,
        "occupancy_share": answer.occupancy_share,
    }
    return _with_service_level(line, values, answer.service_level)


def _one_agent(line: LineModel) -> Values:
    mean_wait_s = single_server.mean_wait_s(line.rate_per_s, line.service_mean_s, line.service_scv)
    return _nobody_leaves(line.offered_load_erlang, mean_wait_s, line.offered_load_erlang)


def _equal_times(line: LineModel) -> Values:
    answer = deterministic.solve(line.rate_per_s, line.service_mean_s, line.agents)
    return _nobody_leaves(answer.wait_probability, answer.mean_wait_s, answer.occupancy_share)


def _by_class(line: LineModel, waits_s: tuple[float, ...]) -> Values:
    weighted = zip(waits_s, line.class_rates_per_s, strict=True)
    mean_wait_s = sum(wait * rate for wait, rate in weighted) / line.rate_per_s if line.rate_per_s else 0.0
    return {
        "mean_wait_s": mean_wait_s,
        "average_speed_of_answer_s": mean_wait_s,
        "abandoned_share": 0.0,
        "blocked_share": 0.0,
        "occupancy_share": line.offered_load_erlang / line.agents,
        **{f"mean_wait_s.class_{rank}": wait for rank, wait in enumerate(waits_s, start=1)},
    }


def _ranks(line: LineModel) -> Values:
    values = _by_class(
        line, priority.mean_waits_non_preemptive_s(line.class_rates_per_s, line.service_mean_s, line.agents)
    )
    return {"wait_probability_share": erlang_c.wait_probability(line.offered_load_erlang, line.agents), **values}


def _interruptions(line: LineModel) -> Values:
    means = (line.service_mean_s,) * len(line.class_rates_per_s)
    sojourns = priority.mean_sojourns_preemptive_s(line.class_rates_per_s, means)
    return _by_class(line, tuple(sojourn - line.service_mean_s for sojourn in sojourns))


FORMULAS: tuple[Formula, ...] = (
    Formula(
        "Erlang B",
        "M/G/c/c",
        "Poisson arrivals, no place to wait, any service time",
        lambda line: line.capacity is not None and line.capacity <= line.agents,
        _loss,
    ),
    Formula(
        "Erlang C",
        "M/M/c",
        "Poisson arrivals, exponential service, order of arrival, nobody gives up, more agents than load",
        lambda line: line.is_exponential and line.has_one_queue and line.waits_for_ever,
        _delay,
    ),
    Formula(
        "Erlang A",
        "M/M/c+M",
        "Poisson arrivals, exponential service and patience, order of arrival, no end of the line",
        lambda line: (
            line.is_exponential
            and line.has_one_queue
            and line.capacity is None
            and line.patience.law is PatienceLaw.EXPONENTIAL
        ),
        _impatience,
    ),
    Formula(
        "Baccelli-Hebuterne",
        "M/M/c+G",
        "Poisson arrivals, exponential service, any patience, order of arrival, no end of the line",
        lambda line: (
            line.is_exponential
            and line.has_one_queue
            and line.capacity is None
            and line.patience.law is PatienceLaw.GENERAL
        ),
        _impatience,
    ),
    Formula(
        "Birth and death",
        "M/M/c/K+M",
        "Poisson arrivals, exponential service, exponential or endless patience, order of arrival, more places than agents",
        lambda line: (
            line.is_exponential
            and line.has_one_queue
            and line.capacity is not None
            and line.capacity > line.agents
            and line.patience.law is not PatienceLaw.GENERAL
        ),
        _trunks,
    ),
    Formula(
        "Pollaczek-Khinchine",
        "M/G/1",
        "Poisson arrivals, one agent, any service time, order of arrival, nobody gives up, load below 1",
        lambda line: line.agents == 1 and line.has_one_queue and line.waits_for_ever,
        _one_agent,
    ),
    Formula(
        "Crommelin",
        "M/D/c",
        "Poisson arrivals, equal service times, order of arrival, nobody gives up, more agents than load",
        lambda line: line.service_law is ServiceLaw.DETERMINISTIC and line.has_one_queue and line.waits_for_ever,
        _equal_times,
    ),
    Formula(
        "Cobham",
        "M/M/c, non-preemptive ranks",
        "Poisson arrivals, exponential service alike for all classes, ranks without interruption, nobody gives up, more agents than load",
        lambda line: (
            line.is_exponential and not line.has_one_queue and line.rank is Rank.NON_PREEMPTIVE and line.waits_for_ever
        ),
        _ranks,
    ),
    Formula(
        "White-Christie",
        "M/M/1, preemptive-resume ranks",
        "Poisson arrivals, one agent, exponential service alike for all classes, ranks that interrupt, nobody gives up, load below 1",
        lambda line: (
            line.is_exponential
            and line.agents == 1
            and not line.has_one_queue
            and line.rank is Rank.PREEMPTIVE_RESUME
            and line.waits_for_ever
        ),
        _interruptions,
    ),
)


def applicable(line: LineModel) -> list[Formula]:
    """List the exact formulas that fit a line, in the order of ``FORMULAS``; none is a usual answer.

    Raises
    ------
    SettingError
        Never; the line was checked when it was made.
    """
    if line.arrivals is not ArrivalLaw.POISSON or not line.agents:
        return []
    return [formula for formula in FORMULAS if formula.fits(line)]
