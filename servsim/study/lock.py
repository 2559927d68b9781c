"""The lock of a study: one writer at a time, named by its process. Never waits.

A lock whose process is dead is taken over. A process counts as the same only with the same start time, because
containers use process numbers again.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from servsim.errors import ResultsError


class StudyLock:
    """A lock file that names the process that writes a study."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def take(self) -> None:
        """Take the lock, over from a dead process if need be.

        Raises
        ------
        ResultsError
            When another process holds it.
        """
        with _alone(self.path.parent):
            holder = _read(self.path)
            if holder is not None and _lives(holder):
                raise ResultsError(
                    f"{self.path}: process {holder['pid']} on {holder['host']} is writing this study; wait for it, choose another "
                    "study name, or remove this file if that process is gone"
                )
            beside = self.path.with_name(f"{self.path.name}.{os.getpid()}.tmp")
            beside.write_text(json.dumps(_myself()), encoding="utf-8")
            os.replace(beside, self.path)

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        if _read(self.path) == _myself():
            self.path.unlink(missing_ok=True)


def _myself() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "started": _start_of(os.getpid())}


def _read(path: Path) -> dict[str, Any] | None:
    """Return who holds a lock; a lock file that says nothing sensible was left by a writer that died."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return holder if isinstance(holder, dict) and {"pid", "host", "started"} <= holder.keys() else None


def _lives(holder: dict[str, Any]) -> bool:
    """Whether the process that took a lock still runs; of another machine's process nobody can tell, so it does."""
    if holder["host"] != socket.gethostname() or os.name == "nt":
        return True
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(holder["started"] == _start_of(holder["pid"]))


def _start_of(pid: int) -> str:
    """Return when a process began, in the kernel's words; empty where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process of this machine at a time look at a lock and take it over."""
    try:
        import fcntl
    except ImportError:  # Windows: two takeovers of one dead lock in the same millisecond could both succeed
        yield
        return
    with Path(tempfile.gettempdir(), f"servsim-{os.getuid()}.guard").open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield
