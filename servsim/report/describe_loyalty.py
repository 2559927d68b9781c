"""What customers remember, in words: the preset, ordinary leavers, what a wait costs, who complains and who makes up for it.

Numbers come from the rules and from the settled pool of each segment; nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from servsim.plan import scores
from servsim.plan.remember import churn_if_leaving, ordinary_churn, settled_of
from servsim.report.law_words import aligned, law_text
from servsim.report.sentence import begun_large, listed, plain_number, share_text
from servsim.rules import loyalty as rules
from servsim.rules.loyalty import Memory
from servsim.scenario.language import Loyalty, Scenario
from servsim.scenario.loyalty import (
    acceptable_wait_s,
    complain_chance,
    leaving_factor,
    memory_of,
    someone_remembers,
    with_preset,
)
from servsim.scenario.units import duration_text

WAITS_MIN = (10, 20, 30, 60)
UNHAPPY = 40.0
"""Below this score people speak ill of the firm."""
CLOSE_ENOUGH, MOST_STEPS = 0.002, 6
"""The leaving factor that meets a target is sought until churn is that near it."""


def loyalty_words(scenario: Scenario) -> Iterator[str]:
    """Yield what customers remember; nothing for a scenario in which nobody does."""
    if scenario.loyalty is None or not someone_remembers(scenario):
        return
    loyalty = with_preset(scenario.loyalty)
    yield _preset(loyalty)
    yield "Where customers stand when the run begins, after three ordinary years (scores of 0 to 100), and who leaves in an ordinary year, problems included:"
    yield from aligned(_segments(scenario))
    yield from _advice(scenario)
    yield from _waits(scenario, loyalty)
    yield from _problems(scenario)
    yield from _complaints(scenario, loyalty)
    yield from _recovery(scenario)


def _preset(loyalty: Loyalty) -> str:
    theta, pi = loyalty.weaker_of_two, loyalty.bonus_chance
    weaker = "the weaker of service and recovery counts" if theta == 1.0 else f"the weaker of service and recovery counts {share_text(theta or 0.0)}, their mean the rest"
    which = "any problem" if loyalty.bonus_major else "a minor first problem"
    bonus = f"very good handling of {which} lifts the mood by {plain_number(loyalty.bonus or 0.0)} points in {share_text(pi or 0.0)} of cases"
    silent = f"a problem nobody spoke of costs {plain_number(loyalty.silent_minor or 0.0)} points, a serious one {plain_number(loyalty.silent_major or 0.0)}"
    loss = f"a disappointment counts {plain_number(loyalty.loss_aversion or 0.0)} times a pleasure"
    return f"Preset {loyalty.preset}: {listed([weaker, loss, bonus if pi else 'nobody is ever surprised by good handling', silent])}."


# ---- segments


def known_segments(scenario: Scenario) -> list[str]:
    """Return the segments whose customers are known as persons."""
    return [name for name, segment in sorted(scenario.segments.items()) if segment.customers]


def _segments(scenario: Scenario) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("segment", "mean score", "below 40", "leave a year", "target", "leaving", "to meet the target")]
    for name in known_segments(scenario):
        segment, pool, memory = scenario.segments[name], settled_of(scenario, name), _memory(scenario, name)
        score = scores.satisfaction(memory, pool.account, pool.recovery, pool.mood)
        target = segment.loyalty.churn
        rows.append((
            name, f"{np.mean(score):.1f}", share_text(float(np.mean(score < UNHAPPY))), share_text(pool.leaving_share),
            "" if target is None else share_text(target), f"{leaving_factor(segment):.3g}",
            "" if target is None else _factor_text(leaving_to_meet(scenario, name, target)),
        ))  # fmt: skip
    return rows


def _factor_text(factor: float | None) -> str:
    return "none does" if factor is None else f"{factor:.3g}"


def _memory(scenario: Scenario, name: str) -> Memory:
    assert scenario.loyalty is not None
    return memory_of(scenario.loyalty, scenario.segments[name])


def leaving_to_meet(scenario: Scenario, name: str, target: float) -> float | None:
    """Return the leaving factor (phi times lock) at which as many leave in an ordinary year as said; ``None``: not found."""
    factor = leaving_factor(scenario.segments[name])
    churn = ordinary_churn(scenario, name)
    if not 0.0 < target < 1.0 or churn <= 0.0:
        return None
    for _ in range(MOST_STEPS):
        if abs(churn - target) <= CLOSE_ENOUGH * target:
            return factor
        # The hazard is nearly proportional to the factor, so a few steps suffice.
        factor *= float(np.log1p(-target) / np.log1p(-churn))
        churn = churn_if_leaving(scenario, name, factor)
    return factor if abs(churn - target) <= 10 * CLOSE_ENOUGH * target else None


def _advice(scenario: Scenario) -> Iterator[str]:
    targets = [name for name in known_segments(scenario) if scenario.segments[name].loyalty.churn is not None]
    if targets:
        yield f"`leaving` is segments.<segment>.loyalty.leaving times lock; targets are shown for {listed(targets)} and never used."


# ---- waits


class WaitCost(NamedTuple):
    """What one wait costs in a case that is ordinary otherwise."""

    points: float
    """Quality lost, against no wait."""
    account: float
    """After the case, of somebody who had a new customer's account."""
    leaving: float
    """Chance to leave on the spot."""


def wait_cost(memory: Memory, account: float, wait_s: float, felt: float, acceptable_s: float) -> WaitCost:
    """Return what a wait costs somebody with an account, in a solved case without other friction."""
    base = rules.ordinary_base(memory, 0.0, 0.0)
    quality = rules.quality_solved(memory, base, rules.wait_friction(memory, wait_s, felt, acceptable_s))
    after = rules.account_after(memory, account, quality)
    return WaitCost(rules.quality_solved(memory, base, 0.0) - quality, after, rules.leaves_at_close(memory, account, after))


def _waits(scenario: Scenario, loyalty: Loyalty) -> Iterator[str]:
    largest = max(known_segments(scenario), key=lambda name: scenario.segments[name].customers or 0)
    account, memory = scenario.segments[largest].loyalty.account, _memory(scenario, largest)
    who = f"an ordinary, solved case of somebody of {largest} with {plain_number(account)} points"
    yield f"What a wait costs in {who} (no source gives the size; wait_points is {plain_number(loyalty.wait_points)}):"
    rows: list[tuple[str, ...]] = [("wait", *(f"{minutes} min" for minutes in WAITS_MIN))]
    for name, channel in sorted(scenario.channels.items()):
        costs = [wait_cost(memory, account, 60.0 * minutes, channel.felt_wait, acceptable_wait_s(name, channel)) for minutes in WAITS_MIN]
        told = f"{name} (acceptable: {duration_text(acceptable_wait_s(name, channel))})"
        rows.append((f"{told}, points per 10 minutes", *(f"{10.0 * cost.points / minutes:.1f}" for cost, minutes in zip(costs, WAITS_MIN, strict=True))))
        rows.append((f"{name}, account afterwards", *(f"{cost.account:.1f}" for cost in costs)))
        rows.append((f"{name}, leave on the spot", *(share_text(cost.leaving) for cost in costs)))
    yield from aligned(rows)


# ---- problems, complaints, recovery


def _problems(scenario: Scenario) -> Iterator[str]:
    told = [
        f"{name} ({share_text(reason.major)} serious{f', a claim of {plain_number(reason.claim)} {scenario.currency} on average' if reason.claim else ''})"
        for name, reason in sorted(scenario.reasons.items())
        if reason.problem
    ]
    other = "Any case becomes one when somebody without the file does not help, or the executive is away and the customer is sent home, or a promise is broken"
    yield f"Problems by themselves: {listed(told) or 'none'}. {other}."


def _complaints(scenario: Scenario, loyalty: Loyalty) -> Iterator[str]:
    minor, major = (complain_chance(loyalty, chance) for chance in (loyalty.complain_minor, loyalty.complain_major))
    yield f"{share_text(minor)} of those with a minor problem complain and {share_text(major)} of those with a serious one; {share_text(loyalty.recorded)} of complaints reach the managers."
    told = scenario.complaints
    if told is None:
        yield "Nobody takes complaints: they are said to whoever is there, and nothing follows."
        return
    may_settle = scenario.teams[told.team].authority is not None
    lines = [
        f"complaints are taken by {told.team} ({law_text(told.time)})",
        _settles(scenario, told.team, told.solved),
        f"a settled one is paid {share_text(told.compensation)} of the claim" if told.compensation and may_settle else "",
        f"in {share_text(told.overuse)} of settled complaints the whole authority is spent" if told.overuse else "",
        f"{share_text(told.passed_on)} of what is not settled goes to the recovery team" if told.passed_on and scenario.recovery else "",
    ]
    yield f"{begun_large('; '.join(line for line in lines if line))}."


def _settles(scenario: Scenario, team: str, solved: float) -> str:
    authority = scenario.teams[team].authority
    if authority is None:
        return "they have no authority, so nothing is settled"
    return f"with an authority of {plain_number(authority)} {scenario.currency} they settle {share_text(solved)} of what it reaches"


def _recovery(scenario: Scenario) -> Iterator[str]:
    told = scenario.recovery
    if told is None:
        yield "Nobody calls those whom the firm failed."
        return
    lines = [
        f"what is passed on is called about by {told.team}, after {law_text(told.delay)} ({law_text(told.time)} a call)",
        f"so are {share_text(told.reaches)} of those whom the firm failed and who did not complain" if told.reaches else "nobody else is called",
        _settles(scenario, told.team, told.solved),
        f"a call takes {plain_number(told.eases)} points of friction away" + (f" and gives {plain_number(told.goodwill)} {scenario.currency}" if told.goodwill else ""),
    ]
    yield f"{begun_large('; '.join(lines))}."
