"""Idle agents of the event loop: those of each team are a chain, the one idle longest first, then by number (R17).

Never decides who serves whom.
"""

from __future__ import annotations

from servsim.engine.loop_state import NEVER, NOBODY, State


def stand_idle(s: State, agent: int) -> None:
    """Wait for a contact, behind those idle longer."""
    if s.idle_since[agent] != NEVER:
        return
    s.idle_since[agent] = s.clock[0]
    team = s.plan.agent_team[agent]
    other = s.idle_last[team]
    while other >= 0 and s.idle_since[other] == s.clock[0] and other > agent:
        other = s.idle_ahead[other]
    chain(s, team, agent, s.idle_first[team] if other == NOBODY else s.idle_behind[other])
    chain(s, team, other, agent)


def stand_no_longer_idle(s: State, agent: int) -> None:
    """Serve somebody, or leave the floor."""
    if s.idle_since[agent] != NEVER:
        s.idle_since[agent] = NEVER
        chain(s, s.plan.agent_team[agent], s.idle_ahead[agent], s.idle_behind[agent])


def chain(s: State, team: int, ahead: int, behind: int) -> None:
    """Make two idle agents neighbours; NOBODY ahead: the other is idle longest; NOBODY behind: shortest."""
    if ahead == NOBODY:
        s.idle_first[team] = behind
    else:
        s.idle_behind[ahead] = behind
    if behind == NOBODY:
        s.idle_last[team] = ahead
    else:
        s.idle_ahead[behind] = ahead


def longest_idle(s: State, team: int, queue: int) -> int:
    """Return the agent of a team idle longest who sees the line, or -1 (R17)."""
    agent = s.idle_first[team]
    while agent >= 0 and not s.plan.sees_queue[agent * s.plan.shared_queues + queue]:
        agent = s.idle_behind[agent]
    return agent
