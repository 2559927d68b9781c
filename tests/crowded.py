"""Crowded random worlds in which nearly everything happens on whole or half minutes, so that ties are the rule.

``crowded(number)`` gives a scenario and recorded arrivals for its plan: own executives with every rule, shifts, breaks
and absences that end while people wait, overflow, menus, closings, redials; in three of four worlds customers remember,
complain and leave, many of them within a day. It never runs anything.
"""

from __future__ import annotations

import random
from typing import Any

from servsim.draws.name import root_of
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Plan
from servsim.plan.trace import Recorded, trace_from
from servsim.scenario.reader import read

NAN = float("nan")
HALF_MINUTES = ("30 s", "1 min", "90 s", "2 min", "3 min", "5 min")
SHARES = (0, 0.3, 0.7, 1)
HOUR_S = 3600

TEMPERS: tuple[dict[str, Any], ...] = (
    {},
    {"preset": "story", "complain_minor": 0.5, "complain_major": 1, "wait_points": 40, "late_after": "1 h", "anger": 1.5, "unfair": 20},
    {"incident_weight": 1, "buy_again_at": 70, "buy_again_slope": 3, "complain_minor": 0.7, "want_human": 0.3, "bonus_quality": 50, "bonus_chance": 0.8},
    {
        "preset": "strict", "incident_weight": 1, "buy_again_at": 80, "buy_again_slope": 1, "window": "30 min", "half_life": "2 h", "complain_minor": 0,
        "complain_major": 0.3, "silent_minor": 40, "late_after": "0 s", "loss_aversion": 3,
    },
    {"weaker_of_two": 0.3, "contact_weight": 0.9, "recovery_weight": 1, "voice": 2, "access": 0.7, "bonus_major": True, "extra_call": 2.5, "transfer": 30},
)  # fmt: skip
"""What customers are like: few kinds, for the pool that each starts from takes time to settle."""
TIES: tuple[dict[str, Any], ...] = (
    {},
    {"leaving": 5, "account": 60, "history": {"problems": 3, "major": 0.7}},
    {"leaving": 5, "lock": 0.5, "account": 90, "promised": 5, "history": {"cases": 30, "problems": 0}},
)
"""How they stay or leave."""


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
    scenario = {
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
    return _with_later_needs(dice, _with_notice(dice, _with_loyalty(dice, scenario) if number % 4 else scenario))


# ---- what customers remember


def _with_loyalty(dice: Dice, scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with customers who remember, and mostly with somebody who hears complaints."""
    scenario["loyalty"] = dice.choice(TEMPERS)
    for segment in scenario["segments"].values():
        segment["loyalty"] = dice.choice(TIES)
    scenario["segments"]["firms"]["customers"] = dice.pick(12, 60, 300)
    dice.maybe(scenario["segments"]["private"], customers=dice.pick(5, 150))
    if dice.happens(0.8):
        scenario["complaints"] = _complaints(dice)
    if dice.happens(0.8):
        scenario["recovery"] = _recovery(dice)
    for reason in scenario["reasons"].values():
        dice.maybe(reason, problem=dice.happens(0.7), major=dice.choice(SHARES), claim=dice.pick(10, 25), claim_spread=dice.pick(0, 1))
        if dice.happens(0.7):
            reason |= {"solved": 0.4, "solved_without_file": dice.pick(0, 0.3)}
    for team in scenario["teams"].values():
        dice.maybe(team, courtesy=dice.pick(-7.3, 4))
        if dice.happens(0.8):
            team["authority"] = dice.pick(0, 20, 100)
    for channel in scenario["channels"].values():
        dice.maybe(channel, felt_wait=dice.pick(1, 1.5), acceptable_wait=dice.pick("30 s", "2 min"))
    dice.maybe(scenario["cover"]["rules"]["message"], within=dice.pick("0 s", "5 min", "1 h"), forgotten=dice.pick(0.3, 1))
    return scenario


def _complaints(dice: Dice) -> dict[str, Any]:
    complaints = {"team": dice.pick("executives", "clerks", "helpers", "secretary"), "time": dice.law()}
    dice.maybe(
        complaints, delay=dice.law("0 s", *HALF_MINUTES, "1 h", "1 day"), solved=dice.choice(SHARES), passed_on=dice.pick(0.5, 1),
        compensation=dice.pick(0.5, 1.5), overuse=0.1,
    )  # fmt: skip
    return complaints


def _recovery(dice: Dice) -> dict[str, Any]:
    team, delay = dice.pick("executives", "clerks", "helpers", "secretary"), dice.law("0 s", "30 s", "5 min", "1 h", "1 day")
    recovery = {"team": team, "delay": delay, "time": dice.law(), "reaches": dice.choice(SHARES)}
    dice.maybe(recovery, solved=dice.choice(SHARES), goodwill=dice.pick(3.3, 15), eases=dice.pick(0, 12.5, 100))
    return recovery


def _with_later_needs(dice: Dice, scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with needs that grow out of others; segments that a later need knows come with the earlier one."""
    links = {"own": ("general", "own", "special"), "general": ("special",), "special": ("general",)}
    for name, later in links.items():
        if dice.happens(0.4):
            delay = dice.law("30 s", "5 min", "1 h", "1 day")
            scenario["reasons"][name]["leads_to"] = {each: {"share": dice.pick(0.3, 0.6), "delay": delay} for each in dice.some(later)}
    return scenario


def _with_notice(dice: Dice, scenario: dict[str, Any]) -> dict[str, Any]:
    """Return the scenario with absences that are announced, and absences that teach."""
    for absence in scenario["absences"].values():
        if absence["team"] == "executives" and "chance" not in absence:
            notice = {"team": dice.pick("clerks", "secretary", "executives"), "time": dice.law(*HALF_MINUTES, "4 h"), "at": dice.pick("8:00", "9:00", "9:30")}
            dice.maybe(notice, share=dice.choice(SHARES), agrees=dice.choice(SHARES))
            dice.maybe(absence, notice=notice)
        if "chance" not in absence:
            dice.maybe(absence, teaches={"solved": dice.pick(0.2, 0.8), "speed": dice.pick(0.5, 2)})
    return scenario


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


def crowded_plan(number: int) -> Plan:
    """Return the plan of a crowded world."""
    return with_arrivals(compile_plan(read(crowded(number))).plan, number)
