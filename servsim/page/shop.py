"""The shop on the page: a scenario and its decisions, read once from disk, and changed only in memory afterwards.

What a browser sends is paths and values. They go through the scenario's own strict reader; a file name that the scenario
does not have already is refused, so nothing that comes over the network reaches a file. Never simulates.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from servsim.errors import Problem, ScenarioError
from servsim.page.sections import with_sections
from servsim.scenario import library
from servsim.scenario.decision import NOTHING, Combination, decision_folders, list_decisions, load_decisions, merged
from servsim.scenario.kept_sections import KeptSections
from servsim.scenario.keys import KEYS
from servsim.scenario.language import Scenario
from servsim.scenario.like import start_from
from servsim.scenario.override import apply_overrides, override
from servsim.scenario.reader import read
from servsim.scenario.yaml_text import read_yaml

Overrides = tuple[tuple[str, Any], ...]

FILE_KEYS = frozenset({"file", "like", *(each.path.rsplit(".", 1)[-1] for each in KEYS if each.kind == "file")})
"""Keys whose value names a file."""
FIXED = ("calendar", "currency")
"""What the page sets itself: the days that are shown."""
MOST_OVERRIDES, MOST_LETTERS = 60, 2000


@dataclass(frozen=True)
class Shop:
    """A scenario as the page holds it."""

    name: str
    data: dict[str, Any]
    """Plain data, as in the file."""
    folder: Path
    scenario: Scenario
    files: dict[str, Path]
    """Of its decisions, by name."""
    seed: int = 1
    sound: dict[str, bool] = field(default_factory=dict, compare=False)
    """Whether the shop as it is makes sense in the days of a calendar; by calendar."""
    _wholes: dict[str, Combination] = field(default_factory=dict, compare=False)
    _sections: KeptSections = field(default_factory=KeptSections, compare=False)

    @cached_property
    def _named(self) -> frozenset[str]:
        """Files that the scenario names."""
        return frozenset(named_files(self.data))

    def changed(self, overrides: Overrides) -> Scenario:
        """Return the scenario with paths changed.

        Raises
        ------
        ScenarioError
            With every problem.
        """
        return read(self.edited(overrides), self.folder, kept=self._sections)

    def edited(self, overrides: Overrides, added: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the plain data with sections added and then paths changed; no file is named that the scenario did not name before.

        Raises
        ------
        ScenarioError
            With every problem of the paths.
        """
        data = with_sections(self.data, added or {})
        problems = override(data, list(overrides))
        problems += _new_files(data, self._named)
        if problems:
            raise ScenarioError(problems)
        return data

    def decision(self, name: str) -> Combination:
        """Return the decisions of a name such as ``a`` or ``a+b``, with what they only change a part of.

        Raises
        ------
        ScenarioError
            With every problem: unknown names, clashes.
        """
        if name not in self._wholes:
            self._wholes[name] = load_decisions([name], self.files, "decision")[0]
        return self._wholes[name]

    def overrides(self, decision: str, typed: Overrides) -> Overrides:
        """Return the paths that a decision and the typed ones set together.

        Raises
        ------
        ScenarioError
            A path is set twice.
        """
        parts = () if decision == NOTHING else self.decision(decision).parts
        found, problems = merged([*(("typed", path, value) for path, value in typed), *((part.name, path, value) for part in parts for path, value in part.set)])
        if problems:
            raise ScenarioError(problems)
        return found


def open_shop(scenario: str, overrides: Overrides = (), scenario_dirs: Sequence[Path] = (), seed: int = 1) -> Shop:
    """Read a scenario and find its decisions.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    file = library.find(scenario, scenario_dirs)
    data, folder = start_from(read_yaml(file), file, lambda name: library.find(name, scenario_dirs), read_yaml)
    plain, problems = apply_overrides(data, list(overrides))
    if problems:
        raise ScenarioError(problems)
    files = list_decisions(decision_folders(scenario, scenario_dirs))
    return Shop(file.parent.name, plain, folder, read(copy.deepcopy(plain), folder), files, seed)


def overrides_of(given: Mapping[str, Any]) -> Overrides:
    """Return the paths and values that a browser sent, small enough to be looked at.

    Raises
    ------
    ScenarioError
        There are too many, they are too long, or they change what the page sets itself.
    """
    problems = [Problem("changes", str(len(given)), f"must be at most {MOST_OVERRIDES} paths")] if len(given) > MOST_OVERRIDES else []
    for path, value in given.items():
        if len(path) > 200 or len(str(value)) > MOST_LETTERS:
            problems.append(Problem(path[:60], "", f"must be at most {MOST_LETTERS} letters"))
        elif path.strip().split(".")[0] in FIXED:
            problems.append(Problem(path, "", "is set by the page: it shows the days on which the decision bites"))
    if problems:
        raise ScenarioError(problems)
    return tuple((path, _value(value)) for path, value in given.items())


def _value(value: Any) -> Any:
    """Return a value as the command line would give it: numbers as they are, everything else text."""
    return value if value is None or (isinstance(value, (int, float, str)) and not isinstance(value, bool)) else ("yes" if value else "no")


# ---- files


def named_files(data: Any) -> Iterator[str]:
    """Yield every text that stands where a file is named."""
    open_ones = [data]
    while open_ones:
        here = open_ones.pop()
        if isinstance(here, dict):
            open_ones += [value for value in here.values() if isinstance(value, (dict, list))]
            yield from (here[key] for key in FILE_KEYS & here.keys() if isinstance(here[key], str))
        elif isinstance(here, list):
            open_ones += here


def _new_files(data: dict[str, Any], known: Set[str]) -> list[Problem]:
    new = sorted({*named_files(data)} - known)
    return [Problem("file", name[:60], "is a file that the scenario does not use; files are named in the scenario's own file only") for name in new]
