"""Every key of the language with its path, made by walking the sections of ``language.py``.

In a path, a name that the planner chooses is a placeholder: ``teams.<team>.agents``. It never reads a scenario.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from servsim.scenario.language import REQUIRED, Scenario

PLACEHOLDERS = {
    "channels": "channel", "segments": "segment", "day_factors": "day_factor", "reasons": "reason", "teams": "team",
    "routes": "route", "cover": "cover", "absences": "absence", "shifts": "shift", "breaks": "break",
    "members": "agent", "skills": "reason", "overflow": "overflow", "leads_to": "reason",
}  # fmt: skip
"""What a name within a section stands for."""

EXAMPLES = {
    "text": "", "yes_no": "yes", "count": "5", "count_or_all": "unlimited", "number": "1.2", "share": "15 %", "factor": "90 %",
    "money": "18.50", "duration": "4 min", "law": "{lognormal: {mean: 4 min, sd: 3 min}}", "law_by_channel": "{exponential: 3 min}",
    "date": "2026-03-02", "dates": "[2026-03-02, 2026-03-06]", "time": "9:30", "windows": "9:00-18:00", "days": "mon-fri",
    "file": "volumes.csv",
}  # fmt: skip
"""What a value of each kind may look like, where the key has no example of its own."""


@dataclass(frozen=True)
class Key:
    """One key of the language; see the table of kinds in ``language.py``."""

    path: str
    kind: str
    default: Any
    low: float | None
    high: float | None
    above: float | None
    choices: tuple[str, ...]
    refers: str
    says: str
    section_says: str
    example: str
    plausible: tuple[float, float] | None = None
    """What parameter worlds draw from, in the program's units."""
    source: str = ""
    """Where the default comes from; empty where the planner must know."""

    @property
    def is_required(self) -> bool:
        """Whether the key must be given wherever its section is."""
        return self.default is REQUIRED


@dataclass(frozen=True)
class Entry:
    """One line of a section: a value, a subsection or a mapping of names to subsections."""

    name: str
    kind: str
    default: Any
    meta: Mapping[str, Any]


def entries(cls: type) -> dict[str, Entry]:
    """Return the declared lines of a section class by name, in the order of the table."""
    if cls not in _ENTRIES:
        _ENTRIES[cls] = {
            each.name: Entry(each.name, each.metadata["kind"], each.default, each.metadata)
            for each in fields(cls)
            if "kind" in each.metadata
        }
    return _ENTRIES[cls]


_ENTRIES: dict[type, dict[str, Entry]] = {}


def paths() -> tuple[str, ...]:
    """Return the path of every key."""
    return tuple(each.path for each in KEYS)


def _walk(cls: type, prefix: str, section_says: str) -> Iterator[Key]:
    for entry in entries(cls).values():
        path = f"{prefix}{entry.name}"
        if entry.kind == "section":
            yield from _walk(entry.meta["of"], f"{path}.", entry.meta["says"])
        elif entry.kind == "named":
            yield from _walk(entry.meta["of"], f"{path}.<{PLACEHOLDERS[entry.name]}>.", entry.meta["says"])
        else:
            yield _key(path, entry, section_says)


def _key(path: str, entry: Entry, section_says: str) -> Key:
    meta = entry.meta
    bounds = {name: meta[name] for name in ("low", "high", "above", "choices", "refers", "says", "plausible", "source")}
    example = meta["example"] or (meta["choices"] or [_example(entry)])[0]
    return Key(path=path, kind=entry.kind, default=entry.default, section_says=section_says, example=example, **bounds)


def _example(entry: Entry) -> str:
    """Return what a value may look like; a number that must lie below the usual one shows its default, or the end of its range."""
    usual, high = EXAMPLES.get(entry.kind, ""), entry.meta["high"]
    if entry.kind != "number" or high is None or high >= float(usual):
        return usual
    return f"{entry.default or (entry.meta['plausible'] or (0.0, high))[1]:g}"


KEYS: tuple[Key, ...] = tuple(_walk(Scenario, "", "The whole scenario."))
BY_PATH: Mapping[str, Key] = MappingProxyType({each.path: each for each in KEYS})
