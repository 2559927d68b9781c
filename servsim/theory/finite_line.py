"""M/M/c/K+M: trunk lines or seats end, so some arrivals are turned away at the door.

``places`` (K) counts everybody inside, those in service too. Never assumes that waiting places exist: K = c is a
loss line, K below c leaves agents idle for want of lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from servsim.theory.argument import check_count, check_not_negative, check_positive, refuse
from servsim.theory.patience import Array
from servsim.theory.uniformisation import ticks_until


@dataclass(frozen=True)
class FiniteLine:
    """The long run of an M/M/c/K+M line.

    Greek: lambda = ``rate_per_s``, 1/mu = ``service_mean_s``, 1/theta = ``patience_mean_s``, c = ``agents``, K = ``places``.
    """

    rate_per_s: float
    service_mean_s: float
    agents: int
    places: int
    patience_mean_s: float
    """Mean of exponential patience, seconds; inf = nobody gives up."""
    number_share: Array = field(repr=False, compare=False)
    """(places + 1,) share of time with 0, 1, 2 ... people inside; what arrivals see."""

    @property
    def servers(self) -> int:
        """Agents who can be busy at once: not more than there are places."""
        return min(self.agents, self.places)

    @property
    def blocked_share(self) -> float:
        """Share of arrivals turned away."""
        return float(self.number_share[-1])

    @property
    def wait_probability(self) -> float:
        """Share of the admitted that wait at all."""
        return float(self.number_share[self.servers : -1].sum()) / self._admitted

    @property
    def queue_length(self) -> float:
        """Mean number of waiting people."""
        return float(np.maximum(np.arange(self.places + 1) - self.servers, 0) @ self.number_share)

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of the admitted, those who give up included, seconds."""
        return self._over_places(self._positions()[2]) / self._admitted

    @property
    def average_speed_of_answer_s(self) -> float:
        """Mean wait of those who are served, seconds."""
        _, waited_and_served_s, _ = self._positions()
        return self._over_places(waited_and_served_s) / self.served_share

    @property
    def served_share(self) -> float:
        """Share of arrivals that are served."""
        return self._over_places(self._positions()[0]) + self._at_once

    @property
    def abandoned_share(self) -> float:
        """Share of arrivals that are admitted and leave unserved."""
        return self._over_places(1 - self._positions()[0])

    @property
    def occupancy_share(self) -> float:
        """Share of an agent's time spent serving."""
        busy = float(np.minimum(np.arange(self.places + 1), self.servers) @ self.number_share)
        return busy / self.agents

    @property
    def _admitted(self) -> float:
        return max(1.0 - self.blocked_share, float(self.number_share[:-1].sum()))

    @property
    def _at_once(self) -> float:
        return float(self.number_share[: self.servers].sum())

    def _over_places(self, by_position: Array) -> float:
        """Average over arrivals that take waiting position 1, 2 ... ; others count 0."""
        return float(self.number_share[self.servers : -1] @ by_position)

    def _leaving_per_s(self) -> tuple[float, Array, Array]:
        """Give the agents' rate, and per waiting position the rate of moving up and of anything happening."""
        ahead = np.arange(self.places - self.servers)
        serving, giving_up = self.servers / self.service_mean_s, 1.0 / self.patience_mean_s
        return giving_up, np.asarray(serving + ahead * giving_up), np.asarray(serving + (ahead + 1) * giving_up)

    def _positions(self) -> tuple[Array, Array, Array]:
        """Give per waiting position: chance of service, its wait counted when served, mean wait however it ends."""
        _, up, any_change = self._leaving_per_s()
        served, waited_served_s, waited_s = np.ones(len(up) + 1), np.zeros(len(up) + 1), np.zeros(len(up) + 1)
        for place in range(len(up)):
            moves_up, stays_s = up[place] / any_change[place], 1.0 / any_change[place]
            served[place + 1] = moves_up * served[place]
            waited_served_s[place + 1] = moves_up * (waited_served_s[place] + stays_s * served[place])
            waited_s[place + 1] = stays_s + moves_up * waited_s[place]
        return served[1:], waited_served_s[1:], waited_s[1:]

    def service_level(self, within_s: float) -> float:
        """Give the share of all arrivals, the blocked included, that are served within a time.

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        Pure death chain of the tagged customer's position, by uniformisation (Jensen 1953).
        """
        return self._at_once + self._ended_within(within_s)[0]

    def abandoned_within_share(self, within_s: float) -> float:
        """Give the share of all arrivals that are admitted and give up within a time.

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        As :meth:`service_level`.
        """
        return self._ended_within(within_s)[1]

    def _ended_within(self, within_s: float) -> tuple[float, float]:
        from scipy.stats import poisson

        check_not_negative("within_s", within_s)
        giving_up, up, any_change = self._leaving_per_s()
        clock = float(any_change.max(initial=0.0))
        if clock * within_s == 0:
            return 0.0, 0.0
        ended = self._ended_by_tick(clock, giving_up, up, any_change, ticks_until(clock * within_s))
        weight = poisson.pmf(np.arange(len(ended)), clock * within_s)
        weight[-1] = poisson.sf(len(ended) - 2, clock * within_s)
        served, gone = weight @ ended
        return float(served), float(gone)

    def _ended_by_tick(self, clock: float, giving_up: float, up: Array, any_change: Array, ticks: int) -> Array:
        """Give (ticks, 2) the shares served and gone after each tick of the clock, until nobody is left or time is up."""
        waiting, served, gone = self.number_share[self.servers : -1].copy(), 0.0, 0.0
        ended = [(served, gone)]
        while len(ended) < ticks and waiting.sum() > 1e-18:
            moving = waiting * up / clock
            served, gone = served + float(moving[0]), gone + float(waiting.sum()) * giving_up / clock
            waiting = waiting * (1 - any_change / clock)
            waiting[:-1] += moving[1:]
            ended.append((served, gone))
        return np.array(ended)


def solve(
    rate_per_s: float, service_mean_s: float, agents: int, places: int, patience_mean_s: float = math.inf
) -> FiniteLine:
    """Solve M/M/c/K+M: arrivals per second, mean service in seconds, agents, places in all, mean patience in seconds.

    Raises
    ------
    SettingError
        When a rate is negative, a time is not above 0, or a count is not whole of 1 or more.

    Source
    ------
    Birth and death: Kleinrock, Queueing Systems I (1975), section 3.2.
    """
    check_not_negative("rate_per_s", rate_per_s)
    check_positive("service_mean_s", service_mean_s)
    check_count("agents", agents, low=1)
    check_count("places", places, low=1)
    if math.isnan(patience_mean_s) or patience_mean_s <= 0:
        raise refuse("patience_mean_s", patience_mean_s, "must be above 0, or infinite for people who never give up")
    inside = np.arange(1, places + 1)
    leaving = np.minimum(inside, agents) / service_mean_s + np.maximum(inside - agents, 0) / patience_mean_s
    return FiniteLine(rate_per_s, service_mean_s, agents, places, patience_mean_s, _balance(rate_per_s, leaving))


def _balance(rate_per_s: float, leaving_per_s: Array) -> Array:
    """Give the long-run share of each number inside, in logarithms so that no product overflows."""
    if rate_per_s == 0:
        return np.concatenate(([1.0], np.zeros(len(leaving_per_s))))
    logarithm = np.concatenate(([0.0], np.cumsum(math.log(rate_per_s) - np.log(leaving_per_s))))
    weight = np.exp(logarithm - logarithm.max())
    return np.asarray(weight / weight.sum())
