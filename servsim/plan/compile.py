"""From a checked scenario to a plan: names become numbers, times become seconds, laws become rows.

::

    Scenario -> names -> laws, channels, reasons, segments -> queues -> agents, duty, absences -> cells -> Plan

Nothing here depends on seed or replication, and nothing is drawn: who owns a customer and whom an absence takes are
hashes of names (R9, R10).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from servsim.draws.name import hash64, mix64_array
from servsim.plan.away import absence_columns, away_rows, notice_columns, teaching_columns
from servsim.plan.plan import Names, Plan
from servsim.plan.queues import Queues, make_queues
from servsim.plan.remember import link_columns, memory_columns, problem_columns
from servsim.plan.trace import trace_of
from servsim.rules.clock import DAY_S
from servsim.rules.codes import ChannelKind, ClosingRule, OwnRule
from servsim.rules.distribution import compile_laws
from servsim.scenario.demand import Cell, cells_of, contained_share, law_on, patience_on
from servsim.scenario.duty import AgentDuty, duty
from servsim.scenario.language import Channel, Law, Reason, Scenario, Segment
from servsim.scenario.opening import opening_windows
from servsim.scenario.route import channel_shares, segment_shares

KEPT_UP_TO = 100_000
"""Customers of a segment whose owners are kept for other worlds: 0.8 MB."""


class Compiled(NamedTuple):
    """A plan and what its numbers are called."""

    plan: Plan
    names: Names


def compile_plan(scenario: Scenario) -> Compiled:
    """Return the plan of a scenario.

    Raises
    ------
    ScenarioError : two routes fit a contact equally well, or a file of the scenario has bad lines.
    """
    return Compiler(scenario).compile()


class LawPool:
    """Rows of laws; the same law is one row."""

    def __init__(self) -> None:
        self.rows: dict[Law, int] = {}

    def add(self, law: Law | None) -> int:
        """Return the row of a law, -1 for none."""
        return -1 if law is None else self.rows.setdefault(law, len(self.rows))

    def of_channel(self, laws: dict[str, Law] | None, channel: str) -> int:
        """Return the row of what a mapping has for a channel (``*``: for every channel)."""
        return self.add(law_on(laws, channel))


class Compiler:
    """Compiles one scenario; each method gives some of the plan's columns by name."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.laws = LawPool()
        self.channels = dict(sorted(scenario.channels.items()))
        self.segments = dict(sorted(scenario.segments.items()))
        self.reasons = dict(sorted(scenario.reasons.items()))
        self.teams = dict(sorted(scenario.teams.items()))
        self.cover = dict(sorted(scenario.cover.items()))
        self.duty: list[list[AgentDuty]] = [duty(scenario, team) for team in self.teams]
        self.agents = [agent for team in self.duty for agent in team]
        self.agent_number = {agent.name: number for number, agent in enumerate(self.agents)}
        self.agent_team = [number for number, team in enumerate(self.duty) for _ in team]

    def compile(self) -> Compiled:
        """Return the plan and its names."""
        calendar = self.scenario.calendar
        queues = make_queues(self.scenario, self.channels, self.reasons, self.segments, self.teams, self.cover, self.agents, self.agent_team)
        columns: dict[str, Any] = {
            "days": calendar.days, "horizon_s": calendar.days * DAY_S, "warm_up_s": calendar.warm_up, "interval_s": calendar.interval,
            **self.of_channels(), **self.of_windows(), **self.of_reasons(), **self.of_segments(), **queues.columns, **self.of_teams(),
            **self.of_agents(queues), **self.of_cover(), **self.of_duty(), **self.of_absences(queues), **self.of_arrivals(),
            **memory_columns(self.scenario), **problem_columns(self.scenario, queues.columns, self.laws), **link_columns(self.scenario, self.laws),
        }  # fmt: skip
        columns["laws"] = compile_laws(list(self.laws.rows))
        return Compiled(_typed(columns), self.names(queues))

    def names(self, queues: Queues) -> Names:
        """Return what the numbers are called."""
        return Names(
            tuple(self.channels), tuple(self.segments), tuple(self.reasons), tuple(self.teams), tuple(a.name for a in self.agents), queues.names
        )

    # ---- channels

    def of_channels(self) -> dict[str, Any]:
        """Columns of channels but their hours."""
        channels, add = self.channels.values(), self.laws.add
        kinds = [self._kind(name, channel) for name, channel in self.channels.items()]
        room = [c.lines if kind == ChannelKind.PHONE else c.seats for kind, c in zip(kinds, channels, strict=True)]
        again = [c.try_again for c in channels]
        closed = [c.when_closed for c in channels]
        return {
            "channel_kind": kinds,
            "channel_capacity": [-1 if places is None else places for places in room],
            "channel_closing": [ClosingRule[c.closing.upper()] for c in channels],
            "menu_law": [add(c.menu.time) if c.menu else -1 for c in channels],
            "again_after_abandonment": [a.after_abandonment if a else 0.0 for a in again],
            "again_after_busy": [a.after_busy if a else 0.0 for a in again],
            "again_law": [add(a.delay) if a else -1 for a in again],
            "again_busy_law": [add(a.delay_after_busy or a.delay) if a else -1 for a in again],
            "again_tries": [_limit(a.tries) if a else 1 for a in again],
            "reopen_share": [w.share if w else 0.0 for w in closed],
            "reopen_law": [add(w.spread) if w else -1 for w in closed],
            "reopen_tries": [_limit(w.tries) if w else 1 for w in closed],
            "balk_offset": _offsets([c.balking for c in channels]),
            "balk_from": [length for c in channels for length, _ in sorted(c.balking)],
            "balk_share": [share for c in channels for _, share in sorted(c.balking)],
        }

    @staticmethod
    def _kind(name: str, channel: Channel) -> ChannelKind:
        return ChannelKind[(channel.kind or name).upper()]

    def of_windows(self) -> dict[str, Any]:
        """Opening hours in seconds from day 0."""
        windows = [opening_windows(self.scenario, channel) for channel in self.channels]
        return {
            "window_offset": _offsets(windows),
            "window_from_s": [start for own in windows for start, _ in own],
            "window_to_s": [end for own in windows for _, end in own],
        }

    # ---- reasons and segments

    def of_reasons(self) -> dict[str, Any]:
        """Columns of reasons but their arrivals."""
        reasons, places = self.reasons.values(), [(r, name) for r in self.reasons.values() for name in self.channels]
        covers = list(self.cover)
        with_file = [r.solved if r.solved_with_file is None else r.solved_with_file for r in reasons]
        without = [w if r.solved_without_file is None else r.solved_without_file for r, w in zip(reasons, with_file, strict=True)]
        unsolved = [r.unsolved for r in reasons]
        return {
            "reason_hash": tuple(hash64(name) for name in self.reasons),
            "asks_own": [int(r.asks_for == "own") for r in reasons],
            "reason_cover": [-1 if r.cover is None else covers.index(r.cover) for r in reasons],
            "talk_law": [self.laws.of_channel(r.talk, c) for r, c in places],
            "search_law": [self.laws.of_channel(r.search, c) for r, c in places],
            "wrap_up_law": [self.laws.of_channel(r.wrap_up, c) for r, c in places],
            "contained": [contained_share(self.scenario, r, c) for r in self.reasons for c in self.channels],
            "false_containment": [menu.false_containment if (menu := self.channels[c].menu) else 0.0 for _, c in places],
            "solved": [share for r, a, b in zip(reasons, with_file, without, strict=True) for share in (r.solved, a, b)],
            "returns": [u.returns if u else 0.0 for u in unsolved],
            "return_law": [self.laws.add(u.delay) if u else -1 for u in unsolved],
            "return_counts": [int(u.counts == "open_days") if u else 0 for u in unsolved],
            "return_contacts": [_limit(u.contacts) if u else 1 for u in unsolved],
            "segment_upto": [x for name in self.reasons for x in _cumulative(segment_shares(self.scenario, name), self.segments)],
            "channel_upto": [x for name in self.reasons for x in _cumulative(channel_shares(self.scenario, name), self.channels)],
            "patience_law": [self.laws.add(patience_on(self.scenario, r, s, c)) for s in self.segments for r in self.reasons for c in self.channels],
        }

    def of_segments(self) -> dict[str, Any]:
        """Customers, and who owns them."""
        sizes = [s.customers or 0 for s in self.segments.values()]
        owner = [self._owners(name, s) for name, s in self.segments.items()]
        return {
            "segment_size": sizes,
            "segment_first": self._segment_first(),
            "owner": np.concatenate(owner) if owner else [],
        }

    def _segment_first(self) -> list[int]:
        return _offsets([range(segment.customers or 0) for segment in self.segments.values()])[:-1]

    def _owners(self, name: str, segment: Segment) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Return each customer's executive: the largest hash of customer and executive (R10), -1 where none."""
        own, size = segment.own_executive, segment.customers or 0
        agents = self.duty[list(self.teams).index(own.team)] if own is not None else []
        if own is None or not agents or not size:
            return np.full(size, -1, np.int64)
        owners_of = _owners_that_are_kept if size <= KEPT_UP_TO else _owners_of
        return owners_of(name, size, own.share, tuple((agent.name, self.agent_number[agent.name]) for agent in agents))

    # ---- teams and agents

    def of_teams(self) -> dict[str, Any]:
        """Columns of teams."""
        teams = self.teams.values()
        return {
            "team_first": _offsets(self.duty),
            "team_stays": [int(t.at_closing == "stay") for t in teams],
            "team_late_break": [int(t.late_break == "cut_short") for t in teams],
            "team_picks": [int(t.picks == "longest_waiting") for t in teams],
        }

    def of_agents(self, queues: Queues) -> dict[str, Any]:
        """Columns of agents: skills, buddies and the lines they see."""
        skills = [self._skill(number, reason) for number in range(len(self.agents)) for reason in self.reasons]
        return {
            "agent_team": self.agent_team,
            "agent_hash": tuple(hash64(agent.name) for agent in self.agents),
            "buddy": [self._buddy(number) for number in range(len(self.agents))],
            "speed": [speed for speed, _, _ in skills],
            "agent_solved": [solved for _, solved, _ in skills],
            "may_serve": [may for _, _, may in skills],
            "agent_queue_offset": _offsets(queues.seen),
            "agent_queue": [queue for own in queues.seen for queue, _ in own],
            "agent_queue_step": [step for own in queues.seen for _, step in own],
        }

    def _skill(self, number: int, reason: str) -> tuple[float, float, int]:
        """Return an agent's speed, chance to solve (NaN: the reason's) and whether he may serve a reason."""
        team, member = list(self.teams.values())[self.agent_team[number]], self.agents[number].member
        skill = (member.skills.get(reason) if member else None) or team.skills.get(reason)
        speed = team.speed * (member.speed if member else 1.0) * (skill.speed if skill else 1.0)
        solved = math.nan if skill is None or skill.solved is None else skill.solved
        return speed, solved, int(reason not in self.agents[number].lacks)

    def _buddy(self, number: int) -> int:
        member = self.agents[number].member
        if member is None or member.buddy is None:
            return -1
        team = list(self.teams)[self.agent_team[number]]
        return self.agent_number.get(member.buddy, self.agent_number.get(f"{team}/{member.buddy}", -1))

    # ---- rules for own executives

    def of_cover(self) -> dict[str, Any]:
        """Columns of cover rules."""
        add, covers = self.laws.add, list(self.cover.values())
        lists = [names for c in covers for names in (c.busy, c.away)]
        pairs = [(c.buddy, c.substitute) for c in covers]
        return {
            "rule_offset": _offsets(lists),
            "rule": [OwnRule[name.upper()] for names in lists for name in names],
            "counts_as_away_s": [c.counts_as_away for c in covers],
            "buddy_longest_line": [_limit(c.buddy.longest_line) if c.buddy else 3 for c in covers],
            "substitute_longest_line": [_limit(c.substitute.longest_line) if c.substitute else -1 for c in covers],
            "has_file": [way.has_file if way else 0.0 for pair in pairs for way in pair],
            "cover_search_law": [add(law) for pair in pairs for way in pair for law in _searches(way)],
            "cover_talk_law": [add(way.talk) if way else -1 for pair in pairs for way in pair],
            "desk_law": [add(way.time) if way else -1 for c in covers for way in (c.come_back, c.message)],
            "come_back_share": [c.come_back.returns if c.come_back else 0.9 for c in covers],
            "come_back_law": [add(c.come_back.delay) if c.come_back else -1 for c in covers],
            "call_back_law": [add(c.message.call_back) if c.message else -1 for c in covers],
            "call_back_priority": [c.message.priority if c.message else 0 for c in covers],
        }

    # ---- duty and absences

    def of_duty(self) -> dict[str, Any]:
        """Duty windows and breaks, before absences."""
        duties = [(n, window) for n, agent in enumerate(self.agents) for window in agent.windows]
        breaks = [(n, pause) for n, agent in enumerate(self.agents) for pause in agent.breaks]
        return {
            "duty_agent": [n for n, _ in duties],
            "duty_from_s": [start for _, (start, _) in duties],
            "duty_to_s": [end for _, (_, end) in duties],
            "break_agent": [n for n, _ in breaks],
            "break_from_s": [start for _, (start, _) in breaks],
            "break_length_s": [length for _, (_, length) in breaks],
        }

    def of_absences(self, queues: Queues) -> dict[str, Any]:
        """Who is away when, whose customers are told, and what is learnt."""
        rows = away_rows(self.scenario, dict(zip(self.teams, self.duty, strict=True)), self.agent_number)
        ahead = notice_columns(rows, queues.columns["queues_ahead"], self.laws)
        return {**absence_columns(rows), **ahead, **teaching_columns(rows, len(self.agents))}

    # ---- arrivals

    def of_arrivals(self) -> dict[str, Any]:
        """Cells, day factors and recorded arrivals."""
        factors = dict(sorted(self.scenario.day_factors.items()))
        cells = [(cell, number) for number, name in enumerate(self.reasons) for cell in cells_of(self.scenario, name)]
        cells.sort(key=lambda item: (item[0].day, item[1], item[0].interval))
        columns = zip(*(cell for cell, _ in cells), strict=True) if cells else [()] * len(Cell._fields)
        wanted = [self._factor_of(reason, list(factors)) for reason in self.reasons.values()]
        return {
            **{f"cell_{field}": column for field, column in zip(Cell._fields, columns, strict=True)},
            "cell_reason": [number for _, number in cells],
            "cell_factor": [wanted[number] for _, number in cells],
            "factor_hash": tuple(hash64(name) for name in factors),
            "factor_cv": [factor.cv for factor in factors.values()],
            "trace": trace_of(self.scenario, list(self.reasons), list(self.segments), list(self.channels), self._segment_first()),
        }

    @staticmethod
    def _factor_of(reason: Reason, factors: list[str]) -> int:
        return -1 if reason.arrivals is None or reason.arrivals.day_factor is None else factors.index(reason.arrivals.day_factor)


def _owners_of(segment: str, size: int, share: float, agents: tuple[tuple[str, int], ...]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the number of each customer's executive out of several, by name and number; -1 for those beyond the share who have one."""
    customer = mix64_array(hash64(segment), np.arange(size, dtype=np.uint64))
    best, largest = np.full(size, -1, np.int64), np.zeros(size, np.uint64)
    for name, number in agents:
        weight = mix64_array(customer, hash64(name))
        wins = (weight > largest) | (best < 0)
        best[wins], largest[wins] = number, weight[wins]
    has_one = mix64_array(customer, hash64("own executive")) < np.uint64(min(int(share * 2.0**64), 2**64 - 1))
    return np.where(has_one, best, -1)


_owners_that_are_kept = lru_cache(maxsize=8)(_owners_of)


def _searches(way: Any) -> tuple[Law | None, Law | None]:
    return (way.search_with_file, way.search_without_file) if way else (None, None)


def _limit(count: int | None) -> int:
    return -1 if count is None else count


def _offsets(groups: Any) -> list[int]:
    """Return where each group begins in the joined column, and its end."""
    return [0, *np.cumsum([len(group) for group in groups]).tolist()] if len(groups) else [0]


def _cumulative(shares: dict[str, float], names: Iterable[str]) -> list[float]:
    """Return cumulative shares in the order of names: exactly 1 from the last name that comes at all."""
    weights = [shares.get(name, 0.0) for name in names]
    last = max(place for place, weight in enumerate(weights) if weight > 0.0)
    return [1.0 if place >= last else float(x) for place, x in enumerate(np.cumsum(weights) / sum(weights))]


def _typed(columns: dict[str, Any]) -> Plan:
    """Return the plan with its columns as arrays of the declared type."""
    typed: dict[str, Any] = {}
    for name, kind in Plan.__annotations__.items():
        value = columns[name]
        declared = kind if isinstance(kind, str) else kind.__forward_arg__
        if declared in ("Ints", "Floats"):
            value = np.asarray(value, np.int64 if declared == "Ints" else np.float64).reshape(-1)
        typed[name] = value
    return Plan(**typed)
