"""Overrides: dotted paths and new values, applied to plain data before they are read.

``teams.clerks.agents=5`` sets a key, ``channels.phone.menu=null`` removes one, ``absences.course={team: clerks}`` adds a
named section. Strict on purpose: a path that the language or the scenario does not know is a problem, never a new key,
and two overrides of one key are a problem whatever their order. It never judges values; the reader does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import RESERVED_SECTIONS, RUN_SETTINGS, Scenario
from servsim.scenario.law import LAW_NAMES, spelled_out
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.scenario.yaml_text import copied, parse_yaml, text_keys

Steps = tuple[str, ...]


class _Wrong(Exception):
    """An override whose path leads nowhere."""

    def __init__(self, at: Steps, allowed: str, nearest: str = "") -> None:
        self.at = at
        self.allowed = allowed
        self.nearest = nearest
        super().__init__(allowed)


def apply_overrides(data: Mapping[str, Any], overrides: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Return a changed copy of the data, and what is wrong with the overrides."""
    changed = copied(dict(data))
    return changed, override(changed, overrides)


def override(changed: dict[str, Any], overrides: Any) -> list[Problem]:
    """Change plain data in place; return what is wrong with the overrides."""
    pairs, problems = _pairs(overrides)
    problems += _conflicts(pairs)
    for path, value in pairs if not problems else ():
        try:
            _set(changed, tuple(path.split(".")), value)
        except _Wrong as wrong:
            problems.append(Problem(".".join(wrong.at), "", wrong.allowed, wrong.nearest))
        except ScenarioError as error:
            problems += [Problem(path, shown(value), each.allowed, each.nearest) for each in error.problems]
    return problems


def _pairs(overrides: Any) -> tuple[list[tuple[str, Any]], list[Problem]]:
    given: Sequence[Any] = list(overrides.items()) if isinstance(overrides, Mapping) else list(overrides)
    pairs: list[tuple[str, Any]] = []
    problems: list[Problem] = []
    for each in given:
        path, equals, value = each.partition("=") if isinstance(each, str) else (each[0], "=", each[1])
        if equals and isinstance(path, str) and path.strip():
            pairs.append((path.strip(), value))
        else:
            problems.append(Problem(shown(each), "", "must be a path and a value, such as teams.clerks.agents=5"))
    return pairs, problems


def _conflicts(pairs: list[tuple[str, Any]]) -> list[Problem]:
    """Return the overrides that set a key, or a part of a section, which another one sets too."""
    found = []
    for number, (path, value) in enumerate(pairs):
        for earlier, _ in pairs[:number]:
            if f"{path}.".startswith(f"{earlier}.") or f"{earlier}.".startswith(f"{path}."):
                found.append(Problem(path, shown(value), f"is set twice (already by {earlier})"))
    return found


def _set(data: dict[str, Any], steps: Steps, value: Any) -> None:
    """Set one key of the data in place.

    Raises
    ------
    _Wrong
        The path leads nowhere.
    """
    cls: type = Scenario
    node, at = data, 0
    while True:
        entry = _entry(cls, steps, at)
        at += 1
        if entry.kind not in ("section", "named"):
            return _set_value(node, entry, steps, at, value)
        if at == len(steps):
            return _assign(node, steps[-1], _typed(value))
        if entry.kind == "named":
            if at == len(steps) - 1 and _may_assign(node, entry, steps, at, value):
                return _assign(_child(node, entry.name, steps, at), steps[at], _typed(value))
            node = _child(node, entry.name, steps, at)
            _refuse_new_name(node, entry, steps, at)
            node, at = _child(node, steps[at], steps, at + 1), at + 1
        else:
            node = _child(node, entry.name, steps, at)
        cls = entry.meta["of"]


def _entry(cls: type, steps: Steps, at: int) -> Entry:
    known = entries(cls)
    if steps[at] in known:
        return known[steps[at]]
    if at == 0 and steps[0] in RESERVED_SECTIONS:
        raise _Wrong(steps, f"is kept for a later version of servsim ({RESERVED_SECTIONS[steps[0]]})")
    if at == 0 and steps[0] in RUN_SETTINGS:
        raise _Wrong(steps, "says how to run, not what the world is")
    near = nearest_name(steps[at], known)
    raise _Wrong(steps, f"unknown path: {steps[at] or 'an empty step'} is no key here (allowed: {list_names(known, 40)})", _mended(steps, at, near))


def _mended(steps: Steps, at: int, near: str) -> str:
    return ".".join((*steps[:at], near, *steps[at + 1 :])) if near else ""


def _may_assign(node: Mapping[str, Any], entry: Entry, steps: Steps, at: int, value: Any) -> bool:
    """Return whether a whole named section is given (or removed) at once, under a name known or new."""
    is_known = steps[at] in (node.get(entry.name) or {})
    return is_known or isinstance(_typed(value), Mapping)


def _refuse_new_name(names: Mapping[str, Any], entry: Entry, steps: Steps, at: int) -> None:
    """Refuse a path through a name that the scenario does not have; skills and members need no entry of their own."""
    if steps[at] in names or entry.meta["refers"] or entry.name == "members":
        return
    near = nearest_name(steps[at], names)
    raise _Wrong(steps, f"the scenario has no {entry.name}.{steps[at]} (it has: {list_names(names) or 'none'})", _mended(steps, at, near))


def _child(node: dict[str, Any], name: str, steps: Steps, at: int) -> dict[str, Any]:
    if node.get(name) is None:
        node[name] = {}
    child = node[name]
    if not isinstance(child, dict):
        raise _Wrong(steps, f"{'.'.join(steps[:at])} is {shown(child)} in the scenario, not a section")
    return child


def _set_value(node: dict[str, Any], entry: Entry, steps: Steps, at: int, value: Any) -> None:
    """Set a key, or a part of a value that is a mapping (``talk.lognormal.mean``)."""
    typed = value if entry.kind == "text" and value is not None else _typed(value)
    container: Any = node
    for depth in range(at, len(steps)):
        container = _part(container, steps, depth)
    _assign(container, steps[-1], typed)


def _part(container: Any, steps: Steps, depth: int) -> Any:
    """Return the mapping one step into a value, made when absent."""
    name = steps[depth - 1]
    if container.get(name) is None:
        container[name] = {}
    container[name] = spelled_out(name, container[name])
    inner, here = container[name], ".".join(steps[:depth])
    if not isinstance(inner, dict):
        raise _Wrong(steps, f"{here} is {shown(inner)} in the scenario; give all of it, such as {here}=...", here)
    law = next((each for each in inner if each in LAW_NAMES), None)
    if law is not None and steps[depth] not in inner:
        raise _Wrong(steps, f"{here} is a law of kind {law} in the scenario; to change the kind, give all of {here}", f"{here}.{law}")
    return inner


def _assign(node: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        node.pop(name, None)
    else:
        node[name] = value


def _typed(value: Any) -> Any:
    """Return a value as typed on a command line: lists and mappings are read as YAML, ``null`` is ``None``."""
    if not isinstance(value, str):
        return text_keys(value)
    text = value.strip()
    if text[:1] in ("{", "["):
        return parse_yaml(text, "override")
    return None if text in ("null", "~") else value
