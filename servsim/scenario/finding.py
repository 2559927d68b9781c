"""What cross-checks of a scenario find: problems that stop a run, and warnings that may be on purpose.

A warning is either a *slip*, of which a run's results show nothing (a key without effect, a date outside the run): every run repeats it;
or a *feature* of the world as it is described (a line that grows at noon, a desk without authority): the results show what comes
of it, so it is told by ``check`` and ``describe`` only.
"""

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
    slips: list[Problem]
    """Those of the warnings that a run repeats, since its results do not show them."""


class Warned(NamedTuple):
    """A finding that is only a warning."""

    problem: Problem
    is_slip: bool
    """Whether a run's results would not show it."""


Found = Iterator[Problem | Warned]


def warned(path: str, says: str) -> Warned:
    """Return a warning about what stands at a path and most likely does not do what was meant."""
    return Warned(Problem(path, "", says), is_slip=True)


def featured(path: str, says: str) -> Warned:
    """Return a warning about how the world is; a run's results show what comes of it."""
    return Warned(Problem(path, "", says), is_slip=False)
