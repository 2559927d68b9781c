"""Absences as rows of the plan: who is away when, whose customers are called ahead, and who has learnt something.

Whom an absence takes is a hash of names (R9). Nothing is drawn.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from servsim.draws.name import hash64, mix64
from servsim.rules.clock import DAY_S
from servsim.scenario.duty import AgentDuty
from servsim.scenario.language import Absence, Scenario


class Away(NamedTuple):
    """One agent away for one window of one day."""

    agent: int
    day: int
    from_s: float
    to_s: float
    name: str
    """Of the absence."""
    absence: Absence


def away_rows(scenario: Scenario, duty: dict[str, list[AgentDuty]], agent_number: dict[str, int]) -> list[Away]:
    """Return one row per agent, day and window of every absence; ``duty`` has the agents by team."""
    return [
        Away(agent, day, day * DAY_S + start, day * DAY_S + end, name, absence)
        for name, absence in sorted(scenario.absences.items())
        for agent in _taken(name, absence, duty[absence.team], agent_number)
        for day in _days_of(scenario, absence)
        for start, end in absence.hours or ((0.0, DAY_S),)
    ]


def _taken(name: str, absence: Absence, team: list[AgentDuty], agent_number: dict[str, int]) -> list[int]:
    """Return whom an absence takes: those with the smallest hash of absence and agent (R9), or those named."""
    if absence.agents is None:
        return [agent_number[agent.name] for agent in team]
    if isinstance(absence.agents, tuple):
        numbers = (agent_number.get(who, agent_number.get(f"{absence.team}/{who}", -1)) for who in absence.agents)
        return [number for number in numbers if number >= 0]
    exact = absence.agents if isinstance(absence.agents, int) else math.floor(absence.agents * len(team) + 0.5)
    order = sorted(team, key=lambda agent: mix64(hash64(name), hash64(agent.name)))
    return sorted(agent_number[agent.name] for agent in order[:exact])


def _days_of(scenario: Scenario, absence: Absence) -> list[int]:
    calendar = scenario.calendar
    days = list(range(calendar.days))
    if absence.on is not None:
        days = sorted({(date - calendar.start).days for date in absence.on} & set(days))
    return [d for d in days if absence.days is None or (calendar.start.weekday() + d) % 7 in absence.days]


def absence_columns(rows: list[Away]) -> dict[str, Any]:
    """Return the columns of who is away."""
    return {
        "away_agent": [row.agent for row in rows],
        "away_from_s": [row.from_s for row in rows],
        "away_to_s": [row.to_s for row in rows],
        "away_chance": [math.nan if row.absence.chance is None else row.absence.chance for row in rows],
        "away_hash": tuple(hash64(row.name) for row in rows),
    }


def notice_columns(rows: list[Away], queues: dict[str, int], laws: Any) -> dict[str, Any]:
    """Return the columns of planned absences that customers are told of (R33)."""
    told = [(row, row.absence.notice) for row in rows if row.absence.notice is not None and row.absence.chance is None]
    return {
        "notice_agent": [row.agent for row, _ in told],
        "notice_from_s": [row.from_s for row, _ in told],
        "notice_to_s": [row.to_s for row, _ in told],
        "notice_call_s": [(row.day - 1) * DAY_S + notice.at for row, notice in told],
        "notice_queue": [queues[row.name] for row, _ in told],
        "notice_law": [laws.add(notice.time) for _, notice in told],
        "notice_share": [notice.share for _, notice in told],
        "notice_agrees": [notice.agrees for _, notice in told],
    }


def teaching_columns(rows: list[Away], agents: int) -> dict[str, Any]:
    """Return what each agent can do more, and from when on: after the absence that ends first (R46)."""
    ends: dict[tuple[int, str], Away] = {}
    for row in rows:
        known = ends.get((row.agent, row.name))
        if row.absence.teaches is not None and (known is None or row.to_s > known.to_s):
            ends[row.agent, row.name] = row
    learnt_s, solved, speed = [math.inf] * agents, [0.0] * agents, [1.0] * agents
    for last in ends.values():
        if last.absence.teaches is not None and last.to_s < learnt_s[last.agent]:
            learnt_s[last.agent], solved[last.agent], speed[last.agent] = last.to_s, last.absence.teaches.solved, last.absence.teaches.speed
    return {"learnt_s": learnt_s, "learnt_solved": solved, "learnt_speed": speed}
