"""From routes to queues: which contacts stand together, and who sees them (R16, R18, R19).

Contacts of one channel that follow the same route stand in one queue; a reason that some agent cannot serve stands in a
queue of its own, so that every agent sees the whole of a queue or nothing of it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from servsim.errors import Problem, ScenarioError
from servsim.scenario.language import Route, Scenario
from servsim.scenario.route import contacts_of, matching_routes, routes_of


class Queues(NamedTuple):
    """Columns of the plan about queues, their names, and by agent the (queue, step) pairs he sees."""

    columns: dict[str, Any]
    names: tuple[str, ...]
    seen: list[list[tuple[int, int]]]


class Step(NamedTuple):
    """A team that serves a queue."""

    team: int
    after_s: float
    length: int


class Queue(NamedTuple):
    """Where contacts wait."""

    name: str
    steps: tuple[Step, ...]
    reasons: frozenset[str]
    """Reasons that may stand in it."""
    own: int
    """The executive whose line it is, or -1."""


def make_queues(
    scenario: Scenario, channels: Any, reasons: Any, segments: Any, teams: Any, cover: Any, agents: Any, agent_team: list[int]
) -> Queues:
    """Return the queues of a scenario; arguments are its sections in the order of numbering.

    Raises
    ------
    ScenarioError : two routes fit a contact equally well.
    """
    routes = routes_of(scenario)
    maker = QueueMaker(routes, list(teams), agents, agent_team)
    possible = {(c.channel, c.reason, c.segment) for reason in reasons for c in contacts_of(scenario, reason)}
    by_channel = {(channel, reason) for channel, reason, _ in possible}
    kinds = [(channel, reason, segment) for channel in channels for reason in reasons for segment in segments]
    # Customers of other segments may come for a reason too where arrivals are recorded; their queues are numbered last.
    recorded = [kind for kind in kinds if kind[:2] in by_channel and kind not in possible]
    route_by_kind = {kind: _one_route(scenario, *kind) for kind in kinds if kind in possible} | {kind: _only_route(scenario, *kind) for kind in recorded}
    queue_by_kind = {kind: maker.general(name, *kind[:2]) for kind, name in route_by_kind.items() if name is not None}
    fitting = [routes[name] if (name := route_by_kind.get(kind)) is not None else None for kind in kinds]
    places = [queue_by_kind.get(kind, -1) for kind in kinds]
    priority = [0 if route is None else route.priority for route in fitting]
    credit = [0.0 if route is None else route.credit for route in fitting]
    own_teams = {s.own_executive.team for s in segments.values() if s.own_executive is not None}
    asking = {name: frozenset(r for r, reason in reasons.items() if reason.cover == name) for name in cover}
    desks = {
        "substitute_queue": [maker.desk(f"substitutes of {n}", c.substitute, asking[n]) for n, c in cover.items()],
        "come_back_queue": [maker.desk(f"rebooking of {n}", c.come_back, asking[n]) for n, c in cover.items()],
        "message_queue": [maker.desk(f"messages of {n}", c.message, asking[n]) for n, c in cover.items()],
    }
    calls = lines_of_work(scenario, maker)
    shared = len(maker.queues)
    own_queue = [maker.own(number) if list(teams)[team] in own_teams else -1 for number, team in enumerate(agent_team)]
    seen = maker.seen()
    columns = {
        "queue_of": places, "priority": priority, "credit_s": credit, "own_queue": own_queue, **desks, **calls, **maker.step_columns(),
        "shared_queues": shared,
        "sees_queue": [int(queue in own) for own in ({queue for queue, _ in each} for each in seen) for queue in range(shared)],
    }  # fmt: skip
    return Queues(columns, tuple(queue.name for queue in maker.queues), seen)


def lines_of_work(scenario: Scenario, maker: QueueMaker) -> dict[str, Any]:
    """Return the lines of complaints, of recovery calls, and of calls ahead of each absence (-1: nobody does this).

    Whoever takes a complaint or calls need not be able to serve its reason, so every agent of the team sees the line.
    """
    complaints, recovery = (scenario.complaints, scenario.recovery) if scenario.loyalty is not None else (None, None)
    ahead = [(name, absence.notice) for name, absence in sorted(scenario.absences.items())]
    return {
        "complaint_queue": maker.desk("complaints", complaints, frozenset()),
        "recovery_queue": maker.desk("recovery calls", recovery, frozenset()),
        "queues_ahead": {name: maker.desk(f"calls ahead of {name}", notice, frozenset()) for name, notice in ahead},
    }


def _one_route(scenario: Scenario, channel: str, reason: str, segment: str) -> str | None:
    """Return the route of a contact; ``None`` where no route fits, which ``check`` refuses for contacts that can happen."""
    names = matching_routes(scenario, channel, reason, segment)
    if len(names) > 1:
        where = f"{channel}, {reason}, {segment}"
        raise ScenarioError([Problem(f"routes.{names[1]}", "", f"fits contacts ({where}) as well as routes.{names[0]} does; one must say more")])
    return names[0] if names else None


def _only_route(scenario: Scenario, channel: str, reason: str, segment: str) -> str | None:
    """Return the route of a contact that happens only where it was recorded; ``None`` where not exactly one fits."""
    names = matching_routes(scenario, channel, reason, segment)
    return names[0] if len(names) == 1 else None


class QueueMaker:
    """Numbers queues as they are first needed."""

    def __init__(self, routes: dict[str, Route], teams: list[str], agents: Any, agent_team: list[int]) -> None:
        self.routes, self.teams, self.agents, self.agent_team = routes, teams, agents, agent_team
        self.lacked = {reason for agent in agents for reason in agent.lacks}
        self.queues: list[Queue] = []
        self.numbers: dict[tuple[str, ...], int] = {}

    def general(self, route: str, channel: str, reason: str) -> int:
        """Return the queue of a route on a channel."""
        apart = reason if reason in self.lacked else ""
        key = (route, channel, apart)
        if key not in self.numbers:
            self.numbers[key] = self._add(Queue(":".join(part for part in (channel, route, apart) if part), self._steps(route), frozenset({apart} - {""}), -1))
        return self.numbers[key]

    def _add(self, queue: Queue) -> int:
        self.queues.append(queue)
        return len(self.queues) - 1

    def _steps(self, route: str) -> tuple[Step, ...]:
        given = self.routes[route]
        first = [Step(self.teams.index(team), 0.0, 0) for team in given.teams]
        later = [
            Step(self.teams.index(o.team), o.after or 0.0, o.at_length or 0)
            for _, o in sorted(given.overflow.items(), key=lambda item: (item[1].after or 0.0, item[0]))
        ]
        return tuple(first + later)

    def own(self, agent: int) -> int:
        """Return the line of an executive."""
        return self._add(Queue(self.agents[agent].name, (), frozenset(), agent))

    def desk(self, name: str, way: Any, reasons: frozenset[str]) -> int:
        """Return the line of those who wait for a covering team; -1 where no team does this."""
        if way is None or way.team is None:
            return -1
        return self._add(Queue(name, (Step(self.teams.index(way.team), 0.0, 0),), reasons, -1))

    def step_columns(self) -> dict[str, Any]:
        """Return the columns of steps."""
        steps = [step for queue in self.queues for step in queue.steps]
        offsets = [0]
        for queue in self.queues:
            offsets.append(offsets[-1] + len(queue.steps))
        return {
            "step_offset": offsets,
            "step_team": [step.team for step in steps],
            "step_after_s": [step.after_s for step in steps],
            "step_length": [step.length for step in steps],
        }

    def seen(self) -> list[list[tuple[int, int]]]:
        """Return, by agent, the queues he sees, each with the step that shows it to him."""
        seen: list[list[tuple[int, int]]] = []
        for number, agent in enumerate(self.agents):
            own, first = [], 0
            for queue_number, queue in enumerate(self.queues):
                own.extend(self._view(queue_number, queue, first, number, agent.lacks))
                first += len(queue.steps)
            seen.append(own)
        return seen

    def _view(self, queue_number: int, queue: Queue, first: int, agent: int, lacks: frozenset[str]) -> list[tuple[int, int]]:
        if queue.own >= 0:
            return [(queue_number, -1)] if queue.own == agent else []
        steps = [first + k for k, step in enumerate(queue.steps) if step.team == self.agent_team[agent]]
        return [] if lacks & queue.reasons else [(queue_number, step) for step in steps]
