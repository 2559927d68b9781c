"""Handling: how long agents work on a contact, in its parts search, talk and wrap-up. Never looks at who waited."""

from __future__ import annotations

import numpy as np

from servsim.measure.facts import Amount, Amounts, Column, Facts, Floats, Rows
from servsim.rules.codes import Outcome


def amounts(facts: Facts) -> Amounts:
    """Yield sums of handling times and their numbers, ready to be added up.

    A contact is *handled* when an agent answered it, whoever called whom, and its wrap-up was over at the end of the
    run. *Desk* work is that of agents who took a message or told somebody to come back.
    """
    contacts = facts.contacts
    finished = ~np.isnan(contacts["released_s"]) & (contacts["agent"] >= 0)
    handled = facts.rows(finished & (contacts["outcome"] == Outcome.ANSWERED))
    yield "handled", Amount(handled)
    yield "talk_s", Amount(handled, talk_s(contacts, handled))
    yield "search_s", Amount(handled, contacts["search_s"][handled])
    yield "wrap_up_s", Amount(handled, contacts["released_s"][handled] - contacts["ended_s"][handled])
    yield "handling_s", Amount(handled, contacts["released_s"][handled] - contacts["answered_s"][handled])
    desk = facts.rows(finished & (contacts["outcome"] != Outcome.ANSWERED))
    yield "desk_contacts", Amount(desk)
    yield "desk_s", Amount(desk, contacts["released_s"][desk] - contacts["answered_s"][desk])


def talk_s(contacts: dict[str, Column], rows: Rows) -> Floats:
    """Return talk times: from answer to the customer's going, without the search."""
    together_s = contacts["ended_s"][rows] - contacts["answered_s"][rows]
    return np.asarray(np.maximum(together_s - contacts["search_s"][rows], 0.0))
