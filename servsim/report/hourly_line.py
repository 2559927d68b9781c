"""Erlang A by hour, as a planner would compute it, and the same lines as the run had them.

A planner's line is a team with everybody whose route names it first (people who ask for their own executive wait for
one person, not in a line). The planner's sheet takes rates with the returns of the unsolved, mean handling time, mean
patience and the agents planned of every interval of every day, as if the interval lasted for ever.
Never says which of the two is right.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.estimate import Moments
from servsim.measure.facts import Facts, facts_of
from servsim.measure.group import bin_of, clock, intervals_per_day
from servsim.measure.stretch import Grid, seconds_in_bins
from servsim.measure.terms import Terms
from servsim.plan.plan import Names, Plan
from servsim.rules.clock import HOUR_S
from servsim.rules.codes import Outcome
from servsim.rules.distribution import mean_of
from servsim.scenario.demand import handling_on_channel_s, patience_on
from servsim.scenario.language import Scenario
from servsim.scenario.route import contacts_of, own_share
from servsim.scenario.workload import contacts_a_case
from servsim.theory.hourly import Sheet, erlang_a_by_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MEASURED = ("offered_per_h", "mean_wait_s", "abandoned_share", "service_level_share")


class TeamLine(NamedTuple):
    """One line of a planner's sheet."""

    team: str
    channels: tuple[str, ...]
    places: frozenset[int]
    """Kinds of contacts in it: places in ``Plan.queue_of``."""
    within_s: float
    """Promised wait of its busiest channel."""


class HourRow(NamedTuple):
    """One interval of the day of one line: the planner's sheet and the run, means over the days, weighted by arrivals."""

    team: str
    channels: str
    interval: str
    """``09:30``"""
    agents: float
    offered_load_erlang: float
    theory: dict[str, float]
    """By name of ``MEASURED``."""
    simulated: dict[str, tuple[float, float, float]]
    """By name of ``MEASURED``: value, low, high; NaN: no data, no interval."""

    def flat(self) -> dict[str, Any]:
        """Return the row as columns, for a CSV file."""
        columns: dict[str, Any] = {"team": self.team, "channels": self.channels, "interval": self.interval}
        columns |= {"agents": self.agents, "offered_load_erlang": self.offered_load_erlang}
        for name in MEASURED:
            value, low, high = self.simulated[name]
            columns |= {f"erlang_a_{name}": self.theory[name], f"simulated_{name}": value, f"low_{name}": low, f"high_{name}": high}
        return columns


def team_lines(scenario: Scenario, plan: Plan, names: Names, terms: Terms) -> list[TeamLine]:
    """Return the lines a planner would compute, by team."""
    found: dict[int, list[tuple[int, int, float]]] = {}
    for place, queue in enumerate(plan.queue_of.tolist()):
        channel, reason, segment = _unpacked(place, names)
        rate = _rate(scenario, plan, names, channel, reason, segment)
        if queue >= 0 and rate > 0.0:
            found.setdefault(int(plan.step_team[plan.step_offset[queue]]), []).append((place, channel, rate))
    return [_team_line(names.teams[team], kinds, names, terms) for team, kinds in sorted(found.items())]


def _team_line(team: str, kinds: list[tuple[int, int, float]], names: Names, terms: Terms) -> TeamLine:
    by_channel: dict[int, float] = {}
    for _, channel, rate in kinds:
        by_channel[channel] = by_channel.get(channel, 0.0) + rate
    busiest = max(by_channel, key=lambda channel: (by_channel[channel], -channel))
    channels = tuple(names.channels[channel] for channel in sorted(by_channel))
    return TeamLine(team, channels, frozenset(place for place, _, _ in kinds), float(terms.within_s[busiest]))


def _unpacked(place: int, names: Names) -> tuple[int, int, int]:
    rest, segment = divmod(place, len(names.segments))
    channel, reason = divmod(rest, len(names.reasons))
    return channel, reason, segment


def _share(scenario: Scenario, names: Names, channel: int, reason: int, segment: int) -> float:
    """Return the share of a reason's cases that are of this kind and ask for nobody in particular."""
    for contact in contacts_of(scenario, names.reasons[reason]):
        if contact.channel == names.channels[channel] and contact.segment == names.segments[segment]:
            return contact.share * (1.0 - own_share(scenario, contact.reason, contact.segment))
    return 0.0


def _rate(scenario: Scenario, plan: Plan, names: Names, channel: int, reason: int, segment: int) -> float:
    return _share(scenario, names, channel, reason, segment) * float(plan.cell_mean[plan.cell_reason == reason].sum())


# ---- the planner's sheet


class Volumes(NamedTuple):
    """What a planner knows of one line, by interval of the run, each (bins,)."""

    contacts: Floats
    """Expected contacts, returns included."""
    work_s: Floats
    leaving: Floats
    """Contacts x rate of losing patience, per second."""
    agents: Floats


def volumes_of(line: TeamLine, scenario: Scenario, plan: Plan, names: Names) -> Volumes:
    """Return the planned volumes and agents of a line."""
    bins = plan.days * intervals_per_day(plan)
    contacts, work_s, leaving = np.zeros(bins), np.zeros(bins), np.zeros(bins)
    team = names.teams.index(line.team)
    for place in sorted(line.places):
        channel, reason, segment = _unpacked(place, names)
        cells = plan.cell_reason == reason
        stay = 1.0 - float(plan.contained[reason * len(names.channels) + channel])
        share = _share(scenario, names, channel, reason, segment) * stay * contacts_a_case(scenario, names.reasons[reason])
        bin_ = plan.cell_day[cells] * intervals_per_day(plan) + plan.cell_interval[cells]
        expected = np.bincount(bin_, weights=plan.cell_mean[cells] * share, minlength=bins)
        scaled = np.bincount(bin_, weights=plan.cell_mean[cells] * plan.cell_scale[cells] * share, minlength=bins)
        contacts += expected
        work_s += scaled * handling_on_channel_s(scenario, names.reasons[reason], names.channels[channel]) / _speed(plan, team, reason)
        leaving += expected / _mean_patience_s(scenario, names, channel, reason, segment)
    return Volumes(contacts, work_s, leaving, planned_agents(plan, team))


def _speed(plan: Plan, team: int, reason: int) -> float:
    """Return the mean speed of a team's agents."""
    agents = np.arange(int(plan.team_first[team]), int(plan.team_first[team + 1]))
    return float(np.mean(plan.speed[agents * len(plan.asks_own) + reason])) if len(agents) else 1.0


def _mean_patience_s(scenario: Scenario, names: Names, channel: int, reason: int, segment: int) -> float:
    law = patience_on(scenario, names.reasons[reason], names.segments[segment], names.channels[channel])
    return math.inf if law is None else mean_of(law)


def planned_agents(plan: Plan, team: int) -> Floats:
    """Return the agents of a team planned by interval of the run: duty less breaks, planned absences and expected illness."""
    grid = Grid(plan.days * intervals_per_day(plan), plan.interval_s, 0.0)
    away, away_share = plan.away_agent, np.where(np.isnan(plan.away_chance), 1.0, plan.away_chance)
    total = np.zeros(grid.bins)
    for agent in range(int(plan.team_first[team]), int(plan.team_first[team + 1])):
        mine, breaks = plan.duty_agent == agent, plan.break_agent == agent
        on = _bins(plan.duty_from_s[mine], plan.duty_to_s[mine], grid)
        on -= _bins(plan.break_from_s[breaks], (plan.break_from_s + plan.break_length_s)[breaks], grid)
        for share in np.unique(away_share[away == agent]):
            rows = (away == agent) & (away_share == share)
            on = on * (1.0 - share * _bins(plan.away_from_s[rows], plan.away_to_s[rows], grid) / grid.length_s)
        total += np.maximum(on, 0.0)
    return total / grid.length_s


def _bins(from_s: Floats, to_s: Floats, grid: Grid) -> Floats:
    return seconds_in_bins(from_s, np.minimum(to_s, grid.to_s), np.zeros(len(from_s), np.int64), 1, grid)


def sheet_of(volumes: Volumes, plan: Plan) -> Sheet:
    """Return Erlang A of every interval of the run; planned agents are rounded to whole ones."""
    some = volumes.contacts > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        aht_s = np.where(some, volumes.work_s / volumes.contacts, 1.0)
        patience_s = np.where(volumes.leaving > 0.0, volumes.contacts / volumes.leaving, np.inf)
    rates = np.round(volumes.contacts / plan.interval_s, 12)
    return erlang_a_by_interval(rates, np.round(aht_s, 6), np.round(patience_s, 6), np.floor(volumes.agents + 0.5))


def by_time_of_day(volumes: Volumes, sheet: Sheet, within_s: float, plan: Plan) -> dict[str, Floats]:
    """Return the sheet's means over days by interval of the day, weighted by expected contacts; NaN where nobody is expected."""
    per_day = intervals_per_day(plan)
    watched = (np.arange(len(volumes.contacts)) + 1.0) * plan.interval_s > plan.warm_up_s
    weight = (volumes.contacts * watched).reshape(-1, per_day)
    days = (weight > 0.0).sum(axis=0)
    values = {"mean_wait_s": sheet.mean_wait_s, "abandoned_share": sheet.abandoned_share, "service_level_share": sheet.service_level_share(within_s)}
    values |= {"agents": volumes.agents, "offered_load_erlang": sheet.offered_load_erlang}
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {name: np.where(weight > 0.0, weight * column.reshape(-1, per_day), 0.0).sum(axis=0) / weight.sum(axis=0) for name, column in values.items()}
        found["offered_per_h"] = np.where(days > 0, weight.sum(axis=0) / days * HOUR_S / plan.interval_s, np.nan)
    return found


# ---- the same lines in the run


class HourlyLines:
    """Measures the planner's lines by interval of the day, one replication at a time."""

    def __init__(self, scenario: Scenario, plan: Plan, names: Names, terms: Terms) -> None:
        self.scenario, self.plan, self.names, self.terms = scenario, plan, names, terms
        self.lines = team_lines(scenario, plan, names, terms)
        self.per_day = intervals_per_day(plan)
        self.moments = {name: Moments(len(self.lines) * self.per_day) for name in MEASURED}
        self.volumes = [volumes_of(line, scenario, plan, names) for line in self.lines]

    def add(self, log: RunLog) -> None:
        """Take in one replication."""
        facts = facts_of(log, self.plan, self.terms)
        counted = [self._of_line(facts, line, volumes) for line, volumes in zip(self.lines, self.volumes, strict=True)]
        for name in MEASURED if counted else ():
            self.moments[name].add(np.concatenate([each[name][0] for each in counted]), np.concatenate([each[name][1] for each in counted]))

    def _of_line(self, facts: Facts, line: TeamLine, volumes: Volumes) -> dict[str, tuple[Floats, Floats]]:
        """Return numerators and denominators by interval of the day."""
        contacts = facts.contacts
        place = (contacts["channel"].astype(np.int64) * len(self.names.reasons) + contacts["reason"]) * len(self.names.segments) + contacts["segment"]
        mine = facts.offered & (contacts["owner"] < 0) & np.isin(place, sorted(line.places)) & (contacts["outcome"] != Outcome.CLOSED)
        joined = mine & ~np.isnan(facts.wait_s)
        answered, abandoned = mine & (contacts["outcome"] == Outcome.ANSWERED), mine & (contacts["outcome"] == Outcome.ABANDONED)
        finished = self._count(facts, answered | abandoned)
        days = np.maximum(self._days(volumes), 1.0) * self.plan.interval_s / HOUR_S
        return {
            "offered_per_h": (self._count(facts, mine), days),
            "mean_wait_s": (self._count(facts, joined, facts.wait_s), self._count(facts, joined)),
            "abandoned_share": (self._count(facts, abandoned), finished),
            "service_level_share": (self._count(facts, answered & (facts.wait_s <= line.within_s)), finished),
        }

    def _count(self, facts: Facts, mask: NDArray[np.bool_], weights: Floats | None = None) -> Floats:
        rows = np.flatnonzero(mask)
        interval = bin_of(facts.contacts["arrived_s"][rows], self.plan) % self.per_day
        return np.bincount(interval, weights=None if weights is None else weights[rows], minlength=self.per_day).astype(float)

    def _days(self, volumes: Volumes) -> Floats:
        ends = (np.arange(len(volumes.contacts)) + 1.0) * self.plan.interval_s
        return np.asarray(((volumes.contacts > 0.0) & (ends > self.plan.warm_up_s)).reshape(-1, self.per_day).sum(axis=0)).astype(float)

    def rows(self, level: float = 0.95) -> list[HourRow]:
        """Return one row per line and interval of the day in which somebody is expected."""
        values = {name: (moments.values(), moments.half_widths(level)) for name, moments in self.moments.items()}
        found: list[HourRow] = []
        for number, (line, volumes) in enumerate(zip(self.lines, self.volumes, strict=True)):
            theory = by_time_of_day(volumes, sheet_of(volumes, self.plan), line.within_s, self.plan)
            for interval in np.flatnonzero(np.nan_to_num(theory["offered_per_h"]) > 0.0).tolist():
                place = number * self.per_day + interval
                simulated = {name: (float(value[place]), float(value[place] - half[place]), float(value[place] + half[place])) for name, (value, half) in values.items()}
                found.append(
                    HourRow(
                        line.team, ", ".join(line.channels), clock(interval * self.plan.interval_s), float(theory["agents"][interval]),
                        float(theory["offered_load_erlang"][interval]), {name: float(theory[name][interval]) for name in MEASURED}, simulated,
                    )
                )  # fmt: skip
        return found
