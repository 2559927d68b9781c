"""The crew: replications of a stage, over worker processes, in the order in which they are done.

One pool for the whole server, started once. A play that is cancelled stops handing out work; what is being simulated
ends by itself. Replication k is the same whoever computes it. Never keeps results.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from servsim.engine.choice import AUTO, COMPILED, SIMPY, simulator
from servsim.engine.log import RunLog
from servsim.errors import ServsimError
from servsim.page.deadline import within
from servsim.page.stage import Stage
from servsim.page.tally import AfterTally, DayTally, after_tally, day_tally, spread_of
from servsim.plan.plan import Plan

Left = TypeVar("Left")
Task = Callable[[Stage, int, int, str], Left]

MOST_S = 20.0
"""For which one replication may be simulated and counted, in both worlds."""
TOO_LONG = (
    f"One replication of this move takes more than {MOST_S:.0f} s on this machine, so it was stopped. "
    "Perhaps people try again too soon or too often; for larger worlds say servsim compare."
)

PATIENCE = 0.5
"""For which share of the time that one world took here the other one is waited for, before it is simulated here too."""

AHEAD = 1
"""Tasks handed out for each worker; more would keep a new move waiting behind the old one's."""


class Broken(ServsimError):
    """A worker process died; the next move starts new ones."""


def day_once(stage: Stage, seed: int, replication: int, engine: str) -> DayTally:
    """Simulate and tally the shown day of one replication."""
    simulate = simulator(engine)
    return within(MOST_S, TOO_LONG, lambda: day_tally(stage, *(simulate(world.day, seed, replication) for world in (stage.base, stage.other))))


def after_once(stage: Stage, seed: int, replication: int, engine: str) -> AfterTally:
    """Simulate and tally all days of one replication."""
    simulate = simulator(engine)
    return within(MOST_S, TOO_LONG, lambda: after_tally(stage, *(simulate(world.world.plan, seed, replication) for world in (stage.base, stage.other))))


def world_once(plan: Plan, seed: int, replication: int, engine: str) -> RunLog:
    """Simulate one replication of one world, for a play that does the other one itself."""
    simulate = simulator(engine)
    return within(MOST_S, TOO_LONG, lambda: simulate(plan, seed, replication))


def after_with_logs(stage: Stage, seed: int, replication: int, engine: str) -> tuple[AfterTally, tuple[RunLog, RunLog]]:
    """Simulate and tally all days of one replication, and keep the logs, which people ask about."""

    def work() -> tuple[AfterTally, tuple[RunLog, RunLog]]:
        simulate = simulator(engine)
        logs = (simulate(stage.base.world.plan, seed, replication), simulate(stage.other.world.plan, seed, replication))
        return after_tally(stage, *logs), logs

    return within(MOST_S, TOO_LONG, work)


class Crew:
    """Worker processes; with one, the work is done in the thread that asks.

    Parameters
    ----------
    workers : how many.
    engine : ``simpy``, ``compiled``, or ``auto``: the readable one until the compiled one is there. Logs are the same bit for bit.
    """

    def __init__(self, workers: int, engine: str = SIMPY) -> None:
        self.workers, self.wanted = workers, engine
        self.engine = SIMPY
        """Which one is used now."""
        self.is_warm = False
        """Whether the processes are there."""
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def warm_up(self) -> None:
        """Start the processes and load what they need, so that the first move does not wait for it."""
        spread_of([(0.0, 0.0), (0.0, 1.0)])
        if self.workers > 1:
            for each in [self._executor().submit(_nothing) for _ in range(self.workers)]:
                each.result()
            self.is_warm = True
        if self.wanted != SIMPY:
            self._take_compiled_engine()

    def simulate(self, plan: Plan, seed: int, replication: int) -> RunLog:
        """Simulate one replication of one world in this process."""
        return world_once(plan, seed, replication, self.engine)

    def both(self, plans: tuple[Plan, Plan], seed: int, replication: int) -> tuple[RunLog, RunLog]:
        """Simulate one replication of two worlds, in this process and in a worker at the same time where one is free."""
        if self.workers == 1 or not self.is_warm or self.engine != SIMPY:
            return self.simulate(plans[0], seed, replication), self.simulate(plans[1], seed, replication)
        begun_s = time.monotonic()
        asked = self._executor().submit(world_once, plans[1], seed, replication, self.engine)
        here = self.simulate(plans[0], seed, replication)
        try:
            there = asked.result(PATIENCE * (time.monotonic() - begun_s))
        except (TimeoutError, BrokenProcessPool):  # the workers are busy with an older move, or gone
            asked.cancel()
            there = self.simulate(plans[1], seed, replication)
        return here, there

    def _take_compiled_engine(self) -> None:
        """Change to the compiled engine once its code is there; where it has to be made, a worker makes it, so that the page stays quick."""
        from servsim.engine.machine_code import is_kept

        if not is_kept():
            if self.wanted == AUTO and self.workers == 1:
                return
            if self.workers > 1:
                self._executor().submit(_make_compiled_engine).result()
        _make_compiled_engine()
        self.engine = COMPILED

    def close(self) -> None:
        """Let the processes end."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None

    def done(self, task: Task[Left], stage: Stage, seed: int, replications: Iterable[int], cancelled: threading.Event) -> Iterator[Left]:
        """Yield what each replication leaves, until the play is cancelled.

        Raises
        ------
        Broken
            A worker process died.
        """
        todo = iter(replications)
        if self.workers == 1:
            for replication in todo:
                if cancelled.is_set():
                    return
                yield task(stage, seed, replication, self.engine)
            return
        try:
            yield from self._over_processes(task, stage, seed, todo, cancelled)
        except BrokenProcessPool:
            self.close()
            raise Broken("A worker process ended unexpectedly, perhaps for want of memory. Make the move again.") from None

    def _over_processes(self, task: Task[Left], stage: Stage, seed: int, todo: Iterator[int], cancelled: threading.Event) -> Iterator[Left]:
        open_ones: set[Future[Left]] = set()
        pool = self._executor()
        try:
            while not cancelled.is_set():
                for replication in todo:
                    open_ones.add(pool.submit(task, stage, seed, replication, self.engine))
                    if len(open_ones) >= self.workers * AHEAD:
                        break
                if not open_ones:
                    return
                finished, open_ones = wait(open_ones, timeout=0.2, return_when=FIRST_COMPLETED)
                for each in finished:
                    yield each.result()
        finally:
            for each in open_ones:
                each.cancel()

    def _executor(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_quiet)
            return self._pool


def _nothing() -> None:
    """Load this module in a worker."""
    spread_of([(0.0, 0.0), (0.0, 1.0)])


def _make_compiled_engine() -> None:
    """Load the compiled engine, or make it and keep it."""
    from servsim.engine.compiled import origin_of_code

    origin_of_code()


def _quiet(*_: Any) -> None:
    """Leave Ctrl-C to the server, and do not outlive it: a server that is killed tells nobody."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
