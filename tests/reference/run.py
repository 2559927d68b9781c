"""One simulated run of a reference case, and everything that claims read of it, batch by batch.

A batch is one day of the run: a twentieth of a long run in steady state, or a whole day that begins and ends empty.
What ``servsim.measure`` measures is taken from there. Never knows what is expected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.registry import measure_named
from servsim.measure.stretch import Grid, seconds_in_bins
from servsim.measure.table import layout_of, sums_of
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.plan.day import Days
from servsim.plan.plan import Names, Plan
from servsim.rules.codes import Entry, Outcome
from servsim.scenario.check import refuse_bad
from servsim.scenario.reader import read

from .claim import Ratio

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

DAY_S = 86_400.0


@dataclass(frozen=True)
class World:
    """A scenario as plain data, the files it needs, and the length of the case's unit of time."""

    data: dict[str, Any]
    unit_s: float
    files: dict[str, str] = field(default_factory=dict)
    arrivals_only: bool = False
    """Only who comes is of interest: the plan's days are drawn, and no engine runs."""


@dataclass(frozen=True)
class Run:
    """A world and what one replication of it left."""

    world: World
    plan: Plan
    names: Names
    log: RunLog
    sums: dict[str, dict[str, Floats]]

    # ---- amounts that servsim measures

    @property
    def first_day(self) -> int:
        """First day after the warm-up."""
        return int(self.plan.warm_up_s // DAY_S)

    @property
    def unit_s(self) -> float:
        """Seconds in the case's unit of time."""
        return self.world.unit_s

    def amount(self, name: str) -> Floats:
        """Return an amount of the measures, by watched day."""
        return self.sums[name]["day"][self.first_day :]

    def measure(self, name: str, formula: str = "") -> Ratio:
        """Return a measure of servsim, by watched day."""
        of = measure_named(name, formula)
        return Ratio(sum(self.amount(part) for part in of.numerator), sum(self.amount(part) for part in of.denominator))

    def time(self, name: str) -> Ratio:
        """Return a measure in seconds in the case's units."""
        above, below = self.measure(name)
        return Ratio(above / self.unit_s, below)

    def mean_over_time(self, *amounts: str) -> Ratio:
        """Return how many there are on average, from amounts that are seconds."""
        return Ratio(sum(self.amount(name) for name in amounts), self.amount("watched_s"))

    # ---- what else the log tells

    @property
    def contacts(self) -> dict[str, Any]:
        """Columns of the contact log."""
        return self.log.contacts

    @cached_property
    def arrival_day(self) -> NDArray[np.int64]:
        """(contacts,) day of arrival."""
        return (np.nan_to_num(self.contacts["arrived_s"], nan=-1.0) // DAY_S).astype(np.int64)

    def reason(self, name: str) -> Mask:
        """(contacts,) whether a contact is of a reason."""
        return np.asarray(self.contacts["reason"] == self.names.reasons.index(name))

    @cached_property
    def fresh(self) -> Mask:
        """(contacts,) whether a contact is the first of its case."""
        return np.asarray(self.contacts["entry"] == Entry.FRESH)

    @cached_property
    def everybody(self) -> Mask:
        """(contacts,) all true."""
        return np.ones(len(self.contacts["root"]), bool)

    @cached_property
    def left_line_s(self) -> Floats:
        """(contacts,) when the contact was answered or went; the end of the run for those who still wait."""
        contacts = self.contacts
        left = np.where(np.isnan(contacts["answered_s"]), contacts["ended_s"], contacts["answered_s"])
        return np.where(np.isnan(left), self.plan.horizon_s, left)

    @cached_property
    def wait_s(self) -> Floats:
        """(contacts,) wait in line; NaN for those who joined none."""
        return self.left_line_s - self.contacts["queued_s"]

    @cached_property
    def gone_s(self) -> Floats:
        """(contacts,) when the customer went; the end of the run for those still there."""
        return np.where(np.isnan(self.contacts["ended_s"]), self.plan.horizon_s, self.contacts["ended_s"])

    def by_day(self, rows: Mask, weights: Floats | None = None) -> Floats:
        """Add contacts up by day of arrival, watched days only."""
        chosen = rows & (self.arrival_day >= self.first_day)
        added = None if weights is None else weights[chosen]
        return np.bincount(self.arrival_day[chosen], added, self.plan.days)[self.first_day :].astype(float)

    def share(self, those: Mask, of: Mask) -> Ratio:
        """Return the share of contacts, by day of arrival."""
        return Ratio(self.by_day(those & of), self.by_day(of))

    def mean(self, values: Floats, of: Mask) -> Ratio:
        """Return the mean of a value over contacts, in the case's units, by day of arrival."""
        return Ratio(self.by_day(of, values) / self.unit_s, self.by_day(of))

    def number(self, from_s: Floats, to_s: Floats, rows: Mask) -> Ratio:
        """Return how many contacts are between two of their moments, mean over time, by day."""
        seconds = self.seconds(from_s, to_s, rows, DAY_S)[self.first_day :]
        return Ratio(seconds, np.full(len(seconds), DAY_S))

    def seconds(self, from_s: Floats, to_s: Floats, rows: Mask, length_s: float) -> Floats:
        """Return how many contact seconds fall into each piece of the run, pieces of equal length that divide a day."""
        chosen = np.flatnonzero(rows & ~np.isnan(from_s))
        end_s = np.where(np.isnan(to_s), self.plan.horizon_s, to_s)
        grid = Grid(round(self.plan.horizon_s / length_s), length_s, 0.0)
        return seconds_in_bins(from_s[chosen], end_s[chosen], np.zeros(len(chosen), np.int64), 1, grid)

    def inside_at(self, from_s: Floats, to_s: Floats, second_of_day: float) -> Floats:
        """Return how many contacts are between two of their moments just before a time of each watched day."""
        at_s = np.arange(self.first_day, self.plan.days) * DAY_S + second_of_day
        begun = np.searchsorted(np.sort(from_s[~np.isnan(from_s)]), at_s, "left")
        return (begun - np.searchsorted(np.sort(to_s[~np.isnan(from_s)]), at_s, "left")).astype(float)

    @cached_property
    def offered_wait_s(self) -> Floats:
        """(contacts,) how long it took, or would have taken, until an agent came (R38): one line, first come first served.

        Who gave up would have been reached when an agent took somebody who came later, or had nobody to take.
        """
        contacts = self.contacts
        found = self.wait_s.copy()
        gone = np.flatnonzero(contacts["outcome"] == Outcome.ABANDONED)
        served = np.flatnonzero(~np.isnan(contacts["answered_s"]))
        served = served[np.argsort(contacts["queued_s"][served], kind="stable")]
        behind = np.searchsorted(contacts["queued_s"][served], contacts["queued_s"][gone], "right")
        starts = np.append(contacts["answered_s"][served], np.nan)
        idle = np.append(self._idle_from_s(served), np.nan)
        first_idle = idle[np.searchsorted(idle[:-1], contacts["ended_s"][gone], "left")]
        found[gone] = np.fmin(starts[behind], first_idle) - contacts["queued_s"][gone]
        return found

    def _idle_from_s(self, served: NDArray[np.intp]) -> Floats:
        """Return the moments after which some agent is idle, ascending."""
        contacts, agents = self.contacts, len(self.plan.agent_team)
        freed = contacts["released_s"][served]
        times = np.concatenate((contacts["answered_s"][served], freed[~np.isnan(freed)]))
        steps = np.concatenate((np.ones(len(served)), -np.ones((~np.isnan(freed)).sum())))
        moments, at = np.unique(times, return_inverse=True)
        busy = np.cumsum(np.bincount(at, steps, len(moments)))
        return moments[busy < agents - 0.5]


def simulate(world: World, engine: Any, seed: int, folder: Path) -> Run:
    """Check, compile and run one replication of a world; its files are written to ``folder``.

    Raises
    ------
    ScenarioError : the world is not one that servsim would run.
    """
    for name, text in world.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    refuse_bad(read(_shortened(world.data), folder))
    scenario = read(world.data, folder)
    plan, names = compile_plan(scenario)
    if world.arrivals_only:
        return Run(world, plan, names, drawn(plan, seed), {})
    log = engine(plan, seed, 0)
    layout = layout_of(plan, names, terms_of(scenario, names))
    return Run(world, plan, names, log, sums_of(log, layout))


def _shortened(data: dict[str, Any]) -> dict[str, Any]:
    """Return a world of a few days that is otherwise the same: checking looks at every agent, day and interval."""
    calendar = data["calendar"]
    return {**data, "calendar": {**calendar, "days": min(calendar["days"], 3)}}


def drawn(plan: Plan, seed: int) -> RunLog:
    """Return who comes as a log without service, as the engine would find them."""
    days = Days(plan, seed, 0)
    arrived_s = np.concatenate([days.draw(day).arrived_s for day in range(plan.days)])
    contacts = {"arrived_s": arrived_s, "root": np.zeros(len(arrived_s), np.int64)}
    return RunLog(0, seed, contacts, {})
