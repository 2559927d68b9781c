"""A scenario that is like another one, but for some changes.

::

    title: The day of the course
    like: phone_shop
    changes:
      calendar.days: 14
      absences.course: {team: executives, agents: 5, on: [2026-03-05]}

``changes`` are dotted paths and new values, exactly as on the command line. Files that the other scenario names are
taken from its folder. It never looks at what the keys mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.scenario.library import FOLDER_NAME
from servsim.scenario.override import apply_overrides
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.scenario.unsaid import fill_in

LIKE_KEYS = {
    "title": "One line that says what this world is.",
    "description": "More words, with the sources of the numbers.",
    "like": "The scenario to start from: a name, looked for beside this scenario's folder first.",
    "changes": "Dotted paths and new values, as on the command line.",
}
"""All that may stand in a file with ``like``."""

LONGEST_CHAIN = 8


def start_from(data: Any, file: Path, find: Callable[[str], Path], read_file: Callable[[Path], Any], chain: tuple[Path, ...] = ()) -> tuple[Any, Path]:
    """Return the data of a scenario file and the folder of its files, with ``like`` followed.

    Parameters
    ----------
    data : what stands in ``file``.
    find : gives the file of a scenario's name.
    read_file : gives the data of a file.
    chain : files on the way here, to notice a circle.

    Raises
    ------
    ScenarioError : keys that may not stand there, no such scenario, a circle, or changes that lead nowhere.
    """
    if not isinstance(data, Mapping) or "like" not in data:
        return data, file.parent
    _refuse_keys(data)
    other = _other(data["like"], file, find, (*chain, file))
    base, folder = start_from(read_file(other), other, find, read_file, (*chain, file))
    if not isinstance(base, Mapping):
        return base, folder
    changed, problems = apply_overrides(fill_in(base), data.get("changes") or {})
    if problems:
        raise ScenarioError([Problem(f"changes: {each.path}", each.value, each.allowed, each.nearest) for each in problems])
    own_words = {name: data[name] for name in ("title", "description") if name in data}
    return {**changed, **own_words}, folder


def _refuse_keys(data: Mapping[str, Any]) -> None:
    wrong = [name for name in data if name not in LIKE_KEYS]
    problems = [
        Problem(str(name), "", f"may not stand in a scenario with like (allowed: {list_names(LIKE_KEYS)}); write it under changes", nearest_name(str(name), LIKE_KEYS))
        for name in wrong
    ]
    if not isinstance(data["like"], str):
        problems.append(Problem("like", shown(data["like"]), "must be the name of a scenario"))
    if not isinstance(data.get("changes") or {}, Mapping):
        problems.append(Problem("changes", shown(data["changes"]), "must be dotted paths and new values"))
    if problems:
        raise ScenarioError(problems)


def _other(name: str, file: Path, find: Callable[[str], Path], chain: tuple[Path, ...]) -> Path:
    beside = file.parent.parent / name / file.name
    is_plain = FOLDER_NAME.fullmatch(name) is not None
    other = beside if is_plain and beside.is_file() else find(name)
    seen = [each.resolve() for each in chain]
    if other.resolve() in seen or len(chain) > LONGEST_CHAIN:
        names = " -> ".join(each.parent.name for each in (*chain, other))
        raise ScenarioError([Problem("like", shown(name), f"leads in a circle or too far ({names})")])
    return other
