"""The published service-level formulas, by name, on the counts of one interval.

The first five names are those of a scenario's ``service_level.formula``. Never decides which one is right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from servsim.errors import SettingError, did_you_mean
from servsim.theory.argument import check_count


@dataclass(frozen=True)
class Counts:
    """Contacts of one interval, counted where they arrived."""

    answered: int
    abandoned: int
    answered_within: int
    """Answered within the threshold."""
    abandoned_within: int
    """Abandoned within the threshold."""
    abandoned_short: int
    """Abandoned within the shorter time that makes an abandonment a short one."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            check_count(name, value)

    @property
    def offered(self) -> int:
        """All contacts that reached the line."""
        return self.answered + self.abandoned


@dataclass(frozen=True)
class ServiceLevelFormula:
    """One published way to say "x % within y seconds"."""

    name: str
    says: str
    numerator: Callable[[Counts], int]
    denominator: Callable[[Counts], int]

    def share(self, counts: Counts) -> float:
        """Give the service level of the counts; 1 when nobody counts.

        Raises
        ------
        SettingError
            Never; the counts were checked when they were made.
        """
        below = self.denominator(counts)
        return self.numerator(counts) / below if below else 1.0


FORMULAS: tuple[ServiceLevelFormula, ...] = (
    ServiceLevelFormula(
        "within_of_offered",
        "answered or abandoned within the threshold / offered (Cisco WFO)",
        lambda n: n.answered_within + n.abandoned_within,
        lambda n: n.offered,
    ),
    ServiceLevelFormula(
        "answered_of_answered",
        "answered within the threshold / answered",
        lambda n: n.answered_within,
        lambda n: n.answered,
    ),
    ServiceLevelFormula(
        "answered_of_offered",
        "answered within the threshold / offered (Arena)",
        lambda n: n.answered_within,
        lambda n: n.offered,
    ),
    ServiceLevelFormula(
        "abandons_within_left_out",
        "answered within the threshold / (offered - abandoned within it) (Bright Pattern)",
        lambda n: n.answered_within,
        lambda n: n.offered - n.abandoned_within,
    ),
    ServiceLevelFormula(
        "short_abandons_count",
        "(answered within the threshold + short abandons) / offered",
        lambda n: n.answered_within + n.abandoned_short,
        lambda n: n.offered,
    ),
    ServiceLevelFormula(
        "short_abandons_left_out",
        "answered within the threshold / (offered - short abandons) (Genesys switch)",
        lambda n: n.answered_within,
        lambda n: n.offered - n.abandoned_short,
    ),
    ServiceLevelFormula(
        "abandons_left_out",
        "answered within the threshold / (offered - all abandons) (Genesys switch)",
        lambda n: n.answered_within,
        lambda n: n.offered - n.abandoned,
    ),
)


def service_level_share(formula: str, counts: Counts) -> float:
    """Give the service level of one interval by the name of its formula.

    Raises
    ------
    SettingError
        When no formula has that name; the nearest one is named.

    Source
    ------
    callcentrehelper.com, Service Level Threshold Calculations (formulas 1 to 5); help.mypurecloud.com, Configure the
    service level calculation (the two switches).
    """
    from difflib import get_close_matches

    by_name = {known.name: known for known in FORMULAS}
    if formula not in by_name:
        nearest = get_close_matches(formula, by_name, n=1)
        hint = did_you_mean(nearest[0] if nearest else "")
        raise SettingError(f"formula: got '{formula}'; must be one of {', '.join(by_name)}{hint}")
    return by_name[formula].share(counts)
