"""A deadline: what a browser asks for is stopped when its time is up, however it came to take so long.

Sizes are checked before anything runs; but how often people try again, and how soon, only the run tells. So the thread that
works for a browser is watched, and stopped from outside between two steps of Python, whichever engine it runs.
Never changes a result: what ends in time ends as if it had not been watched.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from servsim.errors import SettingError

Left = TypeVar("Left")

LOOK_S = 0.1
"""How often an alarm looks; a thread that was told to stop is told again, since Python drops what is raised while it tidies up."""
SLACK = 4.0
"""On a busy machine work may take this many times as long on the wall's clock as on the processor's."""


class TooLong(SettingError):
    """What was asked for takes longer than the page allows."""


class _TimeIsUp(BaseException):
    """Raised within the thread that is stopped; no ordinary ``except`` takes it."""


class _Alarm:
    """Tells the thread that makes it to stop, unless it is closed in time."""

    def __init__(self, limit_s: float) -> None:
        self.thread, self.limit_s = threading.get_ident(), limit_s
        self._begun_s, self._worked_s = time.monotonic(), self._work_s()
        self._closed, self._lock = threading.Event(), threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._closed.wait(min(LOOK_S, self.limit_s)):
            with self._lock:
                if not self._closed.is_set() and self._is_up():
                    _raise_in(self.thread, _TimeIsUp)

    def _is_up(self) -> bool:
        return self._work_s() - self._worked_s > self.limit_s or time.monotonic() - self._begun_s > SLACK * self.limit_s

    def _work_s(self) -> float:
        """Return for how long a processor has worked for the thread; the wall's clock where the system does not tell."""
        if not hasattr(time, "pthread_getcpuclockid"):
            return time.monotonic()
        return time.clock_gettime(time.pthread_getcpuclockid(self.thread))

    def close(self) -> None:
        """Tell no more; what was told and not yet heard is taken back."""
        with self._lock:
            self._closed.set()
            _raise_in(self.thread, None)


def _raise_in(thread: int, what: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if what is None else ctypes.py_object(what))


def within(limit_s: float, says: str, work: Callable[[], Left]) -> Left:
    """Return what work leaves, if it is done within a time.

    Parameters
    ----------
    limit_s : seconds of a processor; on the wall's clock at most ``SLACK`` times as many.
    says : the sentence for a planner where it is not.

    Raises
    ------
    TooLong
        The time is up; the work was stopped.
    """
    alarm = _Alarm(limit_s)
    try:
        alarm.start()
        try:
            return work()
        finally:
            alarm.close()
    except _TimeIsUp:
        alarm.close()
        raise TooLong(says) from None
