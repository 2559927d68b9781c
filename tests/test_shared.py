"""What all replications of a plan share: made once, kept for the latest plans, bounded in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from servsim.engine.contact_rows import HUGE_PAGE, LARGE, NUMPY_ASKS_FROM, Piece, Ring, fresh_memory
from servsim.engine.loop_state import make_state
from servsim.plan import shared
from servsim.plan.compile import compile_plan
from servsim.plan.shared import ByPlan, bytes_of
from servsim.scenario.reader import load


def plan_of(days: int) -> Any:
    return compile_plan(load("erlang_a", {"calendar.days": days})).plan


def test_what_is_made_of_a_plan_is_made_once_while_the_plan_is_among_the_latest() -> None:
    made: list[int] = []
    by_plan = ByPlan(lambda plan: made.append(plan.days) or len(made))
    two, three = plan_of(2), plan_of(3)
    assert [by_plan(plan) for plan in (two, three, two, three, two)] == [1, 2, 1, 2, 1]
    assert made == [2, 3]


def test_plans_that_are_alike_are_still_two_plans() -> None:
    by_plan = ByPlan(id)
    one, other = plan_of(2), plan_of(2)
    assert (by_plan(one), by_plan(other), by_plan(one)) == (id(one), id(other), id(one))


def test_those_asked_for_longest_ago_are_forgotten_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [plan_of(days) for days in (2, 3, 4)]
    made: list[int] = []
    by_plan = ByPlan(lambda plan: made.append(plan.days))
    monkeypatch.setattr(shared, "MOST_BYTES", bytes_of(plans[1]) + bytes_of(plans[2]))
    for plan in (plans[0], plans[1], plans[0], plans[2], plans[0], plans[1]):
        by_plan(plan)
    assert made == [2, 3, 4, 3]


def test_a_single_plan_is_kept_whatever_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, made = plan_of(2), []
    by_plan = ByPlan(lambda _: made.append(1))
    monkeypatch.setattr(shared, "MOST_BYTES", 0)
    by_plan(plan)
    by_plan(plan)
    assert made == [1]


def test_no_replication_sees_what_another_one_has_written() -> None:
    plan = plan_of(2)
    one = make_state(plan, 1, 0)
    fresh = {name: list(column) for name, column in one._asdict().items() if isinstance(column, list)}
    for name in fresh:
        getattr(one, name).append(-7)
    one.coming.root.append(-7)
    one.ahead.met.append(-7)
    other = make_state(plan, 1, 0)
    assert {name: list(getattr(other, name)) for name in fresh} == fresh
    assert (other.coming.root, other.ahead.met) == ([], [0])


# ---- memory of contacts


@pytest.mark.parametrize(("oldest", "used"), [(0, 2048), (5, 9), (2048 * 3 - 7, 2048 * 3 + 900), (2048 * 5 - 2000, 2048 * 5 + 48), (4096, 4096)])
def test_a_ring_that_grows_keeps_every_row_that_may_live(oldest: int, used: int) -> None:
    ring = Ring(remembers=1)
    rows = np.arange(oldest, used)
    ring.rows["life"]["joined_s"][rows & 2047] = rows
    ring.rows["mind"]["friction"][rows & 2047] = -rows
    ring.grow(8192, oldest, used)
    assert ring.size == len(ring.rows["life"]) == 8192
    assert ring.rows["life"]["joined_s"][rows & 8191].tolist() == rows.tolist()
    assert ring.rows["mind"]["friction"][rows & 8191].tolist() == (-rows).tolist()


def test_columns_that_grow_keep_the_rows_in_use() -> None:
    piece = Piece({"narrow": np.dtype("b"), "wide": np.dtype("d")}, 10)
    piece.first(10)["narrow"][:], piece.first(10)["wide"][:] = range(10), range(10)
    piece.grow(1000, 7)
    assert (piece.capacity, {name: column.tolist() for name, column in piece.first(7).items()}) == (1000, {"narrow": list(range(7)), "wide": list(range(7))})
    assert piece.begins.tolist() == [0, 1024]


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 12_345, 3 * NUMPY_ASKS_FROM])
def test_larger_pieces_of_memory_begin_where_a_huge_page_does(size: int) -> None:
    piece = fresh_memory(size)
    piece[:] = 7
    assert (piece.dtype, piece.size) == (np.uint8, size)
    assert size < LARGE or piece.ctypes.data % HUGE_PAGE == 0
