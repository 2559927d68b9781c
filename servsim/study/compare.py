"""Comparing decisions: every world meets the same people, replication by replication, and the differences are kept.

::

    settings -> worlds (nothing, decisions, references) -> replications over worker processes
                                                                |  one task: every world of one replication, paired
                                                                v
              measures of every world + paired numbers -> differences with intervals -> verdicts, expectations
                                                                |
                                                 results/<study>/compare.csv, paired.csv, expectations.csv

A decision is judged against its reference and against doing nothing. Never prints.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import servsim
from servsim.engine.choice import chosen, expected_contacts, simulator
from servsim.engine.log import RunLog
from servsim.errors import SettingError, TooFewReplications
from servsim.measure.estimate import t_quantile
from servsim.measure.table import Layout, layout_of, measure
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.scenario.decision import NOTHING
from servsim.scenario.plain import to_plain
from servsim.scenario.reader import Overrides
from servsim.study import workers
from servsim.study.comparison import Comparison, Samples, compared, refuse_margins
from servsim.study.difference import LEAST_REPLICATIONS
from servsim.study.folder import is_study, paths_of, read_manifest, study_key
from servsim.study.paired import PairedLayout, changed_cases, changed_contacts, paired_layout, sums_of
from servsim.study.pairing import PairedLogs, pair_logs
from servsim.study.parquet import read_parquet
from servsim.study.run import (
    LIKELY_REPLICATIONS,
    Again,
    Ending,
    Progress,
    existing_of,
    now_text,
    override_pairs,
    plan_digest,
    replicate,
    silent,
)
from servsim.study.settings import SETTINGS, RunSettings, make_settings
from servsim.study.tables import Table, Words, log_tables
from servsim.study.worlds import DecidedWorld, decided_worlds
from servsim.study.writer import StudyWriter, export_csv, part_path, write_part

Column = NDArray[Any]
Floats = NDArray[np.float64]

GROUPS = ("overall", "channel", "reason", "segment", "team", "day", "interval")
"""Breakdowns of measures that a comparison keeps."""
NUMBERS = ("measures", "pairs")
"""Tables that every replication leaves: measures by world, paired numbers by pair of worlds."""
DEFAULTS = {"logs": "measures"}
"""What a comparison does unless it is told otherwise: the logs of all worlds of all replications are many."""
LOGS = ("contacts", "cases", "agents", "customers", "changed_contacts", "changed_cases")
"""Tables that it leaves where logs are kept."""


def compare(scenario: str | Path, decisions: Sequence[str], overrides: Overrides = (), progress: Progress | None = None, **settings: Any) -> Comparison:
    """Compare decisions, as ``servsim compare`` does: ``compare("phone_shop", ["course", "course+call_ahead"], replications=20)``.

    Parameters
    ----------
    scenario : name of a scenario, or path of its folder.
    decisions : names of decision files, ``a+b`` for both together.
    overrides : dotted paths and values, which hold in every world.
    progress : called after every replication.
    settings : run settings by name (``servsim.study.settings.RunSettings``).

    Raises
    ------
    ScenarioError, SettingError, ResultsError, TooFewReplications : what cannot be compared, read or written.
    """
    return run_comparison(make_settings({"scenario": str(scenario), "decisions": list(decisions), **DEFAULTS, **settings}, override_pairs(overrides)), progress)


def run_comparison(settings: RunSettings, progress: Progress | None = None, again: Again = Again.SIMULATE) -> Comparison:
    """Compare the decisions that settings name, and keep the results.

    Raises
    ------
    ScenarioError, SettingError, ResultsError : what cannot be compared, read or written.
    TooFewReplications : no interval can be given.
    """
    refuse_unfit(settings)
    worlds = decided_worlds(settings)
    refuse_margins(settings, worlds[0].world.plan)
    study = _Study(settings, worlds, progress or silent)
    return (study.saved() if again is Again.SHOW_SAVED else None) or study.run()


def refuse_unfit(settings: RunSettings) -> None:
    """Refuse settings with which nothing could be told.

    Raises
    ------
    SettingError, TooFewReplications : with the reason.
    """
    if not set(settings.decisions) - {NOTHING}:
        alone = f"got {NOTHING}, which every decision is compared with anyway; another " if settings.decisions else ""
        raise SettingError(f"decisions: {alone}must be given, such as decisions=course_all_at_once,course_staggered (servsim list scenario={settings.scenario} lists them)")
    if settings.precision is not None:
        raise SettingError("precision: a comparison runs a fixed number of replications; give replications")
    if settings.replications < LEAST_REPLICATIONS:
        factors = ", ".join(f"{t_quantile(settings.confidence, n - 1):.1f} with {n}" for n in (2, 5, 20))
        raise TooFewReplications(
            f"replications: got {settings.replications}; a difference is told by how it varies from replication to replication, so at least"
            f" {LEAST_REPLICATIONS} are needed. Its interval is the mean difference, plus or minus t x spread / square root of replications, where t is"
            f" {factors}: say replications=20"
        )


# ---- one replication of every world


class OneWorld(NamedTuple):
    """What simulating a world takes."""

    name: str
    plan: Plan
    names: Names
    terms: Terms


class OnePair(NamedTuple):
    """A world and the one it is compared with, by their places."""

    world: int
    against: int
    layout: PairedLayout


class ComparedOnce(NamedTuple):
    """What one replication of every world left, small enough to be sent from process to process."""

    replication: int
    above: tuple[Floats, ...]
    """By world: (kept rows,) numerators."""
    below: tuple[Floats, ...]
    paired: tuple[Floats, ...]
    """By pair: (paired rows,)."""


@dataclass(frozen=True)
class ComparisonJob:
    """Runs, measures and pairs every world of a replication, in whatever process, and writes what they leave."""

    worlds: tuple[OneWorld, ...]
    pairs: tuple[OnePair, ...]
    seed: int
    logs: str
    partial: Path
    """Folder of finished replications."""
    key: str
    engine: str
    """``simpy`` or ``compiled``."""

    @cached_property
    def layouts(self) -> tuple[Layout, ...]:
        """Lay out the measures of each world, once a process."""
        return tuple(layout_of(each.plan, each.names, each.terms) for each in self.worlds)

    @cached_property
    def kept(self) -> tuple[Column, ...]:
        """By world: rows of measures that a comparison keeps."""
        return tuple(np.flatnonzero(np.isin(each.words["by"].astype(str), GROUPS)) for each in self.layouts)

    @cached_property
    def measure_words(self) -> tuple[dict[str, Column], ...]:
        """By world: what names the kept rows."""
        return tuple({name: column[kept] for name, column in each.words.items()} for each, kept in zip(self.layouts, self.kept, strict=True))

    @cached_property
    def paired_words(self) -> tuple[dict[str, Column], ...]:
        """By pair: what names the paired rows."""
        return tuple(each.layout.words for each in self.pairs)

    @property
    def files(self) -> tuple[str, ...]:
        """Tables that every replication leaves."""
        return (*NUMBERS, *LOGS) if self.logs == "full" else NUMBERS

    def __call__(self, replication: int) -> ComparedOnce:
        found = _OneReplication(self, replication)
        tables = {"measures": self._measures(found.done), "pairs": self._pairs(found.done), **found.logs()}
        write_part(self.partial, self.key, replication, tables, self.engine)
        return found.done

    def finished(self, replication: int) -> ComparedOnce:
        """Return a replication that was finished earlier."""
        return self.taken(replication, *(read_parquet(part_path(self.partial, replication, table)) for table in NUMBERS))

    def taken(self, replication: int, measures: Mapping[str, Column], pairs: Mapping[str, Column]) -> ComparedOnce:
        """Return a replication out of its tables; rows stand in the order in which they were written."""
        by_world = np.cumsum([len(each) for each in self.kept])[:-1]
        by_pair = np.cumsum([len(each["measure"]) for each in self.paired_words])[:-1]
        above, below = (tuple(np.split(measures[name], by_world)) for name in ("numerator", "denominator"))
        return ComparedOnce(replication, above, below, tuple(np.split(pairs["value"], by_pair)))

    def _measures(self, done: ComparedOnce) -> Table:
        names = tuple(each.name for each in self.worlds)
        above, below = np.concatenate(done.above), np.concatenate(done.below)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(below != 0.0, above / below, np.nan)
        return {
            "replication": np.full(len(above), done.replication, np.int32),
            "world": _repeated(names, [len(each) for each in done.above]),
            **_stacked(self.measure_words),
            "numerator": above,
            "denominator": below,
            "value": value,
        }

    def _pairs(self, done: ComparedOnce) -> Table:
        value, sizes = np.concatenate(done.paired), [len(each) for each in done.paired]
        return {
            "replication": np.full(len(value), done.replication, np.int32),
            "world": _repeated([self.worlds[each.world].name for each in self.pairs], sizes),
            "against": _repeated([self.worlds[each.against].name for each in self.pairs], sizes),
            **_stacked(self.paired_words),
            "value": value,
        }

    def __getstate__(self) -> dict[str, Any]:
        """Leave what is laid out behind: every process makes its own."""
        return {name: value for name, value in self.__dict__.items() if name not in ("layouts", "kept", "measure_words", "paired_words")}


def _repeated(names: Sequence[str], sizes: Sequence[int]) -> Words:
    return Words(np.repeat(np.arange(len(names)), sizes), tuple(names))


def _stacked(words: Sequence[Mapping[str, Column]]) -> dict[str, Column]:
    return {name: np.concatenate([each[name] for each in words]) for name in words[0]}


class _OneReplication:
    """Simulates the worlds of one replication one by one, and keeps no log longer than somebody is paired with it."""

    def __init__(self, job: ComparisonJob, replication: int) -> None:
        self.job, self.replication = job, replication
        self.tables: dict[int, dict[str, Column]] = {}
        self.paired: dict[int, Floats] = {}
        self.kept_logs: dict[str, list[Table]] = {name: [] for name in LOGS}
        logs: dict[int, RunLog] = {}
        for place in range(len(job.worlds)):
            logs[place] = self._simulate(place)
            self._pair(logs)
            for done in [each for each in logs if not self._is_needed(each)]:
                del logs[done]

    @property
    def done(self) -> ComparedOnce:
        kept, places = self.job.kept, range(len(self.job.worlds))
        above, below = (tuple(self.tables[place][name][kept[place]] for place in places) for name in ("numerator", "denominator"))
        return ComparedOnce(self.replication, above, below, tuple(self.paired[place] for place in range(len(self.job.pairs))))

    def _simulate(self, place: int) -> RunLog:
        world = self.job.worlds[place]
        log = simulator(self.job.engine)(world.plan, self.job.seed, self.replication)
        self.tables[place] = measure(log, self.job.layouts[place])
        if self.job.logs == "full":
            for name, table in log_tables(log, world.plan, world.names, world.terms).items():
                self.kept_logs[name].append({"world": _repeated([world.name], [len(table["replication"])]), **table})
        return log

    def _pair(self, logs: Mapping[int, RunLog]) -> None:
        """Pair every two worlds that are both there now and were not yet paired."""
        for number, pair in enumerate(self.job.pairs):
            if number in self.paired or pair.world not in logs or pair.against not in logs:
                continue
            world, base = self.job.worlds[pair.world], self.job.worlds[pair.against]
            together = pair_logs(logs[pair.against], base.names, logs[pair.world], world.names)
            self.paired[number] = sums_of(together, pair.layout)
            self._keep_changed(together, world.name, base.name)

    def _keep_changed(self, together: PairedLogs, world: str, against: str) -> None:
        if self.job.logs == "full":
            self.kept_logs["changed_contacts"].append(changed_contacts(together, world, against))
            self.kept_logs["changed_cases"].append(changed_cases(together, world, against))

    def _is_needed(self, place: int) -> bool:
        return any(place in (pair.world, pair.against) for number, pair in enumerate(self.job.pairs) if number not in self.paired)

    def logs(self) -> dict[str, Table]:
        """Return the tables of logs, all worlds one after the other."""
        return {name: _joined(tables) for name, tables in self.kept_logs.items() if tables}


def _joined(tables: Sequence[Table]) -> Table:
    return {name: _joined_column([table[name] for table in tables]) for name in tables[0]}


def _joined_column(columns: Sequence[Column | Words]) -> Column | Words:
    """Join columns; words of several worlds get common numbers."""
    if not isinstance(columns[0], Words):
        return np.concatenate(columns)  # type: ignore[arg-type]
    words = tuple(dict.fromkeys(word for each in columns for word in each.words))  # type: ignore[union-attr]
    codes = [np.array([*(words.index(word) for word in each.words), -1])[each.code.astype(np.int64)] for each in columns]  # type: ignore[union-attr]
    return Words(np.concatenate(codes), words)


# ---- the study


def comparison_job(worlds: Sequence[DecidedWorld], settings: RunSettings, partial_folder: Path, key: str) -> ComparisonJob:
    """Return the job that runs and pairs some worlds, the first of which is ``nothing``."""
    names = [each.spec.name for each in worlds]
    pairs = tuple(
        OnePair(place, names.index(against), paired_layout(worlds[names.index(against)].world, each.world))
        for place, each in enumerate(worlds)
        for against in each.spec.against
    )
    ones = tuple(OneWorld(each.spec.name, each.world.plan, each.world.names, each.world.terms) for each in worlds)
    engine = chosen(settings.engine, sum(expected_contacts(each.plan) for each in ones) * settings.replications)
    return ComparisonJob(ones, pairs, settings.seed, settings.logs, partial_folder, key, engine)


class _Study:
    """One comparison on its way."""

    def __init__(self, settings: RunSettings, worlds: tuple[DecidedWorld, ...], progress: Progress) -> None:
        self.settings, self.worlds, self.progress = settings, worlds, progress
        identity = [[each.spec.name, plan_digest(each.world), list(each.spec.against)] for each in worlds]
        self.key = study_key({"compare": identity}, settings.seed, servsim.__version__)
        self.job = comparison_job(worlds, settings, paths_of(Path(settings.results_dir), settings.study_name).partial, self.key)
        self.samples = Samples(worlds, self.job.measure_words, tuple((each.world, each.against) for each in self.job.pairs), self.job.paired_words)
        self.begun_s, self.started = time.monotonic(), now_text()
        self.samples.check_expectations()

    def saved(self) -> Comparison | None:
        """Return what this very comparison found when it was run before; ``None``: it was not."""
        settings, folder = self.settings, self.settings.folder
        there = read_manifest(folder) if is_study(folder) else {}
        if settings.overwrite or there.get("key") != self.key or len(there["replications"]) != settings.replications or there["settings"]["logs"] != settings.logs:
            return None
        measures, pairs = (read_parquet(folder / f"{table}.parquet") for table in NUMBERS)
        for replication in range(settings.replications):
            mine = ({name: column[table["replication"] == replication] for name, column in table.items()} for table in (measures, pairs))
            self.samples.add(self.job.taken(replication, *mine))
        return self._result(Ending.SAVED, folder)

    def run(self) -> Comparison:
        settings = self.settings
        with StudyWriter(settings.results_dir, settings.study_name, self.key, existing_of(settings, self.key)) as writer:
            try:
                with closing(self._replications(writer)) as replications:
                    for done in replications:
                        self.samples.add(done)
                        self.progress(done.replication + 1, settings.replications)
            except KeyboardInterrupt:
                return self._result(Ending.INTERRUPTED, None)
            result = self._result(Ending.COMPLETE, writer.paths.final)
            writer.finish(self._manifest(result), [], range(settings.replications), partial(self._add_files, result))
        return result

    def _replications(self, writer: StudyWriter) -> Generator[ComparedOnce, None, None]:
        """Yield replications in order: those finished by an earlier run of the same comparison, then new ones."""
        have, most = 0, self.settings.replications
        while have < most and writer.has(have, self.job.files):
            yield self.job.finished(have)
            have += 1
        processes = min(self.settings.workers or workers.core_count(), max(most - have, 1))
        yield from replicate(self.job, range(have, most), min(most, LIKELY_REPLICATIONS) - have, processes)

    def _result(self, ending: Ending, folder: Path | None) -> Comparison:
        return compared(self.settings, self.samples, ending, folder, time.monotonic() - self.begun_s)

    def _add_files(self, result: Comparison, folder: Path) -> None:
        result.write(folder)
        if self.settings.csv:
            export_csv(folder, self.job.files)

    def _manifest(self, result: Comparison) -> dict[str, Any]:
        base = self.worlds[0].world
        return {
            "title": base.scenario.title,
            "settings": {name: getattr(self.settings, name) for name in SETTINGS},
            "overrides": [list(each) for each in self.settings.overrides],
            "scenario": to_plain(base.scenario),
            "worlds": [_told(each) for each in self.worlds],
            "warnings": list(result.warnings),
            "seed": self.settings.seed,
            "ending": result.ending.name.lower(),
            "started": self.started,
            "finished": now_text(),
            "duration_s": round(result.seconds, 3),
        }


def _told(world: DecidedWorld) -> dict[str, Any]:
    """Return what a manifest says of a world."""
    spec = world.spec
    return {
        "name": spec.name,
        "title": spec.title,
        "aim": spec.aim,
        "reference": spec.reference,
        "against": list(spec.against),
        "overrides": [list(each) for each in spec.overrides],
        "invoices": [vars(each) for each in world.invoices],
    }
