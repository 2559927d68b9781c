"""The verb ``bench``: speed and memory of this machine, in a table. Never part of a test."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from servsim.cli.argument import sort_arguments, sweep_values, value_of, whole_number
from servsim.cli.number import plain
from servsim.cli.table import aligned
from servsim.errors import SettingError

if TYPE_CHECKING:
    from servsim.study.bench import Row


def bench_and_print(words: Sequence[str]) -> int:
    """Measure and print."""
    from servsim.study.bench import bench

    arguments = sort_arguments(words, own=("contacts", "rounds"))
    for key in (*arguments.settings, *(path for path, _ in arguments.overrides)):
        raise SettingError(f"{key}: means nothing to servsim bench (it knows: contacts, rounds)")
    text = arguments.own.get("contacts", "1000,10000,100000")
    sizes = tuple(whole_number("contacts", value, 1, 1_000_000_000) for value in sweep_values("contacts", text) or [value_of(text)])
    rounds = whole_number("rounds", arguments.own.get("rounds", "3"), 1, 1000)
    rows = bench(sizes, rounds, lambda line: print(line, file=sys.stderr, flush=True))
    head = ["", "contacts", "microseconds a contact", "contacts a second", "peak memory, MB", "time over typical SimPy"]
    print(aligned([head, *(_line(row) for row in rows)]))
    return 0


def _line(row: Row) -> list[str]:
    ratio = "" if math.isnan(row.ratio) else f"{row.ratio:.2f}"
    return [row.peer, plain(row.contacts, 0), f"{row.us_per_contact:.1f}", plain(row.contacts_per_s, 0), plain(row.peak_mb, 0), ratio]
