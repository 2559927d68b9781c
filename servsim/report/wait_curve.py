"""How the waits of a channel are spread: who was answered, who gave up and who still waited after each time.

Gathered one replication at a time, so that no log need be kept. The curve of the answered meets the promise's time at
the service level "answered_of_offered": S_t / (S + L). Never draws.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.estimate import Moments
from servsim.measure.facts import facts_of
from servsim.measure.terms import Terms
from servsim.plan.plan import Plan
from servsim.rules.codes import Outcome

Floats = NDArray[np.float64]

POINTS = 241
TIMES_THE_PROMISE = 12.0
"""The curves reach this many times the promised wait."""


class WaitCurve(NamedTuple):
    """One channel's waits, each (points,)."""

    time_s: Floats
    answered: Floats
    """Share of those answered or abandoned who were answered by then."""
    answered_half: Floats
    """Half the width of its confidence interval; NaN with one replication."""
    gave_up: Floats
    """Share who had given up by then."""
    contacts: float
    """Mean number per replication of those answered or abandoned."""


class WaitCurves:
    """Takes in replications one at a time."""

    def __init__(self, plan: Plan, terms: Terms) -> None:
        self.plan, self.terms = plan, terms
        self.channels = len(plan.channel_kind)
        within_s = np.where(terms.within_s > 0.0, terms.within_s, 60.0)
        self.time_s = within_s[:, None] * np.linspace(0.0, TIMES_THE_PROMISE, POINTS)
        self.answered, self.gave_up = Moments(self.channels * POINTS), Moments(self.channels * POINTS)

    def add(self, log: RunLog) -> None:
        """Take in one replication."""
        facts = facts_of(log, self.plan, self.terms)
        counts = [self._by_then(facts.contacts["channel"][rows], facts.wait_s[rows]) for rows in map(facts.with_outcome, WAITED)]
        total = np.repeat(sum(count[:, -1] for count in counts), POINTS)
        self.answered.add(counts[0][:, :-1].ravel(), total)
        self.gave_up.add(counts[1][:, :-1].ravel(), total)

    def _by_then(self, channel: NDArray[np.integer], wait_s: Floats) -> Floats:
        """Return (channels, points + 1): how many waits were over by each time, and in the last column all."""
        found = np.zeros((self.channels, POINTS + 1))
        for number in range(self.channels):
            mine = np.sort(wait_s[channel == number])
            found[number, :-1] = np.searchsorted(mine, self.time_s[number], side="right")
            found[number, -1] = len(mine)
        return found

    def curve(self, channel: int, level: float = 0.95) -> WaitCurve:
        """Return one channel's curve; shares are NaN where nobody came."""
        rows = slice(channel * POINTS, (channel + 1) * POINTS)
        if not self.answered.replications:
            nothing = np.full(POINTS, np.nan)
            return WaitCurve(self.time_s[channel], nothing, nothing, nothing, 0.0)
        halves = self.answered.half_widths(level)[rows]
        return WaitCurve(
            self.time_s[channel], self.answered.values()[rows], halves, self.gave_up.values()[rows], float(self.answered.below[channel * POINTS])
        )


WAITED = (Outcome.ANSWERED, Outcome.ABANDONED)
