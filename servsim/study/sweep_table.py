"""The tidy table of a sweep: one row per point, replication, measure, formula and group; and its summary. Never runs."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.measure.table import ratio
from servsim.scenario.spot import typed_text
from servsim.study.finished import WORD_COLUMNS, FinishedFile
from servsim.study.folder import write_json
from servsim.study.parquet import merge_parquet, write_csv, write_parquet
from servsim.study.tables import Words

ROWS_AT_ONCE = 400_000
MOST_CSV_ROWS = 1_048_575
"""What a spreadsheet holds; a longer table is left to Parquet."""
NAMED_PARTS = ("channel", "team")
COLUMNS = tuple(name for name in WORD_COLUMNS if name in ("measure", "formula", "unit", "by", *NAMED_PARTS))

Columns = dict[str, NDArray[Any]]
Table = dict[str, Any]


def write_sweep(
    folder: Path,
    finished: FinishedFile,
    axes: Mapping[str, Sequence[Any]],
    values: Sequence[Mapping[str, Any]],
    replications: int,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Write ``sweep.parquet``, ``sweep.csv`` (unless too long for a spreadsheet), ``summary.json`` and ``summary.csv``.

    Parameters
    ----------
    axes : names and values of what varies.
    values : by point, its value of each axis.
    rows : of the summary, with ``point`` and ``at``.
    """
    parts, total = [], 0
    for number, table in enumerate(_tables(finished, axes, values, replications)):
        parts.append(folder / f"sweep-{number:06d}.parquet")
        total += write_parquet(parts[-1], table)
    merge_parquet(parts, folder / "sweep.parquet")
    for part in parts:
        part.unlink()
    if total <= MOST_CSV_ROWS:
        write_csv(folder / "sweep.parquet", folder / "sweep.csv")
    write_json(folder / "summary.json", list(rows))
    _write_summary(folder / "summary.csv", axes, rows)


def _tables(finished: FinishedFile, axes: Mapping[str, Sequence[Any]], values: Sequence[Mapping[str, Any]], replications: int) -> Iterator[Table]:
    """Yield the table piece by piece."""
    together: list[tuple[int, int]] = []
    rows = 0
    for point in range(len(values)):
        for replication in range(replications):
            together.append((point, replication))
            rows += len(finished.record(point, replication).numerator)
            if rows >= ROWS_AT_ONCE:
                yield _piece(finished, axes, values, together)
                together, rows = [], 0
    if together:
        yield _piece(finished, axes, values, together)


def _piece(finished: FinishedFile, axes: Mapping[str, Sequence[Any]], values: Sequence[Mapping[str, Any]], which: list[tuple[int, int]]) -> Table:
    records = [finished.record(*each) for each in which]
    sizes = [len(record.numerator) for record in records]
    above, below = (np.concatenate([getattr(record, name) for record in records]) for name in ("numerator", "denominator"))
    point = np.repeat(np.array([record.point for record in records], np.int32), sizes)
    return {
        "point": point,
        **{axis: _axis_column(axis, choices, values, point) for axis, choices in axes.items()},
        "replication": np.repeat(np.array([record.replication for record in records], np.int32), sizes),
        **_word_columns(finished, [record.digest for record in records]),
        "numerator": above,
        "denominator": below,
        "value": ratio(above, below, np.zeros(len(above), bool)),
    }


def _axis_column(axis: str, choices: Sequence[Any], values: Sequence[Mapping[str, Any]], point: NDArray[np.int32]) -> Any:
    """Return an axis as numbers where all its values are numbers, else as words."""
    numbers = [_number(choice) for choice in choices]
    if all(isinstance(choice, int) and not isinstance(choice, bool) and abs(choice) < 2**63 for choice in choices):
        return np.array([value[axis] for value in values], np.int64)[point]  # never through floats: seeds are larger than these hold
    if None not in numbers:
        of_point = np.array([_number(value[axis]) for value in values], float)
        whole = bool(np.all(of_point == np.floor(of_point)) and np.all(np.abs(of_point) < 2**53))
        return (of_point.astype(np.int64) if whole else of_point)[point]
    words = tuple(dict.fromkeys(typed_text(choice) for choice in choices))
    place = {word: number for number, word in enumerate(words)}
    return Words(np.array([place[typed_text(value[axis])] for value in values], np.int64)[point], words)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def as_number(value: Any) -> Any:
    """Return a value as a number where it is one, whole where it is whole."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _number(value)
    if number is None or not np.isfinite(number):
        return value
    return int(number) if number == int(number) and abs(number) < 2**53 else number


def _word_columns(finished: FinishedFile, digests: Sequence[str]) -> dict[str, Words]:
    """Return the columns that name rows, as numbers of few different words."""
    kinds = {digest: finished.words_of(digest) for digest in dict.fromkeys(digests)}
    columns = {}
    for name in COLUMNS:
        words = tuple(dict.fromkeys(str(word) for kind in kinds.values() for word in kind[name]))
        place = {word: number for number, word in enumerate(words)}
        codes = {digest: np.array([place[str(word)] for word in kind[name]], np.int32) for digest, kind in kinds.items()}
        columns[name] = Words(np.concatenate([codes[digest] for digest in digests]), words)
    return columns


def _write_summary(path: Path, axes: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    fields = ("point", *axes, "measure", "formula", "unit", *NAMED_PARTS, "value", "low", "high", "level", "replications")
    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark lets Excel read UTF-8
        writer = csv.DictWriter(file, fields, extrasaction="ignore", restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, **row["at"], **row["by"]})
