"""Progress on a terminal that nobody looks at: lines that do not promise what they cannot know."""

from __future__ import annotations

import pytest

from servsim.cli import progress
from servsim.cli.progress import ProgressLine


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now_s[0])
    return now_s


def lines_at(clock: list[float], capsys: pytest.CaptureFixture[str], moments: list[tuple[float, int]], of: int | None) -> list[str]:
    with ProgressLine("replications") as tell:
        for after_s, done in moments:
            clock[0] = 100.0 + after_s
            tell(done, of)
    return capsys.readouterr().err.splitlines()


def test_the_forecast_goes_by_the_pace_since_the_first_one_and_leaves_out_what_came_before(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """A minute to compile, then 10 s each: 3 of 8 done leaves 50 s."""
    told = lines_at(clock, capsys, [(30.0, 0), (70.0, 1), (80.0, 2), (90.0, 3)], of=8)
    assert told == [
        "0 of 8 replications, 0:30",
        "1 of 8 replications, 1:10",
        "2 of 8 replications, 1:20",
        "3 of 8 replications, 1:30, about 0:50 left",
    ]


def test_two_that_two_workers_finish_together_are_no_pace(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    told = lines_at(clock, capsys, [(40.0, 1), (40.1, 2), (80.0, 3), (120.0, 5)], of=8)
    assert told == ["1 of 8 replications, 0:40", "3 of 8 replications, 1:20, about 1:40 left", "5 of 8 replications, 2:00, about 1:00 left"]


def test_nothing_is_told_of_what_takes_no_second(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(clock, capsys, [(0.2, 1), (0.9, 7), (0.95, 8)], of=8) == []


def test_where_nobody_knows_how_many_there_are_the_time_left_is_not_guessed(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_at(clock, capsys, [(2.0, 1), (20.0, 30), (50.0, 90)], of=None) == ["1 replications, 0:02", "30 replications, 0:20", "90 replications, 0:50"]
