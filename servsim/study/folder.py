"""The folder of a study: fixed names inside, and where a study in the making is kept. Never writes a table.

::

    results/
      monday/                 a study, complete
        manifest.json         settings, resolved scenario, versions, seed, files with rows and sha256
        summary.json          estimates with intervals (also what output=json prints), summary.csv the same for Excel
        measures.parquet      one row per replication, measure, formula and group
        contacts.parquet      and cases, agents, customers: the logs, all replications one after the other, where kept
        figures/
      .monday.partial/        replications that are finished while the study is not; a run that starts again goes on here
      .monday.ready/          the complete study, a moment before it gets its name
      .monday.old/            the earlier study, a moment before it goes
      .monday.lock            who is writing
"""

from __future__ import annotations

import difflib
import hashlib
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from servsim.errors import ResultsError, SettingError

MARK = "servsim_results"
"""Key of the manifest that says: this folder is one of ours, of this format."""
FORMAT = 1

NAME = re.compile(r"\w[\w .=,+@()-]{0,99}")
"""What a study may be called; one that begins with a dot would be hidden, a separator would leave the folder."""
RESERVED_NAMES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices."""


class StudyPaths(NamedTuple):
    """Where everything of one study is."""

    final: Path
    partial: Path
    ready: Path
    old: Path
    lock: Path


def paths_of(root: Path, study: str) -> StudyPaths:
    """Return where everything of a study is.

    Raises
    ------
    SettingError
        When the name cannot be a folder's.
    """
    check_name(study)
    hidden = (root / f".{study}.{kind}" for kind in ("partial", "ready", "old", "lock"))
    return StudyPaths(root / study, *hidden)


def check_name(study: str) -> None:
    """Refuse a name that cannot be a folder's.

    Raises
    ------
    SettingError
        Saying what is allowed.
    """
    if not NAME.fullmatch(study) or study.endswith((".", " ")) or study.lower().partition(".")[0] in RESERVED_NAMES:
        raise SettingError(
            f"study: got {study!r}; must be 1 to 100 letters, digits, spaces or . _ - = , + @ ( ), begin with a letter, digit or _, "
            "end with neither dot nor space, and not be a name that Windows keeps for devices"
        )


def study_key(scenario: Any, seed: int, version: str) -> str:
    """Return the name of what replications depend on: the resolved scenario, the seed and servsim's version.

    The engine is left out: every engine leaves the same record. ``scenario`` is anything JSON can say, with the content
    (or a hash of the content) of the files it refers to; the order of its keys does not matter.
    """
    text = json.dumps(_sayable([scenario, seed, version]), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a study's folder.

    Raises
    ------
    ResultsError
        When the folder is missing, not a study's, or of a later format.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ResultsError(f"{folder}: has no manifest.json; must be a results folder of servsim") from error
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read; {error}") from error
    if not isinstance(manifest, dict) or MARK not in manifest:
        raise ResultsError(f"{path}: is not a manifest of servsim; must be a results folder of servsim")
    if manifest[MARK] != FORMAT:
        raise ResultsError(f"{path}: has format {manifest[MARK]}; this version of servsim reads format {FORMAT}")
    return manifest


def is_study(folder: Path) -> bool:
    """Whether a folder holds a complete study."""
    try:
        read_manifest(folder)
    except ResultsError:
        return False
    return True


def nearest_study(root: Path, study: str) -> str:
    """Return the name of the study most like this one, or the empty string."""
    there = [entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith(".")] if root.is_dir() else []
    return next(iter(difflib.get_close_matches(study, there, 1)), "")


def file_list(folder: Path) -> list[dict[str, Any]]:
    """Return every file of a folder but the manifest: name, bytes, sha256."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json")
    return [{"name": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size, "sha256": sha256(path)} for path in files]


def sha256(path: Path) -> str:
    """Return the hash of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file that appears whole or not at all; numbers that JSON cannot say become words (``inf``).

    A list has a line for each element, as ``output=json`` prints it: Python writes that ten times as quickly as a line for each value.

    Raises
    ------
    ResultsError
        When it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = _lines(content) if isinstance(content, list) else json.dumps(_sayable(content), indent=1, ensure_ascii=False, allow_nan=False)
    try:
        beside.write_text(text + "\n", encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written; {error}") from error


def _lines(content: list[Any]) -> str:
    return "[\n" + ",\n".join(map(_line, content)) + "\n]"


def _line(content: Any) -> str:
    """Return content as JSON in one line."""
    try:
        return AS_IT_IS.encode(content)
    except (TypeError, ValueError):  # not of JSON's types, or a number that it cannot say
        return AS_IT_IS.encode(_sayable(content))


AS_IT_IS = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _sayable(content: Any) -> Any:
    """Return content in the types of JSON."""
    if isinstance(content, Mapping):
        return {str(name): _sayable(value) for name, value in content.items()}
    if isinstance(content, list | tuple | set | frozenset):
        return [_sayable(value) for value in content]
    if isinstance(content, np.generic | np.ndarray):
        return _sayable(content.tolist())
    if isinstance(content, float) and not math.isfinite(content):
        return str(content)
    return content if content is None or isinstance(content, str | int | float) else str(content)
