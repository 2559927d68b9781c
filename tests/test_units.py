"""Units: what a planner writes, what the program holds, and that printing reads back to the same number."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.scenario import units
from servsim.scenario.units import Refused

DAY = 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4 min", 240.0), ("90 s", 90.0), ("1 h 30 min", 5400.0), ("2 days", 2 * DAY), ("1.5 h", 5400.0), ("0", 0.0), (0, 0.0),
        ("1 week", 7 * DAY), ("4min", 240.0), (" 4  min ", 240.0), (".5 min", 30.0), ("4.1 min", 246.0), ("0.1 s", 0.1), ("1e3 s", 1000.0),
    ],
)  # fmt: skip
def test_a_length_of_time_is_read_as_seconds(text, seconds):
    assert units.parse_duration(text) == seconds


@pytest.mark.parametrize("text", [4, "4", 0.5, "4 m", "4 minn", "min", "", "4 min 3", "1e999 s", True, None, [], "4 min!", "٤ min", "9" * 100 + " s"])
def test_a_length_of_time_without_a_known_unit_is_refused(text):
    with pytest.raises(Refused) as caught:
        units.parse_duration(text)

    assert "4 min" in caught.value.allowed


def test_a_bare_number_gets_the_nearest_text_with_a_unit():
    with pytest.raises(Refused) as caught:
        units.parse_duration(4)

    assert caught.value.nearest == "4 min"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(240.0, "4 min"), (90.0, "90 s"), (5400.0, "1 h 30 min"), (0.0, "0 s"), (DAY, "1 day"), (2 * DAY, "2 days"), (150.0, "2 min 30 s"), (60.0, "1 min"), (0.1, "0.1 s"), (90000.0, "25 h")],
)  # fmt: skip
def test_a_length_of_time_is_printed_as_a_planner_writes_it(seconds, text):
    assert units.duration_text(seconds) == text


@given(st.floats(0, 1e12))
def test_a_printed_length_of_time_reads_back_to_the_same_number(seconds):
    assert units.parse_duration(units.duration_text(seconds)) == seconds


@pytest.mark.parametrize(("text", "share"), [("15 %", 0.15), ("15%", 0.15), (0.15, 0.15), ("0.15", 0.15), ("12.3 %", 0.123), (0, 0.0), (1, 1.0), ("100 %", 1.0)])
def test_a_share_is_read_exactly(text, share):
    assert units.parse_share(text) == share


@pytest.mark.parametrize(("text", "nearest"), [(15, "15 %"), ("15", "15 %"), (1.5, "1.5 %"), ("150 %", ""), (-0.1, ""), ("x", ""), (True, ""), (float("nan"), ""), (None, "")])
def test_a_share_beyond_its_bounds_is_refused_with_what_was_probably_meant(text, nearest):
    with pytest.raises(Refused) as caught:
        units.parse_share(text)

    assert caught.value.nearest == nearest


@given(st.floats(0, 1))
def test_a_printed_share_reads_back_to_the_same_number(share):
    assert units.parse_share(units.share_text(share)) == share


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("9:00-18:00", ((32400.0, 64800.0),)),
        ("22:00-6:00", ((79200.0, 108000.0),)),
        ("13:00-17:00, 9:00-12:00", ((32400.0, 43200.0), (46800.0, 61200.0))),
        (["9:00-12:00", "22:00 - 2:00"], ((32400.0, 43200.0), (79200.0, 93600.0))),
        ("24 h", ((0.0, DAY),)),
        ("0:00-24:00", ((0.0, DAY),)),
        ("closed", ()),
    ],
)
def test_hours_are_read_as_seconds_and_run_past_midnight(text, windows):
    assert units.parse_windows(text) == windows
    assert units.parse_windows(units.windows_text(windows)) == windows


@pytest.mark.parametrize("text", ["9-18", "9:00", "9:00-9:00", "9:00-25:00", "24:00-6:00", "9:00-12:00, 11:00-13:00", "1:00-5:00, 22:00-2:00", [], "", None, 9, ["9:00-12:00", 3], "9:60-10:00"])
def test_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(Refused):
        units.parse_windows(text)


@given(st.lists(st.integers(0, 24 * 3600 - 1), min_size=2, max_size=6, unique=True))
def test_printed_hours_read_back_the_same(times):
    times = sorted(times)[: len(times) // 2 * 2]
    windows = tuple((float(begin), float(end)) for begin, end in zip(times[::2], times[1::2], strict=True))
    if any(end == begin for (_, end), (begin, _) in pairwise(windows)):
        return

    assert units.parse_windows(units.windows_text(windows)) == windows


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon-fri", (0, 1, 2, 3, 4)), ("sat", (5,)), ("mon, wed", (0, 2)), ("daily", tuple(range(7))), ("fri-mon", (0, 4, 5, 6)), (["mon", "wed-thu"], (0, 2, 3)), ("Mon", (0,))],
)  # fmt: skip
def test_weekdays_are_read_with_monday_first(text, days):
    assert units.parse_days(text) == days
    assert units.parse_days(units.days_text(days)) == days


@pytest.mark.parametrize("text", ["monday", "mon-", "mon, mon", "mon-fri, wed", "", None, 1, [], "mon-wed-fri"])
def test_what_is_no_weekday_is_refused(text):
    with pytest.raises(Refused):
        units.parse_days(text)


@given(st.sets(st.integers(0, 6), min_size=1))
def test_printed_weekdays_read_back_the_same(days):
    assert units.parse_days(units.days_text(tuple(sorted(days)))) == tuple(sorted(days))


@given(st.integers(0, 86_399))
def test_a_printed_time_of_day_reads_back_the_same(seconds):
    assert units.parse_time(units.time_text(float(seconds))) == seconds


@pytest.mark.parametrize("text", ["24:00", "9", "9:5", "9.30", 930, None, "9:30 am", "-1:00"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(Refused):
        units.parse_time(text)


def test_dates_are_read_in_order_of_time_and_each_once():
    assert units.parse_dates(["2026-03-06", "2026-03-02"]) == (dt.date(2026, 3, 2), dt.date(2026, 3, 6))
    assert units.parse_dates("2026-03-02") == (dt.date(2026, 3, 2),)
    for bad in (["2026-03-02", "2026-03-02"], "2026-02-30", "2.3.2026", 20260302, dt.datetime(2026, 3, 2), "20260302"):
        with pytest.raises(Refused):
            units.parse_dates(bad)


@pytest.mark.parametrize("value", [True, None, "", "x", float("nan"), float("inf"), "1e999", 10**400, "1_000", "٣", [1]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(Refused):
        units.parse_number(value)


@pytest.mark.parametrize(("value", "count"), [(5, 5), ("5", 5), (5.0, 5), ("-3", -3), ("1e3", 1000)])
def test_a_whole_number_is_read_in_every_spelling(value, count):
    assert units.parse_count(value) == count


@pytest.mark.parametrize("value", [5.5, "5.5", True, 1e300])
def test_what_is_no_whole_number_is_refused(value):
    with pytest.raises(Refused):
        units.parse_count(value)


@pytest.mark.parametrize("text", ["9007199254740993", "9223372036854775807"])
def test_a_whole_number_beyond_what_floats_hold_is_read_exactly_where_it_is_allowed(text):
    assert units.parse_count(text, most=2**63 - 1) == int(text)
    with pytest.raises(Refused):
        units.parse_count(text)
    with pytest.raises(Refused):
        units.parse_count(float(text), most=2**63 - 1)
    with pytest.raises(Refused):
        units.parse_count("9223372036854775808", most=2**63 - 1)


def test_amounts_beyond_all_counting_are_printed_short():
    assert units.amount_text(1234567.0) == "1234567"
    assert units.amount_text(5e299) == "5e+299"
    with pytest.raises(Refused) as refused:
        units.parse_duration(1e300)
    assert refused.value.nearest == "1e+300 min"
