"""A place in a scenario that is being read: its path, and the list where problems are collected.

It reads nothing itself; readers of values are handed a spot and either return a value or leave problems there.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from servsim.errors import Problem
from servsim.scenario.kept_sections import KeptSections
from servsim.scenario.units import Refused

LONGEST_SHOWN = 70
PLAIN = re.compile(r"[\w.+(-]([^,\[\]{}\"'\n]*[^,\[\]{}\"'\n\s:])?")
"""A text that YAML reads as it stands, within brackets too."""


@dataclass(frozen=True)
class Reading:
    """What all spots of one reading share."""

    folder: Path | None = None
    """Where the scenario's files are; ``None`` for a scenario from plain data."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The names that the scenario gives, by section: what ``refers`` may refer to."""
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Named so far."""
    kept: KeptSections | None = None
    """Sections that were read before; ``None``: every section is read."""

    @cached_property
    def hangs_on(self) -> str:
        """What a section hangs on beside its own data, as text."""
        return repr((str(self.folder), sorted(self.names.items())))


@dataclass(frozen=True)
class Spot:
    """One place of a scenario that is being read."""

    path: str
    reading: Reading

    def at(self, name: Any) -> Spot:
        """Return the spot one step below."""
        return Spot(f"{self.path}.{name}" if self.path else str(name), self.reading)

    def refuse(self, value: Any, allowed: str, nearest: str = "") -> None:
        """Collect a problem with the value found here."""
        self.reading.problems.append(Problem(self.path, shown(value), allowed, nearest))

    def take(self, parser: Callable[[Any], Any], value: Any, allowed: str = "") -> Any:
        """Return the parsed value; where the parser refuses, collect the problem and return ``None``."""
        try:
            return parser(value)
        except Refused as refusal:
            self.refuse(value, allowed or refusal.allowed, refusal.nearest)
            return None


def shown(value: Any) -> str:
    """Return a found value as short text that is safe to print; empty when nothing was found."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _safe_text(value)
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def _safe_text(value: Any) -> str:
    """Return the text of a value that may be a whole number of thousands of digits."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a very large number"
    if isinstance(value, Mapping):
        return f"{{{', '.join(shown(key) for key in list(value)[:8])}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(shown(each) for each in value[:8])}]"
    return str(value)


def typed_text(value: Any) -> str:
    """Return a value as it is typed on a command line or in a file, on one line: ``{team: clerks, on: [2026-03-03]}``, ``null``."""
    return value if isinstance(value, str) else _flow_text(value)


def _flow_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flow_text(key)}: {_flow_text(each)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_flow_text, value))}]"
    if isinstance(value, str):
        return value if PLAIN.fullmatch(value) and ": " not in value and " #" not in value else json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)


SURELY_BEGUN = 4
"""Letters from which on a name that was cut short is taken for the only one that begins so."""


def nearest_name(name: Any, names: Iterable[str]) -> str:
    """Return the valid name that looks most like the given one, or an empty text; the only one that begins so looks most like it."""
    choices = list(names)
    begun = [choice for choice in choices if len(str(name)) >= SURELY_BEGUN and choice.startswith(str(name))]
    if len(begun) == 1:
        return begun[0]
    close = difflib.get_close_matches(str(name)[:100], choices, n=1, cutoff=0.6)
    if close:
        return close[0]
    folded = {choice.casefold().replace("_", ""): choice for choice in choices}
    return folded.get(str(name)[:100].casefold().replace("_", "").replace("-", "").replace(" ", ""), "")


def list_names(names: Iterable[str], most: int = 24) -> str:
    """Return names as the end of a sentence: ``a, b, c``; long lists are cut and say so."""
    every = list(names)
    more = f", and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more
