"""Pairing: the same contacts and cases in two worlds, found by name and by nothing else (R37).

::

    log of the base   --names--+
                               +-- outer join --> in both | only in the base | only in the other
    log of the other  --names--+

A contact is named (reason's name, day, interval, number, lineage, leg kind, leg, try), a case by the first five; both
are of one replication. Numbers of reasons, agents and rows are never joined on. A contact of one world only is reported
as such, never paired with a stranger. Sorting takes n log n steps, memory grows with n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from servsim.draws.name import REASON_SHIFT, leg_word_array, strip_reason_array
from servsim.engine.log import RunLog
from servsim.errors import InvariantError
from servsim.measure.cases import Cases, cases_of
from servsim.plan.plan import Names
from servsim.rules.codes import Outcome

Column = NDArray[Any]
Rows = NDArray[np.intp]
Words = NDArray[np.uint64]


class Pairs(NamedTuple):
    """Which rows of two tables are the same thing."""

    base: Rows
    """(pairs,) rows of the base, ascending."""
    other: Rows
    """(pairs,) rows of the other world, beside ``base``."""
    only_base: Rows
    """Rows of the base that the other world lacks."""
    only_other: Rows
    """Rows of the other world that the base lacks."""


@dataclass(frozen=True)
class PairedLogs:
    """Two worlds of one replication, side by side."""

    base: RunLog
    other: RunLog
    base_names: Names
    other_names: Names
    contacts: Pairs
    """By row of the logs."""
    base_cases: Cases
    other_cases: Cases
    cases: Pairs
    """By row of ``base_cases`` and ``other_cases``."""


def pair_logs(base: RunLog, base_names: Names, other: RunLog, other_names: Names) -> PairedLogs:
    """Put two worlds of one replication side by side.

    Raises
    ------
    InvariantError
        A name is given twice in one world, or the logs are not of one replication of one seed.
    """
    if (base.replication, base.seed) != (other.replication, other.seed):
        raise InvariantError(f"pairing: replication {base.replication} of seed {base.seed} met replication {other.replication} of seed {other.seed}")
    numbers = common_numbers(base_names.reasons, other_names.reasons)
    contacts = _joined_rows(
        (_contact_names(base, base_names, numbers), _contact_names(other, other_names, numbers)), (_made(base.contacts), _made(other.contacts))
    )
    base_cases, other_cases = cases_of(base.contacts), cases_of(other.contacts)
    cases = _joined_rows(
        (_case_names(base_cases, base_names, numbers), _case_names(other_cases, other_names, numbers)),
        (np.flatnonzero(_is_made(base.contacts)[base_cases.first]), np.flatnonzero(_is_made(other.contacts)[other_cases.first])),
    )
    return PairedLogs(base, other, base_names, other_names, contacts, base_cases, other_cases, cases)


def _is_made(contacts: dict[str, Column]) -> NDArray[np.bool_]:
    """(contacts,) whether somebody came: a row may stand for one who was lost before (R34)."""
    return np.asarray(contacts["outcome"] != Outcome.LOST_DEMAND)


def _made(contacts: dict[str, Column]) -> Rows:
    return np.flatnonzero(_is_made(contacts))


def _joined_rows(names: tuple[tuple[Words, ...], tuple[Words, ...]], rows: tuple[Rows, Rows]) -> Pairs:
    """Join some rows of two tables."""
    base, other = ([column[kept] for column in columns] for columns, kept in zip(names, rows, strict=True))
    found = joined(tuple(base), tuple(other))
    return Pairs(rows[0][found.base], rows[1][found.other], rows[0][found.only_base], rows[1][found.only_other])


def common_numbers(*names: Sequence[str]) -> dict[str, int]:
    """Number every name that any world has: worlds may count their reasons differently."""
    return {name: number for number, name in enumerate(sorted(set().union(*names)))}


def in_common(column: Column, names: Sequence[str], numbers: dict[str, int]) -> NDArray[np.int64]:
    """Return a column of local numbers in common numbers; -1 (nobody, none) stays."""
    translated = np.array([*(numbers[name] for name in names), -1], np.int64)
    return translated[column.astype(np.int64)]


def joined(base: tuple[Words, ...], other: tuple[Words, ...]) -> Pairs:
    """Join two tables by columns of words that together name their rows: an outer join.

    Raises
    ------
    InvariantError
        Two rows of one table have the same name.
    """
    count = len(base[0])
    together = [np.concatenate(columns) for columns in zip(base, other, strict=True)]
    order = np.lexsort([np.arange(len(together[0])) >= count, *together])
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in together:
        ordered = column[order]
        same &= ordered[1:] == ordered[:-1]
    first, second = order[:-1][same], order[1:][same]
    if np.any((second < count) | (first >= count)):
        raise InvariantError("pairing: two contacts or cases of one world have the same name")
    ascending = np.argsort(first, kind="stable")
    lonely = np.ones(len(order), bool)
    lonely[first], lonely[second] = False, False
    alone = np.flatnonzero(lonely)
    return Pairs(first[ascending], second[ascending] - count, alone[alone < count], alone[alone >= count] - count)


def _contact_names(log: RunLog, names: Names, numbers: dict[str, int]) -> tuple[Words, ...]:
    contacts = log.contacts
    leg = leg_word_array(contacts["leg_kind"], contacts["leg"], contacts["try_number"])
    return (leg, contacts["lineage"].astype(np.uint64), _root(contacts["root"], names, numbers))


def _case_names(cases: Cases, names: Names, numbers: dict[str, int]) -> tuple[Words, ...]:
    return (cases.lineage.astype(np.uint64), _root(cases.root, names, numbers))


def _root(root: Column, names: Names, numbers: dict[str, int]) -> Words:
    """Return roots with the common number of the reason that they are named after."""
    reason = in_common(root.astype(np.int64) >> np.int64(REASON_SHIFT), names.reasons, numbers)
    return (reason.astype(np.uint64) << np.uint64(REASON_SHIFT)) | strip_reason_array(root)
