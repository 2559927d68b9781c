"""Exposure: whose own executive will be absent because of a decision, and which contacts that will meet, before any simulation.

::

    world without, world with --gone_because--> Gone (executive, from, to)
                                                  |--expected_hits--> by day, hour, executive, reason: exact means
                                                  |--HitDraws-------> one replication's contacts, by name
                                                  |--open_cases-----> cases that are open on the eve (needs a log)
                                                  +--moved_to_each_day--> the same absence on every other day

A contact is *hit* if it asks for its own executive at a time at which that executive is off duty or away in the world with the decision
and not in the world without it. Breaks count as presence. Means are sums over the rates of the plan; the luck of a
replication is that of the engines, draw for draw. It never runs an engine.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import hash64, parts_of_array
from servsim.engine.log import RunLog
from servsim.plan.day import Day, Days
from servsim.plan.plan import Plan
from servsim.plan.roster import Duties, Span
from servsim.plan.shared import shared_by
from servsim.rules.clock import DAY_S, HOUR_S
from servsim.rules.codes import Entry, NextStep, StaffState
from servsim.scenario.opening import cut, weekday_of
from servsim.scenario.workload import LoadLine, load_by_team_hour
from servsim.study.run import World
from servsim.study.worlds import DecidedWorld

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OFF_DUTY = "off duty"
"""Why somebody is not there whose shift, and no absence, has changed."""
HOURS_A_DAY = 24


# ---- who is absent because of the decision


class Gone(NamedTuple):
    """A stretch in which an executive is absent with the decision and, as planned, present without it."""

    agent: int
    """Number in the world with the decision."""
    from_s: float
    to_s: float
    because: str
    """Name of the absence, or OFF_DUTY."""
    present: float
    """Chance that he would have been there without the decision: nobody fell ill."""

    @property
    def day(self) -> int:
        """The day on which it is."""
        return int(self.from_s // DAY_S)


def gone_because(base: World, decided: World) -> list[Gone]:
    """Return who is planned absent because of the decision, in stretches of at most a day, by time and agent.

    All agents, also those for whom nobody asks. Who exists in one world only is left out.
    """
    before, after = _planned(base), _planned(decided)
    why = _absence_names(decided)
    found: list[Gone] = []
    for agent, name in enumerate(decided.names.agents):
        if name not in base.names.agents:
            continue
        missing = _less(before[base.names.agents.index(name)], after[agent])
        for span in _by_day(missing):
            found += [Gone(agent, *piece, _why(decided.plan, why, agent, piece[0]), p) for piece, p in _present_pieces(base, name, span)]
    return sorted(found, key=lambda gone: (gone.from_s, gone.agent))


def those_asked_for(gone: Iterable[Gone], plan: Plan) -> list[Gone]:
    """Return the stretches of those who have customers of their own."""
    owners = set(np.unique(plan.owner).tolist())
    return [each for each in gone if each.agent in owners]


def _planned(world: World) -> list[list[Span]]:
    """Return planned presence by agent, which nobody may change."""
    return shared_by(world.plan).duties.planned


def _less(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    left: list[Span] = []
    for begin, end in spans:
        for hole_begin, hole_end in holes:
            if hole_end <= begin or hole_begin >= end:
                continue
            left += [(begin, hole_begin)] if hole_begin > begin else []
            begin = max(begin, hole_end)
        left += [(begin, end)] if begin < end else []
    return left


def _by_day(spans: Iterable[Span]) -> Iterator[Span]:
    for begin, end in spans:
        for day in range(int(begin // DAY_S), math.ceil(end / DAY_S)):
            yield from cut([(begin, end)], day * DAY_S, (day + 1) * DAY_S)


def _present_pieces(base: World, agent: str, span: Span) -> Iterator[tuple[Span, float]]:
    """Cut a stretch where the chance of presence without the decision changes: drawn absences."""
    plan, number = base.plan, base.names.agents.index(agent)
    drawn = np.flatnonzero((plan.away_agent == number) & ~np.isnan(plan.away_chance) & (plan.away_to_s > span[0]) & (plan.away_from_s < span[1]))
    edges = sorted({*span, *(float(t) for row in drawn for t in (plan.away_from_s[row], plan.away_to_s[row]) if span[0] < t < span[1])})
    for begin, end in pairwise(edges):
        over = [row for row in drawn if plan.away_from_s[row] <= begin and plan.away_to_s[row] >= end]
        yield (begin, end), math.prod(1.0 - float(plan.away_chance[row]) for row in over)


def _absence_names(world: World) -> dict[int, str]:
    return {hash64(name): name for name in world.scenario.absences}


def _why(plan: Plan, names: dict[int, str], agent: int, time_s: float) -> str:
    now = (plan.away_agent == agent) & np.isnan(plan.away_chance) & (plan.away_from_s <= time_s) & (plan.away_to_s > time_s)
    rows = np.flatnonzero(now)
    return names.get(plan.away_hash[int(rows[0])], OFF_DUTY) if rows.size else OFF_DUTY


# ---- expected: sums over rates


class ExpectedHits(NamedTuple):
    """Mean numbers of contacts that are hit; no sampling error."""

    cases: Floats
    """(days, 24, agents, reasons)"""
    per_customer: Floats
    """(segments, agents): mean cases of one customer of the segment that the agent owns, over all his absences."""

    @property
    def total(self) -> float:
        """All of them."""
        return float(self.cases.sum())


def expected_hits(plan: Plan, gone: Sequence[Gone]) -> ExpectedHits:
    """Return the mean number of first contacts that are hit.

    Parameters
    ----------
    plan : of the world with the decision.
    gone : who is absent when, by that plan's numbers.
    """
    sources = _sources(plan)
    agents, reasons, segments = len(plan.agent_team), len(plan.asks_own), len(plan.segment_size)
    cases = np.zeros((plan.days, HOURS_A_DAY, agents, reasons))
    per_customer = np.zeros((segments, agents))
    for each in gone:
        for hour in range(int(each.from_s // HOUR_S), math.ceil(each.to_s / HOUR_S)):
            begin_s, end_s = max(each.from_s, hour * HOUR_S), min(each.to_s, (hour + 1) * HOUR_S)
            number = sources.within(begin_s, end_s) * each.present
            day, clock = divmod(hour, HOURS_A_DAY)
            np.add.at(cases[day, clock, each.agent], sources.reason, number * sources.owned[:, each.agent])
            per_customer[:, each.agent] += number @ sources.per_customer
    return ExpectedHits(cases, per_customer)


class Sources(NamedTuple):
    """Where contacts that ask for their own executive come from: cells of a rate, and recorded arrivals."""

    reason: Ints
    """(n,)"""
    from_s: Floats
    length_s: Floats
    """0 for a recorded arrival."""
    mean: Floats
    owned: Floats
    """(n, agents) share of them that ask for each agent."""
    per_customer: Floats
    """(n, segments) share of them that is one given customer of the segment."""

    def within(self, begin_s: float, end_s: float) -> Floats:
        """Return (n,): the mean number that comes between two moments."""
        overlap_s = np.minimum(self.from_s + self.length_s, end_s) - np.maximum(self.from_s, begin_s)
        at_once = (self.from_s >= begin_s) & (self.from_s < end_s)
        share = np.where(self.length_s > 0.0, np.maximum(overlap_s, 0.0) / np.maximum(self.length_s, 1e-9), at_once)
        return np.asarray(self.mean * share)


def _sources(plan: Plan) -> Sources:
    cells = np.flatnonzero(plan.asks_own[plan.cell_reason] > 0)
    reason = plan.cell_reason[cells]
    segment_share = np.diff(plan.segment_upto.reshape(len(plan.asks_own), -1), axis=1, prepend=0.0)
    per_customer = np.where(plan.segment_size > 0, segment_share / np.maximum(plan.segment_size, 1), 0.0)
    owned = _owned_customers(plan)
    drawn = Sources(reason, plan.cell_from_s[cells], plan.cell_length_s[cells], plan.cell_mean[cells], per_customer[reason] @ owned, per_customer[reason])
    if plan.trace is None:
        return drawn
    return Sources(*(np.concatenate(pair) for pair in zip(drawn, _recorded(plan, per_customer, owned), strict=True)))


def _owned_customers(plan: Plan) -> Floats:
    """Return (segments, agents): how many customers of the segment each agent owns."""
    owned = np.zeros((len(plan.segment_size), len(plan.agent_team)))
    segment = np.repeat(np.arange(len(plan.segment_size)), plan.segment_size)
    has_one = plan.owner >= 0
    np.add.at(owned, (segment[has_one], plan.owner[has_one]), 1.0)
    return owned


def _recorded(plan: Plan, per_customer: Floats, owned: Floats) -> Sources:
    """Return recorded arrivals: certain to come, of a known customer or of any."""
    trace = plan.trace
    assert trace is not None
    reason = parts_of_array(trace.root)[0]
    rows = np.flatnonzero(plan.asks_own[reason] > 0)
    reason, customer = reason[rows], trace.customer[rows]
    share = per_customer[reason] @ owned
    known = np.flatnonzero(customer >= 0)
    share[known] = 0.0
    owner = plan.owner[customer[known]]
    share[known[owner >= 0], owner[owner >= 0]] = 1.0
    each = np.where(customer[:, None] >= 0, 0.0, per_customer[reason])
    return Sources(reason, trace.arrived_s[rows], np.zeros(len(rows)), np.ones(len(rows)), share, each)


# ---- drawn: the contacts of one replication


class Hits(NamedTuple):
    """Contacts of one replication that are hit, by time; every column (hits,)."""

    arrived_s: Floats
    root: Ints
    reason: Ints
    segment: Ints
    channel: Ints
    customer: Ints
    owner: Ints


class Luck(NamedTuple):
    """The luck of one replication: who comes, and who is ill."""

    seed: int
    replication: int


class HitDraws:
    """Draws the contacts that are hit, one replication after the other."""

    def __init__(self, base: World, decided: World) -> None:
        self._before, self._after = (shared_by(world.plan).duties for world in (base, decided))
        self._plan = owner_bound(decided.plan)
        self._there = [base.names.agents.index(name) if name in base.names.agents else -1 for name in decided.names.agents]

    def of(self, days: Iterable[int], luck: Luck) -> Hits:
        """Return the first contacts of some days of a replication that are hit: those the engines would see, draw for draw."""
        before, after = Presence(self._before, luck), Presence(self._after, luck)
        draws = Days(self._plan, luck.seed, luck.replication)
        drawn = [draws.draw(day) for day in sorted(set(days))]
        return _joined([_hits_of(day, self._is_hit(day, before, after)) for day in drawn])

    def _is_hit(self, day: Day, before: Presence, after: Presence) -> NDArray[np.bool_]:
        hit = np.zeros(len(day.root), bool)
        for row in np.flatnonzero(day.owner >= 0):
            owner, now_s = int(day.owner[row]), float(day.arrived_s[row])
            there = self._there[owner]
            hit[row] = there >= 0 and after.is_absent(owner, now_s) and not before.is_absent(there, now_s)
        return hit


def _hits_of(day: Day, which: NDArray[np.bool_]) -> Hits:
    return Hits(*(getattr(day, name)[which] for name in Hits._fields))


def _joined(found: Sequence[Hits]) -> Hits:
    if not found:
        return Hits(*(np.zeros(0, float if name == "arrived_s" else np.int64) for name in Hits._fields))
    return Hits(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def owner_bound(plan: Plan) -> Plan:
    """Return a plan whose days hold only the contacts that ask for their own executive, without times of service.

    Draws go by name, so these are the same contacts; drawing them alone is several times as fast.
    """
    cells = plan.asks_own[plan.cell_reason] > 0
    none = {name: np.full_like(getattr(plan, name), -1) for name in ("patience_law", "talk_law", "search_law", "wrap_up_law", "menu_law")}
    mine = {name: getattr(plan, name)[cells] for name in plan._fields if name.startswith("cell_")}
    return plan._replace(remembers=0, **none, **mine)


class Presence:
    """Whether agents are absent, in one replication: planned and drawn absences, and off duty (R24 without breaks)."""

    def __init__(self, duties: Duties, luck: Luck) -> None:
        self._times: dict[int, list[float]] = {}
        self._absent: dict[int, list[bool]] = {}
        for change in duties.roster(luck.seed, luck.replication).changes:
            self._times.setdefault(change.agent, []).append(change.time_s)
            self._absent.setdefault(change.agent, []).append(change.state in (StaffState.OFF, StaffState.AWAY))

    def is_absent(self, agent: int, time_s: float) -> bool:
        """Whether the agent is off duty or away at a moment."""
        times = self._times.get(agent, [])
        place = bisect_right(times, time_s) - 1
        return place < 0 or self._absent[agent][place]


class Spread(NamedTuple):
    """How many contacts are hit, over replications."""

    mean: float
    half_width: float
    """Half the 95 % interval of the mean."""
    low: float
    """In nine of ten replications it is between this ..."""
    high: float
    """... and this."""
    replications: int


def spread_of(counts: Sequence[int]) -> Spread:
    """Return mean and spread of drawn numbers."""
    found = np.asarray(counts, float)
    half = 1.96 * found.std(ddof=1) / math.sqrt(len(found)) if len(found) > 1 else math.nan
    return Spread(float(found.mean()), half, float(np.quantile(found, 0.05)), float(np.quantile(found, 0.95)), len(found))


# ---- open cases: known from a log of the world without the decision


class OpenCase(NamedTuple):
    """A case of an absent executive's customer that is open when the absence begins."""

    customer: int
    segment: int
    agent: int
    """Number in the world with the decision."""
    reason: int
    channel: int
    since_s: float
    """First contact."""
    contacts: int
    """Contacts so far."""
    waits_for_call: bool
    """A call was promised; else the customer is to come again."""
    due_s: float
    """When the customer comes again in the world without the decision, if within the absence; else NaN."""


def open_cases(log: RunLog, base: World, decided: World, gone: Sequence[Gone]) -> list[OpenCase]:
    """Return the cases that are open when the first absence of their executive begins, oldest first.

    Parameters
    ----------
    log : of the world without the decision, at least to the end of the absence.
    """
    begins = {decided.names.agents[each.agent]: each for each in sorted(gone, key=lambda each: -each.from_s)}
    contacts, found = log.contacts, []
    numbers = {base.names.agents.index(name): each for name, each in begins.items() if name in base.names.agents}
    rows = np.flatnonzero(np.isin(contacts["owner"], list(numbers)) & ~np.isnan(contacts["arrived_s"]))
    for case in _cases(contacts, rows):
        first = numbers[int(contacts["owner"][case[0]])]
        each = _open_case(contacts, case, first, [g for g in gone if g.agent == first.agent])
        found += [each] if each is not None else []
    return sorted(found, key=lambda case: (case.since_s, case.customer))


def _cases(contacts: dict[str, Any], rows: Ints | NDArray[np.intp]) -> Iterator[list[int]]:
    """Yield the rows of each case, in order of arrival."""
    order = rows[np.lexsort((contacts["arrived_s"][rows], contacts["lineage"][rows], contacts["root"][rows]))]
    case: list[int] = []
    for row in order:
        name = (contacts["root"][row], contacts["lineage"][row])
        if case and name != (contacts["root"][case[0]], contacts["lineage"][case[0]]):
            yield case
            case = []
        case.append(int(row))
    if case:
        yield case


def _open_case(contacts: dict[str, Any], case: list[int], first: Gone, gone: Sequence[Gone]) -> OpenCase | None:
    eve_s = first.from_s
    before = [row for row in case if contacts["arrived_s"][row] < eve_s]
    if not before:
        return None
    last = before[-1]
    is_over = float(contacts["ended_s"][last]) <= eve_s
    if is_over and contacts["next_step"][last] in (NextStep.NONE, NextStep.GIVES_UP):
        return None
    later = [float(contacts["arrived_s"][row]) for row in case if row not in before]
    due_s = next((t for t in later if any(g.from_s <= t < g.to_s for g in gone)), math.nan)
    number = {name: int(contacts[name][case[0]]) for name in ("customer", "segment", "reason", "channel")}
    waits = not is_over and int(contacts["entry"][last]) == Entry.CALL_BACK
    return OpenCase(
        **number, agent=first.agent, since_s=float(contacts["arrived_s"][case[0]]), contacts=len(before), waits_for_call=waits, due_s=due_s
    )


def run_until(plan: Plan, gone: Sequence[Gone]) -> Plan:
    """Return a plan that ends with the last day of an absence: enough to know which cases are open and when they come again."""
    days = min(max(math.ceil(each.to_s / DAY_S) for each in gone), plan.days)
    return plan._replace(days=days, horizon_s=days * DAY_S)


# ---- the same absence on every other day


@dataclass(frozen=True)
class MovedDay:
    """What the absence of a decision would do if it began on this day."""

    day: int
    """First day of the absence."""
    last_day: int
    by_hour: Floats
    """(24,) mean contacts hit by hour of the day, over all days of the absence."""
    back_after_days: float
    """Mean days until those hit find their executive back, by the calendar."""
    spread: Spread
    """Over replications."""
    is_own: bool
    """Whether it is the day that the decision names."""

    @property
    def expected(self) -> float:
        """Mean contacts hit."""
        return float(self.by_hour.sum())


def moved_to_each_day(base: World, decided: World, lucks: Sequence[Luck]) -> list[MovedDay]:
    """Move the planned absences of a decision to begin on each day on which one of those who go has duty.

    The absence keeps its shape: its second day becomes the next day of duty, and so on. Moves that do not end within the
    run are left out, as are days on which those who go would be absent anyway.

    Returns
    -------
    By day; empty where the decision has no planned absence of its own.
    """
    windows = _own_windows(base, decided)
    if not windows:
        return []
    planned = _planned(base)
    days = _duty_days(planned, {agent for agent, _, _, _ in windows}, base.plan.days)
    placed = [(days.index(day), agent, span) for agent, day, *span in windows if day in days]
    if not placed:
        return []
    first = min(place for place, _, _ in placed)
    length = max(place for place, _, _ in placed) - first
    mover = _Mover(base, planned, days, [(place - first, agent, (span[0], span[1])) for place, agent, span in placed], lucks)
    return [mover.moved(start, length, start == first) for start in range(len(days) - length)]


Window = tuple[int, int, float, float]
"""Agent of the base world, day, and from when to when in seconds of the day."""


def _own_windows(base: World, decided: World) -> list[Window]:
    """Return the planned absences that only the decision has, of executives with customers."""
    known = {_window_name(base, row) for row in range(len(base.plan.away_agent))}
    owners = set(np.unique(base.plan.owner).tolist())
    plan, found = decided.plan, []
    for row in np.flatnonzero(np.isnan(plan.away_chance)):
        name, from_s, to_s = _window_name(decided, int(row))
        agent = base.names.agents.index(name) if name in base.names.agents else -1
        if (name, from_s, to_s) not in known and agent in owners:
            day = int(from_s // DAY_S)
            found.append((agent, day, from_s - day * DAY_S, to_s - day * DAY_S))
    return found


def _window_name(world: World, row: int) -> tuple[str, float, float]:
    plan = world.plan
    planned = math.isnan(plan.away_chance[row])
    name = world.names.agents[int(plan.away_agent[row])]
    return (name if planned else f"{name} (drawn)", float(plan.away_from_s[row]), float(plan.away_to_s[row]))


def _duty_days(planned: Sequence[Sequence[Span]], agents: Iterable[int], days: int) -> list[int]:
    """Return the days on which one of some agents is planned present."""
    on = {int(begin // DAY_S) for agent in agents for begin, _ in _by_day(planned[agent])}
    return sorted(day for day in on if 0 <= day < days)


class _Mover:
    """Puts the absence on one day after the other."""

    def __init__(
        self, base: World, planned: list[list[Span]], days: list[int], shape: list[tuple[int, int, Span]], lucks: Sequence[Luck]
    ) -> None:
        self.base, self.planned, self.days, self.shape, self.lucks = base, planned, days, shape, lucks
        plan = owner_bound(base.plan)
        duties = shared_by(base.plan).duties
        self.presence = [Presence(duties, luck) for luck in lucks]
        self.draws = [Days(plan, *luck) for luck in lucks]
        self.drawn: dict[tuple[int, int], Day] = {}

    def moved(self, start: int, length: int, is_own: bool) -> MovedDay:
        gone = self._gone(start)
        found = expected_hits(self.base.plan, gone)
        counts = [self._count(place, gone) for place in range(len(self.lucks))]
        return MovedDay(
            self.days[start], self.days[start + length], found.cases.sum(axis=(0, 2, 3)), self._back_after(gone, found), spread_of(counts), is_own
        )

    def _gone(self, start: int) -> list[Gone]:
        found: list[Gone] = []
        for offset, agent, (from_s, to_s) in self.shape:
            begin_s = self.days[start + offset] * DAY_S
            for span in cut(self.planned[agent], begin_s + from_s, begin_s + to_s):
                found += [Gone(agent, *piece, "", p) for piece, p in _present_pieces(self.base, self.base.names.agents[agent], span)]
        return found

    def _count(self, place: int, gone: Sequence[Gone]) -> int:
        count = 0
        for day_number in sorted({each.day for each in gone}):
            day, here = self._day(place, day_number), self.presence[place]
            for each in (each for each in gone if each.day == day_number):
                during = (day.owner == each.agent) & (day.arrived_s >= each.from_s) & (day.arrived_s < each.to_s)
                count += sum(not here.is_absent(each.agent, float(t)) for t in day.arrived_s[during])
        return count

    def _day(self, place: int, day: int) -> Day:
        if (place, day) not in self.drawn:
            self.drawn[place, day] = self.draws[place].draw(day)
        return self.drawn[place, day]

    def _back_after(self, gone: Sequence[Gone], found: ExpectedHits) -> float:
        """Return the mean number of days from a hit to the day on which the executive is there again; inf if not within the run."""
        weight, days = 0.0, 0.0
        away = {agent: [(each.from_s, each.to_s) for each in gone if each.agent == agent] for agent in {each.agent for each in gone}}
        for agent, spans in away.items():
            there = _less(self.planned[agent], sorted(spans))
            for day in {int(begin // DAY_S) for begin, _ in spans}:
                hits = float(found.cases[day, :, agent].sum())
                later = [int(begin // DAY_S) for begin, _ in _by_day(there) if begin // DAY_S > day]
                weight, days = weight + hits, days + hits * (min(later) - day if later else math.inf)
        return days / weight if weight > 0.0 else math.nan


# ---- who could be called beforehand, and by whom


class FreeTime(NamedTuple):
    """Time that a team has left on a day, by plan: agents on duty less the work offered to them, never below none."""

    team: str
    free_s: float

    def calls(self, call_s: float) -> int:
        """Return how many calls fit into it."""
        return int(self.free_s // call_s) if call_s > 0.0 else 0


class CallList(NamedTuple):
    """Calls to make before one day of an absence."""

    day: int
    """Day on which those hit would come."""
    eve: int
    """Last open day before; -1: none within the run, nobody can be called."""
    by_s: float
    """When the last channel closes on it."""
    expected: float
    """Mean number of calls: all who would be hit on the day."""
    teams: tuple[FreeTime, ...]
    """Most time first."""


def call_lists(base: World, gone: Sequence[Gone], expected: ExpectedHits) -> list[CallList]:
    """Return one list of calls for each day of the absence."""
    load = load_by_team_hour(base.scenario)
    found = []
    for day in sorted({each.day for each in gone}):
        eve, by_s = _eve(base.plan, day)
        teams = _free_time(base, load, eve) if eve >= 0 else ()
        found.append(CallList(day, eve, by_s, float(expected.cases[day].sum()), teams))
    return found


def _eve(plan: Plan, day: int) -> tuple[int, float]:
    """Return the last day before another one on which a channel opens, and its closing time."""
    opens, closes = plan.window_from_s, plan.window_to_s
    for eve in range(day - 1, -1, -1):
        today = (opens < (eve + 1) * DAY_S) & (closes > eve * DAY_S)
        if today.any():
            return eve, float(min(closes[today].max(), (eve + 1) * DAY_S))
    return -1, math.nan


def _free_time(base: World, load: Sequence[LoadLine], day: int) -> tuple[FreeTime, ...]:
    weekday, length_s = weekday_of(base.scenario, day), base.scenario.calendar.interval
    free: dict[str, float] = {}
    for line in load:
        if line.weekday == weekday:
            free[line.team] = free.get(line.team, 0.0) + max(line.agents - line.offered_erlang, 0.0) * length_s
    return tuple(FreeTime(team, s) for team, s in sorted(free.items(), key=lambda item: -item[1]))


# ---- all of it


@dataclass(frozen=True)
class Exposure:
    """Whom a decision will hit, as far as it can be said without simulating."""

    base: DecidedWorld
    decided: DecidedWorld
    gone: tuple[Gone, ...]
    """All who are absent because of it."""
    asked: tuple[Gone, ...]
    """Of these, executives with customers of their own."""
    expected: ExpectedHits
    spread: Spread
    """Of the number hit, over replications."""
    luck: Luck
    hits: Hits
    """Those of one replication, by time."""
    calls: tuple[CallList, ...]

    @property
    def days(self) -> tuple[int, ...]:
        """Days of the absence."""
        return tuple(sorted({each.day for each in self.asked}))


def exposure_of(base: DecidedWorld, decided: DecidedWorld, luck: Luck, replications: int) -> Exposure:
    """Return whom a decision will hit.

    Parameters
    ----------
    luck : whose contacts are listed by name.
    replications : how many are drawn for the spread, from number 0 on.
    """
    gone = gone_because(base.world, decided.world)
    asked = those_asked_for(gone, decided.world.plan)
    expected = expected_hits(decided.world.plan, asked)
    days = {each.day for each in asked}
    draws = HitDraws(base.world, decided.world)
    hits = draws.of(days, luck)
    counts = [len(draws.of(days, Luck(luck.seed, number)).root) for number in range(replications)] if days else [0]
    calls = call_lists(base.world, asked, expected)
    return Exposure(base, decided, tuple(gone), tuple(asked), expected, spread_of(counts), luck, hits, tuple(calls))
