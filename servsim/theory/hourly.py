"""What a planner's sheet would say: every interval as if it lasted for ever, on its own (SIPP).

Never carries people from one interval to the next; that is what simulation and ``time_varying`` are for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from servsim.theory import erlang_a
from servsim.theory.argument import check_count, check_not_negative, check_positive, refuse
from servsim.theory.patience import Array, of_mean

Line = erlang_a.ErlangA | None
"""An interval with calls and agents; None without the one or the other."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Erlang A (Erlang C where nobody gives up) of each interval.

    Without arrivals every share is 0 but the service level, which is 1; with arrivals and without agents all give up,
    or wait for ever.
    """

    rate_per_s: Array
    """(intervals,) arrivals per second."""
    aht_s: Array
    """(intervals,) mean handling time, seconds; NaN allowed where nobody arrives."""
    mean_patience_s: Array
    """(intervals,) mean patience, seconds; inf = nobody gives up."""
    agents: NDArray[np.int64]
    """(intervals,) agents on duty."""
    lines: tuple[Line, ...]
    """(intervals,) the solved lines."""

    @property
    def offered_load_erlang(self) -> Array:
        """(intervals,) mean number of agents needed if nobody had to wait."""
        return np.where(self.rate_per_s > 0, self.rate_per_s * self.aht_s, 0.0)

    @property
    def wait_probability(self) -> Array:
        """(intervals,) share of arrivals that wait."""
        return self._column(lambda line: line.wait_probability, np.ones(len(self.agents)))

    @property
    def abandoned_share(self) -> Array:
        """(intervals,) share of arrivals that give up."""
        return self._column(lambda line: line.abandoned_share, np.isfinite(self.mean_patience_s).astype(float))

    @property
    def mean_wait_s(self) -> Array:
        """(intervals,) mean wait of all arrivals, seconds; inf where the line grows without end."""
        return self._column(lambda line: line.mean_wait_s, self.mean_patience_s)

    @property
    def average_speed_of_answer_s(self) -> Array:
        """(intervals,) mean wait of those who are served, seconds; NaN where nobody is served."""
        return self._column(lambda line: line.average_speed_of_answer_s, np.full(len(self.agents), math.nan))

    @property
    def occupancy_share(self) -> Array:
        """(intervals,) share of an agent's time spent serving."""
        return self._column(lambda line: line.occupancy_share, np.zeros(len(self.agents)))

    def service_level_share(self, threshold_s: float) -> Array:
        """Give the share of arrivals answered within a time, (intervals,).

        Raises
        ------
        SettingError
            When the time is negative.

        Source
        ------
        As :func:`erlang_a_by_interval`; formula "answered_of_offered".
        """
        check_not_negative("threshold_s", threshold_s)
        answered = self._column(lambda line: line.service_level(threshold_s), np.zeros(len(self.agents)))
        return np.where(self.rate_per_s > 0, answered, 1.0)

    def _column(self, value: Callable[[erlang_a.ErlangA], float], without_agents: Array) -> Array:
        """Read a column off the lines; 0 without arrivals, another value without agents."""
        pairs = zip(self.lines, self.rate_per_s, without_agents, strict=True)
        return np.array([value(line) if line else (other if rate else 0.0) for line, rate, other in pairs], dtype=float)


def erlang_a_by_interval(
    rate_per_s: ArrayLike, aht_s: ArrayLike, mean_patience_s: ArrayLike, agents: ArrayLike
) -> Sheet:
    """Compute each interval's long run on its own, as planners do: numbers or columns of one length.

    Raises
    ------
    SettingError
        When a rate is negative, a patience is not above 0, agents are not whole numbers of 0 or more, a handling time
        is not above 0 where somebody arrives, or the lengths do not fit.

    Source
    ------
    Stationary independent period by period: Green, Kolesar & Soares (2001); Erlang A: Palm (1946), see ``erlang_a``.
    """
    given = [np.atleast_1d(np.asarray(column, dtype=float)) for column in (rate_per_s, aht_s, mean_patience_s, agents)]
    if len({column.shape for column in given if column.shape != (1,)}) > 1 or any(column.ndim != 1 for column in given):
        raise refuse("columns", [column.shape for column in given], "must be numbers or columns of one length")
    rate, aht, patience, staff = np.broadcast_arrays(*given)
    solved: dict[tuple[float, ...], Line] = {}
    rows = list(zip(rate.tolist(), aht.tolist(), patience.tolist(), staff.tolist(), strict=True))
    for row in rows:
        if row not in solved:
            solved[row] = _solved(*row)
    return Sheet(rate, aht, patience, staff.astype(np.int64), tuple(solved[row] for row in rows))


def _solved(rate_per_s: float, aht_s: float, mean_patience_s: float, agents: float) -> Line:
    check_not_negative("rate_per_s", rate_per_s)
    staff, patience = check_count("agents", agents), of_mean(mean_patience_s)
    if rate_per_s == 0:
        return None
    check_positive("aht_s", aht_s)
    return erlang_a.solve(rate_per_s, aht_s, staff, patience) if staff else None
