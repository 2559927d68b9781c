"""A scenario in words, after all overrides: calendar, ways in, who comes and why, who serves, cover, absences, load.

Every sentence is made from the checked scenario; what a file leaves out is said as what it means. Never simulates.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from servsim.errors import ScenarioError
from servsim.report.describe_loyalty import loyalty_words
from servsim.report.law_words import aligned, laws_text, length_text
from servsim.report.law_words import law_text as law_text
from servsim.report.sentence import begun_large, counted, date_text, listed, plain_number, share_text
from servsim.rules.clock import DAY_S, HOUR_S
from servsim.rules.distribution import mean_of
from servsim.scenario.check import check
from servsim.scenario.demand import cells_of, mean_handling_s
from servsim.scenario.duty import agent_names, highest_head_count
from servsim.scenario.language import (
    Absence,
    Channel,
    CoverRules,
    Member,
    Reason,
    Route,
    Scenario,
    Segment,
    Team,
)
from servsim.scenario.opening import cut, date_of, opening_windows, week_of, weekday_of
from servsim.scenario.route import channel_shares, routes_of, segment_shares
from servsim.scenario.units import days_text, duration_text, time_text, windows_text
from servsim.scenario.workload import LoadLine, load_by_team_hour

WIDTH = 118
TEAMS_SIDE_BY_SIDE = 4
LEAST_ROWS = 18
"""A load table with more intervals than this is given by the hour."""


def describe(scenario: Scenario) -> str:
    """Return the scenario in words and tables.

    Raises
    ------
    ScenarioError
        A file of the scenario has bad lines, and only where even ``check`` cannot go on.
    """
    parts = [_part(title, sentences(scenario)) for title, sentences in PARTS]
    head = scenario.title or "A scenario without a title"
    about = _wrapped(" ".join(scenario.description.split())) if scenario.description else ""
    return "\n\n".join(part for part in (head, about, *parts) if part) + "\n"


def _part(title: str, lines: Iterator[str]) -> str:
    try:
        found = list(lines)
    except ScenarioError as error:
        found = [f"cannot be told: {problem}" for problem in error.problems]
    body = [line if line.startswith(" ") else _wrapped(line, "  ") for line in found]
    return "\n".join([title, *body]) if body else ""


def _wrapped(text: str, indent: str = "") -> str:
    import textwrap

    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + ("  " if indent else ""), break_on_hyphens=False)


# ---- words for values


def week_text(week: Sequence[Any]) -> str:
    """Return opening hours by weekday: ``mon-fri 9:00-18:00, sat 10:00-14:00``."""
    groups: dict[Any, list[int]] = {}
    for day, windows in enumerate(week):
        groups.setdefault(windows, []).append(day)
    told = []
    for windows, days in groups.items():
        hours = windows_text(windows)
        if windows:
            told.append(f"{days_text(tuple(days))} {hours if isinstance(hours, str) else listed(hours)}")
    return ", ".join(told) or "never"


def _tries(count: int | None) -> str:
    return "without limit" if count is None else f"{counted(count, 'try', 'tries')} in all"


# ---- calendar and channels


def calendar_words(scenario: Scenario) -> Iterator[str]:
    """Yield the run's days."""
    calendar = scenario.calendar
    last = calendar.start + dt.timedelta(days=calendar.days - 1)
    days = f"{counted(calendar.days, 'day')} from {date_text(calendar.start)} {calendar.start.year}"
    yield f"{days}{f' to {date_text(last)} {last.year}' if calendar.days > 1 else ''}, in intervals of {duration_text(calendar.interval)}."
    if calendar.closed:
        yield f"Closed on {listed([date_text(date) for date in calendar.closed])}."
    if calendar.warm_up:
        yield f"Contacts of the first {duration_text(calendar.warm_up)} are left out of the measures."


def channel_words(scenario: Scenario) -> Iterator[str]:
    """Yield each way in: hours, room, menu, what people do who are not served, the promise."""
    for name, channel in sorted(scenario.channels.items()):
        yield f"{name} ({channel.kind or name}): {'. '.join(begun_large(text) for text in _channel(scenario, name, channel))}."


def _channel(scenario: Scenario, name: str, channel: Channel) -> Iterator[str]:
    yield f"open {week_text(week_of(scenario, name))}"
    phone = (channel.kind or name) == "phone"
    room = channel.lines if phone else channel.seats
    noun = "line" if phone else "place"
    yield f"{noun}s without limit" if room is None else f"{counted(room, noun)}, each held {'from ring to hang-up' if phone else 'until the talk ends'}"
    if channel.balking:
        yield "who sees " + ", ".join(f"{length} or more waiting leaves at once in {share_text(share)} of cases" for length, share in channel.balking)
    if channel.menu is not None:
        contained = f", which contains {share_text(channel.menu.contained)} of contacts" if channel.menu.contained else ""
        yield f"first a {'menu' if phone else 'reception'} of {law_text(channel.menu.time)}{contained}"
    yield from _again(channel)
    yield {"serve_inside": "who is inside at closing time is served", "clear": "the line is cleared at closing time"}[channel.closing]
    promise = channel.service_level
    yield f"promise: {share_text(promise.target)} within {duration_text(promise.within)} ({promise.formula})"


def _again(channel: Channel) -> Iterator[str]:
    again, closed = channel.try_again, channel.when_closed
    may_be_full = channel.lines is not None or channel.seats is not None or channel.balking
    if again is not None:
        full = f" and {share_text(again.after_busy)} of those who find no room" if may_be_full else ""
        yield f"{share_text(again.after_abandonment)} of those who give up{full} try again, after {law_text(again.delay)}, {_tries(again.tries)}"
    if closed is not None:
        yield f"{share_text(closed.share)} of those who find it closed try again when it opens, {_tries(closed.tries)}"


# ---- who comes


def segment_words(scenario: Scenario) -> Iterator[str]:
    """Yield each class of customers."""
    for name, segment in sorted(scenario.segments.items()):
        yield f"{name}: {'. '.join(begun_large(text) for text in _segment(scenario, segment))}."


def _segment(scenario: Scenario, segment: Segment) -> Iterator[str]:
    yield "not known as persons" if segment.customers is None else f"{segment.customers:,} customers"
    if segment.own_executive is not None:
        own = segment.own_executive
        who = "each" if own.share >= 1.0 else share_text(own.share)
        agents = len(agent_names(scenario, own.team))
        each = f", about {(segment.customers or 0) * own.share / agents:,.0f} an agent" if agents else ""
        yield f"{who} with an own executive of {own.team}{each}"
    yield "they wait for ever" if segment.patience is None else f"they wait {laws_text(segment.patience)}"
    if segment.margin:
        yield f"a margin of {plain_number(segment.margin)} {scenario.currency} a year"


def reason_words(scenario: Scenario) -> Iterator[str]:
    """Yield each reason: how many, who, which way, how long it takes, what comes of it; and the table of volumes."""
    for name, reason in sorted(scenario.reasons.items()):
        yield f"{name}: {'. '.join(begun_large(text) for text in _reason(scenario, name, reason))}."
    yield from aligned(_volume_table(scenario))


def _reason(scenario: Scenario, name: str, reason: Reason) -> Iterator[str]:
    yield f"{_who_comes(scenario, name)} {_which_way(scenario, name)}"
    if reason.asks_for == "own":
        yield f"they ask for their own executive (cover: {reason.cover})"
    work = [("talk", reason.talk), ("search", reason.search), ("wrap-up", reason.wrap_up)]
    yield ". ".join(f"{begun_large(word)} {laws_text(laws)}" for word, laws in work if laws)
    if reason.patience is not None:
        yield f"they wait {laws_text(reason.patience)}"
    yield from _what_comes_of_it(reason)
    yield from _later(reason)
    if reason.arrivals is not None and reason.arrivals.day_factor:
        factor = reason.arrivals.day_factor
        yield f"the day's busy-ness ({factor}) varies with cv {share_text(scenario.day_factors[factor].cv)}"


def _later(reason: Reason) -> Iterator[str]:
    """Yield growth, and the needs that grow out of a met one."""
    if reason.arrivals is not None and reason.arrivals.growth:
        yield f"they become {share_text(abs(reason.arrivals.growth))} {'more' if reason.arrivals.growth > 0 else 'fewer'} each month"
    for later, link in reason.leads_to.items():
        yield f"a met need leads to {later} in {share_text(link.share)} of cases, after {law_text(link.delay)}"


def _who_comes(scenario: Scenario, name: str) -> str:
    shares = {segment: share for segment, share in segment_shares(scenario, name).items() if share > 0.0}
    if len(shares) == 1:
        return f"{next(iter(shares))} customers" if len(scenario.segments) > 1 else "customers"
    return listed([f"{segment} ({share_text(share)})" for segment, share in sorted(shares.items())])


def _which_way(scenario: Scenario, name: str) -> str:
    shares = {channel: share for channel, share in channel_shares(scenario, name).items() if share > 0.0}
    if len(shares) == 1:
        return f"by {next(iter(shares))}"
    return "by " + listed([f"{channel} ({share_text(share)})" for channel, share in sorted(shares.items())])


def _what_comes_of_it(reason: Reason) -> Iterator[str]:
    if reason.solved >= 1.0 and reason.solved_with_file is None and reason.solved_without_file is None:
        yield "every contact settles the matter"
        return
    parts = [f"a contact settles the matter in {share_text(reason.solved)} of cases"]
    if reason.solved_with_file is not None:
        parts.append(f"{share_text(reason.solved_with_file)} by somebody else with the file")
    if reason.solved_without_file is not None:
        parts.append(f"{share_text(reason.solved_without_file)} without it")
    yield listed(parts)
    if reason.unsolved is not None:
        again = reason.unsolved
        yield f"of the others {share_text(again.returns)} come again, after {law_text(again.delay)}, {_contacts(again.contacts)}"


def _contacts(count: int | None) -> str:
    return "without limit" if count is None else f"{counted(count, 'contact')} at most"


def _volume_table(scenario: Scenario) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("reason", "cases in all", "an open day", "busiest", "handling")]
    for name in sorted(scenario.reasons):
        cells = cells_of(scenario, name)
        total = math.fsum(cell.mean for cell in cells)
        recorded = scenario.reasons[name].arrivals is not None and scenario.reasons[name].arrivals.trace is not None  # type: ignore[union-attr]
        days = len({cell.day for cell in cells})
        if recorded and not cells:
            rows.append((name, "recorded", "", "", length_text(mean_handling_s(scenario, name))))
        elif cells:
            peak = max(cells, key=lambda cell: cell.mean / cell.length_s)
            busiest = f"{plain_number(peak.mean / peak.length_s * HOUR_S)} an hour at {time_text(peak.from_s % DAY_S)}"
            rows.append((name, plain_number(total), plain_number(total / days), busiest, length_text(mean_handling_s(scenario, name))))
    return rows if len(rows) > 1 else []


# ---- who serves


def team_words(scenario: Scenario) -> Iterator[str]:
    """Yield each team: how many, when, breaks, skills, wage."""
    for name, team in sorted(scenario.teams.items()):
        yield f"{name}: {'. '.join(begun_large(text) for text in _team(scenario, name, team))}."


def _team(scenario: Scenario, name: str, team: Team) -> Iterator[str]:
    yield counted(len(agent_names(scenario, name)), "agent")
    if team.shifts:
        for shift_name, shift in sorted(team.shifts.items()):
            hours = windows_text(shift.hours)
            yield f"shift {shift_name}: {counted(shift.agents, 'agent')} {days_text(shift.days)} {hours if isinstance(hours, str) else listed(hours)}{_breaks(shift.breaks)}"
    elif team.head_count is not None:
        yield f"on duty {_head_count(team.head_count)}"
    elif team.head_count_file is not None:
        yield f"on duty by date as {team.head_count_file} says"
    else:
        yield "they work while the channels they serve are open"
    beyond = len(agent_names(scenario, name)) - highest_head_count(scenario, team)
    if beyond > 0 and not team.shifts and (team.head_count is not None or team.head_count_file is not None):
        yield f"{counted(beyond, 'agent')} beyond the highest count, on duty whenever anybody is"
    if team.breaks:
        yield f"breaks{_breaks(team.breaks).removeprefix(', with')}"
    yield from _skills(team)
    stays = {"stay": "at the end of the shift they stay while people wait inside", "leave": "at the end of the shift they leave"}
    yield stays[team.at_closing]
    if team.wage:
        yield f"{plain_number(team.wage)} {scenario.currency} an hour, overtime {plain_number(team.overtime_pay)} times that"


def _breaks(breaks: dict[str, Any]) -> str:
    told = [
        f"{name} at {time_text(pause.at)} for {duration_text(pause.length)}{f', each next agent {duration_text(pause.stagger)} later' if pause.stagger else ''}"
        for name, pause in breaks.items()
    ]
    return f", with {listed(told)}" if told else ""


def _head_count(week: Sequence[Any]) -> str:
    groups: dict[Any, list[int]] = {}
    for day, profile in enumerate(week):
        groups.setdefault(profile, []).append(day)
    told = [f"{days_text(tuple(days))}: " + ", ".join(_counts(profile)) for profile, days in groups.items() if profile]
    return "; ".join(told).removeprefix("daily: ")


def _counts(profile: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Yield each head count with the time from which it holds; what does not change is not said again."""
    before = math.nan
    for at, count in profile:
        if count != before:
            yield f"{count:.0f} from {time_text(at)}"
        before = count


def _skills(team: Team) -> Iterator[str]:
    if team.speed != 1.0:
        yield f"speed {plain_number(team.speed)} of normal"
    for reason, skill in sorted(team.skills.items()):
        solved = f", settle {share_text(skill.solved)}" if skill.solved is not None else ""
        yield f"{reason} at speed {plain_number(skill.speed)}{solved}"
    if team.lacks:
        yield f"only agents with a skill of their own serve {listed(list(team.lacks), 'or')}"
    special: dict[str, list[str]] = {}
    for agent, member in sorted(team.members.items(), key=lambda item: (len(item[0]), item[0])):
        special.setdefault(", ".join(_member(member)), []).append(agent)
    yield from (f"agent{'s' if len(agents) > 1 else ''} {listed(agents)}: {text}" for text, agents in special.items() if text)


def _member(member: Member) -> Iterator[str]:
    if member.speed != 1.0:
        yield f"speed {plain_number(member.speed)}"
    for reason, skill in sorted(member.skills.items()):
        yield f"{reason} at speed {plain_number(skill.speed)}"
    if member.lacks:
        yield f"cannot serve {listed(list(member.lacks), 'or')}"
    if member.buddy is not None:
        yield f"covered by {member.buddy} first"


def route_words(scenario: Scenario) -> Iterator[str]:
    """Yield each route as a sentence."""
    for name, route in sorted(routes_of(scenario).items()):
        yield f"{name}: {_route(route)}."


def _route(route: Route) -> str:
    which = [f"{noun} {listed(list(names), 'or')}" for noun, names in (("reason", route.reasons), ("segment", route.segments), ("channel", route.channels)) if names]
    teams = route.teams[0] if len(route.teams) == 1 else f"{listed(list(route.teams))} in this order"
    who = ", ".join(which)
    text = f"{who or 'everything'} goes to {teams}"
    for step in route.overflow.values():
        when = ([f"after a wait of {duration_text(step.after)}"] if step.after is not None else []) + ([f"while {step.at_length} or more wait"] if step.at_length is not None else [])
        text += f"; {step.team} may help {' and '.join(when)}"
    if route.priority:
        text += f"; priority {route.priority}"
    return text + (f"; ranked as if come {duration_text(route.credit)} earlier" if route.credit else "")


# ---- cover and absences


def cover_words(scenario: Scenario) -> Iterator[str]:
    """Yield the rules for own executives who are busy or away."""
    for name, rules in sorted(scenario.cover.items()):
        for state, order in (("busy", rules.busy), ("away", rules.away)):
            yield f"{name}, executive {state}: {'; else '.join(_rule(rule, rules) for rule in order)}."
        yield f"{name}: a break of more than {duration_text(rules.counts_as_away)} counts as away."


def _rule(rule: str, rules: CoverRules) -> str:
    return {"wait": lambda _: "the customer waits", "buddy": _buddy, "substitute": _substitute, "come_back": _come_back, "message": _message}[rule](rules)


def _buddy(rules: CoverRules) -> str:
    buddy = rules.buddy
    if buddy is None:
        return "a present colleague serves"
    limit = "" if buddy.longest_line is None else f" unless {buddy.longest_line} already wait for each"
    return f"a present colleague serves{limit} (has the file in {share_text(buddy.has_file)} of cases{_searches(buddy)})"


def _substitute(rules: CoverRules) -> str:
    other = rules.substitute
    if other is None:
        return "another team serves"
    limit = "" if other.longest_line is None else f" unless {other.longest_line} already wait for a substitute"
    return f"somebody of {other.team} serves{limit} (the file is there in {share_text(other.has_file)} of cases{_searches(other)})"


def _searches(way: Any) -> str:
    with_file, without = mean_of(way.search_with_file), mean_of(way.search_without_file)
    return f"; search {length_text(with_file)} with it, {length_text(without)} without" if with_file or without else ""


def _come_back(rules: CoverRules) -> str:
    way = rules.come_back
    if way is None:
        return "a notice says to come another day"
    told = "a notice tells" if way.team is None else f"somebody of {way.team} tells, in {length_text(mean_of(way.time))},"
    return f"{told} the customer to come another day ({share_text(way.returns)} do)"


def _message(rules: CoverRules) -> str:
    way = rules.message
    if way is None:
        return "a message is left and the executive calls back"
    taken = "a message is left" if way.team is None else f"somebody of {way.team} takes a message, in {length_text(mean_of(way.time))},"
    within = "" if way.within is None else f" within {duration_text(way.within)}, as promised"
    forgotten = f" ({share_text(way.forgotten)} are forgotten)" if way.forgotten else ""
    return f"{taken} and the executive calls back{within}{forgotten}"


def absence_words(scenario: Scenario) -> Iterator[str]:
    """Yield each absence, and whose customers it leaves alone."""
    for name, absence in sorted(scenario.absences.items()):
        yield f"{name}: {_absence(absence)}."


def _absence(absence: Absence) -> str:
    return _when_away(absence) + _notice(absence) + _teaching(absence)


def _notice(absence: Absence) -> str:
    told = absence.notice
    if told is None:
        return ""
    return (
        f"; {told.team} call {share_text(told.share)} of those who would come, from {time_text(told.at)} of the open day before"
        f" ({law_text(told.time)} a call), and {share_text(told.agrees)} of those reached come another day"
    )


def _teaching(absence: Absence) -> str:
    told = absence.teaches
    if told is None:
        return ""
    return f"; afterwards they solve {100 * told.solved:+g} in a hundred{f' and work {told.speed:g} times as fast' if told.speed != 1.0 else ''}"


def _when_away(absence: Absence) -> str:
    who, many = _who_is_away(absence)
    when = f"on {listed([date_text(date) for date in absence.on])}" if absence.on is not None else "every day"
    when += f", {days_text(absence.days)} only" if absence.days is not None else ""
    hours = windows_text(absence.hours) if absence.hours is not None else "all day"
    hours = hours if isinstance(hours, str) else listed(hours)
    if absence.chance is not None:
        return f"{who}: each with chance {share_text(absence.chance)} a day, {when}, {hours}"
    return f"{who} {'are' if many else 'is'} away {when}, {hours}"


def _who_is_away(absence: Absence) -> tuple[str, bool]:
    """Return who, and whether that is more than one."""
    if absence.agents is None:
        return f"all {absence.team}", True
    if isinstance(absence.agents, tuple):
        return listed([f"{absence.team}/{agent}" for agent in absence.agents]), len(absence.agents) > 1
    if isinstance(absence.agents, float):
        return f"{share_text(absence.agents)} of {absence.team}", True
    return f"{absence.agents} of {absence.team}", absence.agents != 1


# ---- load


def load_words(scenario: Scenario) -> Iterator[str]:
    """Yield the load by team and hour, of the weekdays that differ: offered work in Erlang, agents on duty, occupancy."""
    lines = load_by_team_hour(scenario)
    if not lines:
        return
    yield "Work offered to its first choice of team (returns included, redials and cover for absent executives not), in Erlang; agents on duty; work per agent."
    teams = [team for team in sorted(scenario.teams) if any(line.team == team for line in lines)]
    for first in range(0, len(teams), TEAMS_SIDE_BY_SIDE):
        together = teams[first : first + TEAMS_SIDE_BY_SIDE]
        for days, table in _alike_weekdays(scenario, [line for line in lines if line.team in together]):
            yield f"    {days}"
            yield from aligned(table)


def _alike_weekdays(scenario: Scenario, lines: Sequence[LoadLine]) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return one table for each group of weekdays with the same load."""
    groups: dict[tuple[tuple[str, ...], ...], list[int]] = {}
    for weekday in sorted({line.weekday for line in lines}):
        table = tuple(_load_table(scenario, [line for line in lines if line.weekday == weekday]))
        groups.setdefault(table, []).append(weekday)
    return [(days_text(tuple(days)), list(table)) for table, days in groups.items()]


def _load_table(scenario: Scenario, lines: Sequence[LoadLine]) -> list[tuple[str, ...]]:
    """Return one row per interval (or hour, where there are many) and three columns a team."""
    teams = [team for team in sorted(scenario.teams) if any(line.team == team for line in lines)]
    length_s = scenario.calendar.interval
    many = len({line.interval for line in lines}) > LEAST_ROWS
    step_s = max(HOUR_S, length_s) if many else length_s
    starts = sorted({line.from_s // step_s * step_s for line in lines})
    rows: list[tuple[str, ...]] = [("from", *(cell for team in teams for cell in (f"{team}: Erlang", "agents", "load")))]
    for start in starts:
        cells = [_load_cells([line for line in lines if line.team == team and line.from_s // step_s * step_s == start], step_s / length_s) for team in teams]
        rows.append((time_text(start), *(cell for each in cells for cell in each)))
    return rows


def _load_cells(lines: Sequence[LoadLine], intervals: float) -> tuple[str, str, str]:
    work, agents = (math.fsum(getattr(line, name) for line in lines) / intervals for name in ("offered_erlang", "agents"))
    if not work and not agents:
        return "", "", ""
    load = share_text(work / agents) if agents > 0.0 else "nobody"
    return f"{work:.2f}", plain_number(agents), load


def absent_owner_words(scenario: Scenario) -> Iterator[str]:
    """Yield, for each day with a planned absence of executives, the cases that will not find their own."""
    own_teams = {segment.own_executive.team for segment in scenario.segments.values() if segment.own_executive is not None}
    dates = sorted({date for absence in scenario.absences.values() if absence.team in own_teams and absence.chance is None for date in absence.on or ()})
    for date in dates:
        day = (date - scenario.calendar.start).days
        if 0 <= day < scenario.calendar.days and any(cut(opening_windows(scenario, name), day * DAY_S, (day + 1) * DAY_S) for name in scenario.channels):
            yield _absent_owners(scenario, day, own_teams)


def _absent_owners(scenario: Scenario, day: int, own_teams: set[str]) -> str:
    date = date_of(scenario, day)
    away = {team: _away_share(scenario, team, date, weekday_of(scenario, day)) for team in own_teams}
    told = []
    for name, reason in sorted(scenario.reasons.items()):
        expected = math.fsum(cell.mean for cell in cells_of(scenario, name) if cell.day == day) if reason.asks_for == "own" else 0.0
        if not expected:  # they ask for anybody, or come only after another need
            continue
        alone = expected * math.fsum(share * _own_away(scenario.segments[segment], away) for segment, share in segment_shares(scenario, name).items())
        told.append(f"about {alone:.0f} of {expected:.0f} cases of {name}")
    if not told:
        return f"{date_text(date)}: nobody is expected to ask for an executive who is away."
    return f"{date_text(date)}: {listed(told)} ask for an executive who is away (first contacts)."


def _own_away(segment: Segment, away: dict[str, float]) -> float:
    own = segment.own_executive
    return 0.0 if own is None else own.share * away[own.team]


def _away_share(scenario: Scenario, team: str, date: dt.date, weekday: int) -> float:
    """Return the share of a team that planned absences take on a date; several absences at most add up."""
    agents = len(agent_names(scenario, team))
    taken = 0.0
    for absence in scenario.absences.values():
        if absence.team == team and absence.chance is None and (absence.on is None or date in absence.on) and (absence.days is None or weekday in absence.days):
            who = absence.agents
            taken += 1.0 if who is None else who if isinstance(who, float) else (len(who) if isinstance(who, tuple) else who) / max(agents, 1)
    return min(taken, 1.0)


def check_words(scenario: Scenario) -> Iterator[str]:
    """Yield what the cross-checks find."""
    found = check(scenario)
    yield from (f"problem: {problem}" for problem in found.problems)
    yield from (f"warning: {warning}" for warning in found.warnings)


PARTS: tuple[tuple[str, Callable[[Scenario], Iterator[str]]], ...] = (
    ("Calendar", calendar_words),
    ("Ways in", channel_words),
    ("Customers", segment_words),
    ("Why they come", reason_words),
    ("Who serves", team_words),
    ("Routes", route_words),
    ("Own executives who are busy or away", cover_words),
    ("Absences", absence_words),
    ("What customers remember", loyalty_words),
    ("Customers of absent executives", absent_owner_words),
    ("Load by team and hour", load_words),
    ("Worth a look", check_words),
)
"""The parts of a description, in order; a part without a line is left out."""
