"""Cross-checks of a scenario that was read: does the world it describes make sense?

Each check is a function that walks the scenario and tells what it finds; ``CHECKS`` lists them. What would stop a run
or make it mean something else is a problem; what may be on purpose is a warning. It never changes a scenario.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from servsim.errors import Problem, ScenarioError, counted
from servsim.rules.clock import DAY_S
from servsim.rules.distribution import mean_of
from servsim.scenario import units
from servsim.scenario.check_loyalty import LATER_LOYALTY_CHECKS, LOYALTY_CHECKS, teams_of_calls
from servsim.scenario.check_memory import customers_fit_memory
from servsim.scenario.demand import cells_of, forecast_step_s, law_on
from servsim.scenario.duty import (
    agent_names,
    begins_s,
    highest_head_count,
    lacked_by,
    shift_breaks,
    shift_windows,
    team_size,
)
from servsim.scenario.finding import Findings, Found, Warned, featured, warned
from servsim.scenario.keys import entries
from servsim.scenario.language import Absence, Arrivals, CoverRules, Law, Reason, Scenario, Shift, Team
from servsim.scenario.opening import cut, open_days, opening_windows, weekday_of
from servsim.scenario.route import (
    Contact,
    channel_shares,
    contacts_of,
    matching_routes,
    own_share,
    routes_of,
    segment_shares,
    teams_of,
)
from servsim.scenario.spot import list_names, nearest_name
from servsim.scenario.volumes import TraceLine, file_of, read_forecast, read_trace
from servsim.scenario.workload import load_warnings

SHARES_AGREE = 1e-9
PATIENCE = re.compile(r"(^|\.)patience(\.|$)")
MOST_CASES_A_CELL = 2**26
MOST_REASONS = 2**12 - 1
MOST_STEPS = 64
NO_LAWS = (str, int, float, tuple, type(None))
"""Kinds of values in which there is no law."""
Check = Callable[[Scenario], Found]


def check(scenario: Scenario) -> Findings:
    """Return everything that the cross-checks find, in the order of ``CHECKS`` and of the language."""
    return _findings(scenario, LATER_CHECKS)


def check_beside(scenario: Scenario, other: Scenario) -> Findings:
    """Return what ``check`` finds in one of many scenarios that differ little from another one, which is sound: quicker.

    Nothing is said of lines that grow; who comes when is not looked at for reasons that are the same, where calendar and channels are.
    """
    return _findings(scenario, [_of_what_differs(each, other) if each in CELL_CHECKS else each for each in LATER_CHECKS if each is not loads_can_be_carried])


def _of_what_differs(each: Check, other: Scenario) -> Check:
    """Return a check that looks at one reason after the other, for those only that are not the same in another scenario."""

    def told(scenario: Scenario) -> Found:
        if any(getattr(scenario, name) != getattr(other, name) for name in ("calendar", "channels")):
            return each(scenario)
        return each(replace(scenario, reasons={name: reason for name, reason in scenario.reasons.items() if reason != other.reasons.get(name)}))

    return told


def _findings(scenario: Scenario, later: Iterable[Check]) -> Findings:
    """Return what ``CHECKS`` find, and, where that is no problem, what later ones do: the first problem of these is the end."""
    told = [found for each in CHECKS for found in _told(each, scenario)]
    for each in later:
        if any(isinstance(found, Problem) for found in told):
            break
        told += _told(each, scenario)
    problems = [found for found in told if isinstance(found, Problem)]
    warned_of = [found for found in told if isinstance(found, Warned)]
    return Findings(_once(problems), _once(each.problem for each in warned_of), _once(each.problem for each in warned_of if each.is_slip))


def refuse_bad(scenario: Scenario) -> list[Problem]:
    """Return the warnings that a run of a scenario repeats (``Findings.slips``).

    Raises
    ------
    ScenarioError
        With every problem, if there is any.
    """
    found = check(scenario)
    if found.problems:
        raise ScenarioError(found.problems)
    return found.slips


def _told(each: Callable[[Scenario], Found], scenario: Scenario) -> list[Problem | Warned]:
    """Return what one check finds; bad lines in files are findings too."""
    found: list[Problem | Warned] = []
    try:
        found.extend(each(scenario))
    except ScenarioError as error:
        found.extend(error.problems)
    return found


def _once(found: Iterable[Problem]) -> list[Problem]:
    return list(dict.fromkeys(found))


# ---- calendar and channels


def calendar_fits(scenario: Scenario) -> Found:
    """The interval divides a day, the warm-up ends within the run, closed dates lie in it."""
    calendar = scenario.calendar
    if (DAY_S / calendar.interval) % 1.0:
        yield Problem("calendar.interval", units.duration_text(calendar.interval), "must divide a day: 15 min, 30 min, 1 h ...")
    if calendar.warm_up >= calendar.days * DAY_S:
        yield Problem("calendar.warm_up", units.duration_text(calendar.warm_up), f"must be shorter than the run of {counted(calendar.days, 'day')}")
    for date in calendar.closed:
        if not 0 <= (date - calendar.start).days < calendar.days:
            yield warned("calendar.closed", f"{date} is not one of the simulated days")


def channels_fit(scenario: Scenario) -> Found:
    """Lines belong to phones and seats to counters; a channel opens, and somebody uses it."""
    used = {contact.channel for reason in scenario.reasons for contact in contacts_of(scenario, reason)}
    for name, channel in scenario.channels.items():
        path = f"channels.{name}"
        if channel.kind == "counter" and channel.lines is not None:
            yield Problem(f"{path}.lines", str(channel.lines), "is for phones; a counter has seats", "seats")
        if channel.kind == "phone" and channel.seats is not None:
            yield Problem(f"{path}.seats", str(channel.seats), "is for counters; a phone has lines", "lines")
        if not opening_windows(scenario, name):
            yield warned(path, "is never open in this run")
        if name not in used:
            yield warned(path, "is used by no reason")


def loops_take_time(scenario: Scenario) -> Found:
    """Unlimited tries need a delay: without one, time would stand still (R39)."""
    for name, channel in scenario.channels.items():
        again = channel.try_again
        if again is not None and again.tries is None:
            for key, law in (("delay", again.delay), ("delay_after_busy", again.delay_after_busy)):
                yield from _no_time(f"channels.{name}.try_again.{key}", law, "tries")
    for name, reason in scenario.reasons.items():
        if reason.unsolved is not None and reason.unsolved.contacts is None and reason.unsolved.counts == "clock":
            yield from _no_time(f"reasons.{name}.unsolved.delay", reason.unsolved.delay, "contacts")


def only_patience_is_endless(scenario: Scenario) -> Found:
    """Every time but a patience ends."""
    for path, law in laws_of(scenario):
        if ".patience" not in path and math.isinf(mean_of(law)):
            yield Problem(path, "unlimited", "must be a time that ends; only a patience may be unlimited")


def patience_is_spread(scenario: Scenario) -> Found:
    """People differ: a patience without a spread is likely a law that lost its kind, ``patience=3 min``."""
    for path, law in laws_of(scenario):
        if PATIENCE.search(path) and law.kind == "deterministic" and 0.0 < law.values[0] < math.inf:
            time = units.duration_text(law.values[0])
            yield warned(path, f"everybody waits exactly {time} before they give up; for a spread give {{exponential: {time}}}")


def laws_of(scenario: Scenario) -> list[tuple[str, Law]]:
    """Return every law of a scenario with its path; laws of every channel under the path of their key."""
    found: list[tuple[str, Law]] = []
    _add_laws("", scenario, found)
    return found


def _add_laws(path: str, each: object, found: list[tuple[str, Law]]) -> None:
    if isinstance(each, Law):
        found.append((path, each))
    elif isinstance(each, dict):
        for name, below in each.items():
            if not isinstance(below, NO_LAWS):
                _add_laws(path if name == "*" else f"{path}.{name}".lstrip("."), below, found)
    elif dataclasses.is_dataclass(each):
        for name in entries(type(each)):
            below = getattr(each, name)
            if not isinstance(below, NO_LAWS):
                _add_laws(f"{path}.{name}".lstrip("."), below, found)


def _no_time(path: str, law: Law | None, limit: str) -> Found:
    if law is not None and mean_of(law) == 0.0:
        yield Problem(path, "0 s", f"must be more than 0 where {limit} is unlimited")


# ---- who comes


def shares_add_up(scenario: Scenario) -> Found:
    """Shares of segments and channels make 100 %, and are said where they cannot be derived."""
    for name, reason in scenario.reasons.items():
        for key, shares in (("segments", reason.segments), ("channels", reason.channels)):
            total = math.fsum((shares or {}).values())
            if shares is not None and abs(total - 1.0) > SHARES_AGREE:
                yield Problem(f"reasons.{name}.{key}", f"{total:.6%}".replace(".000000", ""), "must add up to 100 %")
        if reason.channels is None and len(scenario.channels) > 1:
            yield Problem(f"reasons.{name}.channels", "", f"must be given, as there are several: {list_names(scenario.channels)}")
        unknown = [each for each, segment in scenario.segments.items() if segment.customers is None]
        if reason.segments is None and unknown and len(scenario.segments) > 1:
            words = f"must be given, as these segments have no number of customers: {list_names(unknown)}"
            yield Problem(f"reasons.{name}.segments", "", words)


def arrivals_are_said_once(scenario: Scenario) -> Found:
    """Arrivals come from exactly one of per_day, per_hour, file and trace; other keys fit that one."""
    later = {name for reason in scenario.reasons.values() for name in reason.leads_to}
    for name, reason in scenario.reasons.items():
        if reason.arrivals is None and name in later:
            continue
        if reason.arrivals is None:
            yield warned(f"reasons.{name}", "has no arrivals: nobody comes for it")
        else:
            yield from _one_source(f"reasons.{name}.arrivals", reason.arrivals)


def _one_source(path: str, arrivals: Arrivals) -> Found:
    sources = [key for key in ("per_day", "per_hour", "file", "trace") if getattr(arrivals, key) is not None]
    if len(sources) != 1:
        yield Problem(path, list_names(sources), "must have exactly one of per_day, per_hour, file, trace")
        return
    fits = {"profile": ("per_day",), "weekdays": ("per_day", "per_hour"), "day_factor": ("per_day", "per_hour", "file")}
    for key, needed in fits.items():
        if getattr(arrivals, key) is not None and sources[0] not in needed:
            yield Problem(f"{path}.{key}", "", f"must not be given with {sources[0]}")
    if arrivals.growth and sources[0] == "trace":
        yield Problem(f"{path}.growth", f"{arrivals.growth:g}", "must not be given with trace: what was recorded does not grow")


def profiles_fit_intervals(scenario: Scenario) -> Found:
    """Times of arrival profiles are multiples of the interval, and so are the lines of a forecast."""
    for name, reason in scenario.reasons.items():
        arrivals, path = reason.arrivals, f"reasons.{name}.arrivals"
        if arrivals is None:
            continue
        for key in ("profile", "per_hour"):
            times = {time for profile in getattr(arrivals, key) or () for time, _ in profile}
            yield from _off_grid(f"{path}.{key}", sorted(times), scenario)
        if arrivals.file is not None:
            lines = read_forecast(file_of(arrivals.file, scenario.folder))
            yield from _off_grid(f"{path}.file", sorted({line.start_s for line in lines}), scenario)
            yield from _off_step(f"{path}.file", forecast_step_s(lines, scenario.calendar.interval), scenario)


def _off_grid(path: str, times: list[float], scenario: Scenario) -> Found:
    interval = scenario.calendar.interval
    for time in times:
        if time % interval:
            words = f"must be a multiple of calendar.interval ({units.duration_text(interval)})"
            yield Problem(path, units.time_text(time), words)
            return


def _off_step(path: str, step_s: float, scenario: Scenario) -> Found:
    if step_s % scenario.calendar.interval:
        words = f"must have lines that last a multiple of calendar.interval ({units.duration_text(scenario.calendar.interval)})"
        yield Problem(path, units.duration_text(step_s), words)


def reasons_can_be_numbered(scenario: Scenario) -> Found:
    """Every reason has a number that the name of a case can hold (R1)."""
    if len(scenario.reasons) > MOST_REASONS:
        yield Problem("reasons", str(len(scenario.reasons)), f"must be at most {MOST_REASONS}")


def cells_can_be_named(scenario: Scenario) -> Found:
    """Every case has a number that its name can hold (R1)."""
    for name in scenario.reasons:
        largest = max((cell.mean for cell in cells_of(scenario, name)), default=0.0)
        if largest * 2 + 1000 > MOST_CASES_A_CELL:
            words = f"must be fewer than {MOST_CASES_A_CELL // 2 - 500} cases an interval"
            yield Problem(f"reasons.{name}.arrivals", units.amount_text(largest), words)


def arrivals_meet_open_doors(scenario: Scenario) -> Found:
    """Somebody comes within the run, and while a channel is open; who comes outside finds closed doors (R28)."""
    for name, reason in scenario.reasons.items():
        arrivals = reason.arrivals
        if arrivals is None or arrivals.trace is not None:
            continue
        cells = cells_of(scenario, name)
        total = math.fsum(cell.mean for cell in cells)
        if total == 0.0:
            yield warned(f"reasons.{name}.arrivals", "nobody comes on the days of this run")
            continue
        days = open_days(scenario, channel_shares(scenario, name))
        in_vain = {cell.day: 0.0 for cell in cells}
        for cell in cells:
            is_open = sum(end - begin for begin, end in cut(days[cell.day], cell.from_s, cell.from_s + cell.length_s))
            in_vain[cell.day] += cell.mean * (1.0 - is_open / cell.length_s)
        yield from _in_vain(f"reasons.{name}.arrivals", in_vain, total, scenario)


def _in_vain(path: str, by_day: dict[int, float], total: float, scenario: Scenario) -> Found:
    share = math.fsum(by_day.values()) / total
    if share > 1e-6:
        days = tuple(sorted({weekday_of(scenario, day) for day, mean in by_day.items() if mean > 0.0}))
        words = f"{share:.1%} of the cases come while every channel of theirs is closed (on {units.days_text(days)})"
        yield warned(path, f"{words}; a profile by weekday changes that")


def traces_fit(scenario: Scenario) -> Found:
    """A recorded trace has lines within the run, and customers who exist."""
    for name, reason in scenario.reasons.items():
        if reason.arrivals is None or reason.arrivals.trace is None:
            continue
        path = f"reasons.{name}.arrivals.trace"
        lines = read_trace(file_of(reason.arrivals.trace, scenario.folder), tuple(scenario.segments), tuple(scenario.channels))
        inside = [line for line in lines if 0 <= (line.date - scenario.calendar.start).days < scenario.calendar.days]
        if not inside:
            yield Problem(path, reason.arrivals.trace, "must have lines within the days of the run (calendar.start, calendar.days)")
        sizes = {each: segment.customers or 0 for each, segment in scenario.segments.items()}
        only = next(iter(sizes)) if len(sizes) == 1 else ""
        bad = next((line for line in inside if line.customer > sizes.get(line.segment or only, 0)), None)
        if bad is not None:
            yield Problem(path, f"customer {bad.customer}", "must be a number up to the customers of its segment, which must be named")
        yield from _recorded_kinds(scenario, name, path, inside)


def _recorded_kinds(scenario: Scenario, reason: str, path: str, lines: list[TraceLine]) -> Found:
    """A line may name a segment that the reason does not, but then one route must serve it; its channel must be the reason's."""
    channels = {channel for channel, share in channel_shares(scenario, reason).items() if share > 0.0}
    likely = {(contact.segment, contact.channel) for contact in contacts_of(scenario, reason)}
    firsts = {(line.segment, line.channel): line for line in reversed(lines)}
    for (segment, channel), line in firsts.items():
        at = f"{line.date} {units.time_text(line.time_s)}"
        if channel and channel not in channels:
            yield Problem(path, f"{channel} at {at}", f"must be by one of the reason's channels: {list_names(sorted(channels))}")
            continue
        if not segment or own_share(scenario, reason, segment) == 1.0:
            continue
        for each in [channel] if channel else sorted(channels):
            if (segment, each) not in likely and len(matching_routes(scenario, each, reason, segment)) != 1:
                yield Problem(path, f"{segment} at {at}", f"has not one route by {each} for {reason}; add one, or a route without conditions")


# ---- who serves


def teams_have_people(scenario: Scenario) -> Found:
    """A team says in exactly one way who works when, and somebody needs it."""
    needed = _teams_needed(scenario)
    for name, team in scenario.teams.items():
        path = f"teams.{name}"
        yield from _one_roster(path, team)
        if name not in needed:
            yield warned(path, "serves nobody: no route, cover rule or own executive names it")


def _one_roster(path: str, team: Team) -> Found:
    given = [key for key in ("shifts", "head_count", "head_count_file") if getattr(team, key)]
    if not given and team.agents is None:
        yield Problem(path, "", "must have agents, shifts or head_count")
    if len(given) > 1:
        words = f"must have one of shifts, head_count and head_count_file only; {path}.{given[0]}=null removes one on the command line"
        yield Problem(path, list_names(given), words)
    if team.shifts and team.agents is not None:
        yield Problem(f"{path}.agents", str(team.agents), "must not be given with shifts, which have agents of their own")
    if team.shifts and team.breaks:
        yield Problem(f"{path}.breaks", "", "must not be given with shifts; put the breaks into the shifts")


def _teams_needed(scenario: Scenario) -> set[str]:
    serving = {team for reason in scenario.reasons for contact in contacts_of(scenario, reason) for team in teams_of(scenario, contact)}
    return serving | set(teams_of_calls(scenario).values())


def head_counts_fit(scenario: Scenario) -> Found:
    """Head counts are whole numbers; more than the agents, where those are given, may be on purpose."""
    for name, team in scenario.teams.items():
        counts = [number for profile in team.head_count or () for _, number in profile]
        broken = next((number for number in counts if number % 1.0), None)
        if broken is not None:
            yield Problem(f"teams.{name}.head_count", f"{broken:g}", "must be whole numbers of agents")
        if max(counts, default=0.0) > 100_000:
            yield Problem(f"teams.{name}.head_count", f"{max(counts):g}", "must be at most 100000 agents")
        elif team.agents is not None and highest_head_count(scenario, team) > team.agents:
            most = highest_head_count(scenario, team)
            yield warned(f"teams.{name}.head_count", f"asks for {most}, but the team has {counted(team.agents, 'agent')}: no more than these come")
        elif team.agents is not None and (team.head_count or team.head_count_file):
            yield from _beyond_head_count(f"teams.{name}.agents", team.agents, highest_head_count(scenario, team))


def _beyond_head_count(path: str, agents: int, most: int) -> Found:
    """Agents whom no head count asks for come whenever the team works."""
    if agents > most:
        who = f"agent {agents} works" if agents == most + 1 else f"agents {most + 1} to {agents} work"
        yield warned(path, f"the highest head count is {most}: {who} whenever the team does")


def breaks_are_at_work(scenario: Scenario) -> Found:
    """A break lies within its shift, for every agent of it."""
    for team_name, team in scenario.teams.items():
        for shift_name, shift in team.shifts.items():
            yield from _shift_breaks(f"teams.{team_name}.shifts.{shift_name}", shift)
        for name, pause in team.breaks.items():
            if begins_s(pause, max(1, team_size(scenario, team_name))) >= DAY_S:
                yield Problem(f"teams.{team_name}.breaks.{name}", "", "must begin before midnight for every agent (see stagger)")


def _shift_breaks(path: str, shift: Shift) -> Found:
    windows = shift_windows(shift, 0)
    for name, pause in shift.breaks.items():
        alone = Shift(hours=shift.hours, breaks={name: pause})
        for number in range(1, shift.agents + 1):
            found = shift_breaks(alone, number, windows)
            if not found or found[0][1] < pause.length:
                at = units.time_text(begins_s(pause, number) % DAY_S)
                words = f"must lie within the shift's hours; agent {number}'s would begin at {at}"
                yield Problem(f"{path}.breaks.{name}", units.duration_text(pause.length), words)
                break


def members_exist(scenario: Scenario) -> Found:
    """Members, their buddies and absent agents are agents of the team."""
    for team_name, team in scenario.teams.items():
        names = [name.partition("/")[2] for name in agent_names(scenario, team_name)]
        known = set(names)
        for name, member in team.members.items():
            path = f"teams.{team_name}.members.{name}"
            if name not in known:
                yield Problem(path, "", f"is no agent of the team ({_first_and_last(names)})", nearest_name(name, names))
            if member.buddy is not None and (member.buddy not in known or member.buddy == name):
                words = f"must be another agent of the team ({_first_and_last(names)})"
                yield Problem(f"{path}.buddy", member.buddy, words, nearest_name(member.buddy, names))


def _first_and_last(names: list[str]) -> str:
    return list_names(names) if len(names) <= 6 else f"{names[0]} ... {names[-1]}"


def absences_fit(scenario: Scenario) -> Found:
    """Absent agents exist, and are away on days of the run."""
    for name, absence in scenario.absences.items():
        yield from _absent_agents(f"absences.{name}.agents", absence, scenario)
        for date in absence.on or ():
            if not 0 <= (date - scenario.calendar.start).days < scenario.calendar.days:
                yield warned(f"absences.{name}.on", f"{date} is not one of the simulated days")


def _absent_agents(path: str, absence: Absence, scenario: Scenario) -> Found:
    names = [name.partition("/")[2] for name in agent_names(scenario, absence.team)]
    if isinstance(absence.agents, tuple):
        for agent in absence.agents:
            if agent not in names:
                words = f"must be agents of {absence.team} ({_first_and_last(names)})"
                yield Problem(path, agent, words, nearest_name(agent, names))
    elif isinstance(absence.agents, int) and absence.agents > len(names):
        yield Problem(path, str(absence.agents), f"must be at most the {counted(len(names), 'agent')} of {absence.team}")


# ---- who serves whom


def contacts_find_agents(scenario: Scenario) -> Found:
    """Every contact that can happen has one route, a talk time, and an agent who may serve it."""
    for name in scenario.reasons:
        for contact in contacts_of(scenario, name):
            yield from _talk_is_said(scenario, contact)
            if own_share(scenario, name, contact.segment) < 1.0:
                yield from _one_route(scenario, contact)


def _talk_is_said(scenario: Scenario, contact: Contact) -> Found:
    if law_on(scenario.reasons[contact.reason].talk, contact.channel) is None:
        yield Problem(f"reasons.{contact.reason}.talk.{contact.channel}", "", "must be given, as the reason comes by this channel")


def _one_route(scenario: Scenario, contact: Contact) -> Found:
    names = matching_routes(scenario, contact.channel, contact.reason, contact.segment)
    who = f"contacts of {contact.segment} by {contact.channel}"
    if not names:
        yield Problem(f"reasons.{contact.reason}", "", f"has no route for {who}; add one, or a route without conditions")
    elif len(names) > 1:
        words = f"fits {who} for {contact.reason} as well as {list_names(names[1:])}: the more specific route must be one"
        yield Problem(f"routes.{names[0]}", "", words)
    else:
        yield from _somebody_serves(scenario, contact, names[0])


def _somebody_serves(scenario: Scenario, contact: Contact, route_name: str) -> Found:
    route = routes_of(scenario)[route_name]
    teams = dict.fromkeys((*route.teams, *(each.team for each in route.overflow.values())))
    if not any(_can_serve(scenario, team, contact.reason) for team in teams):
        words = f"nobody can serve it: every agent of {list_names(teams)} lacks it, or there are none"
        yield Problem(f"reasons.{contact.reason}", "", words)


def _can_serve(scenario: Scenario, team_name: str, reason: str) -> bool:
    team = scenario.teams[team_name]
    return any(reason not in lacked_by(team, team.members.get(name.split("/")[1])) for name in agent_names(scenario, team_name))


def routes_are_used(scenario: Scenario) -> Found:
    """A route can be reached; its overflow says when, and adds a team."""
    used = {
        name
        for reason in scenario.reasons
        for contact in contacts_of(scenario, reason)
        for name in matching_routes(scenario, contact.channel, reason, contact.segment)
    }
    for name, route in scenario.routes.items():
        if name not in used:
            yield warned(f"routes.{name}", "fits no contact that can happen")
        if len(route.teams) + len(route.overflow) > MOST_STEPS:
            yield Problem(f"routes.{name}", str(len(route.teams) + len(route.overflow)), f"must have at most {MOST_STEPS} teams")
        for step, overflow in route.overflow.items():
            path = f"routes.{name}.overflow.{step}"
            if overflow.after is None and overflow.at_length is None:
                yield Problem(path, "", "must say when the team joins: after, at_length, or both")
            if overflow.team in route.teams:
                yield Problem(f"{path}.team", overflow.team, "serves this route already; name another team")


# ---- own executives


def own_executives_exist(scenario: Scenario) -> Found:
    """Who asks for an own executive has one, as a known person; and there are rules for one who is busy or away."""
    for name, segment in scenario.segments.items():
        own, path = segment.own_executive, f"segments.{name}.own_executive"
        if own is not None and segment.customers is None:
            yield Problem(path, "", f"needs segments.{name}.customers: only persons can have an executive of their own")
        if own is not None and team_size(scenario, own.team) == 0:
            yield Problem(f"{path}.team", own.team, "must have at least one agent")
    for name, reason in scenario.reasons.items():
        if reason.asks_for == "own":
            yield from _own_reason(f"reasons.{name}", scenario, name, reason)
        elif reason.cover is not None:
            yield warned(f"reasons.{name}.cover", "has no effect: the reason does not ask for an own executive")


def _own_reason(path: str, scenario: Scenario, name: str, reason: Reason) -> Found:
    shares = segment_shares(scenario, name)
    owning = [each for each, share in shares.items() if share > 0 and scenario.segments[each].own_executive is not None]
    if not owning:
        yield Problem(f"{path}.asks_for", "own", "needs a segment with own_executive among those who come")
    if reason.cover is None:
        yield Problem(f"{path}.cover", "", f"must be given where asks_for is own ({list_names(scenario.cover) or 'the scenario has no cover rules'})")


def cover_rules_end(scenario: Scenario) -> Found:
    """Every list of rules ends in one that can always be followed (R25), and has the section it needs."""
    used = {reason.cover for reason in scenario.reasons.values() if reason.asks_for == "own"}
    for name, rules in scenario.cover.items():
        if name not in used:
            yield warned(f"cover.{name}", "is used by no reason that asks for an own executive")
        yield from _rules_end(f"cover.{name}", rules)


def _rules_end(path: str, rules: CoverRules) -> Found:
    if rules.away[-1] not in ("come_back", "message"):
        yield Problem(f"{path}.away", list_names(rules.away), "must end in come_back or message")
    if rules.busy[-1] not in ("wait", "come_back", "message"):
        yield Problem(f"{path}.busy", list_names(rules.busy), "must end in wait, come_back or message")
    if "substitute" in (*rules.busy, *rules.away) and rules.substitute is None:
        yield Problem(f"{path}.substitute", "", "must be given, as a list names it: at least {team: ...}")
    for name in ("buddy", "substitute", "come_back", "message"):
        if getattr(rules, name) is not None and name not in (*rules.busy, *rules.away):
            yield warned(f"{path}.{name}", "has no effect: neither list names it")


# ---- the rest


def menus_contain(scenario: Scenario) -> Found:
    """A share contained by the menu needs a menu."""
    for name, reason in scenario.reasons.items():
        for channel in channel_shares(scenario, name):
            if reason.contained and scenario.channels[channel].menu is None:
                yield Problem(f"reasons.{name}.contained", units.share_text(reason.contained), f"needs channels.{channel}.menu")


def names_are_used(scenario: Scenario) -> Found:
    """Segments come for something, and day factors multiply something."""
    coming = {contact.segment for reason in scenario.reasons for contact in contacts_of(scenario, reason)}
    factors = {reason.arrivals.day_factor for reason in scenario.reasons.values() if reason.arrivals is not None}
    for name in scenario.segments:
        if name not in coming:
            yield warned(f"segments.{name}", "comes for no reason")
    for name in scenario.day_factors:
        if name not in factors:
            yield warned(f"day_factors.{name}", "is used by no reason")


def loads_can_be_carried(scenario: Scenario) -> Found:
    """Lines do not grow for long: offered work against agents planned, hour by hour."""
    yield from (featured(each.path, each.allowed) for each in load_warnings(scenario))


CHECKS: tuple[Check, ...] = (
    calendar_fits,
    channels_fit,
    shares_add_up,
    arrivals_are_said_once,
    profiles_fit_intervals,
    traces_fit,
    teams_have_people,
    head_counts_fit,
    breaks_are_at_work,
    members_exist,
    contacts_find_agents,
    routes_are_used,
    own_executives_exist,
    cover_rules_end,
    menus_contain,
    loops_take_time,
    only_patience_is_endless,
    patience_is_spread,
    absences_fit,
    names_are_used,
    customers_fit_memory,
    *LOYALTY_CHECKS,
)
CELL_CHECKS: tuple[Check, ...] = (cells_can_be_named, arrivals_meet_open_doors)
"""Checks of when who comes, which walk through every interval of one reason after the other."""
LATER_CHECKS: tuple[Check, ...] = (
    reasons_can_be_numbered,
    *CELL_CHECKS,
    loads_can_be_carried,
    *LATER_LOYALTY_CHECKS,
)
"""Checks that need a sound scenario: they are left out while there are problems."""
