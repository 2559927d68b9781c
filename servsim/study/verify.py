"""Both engines on the same worlds: every contact, change of presence, closed case and customer must be the same, bit for bit.

::

    scenario, with and without decisions --+--> readable engine --> log --+
                                           |                              +--> first difference, or counts of what was compared
                                           +--> compiled engine --> log --+

Worlds are a user's scenario, or random ones. Never judges which engine is right.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.choice import COMPILED, SIMPY, simulator
from servsim.engine.difference import Difference, first_difference
from servsim.engine.log import RunLog
from servsim.plan.plan import Plan
from servsim.rules.codes import Outcome
from servsim.scenario.decision import NOTHING
from servsim.study import workers
from servsim.study.random_scenario import Dice
from servsim.study.random_world import write_random_world
from servsim.study.run import Progress, World, make_world, replicate
from servsim.study.settings import RunSettings, make_settings
from servsim.study.worlds import decided_worlds

Ints = NDArray[np.int64]


class Counts(NamedTuple):
    """How much was compared."""

    contacts: int
    presence: int
    """Changes of presence."""
    closings: int
    """Closed cases of known persons."""
    customers: int
    outcomes: Ints
    """(len(Outcome),) contacts by how they ended."""

    def __add__(self, other: Counts) -> Counts:  # type: ignore[override]
        """Return both together."""
        return Counts(
            self.contacts + other.contacts, self.presence + other.presence, self.closings + other.closings, self.customers + other.customers,
            self.outcomes + other.outcomes,
        )  # fmt: skip


NONE = Counts(0, 0, 0, 0, np.zeros(len(Outcome), np.int64))


class Disagreement(NamedTuple):
    """One replication of one world on which the engines differ."""

    world: str
    """``nothing``, or the decisions taken in it."""
    replication: int
    difference: Difference
    logs: tuple[RunLog, RunLog]
    """Of the readable and of the compiled engine."""


@dataclass(frozen=True)
class Verified:
    """What was compared on one scenario."""

    settings: RunSettings
    worlds: dict[str, World]
    counts: dict[str, Counts]
    """By world, all replications together."""
    disagreement: Disagreement | None
    """The first; ``None``: the logs are identical."""


def counted_in(log: RunLog) -> Counts:
    """Return how much a log holds."""
    outcomes = np.bincount(log.contacts["outcome"], minlength=len(Outcome))
    closings, customers = len(log.closings.get("root", ())), len(log.customers.get("account", ()))
    return Counts(len(log.contacts["root"]), len(log.presence["agent"]), closings, customers, outcomes)


# ---- one scenario


class Compared(NamedTuple):
    """One replication of one world on both engines."""

    replication: int
    """Number of the task."""
    counts: Counts
    disagreement: Disagreement | None


@dataclass(frozen=True)
class CompareJob:
    """Runs both engines on tasks: every replication of every world, in whatever process."""

    plans: dict[str, Plan]
    seed: int

    def __call__(self, task: int) -> Compared:
        replication, place = divmod(task, len(self.plans))
        name = tuple(self.plans)[place]
        counts, found = compared(self.plans[name], self.seed, replication)
        return Compared(task, counts, None if found is None else Disagreement(name, replication, *found))


def compared(plan: Plan, seed: int, replication: int) -> tuple[Counts, tuple[Difference, tuple[RunLog, RunLog]] | None]:
    """Run both engines once; return how much was compared, and the first difference with both logs, if there is any."""
    logs = simulator(SIMPY)(plan, seed, replication), simulator(COMPILED)(plan, seed, replication)
    found = first_difference(*logs)
    return counted_in(logs[0]), None if found is None else (found, logs)


def worlds_of(settings: RunSettings) -> dict[str, World]:
    """Return the worlds of a scenario by name: without its decisions, and with those that are asked for.

    Raises
    ------
    ScenarioError, SettingError : what cannot be run.
    """
    if not settings.decisions:
        return {NOTHING: make_world(settings)}
    return {each.spec.name: each.world for each in decided_worlds(settings)}


def verify(settings: RunSettings, progress: Progress) -> Verified:
    """Run both engines on every replication of every world, up to the first difference.

    Parameters
    ----------
    settings : scenario, overrides, decisions, replications and seed; the engine it names plays no part.
    progress : called after every replication of every world.

    Raises
    ------
    ScenarioError, SettingError : what cannot be run.
    """
    worlds = worlds_of(settings)
    counts = dict.fromkeys(worlds, NONE)
    tasks = settings.replications * len(worlds)
    job = CompareJob({name: world.plan for name, world in worlds.items()}, settings.seed)
    with closing(replicate(job, range(tasks), tasks, processes_for(settings.workers, tasks))) as done:
        for each in done:
            name = tuple(worlds)[each.replication % len(worlds)]
            counts[name] += each.counts
            progress(each.replication + 1, tasks)
            if each.disagreement is not None:
                return Verified(settings, worlds, counts, each.disagreement)
    return Verified(settings, worlds, counts, None)


def processes_for(wanted: int | None, tasks: int) -> int:
    """Return over how many processes some tasks are spread."""
    return min(wanted or workers.core_count(), tasks)


# ---- random scenarios


class RandomCompared(NamedTuple):
    """One random scenario, in all of its worlds, on both engines."""

    replication: int
    """Number of the scenario."""
    worlds: int
    counts: Counts
    disagreement: Disagreement | None


@dataclass(frozen=True)
class RandomVerified:
    """What was compared on random scenarios."""

    scenarios: int
    worlds: int
    counts: Counts
    differs: int
    """Number of the scenario on which the engines differ; -1: on none."""
    disagreement: Disagreement | None


@dataclass(frozen=True)
class RandomJob:
    """Makes random scenarios and runs both engines on them, in whatever process."""

    seed: int
    replications: int

    def __call__(self, number: int) -> RandomCompared:
        counts, worlds = NONE, 0
        with tempfile.TemporaryDirectory() as place:
            for name, world in self.worlds(number, Path(place)):
                worlds += 1
                for replication in range(self.replications):
                    more, found = compared(world.plan, self.seed, replication)
                    counts += more
                    if found is not None:
                        return RandomCompared(number, worlds, counts, Disagreement(name, replication, *found))
        return RandomCompared(number, worlds, counts, None)

    def worlds(self, number: int, folder: Path) -> Iterator[tuple[str, World]]:
        """Write a random scenario into a folder and yield its worlds."""
        yield from worlds_of(self.settings(number, folder)).items()

    def settings(self, number: int, folder: Path) -> RunSettings:
        """Write a random scenario into a folder and return the settings that run it with its decisions."""
        decisions = write_random_world(Dice(f"{self.seed}/{number}"), folder)
        return make_settings({"scenario": str(folder), "decisions": list(decisions), "replications": self.replications, "seed": self.seed})


def verify_random(job: RandomJob, numbers: range, wanted: int | None, progress: Progress) -> RandomVerified:
    """Run both engines on random scenarios, up to the first on which they differ.

    Parameters
    ----------
    job : seed of the scenarios and of their draws; replications of each world.
    numbers : of the scenarios; the same seed and number give the same scenario.
    wanted : processes; ``None``: one for each core.
    progress : called after every scenario.
    """
    done, worlds, counts = 0, 0, NONE
    with closing(replicate(job, numbers, len(numbers), processes_for(wanted, len(numbers)))) as results:
        for each in results:
            done, worlds, counts = done + 1, worlds + each.worlds, counts + each.counts
            progress(done, len(numbers))
            if each.disagreement is not None:
                return RandomVerified(done, worlds, counts, each.replication, each.disagreement)
    return RandomVerified(done, worlds, counts, -1, None)
