"""Groups: the ways in which measures are broken down, and the cells from which every group is added up.

::

    contacts -> cells of TIME (channel x day x interval)    -> overall, interval, day, channel, channel_interval
             -> cells of WHO (reason x segment x team)      -> reason, segment, team
    agents   -> cells of STAFF (team x day x interval)      -> overall, interval, day, team, team_interval

A cell is summed in row order by ``bincount`` (never pairwise), so two engines that leave the same log get the same
bits. A contact belongs to the interval in which it arrived. Never decides what is summed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.measure.facts import Amount, Facts
from servsim.plan.plan import Names, Plan
from servsim.rules.clock import DAY_S

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Floats = NDArray[np.float64]


BY = {
    "overall": (),
    "interval": ("interval",),
    "day": ("day",),
    "channel": ("channel",),
    "reason": ("reason",),
    "segment": ("segment",),
    "team": ("team",),
    "channel_interval": ("channel", "interval"),
    "team_interval": ("team", "interval"),
}
"""Every breakdown, with the columns that name its groups."""

PARTS = ("channel", "reason", "segment", "team", "interval", "day")
"""The columns that name groups, in the order of the file."""


@dataclass(frozen=True)
class Cells:
    """A box of cells: some nouns crossed, and the group of each cell under each breakdown."""

    size: int
    groups: dict[str, tuple[Ints, int]]
    """By breakdown: (cells,) group of each cell (-1: none), and how many groups there are."""

    def sums(self, cells: Floats, by: str) -> Floats:
        """Add cells up to the groups of one breakdown, in the order of the cells."""
        group, count = self.groups[by]
        has = group >= 0
        return np.bincount(group[has], weights=cells[has], minlength=count).astype(float)


def intervals_per_day(plan: Plan) -> int:
    """Return how many intervals a day has."""
    return round(DAY_S / plan.interval_s)


def time_cells(plan: Plan) -> Cells:
    """Return the cells channel x day x interval."""
    shape = (len(plan.channel_kind), plan.days, intervals_per_day(plan))
    return _cells(shape, ("channel", "day", "interval"), ("overall", "interval", "day", "channel", "channel_interval"))


def staff_cells(plan: Plan) -> Cells:
    """Return the cells team x day x interval."""
    shape = (len(plan.team_first) - 1, plan.days, intervals_per_day(plan))
    return _cells(shape, ("team", "day", "interval"), ("overall", "interval", "day", "team", "team_interval"))


def who_cells(plan: Plan) -> Cells:
    """Return the cells reason x segment x team; team 0 stands for nobody."""
    shape = (len(plan.asks_own), len(plan.segment_size), len(plan.team_first))
    cells = _cells(shape, ("reason", "segment", "team"), ("reason", "segment", "team"))
    team, _ = cells.groups["team"]
    return Cells(cells.size, {**cells.groups, "team": (team - 1, shape[2] - 1)})


def _cells(shape: tuple[int, ...], axes: tuple[str, ...], breakdowns: tuple[str, ...]) -> Cells:
    numbers = dict(zip(axes, (axis.ravel() for axis in np.indices(shape)), strict=True))
    lengths = dict(zip(axes, shape, strict=True))
    return Cells(int(np.prod(shape)), {by: _group(BY[by], numbers, lengths) for by in breakdowns})


def _group(parts: tuple[str, ...], numbers: dict[str, Any], lengths: dict[str, int]) -> tuple[Ints, int]:
    group, count = np.zeros(len(next(iter(numbers.values()))), np.int64), 1
    for part in parts:
        group, count = group * lengths[part] + numbers[part], count * lengths[part]
    return group, count


def bin_of(time_s: Floats, plan: Plan) -> Ints:
    """Return the interval in which each moment lies, counted from the start of the run; the last holds the rest."""
    bins = np.floor_divide(time_s, plan.interval_s).astype(np.int64)
    return np.clip(bins, 0, plan.days * intervals_per_day(plan) - 1)


@dataclass(frozen=True)
class ContactCells:
    """The cells of every contact of one replication."""

    time: Cells
    who: Cells
    time_of: Ints32
    """(contacts,) cell channel x day x interval."""
    who_of: Ints32
    """(contacts,) cell reason x segment x team."""

    def sums(self, amount: Amount, breakdowns: Collection[str]) -> dict[str, Floats]:
        """Add an amount up, under those of some breakdowns that contacts have."""
        found: dict[str, Floats] = {}
        for cells, cell_of in ((self.time, self.time_of), (self.who, self.who_of)):
            wanted = [by for by in cells.groups if by in breakdowns]
            if wanted:
                sums = np.bincount(cell_of[amount.rows], weights=amount.weights, minlength=cells.size).astype(float)
                found.update((by, cells.sums(sums, by)) for by in wanted)
        return found

    def group_of(self, rows: NDArray[np.intp], by: str) -> Ints:
        """Return the group of each of these rows under a breakdown; -1 for none."""
        cell_of = self.time_of if by in self.time.groups else self.who_of
        return self._groups(by)[0][cell_of[rows]]

    def is_whole(self, by: str) -> bool:
        """Whether a breakdown has one group, and every contact is in it."""
        group, count = self._groups(by)
        return count == 1 and bool((group == 0).all())

    def count(self, by: str) -> int:
        """Return how many groups a breakdown has."""
        return self._groups(by)[1]

    def _groups(self, by: str) -> tuple[Ints, int]:
        return (self.time if by in self.time.groups else self.who).groups[by]

    @property
    def breakdowns(self) -> tuple[str, ...]:
        """Names of the breakdowns of contacts."""
        return (*self.time.groups, *self.who.groups)


def contact_cells(facts: Facts) -> ContactCells:
    """Place every contact in its cells."""
    plan, contacts = facts.plan, facts.contacts
    bins = bin_of(contacts["arrived_s"], plan)
    time_of = contacts["channel"].astype(np.int64) * (plan.days * intervals_per_day(plan)) + bins
    who_of = (contacts["reason"].astype(np.int64) * len(plan.segment_size) + contacts["segment"]) * len(plan.team_first) + facts.team + 1
    time, who = time_cells(plan), who_cells(plan)
    return ContactCells(time, who, _small(time_of, time.size), _small(who_of, who.size))


def _small(numbers: Ints, below: int) -> Ints32:
    """Return numbers in half the room; more cells than that would not fit into memory."""
    assert below < 2**31
    return numbers.astype(np.int32)


def labels(by: str, plan: Plan, names: Names, start: dt.date) -> dict[str, NDArray[np.object_]]:
    """Return the words that name the groups of a breakdown, by column, each (groups,); '' where it does not apply."""
    words = _words(plan, names, start)
    columns = dict.fromkeys(PARTS, np.array([""], object))
    for part in BY[by]:
        old = len(next(iter(columns.values())))
        columns = {name: np.repeat(column, len(words[part])) for name, column in columns.items()}
        columns[part] = np.tile(words[part], old)
    return columns


def _words(plan: Plan, names: Names, start: dt.date) -> dict[str, NDArray[np.object_]]:
    days = [(start + dt.timedelta(days=day)).isoformat() for day in range(plan.days)]
    intervals = [clock(number * plan.interval_s) for number in range(intervals_per_day(plan))]
    lists = (names.channels, names.reasons, names.segments, names.teams, intervals, days)
    return {part: np.array(words, object) for part, words in zip(PARTS, lists, strict=True)}


def clock(time_s: float) -> str:
    """Write a time of day: ``09:30``, with seconds only where there are some."""
    minutes, seconds = divmod(round(time_s), 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{seconds:02d}" if seconds else text
