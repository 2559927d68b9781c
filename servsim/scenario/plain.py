"""The resolved scenario as plain data: what manifests keep and hashes are made of.

``read(to_plain(scenario))`` gives an equal scenario. Keys at their default are left out, shorthand is written in full,
names are sorted, so two files that mean the same give the same plain data. It never writes a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING
from typing import Any

from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import Scenario, ServiceLevel
from servsim.scenario.value import KINDS

SAID_ALWAYS = {(ServiceLevel, "within")}
"""Keys whose default depends on where they stand."""


def to_plain(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as dicts, lists, texts and numbers that YAML and JSON can hold."""
    return dict(_lines(scenario))


def _lines(section: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a section that say something, with their plain values."""
    for entry in entries(type(section)).values():
        value = getattr(section, entry.name)
        if (type(section), entry.name) in SAID_ALWAYS or not _is_silent(entry, value):
            yield entry.name, _plain(entry, value)


def _is_silent(entry: Entry, value: Any) -> bool:
    """Return whether leaving the key out means the same."""
    if entry.kind == "section":
        return value is None or (entry.default is MISSING and not dict(_lines(value)))
    if entry.kind == "named":
        return not value
    return entry.default is not MISSING and type(value) is type(entry.default) and bool(value == entry.default)


def _plain(entry: Entry, value: Any) -> Any:
    if entry.kind == "section":
        return dict(_lines(value))
    if entry.kind == "named":
        return {name: dict(_lines(each)) for name, each in value.items()}
    return KINDS[entry.kind].write(value)


def files_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the files that a scenario names, sorted, as paths inside its folder; tables of laws are read in already.

    Their content is part of the world but not of its plain data: a hash of a scenario takes both.
    """
    return tuple(sorted(set(_files_below(scenario))))


def _files_below(section: Any) -> Iterator[str]:
    for entry in entries(type(section)).values():
        value = getattr(section, entry.name)
        if entry.kind == "file" and value is not None:
            yield value
        for below in value.values() if entry.kind == "named" else [value] if entry.kind == "section" and value is not None else ():
            yield from _files_below(below)
