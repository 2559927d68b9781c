"""The reader of scenario files: from text to a frozen :class:`Scenario`, or every problem at once.

::

    scenario.yaml --yaml_text--> plain dict --overrides--> plain dict --read--> Scenario
                                     |                        |            |
                                     +------- ScenarioError: every problem, in the order of the file

Everything it knows about keys comes from ``language.py``. It never checks whether a world makes sense (``check.py``
does) and never looks at run settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.scenario import library
from servsim.scenario.kept_sections import KeptSections
from servsim.scenario.keys import PLACEHOLDERS, Entry, entries
from servsim.scenario.language import REQUIRED, RESERVED_SECTIONS, RUN_SETTINGS, Channel, Scenario
from servsim.scenario.law import LAW_NAMES
from servsim.scenario.like import start_from
from servsim.scenario.override import override
from servsim.scenario.spot import Reading, Spot, list_names, nearest_name, shown
from servsim.scenario.unsaid import fill_in
from servsim.scenario.value import KINDS
from servsim.scenario.yaml_text import read_yaml, text_keys

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
AGENT = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,63}-)?[1-9][0-9]{0,5}")
NAME_WORDS = "must be a name of letters, digits and _, beginning with a letter"
AGENT_WORDS = "must be an agent: a number such as 3, or shift-number such as early-3"

Overrides = Mapping[str, Any] | Sequence[str | tuple[str, Any]]


def load(path_or_name: str | Path, overrides: Overrides = (), scenario_dirs: Sequence[Path] = ()) -> Scenario:
    """Return the scenario of a name, a folder or a file, with dotted paths overridden.

    Parameters
    ----------
    path_or_name
        ``phone_shop``, or the path of a folder with a ``scenario.yaml``, or of such a file.
    overrides
        Mapping of path to value, or a list of ``"path=value"`` texts or (path, value) pairs; ``None`` removes a key.
    scenario_dirs
        Folders to look for names in, before the user's and the bundled ones.

    Raises
    ------
    ScenarioError
        With every problem, in the order of the file; problems of overrides first.
    """
    file = library.find(path_or_name, scenario_dirs)
    data, folder = start_from(read_yaml(file), file, lambda name: library.find(name, scenario_dirs), read_yaml)
    return read(data, folder, overrides)


def read(data: Any, folder: Path | None = None, overrides: Overrides = (), kept: KeptSections | None = None) -> Scenario:
    """Return the scenario that plain data describe.

    Parameters
    ----------
    folder : where its files are.
    kept : sections that were read before, which scenarios that differ little share; absent: every section is read.

    Raises
    ------
    ScenarioError
        With every problem, in the order of the data.
    """
    if not isinstance(data, Mapping):
        raise ScenarioError([Problem("scenario", shown(data), "must be sections such as channels, reasons and teams")])
    own = fill_in(text_keys(data))
    found = override(own, overrides)
    completed = fill_in(own)
    reading = Reading(folder, names_of(completed), found, kept=kept)
    scenario: Scenario = _read_section(Scenario, completed, Spot("", reading))
    if reading.problems:
        raise ScenarioError(reading.problems)
    return replace(scenario, folder=folder)


# ---- before reading


def names_of(data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the names that the scenario gives, by section, sorted."""
    return {name: tuple(sorted(each)) for name, each in data.items() if name in PLACEHOLDERS and isinstance(each, dict)}


# ---- sections


def _read_section(cls: type, data: Any, spot: Spot) -> Any:
    """Return the section; keys in the order of the file, then what is missing."""
    known = entries(cls)
    values: dict[str, Any] = {name: None for name, entry in known.items() if _is_required(entry)}
    if not isinstance(data, Mapping) and data is not None:
        spot.refuse(data, f"must be a section with keys ({list_names(known)})")
        return None
    for name, value in (data or {}).items():
        if name in known:
            values[name] = _read_entry(known[name], value, spot.at(name))
        else:
            _refuse_unknown(cls, name, tuple(known), spot)
    _refuse_missing(known, data or {}, spot)
    return cls(**values)


def _is_required(entry: Entry) -> bool:
    """Return whether a value must be given (sections and mappings of names stand for themselves)."""
    return entry.default is REQUIRED and entry.kind not in ("named", "section")


def _read_entry(entry: Entry, value: Any, spot: Spot) -> Any:
    if entry.kind == "section":
        return _read_section(entry.meta["of"], value, spot)
    if entry.kind == "named":
        return _read_named(entry, value, spot)
    if value is None:
        spot.refuse(None, "must have a value; leave the key out to keep its default")
        return None
    return KINDS[entry.kind].read(value, entry.meta, spot)


def _read_named(entry: Entry, value: Any, spot: Spot) -> dict[str, Any]:
    if not isinstance(value, Mapping) and value is not None:
        spot.refuse(value, "must be a mapping of names to sections")
        return {}
    found = {name: _read_one(entry, name, each, spot.at(name)) for name, each in (value or {}).items()}
    if entry.meta["required"] and not found:
        spot.refuse(None, "must have at least one entry")
    return dict(sorted(found.items()))


def _read_one(entry: Entry, name: str, value: Any, spot: Spot) -> Any:
    _check_name(entry, name, spot)
    result = _read_or_kept(entry, value, spot)
    if isinstance(result, Channel) and result.kind is None:
        spot.at("kind").refuse(None, "must be given, counter or phone (a channel called counter or phone need not say it)")
    return result


def _read_or_kept(entry: Entry, value: Any, spot: Spot) -> Any:
    """Return a section with a name of its own, as it was read before where it was."""
    reading = spot.reading
    if reading.kept is None:
        return _read_section(entry.meta["of"], value, spot)
    key = f"{entry.meta['of'].__module__}.{entry.meta['of'].__qualname__}{value!r}{reading.hangs_on}"
    section = reading.kept.get(key)
    if section is None:
        before = len(reading.problems), len(reading.files)
        section = _read_section(entry.meta["of"], value, spot)
        if (len(reading.problems), len(reading.files)) == before:
            reading.kept.put(key, section)
    return section


def _check_name(entry: Entry, name: str, spot: Spot) -> None:
    allowed = spot.reading.names.get(entry.meta["refers"], ())
    if entry.meta["refers"]:
        if name not in allowed:
            spot.refuse(None, f"is not one of the {entry.meta['refers']} (allowed: {list_names(allowed)})", nearest_name(name, allowed))
    elif entry.name == "members":
        if not AGENT.fullmatch(name):
            spot.refuse(None, AGENT_WORDS)
    elif not NAME.fullmatch(name):
        spot.refuse(None, NAME_WORDS, _mended(name))
    elif entry.name == "channels" and name in LAW_NAMES:
        spot.refuse(None, f"must not be called as a law is ({list_names(LAW_NAMES)})")


def _mended(name: str) -> str:
    """Return the nearest text that is a name, or an empty text."""
    text = re.sub(r"[^A-Za-z0-9_]+", "_", name[:64]).strip("_")
    return text if NAME.fullmatch(text) else ""


# ---- what should not be there, or is not


def _refuse_unknown(cls: type, name: str, known: tuple[str, ...], spot: Spot) -> None:
    below = spot.at(name)
    if cls is Scenario and name in RESERVED_SECTIONS:
        below.refuse(None, f"is kept for a later version of servsim ({RESERVED_SECTIONS[name]})")
    elif cls is Scenario and name in RUN_SETTINGS:
        below.refuse(None, "says how to run, not what the world is: give it on the command line, not in a scenario")
    else:
        below.refuse(None, f"unknown key (allowed: {list_names(known, 40)})", nearest_name(name, known))


def _refuse_missing(known: Mapping[str, Entry], data: Mapping[str, Any], spot: Spot) -> None:
    for name, entry in known.items():
        if (_is_required(entry) or entry.meta.get("required")) and name not in data:
            spot.at(name).refuse(None, f"must be given: {entry.meta['says']}")
