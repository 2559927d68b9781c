"""Drawn days that are kept, since worlds that differ by a decision mostly have the same first contacts.

::

    plan, stream --of_every_day, of_cells--> what the draws of a day hang on, as digests --+--> day that was drawn before
                                                                                           +--> nothing: draw it, and put it here

Days with the same bytes are the same bit for bit, whichever world, replication or law numbers they were drawn under. Holds
at most ``MOST_BYTES`` in a process, the latest days. Never draws.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from servsim.kept import Kept
from servsim.plan.plan import Plan
from servsim.plan.shared import ByPlan
from servsim.rules.distribution import LawKind, LawTable

if TYPE_CHECKING:
    from servsim.plan.day import Day

MOST_BYTES = 2**24
"""A month of a shop is 1.5 MB."""
STATIC = ("reason_hash", "segment_upto", "channel_upto", "segment_size", "segment_first", "channel_kind", "asks_own", "owner", "remembers", "factor_hash", "factor_cv")
"""Columns of the plan that the draws of every day read."""
LAWS = ("patience_law", "menu_law", "talk_law", "search_law", "wrap_up_law")
"""Columns of law numbers that they read."""
OF_CELLS = ("cell_reason", "cell_day", "cell_interval", "cell_mean", "cell_factor", "cell_from_s", "cell_length_s", "cell_scale")
"""Columns of which a day reads the rows of its own cells."""

MADE_OF_LAWS = (int(LawKind.MIXTURE), int(LawKind.SMALLER_OF))
DIGEST_BYTES = 20
Key = tuple[bytes, int]


def kept_days(most_bytes: int) -> Kept[Key, Day]:
    """Return room for days, by what their draws hang on."""
    return Kept(most_bytes, lambda key, day: sum(column.nbytes for column in day))


KEPT = kept_days(MOST_BYTES)
"""Those of this process."""


def of_every_day(plan: Plan, k0: int) -> bytes:
    """Return what all days of a replication hang on: its stream and the plan's columns, laws by what they are."""
    content = blake2b(of_every_replication(plan), digest_size=DIGEST_BYTES)
    content.update(repr(k0).encode())
    return content.digest()


def _of_plan(plan: Plan) -> bytes:
    """Return what all days of all replications hang on: the plan's columns, laws by what they are."""
    content = blake2b(repr([len(np.atleast_1d(getattr(plan, name))) for name in STATIC]).encode(), digest_size=DIGEST_BYTES)
    for name in STATIC:
        content.update(np.asarray(getattr(plan, name)).tobytes())
    for name in LAWS:
        content.update(repr([_law(plan.laws, number) for number in getattr(plan, name).tolist()]).encode())
    return content.digest()


of_every_replication = ByPlan(_of_plan)


def of_cells(plan: Plan, cells: slice) -> bytes:
    """Return what a day hangs on beside that: its own cells."""
    content = blake2b(digest_size=DIGEST_BYTES)
    for name in OF_CELLS:
        content.update(getattr(plan, name)[cells].tobytes())
    return content.digest()


def _law(laws: LawTable, number: int) -> Any:
    """Return a law without any number of a row of the table."""
    if number < 0:
        return None
    own = slice(laws.offset[number], laws.offset[number] + laws.length[number])
    values = laws.x[own].tolist()
    if laws.kind[number] in MADE_OF_LAWS:
        values = [_law(laws, int(part)) for part in values]
    return int(laws.kind[number]), laws.p[number].tolist(), values, laws.f[own].tolist()
