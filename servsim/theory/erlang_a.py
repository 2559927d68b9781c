"""M/M/c+M (Erlang A) and M/M/c+G: who waits longer than its patience leaves.

Both are one integral over the offered wait; with exponential patience its exponent is in closed form.
Never knows trunk lines; see ``finite_line``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from servsim.theory import erlang_b, erlang_c
from servsim.theory.argument import check_count, check_not_negative, check_positive, check_share_below_one
from servsim.theory.patience import Array, Patience, PatienceLaw
from servsim.theory.virtual_wait import Busy, VirtualWait, hill, offered


@dataclass(frozen=True)
class ErlangA:
    """The long run of an M/M/c+G line.

    Greek: lambda = ``rate_per_s``, 1/mu = ``service_mean_s``, G = survival function of ``patience``.
    """

    rate_per_s: float
    service_mean_s: float
    agents: int
    patience: Patience
    wait_probability: float
    """Share of arrivals that find all agents busy, those who leave at once included."""
    abandoned_share: float
    """Share of arrivals that leave unserved."""
    mean_wait_s: float
    """Mean wait of all arrivals, those who leave included, seconds."""
    average_speed_of_answer_s: float
    """Mean wait of those who are served, seconds."""
    mean_wait_of_abandoned_s: float
    """Mean wait of those who leave, seconds; NaN when patience is endless."""
    mean_offered_wait_s: float
    """Mean wait of somebody with endless patience, seconds."""
    _edges_s: Array = field(repr=False, compare=False)
    """(edges,) panels of the offered wait; empty when the line grows without end."""

    @property
    def queue_length(self) -> float:
        """Mean number of waiting people (Little's law)."""
        return self.rate_per_s * self.mean_wait_s if self.rate_per_s else 0.0

    @property
    def occupancy_share(self) -> float:
        """Share of an agent's time spent serving."""
        return min(self.rate_per_s * (1 - self.abandoned_share) * self.service_mean_s / self.agents, 1.0)

    def service_level(self, within_s: float) -> float:
        """Give the share of arrivals that are served within a time.

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        Zeltyn & Mandelbaum (2005), section 4: P(V <= t, V < patience).
        """
        at_once = 1 - self.wait_probability
        if not check_not_negative("within_s", within_s) or not len(self._edges_s):
            return at_once
        wait = self._offered_wait(within_s)
        return at_once + self.wait_probability * wait.mean(np.where(wait.wait_s <= within_s, wait.survival, 0.0))

    def abandoned_within_share(self, within_s: float) -> float:
        """Give the share of arrivals that leave unserved within a time.

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        Zeltyn & Mandelbaum (2005), section 4: P(patience <= t, patience < V).
        """
        if not len(self._edges_s):
            return 0.0
        wait = self._offered_wait(check_not_negative("within_s", within_s))
        left_by_then = 1 - float(np.asarray(self.patience.survival(np.array([within_s]))).reshape(-1)[0])
        return self.wait_probability * wait.mean(np.where(wait.wait_s <= within_s, 1 - wait.survival, left_by_then))

    def service_level_without_short_abandons(self, within_s: float) -> float:
        """Give served within a time, of all arrivals but those who left within it.

        Raises
        ------
        SettingError
            When the time is negative.
        """
        counted = 1 - self.abandoned_within_share(within_s)
        return min(self.service_level(within_s) / counted, 1.0) if counted else 1.0

    def waited_at_most_share(self, within_s: float) -> float:
        """Give the share of arrivals whose wait, however it ended, was within a time.

        Raises
        ------
        SettingError
            When the time is negative.
        """
        return min(self.service_level(within_s) + self.abandoned_within_share(within_s), 1.0)

    def _offered_wait(self, cut_s: float) -> VirtualWait:
        return offered(_busy(self.rate_per_s, self.service_mean_s, self.agents, self.patience), self._edges_s, cut_s)


def _busy(rate_per_s: float, service_mean_s: float, agents: int, patience: Patience) -> Busy:
    return Busy(rate_per_s, agents / service_mean_s, patience)


def solve(rate_per_s: float, service_mean_s: float, agents: int, patience: Patience) -> ErlangA:
    """Solve M/M/c+G: arrivals per second, mean exponential service in seconds, agents, law of patience.

    With endless patience the answer is Erlang C; a line that then grows without end gives its limit, as there.

    Raises
    ------
    SettingError
        When the rate is negative, the service time is not above 0, there is no agent, or a share of people who
        never give up lets the line grow without end.

    Source
    ------
    Palm (1946); Baccelli & Hebuterne (1981); Zeltyn & Mandelbaum, Queueing Systems 51 (2005), section 4.
    """
    check_not_negative("rate_per_s", rate_per_s)
    check_positive("service_mean_s", service_mean_s)
    check_count("agents", agents, low=1)
    if patience.law is PatienceLaw.ENDLESS and rate_per_s * service_mean_s >= agents:
        return _growing(rate_per_s, service_mean_s, agents, patience)
    busy = _busy(rate_per_s, service_mean_s, agents, patience)
    edges = hill(busy)
    wait = offered(busy, edges)
    waits = _wait_probability(busy, wait, erlang_b.blocked_share(rate_per_s * service_mean_s, agents - 1))
    gives_up = wait.mean(1 - wait.survival)
    abandoned = waits * gives_up
    waited_in_vain_s = wait.mean(wait.integrated_survival - wait.wait_s * wait.survival)
    return ErlangA(
        rate_per_s,
        service_mean_s,
        agents,
        patience,
        wait_probability=waits,
        abandoned_share=abandoned,
        mean_wait_s=waits * wait.mean(wait.integrated_survival),
        average_speed_of_answer_s=waits * wait.mean(wait.wait_s * wait.survival) / (1 - abandoned),
        mean_wait_of_abandoned_s=waited_in_vain_s / gives_up if gives_up else math.nan,
        mean_offered_wait_s=waits * wait.mean(wait.wait_s),
        _edges_s=edges,
    )


def _wait_probability(busy: Busy, wait: VirtualWait, blocked_with_one_less: float) -> float:
    """Weigh "all busy" against "an agent is idle": lambda J / (1/B(c-1) + lambda J), free of overflow."""
    all_busy = busy.rate_per_s * blocked_with_one_less * wait.area_s
    return all_busy / (math.exp(-wait.top) + all_busy)


def _growing(rate_per_s: float, service_mean_s: float, agents: int, patience: Patience) -> ErlangA:
    limits = (1.0, 0.0, math.inf, math.inf, math.nan, math.inf)
    return ErlangA(rate_per_s, service_mean_s, agents, patience, *limits, _edges_s=np.empty(0))


def min_agents(rate_per_s: float, service_mean_s: float, patience: Patience, target: float, within_s: float) -> int:
    """Find the fewest agents with which M/M/c+G serves a target share of all arrivals within a time.

    Raises
    ------
    SettingError
        When the target is 1 or more, or as :func:`solve`.

    Source
    ------
    Bisection: the served share grows with the agents (Bhattacharya & Ephremides 1991). Erlang C bounds it above only
    with endless patience, so the upper end is found by doubling.
    """
    load = check_not_negative("rate_per_s", rate_per_s) * check_positive("service_mean_s", service_mean_s)
    check_share_below_one("target", target)
    if load == 0 or target == 0:
        return 0
    if patience.law is PatienceLaw.ENDLESS:
        return erlang_c.min_agents(load, service_mean_s, target, within_s)

    def enough(agents: int) -> bool:
        return solve(rate_per_s, service_mean_s, agents, patience).service_level(within_s) >= target

    too_few, plenty = 0, 1
    while not enough(plenty):
        too_few, plenty = plenty, 2 * plenty
    while plenty - too_few > 1:
        middle = (too_few + plenty) // 2
        too_few, plenty = (too_few, middle) if enough(middle) else (middle, plenty)
    return plenty
