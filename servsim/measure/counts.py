"""Counts: how many contacts came, by how they came about and how they ended. Never looks at a wait's length."""

from __future__ import annotations

from servsim.measure.facts import Amount, Amounts, Facts
from servsim.rules.codes import Entry, Outcome

OUTCOMES = {
    "answered": Outcome.ANSWERED,
    "abandoned": Outcome.ABANDONED,
    "balked": Outcome.BALKED,
    "blocked": Outcome.BLOCKED,
    "contained": Outcome.CONTAINED,
    "closed": Outcome.CLOSED,
    "turned_away": Outcome.TURNED_AWAY,
    "disconnected": Outcome.DISCONNECTED,
    "message_left": Outcome.MESSAGE_LEFT,
    "callback_promised": Outcome.CALLBACK_PROMISED,
    "told_to_come_back": Outcome.TOLD_TO_COME_BACK,
    "open": Outcome.OPEN,
}
"""Every way in which an offered contact can end; together they are the offered contacts (law 1)."""

ENTRIES = {
    "offered_fresh": Entry.FRESH,
    "offered_redial": Entry.REDIAL,
    "offered_comeback": Entry.COMEBACK,
    "offered_retry_closed": Entry.RETRY_CLOSED,
}
"""How offered contacts come about; with `offered_follow_up` they are the offered contacts (R35)."""


def amounts(facts: Facts) -> Amounts:
    """Yield the counts of contacts, ready to be added up."""
    contacts = facts.contacts
    calls = contacts["entry"] == Entry.CALL_BACK
    yield "offered", Amount(facts.rows(facts.offered))
    for name, entry in ENTRIES.items():
        yield name, Amount(facts.rows(facts.offered & (contacts["entry"] == entry)))
    for name, outcome in OUTCOMES.items():
        yield name, Amount(facts.with_outcome(outcome))
    yield "call_backs", Amount(facts.rows(calls))
    yield "call_backs_answered", Amount(facts.rows(calls & (contacts["outcome"] == Outcome.ANSWERED)))
