"""Cross-checks of what customers remember, of complaints and recovery, later needs, notice and teaching.

Each check walks the scenario and tells what it finds; ``check.py`` lists them. It never changes a scenario.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from servsim.errors import Problem
from servsim.rules.distribution import mean_of
from servsim.scenario import units
from servsim.scenario.duty import agent_names, duty
from servsim.scenario.finding import Found, featured, warned
from servsim.scenario.keys import entries
from servsim.scenario.language import Absence, Complaints, Message, Notice, Reason, Recovery, Scenario, Team
from servsim.scenario.loyalty import someone_remembers
from servsim.scenario.route import segment_shares
from servsim.scenario.spot import list_names

ENOUGH_ROUNDS = 200
"""Rounds after which a loop of later needs that dies out at all has died out."""


def teams_of_calls(scenario: Scenario) -> dict[str, str]:
    """Return the teams that take complaints or make calls, by the path that names them."""
    named: dict[str, Complaints | Recovery | Notice | None] = {"complaints.team": scenario.complaints, "recovery.team": scenario.recovery}
    named |= {f"absences.{name}.notice.team": absence.notice for name, absence in scenario.absences.items()}
    return {path: each.team for path, each in named.items() if each is not None}


# ---- who remembers


def loyalty_has_persons(scenario: Scenario) -> Found:
    """Complaints and recovery need customers who remember; who remembers is known as a person."""
    for name in ("complaints", "recovery"):
        if getattr(scenario, name) is not None and scenario.loyalty is None:
            yield Problem(name, "", "needs the section loyalty: without it customers remember nothing, and nobody complains; loyalty={} takes every default")
    if scenario.loyalty is not None and not someone_remembers(scenario):
        yield warned("loyalty", "has no effect: no segment has customers, and only persons who are known remember")
    if scenario.loyalty is None:
        yield from _without_loyalty(scenario)


def _without_loyalty(scenario: Scenario) -> Found:
    """Keys that only matter to customers who remember."""
    for name, reason in scenario.reasons.items():
        yield from _idle(f"reasons.{name}", reason, ("problem", "claim"))
    for name, team in scenario.teams.items():
        yield from _idle(f"teams.{name}", team, ("authority", "courtesy"))
    for name, cover in scenario.cover.items():
        if cover.message is not None:
            yield from _idle(f"cover.{name}.message", cover.message, ("within", "forgotten"))


def _idle(path: str, section: Reason | Team | Message, keys: tuple[str, ...]) -> Found:
    for key in keys:
        if getattr(section, key) != entries(type(section))[key].default:
            yield warned(f"{path}.{key}", "has no effect: the scenario has no loyalty section, so nobody remembers")


def histories_add_up(scenario: Scenario) -> Found:
    """Complaints of the years before are settled at once, late or never."""
    for name, segment in scenario.segments.items():
        history = segment.loyalty.history
        if history.quick + history.slow > 1.0 + 1e-9:
            words = "must be at most 100 % together with slow: a complaint is settled at once, late or not at all"
            yield Problem(f"segments.{name}.loyalty.history.quick", units.share_text(history.quick), words)


# ---- complaints and recovery


def complaints_can_be_settled(scenario: Scenario) -> Found:
    """Who takes complaints may settle something, and what is passed on has somebody to go to."""
    if scenario.loyalty is None:
        return
    for name, section in (("complaints", scenario.complaints), ("recovery", scenario.recovery)):
        if section is not None and scenario.teams[section.team].authority is None:
            yield featured(f"{name}.team", f"{section.team} may settle nothing: give teams.{section.team}.authority (0 settles what costs nothing)")
    if scenario.complaints is not None and scenario.complaints.passed_on > 0.0 and scenario.recovery is None:
        yield warned("complaints.passed_on", "has no effect: there is no recovery team (recovery.team)")


def callers_come_to_work(scenario: Scenario) -> Found:
    """Complaints and calls are worked on at some time of the run."""
    for path, team in teams_of_calls(scenario).items():
        if not any(agent.windows for agent in duty(scenario, team)):
            yield Problem(path, team, "must be on duty at some time of the run: nobody of the team ever is")


# ---- later needs


def later_needs_end(scenario: Scenario) -> Found:
    """Later needs come to segments that have them, and loops of them take time."""
    for name, reason in scenario.reasons.items():
        for later in reason.leads_to:
            yield from _later_segments(scenario, name, later)
    still = {name: [later for later, link in reason.leads_to.items() if link.share > 0.0 and mean_of(link.delay) == 0.0] for name, reason in scenario.reasons.items()}
    loop = _loop(still)
    if loop:
        path = f"reasons.{loop[0]}.leads_to.{loop[1]}.delay"
        yield Problem(path, "0 s", f"must be more than 0 somewhere in the loop {' -> '.join(loop)}: time would stand still")
    elif _goes_on(scenario):
        words = "each case leads to one or more further ones on average, and so on until the run ends"
        yield featured(f"reasons.{_loop(_links(scenario))[0]}.leads_to", words)


def _later_segments(scenario: Scenario, name: str, later: str) -> Found:
    """The same customer comes with the later need, so his segment must be able to."""
    known = {segment for segment, share in segment_shares(scenario, later).items() if share > 0.0}
    missing = [segment for segment, share in segment_shares(scenario, name).items() if share > 0.0 and segment not in known]
    if missing:
        words = f"comes from customers of {list_names(missing)}, who do not come for {later}: add them to reasons.{later}.segments"
        yield Problem(f"reasons.{name}.leads_to.{later}", "", words)


def _links(scenario: Scenario) -> dict[str, list[str]]:
    return {name: [later for later, link in reason.leads_to.items() if link.share > 0.0] for name, reason in scenario.reasons.items()}


def _loop(links: dict[str, list[str]]) -> list[str]:
    """Return a chain of names that comes back to its first; empty where there is none."""
    for first in sorted(links):
        found = _way_back(links, [first], set())
        if found:
            return found
    return []


def _way_back(links: dict[str, list[str]], way: list[str], seen: set[str]) -> list[str]:
    for later in links[way[-1]]:
        if later == way[0]:
            return [*way, later]
        if later not in seen:
            seen.add(later)
            found = _way_back(links, [*way, later], seen)
            if found:
                return found
    return []


def _goes_on(scenario: Scenario) -> bool:
    """Whether later needs do not die out: as many cases in a late round as at first."""
    cases = dict.fromkeys(scenario.reasons, 1.0)
    for _ in range(ENOUGH_ROUNDS):
        following = dict.fromkeys(scenario.reasons, 0.0)
        for name, reason in scenario.reasons.items():
            for later, link in reason.leads_to.items():
                following[later] = min(following[later] + link.share * cases[name], 1e6)
        cases = following
        if not any(cases.values()):
            return False
    return max(cases.values(), default=0.0) > 0.5


# ---- absences


def notices_reach_customers(scenario: Scenario) -> Found:
    """Only a planned absence of executives with customers can be announced, and only a planned one teaches."""
    owning = {segment.own_executive.team for segment in scenario.segments.values() if segment.own_executive is not None}
    for name, absence in scenario.absences.items():
        path = f"absences.{name}"
        for key in ("notice", "teaches"):
            if getattr(absence, key) is not None and absence.chance is not None:
                yield Problem(f"{path}.{key}", "", "is for planned absences only; this one has a chance, so nobody foresees it")
        if absence.notice is not None and absence.team not in owning:
            yield Problem(f"{path}.notice", "", f"is for executives with customers of their own; {absence.team} have none (own_executive names {list_names(sorted(owning)) or 'nobody'})")
        if absence.notice is not None and _on_first_day(scenario, absence):
            yield warned(f"{path}.notice", "nobody can be called ahead of the first simulated day")


def _on_first_day(scenario: Scenario, absence: Absence) -> bool:
    first = scenario.calendar.start
    return (absence.on is None or first in absence.on) and (absence.days is None or first.weekday() in absence.days)


def courses_teach_once(scenario: Scenario) -> Found:
    """Of several absences that teach an agent only the first to end counts (R46)."""
    teaching = [(name, absence) for name, absence in scenario.absences.items() if absence.teaches is not None]
    for (one, first), (other, second) in combinations(teaching, 2):
        if first.team == second.team and _may_share(scenario, first, second):
            words = f"may take agents whom absences.{one} teaches too; what they learn where they are done first counts, the other adds nothing"
            yield warned(f"absences.{other}.teaches", words)


def _may_share(scenario: Scenario, one: Absence, other: Absence) -> bool:
    if isinstance(one.agents, tuple) and isinstance(other.agents, tuple):
        return bool(set(one.agents) & set(other.agents))
    return bool(agent_names(scenario, one.team)) and not any(agents == 0 for agents in (one.agents, other.agents))


LOYALTY_CHECKS: tuple[Callable[[Scenario], Found], ...] = (
    loyalty_has_persons,
    histories_add_up,
    complaints_can_be_settled,
    later_needs_end,
    notices_reach_customers,
    courses_teach_once,
)
LATER_LOYALTY_CHECKS: tuple[Callable[[Scenario], Found], ...] = (callers_come_to_work,)
