"""Checking decision files without running them: would a comparison take each, and if not, why not?

::

    decisions/<name>.yaml --read--> paths --applied to the scenario--> cross-checks, invoices, what must stay the same
                                      |
                                      +--> measures that its author expects something of

Everything that a comparison would refuse is found here, one decision at a time, with no world compiled but the scenario's own.
Never simulates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from servsim.errors import Problem, ScenarioError
from servsim.measure.table import layout_of
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.scenario import library
from servsim.scenario.check import check, check_beside
from servsim.scenario.decision import NOTHING, TYPED, Combination, load_decisions, merged, read_decision
from servsim.scenario.finding import Findings
from servsim.scenario.invoice import invoices_of
from servsim.scenario.language import Scenario
from servsim.scenario.like import start_from
from servsim.scenario.reader import read
from servsim.scenario.yaml_text import read_yaml
from servsim.study.comparison import Samples
from servsim.study.paired import paired_layout
from servsim.study.run import World
from servsim.study.settings import RunSettings
from servsim.study.worlds import DecidedWorld, WorldSpec, in_world, is_set_by, renaming


class CheckedDecision(NamedTuple):
    """What checking one decision, or several taken together, found."""

    name: str
    problems: list[Problem]
    """A comparison is refused."""
    not_due: list[Problem]
    """Its money falls on no simulated day, so that it cannot be compared over these days; the file itself may be sound."""
    warnings: list[Problem]
    """About what it sets, and the scenario alone is not warned of."""


def file_problems(files: Mapping[str, Path]) -> list[Problem]:
    """Return what is wrong with decision files by themselves, all problems of each."""
    found: list[Problem] = []
    for name, file in files.items():
        try:
            read_decision(read_yaml(file), name, tuple(files))
        except ScenarioError as error:
            found += error.problems
    return found


class DecisionCheck:
    """Checks decisions against one scenario that is sound itself.

    Parameters
    ----------
    settings : name the scenario and the paths that were typed.
    scenario : with these paths applied.
    files : of all its decisions, by name (``servsim.scenario.decision.list_decisions``).
    """

    def __init__(self, settings: RunSettings, scenario: Scenario, files: Mapping[str, Path]) -> None:
        self.typed, self.scenario, self.files = settings.overrides, scenario, files
        self.own_warnings = set(check(scenario).warnings)
        self._data = _data_of(settings)
        self._measures: Samples | None = None

    def every(self, progress: Callable[[int, int | None], None]) -> list[CheckedDecision]:
        """Check each file, alone or with what it answers; of loads that lines cannot carry nothing is said."""
        found = []
        for name in self.files:
            found.append(self._checked(name, partial(check_beside, other=self.scenario)))
            progress(len(found), len(self.files))
        return found

    def one(self, name: str) -> CheckedDecision:
        """Check one decision, or several taken together (``a+b``), with the loads that it makes."""
        return self._checked(name, check)

    def _checked(self, name: str, how: Callable[[Scenario], Findings]) -> CheckedDecision:
        whole: Combination | None
        problems: list[Problem] = []
        try:
            whole = load_decisions([name], self.files)[0]
        except ScenarioError as error:
            whole, problems = self._alone(name), list(error.problems)
        if whole is None:
            return CheckedDecision(name, problems, [], [])
        problems += [each for each in self._unknown_measures(whole) if each not in problems]
        try:
            spec, scenario = self._world(whole)
        except ScenarioError as error:
            return CheckedDecision(name, list(dict.fromkeys([*problems, *error.problems])), [], [])
        found = how(scenario)
        problems += [in_world(spec, each) for each in (*renaming(scenario, self.scenario), *found.problems)]
        warnings = [each for each in found.warnings if each not in self.own_warnings and is_set_by(spec, each)]
        return CheckedDecision(whole.name, problems, _not_due(whole, scenario), warnings)

    def _alone(self, name: str) -> Combination | None:
        """Return a decision without those that it hangs together with; ``None`` where its file cannot be read."""
        try:
            return Combination((read_decision(read_yaml(self.files[name]), name, tuple(self.files)),)) if name in self.files else None
        except ScenarioError:
            return None

    def _world(self, whole: Combination) -> tuple[WorldSpec, Scenario]:
        """Return a decision's world, read and not compiled.

        Raises
        ------
        ScenarioError : with every path that leads nowhere, every value that cannot be.
        """
        given = [(TYPED, path, value) for path, value in self.typed]
        paths, problems = merged([*given, *((part.name, path, value) for part in whole.parts for path, value in part.set)])
        if problems:
            raise ScenarioError(problems)
        spec = WorldSpec(whole.name, whole.title, whole.parts, paths, whole.aim)
        try:
            return spec, read(*self._data, paths)
        except ScenarioError as error:
            raise ScenarioError([in_world(spec, each) for each in error.problems]) from None

    def _unknown_measures(self, whole: Combination) -> Iterator[Problem]:
        if self._measures is None and any(part.expects for part in whole.parts):
            self._measures = _measures_of(self.scenario)
        if self._measures is not None:
            for part in whole.parts:
                yield from self._measures.unknown(part.name, part.expects)


def _data_of(settings: RunSettings) -> tuple[Any, Path]:
    """Return the plain data of a scenario and the folder of its files."""
    file = library.find(settings.scenario, settings.scenario_dirs)
    return start_from(read_yaml(file), file, lambda name: library.find(name, settings.scenario_dirs), read_yaml)


def _not_due(whole: Combination, scenario: Scenario) -> list[Problem]:
    try:
        invoices_of(whole.parts, scenario)
    except ScenarioError as error:
        return list(error.problems)
    return []


def _measures_of(scenario: Scenario) -> Samples:
    """Return the measures that a comparison of this scenario has; no replication is in it."""
    plan, names = compile_plan(scenario)
    world = World(scenario, [], plan, names, terms_of(scenario, names))
    nothing = DecidedWorld(WorldSpec(NOTHING), world, ())
    words = layout_of(plan, names, world.terms).words
    return Samples((nothing,), (words,), ((0, 0),), (paired_layout(world, world).words,))
