"""An agent's day as steps, for pages in any language: on duty, away, on a break; whom the agent took, and how busy that was.

::

    AgentEvidence -> title step, steps of presence, steps of work -> (language file) -> sentences

Has no words. :class:`servsim.report.story.AgentTelling` tells the same in English prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from servsim.report.evidence import WORK, AgentEvidence, Role
from servsim.report.names import Called, Chronicle
from servsim.report.steps import Step, day, length, moment, step
from servsim.report.story import check_agent_day
from servsim.rules.clock import DAY_S
from servsim.rules.codes import AgentState, StaffState

ROLE_STEPS = {
    Role.OWN_WORK: "agent_took_own_work",
    Role.COMPLAINT: "agent_took_complaint",
    Role.CALL_BACK: "agent_took_call_back",
    Role.RECOVERY: "agent_took_recovery",
    Role.NOTICE: "agent_took_notice",
    Role.COLLEAGUE: "agent_took_colleague",
    Role.SUBSTITUTE: "agent_took_substitute",
    Role.MESSAGE: "agent_took_message",
    Role.COME_BACK: "agent_took_come_back",
}
WORK_STEPS: dict[AgentState, Callable[[int], Step]] = {
    AgentState.TALK: lambda seconds: step("agent_talked", talk_s=seconds),
    AgentState.SEARCH: lambda seconds: step("agent_searched", search_s=seconds),
    AgentState.WRAP_UP: lambda seconds: step("agent_wrapped_up", wrap_up_s=seconds),
}


class AgentDaySteps(NamedTuple):
    """An agent's day."""

    title: Step
    presence: list[Step]
    work: list[Step]
    """Empty for somebody who was not there."""


def steps_of_agent(chronicle: Chronicle, agent: int, day_number: int) -> AgentDaySteps:
    """Tell one agent's day: presence, and work in sum.

    Raises
    ------
    SettingError
        There is no such agent or day.
    """
    check_agent_day(chronicle, agent, day_number)
    facts = AgentEvidence(chronicle, agent, day_number)
    title = step("agent_day", agent=facts.name, date=day(facts.called, facts.from_s))
    return AgentDaySteps(title, list(_presence(facts)), list(_work(facts)))


def _presence(facts: AgentEvidence) -> Iterator[Step]:
    spans = [("agent_on_duty", span) for span in facts.on_duty()]
    if not spans:
        yield step("agent_not_on_duty")
    spans += [("agent_away", span) for span in facts.in_presence(StaffState.AWAY)]
    spans += [("agent_break", span) for span in facts.in_presence(StaffState.BREAK)]
    for key, (from_s, to_s) in spans:
        yield step(key, from_at=moment(facts.called, from_s), to_at=_end(facts.called, to_s, facts.to_s))
        absence = facts.absence(from_s) if key == "agent_away" else ""
        if absence:
            yield step("absence", absence=absence)
    if facts.overtime_s() >= 1.0:
        yield step("agent_overtime", overtime_s=length(facts.overtime_s()))


def _end(called: Called, time_s: float, midnight_s: float) -> str:
    """Return the end of a stretch; midnight is the day's last moment, not the next day's first."""
    return f"{day(called, midnight_s - DAY_S)}T24:00" if time_s >= midnight_s else moment(called, time_s)


def _work(facts: AgentEvidence) -> Iterator[Step]:
    here_s = facts.here_s()
    if here_s <= 0.0:
        return
    yield from _taken(facts)
    parts = [tells(length(seconds)) for state, tells in WORK_STEPS.items() if (seconds := facts.seconds(state)) >= 1.0]
    yield from parts
    if parts:
        yield step("agent_busy", busy_share=round(facts.seconds(*WORK) / here_s, 4))


def _taken(facts: AgentEvidence) -> Iterator[Step]:
    kinds = facts.kinds()
    if not kinds:
        yield step("agent_served_nobody")
        return
    yield step("agent_took", n=kinds.total())
    for (role, reason), number in sorted(kinds.items(), key=lambda item: (-item[1], item[0][0].value, item[0][1])):
        key = ROLE_STEPS[role]
        yield step(key, n=number, reason=reason) if reason else step(key, n=number)
    if facts.unsolved():
        yield step("agent_unsolved", n=facts.unsolved())
