"""A deadline: what a browser asks for is stopped when its time is up, however it came to take so long.

Sizes are checked before anything runs; but how often people try again, and how soon, only the run tells. So the thread that
works for a browser is watched, and stopped from outside between two steps of Python, whichever engine it runs. The same way
work ends that nobody waits for any more. Never changes a result: what ends in time ends as if it had not been watched.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from servsim.errors import SettingError

Left = TypeVar("Left")

LOOK_S = 0.02
"""How often an alarm looks."""
AGAIN_S = 0.2
"""After which a thread that was told to stop is told again, since Python drops what is raised while it tidies up."""
SLACK = 4.0
"""On a busy machine work may take this many times as long on the wall's clock as on the processor's."""
SURELY_HEARD = 1000
"""Steps of a loop within which a thread hears what it was told, if Python does not drop it."""
MOST_SPARED = 25
"""Looks at which a thread is spared because Python tidies up in it."""
NOT_WANTED = "This move was stopped, since another one was made."


class TooLong(SettingError):
    """What was asked for takes longer than the page allows."""


class Stopped(SettingError):
    """What was asked for is not wanted any more."""


def never() -> bool:
    """Return that the work is still wanted."""
    return False


class _TimeIsUp(BaseException):
    """Raised within the thread that is stopped; no ordinary ``except`` takes it."""


_tidying: set[int] = set()
"""Threads in which Python just collects what nothing holds any more: what tells others of that should not be stopped."""


class _Alarm:
    """Tells the thread that makes it to stop, unless it is closed in time."""

    def __init__(self, limit_s: float, is_stopped: Callable[[], bool]) -> None:
        self.thread, self.limit_s, self.is_stopped = threading.get_ident(), limit_s, is_stopped
        self._begun_s, self._worked_s = time.monotonic(), self._work_s()
        self._closed, self._lock, self._has_told = threading.Event(), threading.Lock(), False

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        pause_s, spared = min(LOOK_S, self.limit_s), 0
        while not self._closed.wait(pause_s):
            with self._lock:
                if self._closed.is_set() or not (self.is_stopped() or self._is_up()):
                    continue
                if self.thread in _tidying and spared < MOST_SPARED:
                    spared += 1
                    continue
                self._has_told = True
                _raise_in(self.thread, _TimeIsUp)
                pause_s, spared = AGAIN_S, 0

    def _is_up(self) -> bool:
        return self._work_s() - self._worked_s > self.limit_s or time.monotonic() - self._begun_s > SLACK * self.limit_s

    def _work_s(self) -> float:
        """Return for how long a processor has worked for the thread; the wall's clock where the system does not tell."""
        if not hasattr(time, "pthread_getcpuclockid"):
            return time.monotonic()
        return time.clock_gettime(time.pthread_getcpuclockid(self.thread))

    def close(self) -> None:
        """Tell no more; what was told and not yet heard is heard here, in the thread that it was told."""
        with self._lock:
            self._closed.set()
        while self._has_told:
            try:
                _raise_in(self.thread, _TimeIsUp)
                for _ in range(SURELY_HEARD):
                    pass
            except _TimeIsUp:
                self._has_told = False


def _raise_in(thread: int, what: type[BaseException]) -> None:
    """Raise an exception in a thread, in place of one that it has not heard yet.

    Nothing is ever taken back by a null pointer, which the C API allows: Python 3.11 then looks for the exception at every
    call and loop for ever after, some per cent slower, and goes in circles under a profiler.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(what))


def within(limit_s: float, says: str, work: Callable[[], Left], is_stopped: Callable[[], bool] = never) -> Left:
    """Return what work leaves, if it is done within a time and wanted until then.

    Parameters
    ----------
    limit_s : seconds of a processor; on the wall's clock at most ``SLACK`` times as many.
    says : the sentence for a planner where it is not.
    is_stopped : whether nobody waits for it any more; asked from another thread, every ``LOOK_S``.

    Raises
    ------
    TooLong
        The time is up; the work was stopped.
    Stopped
        It is not wanted any more; the work was stopped, or not begun.
    """
    if is_stopped():
        raise Stopped(NOT_WANTED)
    alarm = _Alarm(limit_s, is_stopped)
    try:
        alarm.start()
        try:
            return work()
        finally:
            alarm.close()
    except _TimeIsUp:
        alarm.close()
        raise (Stopped(NOT_WANTED) if is_stopped() else TooLong(says)) from None


def spare_tidying() -> None:
    """Stop no thread while Python tidies up in it, and print nothing of a stop that falls there all the same: its thread is told again."""
    usual = sys.unraisablehook

    def say(unraisable: sys.UnraisableHookArgs) -> None:
        if not issubclass(unraisable.exc_type, _TimeIsUp):
            usual(unraisable)

    def note(phase: str, _: dict[str, int]) -> None:
        (_tidying.add if phase == "start" else _tidying.discard)(threading.get_ident())

    sys.unraisablehook = say
    gc.callbacks.append(note)
