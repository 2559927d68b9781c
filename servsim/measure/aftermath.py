"""Aftermath: contacts that follow from failures, from absences that are announced and from sales: complaints, recovery calls,
calls ahead, later needs, and demand that is lost. None of these is offered but the first contact of a later need (R35).
Never looks at what customers remember.
"""

from __future__ import annotations

from servsim.measure.cases import Cases
from servsim.measure.facts import Amount, Amounts, Facts, Mask
from servsim.rules.codes import Entry, LegKind, NextStep, Outcome, Solved


def amounts(facts: Facts, cases: Cases) -> Amounts:
    """Yield the counts of such contacts, ready to be added up; later needs at their first contacts."""
    contacts = facts.contacts
    answered = contacts["outcome"] == Outcome.ANSWERED
    settled = contacts["solved"] == Solved.YES
    complaint, recovery = contacts["leg_kind"] == LegKind.COMPLAINT, contacts["leg_kind"] == LegKind.RECOVERY
    heard = facts.rows(complaint & answered)
    due = (contacts["outcome"] == Outcome.LOST_DEMAND) & (contacts["arrived_s"] >= facts.plan.warm_up_s)
    yield "lost_demand", Amount(due.nonzero()[0])
    yield "complaint_contacts", Amount(facts.rows(contacts["entry"] == Entry.COMPLAINT))
    yield "complaints_heard", Amount(heard)
    yield "complaint_wait_s", Amount(heard, contacts["answered_s"][heard] - contacts["queued_s"][heard])
    yield "complaints_settled", Amount(facts.rows(complaint & answered & settled))
    yield "recovery_calls", Amount(facts.rows(recovery & answered))
    yield "recoveries_settled", Amount(facts.rows(recovery & answered & settled))
    yield from _of_calls_ahead(facts, answered)
    yield "offered_follow_up", Amount(facts.rows(facts.offered & (contacts["entry"] == Entry.FOLLOW_UP)))
    yield "follow_up_cases", Amount(cases.first[facts.counted[cases.first] & (cases.lineage != 0)])


def _of_calls_ahead(facts: Facts, answered: Mask) -> Amounts:
    ahead = facts.contacts["entry"] == Entry.NOTICE
    yield "called_ahead", Amount(facts.rows(ahead & answered))
    yield "come_other_day", Amount(facts.rows(ahead & (facts.contacts["next_step"] == NextStep.COMES_OTHER_DAY)))
