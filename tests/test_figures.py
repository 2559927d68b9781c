"""Pictures: what they must show and say, that nothing overlaps or is cut, and that the same study gives the same bytes."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servsim.engine.simpy_engine import simulate
from servsim.measure.summary import Summary
from servsim.measure.table import layout_of, measure
from servsim.measure.terms import terms_of
from servsim.plan.compile import compile_plan
from servsim.report.beside import erlang_a_by_hour
from servsim.report.canvas import SIZE_IN, readable, save, spread
from servsim.report.figures import (
    FIGURES,
    Shown,
    channel_days,
    draw_all,
    is_open,
    outcomes_by_channel,
    series_of,
    team_days,
)
from servsim.report.hourly_line import HourlyLines
from servsim.report.wait_curve import WaitCurves
from servsim.scenario.reader import read

LEAST_POINTS = 10.5
"""14 points on a slide of 1600 x 900 are 10.5 on a canvas 12 inches wide."""

SHOP: dict[str, Any] = {
    "calendar": {"days": 7, "hours": {"counter": {"mon-fri": "9:00-17:00", "sat": "10:00-12:00"}, "phone": {"mon-fri": "9:00-17:00"}}},
    "channels": {
        "counter": {"seats": 3},
        "phone": {"lines": 4, "try_again": {"after_abandonment": "50 %", "after_busy": "50 %"}},
    },
    "segments": {"people": {"patience": {"counter": {"exponential": "20 min"}, "phone": {"exponential": "1 min"}}}},
    "reasons": {
        "buy": {"channels": "counter", "talk": {"exponential": "12 min"}, "arrivals": {"per_hour": 9}},
        "ask": {"channels": "phone", "talk": {"exponential": "4 min"}, "arrivals": {"per_hour": {"9:00": 20, "12:00": 40, "14:00": 20}}},
    },
    "teams": {"clerks": {"agents": 2}, "callers": {"head_count": {"9:00": 1, "12:00": 2}}},
    "routes": {"counter": {"channels": ["counter"], "teams": ["clerks"]}, "phone": {"channels": ["phone"], "teams": ["callers"]}},
}
CLOSED_SHOP = {**SHOP, "reasons": {name: {**reason, "arrivals": {"per_day": 0}} for name, reason in SHOP["reasons"].items()}}


def many_teams() -> dict[str, Any]:
    """Return a world with eight teams and six channels, all alike."""
    numbers = range(1, 9)
    channels = {f"line_number_{k}": {"kind": "phone"} for k in range(1, 7)}
    reasons = {f"reason_{k}": {"channels": f"line_number_{k}", "talk": {"exponential": "4 min"}, "arrivals": {"per_hour": 6}} for k in range(1, 7)}
    teams = {f"a_team_with_a_long_name_{k}": {"agents": 1} for k in numbers}
    routes = {f"route_{k}": {"channels": [f"line_number_{k}"], "teams": [f"a_team_with_a_long_name_{k}"]} for k in range(1, 7)}
    routes["route_1"]["teams"] += [f"a_team_with_a_long_name_{k}" for k in (7, 8)]
    return {"calendar": {"days": 1}, "channels": channels, "reasons": reasons, "teams": teams, "routes": routes}


WORLDS = {"shop": SHOP, "closed_shop": CLOSED_SHOP, "many_teams": many_teams()}


@lru_cache
def study(world: str, replications: int) -> tuple[Shown, HourlyLines]:
    """Return what a small study leaves for its pictures."""
    scenario = read(WORLDS[world])
    plan, names = compile_plan(scenario)
    terms = terms_of(scenario, names)
    layout, summary = layout_of(plan, names, terms), Summary()
    waits, hourly = WaitCurves(plan, terms), HourlyLines(scenario, plan, names, terms)
    for replication in range(replications):
        log = simulate(plan, 1, replication)
        summary.add(measure(log, layout))
        waits.add(log)
        hourly.add(log)
    return Shown(summary.rows(), plan, names, terms, world, 1, "0.1", waits), hourly


def every_picture(world: str, replications: int) -> dict[str, Any]:
    """Return every picture of a study by name."""
    shown, hourly = study(world, replications)
    return {**{name: draw(shown) for name, draw in FIGURES}, "erlang_a_by_hour": erlang_a_by_hour(hourly, world, 1, "0.1")}


def texts_of(figure: Any) -> list[Any]:
    """Return all texts of a picture that are seen."""
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words_of(figure: Any) -> str:
    """Return all words of a picture."""
    return "\n".join(text.get_text() for text in texts_of(figure))


CASES = [("shop", 3), ("shop", 1), ("closed_shop", 2), ("many_teams", 2)]


@pytest.mark.parametrize(("world", "replications"), CASES)
def test_no_text_leaves_the_picture_is_too_small_or_covers_another(world: str, replications: int) -> None:
    from matplotlib.text import Text

    for name, figure in every_picture(world, replications).items():
        figure.canvas.draw()
        hidden = ticks_outside(figure)
        texts = [text for text in texts_of(figure) if id(text) not in hidden]
        boxes = {f"{text.get_text()!r} #{k}": Text.get_window_extent(text) for k, text in enumerate(texts)}
        width, height = SIZE_IN[0] * figure.dpi, SIZE_IN[1] * figure.dpi
        outside = [text for text, box in boxes.items() if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]
        assert not outside, f"{name}: cut off: {outside}"
        assert all(text.get_fontsize() >= LEAST_POINTS for text in texts), name
        both = [(a, b) for (a, one), (b, other) in combinations(boxes.items(), 2) if _covers(one, other)]
        assert not both, f"{name}: overlap: {both}"


def ticks_outside(figure: Any) -> set[int]:
    """Return the labels (by ``id``) of ticks beyond the ends of their axis, which are not drawn."""
    axes = [axis for each in figure.axes for axis in (each.xaxis, each.yaxis)]
    ticks = [(tick, sorted(axis.get_view_interval())) for axis in axes for tick in axis.get_major_ticks()]
    return {id(tick.label1) for tick, (low, high) in ticks if not low - 1e-9 <= tick.get_loc() <= high + 1e-9}


def _covers(one: Any, other: Any) -> bool:
    """Whether two boxes overlap by more than the air around letters."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > 1.0 and high > 0.2 * min(one.height, other.height)


def test_every_picture_says_what_it_shows_over_how_much_and_where_it_comes_from() -> None:
    for name, figure in every_picture("shop", 3).items():
        words = words_of(figure)
        assert "7 days × 3 replications" in words, name
        assert "95 % interval" in words, name
        assert "servsim 0.1, scenario shop, seed 1" in words, name


def test_pictures_carry_their_units_names_and_promises() -> None:
    pictures = {name: words_of(figure) for name, figure in every_picture("shop", 3).items()}

    for word in ("arrivals per hour", "people waiting", "agents on duty", "counter", "phone", "clerks", "callers", "time of day (h:min)"):
        assert word in pictures["day_by_hour"]
    for word in ("share of contacts", "wait in line (min)", "wait in line (s)", "answered within 10 min", "answered within 20 s", "promise 80 %"):
        assert word in pictures["wait_distribution"]
    for word in ("answered", "gave up waiting", "busy signal", "left at the door", "share of contacts", "contacts a day"):
        assert word in pictures["outcome_shares"]
    for word in ("occupancy (share of time on duty)", "clerks", "callers", "100 %"):
        assert word in pictures["occupancy_by_hour"]


def test_one_replication_is_drawn_without_intervals_and_says_so() -> None:
    for name, figure in every_picture("shop", 1).items():
        assert "one replication: no intervals" in words_of(figure), name


def test_a_picture_with_nothing_to_show_says_so() -> None:
    pictures = every_picture("closed_shop", 2)

    for name in ("day_by_hour", "outcome_shares"):
        assert "Nobody came: there is nothing to show." in words_of(pictures[name])
    assert "No wait was recorded" in words_of(pictures["wait_distribution"])


def test_a_study_without_logs_still_has_its_pictures() -> None:
    shown, _ = study("shop", 3)
    without = Shown(shown.rows, shown.plan, shown.names, shown.terms, "shop", 1, "0.1")

    assert "were not kept" in words_of(dict(FIGURES)["wait_distribution"](without))
    assert "Nobody came" in words_of(dict(FIGURES)["day_by_hour"](Shown([], shown.plan, shown.names, shown.terms, "shop", 1, "0.1")))


def test_files_are_whole_and_have_the_same_bytes_when_drawn_again(tmp_path: Path) -> None:
    shown, _ = study("shop", 3)
    first, second = draw_all(shown, tmp_path / "a"), draw_all(shown, tmp_path / "b")

    assert [path.name for path in first] == [f"{name}.{ending}" for name, _ in FIGURES for ending in ("png", "svg")]
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == sorted(path.name for path in first)
    for one, other in zip(first, second, strict=True):
        content = one.read_bytes()
        assert content == other.read_bytes(), one.name
        assert content.startswith(b"\x89PNG" if one.suffix == ".png" else b"<?xml")
    svg = (tmp_path / "a" / "day_by_hour.svg").read_text(encoding="utf-8")
    assert "<!-- arrivals per hour -->" in svg and "<dc:date>" not in svg


def test_a_picture_is_written_at_slide_size(tmp_path: Path) -> None:
    shown, _ = study("shop", 3)
    png = save(FIGURES[0][1](shown), tmp_path, "day")[0].read_bytes()

    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (2400, 1350)


def test_the_users_own_matplotlib_settings_play_no_part() -> None:
    import matplotlib

    before = words_of(every_picture("shop", 3)["day_by_hour"])
    with matplotlib.rc_context({"font.size": 40, "axes.titlesize": 50}):
        figure = FIGURES[0][1](study("shop", 3)[0])
        assert matplotlib.rcParams["font.size"] == 40
    assert words_of(figure) == before
    assert max(text.get_fontsize() for text in texts_of(figure)) < 20


# ---- what is drawn


def test_means_are_over_the_days_on_which_the_channel_is_open() -> None:
    shown, _ = study("shop", 3)
    counter, phone = (channel_days(shown.plan, shown.names.channels.index(name)) for name in ("counter", "phone"))

    assert [counter[h * 2] for h in (8, 9, 10, 11, 12, 16, 17)] == [6, 5, 6, 6, 5, 5, 6]
    assert [phone[h * 2] for h in (8, 9, 16)] == [5, 5, 5]
    assert team_days(shown.plan, shown.names.teams.index("clerks"))[20] == 6


def test_windows_that_overlap_count_a_day_once() -> None:
    shown, _ = study("shop", 1)
    found = is_open(shown.plan, np.array([0.0, 1800.0, 0.0]), np.array([5400.0, 3600.0, 1.0]))

    assert found[0, :4].tolist() == [True, True, True, False] and not found[1:].any()


def test_a_series_is_the_summarys_measure_by_interval_and_group() -> None:
    rows = [
        {"measure": "offered", "value": 3.0, "low": 2.0, "high": 4.0, "formula": "", "by": {"channel": "phone", "interval": "09:30"}},
        {"measure": "offered", "value": 1.0, "low": None, "high": None, "formula": "", "by": {"channel": "phone", "interval": "09:00"}},
        {"measure": "offered", "value": 9.0, "low": 9.0, "high": 9.0, "formula": "", "by": {"channel": "phone"}},
        {"measure": "offered", "value": 9.0, "low": 9.0, "high": 9.0, "formula": "", "by": {"team": "clerks", "interval": "09:00"}},
    ]
    line = series_of(rows, "offered", "channel")["phone"]

    assert line.time_h.tolist() == [9.0, 9.5] and line.value.tolist() == [1.0, 3.0]
    assert np.isnan(line.low[0]) and line.high[1] == 4.0


def test_the_curve_of_the_answered_meets_the_service_level() -> None:
    shown, _ = study("shop", 3)
    assert shown.waits is not None
    for number, channel in enumerate(shown.names.channels):
        curve = shown.waits.curve(number)
        kept = np.interp(shown.terms.within_s[number], curve.time_s, curve.answered)
        row = next(r for r in shown.rows if r["measure"] == "service_level" and r["formula"] == "answered_of_offered" and r["by"] == {"channel": channel})
        assert kept == pytest.approx(row["value"], abs=1e-12)
        half = np.interp(shown.terms.within_s[number], curve.time_s, curve.answered_half)
        assert kept - half == pytest.approx(row["low"], abs=1e-9)
        assert curve.answered[-1] + curve.gave_up[-1] <= 1.0 + 1e-12
        assert (np.diff(curve.answered) >= 0.0).all() and (np.diff(curve.gave_up) >= 0.0).all()


def test_shares_of_outcomes_add_up_to_all() -> None:
    shown, _ = study("shop", 3)
    for channel, shares in outcomes_by_channel(shown.rows).items():
        assert sum(share.value for share in shares.values()) == pytest.approx(1.0), channel


@given(
    st.lists(st.floats(-10.0, 110.0), max_size=12),
    st.floats(0.0, 30.0),
)
def test_labels_that_are_spread_keep_order_distance_and_bounds(places: list[float], gap: float) -> None:
    found = spread(places, gap, 0.0, 100.0)
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved = [found[k] for k in order]
    room = 100.0 / max(len(places) - 1, 1)

    assert all(b - a >= min(gap, room) - 1e-6 for a, b in pairwise(moved))
    assert all(-1e-6 <= place <= 100.0 + 1e-6 for place in moved)


def test_labels_far_apart_stay_where_they_are() -> None:
    assert spread([50.0, 10.0, 90.0], 5.0, 0.0, 100.0) == [50.0, 10.0, 90.0]
    assert spread([50.0, 50.0], 10.0, 0.0, 100.0) == [45.0, 55.0]


def test_letters_in_light_colours_are_made_darker() -> None:
    assert readable("#0072B2") == "#0072B2"
    assert readable("#E69F00") != "#E69F00"
