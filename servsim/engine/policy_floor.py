"""The floor where a user's policy chooses (R36): the same lines, agents and counts, but who of several is asked of the policy.

Candidates are those whom the standing rule could reach in the lines that the agent sees, in its order; a policy that always
takes the first leaves the same log as no policy. Never lets an agent stand idle while somebody waits whom he may serve.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from heapq import merge
from typing import Any

from servsim.engine.contact import Contact
from servsim.engine.environment import RankedEnvironment
from servsim.engine.floor import NEVER, Floor, Place
from servsim.engine.policy import Agent, Policy, PolicyLuck, Waiting, place_of
from servsim.plan.roster import Roster
from servsim.rules.codes import StaffState


class PolicyFloor(Floor):
    """State of one replication in which a policy chooses; ``plan`` holds plain lists (``as_lists``)."""

    def __init__(self, plan: Any, env: RankedEnvironment, roster: Roster, policy: Policy, luck: PolicyLuck) -> None:
        super().__init__(plan, env, roster)
        self.policy = copy.deepcopy(policy)
        self.luck = luck
        self.choices = [0] * len(plan.agent_team)
        """How often each agent had a choice."""
        self.speeds = [tuple(plan.speed[agent * self.reasons : (agent + 1) * self.reasons]) for agent in range(len(plan.agent_team))]

    # ---- what a policy sees

    def seen_contact(self, contact: Contact) -> Waiting:
        """Return a contact as a policy sees it."""
        priority, credit_s = self.standing(contact)
        return Waiting(
            self.env.now - contact.joined_s, priority, credit_s, contact.reason, contact.segment, contact.channel, contact.customer, contact.owner,
            int(contact.entry), contact.try_number, contact.talk_s,
        )  # fmt: skip

    def seen_agent(self, agent: int) -> Agent:
        """Return an agent as a policy sees him."""
        since_s = self.idle_since[agent]
        return Agent(agent, self.plan.agent_team[agent], self.speeds[agent], 0.0 if since_s == NEVER else self.env.now - since_s)

    # ---- an agent finds a contact

    def look(self, agent: int) -> None:
        """An agent is free: take the one whom the policy names of all he may serve, or stand idle."""
        contact = self.next_contact(agent, lambda place: True)
        if contact is None:
            self.stand_idle(agent)
            return
        self.take(agent, contact)
        self.wake(contact, agent)

    def stays(self, agent: int) -> bool:
        """Whether an agent whose shift has ended takes one more of those who wait inside (R29)."""
        if self.status[agent] != StaffState.OFF or not self.plan.team_stays[self.plan.agent_team[agent]]:
            return False
        contact = self.next_contact(agent, lambda place: self.is_inside(place[3]))
        if contact is None:
            return False
        self.take(agent, contact)
        self.wake(contact, agent)
        return True

    def next_contact(self, agent: int, is_meant: Callable[[Place], bool]) -> Contact | None:
        """Return whom an agent takes next of those who are meant, ``None`` where there is nobody."""
        places = self.in_standing_order(agent, self.lines_within_reach(agent, is_meant))
        if len(places) < 2:
            return places[0][3] if places else None
        self.choices[agent] += 1
        luck = self.luck.of_agent(agent, self.choices[agent])
        told = self.policy.next_contact(self.seen_agent(agent), tuple(self.seen_contact(place[3]) for place in places), luck)
        return places[place_of(self.policy, "next_contact", told, len(places))][3]

    def lines_within_reach(self, agent: int, is_meant: Callable[[Place], bool]) -> Iterator[list[Place]]:
        """Yield, line by line, everybody meant whom an agent sees; lines whose first one meant he does not see are left out."""
        steps: dict[int, list[int]] = {}
        for queue, step in self.queues_of[agent]:
            steps.setdefault(queue, []).append(step)
        for queue, seen_by in steps.items():
            meant = [place for place in self.places(queue) if is_meant(place)]
            if meant and any(self.sees(step, meant[0][3]) for step in seen_by):
                yield [place for place in meant if any(self.sees(step, place[3]) for step in seen_by)]

    def in_standing_order(self, agent: int, lines: Iterator[list[Place]]) -> list[Place]:
        """Return places in the order in which the standing rule takes them one after the other: the best first one of all lines (R16)."""
        from_part = 1 if self.plan.team_picks[self.plan.agent_team[agent]] else 0
        return list(merge(*lines, key=lambda place: place[from_part:3]))

    # ---- a contact finds an agent

    def idle_agent(self, queue: int, contact: Contact) -> int:
        """Return the agent whom the policy names of all who see the line at once, or -1; an own executive is nobody's choice."""
        if self.queue_agent[queue] >= 0:
            return super().idle_agent(queue, contact)
        plan, teams = self.plan, []
        for step in range(plan.step_offset[queue], plan.step_offset[queue + 1]):
            if plan.step_length[step] == 0 and contact.joined_s + plan.step_after_s[step] <= self.env.now:
                teams.append(plan.step_team[step])
        return self.next_agent(contact, queue, teams)

    def agent_for_overflow(self, contact: Contact, queue: int, team: int) -> int:
        """Return the agent of a further team whom the policy names, or -1."""
        return self.next_agent(contact, queue, [team])

    def next_agent(self, contact: Contact, queue: int, teams: list[int]) -> int:
        """Return the idle agent who takes a contact, of teams in order of preference; -1 where nobody is idle."""
        idle = list(dict.fromkeys(agent for team in teams for agent in self.idle_in_order(team, queue)))
        if len(idle) < 2:
            return idle[0] if idle else -1
        told = self.policy.next_agent(self.seen_contact(contact), tuple(self.seen_agent(agent) for agent in idle), self.luck.of_contact(contact))
        return idle[place_of(self.policy, "next_agent", told, len(idle))]

    def idle_in_order(self, team: int, queue: int) -> list[int]:
        """Return the idle agents of a team who see the line, longest idle first (R17)."""
        since, sees, shared = self.idle_since, self.plan.sees_queue, self.plan.shared_queues
        able = {agent: since[agent] for at, agent in self.idle[team] if since[agent] == at and sees[agent * shared + queue]}
        return sorted(able, key=lambda agent: (able[agent], agent))
