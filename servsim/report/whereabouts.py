"""Where everybody was at a moment, read off the log: who was on duty, busy or away and why, who waited in which line.

Never decides anything; the engine has decided long before.
"""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import hash64
from servsim.engine.log import PRESENCE_OVERTIME
from servsim.report.names import Chronicle
from servsim.rules.codes import BY_FIRM, StaffState

Rows = NDArray[np.intp]


class Whereabouts:
    """Questions about one moment of one replication."""

    def __init__(self, chronicle: Chronicle) -> None:
        self.contacts = chronicle.log.contacts
        self.plan = chronicle.plan
        self.horizon_s = float(chronicle.plan.horizon_s)
        self._presence = chronicle.log.presence
        self._absences = {hash64(name): name for name in chronicle.scenario.absences}

    @cached_property
    def _changes(self) -> dict[int, tuple[list[float], list[int]]]:
        order = np.lexsort((self._presence["time_s"], self._presence["agent"]))
        found: dict[int, tuple[list[float], list[int]]] = {}
        for place in order:
            times, states = found.setdefault(int(self._presence["agent"][place]), ([], []))
            times.append(float(self._presence["time_s"][place]))
            states.append(int(self._presence["state"][place]))
        return found

    @cached_property
    def _left_line_s(self) -> NDArray[np.float64]:
        """When each contact's wait ended; inf while it lasted."""
        answered, ended = self.contacts["answered_s"], self.contacts["ended_s"]
        return np.nan_to_num(np.where(np.isnan(answered), ended, answered), nan=math.inf)

    def state(self, agent: int, time_s: float) -> int:
        """Return what the agent's presence was: a ``StaffState``, or PRESENCE_OVERTIME; OFF before the first change."""
        times, states = self._changes.get(agent, ([], []))
        place = int(np.searchsorted(times, time_s, side="right")) - 1
        return states[place] if place >= 0 else int(StaffState.OFF)

    def is_here(self, agent: int, time_s: float) -> bool:
        """Whether the agent was on the floor."""
        return self.state(agent, time_s) in (StaffState.ON, PRESENCE_OVERTIME)

    def is_here_again_s(self, agent: int, time_s: float) -> float:
        """Return when the agent was on duty next; inf if not within the run."""
        times, states = self._changes.get(agent, ([], []))
        first = int(np.searchsorted(times, time_s, side="right"))
        return next((t for t, state in zip(times[first:], states[first:], strict=True) if state == StaffState.ON), math.inf)

    def goes_s(self, agent: int, from_s: float, to_s: float) -> float:
        """Return when the agent's duty first stopped between two moments; inf if it did not."""
        times, states = self._changes.get(agent, ([], []))
        first = int(np.searchsorted(times, from_s, side="right"))
        went = (t for t, state in zip(times[first:], states[first:], strict=True) if state != StaffState.ON)
        time_s = next(went, math.inf)
        return time_s if time_s <= to_s else math.inf

    def absence(self, agent: int, time_s: float) -> str:
        """Return the name of the scenario's absence that keeps the agent away, a planned one before a drawn one; or ''."""
        plan = self.plan
        now = (plan.away_agent == agent) & (plan.away_from_s <= time_s) & (plan.away_to_s > time_s)
        rows = sorted(np.flatnonzero(now), key=lambda row: not math.isnan(plan.away_chance[row]))
        return self._absences.get(plan.away_hash[rows[0]], "") if rows else ""

    def contact_in_hand(self, agent: int, time_s: float, but: int = -1) -> int:
        """Return the row of the contact the agent worked on, or -1; ``but`` is left out."""
        contacts = self.contacts
        released_s = np.nan_to_num(contacts["released_s"], nan=math.inf)
        rows = np.flatnonzero((contacts["agent"] == agent) & (contacts["answered_s"] <= time_s) & (released_s > time_s))
        rows = rows[rows != but]
        return int(rows[0]) if len(rows) else -1

    def waiting(self, queue: int, time_s: float) -> Rows:
        """Return who waited in a line (the first line each stood in), longest first."""
        contacts = self.contacts
        rows = np.flatnonzero((contacts["queue"] == queue) & (contacts["queued_s"] <= time_s) & (self._left_line_s > time_s))
        return rows[np.argsort(contacts["queued_s"][rows], kind="stable")]

    def waiting_in_channel(self, channel: int, time_s: float) -> Rows:
        """Return who waited in any line of a channel."""
        contacts = self.contacts
        waits = (contacts["queue"] >= 0) & (contacts["channel"] == channel)
        return np.flatnonzero(waits & (contacts["queued_s"] <= time_s) & (self._left_line_s > time_s))

    def held(self, channel: int, time_s: float, but: int) -> int:
        """Return how many lines or places of a channel others held."""
        contacts = self.contacts
        gone_s = np.nan_to_num(contacts["ended_s"], nan=math.inf)
        inside = (contacts["channel"] == channel) & (contacts["arrived_s"] <= time_s) & (gone_s > time_s)
        rows = np.flatnonzero(inside & ~np.isin(contacts["entry"], BY_FIRM))
        return int((rows != but).sum())
