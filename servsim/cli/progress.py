"""Progress on the terminal: nothing for a second, then a bar (or plain lines where nobody looks at a screen), on stderr.

Never says anything on stdout.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

SILENT_S = 1.0
LINES_EVERY_S = 10.0
FORECAST_FROM_S = 5.0
FORECAST_FROM = 2
"""So long, and so many more, after the first one was done: until then processes start and code is compiled, and a forecast would be far off."""


class ProgressLine:
    """Tells how many of something are done; use it in a ``with``."""

    def __init__(self, of_what: str) -> None:
        self.of_what = of_what
        self.begun_s = self.told_s = time.monotonic()
        self.bar: Any = None
        self.first: tuple[float, int] | None = None
        """When something was done first, and how much."""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, of: int | None) -> None:
        """Tell that so many are done, of so many (``None``: nobody knows)."""
        now_s = time.monotonic()
        if self.first is None and done > 0:
            self.first = now_s, done
        if now_s - self.begun_s < SILENT_S or (of is not None and done >= of and self.bar is None):
            return
        if sys.stderr.isatty():
            self._draw(done, of)
        elif now_s - self.told_s >= LINES_EVERY_S or self.told_s == self.begun_s:
            self.told_s = now_s
            print(self._line(done, of, now_s), file=sys.stderr, flush=True)

    def _draw(self, done: int, of: int | None) -> None:
        if self.bar is None:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeElapsedColumn,
                TimeRemainingColumn,
            )

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self.bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self.bar.add_task(self.of_what, total=of)
            self.bar.start()
        self.bar.update(self.bar.task_ids[0], completed=done, total=of)

    def _line(self, done: int, of: int | None, now_s: float) -> str:
        told = f"{done}{'' if of is None else f' of {of}'} {self.of_what}, {_clock(now_s - self.begun_s)}"
        first_s, first = self.first or (now_s, done)
        if of is None or now_s - first_s < FORECAST_FROM_S or done - first < FORECAST_FROM:
            return told
        return f"{told}, about {_clock((now_s - first_s) / (done - first) * (of - done))} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
