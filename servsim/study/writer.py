"""Writing a study: one replication at a time, resumable, and under its name only when it is complete.

::

    StudyWriter ── add(0, tables) ── add(1, tables) ── ... ── finish(manifest, summary) -> results/<study>/
                       │ killed here                              │ killed here
                       v                                          v
          finished replications stay in .<study>.partial/     the earlier study, or the new one: never half of one

Never runs a replication and never decides how many there are.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

import servsim
from servsim.engine.choice import COMPILED
from servsim.errors import ResultsError
from servsim.measure.group import PARTS
from servsim.study.folder import FORMAT, MARK, StudyPaths, file_list, is_study, paths_of, write_json
from servsim.study.lock import StudyLock
from servsim.study.parquet import merge_parquet, write_csv, write_parquet
from servsim.study.tables import FILES, Table

SUMMARY_FIELDS = ("measure", "formula", "unit", "by", *PARTS, "value", "low", "high", "level", "replications")
"""Columns of summary.csv."""


TABLES = (*FILES, "pairs", "changed_contacts", "changed_cases")
"""Every table that a study may hold: those of a run, and those of a comparison of decisions."""

NOT_NOTED = "not_noted"
"""In a manifest's ``engines``: replications of which nobody said what simulated them."""


class Existing(Enum):
    """What to do about an earlier study of the same name."""

    REFUSE = "refuse"
    REPLACE = "replace"
    """Once the new one is complete, not before."""


class StudyWriter:
    """One study in the making; use it in a ``with``, which gives the lock back and keeps finished replications.

    Parameters
    ----------
    root : the folder of all studies, ``results`` of the working folder.
    study : name of the study and of its folder.
    key : ``study_key`` of scenario, seed and version; finished replications of the same key are used again.
    existing : what to do about an earlier study of that name, complete or not.

    Raises
    ------
    SettingError
        When the name cannot be a folder's.
    ResultsError
        When another process writes this study, or an earlier study is in the way.
    """

    def __init__(self, root: Path | str, study: str, key: str, existing: Existing = Existing.REFUSE) -> None:
        self.study, self.key, self.existing = study, key, existing
        self.paths = paths_of(Path(root), study)
        Path(root).mkdir(parents=True, exist_ok=True)
        self.lock = StudyLock(self.paths.lock)
        self.lock.take()
        try:
            restore(self.paths)
            self._make_way()
        except BaseException:
            self.lock.release()
            raise

    def __enter__(self) -> StudyWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _make_way(self) -> None:
        """Refuse, or note for later, what is in the way; open the partial folder, going on with one of the same key."""
        final, partial = self.paths.final, self.paths.partial
        if final.exists():
            if not is_study(final):
                raise ResultsError(f"{final}: is in the way and is not a results folder of servsim; choose another study name")
            if self.existing is Existing.REFUSE:
                raise ResultsError(f"{final}: this study exists; choose another name (study=...) or say overwrite=yes")
        if partial.exists() and _key_of(partial) != self.key:
            if self.existing is Existing.REFUSE and any(partial.glob("done/*.json")):
                raise ResultsError(
                    f"{partial}: an unfinished run of this study with another scenario, seed or version is in the way; choose another "
                    "name (study=...) or say overwrite=yes to discard it"
                )
            shutil.rmtree(partial)
        partial.mkdir(exist_ok=True)
        write_json(partial / "key.json", {"key": self.key})

    # ---- replications ---------------------------------------------------------------------------------------------

    def has(self, replication: int, tables: Iterable[str] = ("measures",)) -> bool:
        """Whether a replication is finished and its files of these tables are there."""
        return has_part(self.paths.partial, self.key, replication, tables)

    def add(self, replication: int, tables: Mapping[str, Table]) -> None:
        """Keep a finished replication: its tables by name (``FILES``).

        Raises
        ------
        ResultsError
            When a file cannot be written.
        """
        write_part(self.paths.partial, self.key, replication, tables)

    def part(self, replication: int, table: str) -> Path:
        """Return where a finished replication's table is."""
        return part_path(self.paths.partial, replication, table)

    # ---- the end --------------------------------------------------------------------------------------------------

    def finish(
        self,
        manifest: Mapping[str, Any],
        summary: Sequence[Mapping[str, Any]],
        replications: Sequence[int],
        extras: Callable[[Path], None] | None = None,
    ) -> Path:
        """Put the study together out of finished replications, give it its name and return its folder.

        Parameters
        ----------
        manifest : what the run knows of itself: settings, scenario, seed, started, finished, duration_s, commit ...; ``engines``,
            replications by the engine that simulated them, where parts do not say it.
        summary : rows of ``servsim.measure.summary.summarise``.
        replications : which finished replications belong to it, in order.
        extras : called with the folder before it gets its name, to add figures and other files.

        Raises
        ------
        ResultsError
            When a part is missing or a file cannot be written; the parts and an earlier study stay as they are.
        """
        ready = self.paths.ready
        shutil.rmtree(ready, ignore_errors=True)
        ready.mkdir(parents=True)
        marks = self._marks(replications)
        rows = self._join(marks)
        write_summary(ready, summary)
        engines = Counter(mark.get("engine") or NOT_NOTED for mark in marks.values())
        content = {MARK: FORMAT, "study": self.study, "key": self.key, "engines": dict(sorted(engines.items())), **manifest, "replications": list(replications)}
        content["versions"] = versions(content["engines"])
        write_json(ready / "manifest.json", {**content, "files": []})
        if extras is not None:
            extras(ready)
        files = [{**entry, "rows": rows[entry["name"]]} if entry["name"] in rows else entry for entry in file_list(ready)]
        write_json(ready / "manifest.json", {**content, "files": files})
        swap(self.paths)
        shutil.rmtree(self.paths.partial)
        self.close()
        return self.paths.final

    def _marks(self, replications: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what each replication's mark says: its files, and the engine, whoever began the study."""
        missing = [number for number in replications if not self.has(number, ())]
        if missing:
            raise ResultsError(f"{self.paths.partial}: replication {missing[0]} is not finished")
        return {number: _read_mark(self.paths.partial, number) for number in replications}

    def _join(self, marks: Mapping[int, Mapping[str, Any]]) -> dict[str, int]:
        """Join the parts of each table; return rows by file name."""
        rows = {}
        for table in TABLES:
            kept = [number for number, mark in marks.items() if table in mark["files"]]
            if kept:
                _join_parts([self.part(number, table) for number in kept], self.paths.ready / f"{table}.parquet")
                rows[f"{table}.parquet"] = sum(marks[number]["files"][table]["rows"] for number in kept)
        return rows

    def close(self) -> None:
        """Let go of the study; finished replications stay for a run that goes on."""
        self.lock.release()

    def abandon(self) -> None:
        """Let go of the study and forget what was finished; an earlier study stays."""
        shutil.rmtree(self.paths.partial, ignore_errors=True)
        self.close()


# ---- parts, also for worker processes ------------------------------------------------------------------------------


def write_part(partial: Path, key: str, replication: int, tables: Mapping[str, Table], engine: str = "") -> None:
    """Write a finished replication into the partial folder; safe from several processes for different replications.

    Parameters
    ----------
    engine : which one simulated it, for the manifest; results do not depend on it, nor does the study's key.

    Raises
    ------
    ResultsError
        When a table is unknown or a file cannot be written.
    """
    files = {}
    for table, columns in tables.items():
        if table not in TABLES:
            raise ResultsError(f"tables: got {table}; must be one of {', '.join(TABLES)}")
        path = part_path(partial, replication, table)
        _make_folder(path.parent)
        rows = write_parquet(path, columns)
        files[table] = {"rows": rows, "bytes": path.stat().st_size}
    _make_folder(partial / "done")
    write_json(_mark_path(partial, replication), {"key": key, "replication": replication, "engine": engine, "files": files})


def has_part(partial: Path, key: str, replication: int, tables: Iterable[str]) -> bool:
    """Whether a replication of this key is finished, with all files that it wrote and these tables among them."""
    mark = _read_mark(partial, replication)
    files = mark["files"]
    whole = all(_size(part_path(partial, replication, table)) == said["bytes"] for table, said in files.items())
    return bool(mark["key"] == key and whole and set(tables) <= set(files))


def part_path(partial: Path, replication: int, table: str) -> Path:
    """Return where a replication's table is kept until the study is complete."""
    return partial / table / f"part-{replication:06d}.parquet"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be made; {error}") from error


def _mark_path(partial: Path, replication: int) -> Path:
    return partial / "done" / f"{replication:06d}.json"


def _read_mark(partial: Path, replication: int) -> dict[str, Any]:
    """Return what was noted of a finished replication; of one that is not finished, a note that fits no key."""
    try:
        mark = json.loads(_mark_path(partial, replication).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {"key": None, "files": {}}
    return dict(mark)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else -1


def _key_of(partial: Path) -> str:
    try:
        return str(json.loads((partial / "key.json").read_text(encoding="utf-8"))["key"])
    except (FileNotFoundError, ValueError, KeyError):
        return ""


def _join_parts(parts: Sequence[Path], path: Path) -> None:
    """Join parts to one file; a single part is linked, which takes no time."""
    if len(parts) > 1:
        merge_parquet(parts, path)
        return
    try:
        os.link(parts[0], path)
    except OSError:  # a file system without links
        shutil.copyfile(parts[0], path)


# ---- names ---------------------------------------------------------------------------------------------------------


def swap(paths: StudyPaths) -> None:
    """Give the ready study its name; the earlier one steps aside first and comes back if that fails.

    Raises
    ------
    ResultsError
        When the folder cannot be renamed.
    """
    if paths.final.exists():
        os.rename(paths.final, paths.old)
    try:
        os.rename(paths.ready, paths.final)
    except OSError as error:
        restore(paths)
        raise ResultsError(f"{paths.final}: cannot be replaced; {error}") from error
    shutil.rmtree(paths.old, ignore_errors=True)  # a leftover is removed by the next writer


def restore(paths: StudyPaths) -> None:
    """Undo a swap that was killed halfway: bring the earlier study back, or remove it when the new one is in place."""
    if paths.old.exists() and not paths.final.exists():
        os.rename(paths.old, paths.final)
    shutil.rmtree(paths.old, ignore_errors=True)


# ---- small files ---------------------------------------------------------------------------------------------------


def versions(engines: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions that a result may depend on: this servsim's, Python's, and those of what these engines ran on."""
    found = {"python": sys.version.split()[0], "servsim": servsim.__version__}
    for name in ("numpy", "simpy", "duckdb", *(("numba", "llvmlite") if COMPILED in engines else ())):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def write_summary(folder: Path, summary: Sequence[Mapping[str, Any]]) -> None:
    """Write summary.json and summary.csv."""
    write_json(folder / "summary.json", list(summary))
    with (folder / "summary.csv").open("w", newline="", encoding="utf-8-sig") as file:  # the mark lets Excel read UTF-8
        writer = csv.writer(file)
        writer.writerow(SUMMARY_FIELDS)
        writer.writerows(map(_flat, summary))


def _flat(row: Mapping[str, Any]) -> list[Any]:
    """Return the fields of ``SUMMARY_FIELDS``; empty where a row has none."""
    by = row["by"]
    flat = {**row, "by": "_".join(by) or "overall", **by}
    return [flat.get(name, "") for name in SUMMARY_FIELDS]


def export_csv(folder: Path, tables: Iterable[str] = FILES) -> list[Path]:
    """Copy the Parquet files of a study's folder to CSV files beside them, and return those.

    Raises
    ------
    ResultsError
        When a file cannot be read or written.
    """
    copied = []
    for table in tables:
        if (folder / f"{table}.parquet").exists():
            write_csv(folder / f"{table}.parquet", folder / f"{table}.csv")
            copied.append(folder / f"{table}.csv")
    return copied
