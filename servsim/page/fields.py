"""Fields: every value of a scenario with its path, what it means, its unit and bounds; as the language declares them.

What sliders and the editor show. Reads nothing and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from servsim.scenario import units
from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import Scenario
from servsim.scenario.law import LAW_NAMES

UNITS = {"duration": "s", "share": "share", "factor": "factor", "count": "", "number": "", "money": "money", "count_or_all": ""}
LAWS = ("law", "law_by_channel")


@dataclass(frozen=True)
class Field:
    """One value of a scenario, or a key that it leaves out."""

    path: str
    kind: str
    text: str
    """As a planner writes it; empty: left out."""
    says: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    is_given: bool
    number: float | None
    """The value as a number in the unit, where it is one."""
    unit: str

    @property
    def plain(self) -> dict[str, Any]:
        """The field as plain data."""
        return {**self.__dict__, "choices": list(self.choices)}


def fields_of(data: Mapping[str, Any], currency: str) -> list[Field]:
    """Return the fields of plain data, keys left out included, in the order of the language."""
    return list(_of_section(Scenario, data, "", currency))


def _of_section(cls: type, data: Any, prefix: str, currency: str) -> Iterator[Field]:
    given = data if isinstance(data, Mapping) else {}
    for entry in entries(cls).values():
        path, value = f"{prefix}{entry.name}", given.get(entry.name)
        if entry.kind == "section":
            if value is not None:
                yield from _of_section(entry.meta["of"], value, f"{path}.", currency)
        elif entry.kind == "named":
            for name, each in (value or {}).items() if isinstance(value, Mapping) else ():
                yield from _of_section(entry.meta["of"], each, f"{path}.{name}.", currency)
        else:
            yield from _of_value(entry, value, path, currency)


def _of_value(entry: Entry, value: Any, path: str, currency: str) -> Iterator[Field]:
    if entry.kind in LAWS and isinstance(value, Mapping):
        yield from _of_law(entry, value, path, currency)
    else:
        yield _field(entry, entry.kind, value, path, currency)


def _of_law(entry: Entry, value: Mapping[str, Any], path: str, currency: str) -> Iterator[Field]:
    """Yield the numbers within a law, each by its own path."""
    for name, inner in value.items():
        below = f"{path}.{name}"
        if name in LAW_NAMES and not isinstance(inner, Mapping):
            yield _field(entry, "law", value, path, currency)
        elif isinstance(inner, Mapping):
            yield from _of_law(entry, inner, below, currency)
        elif name == "file":
            continue
        else:
            yield _field(entry, "duration" if _number("duration", inner) is not None else "number", inner, below, currency)


def _field(entry: Entry, kind: str, value: Any, path: str, currency: str) -> Field:
    meta = entry.meta
    low = meta["low"] if meta["low"] is not None else meta["above"]
    low, high = (0.0, 1.0) if kind == "share" else (low, meta["high"])
    unit = currency if kind == "money" else UNITS.get(kind, "")
    number = None if value is None else _number(kind, value)
    return Field(path, kind, _text(value), meta["says"], low, high, tuple(meta["choices"]), value is not None, number, unit)


def _number(kind: str, value: Any) -> float | None:
    """Return a value as a number; ``None`` where it is none."""
    if isinstance(value, bool):
        return None
    try:
        if kind == "duration":
            return float(units.parse_duration(value))
        if kind in ("share", "factor"):
            return float(units.parse_share(value)) if kind == "share" else float(units.parse_factor(value))
        return float(value) if kind in ("count", "number", "money", "count_or_all", "profile", "day_profile") else None
    except (units.Refused, TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Mapping, list)):
        return _flow(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flow(value: Any) -> str:
    """Write a list or mapping on one line, as YAML reads it."""
    import yaml

    return str(yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True)).strip()
