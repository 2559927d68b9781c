"""Closings: what the closed cases of known persons left behind: problems, hits, complaints, quality felt, remedies, talk.

A case posts once, when it closes (R42), and belongs where its first contact belongs; cases that began in the warm-up do
not count. What was not closed at the end of the run has posted nothing. Never looks at who stays.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.cases import Cases
from servsim.measure.facts import Amount, Amounts, Column, Facts
from servsim.rules.codes import Hit

UNHAPPY = 40.0
"""Customers below so many points are unhappy; they tell a bad story, as those do whose case was not solved."""


def amounts(facts: Facts, cases: Cases) -> Amounts:
    """Yield sums over closed cases, ready to be added up at their first contacts."""
    first = first_of(facts, cases)
    counted = np.flatnonzero(facts.counted[first])
    first = first[counted]

    def of(name: str) -> Column:
        return np.asarray(facts.closings[name][counted])

    def those(which: Column) -> Amount:
        return Amount(first[which])

    rumour, unhappy = facts.terms.rumour, (of("solved") == 0) | (of("after") < UNHAPPY)
    told = rumour.told_unsolved * unhappy
    yield "closings", Amount(first)
    yield "problems", those(of("problem") == 1)
    yield "problems_major", those(of("major") == 1)
    yield "cases_hit", those(of("hit") != Hit.NONE)
    yield "cases_told", those(of("hit") == Hit.TOLD)
    yield "cases_no_file", those(of("hit") == Hit.NO_FILE)
    yield "cases_unsolved", those(of("hit") == Hit.UNSOLVED)
    yield "complaints_made", those(of("complained") == 1)
    yield "complaints_recorded", Amount(first, facts.terms.recorded * (of("complained") == 1))
    yield "quality", Amount(first, of("quality"))
    yield "friction", Amount(first, of("friction"))
    yield "leaving_at_close", Amount(first, of("leaving"))
    yield "remedies", Amount(first, of("remedy") + of("overpaid"))
    yield "told_badly", Amount(first, told)
    yield "told_well", Amount(first, rumour.told_solved * ~unhappy)
    yield "word_of_mouth", Amount(first, told * rumour.in_market * -rumour.heard_bad * facts.terms.margin[of("segment")])


def first_of(facts: Facts, cases: Cases) -> Column:
    """Return the row of the first contact of each closed case, (closings,)."""
    return np.asarray(cases.first[case_of(facts.closings, cases, len(facts.contacts["root"]))])


def case_of(closings: dict[str, Column], cases: Cases, rows: int) -> Column:
    """Return the place of each closed case among the cases, (closings,); ``rows`` is the number of contacts."""
    at = np.zeros(rows, np.int64)
    at[cases.last] = np.arange(len(cases.last))
    return at[closings["row"]]
