"""What a call file says was observed, by interval of the day: the measures that a simulation is held against.

Counts by the interval of arrival. Never estimates anything: sums and quotients of recorded numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servsim.record.call_file import RecordedCalls
from servsim.rules.clock import DAY_S
from servsim.rules.codes import Outcome

Column = NDArray[np.float64]


@dataclass(frozen=True)
class ObservedIntervals:
    """Sums and quotients by interval of the day over all recorded dates; every array has shape (intervals,)."""

    start_s: Column
    """Begin of the interval, seconds after midnight."""
    days: int
    """How many dates were added up."""
    offered: Column
    """Answered or abandoned; who left in the menu is not offered."""
    answered: Column
    abandoned: Column
    answered_within: Column
    """Answered at or before the threshold."""
    abandoned_within: Column
    short_abandoned: Column
    """Abandoned at or before ``short_abandon_s``."""
    wait_s: Column
    """Sum of the waits of all offered contacts."""
    wait_answered_s: Column
    """Sum of the waits of the answered."""
    talk_s: Column
    """Sum of the known talk times."""
    talks: Column
    """How many talk times are known."""

    @property
    def mean_wait_s(self) -> Column:
        """Mean wait of all, abandoned included; 0 where nobody came."""
        return _quotient(self.wait_s, self.offered, 0.0)

    @property
    def average_speed_of_answer_s(self) -> Column:
        """Mean wait of the answered; 0 where nobody was answered."""
        return _quotient(self.wait_answered_s, self.answered, 0.0)

    @property
    def mean_talk_s(self) -> Column:
        """Mean of the known talk times; 0 where none is known."""
        return _quotient(self.talk_s, self.talks, 0.0)

    @property
    def abandoned_share(self) -> Column:
        """Abandoned of offered; 0 where nobody came."""
        return _quotient(self.abandoned, self.offered, 0.0)

    def service_level(self, formula: str) -> Column:
        """Service level after a named formula; 1 where nobody came."""
        served, lost = self.answered_within, self.abandoned_within
        parts = {
            "within_of_offered": (served + lost, self.offered),
            "answered_of_answered": (served, self.answered),
            "answered_of_offered": (served, self.offered),
            "abandons_within_left_out": (served, self.offered - lost),
            "short_abandons_count": (served + self.short_abandoned, self.offered),
        }
        return _quotient(*parts[formula], 1.0)


def observed_by_interval(calls: RecordedCalls, interval_s: float, threshold_s: float, short_abandon_s: float = 5.0) -> ObservedIntervals:
    """Add up recorded contacts by interval of the day, over all their dates.

    Parameters
    ----------
    calls : the recorded contacts; ``calls.of_period(ranges)`` chooses days.
    interval_s : length of the intervals; must divide a day.
    threshold_s : waits at or before this are within the service level.
    """
    sought = calls.seeking_an_agent()
    intervals = round(DAY_S / interval_s)
    where = np.minimum(sought.arrived_s // interval_s, intervals - 1).astype(np.int64)
    answered = sought.outcome == Outcome.ANSWERED
    within = sought.wait_s <= threshold_s
    known_talk = answered & np.isfinite(sought.talk_s)

    def total(keep: NDArray[np.bool_], values: Column | None = None) -> Column:
        weights = None if values is None else values[keep]
        return np.bincount(where[keep], weights, intervals).astype(np.float64)

    return ObservedIntervals(
        start_s=np.arange(intervals, dtype=np.float64) * interval_s,
        days=len(np.unique(calls.date)),
        offered=total(np.ones(len(sought), bool)),
        answered=total(answered),
        abandoned=total(~answered),
        answered_within=total(answered & within),
        abandoned_within=total(~answered & within),
        short_abandoned=total(~answered & (sought.wait_s <= short_abandon_s)),
        wait_s=total(np.ones(len(sought), bool), sought.wait_s),
        wait_answered_s=total(answered, sought.wait_s),
        talk_s=total(known_talk, sought.talk_s),
        talks=total(known_talk),
    )


def _quotient(above: Column, below: Column, if_empty: float) -> Column:
    quotient: Column = np.divide(above, below, out=np.full(above.shape, if_empty), where=below > 0)
    return quotient
