"""What customers remember, for the plain event loop: friction, problems, closed cases, who is lost (R11, R41 to R46).

Functions of the state, beside ``servsim.engine.loop``; the sums themselves are ``servsim.rules.loyalty``. Nothing here
puts an event on the calendar, reserves a row or moves anybody, and nothing happens to persons who are not known.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servsim.draws.philox import uniform
from servsim.draws.purpose import (
    CLAIM,
    COMPLAINS,
    FORGOTTEN,
    NOISE,
    PASSED_ON,
    REACHED,
    SEVERITY,
    SOLVED,
    SURPRISE,
    Group,
)
from servsim.engine.log import CLOSING_COLUMNS, CUSTOMER_COLUMNS
from servsim.engine.loop_floor import BY_BUDDY, BY_SUBSTITUTE, CALL_BACK
from servsim.engine.loop_line import is_by_firm
from servsim.engine.loop_luck import of_case, of_leg, time_of, words_of
from servsim.engine.loop_state import Contacts, State
from servsim.plan.people import at_horizon, places_in_pool
from servsim.plan.plan import Plan
from servsim.rules.codes import ChannelKind, Entry, Hit, LegKind
from servsim.rules.loyalty import (
    Memory,
    account_after,
    case_friction,
    chance_of,
    clip,
    faded,
    hazard_of,
    is_second,
    leaves_at_close,
    mood_after,
    ordinary_base,
    problem_base,
    quality_solved,
    quality_unsolved,
    recovery_after,
    satisfaction,
    stretch_hazard,
    wait_friction,
)
from servsim.rules.portable import normal_quantile

PHONE = int(ChannelKind.PHONE)
AGAIN_ENTRIES = (int(Entry.REDIAL), int(Entry.COMEBACK), int(Entry.RETRY_CLOSED))
RECOVERY_LEG = int(LegKind.RECOVERY)
NO_FILE, UNSOLVED, UNHURT = int(Hit.NO_FILE), int(Hit.UNSOLVED), int(Hit.NONE)


def knows(s: State, row: int) -> bool:
    """Whether a contact's customer is known as a person, and remembers."""
    return bool(s.plan.remembers) and s.contacts.customer[row] >= 0


# ---- who is lost (R11) ----------------------------------------------------------------------------------------------


def is_lost(s: State, customer: int) -> bool:
    """Whether a customer has left; true only as of when his scores were last brought up to date."""
    return not math.isnan(s.people.lost_s[customer])


def bring_up_to_date(s: State, customer: int) -> None:
    """Let the stretch since a customer was last seen pass: its hazard, then the fading of recovery and mood."""
    p = s.people
    if is_lost(s, customer):
        return
    memory, stretch_s = s.plan.memory[p.segment[customer]], s.clock[0] - p.seen_s[customer]
    add_hazard(s, customer, stretch_hazard(memory, p.account[customer], p.recovery[customer], p.mood[customer], stretch_s), stretch_s)
    p.recovery[customer], p.mood[customer] = faded(memory, p.account[customer], p.recovery[customer], p.mood[customer], stretch_s)
    p.seen_s[customer] = s.clock[0]


def add_hazard(s: State, customer: int, step: float, length_s: float) -> None:
    """Add the hazard of a step that begins when the customer was last seen; he is lost within it, in proportion."""
    p = s.people
    before = p.hazard[customer]
    p.expected[customer] += chance_of(step)
    p.hazard[customer] = before + step
    if step > 0.0 and p.hazard[customer] >= p.threshold[customer]:
        p.lost_s[customer] = p.seen_s[customer] + length_s * ((p.threshold[customer] - before) / step)


# ---- what a case carries --------------------------------------------------------------------------------------------


def draw_mind(s: State, row: int) -> None:
    """Draw how a case is felt, and whether its customer speaks up."""
    c, words = s.contacts, words_of(s, row, Group.CASE_MIND, 0)
    c.noise_u[row], c.severity_u[row] = uniform(words[NOISE]), uniform(words[SEVERITY])
    c.complains_u[row], c.surprise_u[row] = uniform(words[COMPLAINS]), uniform(words[SURPRISE])
    c.problem[row] = s.plan.problem[c.reason[row]]


def carry(c: Contacts, row: int, again: int) -> None:
    """Give what the case carries to its next contact."""
    c.first_s[again], c.friction[again], c.courtesy[again] = c.first_s[row], c.friction[row], c.courtesy[row]
    c.problem[again], c.complained[again], c.called[again], c.hit[again] = c.problem[row], c.complained[row], c.called[row], c.hit[row]
    c.legs[again], c.remedy[again], c.overpaid[again] = c.legs[row], c.remedy[row], c.overpaid[row]
    c.noise_u[again], c.severity_u[again] = c.noise_u[row], c.severity_u[row]
    c.complains_u[again], c.surprise_u[again] = c.complains_u[row], c.surprise_u[row]


# ---- friction (R41) -------------------------------------------------------------------------------------------------


def comes_to_the_door(s: State, row: int) -> None:
    """A contact of a remembering customer comes: the first of its case, or one more call or visit."""
    c, points = s.contacts, s.plan.friction
    if math.isnan(c.first_s[row]):
        c.first_s[row] = s.clock[0]
    if c.entry[row] in AGAIN_ENTRIES:
        c.friction[row] += points.extra_call if s.plan.channel_kind[c.channel[row]] == PHONE else points.extra_visit


def meets_machine(s: State, row: int) -> None:
    """The menu of a phone line costs points, to those who want a person."""
    c, points = s.contacts, s.plan.friction
    if s.plan.channel_kind[c.channel[row]] == PHONE and s.people.wants_human_u[c.customer[row]] < points.want_human:
        c.friction[row] += points.machine


def feels_contact(s: State, row: int) -> None:
    """A contact ends: its wait, whom it found, and whether a promise was kept."""
    if is_by_firm(s, row):
        if s.contacts.entry[row] == CALL_BACK and is_late_call(s, row):
            breaks_promise(s, row)
        return
    feels_wait(s, row)
    feels_staff(s, row)


def feels_wait(s: State, row: int) -> None:
    """Count the wait, from the line or the agent found to the answer or the end."""
    c, channel = s.contacts, s.contacts.channel[row]
    if math.isnan(c.queued_s[row]):
        return
    until_s = c.ended_s[row] if math.isnan(c.answered_s[row]) else c.answered_s[row]
    memory = memory_of(s, row)
    c.friction[row] += wait_friction(memory, until_s - c.queued_s[row], s.plan.felt_wait[channel], s.plan.acceptable_wait_s[channel])


def feels_staff(s: State, row: int) -> None:
    """Count who was away, and who served instead; note the courtesy of who answered."""
    c, points = s.contacts, s.plan.friction
    if c.found_away[row]:
        c.friction[row] += points.no_notice
    if math.isnan(c.answered_s[row]):
        return
    c.courtesy[row] = s.plan.courtesy[s.plan.agent_team[c.agent[row]]]
    if c.covered_by[row] in (BY_BUDDY, BY_SUBSTITUTE):
        c.friction[row] += points.transfer
        if c.has_file[row] == 0:
            c.friction[row] += points.re_explained


def is_late_call(s: State, row: int) -> bool:
    """Whether a promised call was answered later than promised."""
    c = s.contacts
    return bool(c.answered_s[row] - c.arrived_s[row] > s.plan.promise_s[s.plan.reason_cover[c.reason[row]]])


def breaks_promise(s: State, row: int) -> None:
    """The firm has not kept its word: points, and the case is a problem."""
    s.contacts.friction[row] += s.plan.friction.broken_promise
    s.contacts.problem[row] = 1


# ---- problems (R42 to R45) ------------------------------------------------------------------------------------------


def memory_of(s: State, row: int) -> Memory:
    """Return the parameters of a contact's customer."""
    memory: Memory = s.plan.memory[s.people.segment[s.contacts.customer[row]]]
    return memory


def is_major(s: State, row: int) -> bool:
    """Whether a problem is serious to its customer."""
    return bool(s.contacts.severity_u[row] < s.plan.major[s.contacts.reason[row]])


def how_hit(s: State, row: int) -> int:
    """Return how the firm has failed somebody who was served and not helped (Hit)."""
    if s.contacts.has_file[row] == 0:
        return NO_FILE
    return UNSOLVED if s.plan.problem[s.contacts.reason[row]] else UNHURT


def complains(s: State, row: int) -> bool:
    """Whether somebody whom the firm has failed says so."""
    memory = memory_of(s, row)
    return s.contacts.complains_u[row] < (memory.complain_major if is_major(s, row) else memory.complain_minor)


def is_forgotten(s: State, row: int) -> bool:
    """Whether nobody will act on a message (R45)."""
    share = s.plan.forgotten[s.plan.reason_cover[s.contacts.reason[row]]]
    return bool(share > 0.0 and of_case(s, row, Group.CASE_AFTER, FORGOTTEN) < share)


def is_passed_on(s: State, row: int) -> bool:
    """Whether a complaint that was heard and not settled goes to the recovery team."""
    if s.plan.recovery_queue < 0 or s.contacts.called[row]:
        return False
    return bool(of_case(s, row, Group.CASE_AFTER, PASSED_ON) < s.plan.passed_on)


def is_reached(s: State, row: int) -> bool:
    """Whether the recovery team calls somebody who was hit and has said nothing."""
    if s.plan.recovery_queue < 0 or s.contacts.called[row]:
        return False
    return bool(of_case(s, row, Group.CASE_AFTER, REACHED) < s.plan.recovery_reaches)


def claim_of(s: State, row: int) -> float:
    """Return what settling a case costs; drawn once for the case."""
    return time_of(s, s.plan.claim_law[s.contacts.reason[row]], row, Group.CASE_AFTER, CLAIM, 0)


def gives_goodwill(s: State, row: int) -> None:
    """A recovery call is made: money, and less friction."""
    c = s.contacts
    c.remedy[row] += s.plan.goodwill
    c.friction[row] = max(0.0, c.friction[row] - s.plan.eases)


def settles(s: State, row: int) -> bool:
    """Whether a complaint or a recovery call settles the problem; then the customer is paid."""
    c, p = s.contacts, s.plan
    claim, authority = claim_of(s, row), p.authority[p.agent_team[c.agent[row]]]
    share = p.recovery_solved if c.leg_kind[row] == RECOVERY_LEG else p.complaint_solved
    if not claim <= authority or c.solved_u[row] >= share:
        return False
    c.remedy[row] += p.compensation * claim
    c.overpaid[row] += p.overuse * authority
    return True


def draw_luck_of_settling(s: State, row: int) -> None:
    """Draw the luck of being settled, as the luck of being solved of any leg."""
    s.contacts.solved_u[row] = of_leg(s, row, Group.LEG, SOLVED)


# ---- a case closes (R42) --------------------------------------------------------------------------------------------


def post(s: State, row: int, solved: int) -> None:
    """Post a closed case to its customer's account, or to recovery and mood, and see whether he leaves."""
    c, p, customer = s.contacts, s.people, s.contacts.customer[row]
    bring_up_to_date(s, customer)
    if is_lost(s, customer):
        return
    memory, problem = memory_of(s, row), c.problem[row]
    late_s = s.clock[0] - c.first_s[row]
    friction = case_friction(memory, c.friction[row], late_s, problem)
    before = satisfaction(memory, p.account[customer], p.recovery[customer], p.mood[customer])
    major = 1 if problem and is_major(s, row) else 0
    quality = quality_of(s, row, friction, solved, major)
    if problem:
        remember_problem(s, row, quality, solved, major)
    else:
        p.account[customer] = account_after(memory, p.account[customer], quality)
    after = satisfaction(memory, p.account[customer], p.recovery[customer], p.mood[customer])
    leaving = leaves_at_close(memory, before, after)
    add_hazard(s, customer, hazard_of(leaving), 0.0)
    note_closing(s, row, late_s, major, solved, friction, quality, before, after, leaving)


def quality_of(s: State, row: int, friction: float, solved: int, major: int) -> float:
    """Return the quality felt of a case; a second problem within the window costs more."""
    c, memory = s.contacts, memory_of(s, row)
    if c.problem[row]:
        base = problem_base(memory, c.remedy[row], claim_of(s, row), c.courtesy[row])
    else:
        base = ordinary_base(memory, normal_quantile(c.noise_u[row]), c.courtesy[row])
    quality = quality_solved(memory, base, friction) if solved else quality_unsolved(memory, base, friction, major)
    return clip(quality - memory.second_problem) if is_second_problem(s, row) else quality


def is_second_problem(s: State, row: int) -> bool:
    """Whether a case is a problem that follows another too soon."""
    c = s.contacts
    return bool(c.problem[row]) and is_second(memory_of(s, row), s.clock[0] - s.people.failed_s[c.customer[row]])


def remember_problem(s: State, row: int, quality: float, solved: int, major: int) -> None:
    """Post a problem: to recovery, unless nothing was solved and nothing said, and to the mood."""
    c, p, customer, memory = s.contacts, s.people, s.contacts.customer[row], memory_of(s, row)
    second = is_second_problem(s, row)
    if solved or c.complained[row]:
        p.recovery[customer] = recovery_after(memory, p.recovery[customer], quality)
    p.mood[customer] = mood_after(memory, p.mood[customer], quality, solved, c.complained[row], major, second, c.surprise_u[row])
    p.failed_s[customer] = s.clock[0]


def note_closing(
    s: State, row: int, late_s: float, major: int, solved: int, friction: float, quality: float, before: float, after: float, leaving: float
) -> None:
    """Write a closed case."""
    c, p, log, customer = s.contacts, s.people, s.closings, s.contacts.customer[row]
    place = s.closed[0]
    if place == len(log.root):
        s.overrun[0] = 1
        return
    s.closed[0] = place + 1
    log.root[place] = c.root[row]
    log.lineage[place] = c.lineage[row]
    log.row[place] = row
    log.reason[place] = c.reason[row]
    log.segment[place] = c.segment[row]
    log.customer[place] = customer
    log.closed_s[place] = s.clock[0]
    log.late_s[place] = late_s
    log.problem[place] = c.problem[row]
    log.major[place] = major
    log.hit[place] = c.hit[row]
    log.solved[place] = solved
    log.complained[place] = c.complained[row]
    log.friction[place] = friction
    log.quality[place] = quality
    log.before[place] = before
    log.after[place] = after
    log.account[place] = p.account[customer]
    log.recovery[place] = p.recovery[customer]
    log.mood[place] = p.mood[customer]
    log.leaving[place] = leaving
    log.remedy[place] = c.remedy[row]
    log.overpaid[place] = c.overpaid[row]
    log.lost[place] = 1 if is_lost(s, customer) else 0


# ---- the log --------------------------------------------------------------------------------------------------------


def closed_cases(s: State) -> dict[str, NDArray[Any]]:
    """Return the columns of closed cases; none where nobody remembers."""
    if not s.plan.remembers:
        return {}
    columns = s.closings._asdict()
    return {name: np.array(columns[name][: s.closed[0]], np.dtype(code)) for name, code, _ in CLOSING_COLUMNS}


def customers_at_horizon(s: State, plan: Plan, seed: int, replication: int) -> dict[str, NDArray[Any]]:
    """Return the columns of customers as they stand when the run ends; none where nobody remembers."""
    if not s.plan.remembers:
        return {}
    columns = s.people._asdict()
    return at_horizon(plan, {name: np.array(columns[name], np.dtype(code)) for name, code, _ in CUSTOMER_COLUMNS}, places_in_pool(plan, seed, replication))
