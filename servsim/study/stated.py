"""What a scenario states, number by number: the parameters that results hang on, with range and source.

Reads the scenario and its table of keys; never changes anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import Scenario
from servsim.scenario.loyalty import with_preset
from servsim.scenario.spot import typed_text
from servsim.scenario.value import KINDS
from servsim.study.sensitivity import parameters_of, text_of


class Stated(NamedTuple):
    """One parameter of the scenario."""

    path: str
    says: str
    value: str
    """As the file has it."""
    plausible: str
    """The range it may have; empty: the planner must know."""
    source: str


class Group(NamedTuple):
    """Parameters that the same results hang on."""

    name: str
    says: str
    paths: re.Pattern[str]


GROUPS: tuple[Group, ...] = (
    Group("coming", "who comes and comes again", re.compile(r"reasons\.[^.]+\.(arrivals|unsolved|asks_for|leads_to)|segments\.[^.]+\.customers|channels\.[^.]+\.(try_again|when_closed)")),
    Group("cover", "who covers for whom", re.compile(r"cover\.|absences\.|segments\.[^.]+\.own_executive")),
    Group("solving", "who can solve what", re.compile(r"reasons\.[^.]+\.solved|teams\.[^.]+\.(skills|authority)")),
    Group("waiting", "how long is waited", re.compile(r"segments\.[^.]+\.patience|teams\.[^.]+\.(agents|head_count|shifts)|routes\.|reasons\.[^.]+\.(talk|wrap_up)|channels\.[^.]+\.(felt_wait|acceptable_wait|seats|lines)")),
    Group("staying", "who stays", re.compile(r"loyalty\.(?!discount)|segments\.[^.]+\.loyalty|complaints\.|recovery\.|reasons\.[^.]+\.(problem|major|claim)")),
    Group("money", "what it costs", re.compile(r"segments\.[^.]+\.margin|teams\.[^.]+\.(wage|overtime_pay)|loyalty\.discount|channels\.[^.]+\.cost_per_minute")),
)  # fmt: skip
"""Every group, in the order of the appendix; a parameter is in the first that its path fits."""


def stated(scenario: Scenario) -> dict[str, list[Stated]]:
    """Return the parameters of a scenario by group: those that its file states, and those whose range is known."""
    ranges = {each.path: each for each in parameters_of(scenario)}
    filled = scenario if scenario.loyalty is None else replace(scenario, loyalty=with_preset(scenario.loyalty))
    found: dict[str, list[Stated]] = {group.name: [] for group in GROUPS}
    for path, entry, value in _leaves(filled, ""):
        known = ranges.get(path)
        group = next((group.name for group in GROUPS if group.paths.match(path)), "")
        if not group or (known is None and _is_default(entry, value)):
            continue
        plausible = "" if known is None else f"{_short(text_of(known, known.low))} to {_short(text_of(known, known.high))}"
        found[group].append(Stated(path, entry.meta["says"], _text(entry, value), plausible, entry.meta.get("source") or ""))
    return found


def _leaves(section: Any, prefix: str) -> Iterator[tuple[str, Entry, Any]]:
    for entry in entries(type(section)).values():
        value, path = getattr(section, entry.name), f"{prefix}{entry.name}"
        if value is None:
            continue
        if entry.kind == "section":
            yield from _leaves(value, f"{path}.")
        elif entry.kind == "named":
            for name, each in sorted(value.items()):
                yield from _leaves(each, f"{path}.{name}.")
        else:
            yield path, entry, value


def _is_default(entry: Entry, value: Any) -> bool:
    return type(value) is type(entry.default) and bool(value == entry.default)


def _text(entry: Entry, value: Any) -> str:
    return typed_text(KINDS[entry.kind].write(value))


def _short(text: str) -> str:
    """Write a duration in days where it is some, and numbers without needless zeros."""
    number, _, unit = text.partition(" ")
    if unit == "s" and float(number) >= 86_400.0:
        return f"{float(number) / 86_400.0:g} days"
    return f"{float(number):g}{' s' if unit else ''}"
