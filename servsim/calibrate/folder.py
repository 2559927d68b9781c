"""The folder of a calibrated scenario, written all at once or not at all. Never decides what is in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from servsim.errors import SettingError
from servsim.scenario.library import FOLDER_NAME


class Existing(Enum):
    """What to do with a folder of that name."""

    REFUSE = "refuse"
    REPLACE = "replace"


def write_folder(parent: Path, name: str, files: Mapping[str, str | bytes], existing: Existing) -> Path:
    """Write a folder of files under a name, atomically; returns its path.

    Raises
    ------
    SettingError
        The name cannot be a scenario's, or is taken.
    """
    final = parent / name
    refuse_taken(parent, name, existing)
    parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=parent))
    try:
        for file, content in files.items():
            (beside / file).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        beside.chmod(0o755)
        _put(beside, final)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return final


def refuse_taken(parent: Path, name: str, existing: Existing) -> None:
    """Refuse a name before the work begins.

    Raises
    ------
    SettingError
        The name cannot be a scenario's, or is taken.
    """
    if not FOLDER_NAME.fullmatch(name):
        raise SettingError(f"out: got {name!r}; must be a name of letters, digits, _ and -, beginning with a letter")
    if (parent / name).exists() and existing is Existing.REFUSE:
        raise SettingError(f"out: {parent / name} is there already; choose another name, or say overwrite=yes")


def _put(beside: Path, final: Path) -> None:
    """Give a finished folder its name; an older one goes only when the new one is there."""
    if not final.exists():
        os.rename(beside, final)
        return
    old = final.with_name(f".{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    os.rename(final, old)
    os.rename(beside, final)
    shutil.rmtree(old, ignore_errors=True)
