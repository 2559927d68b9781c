"""Which engine runs a job: the readable one, or the compiled one, whose start has to pay. Never changes a result.

The record of every contact is the same bit for bit, so ``auto`` may choose by the size of the job alone, but for what one
engine lacks (``FEATURES``): what a job needs and the engine asked for lacks is refused by name, never run differently.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from servsim.engine.compiling import COMPILING, is_anybody_listening, not_kept, tell
from servsim.engine.log import RunLog
from servsim.engine.policy import Policy
from servsim.errors import SettingError
from servsim.plan.plan import Plan

if TYPE_CHECKING:
    from servsim.plan.compile import Compiled

Simulate = Callable[[Plan, int, int], RunLog]

AUTO, SIMPY, COMPILED = "auto", "simpy", "compiled"
ENGINES = (AUTO, SIMPY, COMPILED)
PAYS_WHEN_KEPT = 5_000
"""Contacts of a job from which reading compiled code from disk (0.1 to 0.2 s a process) costs less than it saves: the readable
engine takes 80 us of computing a contact without loyalty, 250 us with it, the compiled one about 3 us."""
PAYS_WHEN_NOT = 300_000
"""The same where the code has to be compiled first, which takes about 30 s."""


class Feature(NamedTuple):
    """Something that not every engine has."""

    name: str
    engines: tuple[str, ...]
    """Those that have it."""
    is_needed: Callable[[Plan, Policy | None], bool]


FEATURES: tuple[Feature, ...] = (Feature("users' policies", (SIMPY,), lambda plan, policy: policy is not None),)
"""What not every engine has; everything else both have. A feature that one engine gets first has its line here until the other has it too."""


def needs_of(plan: Plan, policy: Policy | None = None) -> tuple[Feature, ...]:
    """Return the features that a job needs and that not every engine has."""
    return tuple(feature for feature in FEATURES if feature.is_needed(plan, policy))


def chosen(engine: str, contacts: float, needs: Sequence[Feature] = ()) -> str:
    """Return the engine that a job of so many expected contacts runs on: ``simpy`` or ``compiled``.

    Raises
    ------
    SettingError
        The engine that is asked for lacks what the job needs.
    """
    if engine != AUTO:
        refuse_lacking(engine, needs)
        return engine
    able = [each for each in (SIMPY, COMPILED) if all(each in feature.engines for feature in needs)]
    if len(able) == 1:
        return able[0]
    if contacts < PAYS_WHEN_KEPT:
        return SIMPY
    from servsim.engine.machine_code import is_kept

    return COMPILED if contacts >= PAYS_WHEN_NOT or is_kept() else SIMPY


def refuse_lacking(engine: str, needs: Sequence[Feature]) -> None:
    """Refuse an engine that lacks what a job needs.

    Raises
    ------
    SettingError
        With the names of all that it lacks.
    """
    lacking = [feature for feature in needs if engine not in feature.engines]
    if lacking:
        others = sorted({each for feature in lacking for each in feature.engines})
        raise SettingError(f"engine: got {engine}; it lacks {', '.join(feature.name for feature in lacking)}; say engine={' or '.join(others)}, or auto")


def simulator(engine: str, policy: Policy | None = None) -> Simulate:
    """Return the function that simulates one replication on an engine (``simpy`` or ``compiled``).

    Raises
    ------
    SettingError
        The engine lacks users' policies, and there is one; or, when it simulates, whatever else a plan needs.
    """
    if engine == COMPILED:
        return partial(_on_compiled, policy=policy)
    from servsim.engine import simpy_engine

    return simpy_engine.simulate if policy is None else partial(simpy_engine.simulate, policy=policy)


def _on_compiled(plan: Plan, seed: int, replication: int, policy: Policy | None) -> RunLog:
    from servsim.engine import compiled

    refuse_lacking(COMPILED, needs_of(plan, policy))
    make_ready()
    return compiled.simulate(plan, seed, replication)


class Ready(NamedTuple):
    """How a process came by its compiled code."""

    is_kept: bool
    """Other processes read it; they compile it anew where it could not be kept."""
    seconds: float
    """That it took."""


READY: list[Ready] = []
"""Of this process, once it has compiled code."""


def seconds_to_ready() -> float:
    """Return how long this process has taken so far to have compiled code at hand, which it does not do again."""
    return sum(each.seconds for each in READY)


def is_here_alone() -> bool:
    """Whether this process has compiled code that no other can read, so that each further one would take half a minute to begin."""
    return any(not each.is_kept for each in READY)


@cache
def make_ready() -> None:
    """Have the compiled code at hand, once a process; whoever listens is told when it has to be compiled first, and when it cannot be kept."""
    from servsim.engine import compiled
    from servsim.engine.machine_code import Origin, cache_folder, is_kept

    begun_s = time.monotonic()
    if is_anybody_listening() and not is_kept():
        tell(COMPILING)
    origin = compiled.origin_of_code()
    if origin is Origin.MADE_FOR_ONCE:
        tell(not_kept(cache_folder()))
    READY.append(Ready(origin is not Origin.MADE_FOR_ONCE, time.monotonic() - begun_s))


def simulate(plan: Plan | Compiled, seed: int, replication: int, engine: str = AUTO, policy: Policy | None = None) -> RunLog:
    """Run one replication by itself on an engine, by default the one that suits its size, and return its log.

    Parameters
    ----------
    plan : what to run, as ``compile_plan`` returns it, or its ``plan`` alone.
    seed, replication : name the draws; the same pair gives the same log on every machine and either engine.
    engine : ``auto``, ``simpy`` or ``compiled``.
    policy : a user's choice of who is next (R36), which only the readable engine can ask; ``None``: the standing rules.

    Raises
    ------
    SettingError
        There is no such engine, or it lacks what the plan or the policy needs; the policy is none.
    """
    if engine not in ENGINES:
        raise SettingError(f"engine: got {engine}; must be one of {', '.join(ENGINES)}")
    plan = plan if isinstance(plan, Plan) else plan.plan
    return simulator(chosen(engine, expected_contacts(plan), needs_of(plan, policy)), policy)(plan, seed, replication)


def expected_contacts(plan: Plan) -> float:
    """Return about how many first contacts a replication has."""
    return float(plan.cell_mean.sum()) + (len(plan.trace.root) if plan.trace is not None else 0)
