"""What cross-checks of a scenario find: problems that stop a run, and warnings that may be on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from servsim.errors import Problem


class Findings(NamedTuple):
    """What the cross-checks found."""

    problems: list[Problem]
    """A run is refused."""
    warnings: list[Problem]
    """Worth a look; may be on purpose."""


class Warned(NamedTuple):
    """A finding that is only a warning."""

    problem: Problem


Found = Iterator[Problem | Warned]


def warned(path: str, says: str) -> Warned:
    """Return a warning about what stands at a path."""
    return Warned(Problem(path, "", says))
