"""How long a user waits for the first result, and what two replications at once gain; measured, never part of a test.

Both are wall-clock times of this machine as it is; the load beside them says how much else it was doing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import NamedTuple

from servsim.engine.choice import COMPILED, SIMPY, simulator
from servsim.errors import SettingError
from servsim.measure.table import layout_of, measure
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.scenario.reader import load
from servsim.study import workers

AT_ONCE = 2
FIRST_RUN = ("run", "scenario=erlang_a", "calendar.days=1", "replications=2", "figures=no", "overwrite=yes", "workers=1")


class Timed(NamedTuple):
    """Something that was timed, in seconds of the clock."""

    what: str
    seconds: float


def start_times(rounds: int, tell: Callable[[str], None]) -> list[Timed]:
    """Return seconds from the command line to the printed result of a small scenario.

    Parameters
    ----------
    rounds : how often each is timed, medians are returned; compiling is timed once.
    tell : called with a line before each measurement.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment_in(Path(folder))
        tell("once, not timed: Python keeps the bytecode of what it imports, and the disk its files")
        _first_run_s(folder, environment, SIMPY)
        tell("SimPy engine, from the command line to the result")
        found = [Timed("SimPy engine", median(_first_run_s(folder, environment, SIMPY) for _ in range(rounds)))]
        tell("compiled engine, first use on a machine: it compiles")
        found.append(Timed("compiled engine, first use (it compiles)", _first_run_s(folder, environment, COMPILED)))
        tell("compiled engine, every further use")
        found.append(Timed("compiled engine, every further use", median(_first_run_s(folder, environment, COMPILED) for _ in range(rounds))))
    return found


def _environment_in(folder: Path) -> dict[str, str]:
    """Return an environment as a user has it: bytecode is kept (in the folder, where this process keeps none), nothing else is there."""
    environment = {**os.environ, "SERVSIM_CACHE": str(folder / "cache")}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    return environment


def _first_run_s(folder: str, environment: Mapping[str, str], engine: str) -> float:
    program = "from servsim.cli.main import run; run()"
    begun_s = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, *FIRST_RUN, f"engine={engine}"], cwd=folder, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SettingError(f"bench: servsim {' '.join(FIRST_RUN)} failed: {done.stderr.strip().splitlines()[-1:]}")
    return time.monotonic() - begun_s


class ShopJob:
    """Simulates and measures four weeks of the phone shop, as a replication of a run does."""

    def __init__(self, engine: str) -> None:
        self.engine = engine

    def __call__(self, replication: int) -> int:
        scenario = load("phone_shop", {})
        plan, names = compile_plan(scenario)
        log = simulator(self.engine)(plan, 1, replication)
        measure(log, layout_of(plan, names, terms_of(scenario, names)))
        return len(log.contacts["root"])


def side_by_side(replications: int, tell: Callable[[str], None]) -> list[Timed]:
    """Return seconds for so many replications of the phone shop, compiled: one after the other, by threads, by processes.

    Everything is loaded before the clock of the first two starts; processes load it themselves, as they do in a run.
    """
    job = ShopJob(COMPILED)
    job(0)
    found = []
    for what, way in (("one after the other", _one_by_one), (f"{AT_ONCE} threads", _by_threads), (f"{AT_ONCE} processes", _by_processes)):
        tell(f"{replications} replications of the phone shop, compiled: {what}")
        begun_s = time.monotonic()
        done = sum(way(job, replications))
        found.append(Timed(f"{what} ({done:,} contacts)", time.monotonic() - begun_s))
    return found


def _one_by_one(job: ShopJob, replications: int) -> Iterator[int]:
    return map(job, range(replications))


def _by_threads(job: ShopJob, replications: int) -> Iterator[int]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(job, range(replications))


def _by_processes(job: ShopJob, replications: int) -> Iterator[int]:
    for _, done in workers.results(job, range(replications), AT_ONCE):
        yield done
