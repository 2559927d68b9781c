"""Columns of the plan about what customers remember, about problems, complaints and recovery, and about later needs.

Nothing is drawn here but the pool of customers as they stand at the start (R48), which has a seed of its own.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

import numpy as np

from servsim.draws.name import hash64
from servsim.plan.plan import Friction
from servsim.plan.settled import Settled, settled
from servsim.rules.loyalty import Memory
from servsim.scenario.language import CoverRules, Law, Loyalty, Reason, Scenario
from servsim.scenario.loyalty import acceptable_wait_s, memory_of, someone_remembers

COMPLAINT_COLUMNS = ("complaint_queue", "complaint_delay_law", "complaint_law", "complaint_solved", "passed_on", "compensation", "overuse")
RECOVERY_COLUMNS = ("recovery_queue", "recovery_delay_law", "recovery_law", "recovery_solved", "recovery_reaches", "goodwill", "eases")
SCORES = ("account", "recovery", "mood", "failed_s")
NOBODY = (-1, -1, -1, 0.0, 0.0, 0.0, 0.0)


def memory_columns(scenario: Scenario) -> dict[str, Any]:
    """Return the columns of what customers remember; empty where nobody does."""
    loyalty = scenario.loyalty if someone_remembers(scenario) else None
    segments = dict(sorted(scenario.segments.items()))
    channels = dict(sorted(scenario.channels.items()))
    return {
        "remembers": int(loyalty is not None),
        "memory": () if loyalty is None else tuple(memory_of(loyalty, segment) for segment in segments.values()),
        "segment_hash": tuple(hash64(name) for name in segments),
        "felt_wait": [channel.felt_wait for channel in channels.values()],
        "acceptable_wait_s": [acceptable_wait_s(name, channel) for name, channel in channels.items()],
        "friction": _friction(loyalty),
        "courtesy": [team.courtesy for _, team in sorted(scenario.teams.items())],
        "authority": [math.nan if team.authority is None else team.authority for _, team in sorted(scenario.teams.items())],
        **_start(scenario, loyalty),
    }


def _friction(loyalty: Loyalty | None) -> Friction:
    return Friction(*(0.0 if loyalty is None else getattr(loyalty, name) for name in Friction._fields))


def _start(scenario: Scenario, loyalty: Loyalty | None) -> dict[str, Any]:
    """Return the pools of customers as they stand when the run begins (R48); only of segments whose customers are known."""
    pools = [settled_of(scenario, name) if loyalty is not None and segment.customers else None for name, segment in sorted(scenario.segments.items())]
    some = [pool for pool in pools if pool is not None]
    scores: dict[str, Any] = {name: np.concatenate([getattr(pool, name) for pool in some]) if some else [] for name in SCORES}
    return {"start_offset": [0, *accumulate(0 if pool is None else len(pool.account) for pool in pools)], **{f"start_{n}": c for n, c in scores.items()}}


def settled_of(scenario: Scenario, name: str) -> Settled:
    """Return the pool of a segment's customers after years of ordinary service; the scenario must have loyalty."""
    assert scenario.loyalty is not None
    return _settled_with(scenario, name, memory_of(scenario.loyalty, scenario.segments[name]))


def _settled_with(scenario: Scenario, name: str, memory: Memory) -> Settled:
    assert scenario.loyalty is not None
    told = scenario.segments[name].loyalty
    return settled(name, memory, told.history, told.account + told.promised, scenario.loyalty.extra_call)


def ordinary_churn(scenario: Scenario, name: str) -> float:
    """Return the share of a segment's customers who leave in an ordinary year, its problems included."""
    return settled_of(scenario, name).leaving_share


def churn_if_leaving(scenario: Scenario, name: str, leaving: float) -> float:
    """Return the same with another leaving factor (phi times lock)."""
    assert scenario.loyalty is not None
    memory = memory_of(scenario.loyalty, scenario.segments[name])
    return _settled_with(scenario, name, memory._replace(leaving=leaving)).leaving_share


# ---- problems, complaints, recovery


def problem_columns(scenario: Scenario, queues: dict[str, Any], laws: Any) -> dict[str, Any]:
    """Return the columns of problems, and of who makes up for them."""
    reasons = [reason for _, reason in sorted(scenario.reasons.items())]
    covers = [cover for _, cover in sorted(scenario.cover.items())]
    return {
        "problem": [int(reason.problem) for reason in reasons],
        "major": [reason.major for reason in reasons],
        "claim_law": [laws.add(claim_law(reason)) for reason in reasons],
        **dict(zip(COMPLAINT_COLUMNS, _complaints(scenario, queues["complaint_queue"], laws), strict=True)),
        **dict(zip(RECOVERY_COLUMNS, _recovery(scenario, queues["recovery_queue"], laws), strict=True)),
        "promise_s": [_promised_s(cover) for cover in covers],
        "forgotten": [cover.message.forgotten if cover.message else 0.0 for cover in covers],
    }


def claim_law(reason: Reason) -> Law | None:
    """Return the law of what settling a problem of a reason costs, in money; ``None``: nothing."""
    if reason.claim == 0.0:
        return None
    if reason.claim_spread == 0.0:
        return Law("deterministic", (reason.claim,))
    return Law("lognormal", (reason.claim, reason.claim * reason.claim_spread))


def _complaints(scenario: Scenario, queue: int, laws: Any) -> tuple[Any, ...]:
    told = scenario.complaints
    if told is None or queue < 0:
        return NOBODY
    return queue, laws.add(told.delay), laws.add(told.time), told.solved, told.passed_on, told.compensation, told.overuse


def _recovery(scenario: Scenario, queue: int, laws: Any) -> tuple[Any, ...]:
    told = scenario.recovery
    if told is None or queue < 0:
        return NOBODY
    return queue, laws.add(told.delay), laws.add(told.time), told.solved, told.reaches, told.goodwill, told.eases


def _promised_s(cover: CoverRules) -> float:
    return math.inf if cover.message is None or cover.message.within is None else cover.message.within


# ---- later needs


def link_columns(scenario: Scenario, laws: Any) -> dict[str, Any]:
    """Return the columns of later needs, by name of the reason and of the later one (R5)."""
    names = sorted(scenario.reasons)
    links = [[(name, later, link) for later, link in sorted(scenario.reasons[name].leads_to.items())] for name in names]
    every = [each for own in links for each in own]
    return {
        "link_offset": [0, *accumulate(len(own) for own in links)],
        "link_reason": [names.index(later) for _, later, _ in every],
        "link_share": [link.share for _, _, link in every],
        "link_law": [laws.add(link.delay) for _, _, link in every],
        "link_hash": tuple(hash64(f"{name}/{later}") for name, later, _ in every),
    }
