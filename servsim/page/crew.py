"""The crew: replications of a stage, over worker processes, in the order in which they are done.

One pool for the whole server, started once. A play that is cancelled hands out no more work, and what is being simulated for
it is stopped, so that the move after it finds the workers free. Replication k is the same whoever computes it. Never keeps results.

::

    play --switch--> number among the cancelled ones, in memory that all processes share --looked at 50 times a second--> worker
    stage --packed once for a play--> worker: unpacks it for the first task, and has it for the others
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import multiprocessing
import os
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple, TypeVar

from servsim.engine.choice import AUTO, COMPILED, SIMPY, simulator
from servsim.engine.log import RunLog
from servsim.errors import ServsimError
from servsim.page.deadline import Stopped, never, spare_tidying, within
from servsim.page.stage import Stage
from servsim.page.tally import AfterTally, DayTally, after_tally, day_tally, spread_of
from servsim.plan.plan import Plan

Left = TypeVar("Left")
IsStopped = Callable[[], bool]
Task = Callable[[Stage, int, int, str, IsStopped], Left]

MOST_S = 20.0
"""For which one replication may be simulated and counted, in both worlds."""
TOO_LONG = (
    f"One replication of this move takes more than {MOST_S:.0f} s on this machine, so it was stopped. "
    "Perhaps people try again too soon or too often; for larger worlds say servsim compare."
)

PATIENCE = 0.5
"""For which share of the time that one world took here the other one is waited for, before it is simulated here too."""

AHEAD = 2
"""Tasks handed out for each worker: one that it does, one that it finds when that is done."""
SWITCHES = 4096
"""Plays of which one can be told from the other while both may still be cancelled."""
STAGES_KEPT = 2
"""By each worker; twice as many, packed, by the server."""
GRACE_S = 1.0
"""In which a worker may end by itself once the crew goes home."""
FEW_COLLECTIONS = (10_000, 5, 5)
"""When Python looks for objects that only hold each other: what a replication leaves is found after a few of them, not within one."""


NOT_NUMBERED = 0
"""In place of the number of a play that nobody can cancel within a replication."""


class Broken(ServsimError):
    """A worker process died; the next move starts new ones."""


# ---- tasks


def day_once(stage: Stage, seed: int, replication: int, engine: str, is_stopped: IsStopped = never) -> DayTally:
    """Simulate and tally the shown day of one replication."""
    simulate = simulator(engine)
    return within(MOST_S, TOO_LONG, lambda: day_tally(stage, *(simulate(world.day, seed, replication) for world in (stage.base, stage.other))), is_stopped)


def after_once(stage: Stage, seed: int, replication: int, engine: str, is_stopped: IsStopped = never) -> AfterTally:
    """Simulate and tally all days of one replication."""
    return after_with_logs(stage, seed, replication, engine, is_stopped)[0]


def world_once(plan: Plan, seed: int, replication: int, engine: str, is_stopped: IsStopped = never) -> RunLog:
    """Simulate one replication of one world, for a play that does the other one itself."""
    simulate = simulator(engine)
    return within(MOST_S, TOO_LONG, lambda: simulate(plan, seed, replication), is_stopped)


def after_with_logs(stage: Stage, seed: int, replication: int, engine: str, is_stopped: IsStopped = never) -> tuple[AfterTally, tuple[RunLog, RunLog]]:
    """Simulate and tally all days of one replication, and keep the logs, which people ask about."""

    def work() -> tuple[AfterTally, tuple[RunLog, RunLog]]:
        simulate = simulator(engine)
        logs = (simulate(stage.base.world.plan, seed, replication), simulate(stage.other.world.plan, seed, replication))
        return after_tally(stage, *logs), logs

    return within(MOST_S, TOO_LONG, work, is_stopped)


# ---- what server and workers share


class Board:
    """The numbers of cancelled plays, and whether the crew goes home, in memory that the server and its workers share.

    A number has one place, which a later one may take: then a play that was cancelled long ago is no longer known to be, and
    what little was left of it is done in vain; no play is ever taken for a cancelled one.
    """

    def __init__(self) -> None:
        self._places = multiprocessing.get_context("spawn").RawArray(ctypes.c_uint64, SWITCHES + 1)

    @property
    def is_closed(self) -> bool:
        """Whether the workers are to end."""
        return bool(self._places[SWITCHES])

    def open(self) -> None:
        """Let workers begin."""
        self._places[SWITCHES] = 0

    def close(self) -> None:
        """Let workers end, whatever they do."""
        self._places[SWITCHES] = 1

    def cancel(self, play: int) -> None:
        """Write a play's number down."""
        self._places[play % SWITCHES] = play

    def is_cancelled(self, play: int) -> bool:
        """Whether a play's number stands there; every play is cancelled where the crew goes home."""
        return self.is_closed or (play != NOT_NUMBERED and bool(self._places[play % SWITCHES] == play))


class Switch(threading.Event):
    """Cancels a play: in this process at once, in the workers when they look next."""

    def __init__(self, play: int, board: Board) -> None:
        super().__init__()
        self.play, self._board = play, board

    def set(self) -> None:
        """Cancel the play."""
        super().set()
        self._board.cancel(self.play)


class Parcel(NamedTuple):
    """A stage on its way to workers; packed once, however many replications are made of it."""

    number: int
    content: bytes


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
        self._has_ended = False
        self._board = Board()
        self._numbers = itertools.count(1)
        self._parcels: deque[tuple[Stage, Parcel]] = deque(maxlen=2 * STAGES_KEPT)

    def switch(self) -> Switch:
        """Return a new play's switch; a play cancelled by any other event stops where its replication ends."""
        return Switch(next(self._numbers), self._board)

    def warm_up(self) -> None:
        """Start the processes and load what they need, so that the first move does not wait for it."""
        spread_of([(0.0, 0.0), (0.0, 1.0)])
        self._has_ended = False
        try:
            if self.workers > 1:
                for each in [self._executor().submit(_nothing) for _ in range(self.workers)]:
                    each.result()
                self.is_warm = True
            if self.wanted != SIMPY:
                self._take_compiled_engine()
        except (CancelledError, BrokenProcessPool, RuntimeError, Broken):
            if not self._has_ended:
                raise

    def simulate(self, plan: Plan, seed: int, replication: int, cancelled: threading.Event) -> RunLog:
        """Simulate one replication of one world in this process.

        Raises
        ------
        Stopped
            The play was cancelled.
        """
        return world_once(plan, seed, replication, self.engine, cancelled.is_set)

    def both(self, plans: tuple[Plan, Plan], seed: int, replication: int, cancelled: threading.Event) -> tuple[RunLog, RunLog]:
        """Simulate one replication of two worlds, in this process and in a worker at the same time where one is free.

        Raises
        ------
        Stopped
            The play was cancelled.
        """
        if self.workers == 1 or not self.is_warm or self.engine != SIMPY:
            return self.simulate(plans[0], seed, replication, cancelled), self.simulate(plans[1], seed, replication, cancelled)
        begun_s = time.monotonic()
        asked = self._asked(plans[1], seed, replication, cancelled)
        here = self.simulate(plans[0], seed, replication, cancelled)
        try:
            there = asked.result(PATIENCE * (time.monotonic() - begun_s))
        except (TimeoutError, BrokenProcessPool):  # the workers are busy with an older move, or gone
            asked.cancel()
            there = self.simulate(plans[1], seed, replication, cancelled)
        return here, there

    def _asked(self, plan: Plan, seed: int, replication: int, cancelled: threading.Event) -> Future[RunLog]:
        """Ask a worker for one replication of one world; where they are gone, others take their place."""
        pool = self._executor()
        try:
            return pool.submit(_world_in_worker, plan, seed, replication, self.engine, _number_of(cancelled))
        except BrokenProcessPool:
            self._replace(pool)
            return self._executor().submit(_world_in_worker, plan, seed, replication, self.engine, _number_of(cancelled))

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
        """End the processes and wait until they have ended: what they shared with the server has been given back then."""
        with self._lock:
            self._has_ended = True
            if self._pool is None:
                return
            self._board.close()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        gc.collect()  # semaphores are given back when nothing holds them any more

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        """Take leave of a pool of which a process died, unless another play has done so."""
        with self._lock:
            if self._pool is broken:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None

    def done(self, task: Task[Left], stage: Stage, seed: int, replications: Iterable[int], cancelled: threading.Event) -> Iterator[Left]:
        """Yield what each replication leaves, until the play is cancelled.

        Raises
        ------
        Broken
            A worker process died.
        """
        if cancelled.is_set():
            return
        todo = iter(replications)
        try:
            yield from self._here(task, stage, seed, todo, cancelled) if self.workers == 1 else self._over_processes(task, stage, seed, todo, cancelled)
        except (Stopped, CancelledError):
            if not cancelled.is_set() and not self._has_ended:
                raise

    def _here(self, task: Task[Left], stage: Stage, seed: int, todo: Iterator[int], cancelled: threading.Event) -> Iterator[Left]:
        for replication in todo:
            if cancelled.is_set():
                return
            yield task(stage, seed, replication, self.engine, cancelled.is_set)

    def _over_processes(self, task: Task[Left], stage: Stage, seed: int, todo: Iterator[int], cancelled: threading.Event) -> Iterator[Left]:
        open_ones: set[Future[Left]] = set()
        pool, parcel, play = self._executor(), self._parcel(stage), _number_of(cancelled)
        try:
            while not cancelled.is_set():
                while len(open_ones) < self.workers * AHEAD and (replication := next(todo, None)) is not None:
                    open_ones.add(pool.submit(_in_worker, task, parcel, seed, replication, self.engine, play))
                if not open_ones:
                    return
                finished, open_ones = wait(open_ones, timeout=0.2, return_when=FIRST_COMPLETED)
                for each in finished:
                    yield each.result()
        except BrokenProcessPool:
            self._replace(pool)
            raise Broken("A worker process ended unexpectedly, perhaps for want of memory. Make the move again.") from None
        finally:
            for each in open_ones:
                each.cancel()

    def _parcel(self, stage: Stage) -> Parcel:
        """Return a stage packed; the latest are kept packed."""
        with self._lock:
            known = next((parcel for each, parcel in self._parcels if each is stage), None)
            if known is None:
                known = Parcel(next(self._numbers), pickle.dumps(stage, pickle.HIGHEST_PROTOCOL))
                self._parcels.append((stage, known))
            return known

    def _executor(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._has_ended:
                raise Broken("The server is ending.")
            if self._pool is None:
                self._board.open()
                self._pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._board,))
            return self._pool


def _nothing() -> None:
    """Load this module in a worker."""
    spread_of([(0.0, 0.0), (0.0, 1.0)])


def _make_compiled_engine() -> None:
    """Load the compiled engine, or make it and keep it."""
    from servsim.engine.compiled import origin_of_code

    origin_of_code()


def settle() -> None:
    """Let a process that only serves the page from now on look less often for what may be thrown away, and never through all it has loaded."""
    spare_tidying()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*FEW_COLLECTIONS)


# ---- in a worker


class _Desk:
    """What a worker process has at hand."""

    def __init__(self) -> None:
        self.board: Board | None = None
        self.stages: deque[tuple[int, Stage]] = deque(maxlen=STAGES_KEPT)


_desk = _Desk()


def _begin(board: Board) -> None:
    """Leave Ctrl-C to the server, and do not outlive it: a server that is killed tells nobody."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_server, args=(board,), daemon=True).start()
    _desk.board = board
    settle()


def _end_with_server(board: Board) -> None:
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive() and not board.is_closed:
        parent.join(GRACE_S / 4)
    if parent is not None:
        if parent.is_alive():
            parent.join(GRACE_S)
        os._exit(1)


def _in_worker(task: Task[Left], parcel: Parcel, seed: int, replication: int, engine: str, play: int) -> Left:
    """Do one task of a play, unless it was cancelled."""
    return task(_unpacked(parcel), seed, replication, engine, _stopper(play))


def _world_in_worker(plan: Plan, seed: int, replication: int, engine: str, play: int) -> RunLog:
    return world_once(plan, seed, replication, engine, _stopper(play))


def _stopper(play: int) -> IsStopped:
    board = _desk.board
    return never if board is None else lambda: board.is_cancelled(play)


def _unpacked(parcel: Parcel) -> Stage:
    known = next((stage for number, stage in _desk.stages if number == parcel.number), None)
    if known is None:
        known = pickle.loads(parcel.content)
        _desk.stages.append((parcel.number, known))
    return known


def _number_of(cancelled: threading.Event) -> int:
    """Return the number of a play; of those that are cancelled by another event than a switch there is none."""
    return cancelled.play if isinstance(cancelled, Switch) else NOT_NUMBERED
