"""Sections that a planner adds in the editor: a team, a reason, a segment, a shift, a menu; empty, or as another one is.

::

    plain data --> places: where a section may be added, which names are there, which are allowed
    plain data + additions (teams.night: as clerks) --> plain data with them

Never judges what stands in a section; the strict reader does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.scenario.keys import PLACEHOLDERS, Entry, entries
from servsim.scenario.language import Scenario
from servsim.scenario.reader import AGENT, AGENT_WORDS, NAME, NAME_WORDS
from servsim.scenario.spot import list_names, nearest_name
from servsim.scenario.yaml_text import copied

MOST_ADDED = 20
FILE_SECTIONS = ("calendar",)
"""Sections that every scenario has."""


@dataclass(frozen=True)
class Place:
    """Where a section may be added."""

    path: str
    """``teams``; a name goes below it. Or a section by itself, such as ``channels.phone.menu``."""
    noun: str
    """What a name stands for; empty: the section has no name."""
    names: tuple[str, ...]
    """That are there."""
    allowed: tuple[str, ...] | None
    """Names it may have; None: any."""
    says: str

    @property
    def plain(self) -> dict[str, Any]:
        """The place as plain data."""
        return {**self.__dict__, "names": list(self.names), "allowed": None if self.allowed is None else list(self.allowed)}


def places_of(data: Mapping[str, Any]) -> list[Place]:
    """Return every place of plain data where a section may be added."""
    return list(_of_section(Scenario, data, "", data))


def _of_section(cls: type, here: Any, prefix: str, data: Mapping[str, Any]) -> Iterator[Place]:
    given = here if isinstance(here, Mapping) else {}
    for entry in entries(cls).values():
        path, value = f"{prefix}{entry.name}", given.get(entry.name)
        if entry.kind == "named":
            yield _place(entry, path, value, data)
            for name, inner in value.items() if isinstance(value, Mapping) else ():
                yield from _of_section(entry.meta["of"], inner, f"{path}.{name}.", data)
        elif entry.kind == "section" and value is None and entry.name not in FILE_SECTIONS:
            yield Place(path, "", (), None, entry.meta["says"])
        elif entry.kind == "section":
            yield from _of_section(entry.meta["of"], value, f"{path}.", data)


def _place(entry: Entry, path: str, value: Any, data: Mapping[str, Any]) -> Place:
    names = tuple(value) if isinstance(value, Mapping) else ()
    refers = entry.meta["refers"]
    allowed = tuple(name for name in data.get(refers) or () if name not in names) if refers else None
    return Place(path, PLACEHOLDERS[entry.name], names, allowed, entry.meta["says"])


def with_sections(data: Mapping[str, Any], added: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of plain data with sections added.

    Parameters
    ----------
    added : by path, such as ``teams.night``: the name beside it that it is to be like; empty: nothing is given in it.

    Raises
    ------
    ScenarioError
        With every path that leads nowhere, every name that cannot be or is there already.
    """
    grown: dict[str, Any] = copied(dict(data))
    problems = [Problem("added", str(len(added)), f"must be at most {MOST_ADDED} sections")] if len(added) > MOST_ADDED else []
    for path, like in added.items() if not problems else ():
        problems += _add(grown, path, like)
    if problems:
        raise ScenarioError(problems)
    return grown


def _add(data: dict[str, Any], path: str, like: str) -> list[Problem]:
    """Add one section in place; return what is wrong with it."""
    places = {place.path: place for place in places_of(data)}
    above, _, name = path.rpartition(".")
    place = places.get(path) if path in places and not places[path].noun else places.get(above)
    if place is None or (place.path == above and not place.noun):
        near = nearest_name(path, [*places])
        return [Problem(path, "", "no section can be added here", near)]
    wrong = _wrong_name(place, name, like) if place.noun else ""
    if wrong:
        return [Problem(path, like if like else name, wrong)]
    node: Any = data
    for step in path.split(".")[:-1]:
        if node.get(step) is None:
            node[step] = {}
        node = node[step]
    node[name] = copied(node[like]) if like else {}
    return []


def _wrong_name(place: Place, name: str, like: str) -> str:
    """Return what is wrong with a new name, or with the one it is to be like; empty: nothing."""
    pattern, words = (AGENT, AGENT_WORDS) if place.path.endswith(".members") else (NAME, NAME_WORDS)
    if name in place.names:
        return "is there already"
    if not pattern.fullmatch(name):
        return words
    if place.allowed is not None and name not in place.allowed:
        return f"must be one of {list_names(place.allowed) or 'none is left'}"
    if like and like not in place.names:
        return f"is not there to be like (there are: {list_names(place.names) or 'none'})"
    return ""
