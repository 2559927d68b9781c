"""Cases: the contacts of one need of one customer, gathered. Never follows a case beyond the end of the run."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.facts import Column, Floats, Rows, is_by_firm, wait_in_line_s
from servsim.rules.codes import Entry, LegKind, NextStep, Outcome, Solved

Ints = NDArray[np.int64]


class CaseState(IntEnum):
    """How far a case had come when the run ended."""

    OPEN = 0
    SOLVED = 1
    GIVEN_UP = 2
    LOST = 3
    """Its customer was lost before it closed, and came no more (R34)."""


class Cases(NamedTuple):
    """One row per case, (cases,), by its first contact.

    A call ahead is never the first contact: a case of which nothing but that call took place is none.
    """

    root: Column
    lineage: Column
    first: Rows
    """Row of the first contact."""
    last: Rows
    """Row of the last contact so far."""
    contacts: Ints
    """All contacts, calls by the firm included; 0 where only a customer who had been lost would have come."""
    state: Column
    """:class:`CaseState`."""
    closed_s: Floats
    """When it was solved, given up or lost; NaN while open."""
    first_answered: Ints
    """Row of the first contact about the need itself (no complaint, no call ahead) that was answered, or -1."""
    waited_s: Floats
    """The customer's seconds in line, over all contacts; waits not over at the end left out."""
    in_vain: Ints
    """Contacts at which the customer was told to come back."""


def cases_of(contacts: dict[str, Column]) -> Cases:
    """Gather the contacts of each case."""
    first, last, case = _by_name(contacts)
    count = len(first)
    return Cases(
        root=contacts["root"][first],
        lineage=contacts["lineage"][first],
        first=first,
        last=last,
        contacts=_number(case, contacts["outcome"] != Outcome.LOST_DEMAND, count),
        state=(state := _state(contacts, last)),
        closed_s=np.where(state == CaseState.OPEN, np.nan, contacts["ended_s"][last]),
        first_answered=_first_answered(contacts, case, count),
        waited_s=_waited_s(contacts, case, count),
        in_vain=_number(case, contacts["outcome"] == Outcome.TOLD_TO_COME_BACK, count),
    )


def _by_name(contacts: dict[str, Column]) -> tuple[Rows, Rows, Ints]:
    """Return the first row of each case, ascending, its last row, and each row's case; past the end: of no case."""
    ahead = contacts["entry"] == Entry.NOTICE
    rows = np.argsort(ahead, kind="stable") if ahead.any() else np.arange(len(ahead))
    _, found, case_of = np.unique(_key(contacts)[rows], return_index=True, return_inverse=True)
    first = rows[found]
    order = np.argsort(np.where(ahead[first], len(rows), first), kind="stable")[: len(first) - int(ahead[first].sum())]
    place = np.full(len(first), len(order), np.int64)
    place[order] = np.arange(len(order))
    case = np.empty(len(rows), np.int64)
    case[rows] = place[case_of.ravel()]
    last = np.zeros(len(order) + 1, np.intp)
    own = np.flatnonzero(~ahead)
    last[case[own]] = own  # a repeated place keeps the last value: the last row
    return first[order], last[:-1], case


def _key(contacts: dict[str, Column]) -> Column:
    """Return a number for each row that is the same for rows of one case; negative for cases that grew out of another."""
    root, lineage = contacts["root"], contacts["lineage"]
    grown = np.flatnonzero(lineage)
    if not len(grown):
        return root
    names = np.stack((root[grown].astype(np.uint64), lineage[grown].astype(np.uint64)))
    _, number = np.unique(names, axis=1, return_inverse=True)
    key = root.copy()
    key[grown] = -1 - number.ravel()
    return key


def _number(case: Ints, which: Column, count: int) -> Ints:
    """Return how many rows of a mask each case has."""
    return np.bincount(case[which], minlength=count + 1)[:count]


def _state(contacts: dict[str, Column], last: Rows) -> Column:
    step = contacts["next_step"][last]
    state = np.full(len(last), CaseState.OPEN, np.int8)
    state[(step == NextStep.NONE) | (contacts["solved"][last] == Solved.YES)] = CaseState.SOLVED
    state[step == NextStep.GIVES_UP] = CaseState.GIVEN_UP
    state[contacts["outcome"][last] == Outcome.LOST_DEMAND] = CaseState.LOST
    return state


def _first_answered(contacts: dict[str, Column], case: Ints, count: int) -> Ints:
    about_need = np.isin(contacts["leg_kind"], np.array((LegKind.NEED, LegKind.CALL_BACK), np.int8))
    rows = np.flatnonzero((contacts["outcome"] == Outcome.ANSWERED) & about_need)[::-1]
    found = np.full(count + 1, -1, np.int64)
    found[case[rows]] = rows
    return found[:count]


def _waited_s(contacts: dict[str, Column], case: Ints, count: int) -> Floats:
    wait_s = np.nan_to_num(wait_in_line_s(contacts), nan=0.0)
    wait_s[is_by_firm(contacts)] = 0.0  # nobody stands in line for a call by the firm
    return np.bincount(case, weights=wait_s, minlength=count + 1)[:count].astype(float)
