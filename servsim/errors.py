"""The exceptions a user may meet.

::

    ServsimError                 anything servsim refuses, with a sentence a planner understands
    ├── ScenarioError            a scenario says something impossible: every problem, one a line
    ├── SettingError             a run setting, file or study name is wrong
    ├── ResultsError             a results folder is missing, foreign, half written or in the way
    ├── InvariantError           a law of the model broke: a defect of servsim, told with the contact's number
    └── TooFewReplications       a number too shaky to print; the estimate is attached

Never prints and never exits: the command line does both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class ServsimError(Exception):
    """Base of everything servsim raises on purpose."""


def did_you_mean(nearest: str) -> str:
    """Return the end of a message that names the nearest valid name; empty when there is none."""
    return f"; did you mean '{nearest}'?" if nearest else ""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun: ``1 person``, ``2 people``, ``1,200 calls``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scenario."""

    path: str
    """Where, as the user types it on the command line: ``teams.clerks.agents``."""
    value: str
    """What was found there, as text; empty when nothing was found."""
    allowed: str
    """What would be right, as the end of a sentence: ``must be a whole number of 0 or more``."""
    nearest: str = ""
    """The nearest valid name, or empty."""

    def __str__(self) -> str:
        got = f" got {self.value};" if self.value else ""
        return f"{self.path}:{got} {self.allowed}{did_you_mean(self.nearest)}"


class ScenarioError(ServsimError):
    """A scenario cannot be used; ``problems`` holds every reason, in the order of the file."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(p) for p in problems))

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[Problem]]]:
        """Keep the problems when a worker process sends the error home."""
        return type(self), (self.problems,)


class SettingError(ServsimError):
    """A run setting (replications, seed, study, replay ...) is wrong."""


class ResultsError(ServsimError):
    """A results folder cannot be read or written."""


class InvariantError(ServsimError):
    """A law of the model was broken; this is a defect, not a user's mistake."""


class TooFewReplications(ServsimError):
    """A statement would need more replications; ``estimate`` is what there is."""

    def __init__(self, message: str, estimate: Any = None) -> None:
        self.estimate = estimate
        super().__init__(message)
