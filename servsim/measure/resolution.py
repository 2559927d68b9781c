"""Resolution: whether needs were met, at which contact, and how long that took.

A case belongs where its first contact belongs (interval, channel, reason ...); cases that began in the warm-up do not
count, nor those of which only a lost customer would have come. Never looks inside a contact.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.cases import Cases, CaseState
from servsim.measure.facts import Amount, Amounts, Facts, Mask
from servsim.rules.codes import Solved


def amounts(facts: Facts, cases: Cases) -> Amounts:
    """Yield numbers of cases and what they took, ready to be added up at their first contacts."""
    contacts = facts.contacts
    counted = facts.counted[cases.first]
    solved = counted & (cases.state == CaseState.SOLVED)
    served = counted & (cases.first_answered >= 0)
    helped_first = served & (contacts["solved"][cases.first_answered] == Solved.YES)
    yield "cases", _at_first(cases, counted)
    yield "cases_solved", _at_first(cases, solved)
    yield "cases_given_up", _at_first(cases, counted & (cases.state == CaseState.GIVEN_UP))
    yield "cases_open", _at_first(cases, counted & (cases.state == CaseState.OPEN))
    yield "cases_lost", _at_first(cases, counted & (cases.state == CaseState.LOST))
    yield "cases_served", _at_first(cases, served)
    yield "cases_solved_at_first_service", _at_first(cases, helped_first)
    yield "cases_solved_at_first_contact", _at_first(cases, solved & (cases.last == cases.first))
    yield "contacts_of_solved_cases", _at_first(cases, solved, cases.contacts)
    yield "time_to_solution_s", _at_first(cases, solved, contacts["ended_s"][cases.last] - contacts["arrived_s"][cases.first])
    yield "contacts_in_vain", _at_first(cases, counted, cases.in_vain)
    yield "waited_by_case_s", _at_first(cases, counted, cases.waited_s)


def _at_first(cases: Cases, which: Mask, weights: np.ndarray | None = None) -> Amount:
    return Amount(cases.first[which], None if weights is None else weights[which].astype(float))
