"""From required to rostered agents: shrinkage and what rounding costs.

Never computes the requirement; see ``erlang_c.min_agents`` and ``erlang_a.min_agents``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from servsim.theory.argument import check_not_negative, check_share_below_one

_NOISE = 1e-9
"""A requirement this close above a whole number is that number: 14 / 0.7 must not become 21."""


def rostered_agents(required_agents: float, shrinkage_share: float) -> float:
    """Give the agents to roster so that the required ones are left after shrinkage.

    Dividing is right: required * (1 + shrinkage) leaves too few, because the added ones shrink too.

    Raises
    ------
    SettingError
        When the requirement is negative or the shrinkage is not of 0 or more and below 1.

    Source
    ------
    contactcentrehelper.com, How to Calculate Contact Centre Shrinkage: required / (1 - shrinkage).
    """
    return check_not_negative("required_agents", required_agents) / (
        1 - check_share_below_one("shrinkage_share", shrinkage_share)
    )


def whole_agents(agents: float) -> int:
    """Round agents up to whole people.

    Raises
    ------
    SettingError
        When the number is negative.
    """
    return math.ceil(check_not_negative("agents", agents) * (1 - _NOISE))


@dataclass(frozen=True)
class Rounding:
    """What rounding up costs when each queue is rounded on its own."""

    exact: float
    """Agents before rounding, all queues together."""
    rounded_by_queue: int
    """Sum of the agents of each queue rounded up."""
    rounded_in_all: int
    """The exact sum rounded up once."""

    @property
    def cost_agents(self) -> float:
        """Agents rostered for nothing but rounding by queue."""
        return self.rounded_by_queue - self.exact


def rounding(agents_by_queue: Sequence[float]) -> Rounding:
    """Compare rounding each queue with rounding their sum.

    Raises
    ------
    SettingError
        When a number is negative.

    Source
    ------
    rodrigo-arenas/pyworkforce issue 41: 20 posts against 18.7.
    """
    exact = math.fsum(agents_by_queue)
    return Rounding(exact, sum(whole_agents(agents) for agents in agents_by_queue), whole_agents(exact))
