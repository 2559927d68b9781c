"""The replay: what a browser needs to play the shown day of one world, out of the contact log.

::

    contact log --> tracks: per person and contact, when where (line, desk, door) and in what mood
    presence ----> agents: stretch by stretch, what each did and why one was away
    scenario ----> floor: seats, desks, telephone lines, teams

Times are seconds after the shown day's midnight, whole ones; moods and places are small numbers. Never draws anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import RunLog
from servsim.measure.agent_day import agent_day
from servsim.page.stage import Stage, StagedWorld
from servsim.report.names import Called, Chronicle
from servsim.report.whereabouts import Whereabouts
from servsim.rules.clock import DAY_S
from servsim.rules.codes import BY_FIRM, AgentState, ChannelKind, Cover, LegKind, Outcome, Solved, word
from servsim.study.pairing import pair_logs

Ints = NDArray[np.int64]

UNDECIDED, CONTENT, FAILED, LEFT = range(4)
"""How somebody goes: nothing settled yet, helped, not helped or sent home, walked out."""
WALKED_OUT = (Outcome.ABANDONED, Outcome.BALKED, Outcome.BLOCKED, Outcome.TURNED_AWAY, Outcome.CLOSED)


def chronicle_of(world: StagedWorld, log: RunLog) -> Chronicle:
    """Return the log with what is needed to tell it."""
    return Chronicle(log, world.world.plan, world.world.names, world.world.scenario)


def replay_of(stage: Stage, base: RunLog, other: RunLog) -> dict[str, Any]:
    """Return the shown day of both worlds as plain data.

    Returns
    -------
    ``worlds``: for each its ``floor``, ``tracks`` and ``agents``; ``differs``: the first moment at which the worlds differ
    (a contact that goes another way, or exists in one only), or None.
    """
    worlds = [_world(stage, world, log) for world, log in ((stage.base, base), (stage.other, other))]
    pairs = pair_logs(base, stage.base.world.names, other, stage.other.world.names).contacts
    from_s, to_s = stage.opens
    midnight = stage.shown * DAY_S
    _number_people(worlds, dict(zip(pairs.other.tolist(), pairs.base.tolist(), strict=True)))
    found = {"worlds": worlds, "from": round(from_s - midnight), "to": round(to_s - midnight), "date": stage.shown_date.isoformat(), "replication": base.replication}
    return found | {"differs": _first_difference(worlds)}


def _world(stage: Stage, staged: StagedWorld, log: RunLog) -> dict[str, Any]:
    chronicle = chronicle_of(staged, log)
    return {
        "name": staged.name,
        "title": staged.title,
        "floor": floor_of(staged),
        "tracks": _tracks(stage, chronicle),
        "agents": _agents(stage, chronicle),
    }


# ---- the floor


def floor_of(staged: StagedWorld) -> dict[str, Any]:
    """Return what stands on the shop floor."""
    plan, names, scenario = staged.world.plan, staged.world.names, staged.world.scenario
    channels = [
        {"name": name, "phone": int(plan.channel_kind[number]) == ChannelKind.PHONE, "capacity": int(plan.channel_capacity[number])}
        for number, name in enumerate(names.channels)
    ]
    own_team = {segment.own_executive.team for segment in scenario.segments.values() if segment.own_executive is not None}
    desk_teams = {team for cover in scenario.cover.values() for team in _desk_teams(cover)} | ({scenario.complaints.team} if scenario.complaints else set())
    phone_teams = {team for team in names.teams if _answers_phone_only(staged, team)}
    hears = scenario.complaints.team if scenario.complaints else ""
    teams = [
        {"name": name, "kind": _kind(name, own_team, desk_teams, phone_teams), "authority": (scenario.teams[name].authority or 0.0) if name == hears else None}
        for name in names.teams
    ]
    agents = [{"name": name, "team": int(plan.agent_team[number])} for number, name in enumerate(names.agents)]
    return {"channels": channels, "teams": teams, "agents": agents}


def _desk_teams(cover: Any) -> list[str]:
    """Return the teams that send home or take messages."""
    desks = (getattr(cover, "come_back", None), getattr(cover, "message", None))
    return [desk.team for desk in desks if desk is not None and getattr(desk, "team", None)]


def _answers_phone_only(staged: StagedWorld, team: str) -> bool:
    plan, names = staged.world.plan, staged.world.names
    first, last = (int(plan.team_first[names.teams.index(team) + step]) for step in (0, 1))
    reasons, segments = len(names.reasons), len(names.segments)
    channels = set()
    for place, queue in enumerate(np.asarray(plan.queue_of).tolist()):
        steps = range(int(plan.step_offset[queue]), int(plan.step_offset[queue + 1])) if queue >= 0 else range(0)
        if any(int(plan.step_team[step]) == names.teams.index(team) and not int(plan.step_length[step]) for step in steps):
            channels.add(place // (reasons * segments))
    return last > first and bool(channels) and all(int(plan.channel_kind[channel]) == ChannelKind.PHONE for channel in channels)


def _kind(team: str, own: set[str], desk: set[str], phone: set[str]) -> str:
    if team in own:
        return "executives"
    if team in phone:
        return "phone"
    return "desk" if team in desk else "counter"


# ---- people


def _tracks(stage: Stage, chronicle: Chronicle) -> list[dict[str, Any]]:
    """Return the contacts that are in the shop or on the line on the shown day, in order of arrival."""
    contacts, midnight = chronicle.log.contacts, stage.shown * DAY_S
    called = Called(chronicle.plan, chronicle.names, chronicle.scenario)
    today = (contacts["arrived_s"] >= midnight) & (contacts["arrived_s"] < midnight + DAY_S) & (contacts["outcome"] != Outcome.LOST_DEMAND)
    today &= ~np.isin(contacts["entry"], BY_FIRM) | ~np.isnan(contacts["answered_s"])
    rows = np.flatnonzero(today)
    return _tracks_of(rows[np.argsort(contacts["arrived_s"][rows], kind="stable")], chronicle, called, midnight)


TRACK_CODES = ("reason", "channel", "segment", "customer", "owner", "agent", "cover", "outcome", "solved", "entry", "leg_kind", "root")
TRACK_TIMES = ("arrived_s", "queued_s", "answered_s", "ended_s")
COVER_WORDS, OUTCOME_WORDS, STATE_WORDS = ({int(each): word(each) for each in codes} for codes in (Cover, Outcome, AgentState))
AWAY = int(AgentState.AWAY)
FIRMS = frozenset(int(each) for each in BY_FIRM)


def _tracks_of(rows: Ints, chronicle: Chronicle, called: Called, midnight: float) -> list[dict[str, Any]]:
    """Return rows of the log as tracks: columns are made plain once, not contact by contact."""
    contacts, segments = chronicle.log.contacts, chronicle.names.segments
    reasons = [called.reason(number) for number in range(len(chronicle.names.reasons))]
    codes = zip(*(contacts[name][rows].tolist() for name in TRACK_CODES), strict=True)
    times = zip(*(_seconds(contacts[name][rows], midnight) for name in TRACK_TIMES), strict=True)
    found = []
    for row, (reason, channel, segment, customer, owner, agent, cover, outcome, solved, entry, leg_kind, root), moments in zip(rows.tolist(), codes, times, strict=True):
        by_firm = entry in FIRMS
        found.append({
            "row": row, "who": called.customer_name(customer) if customer >= 0 else "", "case": str(root), "segment": segments[segment],
            "reason": reasons[reason], "channel": channel, "by_firm": by_firm, "complaint": leg_kind == LegKind.COMPLAINT.value, "owner": owner, "agent": agent,
            "cover": COVER_WORDS[cover], "outcome": OUTCOME_WORDS[outcome], "mood": MOODS[outcome, solved], "t": [moments[2]] * 3 + [moments[3]] if by_firm else [*moments],
        })  # fmt: skip
    return found


def _seconds(time_s: NDArray[np.float64], midnight: float) -> list[int | None]:
    """Return whole seconds after midnight; ``None``: it did not happen."""
    known = ~np.isnan(time_s)
    whole: list[int | None] = np.rint(np.where(known, time_s - midnight, 0.0)).astype(np.int64).tolist()
    return [each if is_known else None for each, is_known in zip(whole, known.tolist(), strict=True)]


def _mood(outcome: Outcome, solved: Solved) -> int:
    if outcome in WALKED_OUT:
        return LEFT
    if outcome == Outcome.TOLD_TO_COME_BACK or (outcome == Outcome.ANSWERED and solved == Solved.NO):
        return FAILED
    return CONTENT if solved == Solved.YES or outcome in (Outcome.CONTAINED, Outcome.MESSAGE_LEFT) else UNDECIDED


MOODS = {(int(outcome), int(solved)): _mood(outcome, solved) for outcome in Outcome for solved in Solved}


def _number_people(worlds: list[dict[str, Any]], base_row: dict[int, int]) -> None:
    """Give the same contact the same number ``id`` in both worlds, so that a browser can show the same person twice."""
    for track in worlds[0]["tracks"]:
        track["id"] = f"b{track['row']}"
    known = {track["row"] for track in worlds[0]["tracks"]}
    for track in worlds[1]["tracks"]:
        row = base_row.get(track["row"], -1)
        track["id"] = f"b{row}" if row in known else f"o{track['row']}"


def _first_difference(worlds: list[dict[str, Any]]) -> int | None:
    """Return when the worlds first differ: a contact goes another way, or is in one of them only."""
    sides = [{track["id"]: track for track in world["tracks"]} for world in worlds]
    moments = []
    for name in sides[0].keys() | sides[1].keys():
        here, there = sides[0].get(name), sides[1].get(name)
        if here is None or there is None:
            moments.append(((here or there) or {"t": [0]})["t"][0])
        elif (here["t"], here["agent"], here["outcome"], here["mood"]) != (there["t"], there["agent"], there["outcome"], there["mood"]):
            changed = [min(a, b) for a, b in zip(here["t"], there["t"], strict=True) if a is not None and b is not None and a != b]
            known = [each for each in (here["t"][2], there["t"][2]) if each is not None]
            moments.append(min([*changed, *known], default=here["t"][0]))
    return min((each for each in moments if each is not None), default=None)


# ---- agents


def _agents(stage: Stage, chronicle: Chronicle) -> list[list[Any]]:
    """Return, for each agent, stretches of the shown day: [from, to, state, why away]."""
    midnight = stage.shown * DAY_S
    day, where = agent_day(chronicle.log, chronicle.plan._replace(horizon_s=midnight + DAY_S)), Whereabouts(chronicle)
    found: list[list[Any]] = [[] for _ in chronicle.names.agents]
    inside = np.flatnonzero((day.to_s > midnight) & (day.from_s < midnight + DAY_S) & (day.state != AgentState.OFF))
    begins, ends = np.maximum(day.from_s[inside], midnight), np.minimum(day.to_s[inside], midnight + DAY_S)
    begun, ended = (np.rint(each - midnight).astype(np.int64).tolist() for each in (begins, ends))
    for agent, from_s, to_s, begin_s, state in zip(day.agent[inside].tolist(), begun, ended, begins.tolist(), day.state[inside].tolist(), strict=True):
        why = where.absence(agent, begin_s) if state == AWAY else ""
        found[agent].append([from_s, to_s, STATE_WORDS[state], why])
    return found
