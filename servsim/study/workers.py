"""Worker processes: many tasks, each done once, whatever happens to the processes.

::

    tasks -> [job in process 1] \
             [job in process 2] -> (task, result) in the order of finishing
             [killed: its task is handed out again, a bounded number of times]

Processes are spawned, never forked, and do not import the user's script again. Never knows what a task is.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import traceback
import types
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any

from servsim.errors import ScenarioError, ServsimError

MOST_TRIES = 3
"""How often a task is begun whose process is killed each time."""
PATIENCE_S = 2.0
"""How long a process that was told to stop may take."""

Job = Callable[[Any], Any]


class WorkerLost(ServsimError):
    """The processes that worked on one task were killed again and again."""


class UnexpectedFailure(RuntimeError):
    """A task failed in a worker by a defect; the worker's traceback is a note of the exception."""


def core_count() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def results(job: Job, tasks: Iterable[Any], workers: int) -> Generator[tuple[Any, Any], None, None]:
    """Yield (task, result) as tasks finish; close the iterator to stop early.

    Parameters
    ----------
    job : picklable; called with a task, in a process of its own.
    tasks : picklable; taken one by one as processes become free.
    workers : how many processes.

    Raises
    ------
    WorkerLost : a task's processes were killed ``MOST_TRIES`` times.
    ServsimError : what the job raised, as the job raised it.
    UnexpectedFailure : the job failed in any other way.
    """
    crew = _Crew(job, iter(tasks), workers)
    try:
        while crew.hand_out():
            yield from crew.collect()
    finally:
        crew.stop()


class _Worker:
    """One process and the task it works on."""

    def __init__(self, job: Job) -> None:
        self.task: Any = None
        self.is_busy = False
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, job), daemon=True)
        with _interrupts_blocked(), _main_hidden():
            self.process.start()
        theirs.close()

    def begin(self, task: Any) -> None:
        self.task, self.is_busy = task, True
        with contextlib.suppress(BrokenPipeError):  # killed while idle: collecting finds the broken pipe and tries again
            self.pipe.send(task)

    def stop(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join(PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(PATIENCE_S)


class _Crew:
    """The processes, the tasks not yet handed out, and how often each was tried."""

    def __init__(self, job: Job, tasks: Iterator[Any], workers: int) -> None:
        self.job, self.tasks, self.size = job, tasks, max(workers, 1)
        self.again: deque[Any] = deque()
        self.tries: dict[Any, int] = {}
        self.workers: list[_Worker] = []

    def hand_out(self) -> bool:
        """Give every free process a task; return whether anybody works."""
        for worker in self.workers:
            if not worker.is_busy and not self._give(worker):
                break
        while len(self.workers) < self.size and (task := self._next()) is not None:
            worker = _Worker(self.job)
            self.workers.append(worker)
            worker.begin(task[0])
        return any(worker.is_busy for worker in self.workers)

    def _give(self, worker: _Worker) -> bool:
        task = self._next()
        if task is not None:
            worker.begin(task[0])
        return task is not None

    def _next(self) -> tuple[Any] | None:
        if self.again:
            return (self.again.popleft(),)
        return next(((task,) for task in self.tasks), None)

    def collect(self) -> Iterator[tuple[Any, Any]]:
        """Wait until at least one process has something to tell, and yield what was finished."""
        busy = {worker.pipe: worker for worker in self.workers if worker.is_busy}
        for pipe in wait(list(busy)):
            worker = busy[pipe]  # type: ignore[index]
            try:
                answer = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker)
                continue
            worker.is_busy = False
            yield worker.task, _result(answer)

    def _bury(self, worker: _Worker) -> None:
        """Take a dead process out of the crew and plan its task again.

        Raises
        ------
        WorkerLost : too often.
        """
        worker.stop()
        self.workers.remove(worker)
        self.tries[worker.task] = self.tries.get(worker.task, 0) + 1
        if self.tries[worker.task] >= MOST_TRIES:
            raise WorkerLost(
                f"task {worker.task}: the process that worked on it was killed {MOST_TRIES} times"
                f" (exit code {worker.process.exitcode}; too little memory?)"
            )
        self.again.append(worker.task)

    def stop(self) -> None:
        """End every process."""
        for worker in self.workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self.workers:
            worker.stop()


def _result(answer: tuple[str, Any]) -> Any:
    """Return the result of an answer, or raise what it tells."""
    kind, content = answer
    if kind == "problems":
        raise ScenarioError(content)
    if kind == "refused":
        raise content
    if kind == "failed":
        raise _failure(content)
    return content


def _failure(told: str) -> UnexpectedFailure:
    """Return a worker's failure: its last words as message, all of them as a note."""
    failure = UnexpectedFailure(told.strip().splitlines()[-1])
    failure.add_note(told)
    return failure


# ---- in the worker's process


def _work(pipe: Connection, job: Job) -> None:
    """Do tasks until there is nobody to ask for more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it keeps what is finished
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone: so is the work
        while True:
            pipe.send(_answer(job, pipe.recv()))


def _answer(job: Job, task: Any) -> tuple[str, Any]:
    try:
        return "done", job(task)
    except ScenarioError as error:
        return "problems", error.problems
    except ServsimError as error:
        return "refused", error
    except Exception:
        return "failed", traceback.format_exc()


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Start a process with Ctrl-C blocked, so that it cannot fall over one before it has learnt to ignore it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _main_hidden() -> Iterator[None]:
    """Keep spawned processes from importing the user's script again: a job never lives there."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
