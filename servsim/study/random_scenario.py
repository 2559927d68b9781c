"""Random small scenarios over the whole language of scenario files, all of them valid: what engines are compared on.

::

    Choices (a seed, or a property test's) --> RandomScenario --> plain data that ``read`` takes and ``check`` finds no error in

Times are whole seconds and half minutes, so that things happen at the same instant again and again; one to three days, few
cases. In half of the scenarios customers remember, and many of those leave within a day. A key of the language that no
scenario here ever has is found by a test. Never runs anything and never touches a file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol

Data = dict[str, Any]
Way = Callable[[], Any] | tuple[Any, ...]
"""How a value is found: made, or one of several."""

TIMES = ("30 s", "1 min", "90 s", "2 min", "3 min", "5 min", "10 min")
HOURS = ("8:00-11:00", "9:00-12:00", "9:00-10:30, 11:00-12:00", "22:00-2:00", ["8:30-10:00", "10:30-12:30"])
WEEKS = ({"mon-wed": "9:00-12:00"}, {"mon": "8:00-10:00", "tue-sun": ["9:00-10:00", "10:30-12:00"]})
SHARES = ("0 %", "25 %", "50 %", "80 %", "100 %", 0.3)
DATES = ("2026-03-02", "2026-03-03", "2026-03-04")
DAY_PROFILES = ({"8:00": 1, "9:00": 3, "10:30": 2}, {"0:00": 1}, {"0:00": 2, "10:00": 1}, {"mon": {"9:00": 1}, "tue-sun": {"0:00": 1, "12:00": 0}}, 1)
HOURLY_RATES = (0, 1, 0.5, {"9:00": 4, "10:30": 0}, {"8:30": 6, "9:00": 2, "11:00": 0})
HEAD_COUNTS = ({"8:00": 1, "9:00": 2, "11:30": 1, "12:30": 0}, {"0:00": 1, "10:00": 2}, {"mon-fri": {"9:00": 2}}, 2)

TEMPERS: tuple[Data, ...] = (
    {},
    {"preset": "story", "complain_minor": "50 %", "wait_points": 30, "late_after": "2 h", "anger": 1.5, "unfair": 20, "recorded": 0.5, "reach": 2},
    {"preset": "strict", "incident_weight": 1, "buy_again_at": 75, "buy_again_slope": 2, "window": "1 h", "half_life": "3 h", "late_after": "0 s"},
    {"preset": "evidence", "weaker_of_two": 0.4, "bonus_quality": 40, "bonus_chance": 0.9, "bonus_major": True, "complain_major": 1, "want_human": 0.5},
    {"base_quality": 70, "spread": 15, "smile": 6, "contact_weight": 0.3, "loss_aversion": 2.5, "unsolved": 30, "unsolved_major": 15, "unsolved_friction": 1, "bonus": 12},
    {"extra_call": 20, "extra_visit": 30, "transfer": 15, "re_explained": 15, "no_notice": 15, "broken_promise": 30, "machine": 15, "late_points": 15, "second_problem": 40},
    {"recovery_weight": 1, "shock_major": 12, "silent_minor": 25, "silent_major": 43, "voice": 1.1, "access": 2, "told_solved": 1, "told_unsolved": 0.5},
    {"heard_bad": -0.3, "heard_good": 0.1, "in_market": 0.5, "discount": 0.2, "incident_weight": 0.2},
)  # fmt: skip
"""What customers are like: few kinds, for the pool that each starts from takes time to settle."""
TIES: tuple[Data, ...] = (
    {"time_value": 12},
    {"leaving": 5, "account": 60, "history": {"problems": 3, "major": 0.7}, "churn": "10 %"},
    {"leaving": 5, "lock": 0.5, "account": 90, "promised": 5, "history": {"cases": 30, "problems": 0, "quick": 0.5, "slow": 0.2, "solved_at_first": 0.5}},
)
"""How they stay or leave."""


class Choices(Protocol):
    """Where the choices of a random scenario come from."""

    def pick(self, *values: Any) -> Any:
        """Return one of the values."""

    def whole(self, low: int, high: int) -> int:
        """Return a whole number between two bounds, both possible."""

    def some(self, values: Sequence[Any], fewest: int, most: int) -> list[Any]:
        """Return some of the values, each at most once, in any order."""

    def happens(self) -> bool:
        """Return whether something happens that may as well not happen."""


class Dice:
    """Choices that a text names: the same text gives the same ones on every machine."""

    def __init__(self, name: str) -> None:
        self.random = random.Random(name)

    def pick(self, *values: Any) -> Any:
        """Return one of the values."""
        return self.random.choice(values)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number between two bounds, both possible."""
        return self.random.randint(low, high)

    def some(self, values: Sequence[Any], fewest: int, most: int) -> list[Any]:
        """Return some of the values, each at most once, in any order."""
        return self.random.sample(list(values), self.random.randint(fewest, min(most, len(values))))

    def happens(self) -> bool:
        """Return whether something happens that may as well not happen."""
        return self.random.random() < 0.5


def random_law(choices: Choices, most_nested: int = 1) -> Any:
    """Return a law of any kind, most often a certain time of half minutes."""
    kind = choices.pick("time", "time", "time", "formula", "mixture" if most_nested else "time")
    if kind == "time":
        return choices.pick(*TIMES)
    if kind == "formula":
        return _formula(choices)
    a, b = random_law(choices, most_nested - 1), random_law(choices, most_nested - 1)
    return choices.pick({"mixture": {"short": {"share": "25 %", "law": a}, "long": {"share": 0.75, "law": b}}}, {"smaller_of": {"a": a, "b": b}})


def _formula(choices: Choices) -> Data:
    mean = choices.pick(*TIMES)
    cv, k, shape = choices.pick(0.5, 1, "150 %"), choices.whole(1, 4), choices.pick(0.5, 1, 2)
    found: Data = choices.pick(
        {"exponential": mean}, {"lognormal": {"mean": mean, "cv": cv}}, {"gamma": {"mean": mean, "cv": cv}}, {"erlang": {"mean": mean, "k": k}},
        {"hyperexponential": {"mean": mean, "cv": choices.pick(1, 1.5, 2)}}, {"weibull": {"mean": mean, "shape": shape}},
        {"uniform": {"low": mean, "high": "10 min"}}, {"triangular": {"low": "30 s", "mode": mean, "high": "12 min"}},
        {"quantiles": {"0 %": "30 s", "50 %": "1 min", "100 %": "5 min"}}, {"empirical": ["30 s", "1 min", "2 min", "2 min"]},
    )  # fmt: skip
    return found


class RandomScenario:
    """One random scenario in the making: ``data``, and what its parts must know of each other.

    The methods that return a section may be called again for another one that fits the same scenario: random decisions do.
    """

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.channels = choices.some(("phone", "counter", "hotline"), 1, 2)
        self.segments = choices.some(("private", "firms"), 1, 2)
        self.reasons = choices.some(("billing", "fault", "upgrade"), 1, 3)
        self.teams = choices.some(("clerks", "experts", "office"), 1, 3)
        self.owned = [name for name in self.segments if choices.happens()]
        self.executives = choices.pick(*self.teams, "executives")
        if self.owned and self.executives not in self.teams:
            self.teams.append(self.executives)
        self.agents: dict[str, list[str]] = {}
        """Agents of each team, as absences and members name them."""
        self.data: Data = {}
        self._make()

    def _make(self) -> None:
        choices = self.choices
        self.data |= {
            "title": choices.pick("", "A world", "Größe: 5"), "currency": choices.pick("USD", "EUR"),
            "calendar": self._calendar(),
            "teams": {name: self.team(name) for name in self.teams},
            "channels": {name: self.channel(name) for name in self.channels},
            "segments": {name: self.segment(name) for name in self.segments},
            "day_factors": {"busy": {"cv": choices.pick(0, 0.1, "50 %")}},
            "cover": {"rules": self.cover()},
        }  # fmt: skip
        self.data["reasons"] = {name: self.reason(name) for name in self.reasons}
        self.give(self.data, routes=self.routes, absences=self._absences, description=("More words.",))
        if choices.happens():
            self._let_customers_remember()
        self._let_needs_follow()
        self._let_menus_contain()

    # ---- values

    def law(self) -> Any:
        """Return a law."""
        return random_law(self.choices)

    def laws(self) -> Any:
        """Return a law for every channel, or one for each."""
        return self.law() if self.choices.happens() else {name: self.law() for name in self.channels}

    def give(self, section: Data, **ways: Way) -> Data:
        """Give a section some of the keys, each of them now and then; return the section."""
        for key, way in ways.items():
            if self.choices.happens():
                section[key] = self.choices.pick(*way) if isinstance(way, tuple) else way()
        return section

    def _shares_of(self, names: list[str]) -> Any:
        if len(names) == 1:
            return self.choices.pick(names[0], {names[0]: "100 %"})
        return self.choices.pick(*names, {names[0]: "25 %", names[1]: "75 %"}, {names[0]: 0, names[1]: 1})

    # ---- days, channels, segments

    def _calendar(self) -> Data:
        choices = self.choices
        calendar: Data = {"start": "2026-03-02", "days": choices.whole(1, 3), "interval": choices.pick("30 min", "15 min")}
        named = choices.some(self.channels, 1, 2) if choices.whole(0, 3) else []
        if named:
            calendar["hours"] = {name: choices.pick(*HOURS, *WEEKS) for name in named}
        return self.give(calendar, closed=([], ["2026-03-03"]), warm_up=(0, "1 h", "9 h"))

    def channel(self, name: str) -> Data | None:
        """Return a channel."""
        channel: Data = {"kind": "phone"} if name == "hotline" else {}
        room: dict[str, Way] = {"seats": (0, 1, 2, 4, "unlimited")} if name == "counter" else {"lines": (1, 2, 4, "unlimited")}
        self.give(channel, **room)
        self.give(
            channel, balking=({1: "50 %"}, {0: "10 %", 2: "40 %", 3: 1}), menu=self._menu, try_again=self._try_again, when_closed=self._when_closed,
            closing=("serve_inside", "clear"), service_level=self._promise, cost_per_minute=(0, 0.05),
        )  # fmt: skip
        return channel or self.choices.pick(None, {})

    def _menu(self) -> Data:
        return self.give({"time": self.law()}, contained=SHARES, false_containment=SHARES)

    def _try_again(self) -> Data:
        return self.give({}, after_abandonment=SHARES, after_busy=SHARES, delay=self.law, delay_after_busy=self.law, tries=(1, 2, 4, "unlimited"))

    def _when_closed(self) -> Data:
        return self.give({}, share=SHARES, spread=self.law, tries=(1, 2, 3))

    def _promise(self) -> Data:
        formulas = ("within_of_offered", "short_abandons_count")
        return self.give({}, within=("20 s", "2 min"), target=SHARES, formula=formulas, short_abandon=("0 s", "10 s"))

    def segment(self, name: str) -> Data:
        """Return a segment."""
        segment: Data = {"margin": self.choices.pick(0, 120, 12.5)}
        if name in self.owned or self.choices.whole(0, 4):
            segment["customers"] = self.choices.whole(1, 40)
        self.give(segment, patience=self._patience)
        if name in self.owned:
            segment["own_executive"] = {"team": self.executives, "share": self.choices.pick("50 %", 1, 0)}
        return segment

    def _patience(self) -> Any:
        return self.choices.pick("30 s", "unlimited", self.law(), self.law())

    # ---- reasons

    def reason(self, name: str) -> Data:
        """Return a reason."""
        choices = self.choices
        reason: Data = {"arrivals": self.arrivals(), "talk": self.laws()}
        self.give(
            reason, search=self.laws, wrap_up=self.laws, patience=self._patience, solved=SHARES, solved_with_file=SHARES, solved_without_file=SHARES,
            stage=("before_sale", "after_sale"), unsolved=self._unsolved,
        )  # fmt: skip
        if self._has_unknown_persons() or choices.happens():
            reason["segments"] = self._shares_of(self.segments)
        if len(self.channels) > 1 or choices.happens():
            reason["channels"] = self._shares_of(self.channels)
        if choices.whole(0, 3) == 0:
            reason["handling_profile"] = choices.pick({"9:00": 2, "10:30": 0.5}, {"mon": {"0:00": 1.5}})
        if set(self.owned) & self._coming(reason) and choices.whole(0, 3):
            reason |= {"asks_for": "own", "cover": "rules"}
        return reason

    def _has_unknown_persons(self) -> bool:
        return any("customers" not in segment for segment in self.data["segments"].values())

    def _unsolved(self) -> Data:
        delay = self.choices.pick("1 day", "6 h", self.law(), self.law())
        return self.give({}, returns=SHARES, delay=lambda: delay, counts=("clock", "open_days"), contacts=(1, 2, 3, "unlimited"))

    def _coming(self, reason: Data) -> set[str]:
        """Return the segments that come for a reason with a share above 0."""
        said = reason.get("segments", dict.fromkeys(self.segments, 1))
        return {said} if isinstance(said, str) else {name for name, share in said.items() if share}

    def arrivals(self) -> Data:
        """Return arrivals by rates."""
        if self.choices.happens():
            arrivals = self.give({"per_day": self.choices.pick(0, 1, 4, 8.5, 15)}, profile=DAY_PROFILES)
        else:
            arrivals = {"per_hour": self.choices.pick(*HOURLY_RATES)}
        weekdays = ({"mon": "120 %"}, {"mon-fri": 1, "sat-sun": 0}, {"daily": 0.5})
        return self.give(arrivals, weekdays=weekdays, day_factor=("busy",), growth=(0.2, -0.1))

    def _let_needs_follow(self) -> None:
        """Add later needs, to reasons of a later name for which the same segments come."""
        reasons = self.data["reasons"]
        for name, reason in reasons.items():
            later = [each for each in self.reasons if each > name and self._coming(reason) <= self._coming(reasons[each])]
            if later and self.choices.happens():
                reason["leads_to"] = {each: self._link() for each in self.choices.some(later, 1, 2)}

    def _link(self) -> Data:
        delay = self.choices.pick("0 s", "2 h", "1 day", self.law(), self.law(), self.law())
        return self.give({}, share=SHARES, delay=lambda: delay)

    def _let_menus_contain(self) -> None:
        """Let the menu contain some reasons more often than others, where every channel has one."""
        if all(channel and "menu" in channel for channel in self.data["channels"].values()):
            for reason in self.data["reasons"].values():
                self.give(reason, contained=SHARES)

    # ---- teams

    def team(self, name: str) -> Data:
        """Return a team; its agents are known to the scenario from now on."""
        choices = self.choices
        team = self._roster(name)
        agents = self.agents[name]
        self.give(
            team, speed=(0.5, 1, "200 %"), wage=(18, 24.5), overtime_pay=(1, 1.5, 2), at_closing=("stay", "leave"), late_break=("full", "cut_short"),
            picks=("priority", "longest_waiting"), skills=self._skills, courtesy=(-5, 3.3),
        )  # fmt: skip
        if choices.happens():
            team["members"] = {each: self._member(agents, each) for each in choices.some(agents, 1, len(agents))}
        return self._with_a_specialist(team, agents[0])

    def _with_a_specialist(self, team: Data, agent: str) -> Data:
        """Now and then, let the team lack a reason that one agent of it has learnt."""
        if self.choices.whole(0, 5):
            return team
        reason = self.choices.pick(*self.reasons)
        members = team.get("members", {})
        own = {**members.get(agent, {}), "skills": {reason: {"speed": 1}}}
        return {**team, "lacks": [reason], "members": {**members, agent: {key: value for key, value in own.items() if key != "lacks"}}}

    def _roster(self, name: str) -> Data:
        choices = self.choices
        kind = choices.pick("agents", "agents", "shifts", "head_count")
        if kind == "agents":
            team: Data = {"agents": choices.whole(1, 3)}
            self.agents[name] = [str(number + 1) for number in range(team["agents"])]
            return self.give(team, breaks=lambda: self._breaks("9:30", "10:00", "10:15"))
        if kind == "shifts":
            shifts = {each: self._shift() for each in choices.some(("early", "late"), 1, 2)}
            self.agents[name] = [f"{each}-{number + 1}" for each, shift in shifts.items() for number in range(shift["agents"])]
            return {"shifts": shifts}
        self.agents[name] = ["1", "2"]
        return self.give({"head_count": choices.pick(*HEAD_COUNTS)}, breaks=lambda: self._breaks("9:30", "10:00"))

    def _breaks(self, *starts: str) -> Data:
        return {name: self._break(starts) for name in self.choices.some(("tea", "lunch"), 0, 2)}

    def _break(self, starts: tuple[str, ...]) -> Data:
        pause = {"at": self.choices.pick(*starts), "length": self.choices.pick("5 min", "15 min", "31 min")}
        return self.give(pause, stagger=("5 min", "15 min"))

    def _shift(self) -> Data:
        shift: Data = {"hours": self.choices.pick("8:00-12:00", "9:00-13:00", "7:30-12:30"), "agents": self.choices.whole(1, 2)}
        return self.give(shift, days=("mon-fri", "mon, wed", "daily", "tue-mon"), breaks=lambda: self._breaks("9:30", "10:00", "11:00"))

    def _skills(self) -> Data:
        return {reason: self.give({}, speed=(0.5, 1, 2), solved=SHARES) for reason in self.choices.some(self.reasons, 0, 2)}

    def _member(self, agents: list[str], name: str) -> Data:
        member = self.give({}, speed=(0.5, 2), skills=self._skills)
        colleagues = [each for each in agents if each != name]
        if colleagues:
            self.give(member, buddy=tuple(colleagues))
        if name != agents[0]:
            self.give(member, lacks=lambda: self.choices.some(self.reasons, 1, 2))
        return member

    # ---- routes, cover, absences

    def routes(self) -> Data:
        """Return one route for everything, and more specific ones that do not contradict each other."""
        choices = self.choices
        routes = {"all": self._route({})}
        for number, reason in enumerate(choices.some(self.reasons, 0, 2)):
            routes[f"special_{number}"] = self._route({"reasons": [reason]})
        if choices.happens():
            routes["narrow"] = self._route({"reasons": [self.reasons[0]], "channels": self.channels[0]})
        if choices.happens():
            routes["narrowest"] = self._route({"reasons": self.reasons, "channels": self.channels, "segments": [self.segments[0]]})
        return routes

    def _route(self, conditions: Data) -> Data:
        teams = self.choices.some(self.teams, 1, 2)
        others = [team for team in self.teams if team not in teams]
        route = self.give({**conditions, "teams": teams}, priority=(-1, 0, 1, 2), credit=("1 min", "90 s"))
        return self.give(route, overflow=lambda: self._overflow(others)) if others else route

    def _overflow(self, teams: list[str]) -> Data:
        when = self.choices.pick({"after": "1 min"}, {"after": "90 s", "at_length": 2}, {"at_length": 1}, {"after": 0})
        return {"help": {"team": self.choices.pick(*teams), **when}}

    def cover(self) -> Data:
        """Return rules for own executives who are busy or away, lists of every kind."""
        choices = self.choices
        first = ("buddy", "substitute")
        cover: Data = {
            "busy": [*choices.some(first, 0, 2), choices.pick("wait", "come_back", "message")],
            "away": [*choices.some(first, 0, 2), choices.pick("come_back", "message")],
        }
        used = {*cover["busy"], *cover["away"]}
        if "substitute" in used:
            cover["substitute"] = self._substitute()
        ways: dict[str, Way] = {"buddy": self._buddy, "come_back": self._come_back, "message": self._message}
        self.give(cover, **{name: way for name, way in ways.items() if name in used})
        return self.give(cover, counts_as_away=(0, "10 min", "30 min"))

    def _search(self, section: Data) -> Data:
        return self.give(section, search_with_file=self.law, search_without_file=self.law, talk=self.law, has_file=SHARES)

    def _buddy(self) -> Data:
        return self.give(self._search({}), longest_line=(1, 3, "unlimited"))

    def _substitute(self) -> Data:
        return self.give(self._search({"team": self.choices.pick(*self.teams)}), longest_line=(1, 2))

    def _come_back(self) -> Data:
        return self.give({}, team=tuple(self.teams), time=self.law, returns=SHARES, delay=self.law)

    def _message(self) -> Data:
        promised = ("0 s", "10 min", "1 day")
        return self.give({}, team=tuple(self.teams), time=self.law, call_back=self.law, priority=(-1, 0, 1), within=promised, forgotten=SHARES)

    def _absences(self) -> Data:
        return {name: self.absence() for name in self.choices.some(("course", "illness", "meeting"), 1, 3)}

    def absence(self) -> Data:
        """Return an absence of some team."""
        choices = self.choices
        absence: Data = {"team": choices.pick(*self.teams)}
        agents = self.agents[absence["team"]]
        self.give(
            absence, agents=(1, "50 %", 0.4, 0, choices.some(agents, 1, len(agents))), on=lambda: choices.some(DATES, 1, 3), days=("mon", "mon-wed", "tue, thu"),
            hours=("9:00-10:30", "9:00-9:30, 11:00-12:00", "22:00-1:00"), chance=SHARES, cause=("training", "illness", "other"),
        )  # fmt: skip
        if "chance" in absence:
            return absence
        self.give(absence, teaches=lambda: self.give({}, solved=(0.1, 0.6, -0.2), speed=(0.5, 2)))
        return self.give(absence, notice=self._notice) if self.owned and absence["team"] == self.executives else absence

    def _notice(self) -> Data:
        return self.give({"team": self.choices.pick(*self.teams)}, share=SHARES, agrees=SHARES, time=self.law, at=("8:00", "9:00", "11:30"))

    # ---- what customers remember

    def _let_customers_remember(self) -> None:
        """Add loyalty, problems, complaints and recovery."""
        choices, data = self.choices, self.data
        data["loyalty"] = choices.pick(*TEMPERS)
        for segment in data["segments"].values():
            self.give(segment, loyalty=TIES)
        for reason in data["reasons"].values():
            reason |= self.problems()
        for team in data["teams"].values():
            self.give(team, authority=(0, 20, 1000))
        for channel in data["channels"].values():
            if channel:
                self.give(channel, felt_wait=(1, 1.5), acceptable_wait=("30 s", "2 min"))
        if choices.whole(0, 3):
            data["complaints"] = self.complaints()
        if choices.whole(0, 3):
            data["recovery"] = self.recovery()

    def problems(self) -> Data:
        """Return what of a reason is a problem with the firm."""
        if self.choices.happens():
            return {"problem": True, "solved": "25 %", "solved_with_file": "25 %"}
        return self.give({}, problem=(True, False), major=SHARES, claim=(0, 10, 40), claim_spread=(0, 0.5))

    def _soon(self) -> Any:
        return self.choices.pick("0 s", "1 day", self.law(), self.law())

    def complaints(self) -> Data:
        """Return who takes complaints."""
        complaints = {"team": self.choices.pick(*self.teams), "delay": self._soon()}
        return self.give(complaints, time=self.law, solved=SHARES, passed_on=SHARES, compensation=(0.5, 1.2), overuse=SHARES)

    def recovery(self) -> Data:
        """Return who makes up for failures."""
        recovery = {"team": self.choices.pick(*self.teams), "delay": self._soon(), "reaches": self.choices.pick(*SHARES)}
        return self.give(recovery, time=self.law, solved=SHARES, goodwill=(5, 12.5), eases=(0, 7.5, 100))
