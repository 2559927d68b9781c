"""M/D/c: every service takes the same time (Crommelin).

In order of arrival every c-th customer meets the same agent, so the wait is that of a random walk with steps
D - (time of c arrivals), and Spitzer's identity sums it. Never solves the roots of Crommelin's equation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from servsim.theory.argument import check_count, check_not_negative, check_positive, check_stable
from servsim.theory.patience import Array

_SUMMED = 4096
"""Terms added one by one; the smooth rest is integrated."""


@dataclass(frozen=True)
class DeterministicService:
    """The long run of an M/D/c line."""

    rate_per_s: float
    service_s: float
    agents: int
    wait_probability: float
    """Share of arrivals that wait."""
    mean_wait_s: float
    """Mean wait of all arrivals, seconds."""

    @property
    def queue_length(self) -> float:
        """Mean number of waiting people (Little's law)."""
        return self.rate_per_s * self.mean_wait_s

    @property
    def occupancy_share(self) -> float:
        """Share of an agent's time spent serving."""
        return self.rate_per_s * self.service_s / self.agents


def solve(rate_per_s: float, service_s: float, agents: int) -> DeterministicService:
    """Solve M/D/c: arrivals per second, the one service time in seconds, agents.

    Exact to twelve digits up to a load of 0.99 of the agents, to six beyond.

    Raises
    ------
    SettingError
        When the rate is negative, the time is not above 0, there is no agent, or the line grows without end.

    Source
    ------
    Crommelin (1932); Spitzer (1956): W = sum over i of E[(i D - G_ic)+] / i, P(W = 0) = exp(-sum P(G_ic < i D) / i),
    G_k the time of k arrivals.
    """
    from scipy.special import gammainc

    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_s", service_s)
    check_stable("rate_per_s", load / check_count("agents", agents, low=1))
    if load == 0:
        return DeterministicService(rate_per_s, service_s, agents, 0.0, 0.0)

    def excess_s(i: Array) -> Array:
        late = gammainc(i * agents + 1, i * load) * agents / rate_per_s
        return np.asarray(service_s * gammainc(i * agents, i * load) - late)

    def late_share(i: Array) -> Array:
        return np.asarray(gammainc(i * agents, i * load) / i)

    fading = agents * (load / agents - 1 - math.log(load / agents))
    return DeterministicService(
        rate_per_s, service_s, agents, -math.expm1(-_sum(late_share, fading)), max(_sum(excess_s, fading), 0.0)
    )


def _sum(term: Callable[[Array], Array], fading: float) -> float:
    """Add a series whose terms fade like exp(-fading i): the first ones singly, the rest by Euler-Maclaurin."""
    total = float(term(np.arange(1.0, _SUMMED)).sum())
    nodes, weights = np.polynomial.legendre.leggauss(20)
    edges = _SUMMED + np.concatenate(([0.0], np.geomspace(1.0, max(800.0 / fading, 2.0), 80)))
    half = np.diff(edges)[:, None] / 2
    rest = float((term(edges[:-1, None] + half * (1 + nodes)) * half * weights).sum())
    start, step = float(_SUMMED), 1.0
    first, before, after = term(np.array([start, start - step, start + step]))
    return total + rest + float(first) / 2 - float(after - before) / (2 * step) / 12
