"""Customers: what each person who made contact went through. Knows nothing of loyalty.

Reserved for later: A, R, T, S (what customers remember), lost_s, value.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.cases import Cases, CaseState
from servsim.measure.facts import Column, Floats

Ints = NDArray[np.int64]


class Customers(NamedTuple):
    """One row per customer who made contact and is known as a person, (customers,), by number."""

    customer: Column
    segment: Column
    contacts: Ints
    cases: Ints
    solved: Ints
    """Cases solved."""
    in_vain: Ints
    """Contacts at which the customer was told to come back."""
    waited_s: Floats
    """Seconds in line."""


def customers_of(contacts: dict[str, Column], cases: Cases) -> Customers:
    """Add up the cases of each customer."""
    known = contacts["customer"][cases.first] >= 0
    first = cases.first[known]
    customer, where, of = np.unique(contacts["customer"][first], return_index=True, return_inverse=True)

    def total(column: Column) -> Floats:
        return np.bincount(of.ravel(), weights=column[known], minlength=len(customer)).astype(float)

    return Customers(
        customer=customer,
        segment=contacts["segment"][first[where]],
        contacts=total(cases.contacts).astype(np.int64),
        cases=np.bincount(of.ravel(), minlength=len(customer)),
        solved=total(cases.state == CaseState.SOLVED).astype(np.int64),
        in_vain=total(cases.in_vain).astype(np.int64),
        waited_s=total(cases.waited_s),
    )
