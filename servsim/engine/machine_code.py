"""Compiled code kept on disk, so that it is made once and not at every start.

::

    <cache>/servsim/code-<what it was made of>/
        loop.o          machine code, as the compiler leaves it
        entry.json      the name of its function, and those of the system's functions that it calls
        WHOLE.json      checksums of both, written last

Reading it takes a hundredth of a second and needs llvmlite only: numba, which takes a second and a half, is imported when
something has to be compiled. Nothing is unpickled. The folder's name says from which sources, by which versions and for which processor the code was made, so that no stale
code can ever run. A folder appears at once, complete (it is filled under another name); one whose files do not have the
checksums of WHOLE is thrown away, and one that cannot be written is read, or else done without, also where there is no home
folder, or the disk is full. Never decides what to compile.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from enum import Enum
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from servsim.errors import InvariantError

SOURCES = ("engine", "rules", "draws", "plan")
"""Packages whose text compiled code depends on."""
MADE_BY = ("numba", "llvmlite", "numpy")
"""Packages whose version compiled code depends on."""
CODE, ENTRY, WHOLE = "loop.o", "entry.json", "WHOLE.json"
ENGINES: list[Any] = []
"""What holds the machine code of this process in memory."""
UNFINISHED_AFTER_S = 86_400.0
"""A folder that has been filling for so long is filled by nobody any more."""
KEPT_FOLDERS = 4
"""So many are kept: one for each version of servsim that somebody may be going back and forth between."""


class Made(NamedTuple):
    """Machine code of one function."""

    code: bytes
    """An object file."""
    name: str
    """What the function is called in it."""
    needs: tuple[str, ...]
    """Functions of the system that it calls."""


class Origin(Enum):
    """Where compiled code came from."""

    KEPT = "read from the cache"
    MADE = "compiled, and kept for the next time"
    MADE_FOR_ONCE = "compiled for this process alone, since it could not be kept"


def cache_folder() -> Path | None:
    """Return where compiled code is kept: SERVSIM_CACHE, or the user's cache folder; ``None``: the user has no home folder."""
    chosen = os.environ.get("SERVSIM_CACHE")
    if chosen:
        return Path(chosen)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servsim"
    except RuntimeError:  # the process runs under a number that the system knows no user of
        return None


def is_kept() -> bool:
    """Whether this version's compiled code lies in the cache, so that starting takes no time."""
    folder = code_folder()
    return folder is not None and is_whole(folder)


def code_folder() -> Path | None:
    """Return the folder of the code of these sources, these versions and this processor; ``None``: there is no cache."""
    cache = cache_folder()
    return None if cache is None else cache / f"code-{_fingerprint()}"


def _fingerprint() -> str:
    """Return a word for everything that compiled code depends on."""
    from llvmlite import binding

    root = Path(__file__).resolve().parents[1]
    settings = sorted(each for each in os.environ.items() if each[0].startswith("NUMBA_"))
    made_by = (sys.version, *map(version, MADE_BY), settings, binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())
    found = hashlib.sha256(repr(made_by).encode())
    for path in sorted(path for package in SOURCES for path in (root / package).glob("*.py")):
        found.update(f"{path}:{path.stat().st_mtime_ns}:".encode() + path.read_bytes())
    return found.hexdigest()[:24]


def is_whole(folder: Path) -> bool:
    """Whether a folder has all files that were written to it, bit for bit."""
    return _kept_in(folder) is not None


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def load_or_make(make: Callable[[], Made]) -> tuple[int, Origin]:
    """Return the address of a compiled function, from the cache where it is there.

    Parameters
    ----------
    make : compiles the function.
    """
    folder = code_folder()
    kept = None if folder is None else _kept_in(folder)
    if kept is not None:
        return loaded(kept), Origin.KEPT
    made, origin = _made(make, folder)
    return loaded(made), origin


def _made(make: Callable[[], Made], folder: Path | None) -> tuple[Made, Origin]:
    """Compile, and keep what was compiled in a folder if that can be; nothing half written is left, whatever happens."""
    filling = None if folder is None else _new_folder(folder.parent)  # before it is compiled: a folder that others forget is an old one
    try:
        made = make()
        is_kept_now = folder is not None and filling is not None and _keep(made, filling, folder)
        return made, Origin.MADE if is_kept_now else Origin.MADE_FOR_ONCE
    finally:
        if filling is not None:
            shutil.rmtree(filling, ignore_errors=True)  # where all went well it has another name by now


def _keep(made: Made, filling: Path, folder: Path) -> bool:
    """Write code into an empty folder and give that its name; return whether the code is there now."""
    with contextlib.suppress(OSError):  # a full disk, a quota, a folder that another process took away: the code is run all the same
        (filling / CODE).write_bytes(made.code)
        (filling / ENTRY).write_text(json.dumps({"name": made.name, "needs": made.needs}), encoding="utf-8")
        (filling / WHOLE).write_text(json.dumps({name: _checksum((filling / name).read_bytes()) for name in (CODE, ENTRY)}), encoding="utf-8")
        _publish(filling, folder)
        _forget_old(folder.parent)
    return is_whole(folder)


def _kept_in(folder: Path) -> Made | None:
    """Return the code of a folder, ``None`` where it is not whole; what is checked is what is used, though the file should change meanwhile."""
    try:
        written = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        code, entry = (folder / CODE).read_bytes(), (folder / ENTRY).read_bytes()
        if written != {CODE: _checksum(code), ENTRY: _checksum(entry)}:
            return None
        said = json.loads(entry)
        return Made(code, str(said["name"]), tuple(said["needs"]))
    except (OSError, ValueError):
        return None  # missing, unreadable or cut off: made anew by the caller


def loaded(made: Made) -> int:
    """Put machine code into memory for as long as the process lives, and return where its function begins.

    Raises
    ------
    InvariantError
        The code calls something that this system does not have.
    """
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_triple(binding.get_process_triple()).create_target_machine()
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)  # from here on LLVM sees the system's functions
    missing = _missing(made.needs) and _missing_with_numba(made.needs)
    if missing:
        raise InvariantError(f"engine: compiled code calls {', '.join(missing)}, which this system lacks; engine=simpy does without")
    engine.add_object_file(binding.ObjectFileRef.from_data(made.code))
    engine.finalize_object()
    ENGINES.append(engine)
    return int(engine.get_function_address(made.name))


def _missing(needs: Iterable[str]) -> list[str]:
    """Return the functions that are not in this process; LLVM would end it if it had to look for them in vain."""
    from llvmlite import binding

    return [name for name in needs if binding.address_of_symbol(name) is None]


def _missing_with_numba(needs: Iterable[str]) -> list[str]:
    """Return what is missing even after numba has put its runtime into the process: another version may call more of it."""
    from numba.core.registry import cpu_target

    cpu_target.target_context.refresh()
    return _missing(needs)


def _new_folder(cache: Path) -> Path | None:
    """Return an empty folder in the cache, or ``None`` where nothing can be written."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="filling-", dir=cache))
    except OSError:
        return None


def _publish(filled: Path, folder: Path) -> None:
    """Give a filled folder its name; where another process was quicker, its folder stays.

    Raises
    ------
    OSError
        Something stands in its place that cannot be removed.
    """
    if is_whole(folder):
        return
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)
    filled.rename(folder)


def _forget_old(cache: Path) -> None:
    """Remove all but the latest folders, and what a process that was killed as it compiled has left."""
    long_ago = time.time() - UNFINISHED_AFTER_S
    for folder in cache.glob("filling-*"):
        if folder.stat().st_mtime < long_ago:
            shutil.rmtree(folder, ignore_errors=True)
    folders = sorted(cache.glob("code-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)
