"""The plan an engine runs: flat columns and numbers, independent of seed and replication.

Everything with a name in the scenario is an integer here (numbering is by sorted name); the names stand in
:class:`Names`, for logs only. Engines read the plan and nothing of the scenario. ``as_lists`` gives the same plan with
plain Python lists, because a numpy scalar costs several times a list element to read.

Shapes use C channels, R reasons, S segments, T teams, A agents, Q queues, K cover rules, L laws.
A *queue* is what agents look at: contacts of one route (with the same teams, priority and waiting credit), the line of
one executive, or those who wait for a substitute or for the desk that takes messages.
Law columns hold a row of ``laws``; -1 means "none" (a time of zero; for patience: for ever).
Counts that may be unlimited hold -1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.rules.distribution import LawTable
from servsim.rules.distribution import as_lists as law_lists
from servsim.rules.loyalty import Memory

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Names(NamedTuple):
    """What the numbers of a plan are called, for logs and reports."""

    channels: tuple[str, ...]
    segments: tuple[str, ...]
    reasons: tuple[str, ...]
    teams: tuple[str, ...]
    agents: tuple[str, ...]
    """``team/1`` ..."""
    queues: tuple[str, ...]


class Plan(NamedTuple):
    """See the module's text; every column is documented below its declaration."""

    # ---- the run
    days: int
    """Simulated days; the horizon is ``days * 86400`` seconds."""
    horizon_s: float
    warm_up_s: float
    interval_s: float
    laws: LawTable

    # ---- channels
    channel_kind: Ints
    """(C,) :class:`ChannelKind`."""
    channel_capacity: Ints
    """(C,) trunk lines or places in the room; -1 unlimited."""
    channel_closing: Ints
    """(C,) :class:`ClosingRule`."""
    menu_law: Ints
    """(C,) time in the menu or at the reception."""
    again_after_abandonment: Floats
    """(C,) chance to try again."""
    again_after_busy: Floats
    """(C,)"""
    again_law: Ints
    """(C,) delay of the next try."""
    again_busy_law: Ints
    """(C,) the same after a busy line."""
    again_tries: Ints
    """(C,) tries in all; -1 unlimited."""
    reopen_share: Floats
    """(C,) chance to try again when the channel opens."""
    reopen_law: Ints
    """(C,) time after the opening."""
    reopen_tries: Ints
    """(C,)"""
    balk_offset: Ints
    """(C + 1,) into the two columns below."""
    balk_from: Ints
    """From that many waiting people on (ascending within a channel) ..."""
    balk_share: Floats
    """... this chance to leave at once."""
    window_offset: Ints
    """(C + 1,) into the two columns below."""
    window_from_s: Floats
    """Opening times, ascending within a channel, not overlapping."""
    window_to_s: Floats
    """Closing times; may be infinite."""

    # ---- reasons
    reason_hash: tuple[int, ...]
    """(R,) 64-bit hash of the reason's name: what draws are keyed by."""
    asks_own: Ints
    """(R,) 1 where the contact asks for its own executive."""
    reason_cover: Ints
    """(R,) cover rules, or -1."""
    talk_law: Ints
    """(R, C) flattened: ``reason * C + channel``."""
    search_law: Ints
    """(R, C) flattened."""
    wrap_up_law: Ints
    """(R, C) flattened."""
    contained: Floats
    """(R, C) flattened: share contained by the menu."""
    false_containment: Floats
    """(R, C) flattened: share of the contained who contact the firm again."""
    solved: Floats
    """(R, 3) flattened: own or any agent, colleague with the file, colleague without."""
    returns: Floats
    """(R,) chance to come again when not solved."""
    return_law: Ints
    """(R,)"""
    return_counts: Ints
    """(R,) 0 the delay is clock time, 1 it counts open days."""
    return_contacts: Ints
    """(R,) contacts in all; -1 unlimited."""
    segment_upto: Floats
    """(R, S) flattened: cumulative shares, the last 1."""
    channel_upto: Floats
    """(R, C) flattened: cumulative shares, the last 1."""
    patience_law: Ints
    """(S, R, C) flattened: ``(segment * R + reason) * C + channel``."""

    # ---- segments and customers
    segment_size: Ints
    """(S,) customers; 0 where callers are not known as persons."""
    segment_first: Ints
    """(S,) number of the segment's first customer."""
    owner: Ints
    """(customers,) agent who owns the customer, or -1."""

    # ---- queues
    queue_of: Ints
    """(C, R, S) flattened: ``(channel * R + reason) * S + segment``; the queue of a contact that asks for anyone.
    -1 where no route fits, or where a reason never comes by that channel."""
    priority: Ints
    """(C, R, S) flattened: higher goes first."""
    credit_s: Floats
    """(C, R, S) flattened: waiting credit."""
    step_offset: Ints
    """(Q + 1,) into the three columns below."""
    step_team: Ints
    """Teams that serve the queue, in order of preference."""
    step_after_s: Floats
    """The team joins after this wait; 0 at once."""
    step_length: Ints
    """The team joins while at least so many wait in the channel's line; 0: whatever the length."""
    own_queue: Ints
    """(A,) the line of an executive, or -1."""
    substitute_queue: Ints
    """(K,) or -1."""
    come_back_queue: Ints
    """(K,) line of the desk that rebooks, or -1 (a notice on the door)."""
    message_queue: Ints
    """(K,) line of the desk that takes messages, or -1."""

    # ---- teams and agents
    team_first: Ints
    """(T + 1,) first agent of a team; agents of a team are consecutive."""
    team_stays: Ints
    """(T,) 1: stays after the shift while people wait inside."""
    team_late_break: Ints
    """(T,) 0 full length, 1 cut short."""
    team_picks: Ints
    """(T,) 0 by priority, 1 longest waiting only."""
    agent_team: Ints
    """(A,)"""
    agent_hash: tuple[int, ...]
    """(A,) 64-bit hash of the agent's name."""
    buddy: Ints
    """(A,) who covers first, or -1."""
    speed: Floats
    """(A, R) flattened: handling times are divided by this."""
    agent_solved: Floats
    """(A, R) flattened: chance to solve instead of the reason's, or NaN."""
    may_serve: Ints
    """(A, R) flattened: 0 where the agent lacks the skill; told by the plan for checks, engines look at queues."""
    shared_queues: int
    """Queues that are no executive's own line; they are numbered first."""
    sees_queue: Ints
    """(A, shared queues) flattened: 1 where the agent may serve the queue, by whatever step."""
    agent_queue_offset: Ints
    """(A + 1,) into the two columns below."""
    agent_queue: Ints
    """Queues the agent may serve ..."""
    agent_queue_step: Ints
    """... and the step of the queue by which he sees it."""

    # ---- rules for own executives
    rule_offset: Ints
    """(2 K + 1,) busy rules of cover k at 2 k, away rules at 2 k + 1."""
    rule: Ints
    """:class:`OwnRule`, in order."""
    counts_as_away_s: Floats
    """(K,)"""
    buddy_longest_line: Ints
    """(K,) -1 unlimited."""
    substitute_longest_line: Ints
    """(K,) -1 unlimited."""
    has_file: Floats
    """(K, 2) flattened: buddy, substitute."""
    cover_search_law: Ints
    """(K, 4) flattened: buddy with file, without; substitute with, without."""
    cover_talk_law: Ints
    """(K, 2) flattened: buddy, substitute; -1 the reason's."""
    desk_law: Ints
    """(K, 2) flattened: time to rebook, time to take a message."""
    come_back_share: Floats
    """(K,)"""
    come_back_law: Ints
    """(K,) delay added to the executive's next day."""
    call_back_law: Ints
    """(K,) executive's time for a promised call; -1 the reason's talk."""
    call_back_priority: Ints
    """(K,)"""

    # ---- who is on duty
    duty_agent: Ints
    """(D,) duty windows before absences and breaks, by agent and time."""
    duty_from_s: Floats
    duty_to_s: Floats
    break_agent: Ints
    """(B,)"""
    break_from_s: Floats
    break_length_s: Floats
    away_agent: Ints
    """(W,) absences: planned ones (chance 1) and drawn ones."""
    away_from_s: Floats
    away_to_s: Floats
    away_chance: Floats
    """Chance a day; NaN for planned absences."""
    away_hash: tuple[int, ...]
    """(W,) hash of the absence's name: two drawn absences of one agent are drawn apart."""

    # ---- who comes
    cell_reason: Ints
    """(N,) cells in order of day, reason, interval."""
    cell_day: Ints
    cell_interval: Ints
    cell_from_s: Floats
    cell_length_s: Floats
    cell_mean: Floats
    """Mean number of cases, before the day factor."""
    cell_scale: Floats
    """Factor on talk, search and wrap-up (a forecast's handling time over the scenario's, or that of the time of day)."""
    cell_factor: Ints
    """Day factor, or -1."""
    factor_hash: tuple[int, ...]
    factor_cv: Floats
    trace: Trace | None
    """Recorded arrivals, or ``None``."""

    # ---- what customers remember; nobody does where ``remembers`` is 0
    remembers: int
    memory: tuple[Memory, ...]
    """(S,) parameters by segment; empty where nobody remembers."""
    segment_hash: tuple[int, ...]
    """(S,)"""
    felt_wait: Floats
    """(C,) factor on waits as they are felt."""
    acceptable_wait_s: Floats
    """(C,)"""
    friction: Friction
    courtesy: Floats
    """(T,) points."""
    authority: Floats
    """(T,) the largest claim an agent may settle; NaN none."""
    start_offset: Ints
    """(S + 1,) into the four columns below: a pool of customers as they stand after years of ordinary service."""
    start_account: Floats
    start_recovery: Floats
    """NaN blank."""
    start_mood: Floats
    start_failed_s: Floats
    """When the last problem closed, before 0; -inf none."""

    # ---- problems, complaints, recovery
    problem: Ints
    """(R,) 1 where the need is itself a problem."""
    major: Floats
    """(R,) share of its problems that are serious."""
    claim_law: Ints
    """(R,) a law of money, or -1: nothing."""
    complaint_queue: int
    """Who takes complaints, or -1: nobody."""
    complaint_delay_law: int
    complaint_law: int
    complaint_solved: float
    passed_on: float
    compensation: float
    overuse: float
    recovery_queue: int
    """Who calls those hit, or -1: nobody."""
    recovery_delay_law: int
    recovery_law: int
    recovery_solved: float
    recovery_reaches: float
    goodwill: float
    eases: float
    promise_s: Floats
    """(K,) a promised call answered later is a broken promise; infinite where nothing is promised."""
    forgotten: Floats
    """(K,) share of messages nobody acts on."""

    # ---- later needs
    link_offset: Ints
    """(R + 1,) into the four columns below, by name of the later reason."""
    link_reason: Ints
    link_share: Floats
    link_law: Ints
    link_hash: tuple[int, ...]
    """Hash of ``reason/later reason``: part of the lineage (R5)."""

    # ---- absences that are announced, absences that teach
    notice_agent: Ints
    """(N,) planned absences of executives whose customers are called ahead, one row per agent and window."""
    notice_from_s: Floats
    notice_to_s: Floats
    notice_call_s: Floats
    """When the calls begin; negative: before the run, so nobody is called."""
    notice_queue: Ints
    """(N,) who calls."""
    notice_law: Ints
    notice_share: Floats
    notice_agrees: Floats
    learnt_s: Floats
    """(A,) from when on the agent can do more; infinite: never."""
    learnt_solved: Floats
    """(A,) added to the chance to solve."""
    learnt_speed: Floats
    """(A,) factor on the speed."""


class Friction(NamedTuple):
    """Points of friction that the engine counts contact by contact (R41)."""

    extra_call: float
    extra_visit: float
    transfer: float
    re_explained: float
    no_notice: float
    broken_promise: float
    machine: float
    want_human: float
    """Share of the customers whom a menu costs points."""


class Trace(NamedTuple):
    """Recorded arrivals (R4), sorted by day; NaN or -1 leaves the draw."""

    day: Ints
    root: Ints
    arrived_s: Floats
    segment: Ints
    channel: Ints
    customer: Ints
    patience_s: Floats
    talk_s: Floats
    wrap_up_s: Floats
    menu_s: Floats
    scale: Floats
    """Factor on talk, search and wrap-up."""


def as_lists(plan: Plan) -> Any:
    """Return the plan with plain lists in place of arrays, for engines that read one element at a time."""
    return plan._replace(**{name: _plain(value) for name, value in plan._asdict().items()})


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, LawTable):
        return law_lists(value)
    return value
