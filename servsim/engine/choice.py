"""Which engine runs a job: the readable one, or the compiled one, whose start has to pay. Never changes a result.

The record of every contact is the same bit for bit, so ``auto`` may choose by the size of the job alone.
"""

from __future__ import annotations

from collections.abc import Callable

from servsim.engine.log import RunLog
from servsim.plan.plan import Plan

Simulate = Callable[[Plan, int, int], RunLog]

AUTO, SIMPY, COMPILED = "auto", "simpy", "compiled"
ENGINES = (AUTO, SIMPY, COMPILED)
PAYS_WHEN_KEPT = 60_000
"""Contacts of a job from which reading compiled code from disk (about 1 s a process) costs less than it saves."""
PAYS_WHEN_NOT = 1_000_000
"""The same where the code has to be compiled first."""


def chosen(engine: str, contacts: float) -> str:
    """Return the engine that a job of so many expected contacts runs on: ``simpy`` or ``compiled``."""
    if engine != AUTO:
        return engine
    if contacts < PAYS_WHEN_KEPT:
        return SIMPY
    from servsim.engine.machine_code import is_kept

    return COMPILED if contacts >= PAYS_WHEN_NOT or is_kept() else SIMPY


def simulator(engine: str) -> Simulate:
    """Return the function that simulates one replication on an engine (``simpy`` or ``compiled``)."""
    if engine == COMPILED:
        from servsim.engine import compiled

        return compiled.simulate
    from servsim.engine import simpy_engine

    return simpy_engine.simulate


def expected_contacts(plan: Plan) -> float:
    """Return about how many first contacts a replication has."""
    return float(plan.cell_mean.sum()) + (len(plan.trace.root) if plan.trace is not None else 0)
