"""Rules of covering for an own executive (R24, R25). Never sees the clock, never draws."""

from __future__ import annotations

from servsim.rules.codes import StaffState


def applies_away(status: int, break_length_s: float, counts_as_away_s: float) -> bool:
    """Say whether an executive counts as away: absent, off shift, or on a break longer than the limit (R24)."""
    if status == StaffState.BREAK:
        return break_length_s > counts_as_away_s
    return status != StaffState.ON


def fewest_ahead(agents: list[int], ahead: list[int]) -> int:
    """Return the agent with the fewest contacts ahead, the lowest number among equals; -1 where there is none."""
    if not agents:
        return -1
    return min(zip(ahead, agents, strict=True))[1]


def solved_share(own: float, with_file: float, without_file: float, has_file: int) -> float:
    """Return the chance to meet the need, by whether a colleague had the customer's file (-1: the question did not arise)."""
    if has_file < 0:
        return own
    return with_file if has_file else without_file


def handling_s(search_s: float, talk_s: float, speed: float) -> float:
    """Return the time from the agent's first word to the customer's leaving, in seconds."""
    return (search_s + talk_s) / speed
