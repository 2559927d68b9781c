"""Load by team and hour: the work that is offered to each team against the agents planned for it.

A planner's first look, without simulating: mean handling, first choices only, the backlog as a fluid. It never draws,
and never counts redials or who gives up.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from servsim.errors import Problem
from servsim.rules.clock import DAY_S
from servsim.scenario import units
from servsim.scenario.demand import cells_of, contained_share, handling_on_channel_s
from servsim.scenario.duty import duty
from servsim.scenario.language import Scenario
from servsim.scenario.opening import cut, is_closed_date, weekday_of
from servsim.scenario.route import Contact, contacts_of, own_share, route_of

TOLERANCE = 1e-6

TeamDay = tuple[str, int]


class LoadLine(NamedTuple):
    """One team in one interval of one weekday, mean over the run's days of that weekday (closed dates left out)."""

    team: str
    weekday: int
    """Monday 0."""
    interval: int
    """Number of the interval in the day."""
    from_s: float
    """Seconds after midnight."""
    offered_erlang: float
    """Work of the contacts that choose the team first, returns of the unsolved included, in agents' worth."""
    agents: float
    """Agents on duty, breaks taken off, absences not."""

    @property
    def load(self) -> float:
        """Offered work per agent; infinite where there is work and nobody on duty."""
        if self.agents > 0.0:
            return self.offered_erlang / self.agents
        return math.inf if self.offered_erlang > 0.0 else 0.0


def load_by_team_hour(scenario: Scenario) -> list[LoadLine]:
    """Return the load of each team in each interval, by weekday, in order of team, weekday and interval.

    Intervals without work and without agents are left out.
    """
    length_s = scenario.calendar.interval
    offered, planned = _offered(scenario), _planned(scenario)
    days = _days_by_weekday(scenario)
    lines = []
    for team in scenario.teams:
        for weekday in sorted(days):
            for interval in range(int(DAY_S // length_s)):
                work = offered[team, weekday, interval] / days[weekday]
                agents = planned[team, weekday, interval] / days[weekday]
                if work or agents:
                    lines.append(LoadLine(team, weekday, interval, interval * length_s, work / length_s, agents / length_s))
    return lines


def _days_by_weekday(scenario: Scenario) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for day in range(scenario.calendar.days):
        if not is_closed_date(scenario, day):
            found[weekday_of(scenario, day)] += 1
    return dict(found)


Totals = dict[tuple[str, int, int], float]


def _offered(scenario: Scenario) -> Totals:
    """Return the seconds of work offered, by (team, weekday, interval)."""
    found: Totals = defaultdict(float)
    for reason in scenario.reasons:
        work = [(team, seconds) for contact in contacts_of(scenario, reason) for team, seconds in _first_choices(scenario, contact)]
        for cell in cells_of(scenario, reason):
            for team, seconds in work:
                found[team, weekday_of(scenario, cell.day), cell.interval] += cell.mean * cell.scale * seconds
    return found


def _first_choices(scenario: Scenario, contact: Contact) -> Iterator[tuple[str, float]]:
    """Yield the teams a kind of contact turns to first, with its seconds of work for each case of the reason."""
    own = scenario.segments[contact.segment].own_executive
    owned = own_share(scenario, contact.reason, contact.segment)
    seconds = contact.share * handling_on_channel_s(scenario, contact.reason, contact.channel)
    seconds *= (1.0 - contained_share(scenario, contact.reason, contact.channel)) * contacts_a_case(scenario, contact.reason)
    if own is not None and owned > 0.0:
        yield own.team, owned * seconds / _speed(scenario, own.team, contact.reason)
    route = route_of(scenario, contact.channel, contact.reason, contact.segment)
    if route is not None and owned < 1.0:
        yield route.teams[0], (1.0 - owned) * seconds / _speed(scenario, route.teams[0], contact.reason)


def contacts_a_case(scenario: Scenario, reason: str) -> float:
    """Return the mean number of served contacts of a case, if everybody who contacts is served: returns included."""
    each = scenario.reasons[reason]
    if each.unsolved is None:
        return 1.0
    again = (1.0 - each.solved) * each.unsolved.returns
    if each.unsolved.contacts is None:
        return 1.0 / max(1.0 - again, 1e-9)
    return math.fsum(again**number for number in range(min(each.unsolved.contacts, 10_000)))


def _speed(scenario: Scenario, team_name: str, reason: str) -> float:
    team = scenario.teams[team_name]
    return team.speed * (team.skills[reason].speed if reason in team.skills else 1.0)


def _planned(scenario: Scenario) -> Totals:
    """Return the seconds on duty, by (team, weekday, interval)."""
    found: Totals = defaultdict(float)
    horizon_s = scenario.calendar.days * DAY_S
    for team in scenario.teams:
        for agent in duty(scenario, team):
            for window in cut(agent.windows, 0.0, horizon_s):
                _add(found, team, window, 1.0, scenario)
            for begin, length in agent.breaks:
                for window in cut([(begin, begin + length)], 0.0, horizon_s):
                    _add(found, team, window, -1.0, scenario)
    return found


def _add(found: Totals, team: str, window: tuple[float, float], sign: float, scenario: Scenario) -> None:
    length_s = scenario.calendar.interval
    begin, end = window
    for number in range(int(begin // length_s), int(-(-end // length_s))):
        part = min(end, (number + 1) * length_s) - max(begin, number * length_s)
        day, interval = divmod(number, int(DAY_S // length_s))
        if not is_closed_date(scenario, day):
            found[team, weekday_of(scenario, day), interval] += sign * part


# ---- what a fluid line would do


class Overload(NamedTuple):
    """A time in which more work comes than the team can do."""

    from_s: float
    """The line begins to grow (seconds after midnight)."""
    until_s: float
    """It stops growing."""
    worked_off_s: float
    """It is gone; infinite: not before the team goes home."""
    peak_load: float
    """Highest offered work per agent."""
    peak_s: float
    """When that is."""


def overloads_of(lines: list[LoadLine], length_s: float) -> list[Overload]:
    """Return the overloads of one team's day; the line is a fluid that nobody leaves."""
    found: list[Overload] = []
    backlog = 0.0
    for line in lines:
        surplus = (line.offered_erlang - line.agents) * length_s
        if surplus > TOLERANCE * length_s * max(1.0, line.offered_erlang):
            found = _grown(found, line, length_s, backlog)
            backlog += surplus
        elif backlog > 0.0:
            left = backlog + surplus
            if left <= 0.0:
                found[-1] = found[-1]._replace(worked_off_s=line.from_s + length_s * backlog / -surplus)
            backlog = max(left, 0.0)
    return found


def _grown(found: list[Overload], line: LoadLine, length_s: float, backlog: float) -> list[Overload]:
    until_s = line.from_s + length_s
    if backlog == 0.0:
        return [*found, Overload(line.from_s, until_s, math.inf, line.load, line.from_s)]
    last = found[-1]._replace(until_s=until_s)
    return [*found[:-1], last._replace(peak_load=line.load, peak_s=line.from_s) if line.load > last.peak_load else last]


def load_warnings(scenario: Scenario) -> list[Problem]:
    """Return a warning for each overload of a team; weekdays with the same one stand together."""
    by_day: dict[TeamDay, list[LoadLine]] = defaultdict(list)
    for line in load_by_team_hour(scenario):
        by_day[line.team, line.weekday].append(line)
    sentences: dict[tuple[str, str], list[int]] = defaultdict(list)
    for (team, weekday), lines in by_day.items():
        for overload in overloads_of(lines, scenario.calendar.interval):
            sentences[team, _sentence(overload)].append(weekday)
    hint = "; who gives up before is not counted" if _somebody_gives_up(scenario) else ""
    return [Problem(f"teams.{team}", "", f"on {units.days_text(tuple(days))}: {text}{hint}") for (team, text), days in sentences.items()]


def _sentence(overload: Overload) -> str:
    load = "work and nobody on duty" if math.isinf(overload.peak_load) else f"load {overload.peak_load:.2f} per agent"
    grows = f"from {units.time_text(overload.from_s)} the line grows until {units.time_text(overload.until_s)}"
    if math.isinf(overload.worked_off_s):
        return f"{load} at {units.time_text(overload.peak_s)}; {grows} and is not worked off on that day"
    worked_off = math.ceil(overload.worked_off_s / 60.0) * 60.0
    return f"{load} at {units.time_text(overload.peak_s)}; {grows} and is worked off by {units.time_text(worked_off)}"


def _somebody_gives_up(scenario: Scenario) -> bool:
    patiences = [segment.patience for segment in scenario.segments.values()]
    patiences += [reason.patience for reason in scenario.reasons.values()]
    return any(patience is not None for patience in patiences)
