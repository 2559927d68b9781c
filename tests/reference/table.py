"""The table of ``docs/explanation/validation.md``: every case beside what was simulated.

::

    python -m tests.reference.table             # the large sample, several minutes
    python -m tests.reference.table 1.0         # the small sample, about a minute

run in the checkout's folder, writes the part of the page between its two marks anew.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from . import cases
from .claim import FALSE_ALARM_SHARE, Finding

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "validation.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
HEAD = "| case | number | expected | simulated | allowed ± | met |\n|---|---|---:|---:|---:|---|"
LARGE, SEED = 6.0, 2


def rows_of(name: str, engine: Any, seed: int, size: float) -> list[str]:
    """Return the lines of one case."""
    with tempfile.TemporaryDirectory() as folder:
        if name in cases.BY_HAND:
            exact = cases.BY_HAND[name](cases.reference_cases()[name], engine, Path(folder))
            worst = max(exact, key=lambda each: abs(each.found - each.expected))
            met = "yes" if abs(worst.found - worst.expected) < 1e-9 * max(1.0, abs(worst.expected)) else "no"
            return [f"| {name} | {len(exact)} numbers | | to the digit | 0 | {met} |"]
        if name in cases.NOT_EXPRESSED:
            return [f"| {name} | | | not expressible | | |"]
        return [_row(name, each) for each in cases.findings(name, engine, seed, size, Path(folder))]


def _row(name: str, finding: Finding) -> str:
    numbers = " | ".join(f"{value:.5g}" for value in (finding.expected, finding.simulated))
    return f"| {name} | {finding.name} | {numbers} | {finding.half_width:.2g} | {'yes' if finding.holds else '**no**'} |"


def write(size: float) -> None:
    """Write the table of the page anew."""
    from servsim.engine.simpy_engine import simulate

    lines = [line for name in cases.reference_cases() for line in rows_of(name, simulate, SEED, size)]
    numbers = cases.number_of_claims()
    said = f"{numbers} numbers, each at level 1 − {FALSE_ALARM_SHARE:g}/{numbers}; sample {size:g} times the small one, seed {SEED}."
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    text = "\n".join([BEGIN, "", said, "", HEAD, *lines, "", END])
    PAGE.write_text(before + text + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    write(float(sys.argv[1]) if len(sys.argv) > 1 else LARGE)
