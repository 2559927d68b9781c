"""An agent's day: what each agent did, stretch by stretch, put together from presence and contacts.

Idle stretches are not logged; they are what is left of a presence between two contacts. Never judges.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.facts import Column, Floats, Rows
from servsim.plan.plan import Plan
from servsim.rules.codes import AgentState, StaffState

Ints = NDArray[np.int64]

NO_WORK = -1
STATE_OF_PRESENCE = np.array([AgentState.OFF, AgentState.IDLE, AgentState.BREAK, AgentState.AWAY, AgentState.OVERTIME], np.int8)
"""What an agent without a contact does, by presence (StaffState, or PRESENCE_OVERTIME)."""
PRESENCE_WORDS = (*(state.name.lower() for state in StaffState), "overtime")


class Presence(NamedTuple):
    """Stretches of equal presence, (stretches,), by agent and time; before an agent's first change he is off."""

    agent: Column
    from_s: Floats
    to_s: Floats
    state: Column


class AgentDay(NamedTuple):
    """What agents did, (stretches,), by agent and time, without gaps from 0 to the horizon."""

    agent: Column
    from_s: Floats
    to_s: Floats
    state: Column
    """:class:`AgentState`; OVERTIME is presence after the shift without a contact in hand."""
    presence: Column
    """StaffState, or PRESENCE_OVERTIME: all overtime, with a contact or without, has the latter."""
    contact: Column
    """Row of the contact in hand, or -1."""


def presence_of(log: RunLog, horizon_s: float) -> Presence:
    """Return the stretches between changes of presence, up to the horizon."""
    changes = log.presence
    order = np.lexsort((changes["time_s"], changes["agent"]))
    agent, time_s, state = (changes[name][order] for name in ("agent", "time_s", "state"))
    last = np.append(agent[1:] != agent[:-1], True)[: len(agent)]
    to_s = np.where(last, horizon_s, np.append(time_s[1:], horizon_s)[: len(agent)])
    return Presence(agent, time_s, np.minimum(to_s, horizon_s), state)


def served_rows(contacts: dict[str, Column]) -> Rows:
    """Return the rows that an agent answered, in the order of the log."""
    return np.flatnonzero((contacts["agent"] >= 0) & ~np.isnan(contacts["answered_s"]))


def served_in_order(contacts: dict[str, Column]) -> Rows:
    """Return the rows that an agent answered, by agent and time; contacts of no length come before what follows them."""
    rows = served_rows(contacts)
    return rows[np.lexsort((contacts["released_s"][rows], contacts["answered_s"][rows], contacts["agent"][rows]))]


def moments_of_work(contacts: dict[str, Column], rows: Rows, horizon_s: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return when each was answered, searched for, gone and released; what had not happened by the end is the horizon."""
    answered_s = contacts["answered_s"][rows]
    ended_s = np.fmin(contacts["ended_s"][rows], horizon_s)  # fmin passes over NaN
    released_s = np.fmin(contacts["released_s"][rows], horizon_s)
    return answered_s, np.minimum(answered_s + contacts["search_s"][rows], ended_s), ended_s, released_s


def agent_day(log: RunLog, plan: Plan) -> AgentDay:
    """Put every agent's day together, from time 0 to the horizon."""
    rows = served_in_order(log.contacts)
    work_agent = np.repeat(log.contacts["agent"][rows], 4)
    work_s = np.stack(moments_of_work(log.contacts, rows, plan.horizon_s), axis=1).ravel()
    doing = np.tile(np.array([AgentState.SEARCH, AgentState.TALK, AgentState.WRAP_UP, NO_WORK]), len(rows))
    presence = presence_of(log, plan.horizon_s)
    agents = np.arange(len(plan.agent_team))

    # Three lists of moments: every agent's beginning, changes of presence, changes of work. -2 says "as before".
    agent = np.concatenate((agents, presence.agent, work_agent)).astype(np.int32)
    time_s = np.concatenate((np.zeros(len(agents)), presence.from_s, work_s))
    work = np.concatenate((np.full(len(agents), NO_WORK), np.full(len(presence.agent), -2), doing))
    here = np.concatenate((np.zeros(len(agents), int), presence.state, np.full(len(work_s), -2)))
    row = np.concatenate((np.full(len(agents) + len(presence.agent), -1), np.repeat(rows, 4)))
    order = np.lexsort((time_s, agent))
    return _stretches(agent[order], time_s[order], _carried(work[order]), _carried(here[order]), row[order][_last_said(work[order])], plan.horizon_s)


def _last_said(column: Column) -> Ints:
    """Return, for each place, the last place up to it that says something (is not -2)."""
    return np.maximum.accumulate(np.where(column == -2, 0, np.arange(len(column))))


def _carried(column: Column) -> Column:
    return np.asarray(column[_last_said(column)])


def _stretches(agent: Column, time_s: Floats, work: Column, here: Column, row: Column, horizon_s: float) -> AgentDay:
    """Return the stretches between moments, empty ones left out and equal neighbours joined."""
    last = np.append(agent[1:] != agent[:-1], True)[: len(agent)]
    to_s = np.where(last, horizon_s, np.append(time_s[1:], horizon_s)[: len(agent)])
    state = np.where(work == NO_WORK, STATE_OF_PRESENCE[here], work).astype(np.int8)
    contact = np.where(work == NO_WORK, -1, row)
    kept = np.flatnonzero(to_s > time_s)
    columns = [column[kept] for column in (agent, state, here, contact)]
    begins = np.ones(len(kept), bool)
    begins[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    ends = np.append(begins[1:], True)[: len(kept)]
    agent, state, here, contact = (column[begins] for column in columns)
    return AgentDay(agent, time_s[kept][begins], to_s[kept][ends], state, here.astype(np.int8), contact)

