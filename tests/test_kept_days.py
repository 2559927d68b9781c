"""Drawn days that worlds share: only where nothing that the draws hang on differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from servsim.engine import simpy_engine
from servsim.plan.compile import compile_plan
from servsim.plan.day import Day, Days
from servsim.plan.kept_days import LAWS, MOST_BYTES, OF_CELLS, STATIC, kept_days
from servsim.plan.plan import Plan
from servsim.scenario.reader import load, read

WORLD: dict[str, Any] = {
    "calendar": {"start": "2026-03-02", "days": 2},
    "channels": {"phone": {"menu": {"time": {"uniform": {"low": "5 s", "high": "20 s"}}}}},
    "segments": {"firms": {"customers": 40, "patience": "10 min"}, "private": {"customers": 1000, "patience": {"exponential": "5 min"}}},
    "day_factors": {"weather": {"cv": 0.3}},
    "reasons": {
        "call": {
            "arrivals": {"per_hour": 20, "day_factor": "weather"}, "wrap_up": "30 s",
            "talk": {"mixture": {"short": {"share": 0.5, "law": {"exponential": "1 min"}}, "long": {"share": 0.5, "law": {"exponential": "5 min"}}}},
        }
    },
    "teams": {"clerks": {"agents": 3}},
}  # fmt: skip


def plan_of(**changes: Any) -> Plan:
    """Return the plan of the world with some paths changed."""
    return compile_plan(read(WORLD, Path(), {name.replace("__", "."): value for name, value in changes.items()})).plan


def drawn(plan: Plan, seed: int = 1, replication: int = 0, day: int = 0) -> Day:
    return Days(plan, seed, replication).draw(day)


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("servsim.plan.day.KEPT", kept_days(MOST_BYTES))


def test_a_world_with_another_staff_shares_the_drawn_day() -> None:
    assert drawn(plan_of()) is drawn(plan_of(teams__clerks__agents=1))


def test_a_world_whose_laws_are_numbered_otherwise_shares_the_drawn_day() -> None:
    other = plan_of(channels__phone__try_again={"after_abandonment": 0.5, "delay": {"lognormal": {"mean": "5 min", "sd": "3 min"}}})

    assert other.talk_law.tolist() != plan_of().talk_law.tolist() or len(other.laws.kind) > len(plan_of().laws.kind)
    assert drawn(plan_of()) is drawn(other)


@pytest.mark.parametrize(
    "changes",
    [
        {"reasons__call__talk": {"mixture": {"short": {"share": 0.5, "law": {"exponential": "1 min"}}, "long": {"share": 0.5, "law": {"exponential": "6 min"}}}}},
        {"reasons__call__wrap_up": "31 s"},
        {"reasons__call__arrivals__per_hour": 21},
        {"reasons__call__segments": "firms"},
        {"segments__private__patience": {"exponential": "6 min"}},
        {"segments__private__customers": 999},
        {"channels__phone__menu__time": {"uniform": {"low": "5 s", "high": "21 s"}}},
        {"day_factors__weather__cv": 0.31},
    ],
)
def test_a_world_with_other_first_contacts_draws_its_own_day(changes: dict[str, Any]) -> None:
    before, after = drawn(plan_of()), drawn(plan_of(**changes))

    assert any(not np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_seeds_replications_and_days_draw_their_own() -> None:
    days = [drawn(plan_of()), drawn(plan_of(), seed=2), drawn(plan_of(), replication=1), drawn(plan_of(), day=1)]

    assert len({day.arrived_s.tobytes() for day in days}) == 4


@pytest.mark.parametrize("name", ["phone_shop", "anonymous_bank", "town_hall"])
def test_days_hang_on_nothing_of_a_plan_that_is_not_compared(name: str) -> None:
    """A column that drawing reads and the key lacks would give one world the day of another."""
    plan = compile_plan(load(Path(__file__).resolve().parents[1] / "scenarios" / name, {})).plan
    read_names: set[str] = set()

    class Watched:
        def __getattr__(self, column: str) -> Any:
            read_names.add(column)
            return getattr(plan, column)

    days = Days(Watched(), 1, 0)  # type: ignore[arg-type]
    days._drawn(3, slice(days.day_starts[3], days.day_starts[4]))

    assert {"cell_mean", "talk_law", "owner"} <= read_names
    assert read_names <= {*STATIC, *LAWS, *OF_CELLS, "laws", "trace", "days"}


def test_only_so_many_bytes_are_kept_the_latest_days() -> None:
    day = drawn(plan_of())
    size = sum(column.nbytes for column in day)
    kept = kept_days(2 * size)
    for number in range(5):
        kept.put((b"", number), day)

    assert [number for number in range(5) if kept.get((b"", number)) is not None] == [3, 4] and kept.size == 2 * size


def test_a_day_that_two_threads_drew_is_kept_and_counted_once() -> None:
    day = drawn(plan_of())
    kept = kept_days(2**24)
    kept.put((b"", 0), day)
    kept.put((b"", 0), drawn(plan_of(), day=1))

    assert kept.get((b"", 0)) is day and kept.size == sum(column.nbytes for column in day)


def test_a_run_changes_nothing_of_a_day_that_others_share() -> None:
    plan = plan_of()
    before = [column.tobytes() for column in drawn(plan)]
    simpy_engine.simulate(plan, 1, 0)

    assert [column.tobytes() for column in drawn(plan)] == before
