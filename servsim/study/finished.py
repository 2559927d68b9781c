"""What a sweep has finished, in one file that only grows: record by record, each with a check sum.

A record that a kill cut short is cut off when the file is opened again, so the file holds whole records at any moment.
The names of the rows are kept once per kind of table, in small files beside it. Never runs anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.errors import ResultsError
from servsim.measure.group import PARTS
from servsim.study.folder import write_json

WORD_COLUMNS = ("measure", "formula", "unit", "by", *PARTS)
HEAD = struct.Struct("<4sIqqq32sI")
"""Mark, check sum of all that follows it, length of the body, point, replication, digest of the words, rows."""
MARK = b"svs1"


class RowWords(NamedTuple):
    """The names of a table's rows."""

    digest: str
    columns: dict[str, NDArray[Any]]
    """By column, each (rows,)."""

    @classmethod
    def of(cls, words: Mapping[str, NDArray[Any]], rows: NDArray[np.intp]) -> RowWords:
        """Return the names of some rows of a laid-out table."""
        columns = {name: words[name][rows] for name in WORD_COLUMNS}
        text = json.dumps([list(map(str, column)) for column in columns.values()])
        return cls(hashlib.sha256(text.encode()).hexdigest()[:32], columns)


class Finished(NamedTuple):
    """One finished replication of one point."""

    point: int
    replication: int
    digest: str
    """Of the names of its rows."""
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


class FinishedFile:
    """The file of one sweep; use it in a ``with``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: dict[tuple[int, int], int] = {}
        """Where the record of a (point, replication) begins."""
        self.words: dict[str, RowWords] = {}

    def __enter__(self) -> FinishedFile:
        path = self.folder / "finished.bin"
        self.file = path.open("r+b" if path.exists() else "w+b")
        self._index()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.file.close()

    def _index(self) -> None:
        """Find every whole record and cut off the rest."""
        size, at = os.fstat(self.file.fileno()).st_size, 0
        while at < size and (found := self._read(at)) is not None:
            record, after = found
            self.places[record.point, record.replication] = at
            at = after
        self.file.truncate(at)

    def _read(self, at: int) -> tuple[Finished, int] | None:
        """Return the record at a place and where the next begins; ``None``: it is not whole, or its names are lost."""
        self.file.seek(at)
        head = self.file.read(HEAD.size)
        if len(head) < HEAD.size:
            return None
        mark, check_sum, length, point, replication, digest, rows = HEAD.unpack(head)
        body = self.file.read(length) if 0 <= length == rows * 16 else b""
        if mark != MARK or len(body) < length or zlib.crc32(head[8:] + body) != check_sum:
            return None
        name = digest.decode()
        if not (name in self.words or self._words_path(name).exists()):
            return None
        numbers = np.frombuffer(body, "<f8")
        return Finished(point, replication, name, numbers[:rows], numbers[rows:]), at + HEAD.size + length

    def add(self, records: Iterable[Finished]) -> None:
        """Append finished replications, and see them onto the disk.

        Raises
        ------
        ResultsError
            When the disk does not take them.
        """
        self.file.seek(0, os.SEEK_END)
        places = {}
        try:
            for record in records:
                places[record.point, record.replication] = self.file.tell()
                self.file.write(_bytes(record))
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise ResultsError(f"{self.folder / 'finished.bin'}: cannot be written; {error.strerror}") from error
        self.places.update(places)

    def keep_words(self, words: RowWords) -> None:
        """Keep the names of a kind of table; must come before its first record."""
        self.words[words.digest] = words
        path = self._words_path(words.digest)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write_json(path, {name: list(map(str, column)) for name, column in words.columns.items()})

    def _words_path(self, digest: str) -> Path:
        # In the folder that tells StudyWriter that there is finished work to lose.
        return self.folder / "done" / f"{digest}.json"

    def record(self, point: int, replication: int) -> Finished:
        """Return a finished replication.

        Raises
        ------
        ResultsError
            It is not finished.
        """
        found = self._read(self.places[point, replication]) if (point, replication) in self.places else None
        if found is None:
            raise ResultsError(f"{self.folder / 'finished.bin'}: replication {replication} of point {point} is not finished")
        return found[0]

    def words_of(self, digest: str) -> dict[str, NDArray[Any]]:
        """Return the names of the rows of a kind of table."""
        if digest not in self.words:
            said = json.loads(self._words_path(digest).read_text(encoding="utf-8"))
            self.words[digest] = RowWords(digest, {name: np.array(column, object) for name, column in said.items()})
        return self.words[digest].columns

    def table(self, point: int, replication: int) -> dict[str, NDArray[Any]]:
        """Return the table of a finished replication, as ``Summary.add`` takes it."""
        record = self.record(point, replication)
        return {**self.words_of(record.digest), "numerator": record.numerator, "denominator": record.denominator}


def _bytes(record: Finished) -> bytes:
    body = np.ascontiguousarray(np.concatenate((record.numerator, record.denominator)), "<f8").tobytes()
    rest = HEAD.pack(MARK, 0, len(body), record.point, record.replication, record.digest.encode(), len(record.numerator))[8:] + body
    return MARK + struct.pack("<I", zlib.crc32(rest)) + rest
