"""Draws of contacts for the plain event loop: ``servsim.plan.luck`` as functions of the state, the same bits.

Every draw is asked for by name (R6); the order of asking is free. Never changes the state.
"""

from __future__ import annotations

from servsim.draws.law import TRIANGULAR, inverse, sample
from servsim.draws.name import leg_word, strip_reason
from servsim.draws.philox import block, uniform
from servsim.engine.loop_state import State


def of_leg(s: State, row: int, group: int, word: int) -> float:
    """Return a uniform that all tries of a leg share."""
    return uniform_of(s, row, group, word, leg_word(s.contacts.leg_kind[row], s.contacts.leg[row], 0))


def of_try(s: State, row: int, group: int, word: int) -> float:
    """Return a uniform of one try."""
    c = s.contacts
    return uniform_of(s, row, group, word, leg_word(c.leg_kind[row], c.leg[row], c.try_number[row]))


def time_of_leg(s: State, law: int, row: int, group: int, word: int) -> float:
    """Return a draw of a law, the same for all tries of a leg; 0 where there is no law (-1)."""
    return time_of(s, law, row, group, word, leg_word(s.contacts.leg_kind[row], s.contacts.leg[row], 0))


def time_of_try(s: State, law: int, row: int, group: int, word: int) -> float:
    """Return a draw of a law for one try; 0 where there is no law (-1)."""
    c = s.contacts
    return time_of(s, law, row, group, word, leg_word(c.leg_kind[row], c.leg[row], c.try_number[row]))


def of_case(s: State, row: int, group: int, word: int) -> float:
    """Return a uniform that all contacts of a case share."""
    return uniform_of(s, row, group, word, 0)


def uniform_of(s: State, row: int, group: int, word: int, attempt: int) -> float:
    """Return a uniform of an attempt."""
    return uniform(words_of(s, row, group, attempt)[word])


def words_of(s: State, row: int, group: int, attempt: int) -> tuple[int, int, int, int]:
    """Return the four words of a group for an attempt."""
    c = s.contacts
    k1 = s.k1[group * len(s.plan.asks_own) + c.reason[row]]
    return block(s.k0, k1, strip_reason(c.root[row]), c.lineage[row], attempt, 0)


def time_of(s: State, law: int, row: int, group: int, word: int, attempt: int) -> float:
    """Return a draw of a law for an attempt."""
    return 0.0 if law < 0 else time_from(s, law, uniform_of(s, row, group, word, attempt), row, group, word, attempt)


def time_from(s: State, law: int, u: float, row: int, group: int, word: int, attempt: int) -> float:
    """Return a draw of a law for an attempt, whose own uniform is at hand; 0 where there is no law (-1)."""
    if law < 0:
        return 0.0
    kind = s.plan.laws.kind[law]
    if kind <= TRIANGULAR:
        return inverse(kind, s.plan.laws.p[law], u)  # the uniform at hand is all it takes, so that no name is put together
    c = s.contacts
    k1 = s.k1[group * len(s.plan.asks_own) + c.reason[row]]
    return sample(s.plan.laws, law, u, s.k0, k1, strip_reason(c.root[row]), c.lineage[row], attempt, word)
