"""When each agent is planned to work, before absences: shifts, head counts, or the hours of what the team serves.

::

    shifts      -> team/<shift>-1, team/<shift>-2 ...   the shift's windows on its weekdays
    head_count  -> team/1 ... team/n                    agent i works while the count is i or more
    agents      -> team/1 ... team/n                    the opening hours of the channels the team serves

Nobody works on closed dates. Times are seconds on the run's clock; the last window may reach beyond the run's end, and
absences, late breaks and overtime belong to the plan and the engines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from servsim.rules.clock import DAY_S
from servsim.scenario.language import Break, Member, Scenario, Shift, Team
from servsim.scenario.opening import date_of, is_closed_date, merged, open_days, opening_windows, weekday_of, within_run
from servsim.scenario.profile import stretches_of
from servsim.scenario.route import channels_of_team
from servsim.scenario.units import Profile
from servsim.scenario.volumes import file_of, read_head_counts

Window = tuple[float, float]


class AgentDuty(NamedTuple):
    """The planned work of one agent."""

    name: str
    """``clerks/1`` or ``clerks/early-1``."""
    member: Member | None
    """What is special about the agent, or ``None``."""
    windows: list[Window]
    """(from, to) in seconds on the run's clock, sorted and merged."""
    breaks: list[tuple[float, float]]
    """(from, length) in seconds, sorted; each begins within a window and ends there at the latest."""
    lacks: frozenset[str] = frozenset()
    """Reasons the agent cannot serve."""


def lacked_by(team: Team, member: Member | None) -> frozenset[str]:
    """Return the reasons an agent cannot serve: the team's, unless a skill of the agent's own, and the agent's."""
    if member is None:
        return frozenset(team.lacks)
    return (frozenset(team.lacks) - frozenset(member.skills)) | frozenset(member.lacks)


def duty(scenario: Scenario, team_name: str) -> list[AgentDuty]:
    """Return the planned work of a team's agents, in the order of their numbers.

    Raises
    ------
    ScenarioError
        The head-count file has bad lines.
    """
    team = scenario.teams[team_name]
    if team.shifts:
        return list(_shift_duties(scenario, team_name, team))
    windows = _head_count_windows(scenario, team_name) if _has_head_count(team) else _plain_windows(scenario, team_name)
    return [_numbered(scenario, team_name, number, each) for number, each in enumerate(windows, 1)]


def agent_names(scenario: Scenario, team_name: str) -> list[str]:
    """Return the names of a team's agents, in the order of their numbers.

    Raises
    ------
    ScenarioError
        The head-count file has bad lines.
    """
    team = scenario.teams[team_name]
    if team.shifts:
        return [f"{team_name}/{name}-{number}" for name, shift in sorted(team.shifts.items()) for number in range(1, shift.agents + 1)]
    return [f"{team_name}/{number}" for number in range(1, team_size(scenario, team_name) + 1)]


def team_size(scenario: Scenario, team_name: str) -> int:
    """Return how many agents a team has: those of its shifts, or as said, or as many as its highest head count.

    Fewer agents than the highest head count cut it; further ones work whenever anybody of the team does.

    Raises
    ------
    ScenarioError
        The head-count file has bad lines.
    """
    team = scenario.teams[team_name]
    if team.shifts:
        return sum(shift.agents for shift in team.shifts.values())
    return highest_head_count(scenario, team) if team.agents is None else team.agents


def highest_head_count(scenario: Scenario, team: Team) -> int:
    """Return the largest of a team's head counts; 0 where it has none.

    Raises
    ------
    ScenarioError
        The head-count file has bad lines.
    """
    profiles = list(team.head_count or ())
    if team.head_count_file is not None:
        profiles += head_counts_by_date(scenario, team).values()
    return int(max((number for profile in profiles for _, number in profile), default=0.0))


def _has_head_count(team: Team) -> bool:
    return team.head_count is not None or team.head_count_file is not None


def _numbered(scenario: Scenario, team_name: str, number: int, windows: list[Window]) -> AgentDuty:
    team = scenario.teams[team_name]
    breaks = _breaks_within(scenario, team.breaks, number, windows)
    member = team.members.get(str(number))
    return AgentDuty(f"{team_name}/{number}", member, windows, breaks, lacked_by(team, member))


# ---- agents without shifts


def _plain_windows(scenario: Scenario, team_name: str) -> list[list[Window]]:
    channels = channels_of_team(scenario, team_name)
    windows = merged(window for channel in channels for window in opening_windows(scenario, channel))
    return [list(windows) for _ in range(scenario.teams[team_name].agents or 0)]


def _head_count_windows(scenario: Scenario, team_name: str) -> list[list[Window]]:
    """Return the windows of each agent: number i works while i or more are on duty, one beyond the highest count while anybody is."""
    channels = channels_of_team(scenario, team_name)
    stretches = [
        stretch
        for (day, profile), windows in zip(_head_counts(scenario, team_name), open_days(scenario, channels), strict=True)
        for stretch in stretches_of(profile, day * DAY_S, windows)
    ]
    most = highest_head_count(scenario, scenario.teams[team_name])
    needed = [number if number <= most else 1 for number in range(1, team_size(scenario, team_name) + 1)]
    return [within_run(scenario, [(each.from_s, each.to_s) for each in stretches if each.weight >= count]) for count in needed]


def _head_counts(scenario: Scenario, team_name: str) -> Iterator[tuple[int, Profile]]:
    """Yield the head counts of each day of the run."""
    team = scenario.teams[team_name]
    by_date = head_counts_by_date(scenario, team) if team.head_count_file is not None else {}
    for day in range(scenario.calendar.days):
        if team.head_count_file is not None:
            yield day, by_date.get(date_of(scenario, day), ())
        else:
            yield day, (team.head_count or ((),) * 7)[weekday_of(scenario, day)]


def head_counts_by_date(scenario: Scenario, team: Team) -> Mapping[object, Profile]:
    """Return the profiles of a head-count file by date.

    Raises
    ------
    ScenarioError
        The file has bad lines.
    """
    found: dict[object, Profile] = {}
    for line in read_head_counts(file_of(team.head_count_file or "", scenario.folder)):
        found[line.date] = (*found.get(line.date, ()), (line.start_s, float(line.agents)))
    return found


def _breaks_within(scenario: Scenario, breaks: Mapping[str, Break], number: int, windows: list[Window]) -> list[Window]:
    """Return the breaks of a numbered agent: each day's, where it begins while the agent is on duty."""
    starts = (
        (day * DAY_S + begins_s(each, number), each.length) for day in range(scenario.calendar.days) for each in breaks.values()
    )
    found = (_cut_to(windows, begin, length) for begin, length in starts)
    return sorted(each for each in found if each is not None)


def begins_s(pause: Break, number: int) -> float:
    """Return when the break of the n-th agent begins, in seconds after midnight (staggered)."""
    return pause.at + (number - 1) * pause.stagger


def _cut_to(windows: list[Window], begin: float, length: float) -> Window | None:
    """Return a break as far as it lies in the window it begins in, or ``None`` when it begins in none."""
    at = bisect_right(windows, (begin, float("inf"))) - 1
    if at < 0 or begin >= windows[at][1]:
        return None
    return begin, min(length, windows[at][1] - begin)


# ---- agents with shifts


def _shift_duties(scenario: Scenario, team_name: str, team: Team) -> Iterator[AgentDuty]:
    for shift_name, shift in sorted(team.shifts.items()):
        for number in range(1, shift.agents + 1):
            name = f"{shift_name}-{number}"
            days = [(day, shift_windows(shift, day)) for day in _shift_days(scenario, shift)]
            windows = within_run(scenario, (window for _, each in days for window in each))
            breaks = [pause for _, each in days for pause in shift_breaks(shift, number, each) if pause[0] >= 0.0]
            in_run = sorted(pause for pause in breaks if pause[0] < scenario.calendar.days * DAY_S)
            member = team.members.get(name)
            yield AgentDuty(f"{team_name}/{name}", member, windows, in_run, lacked_by(team, member))


def _shift_days(scenario: Scenario, shift: Shift) -> list[int]:
    days = range(-1, scenario.calendar.days + 1)
    return [day for day in days if weekday_of(scenario, day) in shift.days and not is_closed_date(scenario, day)]


def shift_windows(shift: Shift, day: int) -> list[Window]:
    """Return a shift's hours on a day, on the run's clock."""
    return [(day * DAY_S + begin, day * DAY_S + end) for begin, end in shift.hours]


def shift_breaks(shift: Shift, number: int, windows: list[Window]) -> list[Window]:
    """Return the breaks of a shift's n-th agent within one day's windows; after midnight counts as the same shift."""
    midnight_s = DAY_S * (windows[0][0] // DAY_S) if windows else 0.0
    found = []
    for each in shift.breaks.values():
        begin = midnight_s + begins_s(each, number)
        found.append(_cut_to(windows, begin, each.length) or _cut_to(windows, begin + DAY_S, each.length))
    return [pause for pause in found if pause is not None]
