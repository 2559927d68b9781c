"""The exposure list in sentences, tables and CSV: who will be hit, when, and who could call them beforehand.

Reads an ``Exposure`` and nothing else; never draws and never simulates.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import Any, NamedTuple, TextIO

import numpy as np

from servsim.report.names import Called
from servsim.report.sentence import (
    WEEKDAYS,
    begun_large,
    clock_text,
    counted,
    date_text,
    duration_words,
    listed,
    moment_text,
    plain_number,
    share_text,
)
from servsim.rules.clock import DAY_S, HOUR_S
from servsim.rules.codes import OwnRule
from servsim.scenario.keys import entries
from servsim.scenario.language import Scenario
from servsim.scenario.opening import date_of
from servsim.scenario.plain import to_plain
from servsim.scenario.spot import typed_text
from servsim.scenario.value import KINDS
from servsim.study.exposure import HOURS_A_DAY, OFF_DUTY, CallList, Exposure, Gone, MovedDay, OpenCase

WIDTH = 118
MOST_NAMES = 100
"""Contacts that are listed by name; more are counted."""
MOST_CALL_DAYS = 10
MOST_DAYS = 25
"""Moved days that are shown one by one; more are summed up by weekday."""
ALIKE = 0.02
"""Days whose expected numbers differ by less than this share are alike."""


def exposure_text(exposure: Exposure, call_s: float, known: Sequence[OpenCase] | None = None) -> str:
    """Return the exposure list.

    Parameters
    ----------
    call_s : how long a call ahead takes.
    known : open cases, where a log was asked; ``None``: nobody looked.
    """
    parts = [_head(exposure), *_who_is_absent(exposure)]
    if exposure.asked:
        parts += [_how_many(exposure), _by_hour(exposure), _what_awaits_them(exposure), _by_name(exposure), _habit(exposure), _open(exposure, known)]
        parts += [_calls(exposure, call_s)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _paragraph(text: str) -> str:
    return fill(text, WIDTH, break_on_hyphens=False, break_long_words=False)


def _titled(title: str, *parts: str) -> str:
    return "\n".join((title, *(part for part in parts if part)))


def _called(exposure: Exposure) -> Called:
    world = exposure.decided.world
    return Called(world.plan, world.names, world.scenario)


def _head(exposure: Exposure) -> str:
    spec = exposure.decided.spec
    return f"Who will be hit by {spec.name}: {spec.title}\nFrom rates and draws, without simulating; seed {exposure.luck.seed}."


# ---- who is absent


def _who_is_absent(exposure: Exposure) -> Iterator[str]:
    if not exposure.asked:
        yield _paragraph(_nobody(exposure))
    lines = _absence_lines(exposure, exposure.asked)
    if lines:
        yield _titled("Absent because of it, and there without it:", *lines)
    others = [each for each in exposure.gone if each not in exposure.asked]
    if others:
        yield _titled("Absent too, but nobody asks for them by name:", *_absence_lines(exposure, others))
    if not exposure.asked:
        yield _titled("What it changes:", *_changes(exposure))


def _nobody(exposure: Exposure) -> str:
    name, folder = exposure.decided.spec.name, exposure.base.world.scenario.folder
    moved = _with_another_executive(exposure)
    others = f"{counted(moved, 'customer')} {'has' if moved == 1 else 'have'} another executive with it than without it, or none. " if moved else ""
    scenario = f"scenario={folder.name} " if folder is not None else ""
    return (
        f"Nobody finds the own executive absent because of {name}, so there is nobody to call beforehand. {others}"
        f"What it does to waits, solutions and losses: servsim compare {scenario}decisions={name}"
    )


def _with_another_executive(exposure: Exposure) -> int:
    """Return how many customers belong to somebody else with the decision; 0 where they are not the same customers."""
    owners = [np.array([*each.world.names.agents, ""])[each.world.plan.owner] for each in (exposure.base, exposure.decided)]
    return int((owners[0] != owners[1]).sum()) if len(owners[0]) == len(owners[1]) else 0


def _changes(exposure: Exposure) -> Iterator[str]:
    """Yield each path that the decision sets, with its value before and after."""
    for decision in exposure.decided.spec.decisions:
        for path, value in decision.set:
            yield f"  {path}: {typed_text(value)} (without it: {_value_at(exposure.base.world.scenario, path)})"


def _value_at(scenario: Scenario, path: str) -> str:
    """Write what a scenario has at a path; what it leaves out is its default."""
    said: Any = to_plain(scenario)
    for step in path.split("."):
        said = said.get(step) if isinstance(said, dict) else None
    return _default_at(scenario, path.split(".")) if said is None else typed_text(said)


def _default_at(scenario: Scenario, steps: Sequence[str]) -> str:
    node: Any = scenario
    for step in steps[:-1]:
        node = node.get(step) if isinstance(node, dict) else getattr(node, step, None)
    value = getattr(node, steps[-1], None)
    if value is None or isinstance(value, dict):
        return "not set"
    return f"{typed_text(KINDS[entries(type(node))[steps[-1]].kind].write(value))}, the default"


class _Stretch(NamedTuple):
    because: str
    begin_s: float
    """Of the day."""
    end_s: float


def _absence_lines(exposure: Exposure, gone: Iterable[Gone]) -> list[str]:
    """Return one line for each group of agents that are gone on the same days, at the same hours, for the same reason."""
    times: dict[int, dict[_Stretch, list[int]]] = {}
    for each in gone:
        day_s = each.day * DAY_S
        stretch = _Stretch(each.because, round(each.from_s - day_s), round(each.to_s - day_s))
        times.setdefault(each.agent, {}).setdefault(stretch, []).append(each.day)
    groups: dict[tuple[_Stretch, tuple[int, ...]], list[int]] = {}
    for agent, stretches in times.items():
        for stretch, days in stretches.items():
            groups.setdefault((stretch, tuple(sorted(set(days)))), []).append(agent)
    return [_absence_line(exposure, stretch, days, agents) for (stretch, days), agents in groups.items()]


def _absence_line(exposure: Exposure, stretch: _Stretch, days: Sequence[int], agents: Sequence[int]) -> str:
    names = exposure.decided.world.names.agents
    why = "" if stretch.because == OFF_DUTY else f" ({stretch.because})"
    until = "midnight" if stretch.end_s >= DAY_S else clock_text(stretch.end_s)
    hours = f"{clock_text(stretch.begin_s)} to {until}"
    team = _team_words(exposure, agents)
    return "  " + fill(f"{_days_words(exposure, days)}, {hours}{why}: {listed([names[agent] for agent in agents])}{team}", WIDTH - 2, subsequent_indent="    ")


def _team_words(exposure: Exposure, agents: Sequence[int]) -> str:
    plan = exposure.decided.world.plan
    teams = {int(plan.agent_team[agent]) for agent in agents}
    if len(teams) != 1:
        return ""
    team = teams.pop()
    of = int(plan.team_first[team + 1] - plan.team_first[team])
    return f" ({len(agents)} of {of})"


def _days_words(exposure: Exposure, days: Sequence[int]) -> str:
    scenario = exposure.decided.world.scenario
    dates = [date_text(date_of(scenario, day)) for day in days]
    return listed(dates) if len(dates) <= 3 else f"{dates[0]} to {dates[-1]}, {len(dates)} days"


# ---- how many


def _how_many(exposure: Exposure) -> str:
    expected, spread, names = exposure.expected, exposure.spread, exposure.decided.world.names
    by_reason = expected.cases.sum(axis=(0, 1, 2))
    parts = [f"{plain_number(float(by_reason[k]))} {name}" for k, name in enumerate(names.reasons) if by_reason[k] > 0.0]
    range_words = f"; in nine of ten of {spread.replications} drawn replications {spread.low:.0f} to {spread.high:.0f}" if spread.replications > 1 else ""
    return _paragraph(
        f"Expected: {plain_number(expected.total)} contacts ask for one of them while they are absent ({listed(parts)}){range_words}. "
        "The expected number is exact (rates times the customers of those who go, less those who would be ill anyway); first contacts only, "
        "returns and redials come on top."
    )


def _by_hour(exposure: Exposure) -> str:
    """Return the expected contacts by executive and hour of the day."""
    names, cases = exposure.decided.world.names, exposure.expected.cases.sum(axis=(0, 3))
    hours = [hour for hour in range(HOURS_A_DAY) if cases[hour].sum() > 0.0]
    agents = [agent for agent in range(len(names.agents)) if cases[:, agent].sum() > 0.0]
    rows = [["executive", *(f"{hour}:00" for hour in hours), "all"]]
    rows += [[names.agents[agent], *(f"{cases[hour, agent]:.1f}" for hour in hours), f"{cases[:, agent].sum():.1f}"] for agent in agents]
    rows.append(["all", *(f"{cases[hour].sum():.1f}" for hour in hours), f"{cases.sum():.1f}"])
    return _titled("Expected contacts by executive and hour of arrival", table(rows))


RULE_WORDS = {
    OwnRule.WAIT: "wait for the executive",
    OwnRule.BUDDY: "a colleague",
    OwnRule.SUBSTITUTE: "a substitute",
    OwnRule.COME_BACK: "asked to come another day",
    OwnRule.MESSAGE: "a message is taken",
}


def _what_awaits_them(exposure: Exposure) -> str:
    """Say what the scenario has for those who come all the same."""
    plan, names = exposure.decided.world.plan, exposure.decided.world.names
    told = []
    for reason in np.flatnonzero(exposure.expected.cases.sum(axis=(0, 1, 2)) > 0.0):
        kind = int(plan.reason_cover[reason])
        if kind >= 0:
            rules = plan.rule[plan.rule_offset[2 * kind + 1] : plan.rule_offset[2 * kind + 2]]
            told.append(f"{names.reasons[reason]}: {', else '.join(RULE_WORDS[OwnRule(int(rule))] for rule in rules)}")
    return _paragraph(f"What awaits them: {'; '.join(told)}.") if told else ""


# ---- by name


def _by_name(exposure: Exposure) -> str:
    hits, called, luck = exposure.hits, _called(exposure), exposure.luck
    many = len(hits.root)
    if not many:
        return f"In replication {luck.replication} nobody would be hit."
    people = len(np.unique(hits.customer))
    title = f"By name, in replication {luck.replication}: {counted(many, 'contact')} of {counted(people, 'customer')}"
    rows = [["when", "customer", "asks for", "about", "at"]]
    for row in range(min(many, MOST_NAMES)):
        rows.append([
            moment_text(called.start, float(hits.arrived_s[row])), called.customer_name(int(hits.customer[row])), called.agent(int(hits.owner[row])),
            called.reason(int(hits.reason[row])), called.names.channels[int(hits.channel[row])],
        ])  # fmt: skip
    more = f"... and {many - MOST_NAMES} more; output=hit.csv lists all" if many > MOST_NAMES else ""
    return _titled(title, table(rows, numbers_from=9), more)


def _habit(exposure: Exposure) -> str:
    """Sum up the customers of those who go, and how likely each is to come."""
    called, plan, each = _called(exposure), exposure.decided.world.plan, exposure.expected.per_customer
    rows = [["executive", "customers", "cases expected", "chance that a given customer comes"]]
    owned = np.bincount(plan.owner[plan.owner >= 0], minlength=len(plan.agent_team))
    for agent in sorted({gone.agent for gone in exposure.asked}):
        cases = float(exposure.expected.cases[:, :, agent].sum())
        chance = 1.0 - math.exp(-float(each[:, agent].max()))
        rows.append([called.agent(agent), f"{owned[agent]:,}", f"{cases:.1f}", share_text(chance)])
    return _titled("By habit: all customers of those who go (output=hit.csv lists them)", table(rows))


def _open(exposure: Exposure, known: Sequence[OpenCase] | None) -> str:
    if known is None:
        return _paragraph(
            "Open cases are known only to a log: open_cases=yes simulates the world without the decision up to the absence"
            " (study=NAME reads a finished study) and adds who is waiting for a call or due to come again."
        )
    if not known:
        return f"Open cases when the absence begins, in replication {exposure.luck.replication}: none."
    called = _called(exposure)
    title = (
        f"Open cases when the absence begins, in replication {exposure.luck.replication} without the decision: {counted(len(known), 'case')},"
        f" {sum(not math.isnan(case.due_s) for case in known)} due during the absence"
    )
    rows = [["since", "customer", "executive", "about", "contacts", "waits for"]]
    for case in known[:MOST_NAMES]:
        rows.append([
            moment_text(called.start, case.since_s), called.customer_name(case.customer), called.agent(case.agent), called.reason(case.reason),
            str(case.contacts), _waits_for(case, called),
        ])  # fmt: skip
    more = f"... and {len(known) - MOST_NAMES} more; output=hit.csv lists all" if len(known) > MOST_NAMES else ""
    return _titled(title, table(rows, numbers_from=9), more)


def _waits_for(case: OpenCase, called: Called) -> str:
    if case.waits_for_call:
        return "a promised call"
    return "a day to come again" if math.isnan(case.due_s) else f"comes again {moment_text(called.start, case.due_s)}"


# ---- who could call


def _calls(exposure: Exposure, call_s: float) -> str:
    lines = [_call_line(exposure, calls, call_s) for calls in exposure.calls[:MOST_CALL_DAYS]]
    more = f"  ... and {len(exposure.calls) - MOST_CALL_DAYS} more days" if len(exposure.calls) > MOST_CALL_DAYS else ""
    title = f"Who could call them beforehand, at {duration_words(call_s)} a call (call_time=... changes that)"
    note = "  Free time is by plan: agents on duty less the mean work offered to them; absences and waits are not in it."
    return _titled(title, *lines, more, note, _called_already(exposure))


def _called_already(exposure: Exposure) -> str:
    """Say what the decision's own calls ahead will do."""
    plan = exposure.decided.world.plan
    known, agreed, teams = 0.0, 0.0, set()
    for row in np.flatnonzero(plan.notice_call_s >= 0.0):
        mine = [g for g in exposure.asked if g.agent == plan.notice_agent[row] and g.from_s < plan.notice_to_s[row] and g.to_s > plan.notice_from_s[row]]
        hits = float(sum(exposure.expected.cases[day, :, int(plan.notice_agent[row])].sum() for day in {g.day for g in mine}))
        known += hits * float(plan.notice_share[row])
        agreed += hits * float(plan.notice_share[row] * plan.notice_agrees[row])
        teams.add(exposure.decided.world.names.teams[int(plan.step_team[plan.step_offset[plan.notice_queue[row]]])])
    if not teams:
        return ""
    return _indented(
        f"With this decision {listed(sorted(teams))} call ahead themselves: they know of about {plain_number(known)} of these contacts, and"
        f" {plain_number(agreed)} are expected to come another day, if the calls are made in time."
    )


def _call_line(exposure: Exposure, calls: CallList, call_s: float) -> str:
    called, day = _called(exposure), date_text(date_of(exposure.decided.world.scenario, calls.day))
    drawn = int((exposure.hits.arrived_s // DAY_S == calls.day).sum())
    need = f"for {day}: {plain_number(calls.expected)} calls expected ({drawn} in replication {exposure.luck.replication}),"
    need += f" {duration_words(calls.expected * call_s)} of work"
    if calls.eve < 0:
        return _indented(f"{need}. There is no open day before it within the run: nobody can be called")
    free = [f"{each.team} {duration_words(each.free_s)} free ({each.calls(call_s)} calls)" for each in calls.teams if each.free_s >= call_s]
    enough = next((each.team for each in calls.teams if each.free_s >= calls.expected * call_s), "")
    whole = f"{enough} can make them all" if enough else "no team has the time alone"
    has = f": {', '.join(free)}; {whole}" if free else "; no team has time left"
    return _indented(f"{need}, by {moment_text(called.start, calls.by_s - 1e-6 if calls.by_s % DAY_S == 0.0 else calls.by_s)}{has}.")


def _indented(text: str) -> str:
    return "  " + fill(begun_large(text), WIDTH - 2, subsequent_indent="    ", break_on_hyphens=False)


# ---- which day hurts least


def day_text(moved: Sequence[MovedDay], start: dt.date, name: str) -> str:
    """Return on which day the absence would hurt least: sentences and one table by day and hour."""
    if not moved:
        return _paragraph(f"Which day hurts least: {name} has no planned absence of executives with customers of their own that could be moved.") + "\n"
    rows, title = (_day_rows(moved, start), "first day") if len(moved) <= MOST_DAYS else (_weekday_rows(moved, start), "weekday")
    hours = hours_of(moved)
    head = [title, *(f"{hour}:00" for hour in hours), "all", "9 of 10", "back after"]
    words = _titled("Which day hurts least: expected contacts hit, by first day of the absence and hour of arrival", table([head, *rows]))
    return "\n\n".join((words, _paragraph(_verdict(moved, start)), _paragraph(_reading(moved)))) + "\n"


def hours_of(moved: Sequence[MovedDay]) -> list[int]:
    """Return the hours of the day in which somebody is hit on some day."""
    return [hour for hour in range(HOURS_A_DAY) if any(each.by_hour[hour] > 0.0 for each in moved)]


def _day_rows(moved: Sequence[MovedDay], start: dt.date) -> list[list[str]]:
    return [_day_row(f"{day_name(each, start)}{' *' if each.is_own else ''}", [each], hours_of(moved)) for each in moved]


def _weekday_rows(moved: Sequence[MovedDay], start: dt.date) -> list[list[str]]:
    found = by_weekday(moved, start)
    return [_day_row(f"{WEEKDAYS[weekday]}{' *' if any(e.is_own for e in each) else ''}", each, hours_of(moved)) for weekday, each in found.items()]


def by_weekday(moved: Sequence[MovedDay], start: dt.date) -> dict[int, list[MovedDay]]:
    """Return the moved days by weekday of their first day, Monday 0 first."""
    found: dict[int, list[MovedDay]] = {}
    for each in moved:
        found.setdefault((start.weekday() + each.day) % 7, []).append(each)
    return dict(sorted(found.items()))


def _day_row(says: str, each: Sequence[MovedDay], hours: Sequence[int]) -> list[str]:
    hourly = np.mean([one.by_hour for one in each], axis=0)
    low, high = np.mean([one.spread.low for one in each]), np.mean([one.spread.high for one in each])
    back = float(np.mean([one.back_after_days for one in each]))
    return [says, *(f"{hourly[hour]:.1f}" for hour in hours), f"{hourly.sum():.1f}", f"{low:.0f} to {high:.0f}", back_words(back)]


def back_words(days: float) -> str:
    """Write after how many days those hit find their executive back."""
    if math.isnan(days):
        return "-"
    return "not in the run" if math.isinf(days) else f"{days:.2g} days" if round(days, 1) != 1.0 else "1 day"


def day_name(moved: MovedDay, start: dt.date) -> str:
    """Return ``Thu 5 March``."""
    return date_text(start + dt.timedelta(days=moved.day))


def _verdict(moved: Sequence[MovedDay], start: dt.date) -> str:
    least, most = min(moved, key=lambda each: each.expected), max(moved, key=lambda each: each.expected)
    own = next((each for each in moved if each.is_own), None)
    if most.expected - least.expected <= ALIKE * most.expected:
        return f"By number all days are alike: {plain_number(least.expected)} contacts expected on each. {_sooner(moved, start)}"
    words = (
        f"Least: {_days_like(moved, start, least.expected)} with {plain_number(least.expected)} contacts expected;"
        f" most: {_days_like(moved, start, most.expected)} with {plain_number(most.expected)}."
    )
    if own is None or own.expected - least.expected <= ALIKE * most.expected:
        return f"{words} {'The decision has the best day already.' if own else ''} {_sooner(moved, start)}".replace("  ", " ")
    saved = own.expected - least.expected
    moving = f"The decision's own day, {day_name(own, start)}, has {plain_number(own.expected)}: moving it spares {plain_number(saved)}."
    return f"{words} {moving} {_sooner(moved, start)}"


def _days_like(moved: Sequence[MovedDay], start: dt.date, expected: float) -> str:
    """Name the days that are hit as much as this one: weekdays where all of a weekday are, else the first date."""
    alike = {weekday: all(abs(each.expected - expected) <= ALIKE * expected for each in days) for weekday, days in by_weekday(moved, start).items()}
    first = next(each for each in moved if each.expected == expected)
    weekdays = [WEEKDAYS[weekday] for weekday, is_alike in alike.items() if is_alike]
    if not alike[(start.weekday() + first.day) % 7] or len(moved) <= len(alike):
        return day_name(first, start)
    return f"any {listed(weekdays, 'or')}"


def _sooner(moved: Sequence[MovedDay], start: dt.date) -> str:
    """Say on which weekdays those hit wait longer until their executive is back."""
    found = {weekday: [e.back_after_days for e in each if math.isfinite(e.back_after_days)] for weekday, each in by_weekday(moved, start).items()}
    known = {weekday: float(np.mean(days)) for weekday, days in found.items() if days}
    if not known or max(known.values()) - min(known.values()) < 0.5:
        return ""
    slow = [WEEKDAYS[weekday] for weekday, days in known.items() if days > min(known.values()) + 0.5]
    longest, shortest = max(known.values()), min(known.values())
    return f"Begun on {listed(slow, 'or')}, it keeps those hit waiting longest: {longest:.2g} days until their executive is back, instead of {shortest:.2g}."


def _reading(moved: Sequence[MovedDay]) -> str:
    many = moved[0].spread.replications
    shown = "" if len(moved) <= MOST_DAYS else " Rows are means over the days of a weekday."
    return (
        f"* as decided. Expected numbers are exact sums of rates; '9 of 10' is what a single such day holds in nine of ten of {many} drawn replications,"
        f" so days that differ by less than that look alike in practice. 'Back after': mean days until those hit can meet their executive.{shown}"
    )


# ---- CSV

FIELDS = ("kind", "replication", "date", "time", "customer", "executive", "reason", "channel", "absence", "expected_cases", "contacts_so_far", "waits_for")
"""Kinds: ``planned`` comes in the replication; ``open_case`` is open when the absence begins; ``habit`` may come."""


def write_csv(exposure: Exposure, known: Sequence[OpenCase] | None, to: TextIO) -> None:
    """Write everybody who may be hit: planned contacts, open cases, and all customers of those who go."""
    writer = csv.DictWriter(to, FIELDS, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(csv_rows(exposure, known))


def csv_rows(exposure: Exposure, known: Sequence[OpenCase] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of the CSV."""
    yield from _planned_rows(exposure)
    called = _called(exposure)
    for case in known or ():
        when = {} if math.isnan(case.due_s) else _when(called, case.due_s)
        yield {
            "kind": "open_case", "replication": exposure.luck.replication, **when, "customer": called.customer_name(case.customer),
            "executive": called.agent(case.agent), "reason": called.reason(case.reason), "channel": called.names.channels[case.channel],
            "contacts_so_far": case.contacts, "waits_for": _waits_for(case, called),
        }  # fmt: skip
    yield from _habit_rows(exposure)


def _planned_rows(exposure: Exposure) -> Iterator[dict[str, Any]]:
    hits, called = exposure.hits, _called(exposure)
    for row in range(len(hits.root)):
        owner, time_s = int(hits.owner[row]), float(hits.arrived_s[row])
        why = next((each.because for each in exposure.asked if each.agent == owner and each.from_s <= time_s < each.to_s), "")
        yield {
            "kind": "planned", "replication": exposure.luck.replication, **_when(called, time_s), "customer": called.customer_name(int(hits.customer[row])),
            "executive": called.agent(owner), "reason": called.reason(int(hits.reason[row])), "channel": called.names.channels[int(hits.channel[row])],
            "absence": why,
        }  # fmt: skip


def _habit_rows(exposure: Exposure) -> Iterator[dict[str, Any]]:
    plan, called = exposure.decided.world.plan, _called(exposure)
    agents = {each.agent for each in exposure.asked}
    for customer, owner in enumerate(plan.owner):
        if int(owner) in agents:
            segment = called.names.segments.index(called.customer_number(customer)[0])
            expected = float(exposure.expected.per_customer[segment, int(owner)])
            yield {"kind": "habit", "customer": called.customer_name(customer), "executive": called.agent(int(owner)), "expected_cases": f"{expected:.5f}"}


def _when(called: Called, time_s: float) -> dict[str, str]:
    return {"date": called.date(time_s).isoformat(), "time": f"{int(time_s % DAY_S // HOUR_S):02d}:{int(time_s % HOUR_S // 60):02d}"}


# ---- tables


def table(rows: Sequence[Sequence[str]], numbers_from: int = 1) -> str:
    """Return rows of cells as indented text; columns from ``numbers_from`` on to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = (cell.ljust(width) if place < numbers_from else cell.rjust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True)))
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)
