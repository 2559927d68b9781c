"""M/M/c: everybody waits until served, in order of arrival (Erlang C).

A line whose agents cannot empty it is not refused: the answer is its limit (everybody waits, for ever).
Never knows abandonment; see ``erlang_a``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from servsim.theory import erlang_b
from servsim.theory.argument import check_count, check_not_negative, check_positive, check_share_below_one


def wait_probability(offered_load_erlang: float, agents: int) -> float:
    """Give the chance that an arrival at M/M/c finds all agents busy; 1 when they cannot carry the load.

    Raises
    ------
    SettingError
        When the load is negative or the agents are not a whole number of 0 or more.

    Source
    ------
    Erlang (1917); C = B / (1 - (a/c)(1 - B)), Cooper (1981), eq. 4.8 of chapter 3.
    """
    blocked = erlang_b.blocked_share(offered_load_erlang, agents)
    if offered_load_erlang >= agents:
        return 1.0
    return blocked / (1.0 - offered_load_erlang / agents * (1.0 - blocked))


@dataclass(frozen=True)
class ErlangC:
    """The long run of an M/M/c line.

    Greek: lambda = ``rate_per_s``, 1/mu = ``service_mean_s``, rho = ``occupancy_share``.
    """

    rate_per_s: float
    """Arrivals per second."""
    service_mean_s: float
    """Mean service time (average handling time), seconds."""
    agents: int
    wait_probability: float
    """Share of arrivals that wait at all."""
    mean_wait_of_delayed_s: float
    """Mean wait of those who wait, seconds; inf when the line grows without end."""

    @property
    def offered_load_erlang(self) -> float:
        """Mean number of agents needed if nobody had to wait."""
        return self.rate_per_s * self.service_mean_s

    @property
    def occupancy_share(self) -> float:
        """Share of an agent's time spent serving; 1 when the line grows without end, 0 without agents."""
        return min(self.offered_load_erlang / self.agents, 1.0) if self.agents else 0.0

    @property
    def mean_wait_s(self) -> float:
        """Mean wait of all, seconds; nobody gives up, so it is the average speed of answer as well."""
        return self.wait_probability * self.mean_wait_of_delayed_s if self.wait_probability else 0.0

    @property
    def queue_length(self) -> float:
        """Mean number of waiting people (Little's law)."""
        return self.rate_per_s * self.mean_wait_s

    @property
    def number_in_system(self) -> float:
        """Mean number of people waiting or in service."""
        return self.queue_length + self.offered_load_erlang

    def service_level(self, within_s: float) -> float:
        """Give the share of arrivals answered within a time.

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        Cooper (1981), chapter 3: P(W > t) = C exp(-(c mu - lambda) t).
        """
        return 1.0 - self.wait_probability * math.exp(
            -check_not_negative("within_s", within_s) / self.mean_wait_of_delayed_s
        )

    def wait_quantile_s(self, share: float) -> float:
        """Give the wait that a share of the arrivals does not exceed, seconds.

        Raises
        ------
        SettingError
            When the share is not of 0 or more and below 1.

        Source
        ------
        Inverse of P(W > t) = C exp(-(c mu - lambda) t).
        """
        left = 1.0 - check_share_below_one("share", share)
        return (
            self.mean_wait_of_delayed_s * math.log(self.wait_probability / left)
            if left < self.wait_probability
            else 0.0
        )


def solve(rate_per_s: float, service_mean_s: float, agents: int) -> ErlangC:
    """Solve M/M/c: arrivals per second, mean service in seconds, agents.

    Raises
    ------
    SettingError
        When the rate is negative, the service time is not above 0, or the agents are not a whole number of 0 or more.

    Source
    ------
    Erlang (1917).
    """
    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s)
    spare_per_s = (check_count("agents", agents) - load) / service_mean_s
    delayed_s = 1.0 / spare_per_s if spare_per_s > 0 else math.inf
    return ErlangC(rate_per_s, service_mean_s, agents, wait_probability(load, agents), delayed_s)


def min_agents(offered_load_erlang: float, aht_s: float, target: float, within_s: float) -> int:
    """Find the fewest agents with which M/M/c answers a target share within a time.

    Raises
    ------
    SettingError
        When the target is 1 or more (an unlimited number of agents), or a time or the load is out of its bounds.

    Source
    ------
    Erlang (1917); the service level grows with the agents, so the first that meets the target is the fewest.
    """
    load, aht = check_not_negative("offered_load_erlang", offered_load_erlang), check_positive("aht_s", aht_s)
    check_share_below_one("target", target)
    agents = math.floor(load) + 1 if load > 0 and target > 0 else 0
    while agents and solve(load / aht, aht, agents).service_level(within_s) < target:
        agents += 1
    return agents


def with_repeat_calls(rate_per_s: float, service_mean_s: float, agents: int, unsolved_share: float) -> ErlangC:
    """Solve M/M/c in which an unsolved customer rejoins at once: the load of every visit, not of every customer.

    A customer makes 1 / (1 - unsolved share) visits in the mean; waits of the answer are those of one visit.

    Raises
    ------
    SettingError
        When the share is 1 or more, or as :func:`solve`.

    Source
    ------
    Jackson (1957): product form, Erlang C at lambda / (1 - p).
    """
    return solve(rate_per_s / (1.0 - check_share_below_one("unsolved_share", unsolved_share)), service_mean_s, agents)
