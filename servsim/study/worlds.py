"""Worlds: the scenario as it is, and as it is once something has been decided. The same people live in all of them.

::

    scenario + typed paths                        -> world "nothing"
    scenario + typed paths + paths of decisions   -> world "course_all_at_once", world "course_all_at_once+call_ahead" ...
                                                     with the invoices that its decisions bring

Pairing needs that a case has the same name everywhere: decisions that would rename cases are refused. Never simulates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from servsim.errors import Problem, ScenarioError, SettingError
from servsim.plan.plan import Plan
from servsim.scenario.decision import (
    NOTHING,
    PLUS,
    TYPED,
    Combination,
    decision_folders,
    list_decisions,
    load_decisions,
    merged,
)
from servsim.scenario.decision_language import Decision, Expectation
from servsim.scenario.invoice import Invoice, invoices_of
from servsim.scenario.language import Scenario
from servsim.study.run import World, make_world
from servsim.study.settings import Overrides, RunSettings

START = "start_"
"""Columns of a plan that say how customers feel as the run begins."""

FIXED = ("calendar.start", "calendar.days", "calendar.interval", "calendar.warm_up", "currency")
"""What must be the same in all worlds: names of cases and the time that is measured hang on it."""


@dataclass(frozen=True)
class WorldSpec:
    """What makes a world: the decisions taken in it and the paths of the scenario that this sets."""

    name: str
    """``nothing``, ``course_staggered``, ``course_all_at_once+call_ahead``."""
    title: str = "Nothing is decided"
    decisions: tuple[Decision, ...] = ()
    overrides: Overrides = ()
    """Paths typed by the user, which hold in every world, and those of the decisions."""
    aim: str = ""
    reference: str = ""
    """Name of the world that this one is judged against beside ``nothing``; empty: none."""
    unanswered: str = ""
    """Name of the world in which what some of these decisions answer is taken without them; empty: none answers another."""
    is_asked: bool = True
    """Whether the user asked for it; a reference may be there for the others' sake only."""

    @property
    def against(self) -> tuple[str, ...]:
        """Names of the worlds it is compared with: its reference, what it answers, and ``nothing``."""
        if self.name == NOTHING:
            return ()
        return tuple(dict.fromkeys(each for each in (self.reference, self.unanswered, NOTHING) if each))

    @property
    def expects(self) -> tuple[tuple[Expectation, str], ...]:
        """What is expected of it, and against which world.

        A decision taken together with one that it answers is judged against that one alone, unless its author says
        otherwise. Of other combinations nothing was expected: their authors had none in mind.
        """
        if self.unanswered:
            answers = [each for each in self.decisions if {other.name for other in self.decisions} & {*each.counters}]
            usual = self.unanswered
        else:
            answers = list(self.decisions) if len(self.decisions) == 1 else []
            usual = NOTHING
        return tuple((each, self._comparator(each, usual)) for decision in answers for each in decision.expects)

    def _comparator(self, expectation: Expectation, usual: str) -> str:
        if self.reference and (expectation.against == "reference" or (not expectation.against and not self.unanswered)):
            return self.reference
        return usual


@dataclass(frozen=True)
class DecidedWorld:
    """A world made ready to run."""

    spec: WorldSpec
    world: World
    invoices: tuple[Invoice, ...]
    """What the decisions cost, less what they save, beside payroll."""

    @property
    def invoiced(self) -> float:
        """Sum of the invoices, in the scenario's currency."""
        return float(sum(each.amount for each in self.invoices))


def specs_of(settings: RunSettings, key: str = "decisions") -> tuple[WorldSpec, ...]:
    """Return the worlds that a comparison needs: ``nothing``, those asked for in order, then those they are judged against.

    Raises
    ------
    ScenarioError
        With every problem of the decision files.
    """
    files = list_decisions(decision_folders(settings.scenario, settings.scenario_dirs))
    asked = [name for name in settings.decisions if name != NOTHING]
    wholes = load_decisions(asked, files, key)
    nothing = WorldSpec(NOTHING, overrides=settings.overrides)
    specs = [_spec(whole, wholes, settings.overrides, place < len(asked)) for place, whole in enumerate(wholes)]
    problems = [problem for _, found in specs for problem in found]
    if problems:
        raise ScenarioError(problems)
    return (nothing, *(spec for spec, _ in specs))


def _spec(whole: Combination, wholes: Sequence[Combination], typed: Overrides, is_asked: bool) -> tuple[WorldSpec, list[Problem]]:
    given = [(TYPED, path, value) for path, value in typed]
    overrides, problems = merged([*given, *((part.name, path, value) for part in whole.parts for path, value in part.set)])
    reference = _world_name([each.strip() for each in whole.reference.split(PLUS)], wholes)
    unanswered = _world_name([each.name for each in whole.unanswered], wholes)
    return WorldSpec(whole.name, whole.title, whole.parts, overrides, whole.aim, reference, unanswered, is_asked), problems


def _world_name(names: Sequence[str], wholes: Iterable[Combination]) -> str:
    """Return the name of the world in which exactly these decisions are taken; empty: there is none."""
    return next((whole.name for whole in wholes if {part.name for part in whole.parts} == {*names}), "")


def make_worlds(specs: Sequence[WorldSpec], settings: RunSettings) -> tuple[DecidedWorld, ...]:
    """Read, check and compile every world; the first must be ``nothing``.

    Customers begin every world as they begin the first.

    Raises
    ------
    ScenarioError
        With the problems of every world: each says in which.
    SettingError
        A setting does not go with several worlds.
    """
    if settings.replay:
        raise SettingError("replay: decisions are compared on the scenario's own arrivals; leave replay out")
    base = DecidedWorld(specs[0], _world(specs[0], settings), ())
    found: list[DecidedWorld] = []
    problems: list[Problem] = []
    for spec in specs[1:]:
        try:
            found.append(_decided(spec, base.world, settings))
        except ScenarioError as error:
            problems += [in_world(spec, problem) for problem in error.problems]
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    return (base, *found)


def decided_worlds(settings: RunSettings, key: str = "decisions") -> tuple[DecidedWorld, ...]:
    """Return every world that a comparison needs, ready to run (``specs_of``, ``make_worlds``); messages name the setting ``key``."""
    return make_worlds(specs_of(settings, key), settings)


def _world(spec: WorldSpec, settings: RunSettings) -> World:
    return make_world(replace(settings, overrides=spec.overrides, decisions=()))


def _decided(spec: WorldSpec, base: World, settings: RunSettings) -> DecidedWorld:
    world = _world(spec, settings)
    problems = list(renaming(world.scenario, base.scenario))
    if problems:
        raise ScenarioError(problems)
    plan = same_customers(world.plan, base.plan)
    return DecidedWorld(spec, world._replace(plan=plan), invoices_of(spec.decisions, world.scenario))


def renaming(scenario: Scenario, base: Scenario) -> Iterable[Problem]:
    """Tell what would keep cases from being the same ones in both worlds, or measures from being comparable."""
    for path in FIXED:
        there, here = _at(base, path), _at(scenario, path)
        if there != here:
            yield Problem(path, str(here), f"must be the same in every world ({there} without the decision): worlds are compared case by case, day by day")


def _at(scenario: Scenario, path: str) -> Any:
    found: Any = scenario
    for step in path.split("."):
        found = getattr(found, step)
    return found


def in_world(spec: WorldSpec, problem: Problem) -> Problem:
    """Say in which world there is a problem, and which decision's path it is."""
    if problem.path.startswith("decision"):
        return problem
    owner = next((each.name for each in spec.decisions if _sets(each, problem.path)), "")
    where = f"decision {owner}, set.{problem.path}" if owner else f"{problem.path} (in the world {spec.name})"
    return replace(problem, path=where)


def is_set_by(spec: WorldSpec, problem: Problem) -> bool:
    """Return whether a problem or warning is about something that the world's decisions set, and not about what comes of it elsewhere."""
    return any(_sets(each, problem.path) for each in spec.decisions)


def _sets(decision: Decision, path: str) -> bool:
    return any(f"{path}.".startswith(f"{each}.") for each, _ in decision.set)


def same_customers(plan: Plan, base: Plan) -> Plan:
    """Return a plan whose customers begin as those of the base: nobody has felt a decision before the first day.

    Where the segments differ in number or size there are no same customers, and the plan keeps its own.
    """
    if not np.array_equal(plan.segment_size, base.segment_size):
        return plan
    return plan._replace(**{name: getattr(base, name) for name in plan._fields if name.startswith(START)})
