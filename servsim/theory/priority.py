"""Classes of customers served by rank, without abandonment.

Never mixes service laws in one team of several agents: there is no exact formula for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from servsim.theory import erlang_c
from servsim.theory.argument import check_count, check_not_negative, check_positive, check_stable, refuse


def mean_waits_non_preemptive_s(rates_per_s: Sequence[float], service_mean_s: float, agents: int) -> tuple[float, ...]:
    """Give the mean wait of each class, highest rank first, in M/M/c where a service is never interrupted, seconds.

    Raises
    ------
    SettingError
        When there is no class, a rate is negative, the service time is not above 0, or the line grows without end.

    Source
    ------
    Cobham (1954), eq. 3; Kella & Yechiali (1985): W_k = C / (c mu (1 - s_{k-1}) (1 - s_k)), s_k = load of ranks 1..k.
    """
    service_rate = check_count("agents", agents, low=1) / check_positive("service_mean_s", service_mean_s)
    loads = _loads_up_to([check_not_negative("rates_per_s", rate) / service_rate for rate in rates_per_s])
    waits = erlang_c.wait_probability(loads[-1] * agents, agents)
    return tuple(waits / (service_rate * (1 - above) * (1 - upto)) for above, upto in pairwise(loads))


def mean_sojourns_preemptive_s(rates_per_s: Sequence[float], service_means_s: Sequence[float]) -> tuple[float, ...]:
    """Give the mean time in the system of each class, highest rank first, in M/M/1 with preemption and resumption, seconds.

    Raises
    ------
    SettingError
        When there is no class, the two lists differ in length, a value is out of bounds, or the line grows without end.

    Source
    ------
    White & Christie (1958); Jaiswal, Priority Queues (1968), chapter IV.
    """
    if len(rates_per_s) != len(service_means_s):
        raise refuse(
            "service_means_s", len(service_means_s), f"must name one time for each of the {len(rates_per_s)} rates"
        )
    times = [check_positive("service_means_s", mean) for mean in service_means_s]
    loads = _loads_up_to(
        [check_not_negative("rates_per_s", rate) * mean for rate, mean in zip(rates_per_s, times, strict=True)]
    )
    work_s = accumulate(rate * mean**2 for rate, mean in zip(rates_per_s, times, strict=True))
    ranks = zip(times, work_s, pairwise(loads), strict=True)
    return tuple(mean / (1 - above) + work / ((1 - above) * (1 - upto)) for mean, work, (above, upto) in ranks)


def _loads_up_to(loads: Sequence[float]) -> list[float]:
    """Give the load of ranks 1..k for k = 0, 1, 2 ..."""
    if not loads:
        raise refuse("rates_per_s", "nothing", "must name the rate of at least one class")
    totals = list(accumulate(loads, initial=0.0))
    check_stable("rates_per_s", totals[-1])
    return totals
