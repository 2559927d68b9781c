"""Laws, lengths of time and tables in words, as descriptions need them. Never looks at a scenario."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from servsim.report.sentence import listed, plain_number
from servsim.rules.clock import HOUR_S
from servsim.rules.distribution import DISTRIBUTIONS, mean_of, sd_of
from servsim.scenario.language import Law
from servsim.scenario.units import duration_text


def law_text(law: Law) -> str:
    """Return a law in words: ``4 min on average, sd 3 min (lognormal)``."""
    if law.kind == "deterministic":
        return "for ever" if math.isinf(law.values[0]) else f"always {duration_text(law.values[0])}"
    if law.kind == "exponential":
        return f"{length_text(law.values[0])} on average (exponential)"
    if law.kind == "uniform":
        return f"between {length_text(law.values[0])} and {length_text(law.values[1])} (uniform)"
    return f"{length_text(mean_of(law))} on average, sd {length_text(sd_of(law))} ({LAW_WORDS[law.kind]})"


def length_text(seconds: float) -> str:
    """Write a length of time with at most three digits: an exact one as planners write it, another rounded."""
    if seconds == round(seconds) or not math.isfinite(seconds):
        return duration_text(seconds) if math.isfinite(seconds) else "for ever"
    return f"{plain_number(seconds)} s" if seconds < 120.0 else f"{plain_number(seconds / 60.0)} min" if seconds < 7200.0 else f"{plain_number(seconds / HOUR_S)} h"


LAW_WORDS = {each.name: each.name.replace("_", " ") for each in DISTRIBUTIONS}


def laws_text(laws: dict[str, Law]) -> str:
    """Return laws by channel in words."""
    told: dict[str, list[str]] = {}
    for name, law in sorted(laws.items(), key=lambda item: (item[0] == "*", item[0])):
        told.setdefault(law_text(law), []).append(name)
    if len(told) == 1:
        return next(iter(told))
    return "; ".join(f"{text} {'elsewhere' if names == ['*'] else f'by {listed(names)}'}" for text, names in told.items())


def aligned(rows: Sequence[Sequence[str]], indent: str = "    ") -> Iterator[str]:
    """Yield the lines of a table: the first column left, the others right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield indent + "  ".join(cells).rstrip()
