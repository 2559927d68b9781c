"""Crowded random worlds in which nearly everything happens on whole or half minutes, so that ties are the rule.

``crowded(number)`` gives a scenario and recorded arrivals for its plan: own executives with every rule, shifts, breaks
and absences that end while people wait, overflow, menus, closings, redials. It never runs anything.
"""

from __future__ import annotations

import random
from typing import Any

from servsim.draws.name import root_of
from servsim.plan.plan import Plan
from servsim.plan.trace import Recorded, trace_from

NAN = float("nan")
HALF_MINUTES = ("30 s", "1 min", "90 s", "2 min", "3 min", "5 min")
SHARES = (0, 0.3, 0.7, 1)
HOUR_S = 3600


class Dice(random.Random):
    """The choices of one world."""

    def pick(self, *values: Any) -> Any:
        return self.choice(values)

    def law(self, *times: str) -> Any:
        """A certain time, or one of several."""
        times = times or HALF_MINUTES
        return self.pick(self.choice(times), {"empirical": [self.choice(times) for _ in range(4)]})

    def happens(self, share: float = 0.5) -> bool:
        return self.random() < share

    def maybe(self, section: dict[str, Any], **values: Any) -> None:
        """Give keys now and then."""
        for key, value in values.items():
            if self.happens():
                section[key] = value

    def some(self, values: tuple[str, ...]) -> list[str]:
        """Some of the values in a random order."""
        return self.sample(values, self.randint(0, len(values)))


def crowded(number: int) -> dict[str, Any]:
    """Return the scenario of a number."""
    dice = Dice(number)
    own = {"channels": {"counter": 0.6, "phone": 0.4}, "segments": "firms", "asks_for": "own", "cover": "rules"}
    return {
        "calendar": {"days": dice.pick(2, 3), "hours": {"counter": dice.pick("9:00-10:30", "9:00-11:00"), "phone": dice.pick("9:00-11:00", "8:30-10:00", "24 h")}},
        "channels": {"counter": _channel(dice, "seats"), "phone": _channel(dice, "lines")},
        "segments": {
            "firms": {"customers": 12, "own_executive": {"team": "executives"}, "patience": dice.law("2 min", "5 min", "10 min", "1 h", "12 h")},
            "private": {"patience": dice.law("2 min", "5 min", "10 min")},
        },
        "reasons": {"own": {**own, **_reason(dice)}, "general": {"segments": {"firms": 0.3, "private": 0.7}, **_reason(dice)}, "special": _reason(dice)},
        "teams": {
            "executives": _team(dice, 2, 3), "clerks": _team(dice, 1, 2), "helpers": _team(dice, 1, 2), "secretary": _team(dice, 1, 1),
        },
        "routes": _routes(dice),
        "cover": {"rules": _cover(dice)},
        "absences": {f"absence_{k}": _absence(dice) for k in range(dice.randint(0, 4))},
    }  # fmt: skip


def _channel(dice: Dice, room: str) -> dict[str, Any]:
    channel: dict[str, Any] = {"closing": dice.pick("serve_inside", "clear")}
    again = {"after_abandonment": dice.choice(SHARES), "after_busy": dice.choice(SHARES), "delay": dice.law(), "tries": dice.randint(1, 4)}
    dice.maybe(
        channel, balking={2: 0.3, 4: 0.7}, menu={"time": dice.law(), "contained": 0.2, "false_containment": 0.5}, try_again=again,
        when_closed={"share": dice.choice(SHARES), "spread": dice.law("0 s", *HALF_MINUTES), "tries": 3}, **{room: dice.randint(2, 12)},
    )  # fmt: skip
    return channel


def _reason(dice: Dice) -> dict[str, Any]:
    reason: dict[str, Any] = {"talk": dice.law()}
    unsolved = {"returns": dice.choice(SHARES), "delay": dice.law("0 s", "30 min", "1 h", "1 day"), "contacts": dice.pick(2, 3, 5)}
    dice.maybe(
        reason, search=dice.law(), wrap_up=dice.law(), unsolved=unsolved, solved=dice.choice(SHARES), solved_with_file=dice.choice(SHARES),
        solved_without_file=dice.choice(SHARES),
    )  # fmt: skip
    return reason


def _team(dice: Dice, fewest: int, most: int) -> dict[str, Any]:
    breaks = {
        name: {"at": dice.pick("9:10", "9:30", "9:45", "10:15"), "length": dice.pick("5 min", "15 min", "35 min"), "stagger": dice.pick("0 s", "5 min")}
        for name in dice.some(("tea", "lunch"))
    }
    team: dict[str, Any] = {}
    if dice.happens():
        hours = {"early": dice.pick("8:30-10:00", "9:00-10:30"), "late": dice.pick("9:00-11:00", "9:30-11:30", "9:00-10:30")}
        team["shifts"] = {name: {"hours": hours[name], "agents": dice.randint(1, most), "breaks": breaks} for name in hours}
        agents = ["early-1", "late-1"]
    else:
        team |= {"agents": dice.randint(fewest, most), "breaks": breaks}
        agents = ["1"]
    dice.maybe(
        team, at_closing=dice.pick("stay", "leave"), late_break=dice.pick("full", "cut_short"), picks=dice.pick("priority", "longest_waiting"),
        speed=dice.pick(0.5, 2), members={agents[0]: {"lacks": [dice.pick("general", "special")]}},
    )  # fmt: skip
    return team


def _routes(dice: Dice) -> dict[str, Any]:
    routes = {"all": _route(dice), "specials": {"reasons": ["special"], **_route(dice)}}
    if dice.happens():
        routes["firms"] = {"reasons": ["general"], "segments": ["firms"], **_route(dice)}
    return routes


def _route(dice: Dice) -> dict[str, Any]:
    teams = dice.some(("clerks", "helpers", "secretary"))[:2] or ["clerks"]
    route: dict[str, Any] = {"teams": teams}
    others = [team for team in ("executives", "clerks", "helpers", "secretary") if team not in teams]
    when = ({"after": "1 min"}, {"after": "2 min", "at_length": 2}, {"at_length": 1}, {"at_length": 3})
    dice.maybe(
        route, priority=dice.randint(-1, 1), credit=dice.choice(HALF_MINUTES),
        overflow={f"help_{k}": {"team": dice.choice(others), **dice.choice(when)} for k in range(dice.randint(1, 2))},
    )  # fmt: skip
    return route


def _cover(dice: Dice) -> dict[str, Any]:
    last = dice.pick("come_back", "message")
    first = ("buddy", "substitute", "wait", "message" if last == "come_back" else "come_back")
    search = {"search_with_file": dice.law(), "search_without_file": dice.law(), "has_file": 0.5}
    cover: dict[str, Any] = {
        "busy": [*dice.some(first[:2]), dice.pick("wait", "wait", "come_back", "message")],
        "away": [*dice.some(first), last],
        "buddy": {"longest_line": dice.pick(1, 3, "unlimited"), **search},
        "substitute": {"team": dice.pick("clerks", "helpers", "secretary"), **search},
        "come_back": {"returns": dice.choice(SHARES), "delay": dice.law("0 s", "30 min")},
        "message": {"priority": dice.randint(-1, 1)},
        "counts_as_away": dice.pick(0, "10 min", "30 min"),
    }
    dice.maybe(cover["substitute"], longest_line=dice.randint(1, 2), talk=dice.law())
    dice.maybe(cover["come_back"], team=dice.pick("secretary", "executives"), time=dice.law())
    dice.maybe(cover["message"], team=dice.pick("secretary", "executives", "clerks"), time=dice.law(), call_back=dice.law())
    return cover


def _absence(dice: Dice) -> dict[str, Any]:
    absence: dict[str, Any] = {"team": dice.pick("executives", "executives", "clerks", "secretary"), "agents": dice.pick(1, 0.5, 0.7)}
    dice.maybe(absence, hours=dice.pick("9:00-9:45", "9:30-10:00", "9:20-9:40, 10:00-12:00", "10:00-24:00"), chance=dice.pick(0.3, 0.8), days=dice.pick("mon", "tue"))
    return absence


def with_arrivals(plan: Plan, number: int) -> Plan:
    """Return the plan with recorded arrivals on half minutes: too many, and most of them just after or just before some hours."""
    dice = Dice(-number - 1)
    hours = [8.5, 9, 9.5, 9.75, *(window / HOUR_S for window in plan.window_to_s if window < 24 * HOUR_S)]
    rows = []
    for case in range(dice.randint(40, 160) * plan.days):
        day, second = dice.randrange(plan.days), int(dice.choice(hours) * HOUR_S) + 30 * dice.randint(-dice.pick(10, 60), dice.pick(2, 20))
        reason = dice.randrange(len(plan.asks_own))
        root = root_of(reason, day, int(second // plan.interval_s), case)
        rows.append(Recorded(day, root, day * 86_400.0 + second, -1, -1, -1, NAN, NAN, NAN, NAN))
    return plan._replace(trace=trace_from(rows))
