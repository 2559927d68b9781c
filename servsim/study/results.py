"""Reading a study: its manifest, its estimates and its logs, for notebooks and reports. Never writes.

::

    results = servsim.load_results("monday")
    results.row("average_speed_of_answer_s", channel="phone")["value"]
    contacts = pandas.DataFrame(results.contacts)        # or polars.DataFrame(results.contacts)
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

from servsim.errors import ResultsError, did_you_mean
from servsim.study.folder import nearest_study, paths_of, read_manifest, sha256
from servsim.study.parquet import Columns, read_parquet

RESULTS = "results"
"""Folder of all studies, in the working folder."""


class Results:
    """A complete study. Tables are read when they are first asked for: numpy arrays by column."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = read_manifest(folder)

    def __repr__(self) -> str:
        return f"Results({str(self.folder)!r})"

    @cached_property
    def summary(self) -> list[dict[str, Any]]:
        """Estimates over all replications: measure, value, low, high, level, unit, formula, by."""
        path = self.folder / "summary.json"
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ResultsError(f"{path}: cannot be read; {error}") from error
        return list(rows)

    @cached_property
    def measures(self) -> Columns:
        """One row per replication, measure, formula and group, with numerator and denominator."""
        return self._table("measures")

    @cached_property
    def contacts(self) -> Columns:
        """One row per contact; columns as in ``servsim.study.tables.CONTACTS``."""
        return self._table("contacts")

    @cached_property
    def cases(self) -> Columns:
        """One row per need; columns as in ``servsim.study.tables.CASES``."""
        return self._table("cases")

    @cached_property
    def agents(self) -> Columns:
        """One row per stretch of an agent's time; columns as in ``servsim.study.tables.AGENTS``."""
        return self._table("agents")

    @cached_property
    def customers(self) -> Columns:
        """One row per customer who made contact; columns as in ``servsim.study.tables.CUSTOMERS``."""
        return self._table("customers")

    def _table(self, name: str) -> Columns:
        path = self.folder / f"{name}.parquet"
        if not path.exists():
            raise ResultsError(f"{path}: this study did not keep its {name}; run it again with logs kept")
        return read_parquet(path)

    def row(self, measure: str, formula: str = "", **by: str) -> dict[str, Any]:
        """Return the estimate of one measure for one group; no group: the whole.

        Raises
        ------
        ResultsError
            When there is no such estimate.
        """
        for row in self.summary:
            if row["measure"] == measure and row["by"] == by and formula in ("", row["formula"]):
                return row
        words = " ".join([measure, formula, *(f"{part}={word}" for part, word in by.items())])
        raise ResultsError(f"{self.folder}: has no estimate of {words}")

    def check(self) -> None:
        """Compare every file with the size and hash in the manifest.

        Raises
        ------
        ResultsError
            At the first file that is missing or was changed.
        """
        for entry in self.manifest["files"]:
            path = self.folder / entry["name"]
            if not path.exists():
                raise ResultsError(f"{path}: is missing; the manifest lists it")
            if path.stat().st_size != entry["bytes"] or sha256(path) != entry["sha256"]:
                raise ResultsError(f"{path}: was changed since the study was written")


def load_results(study: str | Path, root: str | Path = RESULTS) -> Results:
    """Open a study by its name in the results folder, or by the path of its folder.

    A study whose replacement was killed between two renames is read from where it had stepped aside.

    Raises
    ------
    ResultsError
        When there is no such study, the folder is not one of servsim's, or the study is not complete.
    """
    folder = Path(study)
    if not folder.is_dir() and isinstance(study, str) and folder.name == study:
        folder = _named(Path(root), study)
    if folder.is_dir():
        return Results(folder)
    raise ResultsError(f"{folder}: there is no such results folder")


def _named(root: Path, study: str) -> Path:
    paths = paths_of(root, study)
    if paths.final.is_dir():
        return paths.final
    if paths.old.is_dir():
        return paths.old
    if paths.partial.is_dir():
        raise ResultsError(f"{paths.partial}: the study '{study}' is not complete; run it again and it goes on from there")
    raise ResultsError(f"{paths.final}: there is no such study{did_you_mean(nearest_study(root, study))}")
