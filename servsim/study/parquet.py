"""Parquet and CSV files by DuckDB, which needs neither pandas nor pyarrow. Never touches the network.

A file appears whole or not at all: it is written beside its place and renamed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.errors import ResultsError
from servsim.study.tables import Table, Words

Columns = dict[str, NDArray[Any]]

OFFLINE: dict[str, Any] = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
"""Without these DuckDB tries to download extensions."""
AS_PARQUET = "FORMAT parquet, COMPRESSION zstd, WRITE_BLOOM_FILTER false"
"""How tables are written; filters that tell whether a value is in a file are of no use here, and would take a third of the time."""
MISSING = {"f": np.nan, "O": None, "i": -1, "u": 0, "b": False}
"""What an empty field becomes in memory, by numpy's kind of the column."""


def write_parquet(path: Path, table: Table) -> int:
    """Write one table and return its number of rows.

    Raises
    ------
    ResultsError
        When the file cannot be written.
    """
    numbers = {name: _plain(column) for name, column in table.items()}
    fields = ", ".join(_field(name, column) for name, column in table.items())
    _copy(f"SELECT {fields} FROM numbers", path, AS_PARQUET, numbers)
    return len(next(iter(numbers.values())))


def merge_parquet(parts: Sequence[Path], path: Path) -> None:
    """Join files of equal columns in the order given.

    Raises
    ------
    ResultsError
        When a part cannot be read or the file cannot be written.
    """
    files = ", ".join(quoted(str(part)) for part in parts)
    _copy(f"SELECT * FROM read_parquet([{files}])", path, AS_PARQUET)


def write_csv(parquet: Path, path: Path) -> None:
    """Copy a Parquet file to a CSV file.

    Raises
    ------
    ResultsError
        When one cannot be read or the other cannot be written.
    """
    _copy(f"SELECT * FROM read_parquet({quoted(str(parquet))})", path, "FORMAT csv, HEADER")


def read_parquet(path: Path) -> Columns:
    """Read a file: numpy arrays by column; empty numbers are NaN, empty words ``None``.

    Raises
    ------
    ResultsError
        When it cannot be read.
    """
    import duckdb

    try:
        with _database() as database:
            found = database.execute(f"SELECT * FROM read_parquet({quoted(str(path))})").fetchnumpy()
    except duckdb.Error as error:
        raise ResultsError(f"{path}: cannot be read as Parquet; {first_line(error)}") from error
    return {name: unmasked(column) for name, column in found.items()}


def _copy(query: str, path: Path, options: str, numbers: Columns | None = None) -> None:
    """Let DuckDB write the answer of a query; ``numbers`` is what the query calls by that name."""
    import duckdb

    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with _database() as database:
            database.execute(f"COPY ({query}) TO {quoted(str(beside))} ({options})")
        os.replace(beside, path)
    except (duckdb.Error, OSError) as error:
        beside.unlink(missing_ok=True)
        raise ResultsError(f"{path}: cannot be written; {first_line(error)}") from error


_databases: dict[int, Any] = {}
"""The open database of each process, by its number; a child must not use its parent's."""


def _database() -> Any:
    """Return a cursor of this process's database in memory; opening one anew for each file would take 30 ms."""
    import duckdb

    if os.getpid() not in _databases:
        # One thread: replications already run on every core.
        _databases[os.getpid()] = duckdb.connect(config={**OFFLINE, "threads": 1})
    return _databases[os.getpid()].cursor()


def _plain(column: NDArray[Any] | Words) -> NDArray[Any]:
    return np.ascontiguousarray(column.code if isinstance(column, Words) else column)


def _field(name: str, column: NDArray[Any] | Words) -> str:
    """Return a column's part of the query; numbers of words become the words, text stays text even when all is empty."""
    place = f'"{name}"'
    if isinstance(column, Words):
        return f"([{', '.join(map(quoted, column.words))}]::VARCHAR[])[{place} + 1] AS {place}" if column.words else f"NULL::VARCHAR AS {place}"
    return f"{place}::VARCHAR AS {place}" if column.dtype.kind in "OU" else place


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def unmasked(column: NDArray[Any]) -> NDArray[Any]:
    """Return a plain array out of what DuckDB gives; empty numbers are NaN, empty words ``None``."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    whole = np.array(column.data)
    whole[np.ma.getmaskarray(column)] = MISSING[column.dtype.kind]
    return whole


def first_line(error: Exception) -> str:
    """Return the first line of what an error says; DuckDB adds whole queries below."""
    return str(error).strip().split("\n")[0]
