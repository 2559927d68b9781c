"""Which route serves a contact, and what a scenario leaves unsaid about segments, channels and teams.

Plain questions to a scenario; the plan compiler and the checks ask the same ones. It never changes a scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from servsim.scenario.language import Route, Scenario

EVERYBODY = "everybody"
"""Name of the route of a scenario that has none: every team serves everything, in order of name."""


class Contact(NamedTuple):
    """A kind of contact that can happen."""

    reason: str
    segment: str
    channel: str
    share: float
    """Share of the reason's contacts."""


def routes_of(scenario: Scenario) -> dict[str, Route]:
    """Return the scenario's routes, or the one route of a scenario that has none."""
    return scenario.routes or {EVERYBODY: Route(teams=tuple(sorted(scenario.teams)))}


def matching_routes(scenario: Scenario, channel: str, reason: str, segment: str) -> list[str]:
    """Return the names of the most specific routes for a contact: one, none, or several that contradict each other."""
    fits = {
        name: _specificity(route)
        for name, route in routes_of(scenario).items()
        if (not route.channels or channel in route.channels)
        and (not route.reasons or reason in route.reasons)
        and (not route.segments or segment in route.segments)
    }
    return [name for name in sorted(fits) if fits[name] == max(fits.values())]


def route_of(scenario: Scenario, channel: str, reason: str, segment: str) -> Route | None:
    """Return the route of a contact: the one that names most of channel, reason and segment; ``None`` when none does."""
    names = matching_routes(scenario, channel, reason, segment)
    return routes_of(scenario)[names[0]] if names else None


def _specificity(route: Route) -> int:
    return sum(1 for names in (route.channels, route.reasons, route.segments) if names)


def segment_shares(scenario: Scenario, reason: str) -> dict[str, float]:
    """Return who comes for a reason, by share: as said, or by the segments' numbers of customers.

    Where numbers are missing, each segment counts the same (``check`` refuses that when there are several).
    """
    said = scenario.reasons[reason].segments
    if said is not None:
        return said
    sizes = {name: segment.customers for name, segment in scenario.segments.items()}
    total = sum(size or 0 for size in sizes.values())
    if any(size is None for size in sizes.values()) or not total:
        return {name: 1.0 / len(sizes) for name in sizes}
    return {name: (size or 0) / total for name, size in sizes.items()}


def channel_shares(scenario: Scenario, reason: str) -> dict[str, float]:
    """Return which way contacts of a reason come, by share: as said, or evenly (``check`` refuses that when several)."""
    said = scenario.reasons[reason].channels
    return said if said is not None else {name: 1.0 / len(scenario.channels) for name in scenario.channels}


def contacts_of(scenario: Scenario, reason: str) -> Iterator[Contact]:
    """Yield the kinds of contacts that a reason can make, with their shares; those with share 0 left out."""
    for segment, of_segment in segment_shares(scenario, reason).items():
        for channel, of_channel in channel_shares(scenario, reason).items():
            if of_segment * of_channel > 0:
                yield Contact(reason, segment, channel, of_segment * of_channel)


def own_share(scenario: Scenario, reason: str, segment: str) -> float:
    """Return the share of a reason's contacts of a segment that ask for an executive of their own and have one."""
    own = scenario.segments[segment].own_executive
    return own.share if own is not None and scenario.reasons[reason].asks_for == "own" else 0.0


def teams_of(scenario: Scenario, contact: Contact) -> tuple[str, ...]:
    """Return every team that may have to do with a contact: route, overflow, own executive and those who cover."""
    route = route_of(scenario, contact.channel, contact.reason, contact.segment)
    teams = list(route.teams) + [each.team for each in route.overflow.values()] if route else []
    own = scenario.segments[contact.segment].own_executive
    if own is not None and scenario.reasons[contact.reason].asks_for == "own":
        teams += [own.team, *_cover_teams(scenario, contact.reason)]
    return tuple(dict.fromkeys(teams))


def _cover_teams(scenario: Scenario, reason: str) -> list[str]:
    cover = scenario.cover.get(scenario.reasons[reason].cover or "")
    sections = (cover.substitute, cover.come_back, cover.message) if cover else ()
    return [section.team for section in sections if section is not None and section.team is not None]


def channels_of_team(scenario: Scenario, team: str) -> tuple[str, ...]:
    """Return the channels whose contacts a team has to do with, sorted; all of them for a team that nothing names."""
    found = {
        contact.channel
        for reason in scenario.reasons
        for contact in contacts_of(scenario, reason)
        if team in teams_of(scenario, contact)
    }
    return tuple(sorted(found)) if found else tuple(scenario.channels)
