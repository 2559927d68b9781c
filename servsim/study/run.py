"""A study: one scenario, run many times, measured, summed up and kept.

::

    settings -> scenario (checked) -> plan -> replications over worker processes -> tables, in order -> summary
                                                       |                              |
                                                       +---- results/<study>/ --------+

Replication k is the same whoever computes it, so the results do not depend on the number of workers. Never prints.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

import servsim
from servsim.engine.choice import AUTO, chosen, expected_contacts, is_here_alone, needs_of, seconds_to_ready, simulator
from servsim.engine.policy import Policy, can_travel, check_policy, told_of
from servsim.errors import Problem, ResultsError, SettingError, counted
from servsim.measure.summary import Summary
from servsim.measure.table import Layout, layout_of, measure
from servsim.measure.terms import Terms, terms_of
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Names, Plan
from servsim.scenario.check import refuse_bad
from servsim.scenario.language import Scenario
from servsim.scenario.plain import to_plain
from servsim.scenario.reader import Overrides, load
from servsim.study import workers
from servsim.study.folder import is_study, paths_of, read_manifest, study_key
from servsim.study.parquet import read_parquet
from servsim.study.precision import Precision, judged_row
from servsim.study.replay import (
    Comparison,
    Recording,
    ReplayTable,
    on_days_of,
    read_recording,
    with_recorded_arrivals,
    write_replay,
)
from servsim.study.results import Results
from servsim.study.settings import SETTINGS, RunSettings, make_settings
from servsim.study.tables import FILES, log_tables
from servsim.study.writer import Existing, StudyWriter, export_csv, part_path, write_part

POOL_PAYS_S = 1.5
"""Processes are started when the rest of the work would take longer than this."""
LIKELY_REPLICATIONS = 30
"""How many replications a study is guessed to have when that is not known."""

Progress = Callable[[int, int | None], None]
"""Told how many replications are done, and of how many (``None``: nobody knows yet)."""
Column = NDArray[Any]
Table = Mapping[str, Column]


class Ending(IntEnum):
    """How a study came to its end."""

    COMPLETE = 0
    PRECISE = 1
    """The wanted precision was reached."""
    NOT_PRECISE = 2
    """It was not, within ``max_replications``."""
    INTERRUPTED = 3
    """Ctrl-C: what was finished is kept."""
    SAVED = 4
    """Nothing was simulated: the same study was there, finished."""


class Again(IntEnum):
    """What to do when the very same study is there, finished: same scenario, seed, version, replications, outputs."""

    SIMULATE = 0
    """Run it again; it replaces the earlier one."""
    SHOW_SAVED = 1
    """Read what it found, unless ``overwrite`` is asked for."""


Extras = Callable[[Path, "StudyResult"], None]


class World(NamedTuple):
    """A scenario made ready to run."""

    scenario: Scenario
    warnings: list[Problem]
    plan: Plan
    names: Names
    terms: Terms
    recording: Recording | None = None
    """What is replayed, if anything."""


@dataclass(frozen=True)
class StudyResult:
    """What a study found."""

    settings: RunSettings
    world: World
    rows: list[dict[str, Any]]
    """Every measure with its interval: measure, value, low, high, level, unit, formula, by, replications."""
    replications: int
    ending: Ending
    precision_width: float | None
    """Half width of the judged measure's interval as a share of its value; ``None``: precision was not asked for."""
    folder: Path | None
    seconds: float
    replayed: ReplayTable | None = None
    """Simulated beside observed, where a call file was replayed."""


def run(
    scenario: str | Path, overrides: Overrides = (), progress: Progress | None = None, policy: Policy | None = None, **settings: Any
) -> StudyResult:
    """Run a study, as ``servsim run`` does: ``run("phone_shop", {"teams.clerks.agents": 5}, replications=30)``.

    Parameters
    ----------
    scenario : name of a scenario, or path of its folder.
    overrides : dotted paths and values.
    progress : called after every replication.
    policy : a user's choice of who is next (R36), which only the readable engine can ask; ``None``: the standing rules.
    settings : run settings by name (``servsim.study.settings.RunSettings``).

    Raises
    ------
    ScenarioError, SettingError, ResultsError : what cannot be run, read or written.
    """
    return run_study(make_settings({"scenario": str(scenario), **settings}, override_pairs(overrides)), progress, policy=policy)


def override_pairs(overrides: Overrides) -> list[tuple[str, Any]]:
    """Return overrides in any of the forms that users give them as (path, value)."""
    return list(overrides.items()) if isinstance(overrides, Mapping) else [_pair(each) for each in overrides]


def _pair(override: str | tuple[str, Any]) -> tuple[str, Any]:
    return tuple(override.split("=", 1)) if isinstance(override, str) else override  # type: ignore[return-value]


def run_study(
    settings: RunSettings, progress: Progress | None = None, extras: Extras | None = None, again: Again = Again.SIMULATE, policy: Policy | None = None
) -> StudyResult:
    """Run a study and keep its results.

    Parameters
    ----------
    progress : called after every replication.
    extras : called with the study's folder, before it gets its name, and the result: adds figures and other files.
    again : what to do when the same study is there already.
    policy : a user's choice of who is next (R36).

    Raises
    ------
    ScenarioError, SettingError, ResultsError : what cannot be run, read or written.
    """
    if settings.decisions:
        raise SettingError("decisions: a run is of one world; servsim compare runs decisions beside it")
    study = _Study(settings, make_world(settings), progress or silent, extras or _nothing_more, policy)
    saved = study.saved() if again is Again.SHOW_SAVED else None
    return saved or study.run()


def silent(done: int, of: int | None) -> None:
    """Tell nobody."""


def _nothing_more(folder: Path, result: StudyResult) -> None:
    """Add no files."""


def make_world(settings: RunSettings) -> World:
    """Read, check and compile the scenario of a study.

    Raises
    ------
    ScenarioError : with every problem of the scenario.
    SettingError : a call file cannot be replayed.
    """
    scenario = load(settings.scenario, settings.overrides, settings.scenario_dirs)
    if settings.replay:
        return _replayed_world(scenario, read_recording(settings))
    warnings = refuse_bad(scenario)
    plan, names = compile_plan(scenario)
    return World(scenario, warnings, plan, names, terms_of(scenario, names))


def _replayed_world(scenario: Scenario, recording: Recording) -> World:
    """Return the world on the recorded days; warnings about the scenario's own arrivals do not apply."""
    scenario = on_days_of(scenario, recording)
    refuse_bad(scenario)
    plan, names = compile_plan(scenario)
    warnings = [Problem("replay", "", recording.warning)] if recording.warning else []
    return World(scenario, warnings, with_recorded_arrivals(scenario, plan, names, recording), names, terms_of(scenario, names), recording)


def world_of_study(results: Results) -> World:
    """Return the world that a finished study was run in.

    Raises
    ------
    ResultsError : its scenario has changed since, so its logs could be told wrongly.
    """
    said = results.manifest["settings"]
    overrides = [(path, value) for path, value in results.manifest["overrides"]]
    world = make_world(make_settings({name: value for name, value in said.items() if value not in (None, [], "")}, overrides))
    if study_key(_identity(world, results.manifest.get("policy")), said["seed"], servsim.__version__) != results.manifest["key"]:
        raise ResultsError(f"{results.folder}: the scenario (or servsim) has changed since this study; run it again with overwrite=yes")
    return world


# ---- one replication


class Replicated(NamedTuple):
    """What one replication left, small enough to be sent from process to process; its logs are in files already."""

    replication: int
    numerator: Column
    denominator: Column
    value: Column


@dataclass(frozen=True)
class ReplicationJob:
    """Runs and measures replications of one plan, in whatever process, and writes what they leave."""

    plan: Plan
    names: Names
    terms: Terms
    seed: int
    logs: str
    partial: Path
    """Folder of finished replications."""
    key: str
    engine: str
    """``simpy`` or ``compiled``."""
    policy: Policy | None = None

    @cached_property
    def layout(self) -> Layout:
        """Lay out the table of measures, once a process."""
        return layout_of(self.plan, self.names, self.terms)

    @property
    def files(self) -> tuple[str, ...]:
        """Tables that every replication leaves."""
        return FILES if self.logs == "full" else ("measures",)

    def __call__(self, replication: int) -> Replicated:
        log = simulator(self.engine, self.policy)(self.plan, self.seed, replication)
        table = measure(log, self.layout)
        logs = log_tables(log, self.plan, self.names, self.terms) if self.logs == "full" else {}
        write_part(self.partial, self.key, replication, {"measures": table, **logs}, self.engine)
        return Replicated(replication, table["numerator"], table["denominator"], table["value"])

    def finished(self, replication: int) -> Replicated:
        """Return a replication that was finished earlier."""
        table = read_parquet(part_path(self.partial, replication, "measures"))
        return Replicated(replication, table["numerator"], table["denominator"], table["value"])

    def table(self, done: Replicated) -> Table:
        """Return the whole table of a replication."""
        found = {"numerator": done.numerator, "denominator": done.denominator, "value": done.value}
        return {"replication": np.full(len(done.value), done.replication, np.int32), **self.layout.words, **found}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the laid-out table behind: every process makes its own."""
        return {name: value for name, value in self.__dict__.items() if name != "layout"}


class OfReplication(Protocol):
    """Whatever one replication left: it says which one."""

    @property
    def replication(self) -> int:
        """Number of the replication."""


Left = TypeVar("Left", bound=OfReplication)


def replicate(job: Callable[[int], Left], replications: Iterable[int], expected: int, processes: int) -> Generator[Left, None, None]:
    """Yield replications in their order, over processes where that pays: never where each would have to compile the engine anew.

    Parameters
    ----------
    expected : about how many there will be.
    """
    todo = iter(replications)
    begun_s = computing_s()
    for first in itertools.islice(todo, 1):
        yield job(first)
    if is_worth_spreading(begun_s, expected, processes):
        yield from _in_order(job, todo, processes)
    else:
        yield from map(job, todo)


def computing_s() -> float:
    """Return the time of a clock that stands while this process gets its compiled code ready."""
    return time.monotonic() - seconds_to_ready()


def is_worth_spreading(begun_s: float, expected: int, processes: int) -> bool:
    """Whether the rest of some tasks should go to several processes, once the first is done: never where each would have to compile anew.

    Parameters
    ----------
    begun_s : ``computing_s()`` before the first task.
    expected : about how many there are, with the first.
    """
    rest_s = (computing_s() - begun_s) * (expected - 1)
    return processes != 1 and rest_s >= POOL_PAYS_S and not is_here_alone()


def _in_order(job: Callable[[int], Left], todo: Iterator[int], processes: int) -> Generator[Left, None, None]:
    order: deque[int] = deque()
    waiting: dict[int, Left] = {}
    with closing(workers.results(job, _noted(todo, order), processes)) as finished:
        for replication, done in finished:
            waiting[replication] = done
            while order and order[0] in waiting:
                yield waiting.pop(order.popleft())


def _noted(todo: Iterator[int], order: deque[int]) -> Iterator[int]:
    for replication in todo:
        order.append(replication)
        yield replication


# ---- the study


class _Study:
    """One study on its way."""

    def __init__(self, settings: RunSettings, world: World, progress: Progress, extras: Extras, policy: Policy | None) -> None:
        self.settings, self.world, self.progress, self.extras = settings, _told_of_policy(world, settings, policy), progress, extras
        self.policy = None if policy is None else told_of(policy)
        self.key = study_key(_identity(world, self.policy), settings.seed, servsim.__version__)
        self.summary = Summary()
        self.begun_s, self.started = time.monotonic(), now_text()
        partial_folder = paths_of(Path(settings.results_dir), settings.study_name).partial
        engine = chosen(settings.engine, expected_contacts(world.plan) * settings.replications, needs_of(world.plan, policy))
        self.job = ReplicationJob(world.plan, world.names, world.terms, settings.seed, settings.logs, partial_folder, self.key, engine, policy)
        self.precision, self.comparison = self._precision(), self._comparison()

    def saved(self) -> StudyResult | None:
        """Return what this very study found when it was run before; ``None``: it was not, or not with the same outputs."""
        settings, there = self.settings, _manifest(self.settings.folder)
        if settings.overwrite or settings.precision is not None or not _is_same(there, settings, self.key):
            return None
        table = read_parquet(settings.folder / "measures.parquet")
        for replication in range(settings.replications):
            rows = table["replication"] == replication
            self._take(Replicated(replication, *(table[name][rows] for name in ("numerator", "denominator", "value"))))
        return self._result(Ending.SAVED, settings.folder)

    def run(self) -> StudyResult:
        settings = self.settings
        with StudyWriter(settings.results_dir, settings.study_name, self.key, existing_of(settings, self.key)) as writer:
            try:
                ending = self._replicate(writer)
            except KeyboardInterrupt:
                return self._result(Ending.INTERRUPTED, None)
            result = self._result(ending, writer.paths.final)
            writer.finish(manifest_of(result, self.started) | self._about_policy(), result.rows, range(result.replications), partial(self._add_files, result))
        return result

    def _about_policy(self) -> dict[str, Any]:
        return {} if self.policy is None else {"policy": self.policy, "engine": self.job.engine}

    def _precision(self) -> Precision | None:
        settings = self.settings
        if settings.precision is None:
            return None
        row = judged_row(settings.measure, self.job.layout.words, self.world.names, self.world.terms)
        return Precision(row, settings.precision, settings.confidence)

    def _comparison(self) -> Comparison | None:
        world = self.world
        return Comparison(world.recording, world.plan, world.names, world.terms, self.job.layout.words) if world.recording else None

    def _replicate(self, writer: StudyWriter) -> Ending:
        most = self.settings.replications if self.precision is None else self.settings.max_replications
        with closing(self._replications(writer, most)) as replicated:
            for done in replicated:
                self._take(done)
                self.progress(done.replication + 1, most if self.precision is None else None)
                if self.precision is not None and self.precision.is_reached:
                    return Ending.PRECISE
        return Ending.COMPLETE if self.precision is None else Ending.NOT_PRECISE

    def _replications(self, writer: StudyWriter, most: int) -> Generator[Replicated, None, None]:
        """Yield replications in order: those finished by an earlier run of the same study, then new ones."""
        have = 0
        while have < most and writer.has(have, self.job.files):
            yield self.job.finished(have)
            have += 1
        rest = (number for number in range(have, most))
        processes = min(self.settings.workers or workers.core_count(), max(most - have, 1))
        processes = processes if self.job.policy is None or can_travel(self.job.policy) else 1
        yield from replicate(self.job, rest, min(most, LIKELY_REPLICATIONS) - have, processes)

    def _take(self, done: Replicated) -> None:
        table = self.job.table(done)
        self.summary.add(table)
        if self.precision is not None:
            self.precision.add(table)
        if self.comparison is not None:
            self.comparison.add(table)

    def _result(self, ending: Ending, folder: Path | None) -> StudyResult:
        rows = self.summary.rows(self.settings.confidence) if self.summary.words else []
        width = self.precision.width if self.precision else None
        count = self.summary.moments.replications
        replayed = self.comparison.table(self.settings.confidence) if self.comparison and count else None
        return StudyResult(self.settings, self.world, rows, count, ending, width, folder, time.monotonic() - self.begun_s, replayed)

    def _add_files(self, result: StudyResult, folder: Path) -> None:
        if self.settings.csv:
            export_csv(folder)
        if result.replayed is not None:
            write_replay(result.replayed, folder / "replay.csv")
        self.extras(folder, result)


def existing_of(settings: RunSettings, key: str) -> Existing:
    """Return what to do about a study of that name: the same study may be run again, another one only when told to.

    Raises
    ------
    ResultsError : the same study is there with more replications.
    """
    if settings.overwrite:
        return Existing.REPLACE
    there = _manifest(settings.folder)
    if there.get("key") != key:
        return Existing.REFUSE
    have = int(there.get("points", 1)) * int(there.get("replications_per_point", 0)) or len(there.get("replications", ()))
    if settings.precision is None and have > settings.replications:
        raise ResultsError(
            f"{settings.folder}: this study is there with {counted(have, 'replication')}; ask for {have} or more, or say overwrite=yes to keep only"
            f" {settings.replications}"
        )
    return Existing.REPLACE


def _told_of_policy(world: World, settings: RunSettings, policy: Policy | None) -> World:
    """Return the world with a remark on the engine, where a policy decides which one runs.

    Raises
    ------
    SettingError : the policy is none.
    """
    if policy is None:
        return world
    check_policy(policy)
    remark = Problem("engine", settings.engine, f"runs on simpy, because of the policy '{policy.name}': the compiled engine lacks users' policies")
    return world._replace(warnings=[*world.warnings, remark]) if settings.engine == AUTO else world


def _identity(world: World, policy: Mapping[str, Any] | None) -> Any:
    """Return what the replications of a study depend on but the seed."""
    return plan_digest(world) if policy is None else {"world": plan_digest(world), "policy": dict(policy)}


KEPT_WITH = ("confidence", "logs", "csv", "figures")
"""Settings that change what a study's folder holds, though not what was simulated."""


def _is_same(there: Mapping[str, Any], settings: RunSettings, key: str) -> bool:
    """Whether a manifest is of the very same study, and all of its files are as they were written."""
    if there.get("key") != key or len(there.get("replications", ())) != settings.replications:
        return False
    if any(there["settings"].get(name) != getattr(settings, name) for name in KEPT_WITH) or there["settings"]["replay"] != list(settings.replay):
        return False
    return all(_size(settings.folder / entry["name"]) == entry["bytes"] for entry in there["files"])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _manifest(folder: Path) -> dict[str, Any]:
    return read_manifest(folder) if is_study(folder) else {}


def manifest_of(result: StudyResult, started: str) -> dict[str, Any]:
    """Return what a study's manifest says of the run."""
    settings = {name: getattr(result.settings, name) for name in SETTINGS}
    return {
        "title": result.world.scenario.title,
        "settings": settings,
        "overrides": [list(each) for each in result.settings.overrides],
        "scenario": to_plain(result.world.scenario),
        "warnings": [str(each) for each in result.world.warnings],
        "seed": result.settings.seed,
        "ending": result.ending.name.lower(),
        "started": started,
        "finished": now_text(),
        "duration_s": round(result.seconds, 3),
    }


def now_text() -> str:
    """Return the moment, for a manifest."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def plan_digest(world: World) -> str:
    """Return a hash of everything that replications depend on but the seed: the plan, its names and the promises."""
    found = hashlib.sha256()
    for value in (*world.plan, *world.names, *vars(world.terms).values()):
        _digest(found, value)
    return found.hexdigest()


def _digest(found: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple):
        found.update(f"tuple {len(value)}".encode())
        for each in value:
            _digest(found, each)
    else:
        found.update(f"{type(value).__name__} {value!r};".encode())
