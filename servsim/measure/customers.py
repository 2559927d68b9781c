"""Customers: what each person who made contact, or was lost, went through. What they remember stands in ``staying``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.measure.cases import Cases, CaseState
from servsim.measure.facts import Column, Floats
from servsim.plan.plan import Plan

Ints = NDArray[np.int64]


class Customers(NamedTuple):
    """One row per customer who is known as a person and made contact or was lost, (customers,), by number."""

    customer: Column
    segment: Column
    contacts: Ints
    cases: Ints
    """Needs that led to a contact."""
    solved: Ints
    """Cases solved."""
    in_vain: Ints
    """Contacts at which the customer was told to come back."""
    waited_s: Floats
    """Seconds in line."""


def customers_of(contacts: dict[str, Column], cases: Cases, lost: Ints, plan: Plan) -> Customers:
    """Add up the cases of each customer.

    Parameters
    ----------
    lost : numbers of the customers who were lost; they are told of even if they never made contact.
    """
    own = np.flatnonzero((contacts["customer"][cases.first] >= 0) & (cases.contacts > 0))
    first = cases.first[own]
    everybody = np.concatenate((contacts["customer"][first], lost.astype(contacts["customer"].dtype)))
    customer, where, of = np.unique(everybody, return_index=True, return_inverse=True)
    of = of.ravel()[: len(own)]
    segment = np.concatenate((contacts["segment"][first], segment_of(plan)[lost].astype(contacts["segment"].dtype)))

    def total(column: Column) -> Floats:
        return np.bincount(of, weights=column[own], minlength=len(customer)).astype(float)

    return Customers(
        customer=customer,
        segment=segment[where],
        contacts=total(cases.contacts).astype(np.int64),
        cases=np.bincount(of, minlength=len(customer)),
        solved=total(cases.state == CaseState.SOLVED).astype(np.int64),
        in_vain=total(cases.in_vain).astype(np.int64),
        waited_s=total(cases.waited_s),
    )


def segment_of(plan: Plan) -> Ints:
    """Return the segment of every customer of a plan, (customers,)."""
    return np.repeat(np.arange(len(plan.segment_size)), plan.segment_size)
