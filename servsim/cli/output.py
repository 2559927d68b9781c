"""What a program may read: summary rows as JSON or CSV on stdout, and nothing else.

Fields of a row: ``measure, value, low, high, level, unit, formula, by, replications``. ``value`` is null where there is
no data, ``low`` and ``high`` where there is no interval; ``by`` says of which group: {} the whole, {"channel": "phone"}.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from servsim.measure.group import PARTS

CSV_FIELDS = ("measure", "formula", "unit", *PARTS, "value", "low", "high", "level", "replications")


def print_json(rows: Sequence[Mapping[str, Any]], to: TextIO | None = None) -> None:
    """Print rows as a JSON list, one row a line."""
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in rows)
    (to or sys.stdout).write(f"[\n{lines}\n]\n")


def print_csv(rows: Iterable[Mapping[str, Any]], to: TextIO | None = None) -> None:
    """Print rows as CSV; groups have a column each, empty where they do not apply."""
    writer = csv.DictWriter(to or sys.stdout, CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({**dict.fromkeys(PARTS, ""), **{name: row[name] for name in CSV_FIELDS if name in row}, **row["by"]})
