"""servsim simulates service operations: counters, phone lines, account executives who may be away.

::

    scenario.yaml --load--> Scenario --compile_plan--> plan and names --simulate--> log of one replication
           |
           +--run: all of it and the measures, many times--> results/<study>/ --load_results--> your notebook

    log = servsim.simulate(servsim.compile_plan(servsim.load("erlang_a")), seed=1, replication=0)

The names below are the public ones; each is imported when it is first used, so that ``import servsim`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from servsim import errors
    from servsim.engine.choice import simulate
    from servsim.engine.policy import Policy
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load
    from servsim.study.compare import compare
    from servsim.study.results import load_results
    from servsim.study.run import run

__version__ = "0.2.0"

HOMES = {
    "load": "servsim.scenario.reader",
    "compile_plan": "servsim.plan.compile",
    "simulate": "servsim.engine.choice",
    "Policy": "servsim.engine.policy",
    "run": "servsim.study.run",
    "compare": "servsim.study.compare",
    "load_results": "servsim.study.results",
}
"""Where each public name lives."""

__all__ = ["Policy", "__version__", "compare", "compile_plan", "errors", "load", "load_results", "run", "simulate"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name == "errors":
        return import_module("servsim.errors")
    if name not in HOMES:
        raise AttributeError(f"module 'servsim' has no attribute {name!r} (public names: {', '.join(__all__)})")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
