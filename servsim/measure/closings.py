"""Closings: what the closed cases of known persons left behind: problems, hits, complaints, quality felt, remedies, talk.

A case posts once, when it closes (R42), and belongs where its first contact belongs; cases that began in the warm-up do
not count. What was not closed at the end of the run has posted nothing. Never looks at who stays.
"""

from __future__ import annotations

import numpy as np

from servsim.measure.cases import Cases
from servsim.measure.facts import Amount, Column, Facts, Floats
from servsim.rules.codes import Hit

UNHAPPY = 40.0
"""Customers below so many points are unhappy."""


def amounts(facts: Facts, cases: Cases) -> dict[str, Amount]:
    """Return sums over closed cases, ready to be added up at their first contacts."""
    first = first_of(facts, cases)
    counted = np.flatnonzero(facts.counted[first])
    found = {name: column[counted] for name, column in facts.closings.items()}
    first = first[counted]

    def those(which: Column) -> Amount:
        return Amount(first[which])

    def sum_of(weights: Floats) -> Amount:
        return Amount(first, weights)

    rumour, unhappy = facts.terms.rumour, is_told_badly(found)
    margin = facts.terms.margin[found["segment"]]
    bad = rumour.told_unsolved * unhappy
    return {
        "closings": Amount(first),
        "problems": those(found["problem"] == 1),
        "problems_major": those(found["major"] == 1),
        "cases_hit": those(found["hit"] != Hit.NONE),
        "cases_told": those(found["hit"] == Hit.TOLD),
        "cases_no_file": those(found["hit"] == Hit.NO_FILE),
        "cases_unsolved": those(found["hit"] == Hit.UNSOLVED),
        "complaints_made": those(found["complained"] == 1),
        "complaints_recorded": sum_of(facts.terms.recorded * (found["complained"] == 1)),
        "quality": sum_of(found["quality"]),
        "friction": sum_of(found["friction"]),
        "leaving_at_close": sum_of(found["leaving"]),
        "remedies": sum_of(found["remedy"] + found["overpaid"]),
        "told_badly": sum_of(bad),
        "told_well": sum_of(rumour.told_solved * ~unhappy),
        "word_of_mouth": sum_of(bad * rumour.in_market * -rumour.heard_bad * margin),
    }


def is_told_badly(closings: dict[str, Column]) -> Column:
    """Whether each case is told as a bad story: not solved, or the customer was unhappy after it."""
    return np.asarray((closings["solved"] == 0) | (closings["after"] < UNHAPPY))


def first_of(facts: Facts, cases: Cases) -> Column:
    """Return the row of the first contact of each closed case, (closings,)."""
    return np.asarray(cases.first[case_of(facts.closings, cases, len(facts.contacts["root"]))])


def case_of(closings: dict[str, Column], cases: Cases, rows: int) -> Column:
    """Return the place of each closed case among the cases, (closings,); ``rows`` is the number of contacts."""
    at = np.zeros(rows, np.int64)
    at[cases.last] = np.arange(len(cases.last))
    return at[closings["row"]]
