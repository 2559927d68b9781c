"""What to do, in lines: who calls whom by when, what the desk may decide, who covers whom, when to stop calling.

Reads the facts of a brief; never decides more than they say.
"""

from __future__ import annotations

import numpy as np

from servsim.report.brief_page import link, text
from servsim.report.brief_words import digits, money
from servsim.report.names import Called
from servsim.report.sentence import counted, date_text, duration_words, listed, moment_text, number_word, plain_name
from servsim.rules.clock import DAY_S
from servsim.scenario.opening import date_of
from servsim.study.brief import Brief
from servsim.study.exposure import CallList

CALL_S = 120.0
"""Length of a call ahead where the scenario has none."""


def actions(brief: Brief) -> list[str]:
    """Return the lines of the list on the first page, as HTML."""
    lines = [text(_ahead_line(brief, calls)) for calls in brief.exposure.calls[:1]]
    lines += [text(each) for each in (_authority_line(brief), *cover_lines(brief)[:1]) if each]
    lines.append(f"{text(_after_line(brief))} {link('Whom first', 'plan')}.")
    lines.append(text(_stop_line(brief)))
    return lines


def _called(brief: Brief) -> Called:
    world = brief.decided.world
    return Called(world.plan, world.names, world.scenario)


def _ahead_line(brief: Brief, calls: CallList) -> str:
    day = date_text(date_of(brief.base.world.scenario, calls.day))
    call_s = _call_s(brief)
    if calls.eve < 0:
        return f"Nobody can be called ahead of {day}: there is no open day before it."
    able = next((each for each in calls.teams if each.free_s >= calls.expected * call_s), calls.teams[0] if calls.teams else None)
    by = moment_text(_called(brief).start, calls.by_s - 1e-6 if calls.by_s % DAY_S == 0.0 else calls.by_s)
    work = f"{counted(round(calls.expected), 'customer')} expected on {day} ({duration_words(calls.expected * call_s)} of calls)"
    if able is None or able.free_s < call_s:
        return f"By {by}: call ahead the {work}; no team has time left by plan, so somebody must be freed."
    enough = "" if able.free_s >= calls.expected * call_s else ", not enough for all"
    return f"By {by}, {plain_name(able.team)} call ahead the {work} and offer another day; they have {duration_words(able.free_s)} free{enough}."


def _call_s(brief: Brief) -> float:
    from servsim.rules.distribution import mean_of

    notices = [each.notice for each in brief.decided.world.scenario.absences.values() if each.notice is not None]
    return mean_of(notices[0].time) if notices else CALL_S


def _authority_line(brief: Brief) -> str:
    """Say up to what the desk should be allowed to settle, and what it may now."""
    scenario, desk = brief.decided.world.scenario, brief.closer.desk
    currency = scenario.currency
    claims = [reason.claim for name, reason in scenario.reasons.items() if reason.claim and name in brief.closer.reasons]
    if not desk or not claims:
        return ""
    now, needed = scenario.teams[desk].authority or 0.0, max(claims)
    day = date_text(date_of(scenario, brief.closer.days[0]))
    if now >= needed:
        return f"On {day} the {plain_name(desk)} may settle up to {money(now, currency)}, as always: enough for the usual claim of {money(needed, currency)}."
    return f"For {day} let the {plain_name(desk)} settle up to {money(needed, currency)} on the spot, the usual claim (now: {money(now, currency) if now else 'nothing'})."


def cover_lines(brief: Brief) -> list[str]:
    """Return who covers for whom on each day of the absence, at most five days."""
    exposure, world = brief.exposure, brief.decided.world
    return [line for day in exposure.days[:5] if (line := _cover_line(brief, day, Called(world.plan, world.names, world.scenario)))]


def _cover_line(brief: Brief, day: int, called: Called) -> str:
    exposure, plan = brief.exposure, brief.decided.world.plan
    gone = sorted({each.agent for each in exposure.asked if each.day == day})
    teams = {int(plan.agent_team[agent]) for agent in gone}
    absent_all_day = {each.agent for each in exposure.gone if each.day == day}
    there = [agent for agent in range(len(plan.agent_team)) if int(plan.agent_team[agent]) in teams and agent not in absent_all_day and _has_duty(brief, agent, day)]
    date = date_text(date_of(brief.decided.world.scenario, day))
    expected = float(exposure.expected.cases[day].sum())
    if not there:
        return f"{date}: nobody of the team is there to cover for {listed([called.agent(agent) for agent in gone])} ({digits(expected, 2)} contacts expected)."
    shares: dict[int, list[str]] = {agent: [] for agent in there}
    for place, agent in enumerate(gone):
        shares[there[place % len(there)]].append(called.agent(agent).rpartition("/")[2])
    parts = [f"{called.agent(agent)} covers {listed(names)}" for agent, names in shares.items() if names]
    alone = f"; {number_word(len(there))} for {digits(expected, 2)} expected contacts" if len(there) < len(gone) else ""
    return f"{date}: {'; '.join(parts)}{alone}."


def _has_duty(brief: Brief, agent: int, day: int) -> bool:
    plan = brief.decided.world.plan
    mine = np.asarray(plan.duty_agent) == agent
    return bool((mine & (np.asarray(plan.duty_from_s) < (day + 1) * DAY_S) & (np.asarray(plan.duty_to_s) > day * DAY_S)).any())


def _after_line(brief: Brief) -> str:
    worse = sum(each.people for each in brief.classes)
    return f"Within a day {plain_name(brief.price.team)} call those who were hit, about {counted(round(worse), 'customer')} known by name, dearest first."


def _stop_line(brief: Brief) -> str:
    price, currency = brief.price, brief.decided.world.scenario.currency
    paying = [each for each in brief.classes if each.loss * price.effect > price.cost]
    people = round(sum(each.people for each in paying))
    share = f"{round(100 * price.effect)} %"
    return (
        f"Stop calling when the expected loss averted by a call ({share} of it, {'simulated' if price.is_measured else 'assumed'}) falls below its cost of"
        f" {money(price.cost, currency)}: that is after about {counted(people, 'person', 'people')}."
    )


def call_rows(brief: Brief) -> list[list[str]]:
    """Return the table of whom to call, dearest first."""
    price = brief.price
    rows = []
    for each in brief.classes:
        averted = each.loss * price.effect
        verdict = "call" if averted > price.cost else "stop"
        rows.append([
            each.segment, plain_name(each.reason), digits(each.people, 2), f"{digits(100 * each.chance, 2)} %", money(each.worth), money(each.loss),
            money(averted), verdict,
        ])  # fmt: skip
    return rows
