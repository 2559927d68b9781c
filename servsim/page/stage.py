"""The stage: the days that the page plays, in two worlds whose people are the same.

::

    shop + decision + typed paths --> the first day on which the worlds can differ --+--> plan of the shown day
                                      (a call ahead: the open day before)            +--> plan of that day and a week after

The shown day is a prefix of the longer plan: draws go by name, so it shows the same people doing the same things.
Never simulates.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from servsim.errors import Problem, ScenarioError, SettingError
from servsim.measure.terms import terms_of
from servsim.page.shop import Overrides, Shop
from servsim.plan.compile import compile_plan
from servsim.plan.plan import Plan
from servsim.rules.clock import DAY_S
from servsim.scenario.check import check, check_beside
from servsim.scenario.decision import NOTHING
from servsim.scenario.invoice import Invoice, invoices_of
from servsim.scenario.language import Scenario
from servsim.scenario.opening import opening_windows
from servsim.study.run import World
from servsim.study.worlds import same_customers

DAYS_AFTER = 7
"""How long after the shown day consequences are followed."""
MOST_CONTACTS, MOST_CUSTOMERS, MOST_AGENTS = 30_000, 100_000, 1_000
"""What one request may simulate in one world and replication."""


@dataclass(frozen=True)
class StagedWorld:
    """One world on the stage."""

    name: str
    title: str
    world: World
    day: Plan
    """Ends with the shown day."""
    invoices: tuple[Invoice, ...]
    """That fall in the days on stage; what is paid once is there whenever it is due."""


@dataclass(frozen=True)
class Stage:
    """Two worlds and the days they are played on."""

    base: StagedWorld
    other: StagedWorld
    first: dt.date
    days: int
    shown: int
    """Number of the shown day, from 0."""

    @property
    def shown_date(self) -> dt.date:
        """Date of the shown day."""
        return self.first + dt.timedelta(days=self.shown)

    @property
    def opens(self) -> tuple[float, float]:
        """When the first channel opens and the last one closes on the shown day, seconds of the run's clock."""
        from_s, to_s = self.shown * DAY_S, (self.shown + 1) * DAY_S
        scenario = self.base.world.scenario
        windows = [window for name in scenario.channels for window in opening_windows(scenario, name) if from_s <= window[0] < to_s]
        return (min(each[0] for each in windows), min(max(each[1] for each in windows), to_s)) if windows else (from_s, to_s)


def set_stage(shop: Shop, base: str, other: str, typed: Overrides, date: dt.date | None = None) -> Stage:
    """Put two worlds on the stage.

    Parameters
    ----------
    base, other : ``nothing`` or decisions such as ``a+b``.
    typed : paths that hold in both worlds.
    date : the day to show; absent: where most people more are away than in the base.

    Raises
    ------
    ScenarioError, SettingError
        What cannot be put on the stage, with every problem.
    """
    scenarios = [shop.changed(shop.overrides(name, typed)) for name in (base, other)]
    first, shown_date = _days_of(scenarios[0], scenarios[1], date)
    last = min(shown_date + dt.timedelta(days=DAYS_AFTER), _end_of(scenarios[0]))
    days, shown = (last - first).days + 1, (shown_date - first).days
    worlds: list[StagedWorld] = []
    for name, scenario in zip((base, other), scenarios, strict=True):
        windowed = replace(scenario, calendar=replace(scenario.calendar, start=first, days=days, warm_up=0.0))
        refuse_large(windowed)
        _refuse_bad(windowed, shop)
        plan, names = compile_plan(windowed)
        _refuse_busy(plan)
        plan = plan if not worlds else same_customers(plan, worlds[0].world.plan)
        world = World(windowed, [], plan, names, terms_of(windowed, names))
        parts = () if name == NOTHING else shop.decision(name).parts
        invoices = tuple(_on_stage(list(invoices_of(parts, scenario)), first, last))
        title = "" if name == NOTHING else shop.decision(name).title
        worlds.append(StagedWorld(name, title, world, until_day(plan, shown), invoices))
    _refuse_renaming(scenarios)
    return Stage(worlds[0], worlds[1], first, days, shown)


def _refuse_bad(windowed: Scenario, shop: Shop) -> None:
    """Refuse a world that makes no sense; quicker beside the shop as it is in the same days, which is looked at once.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    as_it_is = replace(shop.scenario, calendar=windowed.calendar)
    days = repr(windowed.calendar)
    if days not in shop.sound:
        shop.sound[days] = not check(as_it_is).problems
    found = check_beside(windowed, as_it_is) if shop.sound[days] else check(windowed)
    if found.problems:
        raise ScenarioError(found.problems)


def until_day(plan: Plan, day: int) -> Plan:
    """Return a plan that ends with a day."""
    return plan._replace(days=day + 1, horizon_s=(day + 1) * DAY_S)


def _refuse_renaming(scenarios: list[Scenario]) -> None:
    """Refuse worlds in which cases would have different names."""
    here, there = (scenario.calendar.interval for scenario in scenarios)
    if here != there:
        raise ScenarioError([Problem("calendar.interval", str(there), "must be the same in both worlds: people are paired by it")])


# ---- which days


def _days_of(base: Scenario, other: Scenario, date: dt.date | None) -> tuple[dt.date, dt.date]:
    """Return the first day on stage and the day that is shown."""
    more = Counter(_away(other))
    more.subtract(Counter(_away(base)))
    bites = [day for day, count in more.items() if count and _is_within(base, day)]
    shown = date or max(sorted(bites), key=lambda day: more[day], default=_first_open(base))
    if not _is_within(base, shown):
        raise SettingError(f"day: got {shown}; must be a date from {base.calendar.start} to {_end_of(base)}")
    first = min([shown, *(day for day in bites if (shown - day).days < DAYS_AFTER and day < shown)])
    has_notice = any(absence.notice is not None for absence in other.absences.values())
    return (_open_day_before(base, first) if has_notice else first), shown


def _away(scenario: Scenario) -> Iterator[dt.date]:
    """Yield the date of each agent's planned absence."""
    for absence in scenario.absences.values():
        for date in absence.on or ():
            yield from [date] * _head_count(scenario, absence)


def _head_count(scenario: Scenario, absence: Any) -> int:
    """Return about how many agents an absence is of; 1 where the scenario does not say it in numbers."""
    who = absence.agents
    if isinstance(who, int):
        return who
    return len(who) if isinstance(who, tuple) else 1


def _end_of(scenario: Scenario) -> dt.date:
    return scenario.calendar.start + dt.timedelta(days=scenario.calendar.days - 1)


def _is_within(scenario: Scenario, day: dt.date) -> bool:
    return scenario.calendar.start <= day <= _end_of(scenario)


def _is_open(scenario: Scenario, day: dt.date) -> bool:
    one = replace(scenario, calendar=replace(scenario.calendar, start=day, days=1))
    return day not in scenario.calendar.closed and any(0.0 <= begin < DAY_S for name in scenario.channels for begin, _ in opening_windows(one, name))


def _first_open(scenario: Scenario) -> dt.date:
    days = (scenario.calendar.start + dt.timedelta(days=number) for number in range(min(scenario.calendar.days, 31)))
    return next((day for day in days if _is_open(scenario, day)), scenario.calendar.start)


def _open_day_before(scenario: Scenario, day: dt.date) -> dt.date:
    days = (day - dt.timedelta(days=number) for number in range(1, 8))
    return next((each for each in days if _is_within(scenario, each) and _is_open(scenario, each)), day)


def open_dates(scenario: Scenario) -> list[dt.date]:
    """Return the dates of the calendar on which something is open, at most 60."""
    days = (scenario.calendar.start + dt.timedelta(days=number) for number in range(min(scenario.calendar.days, 90)))
    return [day for day in days if _is_open(scenario, day)][:60]


# ---- invoices


def _on_stage(invoices: list[Invoice], first: dt.date, last: dt.date) -> Iterator[Invoice]:
    """Yield what is paid once, whenever that is, and what is paid daily on the days on stage."""
    times = Counter((each.decision, each.name) for each in invoices)
    for each in invoices:
        if times[each.decision, each.name] == 1 or first <= each.date <= last:
            yield each


# ---- sizes


def refuse_large(scenario: Scenario) -> None:
    """Refuse a world that is too large for a page, or impossible.

    Raises
    ------
    ScenarioError
        With every problem.
    """
    people = sum(segment.customers or 0 for segment in scenario.segments.values())
    agents = sum(_agents_of(team) for team in scenario.teams.values())
    problems = []
    if people > MOST_CUSTOMERS:
        problems.append(Problem("segments", f"{people:,} customers", f"must be at most {MOST_CUSTOMERS:,} on the page; servsim run takes more"))
    if agents > MOST_AGENTS:
        problems.append(Problem("teams", f"{agents:,} agents", f"must be at most {MOST_AGENTS:,} on the page; servsim run takes more"))
    if problems:
        raise ScenarioError(problems)


def _agents_of(team: Any) -> int:
    """Return about how many agents a team has: its head count may name more than its number."""
    highest = max((int(agents) for weekday in team.head_count or () for _, agents in weekday), default=0)
    return max(team.agents or 0, highest) + sum(shift.agents or 0 for shift in team.shifts.values())


def _refuse_busy(plan: Plan) -> None:
    expected = float(plan.cell_mean.sum())
    if expected > MOST_CONTACTS:
        words = f"must be at most {MOST_CONTACTS:,} needs in the {plan.days} days on the page; servsim run takes more"
        raise ScenarioError([Problem("reasons", f"{expected:,.0f} needs", words)])
