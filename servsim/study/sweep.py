"""Sweeps: many points (one changed scenario each) times many replications, into one tidy table.

::

    axes -> points -> all read, checked and compiled first -> (point, replications) over worker processes
                                                                   |
                 .<study>.partial/finished.bin  <- what is finished, record by record, safe at any moment
                                                                   |
                                       sweep.parquet, sweep.csv, summary.csv, summary.json

A killed sweep goes on where it was: finished (point, replication) pairs are never run again. Never expands a grammar
and never prints.
"""

from __future__ import annotations

import copy
import itertools
import math
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import servsim
from servsim.engine.choice import chosen, expected_contacts, simulator
from servsim.errors import Problem, ScenarioError, SettingError, counted
from servsim.measure.summary import Summary
from servsim.measure.table import Layout, layout_of, measure
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Plan
from servsim.scenario import library
from servsim.scenario.check import check
from servsim.scenario.reader import read
from servsim.scenario.spot import typed_text
from servsim.scenario.yaml_text import read_yaml
from servsim.study import workers
from servsim.study.finished import Finished, FinishedFile, RowWords
from servsim.study.folder import study_key
from servsim.study.run import (
    Ending,
    Progress,
    World,
    computing_s,
    existing_of,
    is_worth_spreading,
    now_text,
    plan_digest,
    silent,
)
from servsim.study.settings import SETTINGS, RunSettings
from servsim.study.sweep_table import as_number, write_sweep
from servsim.study.writer import NOT_NOTED, StudyWriter

SWEPT_SETTINGS = ("scenario", "seed")
"""Run settings that a sweep may vary; all others are the same at every point."""
MOST_POINTS = 1_000_000
GROUPS = ("overall", "channel", "team")
"""Breakdowns that a sweep keeps."""
TASK_S = 1.0
"""A task is to take about so long: long beside the time to hand it out, short beside what a kill may cost."""
SHOWN_PROBLEMS = 40

Axes = Mapping[str, Sequence[Any]]
"""What varies: a path of the scenario, ``seed`` or ``scenario``, and its values."""


@dataclass(frozen=True)
class Point:
    """One combination of values."""

    number: int
    values: dict[str, Any]
    """By axis."""
    scenario: str
    seed: int
    overrides: tuple[tuple[str, Any], ...]

    @property
    def at(self) -> dict[str, Any]:
        """The values, as numbers where they are numbers."""
        return {axis: as_number(value) for axis, value in self.values.items()}

    @property
    def words(self) -> str:
        """The point in the words of a command line."""
        return " ".join(f"{axis}={typed_text(value)}" for axis, value in self.values.items()) or "the only point"


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found."""

    settings: RunSettings
    points: tuple[Point, ...]
    rows: list[dict[str, Any]]
    """Summary rows with ``point`` and the point's values under ``at``."""
    ending: Ending
    replications: int
    """Replications that are finished, over all points."""
    folder: Path | None
    warnings: tuple[str, ...]


def make_points(settings: RunSettings, axes: Axes) -> tuple[Point, ...]:
    """Return every combination of the axes' values, the last axis varying fastest.

    Raises
    ------
    SettingError : an axis that cannot vary, or too many points.
    """
    for axis in axes:
        if axis in SETTINGS and axis not in SWEPT_SETTINGS:
            raise SettingError(f"{axis}: is the same at every point of a sweep; give one value (a sweep may vary {', '.join(SWEPT_SETTINGS)} and paths)")
    count = math.prod(len(values) for values in axes.values())
    if count > MOST_POINTS:
        raise SettingError(f"sweep: has {counted(count, 'point')}; at most {MOST_POINTS} are run")
    combinations = itertools.product(*axes.values())
    return tuple(_point(number, dict(zip(axes, values, strict=True)), settings) for number, values in enumerate(combinations))


def _point(number: int, values: dict[str, Any], settings: RunSettings) -> Point:
    paths = tuple((axis, value) for axis, value in values.items() if axis not in SWEPT_SETTINGS)
    scenario, seed = values.get("scenario", settings.scenario), values.get("seed", settings.seed)
    return Point(number, values, str(scenario), int(seed), (*settings.overrides, *paths))


def run_sweep(settings: RunSettings, axes: Axes, progress: Progress | None = None, checking: Progress | None = None) -> SweepResult:
    """Run every point of a sweep and keep its table.

    Parameters
    ----------
    settings : what is the same at every point.
    axes : what varies, with texts or values as the scenario's reader takes them.
    progress : told how many replications are finished, and of how many.
    checking : the same of points that were checked.

    Raises
    ------
    ScenarioError : with the problems of every point, before anything is run.
    SettingError, ResultsError : what cannot be run, read or written.
    """
    points = make_points(settings, axes)
    if settings.precision is not None:
        raise SettingError("precision: a sweep runs the same number of replications at every point; give replications")
    if settings.replay:
        raise SettingError("replay: a sweep cannot replay a call file")
    if settings.decisions:
        raise SettingError("decisions: a sweep varies paths of the scenario; servsim compare runs decisions")
    return _Sweep(settings, axes, points, progress or silent, checking or silent).run()


# ---- one point, in whatever process


class Checked(NamedTuple):
    """What reading a point showed."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    digest: str


class Task(NamedTuple):
    """Some replications of one point."""

    point: int
    first: int
    replications: int


class Done(NamedTuple):
    """What a task found."""

    records: list[Finished]
    words: RowWords | None
    """Names of the rows; ``None``: this process has told them before."""
    engine: str
    seconds: float


class PointJob:
    """Reads, checks and runs points; files of scenarios are read once, the last point stays compiled."""

    def __init__(self, settings: RunSettings, points: tuple[Point, ...]) -> None:
        self.points, self.engine = points, settings.engine
        self.runs = len(points) * settings.replications
        names = dict.fromkeys(point.scenario for point in points)
        files = {name: library.find(name, settings.scenario_dirs) for name in names}
        self.data = {name: (read_yaml(file), file.parent) for name, file in files.items()}
        self.last: tuple[int, Plan, Layout, NDArray[np.intp]] | None = None
        self.told: set[str] = set()

    def check(self, number: int) -> Checked:
        """Read and check one point."""
        point = self.points[number]
        try:
            scenario = read(*self.data[point.scenario], point.overrides)
            found = check(scenario)
            if found.problems:
                return Checked(tuple(found.problems), (), "")
            plan, names = compile_plan(scenario)
        except ScenarioError as error:
            return Checked(tuple(error.problems), (), "")
        digest = plan_digest(World(scenario, [], plan, names, terms_of(scenario, names)))
        return Checked((), tuple(found.slips), digest)

    def __call__(self, task: Task | int) -> Done | Checked:
        """Run some replications of a point, or check it."""
        if not isinstance(task, Task):
            return self.check(task)
        begun_s = time.perf_counter()
        plan, layout, kept = self._compiled(task.point)
        words = RowWords.of(layout.words, kept)
        engine = chosen(self.engine, expected_contacts(plan) * self.runs)
        replications = range(task.first, task.first + task.replications)
        records = [self._record(task.point, number, engine, plan, layout, kept, words.digest) for number in replications]
        is_news = words.digest not in self.told
        self.told.add(words.digest)
        return Done(records, words if is_news else None, engine, time.perf_counter() - begun_s)

    def _compiled(self, number: int) -> tuple[Plan, Layout, NDArray[np.intp]]:
        if self.last is None or self.last[0] != number:
            point = self.points[number]
            scenario = read(*self.data[point.scenario], point.overrides)
            plan, names = compile_plan(scenario)
            layout = layout_of(plan, names, terms_of(scenario, names))
            self.last = (number, plan, layout, np.flatnonzero(np.isin(layout.words["by"].astype(str), GROUPS)))
        return self.last[1:]

    def _record(self, point: int, replication: int, engine: str, plan: Plan, layout: Layout, kept: NDArray[np.intp], digest: str) -> Finished:
        table = measure(simulator(engine)(plan, self.points[point].seed, replication), layout)
        return Finished(point, replication, digest, table["numerator"][kept], table["denominator"][kept])


# ---- the sweep


class _Sweep:
    """One sweep on its way."""

    def __init__(self, settings: RunSettings, axes: Axes, points: tuple[Point, ...], progress: Progress, checking: Progress) -> None:
        self.settings, self.axes, self.points, self.progress, self.checking = settings, axes, points, progress, checking
        self.job = PointJob(settings, points)
        self.processes = settings.workers or workers.core_count()
        self.mean_s = 0.0
        self.started = now_text()

    def run(self) -> SweepResult:
        checked = self._check_all()
        warnings = tuple(map(str, _said_once((check.warnings, self.points[number]) for number, check in enumerate(checked))))
        identity = [[check.digest, point.seed, point.words] for check, point in zip(checked, self.points, strict=True)]
        key = study_key({"sweep": identity}, 0, servsim.__version__)
        settings = replace(self.settings, replications=self.settings.replications * len(self.points))
        with StudyWriter(self.settings.results_dir, self.settings.study_name, key, existing_of(settings, key)) as writer:
            return self._run_into(writer, warnings)

    def _run_into(self, writer: StudyWriter, warnings: tuple[str, ...]) -> SweepResult:
        with FinishedFile(writer.paths.partial) as finished:
            try:
                self._replicate(finished)
            except KeyboardInterrupt:
                return SweepResult(self.settings, self.points, [], Ending.INTERRUPTED, len(finished.places), None, warnings)
            rows = self._summary(finished)
            manifest = self._manifest(warnings) | {"engines": engines_of(finished.folder, len(self.points), self.settings.replications)}
            folder = writer.finish(manifest, [], [], partial(self._add_files, finished, rows))
        return SweepResult(self.settings, self.points, rows, Ending.COMPLETE, len(self.points) * self.settings.replications, folder, warnings)

    # ---- checking

    def _check_all(self) -> list[Checked]:
        """Read and check every point.

        Raises
        ------
        ScenarioError : with the problems of all points.
        """
        found: dict[int, Checked] = {}
        for number, checked_point in self._spread(range(len(self.points)), len(self.points)):
            found[number] = checked_point
            self.checking(len(found), len(self.points))
        checked = [found[number] for number in range(len(self.points))]
        problems = _said_once((check.problems, self.points[number]) for number, check in enumerate(checked))
        if problems:
            raise ScenarioError(problems)
        return checked

    def _spread(self, tasks: Iterable[Any], expected: int) -> Generator[tuple[Any, Any], None, None]:
        """Yield (task, result), over processes where that pays: never where each would have to compile the engine anew."""
        todo = iter(tasks)
        begun_s = computing_s()
        for first in itertools.islice(todo, 1):
            yield first, self.job(first)
        if not is_worth_spreading(begun_s, expected, self.processes):
            yield from ((task, self.job(task)) for task in todo)
            return
        with closing(workers.results(_fresh(self.job), todo, min(self.processes, max(expected - 1, 1)))) as results:
            yield from results

    # ---- running

    def _replicate(self, finished: FinishedFile) -> None:
        of = len(self.points) * self.settings.replications
        missing = of - sum(1 for point, number in finished.places if number < self.settings.replications)
        with closing(self._spread(self._tasks(finished), missing)) as results:
            for task, done in results:
                if done.words is not None:
                    finished.keep_words(done.words)
                note_engine(finished.folder, task, done.engine)
                finished.add(done.records)
                self.mean_s = done.seconds / task.replications if not self.mean_s else 0.8 * self.mean_s + 0.2 * done.seconds / task.replications
                missing -= task.replications
                self.progress(of - missing, of)

    def _tasks(self, finished: FinishedFile) -> Iterator[Task]:
        """Yield what is not finished, in pieces of about ``TASK_S``."""
        for point in range(len(self.points)):
            number = 0
            while number < self.settings.replications:
                if (point, number) in finished.places:
                    number += 1
                    continue
                count = self._run_length(finished, point, number)
                yield Task(point, number, count)
                number += count

    def _run_length(self, finished: FinishedFile, point: int, first: int) -> int:
        wanted = max(1, int(TASK_S / self.mean_s)) if self.mean_s else 1
        last = first
        while last - first < wanted and last < self.settings.replications and (point, last) not in finished.places:
            last += 1
        return last - first

    # ---- the end

    def _summary(self, finished: FinishedFile) -> list[dict[str, Any]]:
        rows = []
        for point in self.points:
            summary = Summary()
            for number in range(self.settings.replications):
                summary.add(finished.table(point.number, number))
            rows += [{"point": point.number, "at": point.at, **row} for row in summary.rows(self.settings.confidence)]
        return rows

    def _add_files(self, finished: FinishedFile, rows: list[dict[str, Any]], folder: Path) -> None:
        write_sweep(folder, finished, self.axes, [point.values for point in self.points], self.settings.replications, rows)

    def _manifest(self, warnings: tuple[str, ...]) -> dict[str, Any]:
        settings = {name: getattr(self.settings, name) for name in SETTINGS}
        axes = {axis: list(values) for axis, values in self.axes.items()}
        return {
            "settings": settings,
            "overrides": [list(each) for each in self.settings.overrides],
            "axes": axes,
            "points": len(self.points),
            "replications_per_point": self.settings.replications,
            "warnings": list(warnings),
            "started": self.started,
            "finished": now_text(),
        }


def note_engine(folder: Path, task: Task, engine: str) -> None:
    """Note which engine simulated a task, before the task counts as finished, so that a sweep that was killed still knows."""
    with (folder / "engines.txt").open("a", encoding="utf-8") as file:
        file.write(f"{engine} {task.point} {task.first} {task.replications}\n")  # one write: a kill leaves the whole line or none


def engines_of(folder: Path, points: int, replications: int) -> dict[str, int]:
    """Return how many replications each engine simulated, by what was noted; what was simulated twice counts as it was the last time."""
    names, last = [NOT_NOTED], np.zeros((points, replications), np.uint8)
    path = folder / "engines.txt"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        name, *numbers = line.split()
        if len(numbers) != 3:
            continue  # cut short when a machine stopped: what it was of stays not noted
        if name not in names:
            names.append(name)
        point, first, count = map(int, numbers)
        last[point, first : first + count] = names.index(name)
    counts = zip(names, np.bincount(last.ravel(), minlength=len(names)).tolist(), strict=True)
    return {name: count for name, count in sorted(counts) if count}


def _fresh(job: PointJob) -> Callable[[Any], Any]:
    """Return the job as a new process should have it: nothing compiled, nothing told."""
    fresh = copy.copy(job)
    fresh.last, fresh.told = None, set()
    return fresh


def _said_once(found: Iterable[tuple[Sequence[Problem], Point]]) -> list[Problem]:
    """Return every problem once, with the first point that has it and how many have it."""
    points: dict[Problem, list[Point]] = {}
    for problems, point in found:
        for problem in problems:
            points.setdefault(problem, []).append(point)
    said = [replace(problem, allowed=f"{problem.allowed} (at {counted(len(each), 'point')}, first {each[0].words})") for problem, each in points.items()]
    more = [Problem("sweep", "", f"has {counted(len(said) - SHOWN_PROBLEMS, 'more problem')}")] if len(said) > SHOWN_PROBLEMS else []
    return said[:SHOWN_PROBLEMS] + more

