"""What reading a call file left out, mended or found repeated, in words. Never reads a line."""

from __future__ import annotations

from pathlib import Path

from servsim.errors import counted
from servsim.record.call_file import CHOSEN, LinesOfAKind, RecordedCalls

MUCH_LEFT_OUT = 0.10
"""Share of the lines from which on leaving them out is a warning."""


def reading_sentences(read: RecordedCalls) -> list[str]:
    """Return one sentence a kind of lines, each with its first line."""
    found = [f"{_number(kind)} left out: {kind.words} ({_first(kind)})" for kind in read.rejected]
    found += [f"{_number(kind)} read after a rule: {kind.words} ({_first(kind)})" for kind in read.mended]
    return found + [f"{_number(kind)} the same as an earlier line in every cell: counted all the same ({_first(kind)})" for kind in read.repeated]


def left_out_warning(read: RecordedCalls, layout: str) -> str:
    """Return one sentence if many lines were left out though the layout does not ask for it; empty otherwise."""
    unwanted = sorted((k for k in read.rejected if k.kind not in CHOSEN), key=lambda k: -k.count)
    lost, lines = sum(k.count for k in unwanted), len(read) + sum(k.count for k in read.rejected)
    if lost <= MUCH_LEFT_OUT * lines:
        return ""
    return (
        f"{lost:,} of {lines:,} lines ({100 * lost / lines:.0f} %) could not be used and are left out, most because {unwanted[0].words} ({_first(unwanted[0])});"
        f" the result lacks them: look at `encoding`, the formats and the lists of values in the layout {layout}"
    )


def _number(kind: LinesOfAKind) -> str:
    return counted(kind.count, "line")


def _first(kind: LinesOfAKind) -> str:
    return f"first: {Path(kind.file).name} line {kind.line}"
