"""Cases: the contacts of one need of one customer, gathered. Never follows a case beyond the end of the run."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.facts import Column, Floats, Rows, wait_in_line_s
from servsim.rules.codes import Entry, NextStep, Outcome, Solved

Ints = NDArray[np.int64]


class CaseState(IntEnum):
    """How far a case had come when the run ended."""

    OPEN = 0
    SOLVED = 1
    GIVEN_UP = 2


class Cases(NamedTuple):
    """One row per case, (cases,), by its first contact."""

    root: Column
    lineage: Column
    first: Rows
    """Row of the first contact."""
    last: Rows
    """Row of the last contact so far."""
    contacts: Ints
    """All contacts, calls by the firm included."""
    state: Column
    """:class:`CaseState`."""
    closed_s: Floats
    """When it was solved or given up; NaN while open."""
    first_answered: Ints
    """Row of the first contact that was answered, or -1."""
    waited_s: Floats
    """The customer's seconds in line, over all contacts; waits not over at the end left out."""
    in_vain: Ints
    """Contacts at which the customer was told to come back."""


def cases_of(contacts: dict[str, Column]) -> Cases:
    """Gather the contacts of each case."""
    first, case = _by_name(contacts)
    count = len(first)
    last = np.zeros(count, np.intp)
    last[case] = np.arange(len(case))  # a repeated place keeps the last value: the last row
    return Cases(
        root=contacts["root"][first],
        lineage=contacts["lineage"][first],
        first=first,
        last=last,
        contacts=np.bincount(case, minlength=count),
        state=(state := _state(contacts, last)),
        closed_s=np.where(state == CaseState.OPEN, np.nan, contacts["ended_s"][last]),
        first_answered=_first_answered(contacts, case, count),
        waited_s=_waited_s(contacts, case, count),
        in_vain=np.bincount(case[contacts["outcome"] == Outcome.TOLD_TO_COME_BACK], minlength=count),
    )


def _by_name(contacts: dict[str, Column]) -> tuple[Rows, Ints]:
    """Return the first row of each case, ascending, and each row's case."""
    root, lineage = contacts["root"], contacts["lineage"]
    if lineage.any():
        _, root = np.unique(np.stack((root.astype(np.uint64), lineage.astype(np.uint64))), axis=1, return_inverse=True)
    _, first, case = np.unique(root, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return first[order], place[case.ravel()]


def _state(contacts: dict[str, Column], last: Rows) -> Column:
    step = contacts["next_step"][last]
    state = np.full(len(last), CaseState.OPEN, np.int8)
    state[(step == NextStep.NONE) | (contacts["solved"][last] == Solved.YES)] = CaseState.SOLVED
    state[step == NextStep.GIVES_UP] = CaseState.GIVEN_UP
    return state


def _first_answered(contacts: dict[str, Column], case: Ints, count: int) -> Ints:
    rows = np.flatnonzero(contacts["outcome"] == Outcome.ANSWERED)[::-1]
    found = np.full(count, -1, np.int64)
    found[case[rows]] = rows
    return found


def _waited_s(contacts: dict[str, Column], case: Ints, count: int) -> Floats:
    wait_s = np.nan_to_num(wait_in_line_s(contacts), nan=0.0)
    wait_s[contacts["entry"] == Entry.CALL_BACK] = 0.0  # nobody stands in line for a promised call
    return np.bincount(case, weights=wait_s, minlength=count).astype(float)
