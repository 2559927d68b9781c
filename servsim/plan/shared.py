"""What all replications of a plan share, worked out once and kept for the plans that were asked for last.

A comparison runs its worlds in turns, replication by replication, so several plans are kept; how much they hold is
bounded. Plans are told apart by identity: they are never changed. Never holds anything of one replication.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from servsim.plan.plan import Plan, as_lists
from servsim.plan.roster import Duties

MOST_BYTES = 6_000_000
"""Arrays of all the plans that are kept; plain lists take about four times as much. The latest plan is kept whatever its size."""

Made = TypeVar("Made")


class _Kept(NamedTuple, Generic[Made]):
    plan: Plan
    of_it: Made
    size: int


class ByPlan(Generic[Made]):
    """What is made of a plan, kept for the plans that were asked for last; threads may share it."""

    def __init__(self, make: Callable[[Plan], Made]) -> None:
        self.make = make
        self._kept: list[_Kept[Made]] = []
        self._lock = Lock()

    def __call__(self, plan: Plan) -> Made:
        """Return what is made of a plan."""
        with self._lock:
            found = next((kept for kept in self._kept if kept.plan is plan), None)
            if found is not None:
                self._put(found)
                return found.of_it
        made = self.make(plan)  # outside the lock: two threads may make the same, and nobody waits
        with self._lock:
            self._put(_Kept(plan, made, bytes_of(plan)))
        return made

    def _put(self, kept: _Kept[Made]) -> None:
        """Put a plan last, and forget those first in line while there is too much."""
        self._kept = [*(other for other in self._kept if other.plan is not kept.plan), kept]
        while len(self._kept) > 1 and sum(each.size for each in self._kept) > MOST_BYTES:
            del self._kept[0]


def bytes_of(plan: Plan) -> int:
    """Return how much memory the arrays of a plan take."""
    return sum(column.nbytes for column in plan if isinstance(column, np.ndarray))


class Shared:
    """The plan in plain lists, and the roster as far as nothing is drawn."""

    def __init__(self, plan: Plan) -> None:
        self.lists: Any = as_lists(plan)
        self.duties = Duties(self.lists)


shared_by = ByPlan(Shared)
"""What all replications of a plan share; nobody may change it."""
