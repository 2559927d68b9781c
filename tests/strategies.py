"""Random scenarios for tests: small valid ones over the whole language, and broken ones.

``valid_scenarios()`` gives plain data that ``read`` takes without a problem and ``check`` without an error. Times are
whole seconds and half minutes, so that ties are common; one to three days, few cases. In half of them customers
remember, and many of those leave within a day. It never runs anything.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Data = dict[str, Any]

TIMES = ("30 s", "1 min", "90 s", "2 min", "3 min", "5 min", "10 min")
HOURS = ("8:00-11:00", "9:00-12:00", "9:00-10:30, 11:00-12:00", "22:00-2:00", ["8:30-10:00", "10:30-12:30"])
SHARES = ("0 %", "25 %", "50 %", "80 %", "100 %", 0.3)
DATES = ("2026-03-02", "2026-03-03", "2026-03-04")


def pick(*values: Any) -> st.SearchStrategy[Any]:
    """Choose one of the values."""
    return st.sampled_from(values)


times = pick(*TIMES)
shares = pick(*SHARES)


@functools.cache
def laws(most_nested: int = 1) -> st.SearchStrategy[Any]:
    """Laws of every kind, most often a certain time of half minutes."""
    formulas = st.one_of(
        st.builds(lambda mean: {"exponential": mean}, times),
        st.builds(lambda kind, mean, cv: {kind: {"mean": mean, "cv": cv}}, pick("lognormal", "gamma"), times, pick(0.5, 1, "150 %")),
        st.builds(lambda mean, k: {"erlang": {"mean": mean, "k": k}}, times, st.integers(1, 4)),
        st.builds(lambda mean, cv: {"hyperexponential": {"mean": mean, "cv": cv}}, times, pick(1, 1.5, 2)),
        st.builds(lambda mean, shape: {"weibull": {"mean": mean, "shape": shape}}, times, pick(0.5, 1, 2)),
        st.builds(lambda low: {"uniform": {"low": low, "high": "10 min"}}, times),
        st.builds(lambda mode: {"triangular": {"low": "30 s", "mode": mode, "high": "12 min"}}, times),
        pick({"quantiles": {"0 %": "30 s", "50 %": "1 min", "100 %": "5 min"}}, {"empirical": ["30 s", "1 min", "2 min", "2 min"]}),
    )
    simple = st.one_of(times, times, formulas)
    if most_nested == 0:
        return simple
    inner = laws(most_nested - 1)
    mixture = st.builds(lambda a, b: {"mixture": {"short": {"share": "25 %", "law": a}, "long": {"share": 0.75, "law": b}}}, inner, inner)
    return st.one_of(simple, simple, simple, mixture, st.builds(lambda a, b: {"smaller_of": {"a": a, "b": b}}, inner, inner))


class World:
    """What the parts of one random scenario must know of each other."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw
        self.channels = draw(st.lists(pick("phone", "counter", "hotline"), min_size=1, max_size=2, unique=True))
        self.segments = draw(st.lists(pick("private", "firms"), min_size=1, max_size=2, unique=True))
        self.reasons = draw(st.lists(pick("billing", "fault", "upgrade"), min_size=1, max_size=3, unique=True))
        self.teams = draw(st.lists(pick("clerks", "experts", "office"), min_size=1, max_size=3, unique=True))
        self.owned = [name for name in self.segments if draw(st.booleans())]
        self.executives = draw(pick(*self.teams, "executives"))
        if self.owned and self.executives not in self.teams:
            self.teams.append(self.executives)
        self.names: dict[str, list[str]] = {}

    def maybe(self, strategy: st.SearchStrategy[Any], section: Data, key: str) -> None:
        """Give a key now and then."""
        if self.draw(st.booleans()):
            section[key] = self.draw(strategy)

    def some(self, names: list[str]) -> Any:
        """Some of the names, at least one."""
        return self.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))


@st.composite
def valid_scenarios(draw: Any) -> Data:
    """Random small scenarios that read and check without a problem."""
    world = World(draw)
    teams = {name: _team(world, name) for name in world.teams}
    scenario: Data = {
        "title": draw(pick("", "A world", "Größe: 5")),
        "calendar": _calendar(world),
        "channels": {name: _channel(world, name) for name in world.channels},
        "segments": {name: _segment(world, name) for name in world.segments},
        "day_factors": {"busy": {"cv": draw(pick(0, 0.1, "50 %"))}},
        "cover": {"rules": _cover(world)},
        "reasons": {name: _reason(world, name) for name in world.reasons},
        "teams": teams,
    }
    world.maybe(_routes(world), scenario, "routes")
    if draw(st.booleans()):
        scenario["absences"] = {name: _absence(world) for name in world.some(["course", "illness", "meeting"])}
    if draw(st.booleans()):
        _let_customers_remember(world, scenario)
    _let_needs_follow(world, scenario)
    return scenario


def _calendar(world: World) -> Data:
    draw = world.draw
    calendar: Data = {"start": "2026-03-02", "days": draw(st.integers(1, 3)), "interval": draw(pick("30 min", "15 min"))}
    hours = st.one_of(pick(*HOURS), pick({"mon-wed": "9:00-12:00"}, {"mon": "8:00-10:00", "tue-sun": ["9:00-10:00", "10:30-12:00"]}))
    named = world.some(world.channels) if draw(st.integers(0, 3)) else []
    if named:
        calendar["hours"] = {name: draw(hours) for name in named}
    world.maybe(pick([], ["2026-03-03"]), calendar, "closed")
    world.maybe(pick(0, "1 h", "9 h"), calendar, "warm_up")
    return calendar


def _channel(world: World, name: str) -> Data | None:
    draw = world.draw
    channel: Data = {"kind": "phone"} if name == "hotline" else {}
    if name == "counter":
        world.maybe(pick(0, 1, 2, 4, "unlimited"), channel, "seats")
    else:
        world.maybe(pick(1, 2, 4, "unlimited"), channel, "lines")
    world.maybe(pick({1: "50 %"}, {0: "10 %", 2: "40 %", 3: 1}), channel, "balking")
    world.maybe(st.fixed_dictionaries({"time": laws()}, optional={"contained": shares, "false_containment": shares}), channel, "menu")
    again = {"after_abandonment": shares, "after_busy": shares, "delay": laws(), "delay_after_busy": laws(), "tries": pick(1, 2, 4, "unlimited")}
    world.maybe(st.fixed_dictionaries({}, optional=again), channel, "try_again")
    closed = {"share": shares, "spread": laws(), "tries": pick(1, 2, 3)}
    world.maybe(st.fixed_dictionaries({}, optional=closed), channel, "when_closed")
    world.maybe(pick("serve_inside", "clear"), channel, "closing")
    promise = {"within": pick("20 s", "2 min"), "target": shares, "formula": pick("within_of_offered", "short_abandons_count")}
    world.maybe(st.fixed_dictionaries({}, optional=promise), channel, "service_level")
    world.maybe(pick(0, 0.05), channel, "cost_per_minute")
    return channel or draw(pick(None, {}))


def _segment(world: World, name: str) -> Data:
    segment: Data = {"customers": world.draw(st.integers(1, 40)), "margin": world.draw(pick(0, 120, 12.5))}
    world.maybe(st.one_of(laws(), pick("30 s", "unlimited")), segment, "patience")
    if name in world.owned:
        segment["own_executive"] = {"team": world.executives, "share": world.draw(pick("50 %", 1, 0))}
    return segment


def _by_channel(world: World, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, st.fixed_dictionaries({name: strategy for name in world.channels}))


def _shares_of(names: list[str]) -> st.SearchStrategy[Any]:
    if len(names) == 1:
        return pick(names[0], {names[0]: "100 %"})
    return st.one_of(pick(*names), pick({names[0]: "25 %", names[1]: "75 %"}, {names[0]: 0, names[1]: 1}))


def _reason(world: World, name: str) -> Data:
    draw = world.draw
    reason: Data = {"arrivals": _arrivals(world), "talk": draw(_by_channel(world, laws()))}
    for key in ("search", "wrap_up"):
        world.maybe(_by_channel(world, laws()), reason, key)
    world.maybe(st.one_of(laws(), pick("unlimited", "30 s")), reason, "patience")
    for key in ("solved", "solved_with_file", "solved_without_file"):
        world.maybe(shares, reason, key)
    world.maybe(pick("before_sale", "after_sale"), reason, "stage")
    if len(world.channels) > 1 or draw(st.booleans()):
        reason["channels"] = draw(_shares_of(world.channels))
    world.maybe(_shares_of(world.segments), reason, "segments")
    if world.owned and set(world.owned) & _coming(world, reason) and draw(st.booleans()):
        reason |= {"asks_for": "own", "cover": "rules"}
    unsolved = {"returns": shares, "delay": st.one_of(laws(), pick("1 day", "6 h")), "counts": pick("clock", "open_days"), "contacts": pick(1, 2, 3, "unlimited")}
    world.maybe(st.fixed_dictionaries({}, optional=unsolved), reason, "unsolved")
    return reason


def _coming(world: World, reason: Data) -> set[str]:
    """Return the segments that come for a reason with a share above 0."""
    said = reason.get("segments", dict.fromkeys(world.segments, 1))
    return {said} if isinstance(said, str) else {name for name, share in said.items() if share}


def _arrivals(world: World) -> Data:
    draw = world.draw
    profile = pick({"8:00": 1, "9:00": 3, "10:30": 2}, {"0:00": 1}, {"0:00": 2, "10:00": 1}, {"mon": {"9:00": 1}, "tue-sun": {"0:00": 1, "12:00": 0}}, 1)
    if draw(st.booleans()):
        arrivals: Data = {"per_day": draw(pick(0, 1, 4, 8.5, 15))}
        world.maybe(profile, arrivals, "profile")
    else:
        arrivals = {"per_hour": draw(st.one_of(pick(0, 1, 0.5), pick({"9:00": 4, "10:30": 0}, {"8:30": 6, "9:00": 2, "11:00": 0})))}
    world.maybe(pick({"mon": "120 %"}, {"mon-fri": 1, "sat-sun": 0}, {"daily": 0.5}), arrivals, "weekdays")
    world.maybe(pick("busy"), arrivals, "day_factor")
    world.maybe(pick(0.2, -0.1), arrivals, "growth")
    return arrivals


def _team(world: World, name: str) -> Data:
    draw = world.draw
    team: Data = {}
    roster = draw(pick("agents", "agents", "shifts", "head_count"))
    if roster == "agents":
        team["agents"] = draw(st.integers(1, 3))
        agents = [str(number + 1) for number in range(team["agents"])]
        world.maybe(_breaks("9:30", "10:00", "10:15"), team, "breaks")
    elif roster == "shifts":
        team["shifts"] = {each: _shift(world) for each in world.some(["early", "late"])}
        agents = [f"{each}-{number + 1}" for each, shift in team["shifts"].items() for number in range(shift["agents"])]
    else:
        team["head_count"] = draw(pick({"8:00": 1, "9:00": 2, "11:30": 1, "12:30": 0}, {"0:00": 1, "10:00": 2}, {"mon-fri": {"9:00": 2}}, 2))
        agents = ["1", "2"]
        world.maybe(_breaks("9:30", "10:00"), team, "breaks")
    world.names[name] = agents
    world.maybe(pick(0.5, 1, "200 %"), team, "speed")
    world.maybe(pick(18, 24.5), team, "wage")
    world.maybe(pick(1, 1.5, 2), team, "overtime_pay")
    world.maybe(pick("stay", "leave"), team, "at_closing")
    world.maybe(pick("full", "cut_short"), team, "late_break")
    world.maybe(pick("priority", "longest_waiting"), team, "picks")
    skill = st.fixed_dictionaries({}, optional={"speed": pick(0.5, 1, 2), "solved": shares})
    skills = st.dictionaries(st.sampled_from(world.reasons), skill, max_size=2)
    world.maybe(skills, team, "skills")
    if draw(st.booleans()):
        team["members"] = {each: _member(world, agents, each, skills) for each in world.some(agents)}
    return team


def _breaks(*starts: str) -> st.SearchStrategy[Any]:
    pause = st.fixed_dictionaries({"at": pick(*starts), "length": pick("5 min", "15 min", "31 min")}, optional={"stagger": pick("5 min", "15 min")})
    return st.dictionaries(pick("tea", "lunch"), pause, max_size=2)


def _shift(world: World) -> Data:
    shift: Data = {"hours": world.draw(pick("8:00-12:00", "9:00-13:00", "7:30-12:30")), "agents": world.draw(st.integers(1, 2))}
    world.maybe(pick("mon-fri", "mon, wed", "daily", "tue-mon"), shift, "days")
    world.maybe(_breaks("9:30", "10:00", "11:00"), shift, "breaks")
    return shift


def _member(world: World, agents: list[str], name: str, skills: st.SearchStrategy[Any]) -> Data:
    member: Data = {}
    world.maybe(pick(0.5, 2), member, "speed")
    world.maybe(skills, member, "skills")
    colleagues = [each for each in agents if each != name]
    if colleagues:
        world.maybe(st.sampled_from(colleagues), member, "buddy")
        if agents.index(name) > 0:
            world.maybe(st.lists(st.sampled_from(world.reasons), min_size=1, max_size=2, unique=True), member, "lacks")
    return member


def _routes(world: World) -> st.SearchStrategy[Any]:
    """One route for everything, and more specific ones that do not contradict each other."""

    @st.composite
    def build(draw: Any) -> Data:
        routes = {"all": _route(draw, world, {})}
        for number, reason in enumerate(draw(st.lists(st.sampled_from(world.reasons), max_size=2, unique=True))):
            routes[f"special_{number}"] = _route(draw, world, {"reasons": [reason]})
        if draw(st.booleans()):
            both = {"reasons": [world.reasons[0]], "channels": world.channels[0]}
            routes["narrow"] = _route(draw, world, both)
        if draw(st.booleans()):
            every = {"reasons": world.reasons, "channels": world.channels, "segments": [world.segments[0]]}
            routes["narrowest"] = _route(draw, world, every)
        return routes

    return build()


def _route(draw: Any, world: World, conditions: Data) -> Data:
    teams = draw(st.lists(st.sampled_from(world.teams), min_size=1, max_size=2, unique=True))
    route = {**conditions, "teams": teams}
    others = [team for team in world.teams if team not in teams]
    if others and draw(st.booleans()):
        when = draw(pick({"after": "1 min"}, {"after": "90 s", "at_length": 2}, {"at_length": 1}, {"after": 0}))
        route["overflow"] = {"help": {"team": draw(st.sampled_from(others)), **when}}
    if draw(st.booleans()):
        route["priority"] = draw(st.integers(-1, 2))
    if draw(st.booleans()):
        route["credit"] = draw(pick("1 min", "90 s"))
    return route


def _cover(world: World) -> Data:
    """Cover rules in every combination of lists."""
    draw = world.draw
    before = st.lists(pick("buddy", "substitute"), max_size=2, unique=True)
    cover: Data = {
        "busy": [*draw(before), draw(pick("wait", "come_back", "message"))],
        "away": [*draw(before), draw(pick("come_back", "message"))],
    }
    used = {*cover["busy"], *cover["away"]}
    search = {"search_with_file": laws(), "search_without_file": laws(), "talk": laws(), "has_file": shares}
    team = st.sampled_from(world.teams)
    if "buddy" in used:
        world.maybe(st.fixed_dictionaries({}, optional={**search, "longest_line": pick(1, 3, "unlimited")}), cover, "buddy")
    if "substitute" in used:
        cover["substitute"] = draw(st.fixed_dictionaries({"team": team}, optional=search))
    if "come_back" in used:
        sent_home = {"team": team, "time": laws(), "returns": shares, "delay": laws()}
        world.maybe(st.fixed_dictionaries({}, optional=sent_home), cover, "come_back")
    if "message" in used:
        taken = {
            "team": team, "time": laws(), "call_back": laws(), "priority": st.integers(-1, 1), "within": pick("0 s", "10 min", "1 day"), "forgotten": shares,
        }  # fmt: skip
        world.maybe(st.fixed_dictionaries({}, optional=taken), cover, "message")
    world.maybe(pick(0, "10 min", "30 min"), cover, "counts_as_away")
    return cover


def _absence(world: World) -> Data:
    draw = world.draw
    team = draw(st.sampled_from(world.teams))
    absence: Data = {"team": team}
    agents = world.names[team]
    world.maybe(st.one_of(pick(1, "50 %", 0.4, 0), st.lists(st.sampled_from(agents), min_size=1, unique=True)), absence, "agents")
    world.maybe(st.lists(pick(*DATES), min_size=1, unique=True), absence, "on")
    world.maybe(pick("mon", "mon-wed", "tue, thu"), absence, "days")
    world.maybe(pick("9:00-10:30", "9:00-9:30, 11:00-12:00", "22:00-1:00"), absence, "hours")
    world.maybe(shares, absence, "chance")
    world.maybe(pick("training", "illness", "other"), absence, "cause")
    if "chance" not in absence:
        world.maybe(st.fixed_dictionaries({}, optional={"solved": pick(0.1, 0.6, -0.2), "speed": pick(0.5, 2)}), absence, "teaches")
        if world.owned and team == world.executives:
            ahead = {"share": shares, "agrees": shares, "time": laws(), "at": pick("8:00", "9:00", "11:30")}
            world.maybe(st.fixed_dictionaries({"team": st.sampled_from(world.teams)}, optional=ahead), absence, "notice")
    return absence


# ---- what customers remember

TEMPERS: tuple[Data, ...] = (
    {},
    {"preset": "story", "complain_minor": "50 %", "wait_points": 30, "late_after": "2 h", "anger": 1.5, "unfair": 20, "recorded": 0.5, "reach": 2},
    {"preset": "strict", "incident_weight": 1, "buy_again_at": 75, "buy_again_slope": 2, "window": "1 h", "half_life": "3 h", "late_after": "0 s"},
    {"preset": "evidence", "weaker_of_two": 0.4, "bonus_quality": 40, "bonus_chance": 0.9, "bonus_major": True, "complain_major": 1, "want_human": 0.5},
)
"""What customers are like: few kinds, for the pool that each starts from takes time to settle."""
TIES: tuple[Data, ...] = (
    {"time_value": 12},
    {"leaving": 5, "account": 60, "history": {"problems": 3, "major": 0.7}, "churn": "10 %"},
    {"leaving": 5, "lock": 0.5, "account": 90, "promised": 5, "history": {"cases": 30, "problems": 0, "quick": 0.5, "slow": 0.2}},
)
"""How they stay or leave."""


def _let_customers_remember(world: World, scenario: Data) -> None:
    """Add loyalty, problems, complaints and recovery."""
    draw, team = world.draw, st.sampled_from(world.teams)
    scenario["loyalty"] = draw(pick(*TEMPERS))
    for segment in scenario["segments"].values():
        world.maybe(pick(*TIES), segment, "loyalty")
    problems = {"problem": st.booleans(), "major": shares, "claim": pick(0, 10, 40), "claim_spread": pick(0, 0.5)}
    for reason in scenario["reasons"].values():
        reason.update(draw(st.one_of(st.fixed_dictionaries({}, optional=problems), st.just({"problem": True, "solved": "25 %", "solved_with_file": "25 %"}))))
    for each in scenario["teams"].values():
        each.update(draw(st.fixed_dictionaries({}, optional={"authority": pick(0, 20, 1000), "courtesy": pick(-5, 3.3)})))
    for channel in scenario["channels"].values():
        if channel:
            channel.update(draw(st.fixed_dictionaries({}, optional={"felt_wait": pick(1, 1.5), "acceptable_wait": pick("30 s", "2 min")})))
    complaints = {"time": laws(), "solved": shares, "passed_on": shares, "compensation": pick(0.5, 1.2), "overuse": shares}
    if draw(st.integers(0, 3)):
        scenario["complaints"] = draw(st.fixed_dictionaries({"team": team, "delay": st.one_of(laws(), pick("0 s", "1 day"))}, optional=complaints))
    recovery = {"time": laws(), "solved": shares, "goodwill": pick(5, 12.5), "eases": pick(0, 7.5, 100)}
    soon = {"team": team, "delay": st.one_of(laws(), pick("0 s", "1 day")), "reaches": shares}
    if draw(st.integers(0, 3)):
        scenario["recovery"] = draw(st.fixed_dictionaries(soon, optional=recovery))


def _let_needs_follow(world: World, scenario: Data) -> None:
    """Add later needs, to reasons of a later name for which the same segments come."""
    link = st.fixed_dictionaries({}, optional={"share": shares, "delay": st.one_of(laws(), pick("0 s", "2 h", "1 day"))})
    for name, reason in scenario["reasons"].items():
        later = [each for each in world.reasons if each > name and _coming(world, reason) <= _coming(world, scenario["reasons"][each])]
        if later:
            world.maybe(st.dictionaries(st.sampled_from(later), link, min_size=1), reason, "leads_to")


# ---- broken scenarios

junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        pick(10**400, "9:00", "-5 min", "5 minn", "150 %", "25:00", "mon-", "1e999 s", "own", "phone", "\ud800", "9:00-9:00", "../x", "\x00", "NaN", "*"),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=8), pick("9:00", "mon", "lognormal", "file")), inner, max_size=3)),
    max_leaves=6,
)
"""Anything that a file or a script may put in the place of a value."""


@st.composite
def mutated(draw: Any, scenarios: st.SearchStrategy[Data]) -> Any:
    """A valid scenario with one to three accidents: keys lost, renamed, doubled, or values replaced by junk."""
    data = _copied(draw(scenarios))
    for _ in range(draw(st.integers(1, 3))):
        data = _accident(draw, data)
    return data


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(each) for key, each in data.items()}
    return [_copied(each) for each in data] if isinstance(data, list) else data


def _accident(draw: Any, data: Any) -> Any:
    """Go down at random, and break what is there."""
    if not isinstance(data, dict) or not data or draw(st.integers(0, 5)) == 0:
        return draw(junk)
    key = draw(st.sampled_from(list(data)))
    what = draw(pick("deeper", "deeper", "deeper", "lose", "rename", "swap"))
    if what == "deeper":
        return {**data, key: _accident(draw, data[key])}
    if what == "lose":
        return {name: each for name, each in data.items() if name != key}
    if what == "swap":
        other = draw(st.sampled_from(list(data)))
        return {**data, key: data[other], other: data[key]}
    return {(draw(st.text(max_size=6)) or "x") if name == key else name: each for name, each in data.items()}


def shuffled(draw: Any, data: Any) -> Any:
    """Return the data with the keys of every mapping in another order."""
    if isinstance(data, dict):
        return {key: shuffled(draw, data[key]) for key in draw(st.permutations(list(data)))}
    return data
