"""Compiled code kept on disk, so that it is made once and not at every start.

::

    <cache>/servsim/code-<what it was made of>/   files of numba, and WHOLE: their checksums, written last

The folder's name says from which sources, by which versions and for which processor the code was made, so that no stale
code can ever run. A folder appears at once, complete (it is filled under another name); one whose files do not have the
checksums of WHOLE is thrown away, and one that cannot be written is read, or else done without. Never decides what to
compile.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

SOURCES = ("engine", "rules", "draws", "plan")
"""Packages whose text compiled code depends on."""
WHOLE = "WHOLE.json"
UNFINISHED_AFTER_S = 86_400.0
"""A folder that has been filling for so long is filled by nobody any more."""
KEPT_FOLDERS = 4
"""So many are kept: one for each version of servsim that somebody may be going back and forth between."""


class Origin(Enum):
    """Where compiled code came from."""

    KEPT = "read from the cache"
    MADE = "compiled, and kept for the next time"
    MADE_FOR_ONCE = "compiled; it could not be kept, because the cache folder cannot be written"


def cache_folder() -> Path:
    """Return where compiled code is kept: SERVSIM_CACHE, or the user's cache folder."""
    chosen = os.environ.get("SERVSIM_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servsim"


def is_kept() -> bool:
    """Whether this version's compiled code lies in the cache, so that starting takes no time."""
    return is_whole(code_folder())


def code_folder() -> Path:
    """Return the folder of the code of these sources, these versions and this processor."""
    return cache_folder() / f"code-{_fingerprint()}"


def _fingerprint() -> str:
    """Return a word for everything that compiled code depends on."""
    import llvmlite
    import numba
    import numpy as np
    from llvmlite import binding

    root = Path(__file__).resolve().parents[1]
    made_by = (sys.version, numba.__version__, llvmlite.__version__, np.__version__, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    found = hashlib.sha256(repr(made_by).encode())
    for path in sorted(path for package in SOURCES for path in (root / package).glob("*.py")):
        found.update(f"{path}:{path.stat().st_mtime_ns}:".encode() + path.read_bytes())
    return found.hexdigest()[:24]


def is_whole(folder: Path) -> bool:
    """Whether a folder has all files that were written to it, bit for bit."""
    try:
        written = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        return bool(written) and all(_checksum(folder / name) == checksum for name, checksum in written.items())
    except (OSError, ValueError, AttributeError):
        return False  # missing, unreadable or cut off: made anew by the caller


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_or_make(function_cached_in: Callable[[bool], Any], signature: str) -> tuple[Any, Origin]:
    """Return a compiled function, from the cache where it is there.

    Parameters
    ----------
    function_cached_in : makes the function; told whether numba shall keep its code (in numba's own folder of the moment).
    signature : types of its arguments, as numba writes them.
    """
    folder = code_folder()
    if is_whole(folder):
        with _readable_copy(folder) as copy, _numba_keeps_code_in(copy):
            return _compiled(function_cached_in(True), signature), Origin.KEPT
    filling = _new_folder()
    if filling is None:
        return _compiled(function_cached_in(False), signature), Origin.MADE_FOR_ONCE
    with _numba_keeps_code_in(filling):
        function = _compiled(function_cached_in(True), signature)
    _publish(filling, folder)
    return function, Origin.MADE


def _compiled(function: Any, signature: str) -> Any:
    function.compile(signature)
    return function


@contextmanager
def _numba_keeps_code_in(folder: Path) -> Iterator[None]:
    """Let numba read and write code in a folder."""
    from numba.core import config  # numba reads CACHE_DIR when a function with a cache is made

    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before


@contextmanager
def _readable_copy(folder: Path) -> Iterator[Path]:
    """Yield the folder, or a copy of it where it cannot be written: numba reads code only where it may also write."""
    if os.access(folder, os.W_OK):
        yield folder
        return
    with tempfile.TemporaryDirectory() as place:
        copy = Path(shutil.copytree(folder, Path(place) / folder.name, copy_function=shutil.copyfile))
        for each in (copy, *(path for path in copy.rglob("*") if path.is_dir())):
            each.chmod(stat.S_IRWXU)  # copytree gives folders the rights of the original, and numba must be able to write here
        yield copy


def _new_folder() -> Path | None:
    """Return an empty folder in the cache, or ``None`` where nothing can be written."""
    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="filling-", dir=cache_folder()))
    except OSError:
        return None


def _publish(filled: Path, folder: Path) -> None:
    """Give a filled folder its name; where another process was quicker, its folder stays."""
    names = [path.relative_to(filled).as_posix() for path in sorted(filled.rglob("*")) if path.is_file()]
    (filled / WHOLE).write_text(json.dumps({name: _checksum(filled / name) for name in names}), encoding="utf-8")
    if not is_whole(folder):
        shutil.rmtree(folder, ignore_errors=True)
    try:
        filled.rename(folder)
    except OSError:
        shutil.rmtree(filled, ignore_errors=True)
    _forget_old()


def _forget_old() -> None:
    """Remove all but the latest folders, and what a process that was killed as it compiled has left."""
    long_ago = time.time() - UNFINISHED_AFTER_S
    for folder in cache_folder().glob("filling-*"):
        if folder.stat().st_mtime < long_ago:
            shutil.rmtree(folder, ignore_errors=True)
    folders = sorted(cache_folder().glob("code-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)
