"""What a scenario's loyalty section comes to: presets filled in, and the parameters of each segment as rules take them.

A key that the file gives wins over the preset. Never draws, and never looks at what happens in a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from servsim.rules.clock import DAY_S
from servsim.rules.loyalty import Memory
from servsim.scenario.language import Channel, Loyalty, Scenario, Segment

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "story": {
        "weaker_of_two": 1.0, "bonus_chance": 0.9, "bonus": 10.0, "bonus_major": True, "loss_aversion": 2.0, "silent_minor": 25.0, "silent_major": 43.0,
    },
    "evidence": {
        "weaker_of_two": 1.0, "bonus_chance": 0.3, "bonus": 10.0, "bonus_major": False, "loss_aversion": 2.0, "silent_minor": 12.0, "silent_major": 24.0,
    },
    "strict": {
        "weaker_of_two": 0.5, "bonus_chance": 0.0, "bonus": 0.0, "bonus_major": False, "loss_aversion": 1.0, "silent_minor": 12.0, "silent_major": 24.0,
    },
})  # fmt: skip
"""What each preset says of the keys that have no default of their own."""

ACCEPTABLE_WAIT_S = {"phone": 60.0, "counter": 600.0}
"""Wait that costs nothing, where the channel does not say."""


def with_preset(loyalty: Loyalty) -> Loyalty:
    """Return the section with what the file leaves out taken from its preset."""
    untold = {name: value for name, value in PRESETS[loyalty.preset].items() if getattr(loyalty, name) is None}
    return replace(loyalty, **untold)


def acceptable_wait_s(name: str, channel: Channel) -> float:
    """Return the wait that costs no satisfaction on a channel."""
    return ACCEPTABLE_WAIT_S[channel.kind or name] if channel.acceptable_wait is None else channel.acceptable_wait


def someone_remembers(scenario: Scenario) -> bool:
    """Return whether anything here happens: there is a loyalty section, and customers are known as persons."""
    return scenario.loyalty is not None and any(segment.customers for segment in scenario.segments.values())


def complain_chance(loyalty: Loyalty, ordinary: float) -> float:
    """Return a chance to complain with listening staff and easy ways to speak; at most 1."""
    return min(1.0, ordinary * loyalty.voice * loyalty.access)


def leaving_factor(segment: Segment) -> float:
    """Return phi times lock: a year's chance to leave of somebody of the segment who would certainly not buy again."""
    return segment.loyalty.leaving * segment.loyalty.lock


def memory_of(loyalty: Loyalty, segment: Segment) -> Memory:
    """Return the parameters by which customers of a segment remember."""
    told: Any = with_preset(loyalty)
    return Memory(
        base_quality=told.base_quality, spread=told.spread, courtesy=told.smile, contact_weight=told.contact_weight,
        loss_aversion=told.loss_aversion, weaker_of_two=told.weaker_of_two, buy_again_at=told.buy_again_at, buy_again_slope=told.buy_again_slope,
        unsolved=told.unsolved, unsolved_major=told.unsolved_major, unsolved_friction=told.unsolved_friction,
        late_days=told.late_after / DAY_S, late_points=told.late_points, wait_points=told.wait_points, anger=told.anger, unfair=told.unfair,
        recovery_weight=told.recovery_weight, window_days=told.window / DAY_S, second_problem=told.second_problem,
        half_life_days=told.half_life / DAY_S, shock_major=told.shock_major, silent_minor=told.silent_minor, silent_major=told.silent_major,
        bonus=told.bonus, bonus_chance=told.bonus_chance, bonus_quality=told.bonus_quality, bonus_major=float(told.bonus_major),
        incident_weight=told.incident_weight, leaving=leaving_factor(segment),
        complain_minor=complain_chance(told, told.complain_minor), complain_major=complain_chance(told, told.complain_major),
    )  # fmt: skip
