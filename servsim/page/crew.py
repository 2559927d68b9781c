"""The crew: replications of a stage, over worker processes, in the order in which they are done.

One pool for the whole server, started once. A play that is cancelled stops handing out work; what is being simulated
ends by itself. Replication k is the same whoever computes it. Never keeps results.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from servsim.engine.choice import AUTO, COMPILED, SIMPY, Simulate, simulator
from servsim.errors import ServsimError
from servsim.page.stage import Stage
from servsim.page.tally import AfterTally, DayTally, after_tally, day_tally, spread_of

Left = TypeVar("Left")
Task = Callable[[Stage, int, int, str], Left]

AHEAD = 1
"""Tasks handed out for each worker; more would keep a new move waiting behind the old one's."""


class Broken(ServsimError):
    """A worker process died; the next move starts new ones."""


def day_once(stage: Stage, seed: int, replication: int, engine: str) -> DayTally:
    """Simulate and tally the shown day of one replication."""
    simulate = simulator(engine)
    return day_tally(stage, *(simulate(world.day, seed, replication) for world in (stage.base, stage.other)))


def after_once(stage: Stage, seed: int, replication: int, engine: str) -> AfterTally:
    """Simulate and tally all days of one replication."""
    simulate = simulator(engine)
    return after_tally(stage, *(simulate(world.world.plan, seed, replication) for world in (stage.base, stage.other)))


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
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def warm_up(self) -> None:
        """Start the processes and load what they need, so that the first move does not wait for it."""
        spread_of([(0.0, 0.0), (0.0, 1.0)])
        if self.workers > 1:
            for each in [self._executor().submit(_nothing) for _ in range(self.workers)]:
                each.result()
        if self.wanted != SIMPY:
            self._take_compiled_engine()

    @property
    def simulate(self) -> Simulate:
        """The function that simulates one replication in this process."""
        return simulator(self.engine)

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
    """Leave Ctrl-C to the server."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
