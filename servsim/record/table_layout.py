"""Layouts of files that hold no single contacts: interval files and queue snapshots. Never opens a log.

::

    title: what file this is
    kind: intervals | snapshots                  (calls: see servsim/record/layout.py)
    separator, quote, encoding, decimal, date_format, time_format: as in a layout of calls
    record: {date: COLUMN, time: COLUMN, ...}    see FIELDS for what each kind needs and may have
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from servsim.errors import SettingError, did_you_mean
from servsim.record.layout import ENCODINGS, SEPARATORS
from servsim.record.plain_file import Form, Wanted

FIELDS: dict[str, dict[str, tuple[str, bool]]] = {
    "intervals": {
        "date": ("date", True), "start": ("time", True), "queue": ("text", False), "offered": ("number", True), "answered": ("number", True),
        "abandoned": ("number", True), "aht_s": ("number", False), "asa_s": ("number", False), "wait_s": ("number", False),
        "within": ("number", False), "agents": ("number", False),
    },
    "snapshots": {
        "office": ("text", False), "date": ("date", True), "time": ("time", True), "queue": ("text", True), "open_counters": ("number", True),
        "waiting": ("number", True), "ticket": ("text", False),
    },
}  # fmt: skip
"""By kind of file: field -> (kind of value, whether a line without it is left out)."""
NEEDED = {"intervals": ("date", "start", "offered", "answered", "abandoned"), "snapshots": ("date", "time", "queue", "open_counters", "waiting", "ticket")}
KINDS = ("calls", *FIELDS)
TOP_KEYS = ("title", "kind", "separator", "quote", "encoding", "decimal", "date_format", "time_format", "record")


@dataclass(frozen=True)
class TableLayout:
    """How a file of intervals or snapshots is read."""

    title: str
    kind: str
    form: Form
    wanted: dict[str, Wanted]


def kind_of_layout(path: str | Path) -> str:
    """Return what kind of file a layout is for: ``calls``, ``intervals`` or ``snapshots``.

    Raises
    ------
    SettingError
        The layout cannot be read, or its kind is none of these.
    """
    kind = _data(path).get("kind", "calls")
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, 1)
        raise SettingError(f"{path}: kind: got {kind!r}; must be one of {', '.join(KINDS)}" + did_you_mean(near[0] if near else ""))
    return str(kind)


def load_table_layout(path: str | Path) -> TableLayout:
    """Read a layout of intervals or snapshots, or say in one message everything that is wrong with it.

    Raises
    ------
    SettingError
        With every problem, one a line.
    """
    data, kind = _data(path), kind_of_layout(path)
    record = data.get("record")
    record = record if isinstance(record, dict) else {}
    problems = [*_unknown("", data, TOP_KEYS), *_unknown("record.", record, tuple(FIELDS[kind]))]
    problems += [f"record.{name}: must name a column" for name in NEEDED[kind] if not record.get(name)]
    separator = SEPARATORS.get(data.get("separator", "comma"), data.get("separator", "comma"))
    encoding, decimal = data.get("encoding", "utf-8"), data.get("decimal", "point")
    problems += [f"separator: got {separator!r}; must be one character or one of {', '.join(SEPARATORS)}"] if len(separator) != 1 else []
    problems += [f"encoding: got {encoding!r}; must be one of {', '.join(ENCODINGS)}"] if encoding not in ENCODINGS else []
    problems += [f"decimal: got {decimal!r}; must be point or comma"] if decimal not in ("point", "comma") else []
    if problems:
        raise SettingError("\n".join(f"{path}: {problem}" for problem in problems))
    form = Form(separator, data.get("quote", '"'), encoding, decimal, data.get("date_format", "%Y-%m-%d"), data.get("time_format", "%H:%M"))
    wanted = {name: Wanted(str(column), *FIELDS[kind][name]) for name, column in record.items()}
    return TableLayout(str(data.get("title", "")), kind, form, wanted)


def _data(path: str | Path) -> dict[str, Any]:
    try:
        data = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as why:
        raise SettingError(f"layout: {path} cannot be read ({str(why).splitlines()[0]})") from why
    if not isinstance(data, dict):
        raise SettingError(f"{path}: must be a mapping")
    return data


def _unknown(where: str, data: dict[str, Any], allowed: tuple[str, ...]) -> list[str]:
    found = []
    for name in data:
        if name not in allowed:
            near = difflib.get_close_matches(str(name), allowed, 1)
            found.append(f"{where}{name}: unknown key (allowed: {', '.join(allowed)})" + did_you_mean(near[0] if near else ""))
    return found
