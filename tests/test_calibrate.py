"""What is measured on logs: hand-worked days, laws recovered from simulated logs, files of other countries."""

from __future__ import annotations

import datetime as dt
import gzip
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated_log import AGENTS, DAY_CV, PATIENCE_S, START, TALK_S, WORLD, WRAP_UP_S, log_of

from servsim.calibrate.arrivals import poisson_test
from servsim.calibrate.calls import Calibration, calibrate
from servsim.calibrate.days import DayGroup, group_days
from servsim.calibrate.estimated import ratio_over_days
from servsim.calibrate.folder import Existing, write_folder
from servsim.calibrate.handling import fits_of
from servsim.calibrate.patience import fit_patience
from servsim.calibrate.presence import (
    REST_EDGES_S,
    IdleGaps,
    Line,
    PresenceRule,
    RestLaw,
    Stretches,
    idle_gaps,
    mean_on_duty,
    rest_law,
    stretches_of_duty,
    without_rests,
)
from servsim.calibrate.quantile import SHARES, table_mean, table_of
from servsim.calibrate.redial import fit_redial
from servsim.calibrate.scenario_text import planning_scenario, replay_scenario
from servsim.calibrate.service_order import waiting_credits
from servsim.calibrate.skill import skills
from servsim.calibrate.surge import episodes, set_apart, usual_of
from servsim.errors import SettingError
from servsim.record.call_file import RecordedCalls
from servsim.rules.codes import Outcome

DAY = START.toordinal()


def calls_of(rows: list[dict[str, Any]]) -> RecordedCalls:
    """Return contacts written by hand: date, arrived, wait, talk (None: gave up), agent, reason, segment, customer."""
    def column(name: str, default: float, kind: Any) -> Any:
        return np.array([row.get(name, default) for row in rows], kind)

    talk = np.array([np.nan if row.get("talk") is None else row["talk"] for row in rows], float)
    outcome = np.where(np.isnan(talk), Outcome.ABANDONED, Outcome.ANSWERED).astype(np.int8)
    return RecordedCalls(
        date=column("date", DAY, np.int32), arrived_s=column("arrived", 0, float), menu_s=column("menu", 0, float), wait_s=column("wait", 0, float),
        talk_s=talk, outcome=outcome, reason=column("reason", 0, np.int16), segment=column("segment", -1, np.int16),
        agent=column("agent", -1, np.int32), customer=column("customer", -1, np.int64),
        reason_names=("a", "b"), segment_names=("gold", "plain"), agent_names=("ann", "bob", "cy"),
    )  # fmt: skip


# ---- who was there


def test_a_line_knows_when_somebody_waits() -> None:
    """Two contacts overlap from 100 to 170, a third waits from 200 to 210."""
    line = Line(calls_of([{"arrived": 100, "wait": 50, "talk": 1}, {"arrived": 140, "wait": 30}, {"arrived": 200, "wait": 10, "talk": 1}]))

    assert line.busy_s(np.array([90.0, 120.0, 180.0, 300.0])).tolist() == [0.0, 20.0, 70.0, 80.0]
    assert line.next_s(np.array([0.0, 120.0, 180.0, 250.0])).tolist() == [100.0, 120.0, 200.0, np.inf]
    assert line.last_s(np.array([50.0, 120.0, 190.0, 300.0])).tolist() == [-np.inf, 120.0, 170.0, 210.0]
    np.testing.assert_array_equal(line.empties_s(np.array([120.0, 170.0, 205.0])), [170.0, np.nan, 210.0])


def test_a_gap_in_which_the_line_was_neglected_is_an_absence() -> None:
    """Ann serves to 1000 and from 2000; somebody waits from 1200 to 1700 in vain: she was away, half of the unseen time she was there."""
    calls = calls_of([
        {"arrived": 900, "talk": 100, "agent": 0}, {"arrived": 1200, "wait": 500}, {"arrived": 2000, "talk": 100, "agent": 0},
    ])  # fmt: skip

    found = stretches_of_duty(calls, PresenceRule(longest_gap_s=1800, longest_neglect_s=120, notice_s=0, unseen_s=900))

    # Before 900 and after 2100 nothing was seen: half of 900 s. From 1000 to 1200 and from 1700 to 2000: half.
    assert found.since_s.tolist() == [450.0, 1850.0]
    assert found.until_s.tolist() == [1100.0, 2550.0]


def test_a_short_neglect_is_no_absence_but_an_unnoticed_rest() -> None:
    calls = calls_of([
        {"arrived": 900, "talk": 100, "agent": 0}, {"arrived": 1200, "wait": 60, "talk": 10, "agent": 1}, {"arrived": 2000, "talk": 100, "agent": 0},
    ])  # fmt: skip
    rule = PresenceRule(longest_gap_s=1800, longest_neglect_s=120, notice_s=10)

    stretches, gaps = stretches_of_duty(calls, rule), idle_gaps(calls, rule)

    assert stretches.on(DAY).agent.tolist().count(0) == 1
    assert (gaps.agent.tolist(), gaps.since_s.tolist(), gaps.away_s.tolist(), gaps.length_s.tolist()) == ([0], [1000.0], [260.0], [1000.0])


def test_rests_are_cut_out_of_the_stretch_they_lie_in() -> None:
    stretches = Stretches(np.array([DAY, DAY]), np.array([0, 1]), np.array([0.0, 50.0]), np.array([1000.0, 800.0]))
    gaps = IdleGaps(np.array([DAY, DAY]), np.array([0, 0]), np.array([100.0, 500.0]), np.zeros(2), np.array([200.0, 100.0]))

    left = without_rests(stretches, gaps, np.array([50.0, 0.0]))

    assert list(zip(left.agent.tolist(), left.since_s.tolist(), left.until_s.tolist(), strict=True)) == [(0, 0.0, 100.0), (0, 150.0, 1000.0), (1, 50.0, 800.0)]
    assert mean_on_duty(left, (DAY,), 86_400.0)[0, 0] == pytest.approx((950 + 750) / 86_400)


def test_turnbulls_estimate_finds_the_law_of_rests_that_are_seen_only_between_bounds() -> None:
    """Rests are exponential with mean 100 s; of each it is only known whether it was over at one moment (current status)."""
    generator = np.random.default_rng(5)
    rest, seen = generator.exponential(100.0, 20_000), generator.uniform(0, 400, 20_000)
    over = rest <= seen
    gaps = IdleGaps(np.zeros(20_000), np.zeros(20_000), np.zeros(20_000), np.where(over, 0.0, seen), np.where(over, seen, 80_000.0))

    law = rest_law(gaps)

    assert law is not None
    for at in (30.0, 60.0, 180.0):
        assert np.interp(at, REST_EDGES_S, law.upto) == pytest.approx(1 - np.exp(-at / 100), abs=0.04)


def test_a_drawn_rest_lies_between_what_was_seen() -> None:
    law = RestLaw(np.linspace(0, 1, len(REST_EDGES_S)), 100, 10)
    gaps = IdleGaps(np.zeros(3), np.zeros(3), np.zeros(3), np.array([0.0, 50.0, 300.0]), np.array([10.0, 60.0, 301.0]))

    drawn = law.given(gaps, np.array([0.1, 0.5, 0.9]))

    assert (drawn >= gaps.away_s).all() and (drawn <= gaps.length_s).all()


# ---- skills, order, surges, redials


def test_an_agent_who_never_takes_a_reason_that_colleagues_take_lacks_it() -> None:
    rows = [{"arrived": 60.0 * n, "talk": 30, "agent": n % 3, "reason": int(n % 2 and n % 3 != 2)} for n in range(900)]

    serves = skills(calls_of([{**row, "arrived": row["arrived"] % 80_000} for row in rows]))

    assert serves[:, 0].tolist() == [True, True, True]
    assert serves[:, 1].tolist() == [True, True, False]


def test_a_class_that_is_served_earlier_than_its_turn_has_credit() -> None:
    """Gold and plain join together by twos; gold waits 90 s, plain 150 s."""
    rows = []
    for n in range(120):
        rows += [{"arrived": 600.0 * n % 80_000, "wait": 90, "talk": 30, "agent": 0, "segment": 0}, {"arrived": (600.0 * n + 1) % 80_000, "wait": 150, "talk": 30, "agent": 0, "segment": 1}]

    assert waiting_credits(calls_of(rows), np.ones((3, 2), bool)) == {(0, 0): 60.0, (0, 1): 0.0}


def test_a_surge_becomes_a_reason_of_its_own() -> None:
    usual_rows = [{"date": DAY + d, "arrived": 36_000.0 + 60 * n, "talk": 100, "agent": 0} for d in range(10) for n in range(60)]
    surge_rows = [{"date": DAY + 3, "arrived": 37_000.0 + n, "talk": 10, "agent": 0} for n in range(200)]
    calls = calls_of(usual_rows + surge_rows)
    usual = usual_of(calls.where(calls.date != DAY + 3), (DayGroup((0, 1, 2, 3, 4, 5, 6), tuple(range(DAY, DAY + 10)), (), 0.0, 86_400.0),))

    apart = set_apart(calls, usual)

    assert apart.reason_names == ("a", "b", "a_surge")
    assert [(e.date, e.reason) for e in episodes(calls, usual)] == [(DAY + 3, "a")]
    assert 200 <= (apart.reason == 2).sum() <= 230


def test_redials_are_counted_net_of_those_who_call_again_anyway() -> None:
    """Of 200 served, 50 call again within two hours; of 200 lost, 125: (125/200 - 50/200) / (1 - 50/200) = 0.5."""
    rows = []
    for n in range(200):
        rows.append({"arrived": 1000, "talk": 10, "agent": 0, "customer": n, "date": DAY + n % 10})
        if n < 50:
            rows.append({"arrived": 2000, "talk": 10, "agent": 0, "customer": n, "date": DAY + n % 10})
        rows.append({"arrived": 1000, "wait": 30, "customer": 1000 + n, "date": DAY + n % 10})
        if n < 125:
            rows.append({"arrived": 3000, "wait": 0, "talk": 10, "agent": 0, "customer": 1000 + n, "date": DAY + n % 10})

    found = fit_redial(calls_of(rows))

    assert found is not None
    assert found.after_giving_up == pytest.approx(125 / 200)
    # The later calls were all served, and nobody calls a third time: they stand in the background's denominator.
    assert found.after_service == pytest.approx(50 / 375)
    assert found.share.value == pytest.approx((0.625 - 50 / 375) / (1 - 50 / 375))


# ---- laws


def test_a_quantile_table_keeps_the_mean_of_its_sample() -> None:
    sample = np.random.default_rng(1).lognormal(5, 1.2, 5000)

    rows = table_of(sample)

    assert table_mean(rows) == pytest.approx(sample.mean(), rel=1e-9)
    assert len(rows) == len(SHARES)


def test_the_law_that_made_the_times_foretells_later_days_best() -> None:
    generator = np.random.default_rng(2)
    day = np.repeat(np.arange(60), 100)
    fits = fits_of(generator.gamma(4.0, 50.0, 6000), day)

    assert fits[0].law in ("gamma", "table")
    assert {f.law: f.aic for f in fits}["gamma"] == min(f.aic for f in fits if f.aic == f.aic)


def test_kaplan_meier_equals_that_of_lifelines() -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines is only an oracle")
    generator = np.random.default_rng(3)
    patience, offered = np.ceil(generator.exponential(200, 3000)), np.ceil(generator.exponential(100, 3000))
    rows = [{"wait": min(p, o), "talk": 60 if o < p else None} for p, o in zip(patience, offered, strict=True)]

    found = fit_patience(calls_of(rows))
    oracle = lifelines.KaplanMeierFitter().fit(np.minimum(patience, offered), patience <= offered)

    assert found is not None
    for at, estimate in found.survival.items():
        assert estimate.value == pytest.approx(float(oracle.predict(at)), abs=1e-9)


def test_exponential_patience_is_found_behind_the_censoring() -> None:
    generator = np.random.default_rng(4)
    patience, offered = generator.exponential(200, 20_000), generator.exponential(60, 20_000)
    rows = [{"wait": float(min(p, o)), "talk": 60 if o < p else None} for p, o in zip(patience, offered, strict=True)]

    found = fit_patience(calls_of(rows))

    assert found is not None
    assert found.mean_wait_per_abandon.covers(200.0)
    assert found.survival[60.0].covers(float(np.exp(-0.3)))
    assert np.interp(0.5, *np.array(found.rows).T) == pytest.approx(200 * np.log(2), rel=0.06)


def test_the_poisson_test_accepts_poisson_and_rejects_pairs() -> None:
    generator = np.random.default_rng(6)
    group = DayGroup((0,), tuple(DAY + 7 * k for k in range(10)), (), 28_800.0, 64_800.0)
    single = [{"date": d, "arrived": float(t), "talk": 1} for d in group.dates for t in generator.uniform(28_800, 64_800, 400)]
    pairs = single + [{**row, "arrived": min(row["arrived"] + 2.0, 64_799.0)} for row in single]

    assert poisson_test(calls_of(single), group).p_value > 0.01
    assert poisson_test(calls_of(pairs), group).p_value < 1e-6


def test_intervals_count_days_not_contacts() -> None:
    """Four days with ratios 1, 2, 3, 2 of equal weight: mean 2, standard error 0.408, t(3) 3.182."""
    found = ratio_over_days(np.array([10.0, 20, 30, 20]), np.full(4, 10.0))

    assert (found.value, found.high - found.value) == (2.0, pytest.approx(3.182 * np.sqrt(2 / 3) / 2, rel=1e-3))


# ---- a whole log


@pytest.fixture(scope="module")
def known_log() -> RecordedCalls:
    return log_of(WORLD)


@pytest.fixture(scope="module")
def found(known_log: RecordedCalls) -> Calibration:
    return calibrate(known_log)


def test_a_calibration_finds_the_parameters_that_made_the_log(found: Calibration) -> None:
    """95 % intervals, so 1 of 20 may miss; these were not chosen by seed: the slow test measures the coverage."""
    talk = found.handling.by_reason
    patience = found.patience_of_segment["customers"]

    assert talk["billing"].mean.covers(TALK_S)
    assert talk["orders"].mean.covers(400.0)
    assert patience is not None and patience.mean_wait_per_abandon.covers(PATIENCE_S)
    assert found.day_factor.cv.low - 0.03 <= DAY_CV * 0.92 <= found.day_factor.cv.high + 0.03
    assert found.menu is not None and found.menu.mean.covers(10.0)
    assert found.wrap_up is not None and found.wrap_up.median_s == pytest.approx(WRAP_UP_S, abs=1.0)
    assert found.groups[0].name == "mon-fri" and found.groups[0].hours_text == "8:00-18:00"


def test_the_inferred_agents_on_duty_are_those_who_were_there(found: Calibration) -> None:
    inside = found.on_duty["mon-fri"][:, 18:34].mean()

    assert inside == pytest.approx(AGENTS, rel=0.03)


def test_arrival_rates_lie_in_their_intervals_where_they_should(found: Calibration) -> None:
    rates = found.rates["orders"]["mon-fri"]

    assert np.mean([rate.per_h.covers(8.0) for rate in rates]) >= 0.75


def test_a_calibrated_scenario_simulates_and_calibrates_to_the_same_parameters(found: Calibration, tmp_path: Path) -> None:
    """calibrate -> simulate -> calibrate: the second time the first estimates lie within the intervals."""
    from servsim.scenario.check import refuse_bad
    from servsim.scenario.reader import load

    files = planning_scenario(found, "again", "")
    folder = write_folder(tmp_path, "again", {"scenario.yaml": files.yaml, **files.tables}, Existing.REFUSE)
    refuse_bad(load(folder, {}))
    data = replace_tables(files.data, folder)
    again = calibrate(log_of(data, seed=2))

    first = found.handling.by_reason["billing"].mean.value
    second = again.handling.by_reason["billing"].mean
    assert second.low - 2 <= first <= second.high + 2
    patience = again.patience_of_segment["customers"]
    assert patience is not None and patience.mean_wait_per_abandon.low * 0.95 <= PATIENCE_S <= patience.mean_wait_per_abandon.high * 1.05


def replace_tables(data: Any, folder: Path) -> Any:
    """Return the data of a scenario with tables in place of files."""
    if isinstance(data, dict):
        if set(data) == {"file"}:
            lines = (folder / data["file"]).read_text().splitlines()[1:]
            return {float(share): f"{seconds} s" for share, seconds in (line.split(",") for line in lines)}
        return {key: replace_tables(value, folder) for key, value in data.items()}
    return data


def test_a_replay_scenario_knows_every_agent(found: Calibration) -> None:
    data = replay_scenario(found, DAY, DAY + 1).data

    assert len(data["teams"]["agents"]["members"]) == AGENTS


def test_too_short_a_log_is_refused(known_log: RecordedCalls) -> None:
    with pytest.raises(SettingError, match="at least 5 days"):
        calibrate(known_log.of_period([(START, START)]))


def test_low_days_are_left_out_and_named(known_log: RecordedCalls) -> None:
    third = sorted(set(known_log.date.tolist()))[3]
    keep = (known_log.date != third) | (np.arange(len(known_log)) % 5 == 0)

    groups = group_days(known_log.where(keep))

    assert [date for date, _ in groups[0].low] == [third]


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """40 simulated logs; 95 % intervals of talk, patience and menu: with 40 x 4 trials fewer than 88 % is one chance in 1,000."""
    short = {**WORLD, "calendar": {**WORLD["calendar"], "days": 19}}
    hits = []
    for seed in range(40):
        found = calibrate(log_of(short, seed=100 + seed))
        patience = found.patience_of_segment["customers"]
        assert patience is not None and found.menu is not None
        truths = ((found.handling.by_reason["billing"].mean, TALK_S), (found.handling.by_reason["orders"].mean, 400.0), (patience.mean_wait_per_abandon, PATIENCE_S), (found.menu.mean, 10.0))
        hits += [estimate.covers(truth) for estimate, truth in truths]

    print(f"coverage {np.mean(hits):.3f}")
    assert np.mean(hits) >= 0.88


# ---- files


GERMAN = """\
Datum;Beginn;Wartezeit;Gespraech;Ergebnis;Gruppe;Agent
{rows}
02.03.2026;kaputt;0;1;OK;Technik;A
02.03.2026;09:00:00;0
"""
GERMAN_LAYOUT = """\
title: German log
separator: semicolon
decimal: comma
date_format: "%d.%m.%Y"
time_format: "%H:%M:%S"
record:
  date: {column: Datum}
  arrived: {column: Beginn}
  wait: {column: Wartezeit}
  talk: {column: Gespraech}
  outcome: {column: Ergebnis, answered: [OK], abandoned: [WEG], ignored: []}
  reason: {column: Gruppe}
  agent: {column: Agent, nobody: [""]}
"""


def german_log(folder: Path) -> Path:
    """Write a log with semicolons, decimal commas and German dates, two bad lines in it."""
    generator = np.random.default_rng(8)
    rows = []
    for day in range(10):
        date = (dt.date(2026, 3, 2) + dt.timedelta(days=day // 5 * 7 + day % 5)).strftime("%d.%m.%Y")
        for second in np.sort(generator.uniform(9 * 3600, 16 * 3600, 120)):
            clock = f"{int(second // 3600):02d}:{int(second % 3600 // 60):02d}:{int(second % 60):02d}"
            lost = generator.random() < 0.1
            rows.append(f"{date};{clock};{generator.exponential(20):.1f};{'' if lost else f'{generator.exponential(180):.1f}'};{'WEG' if lost else 'OK'};Technik;{'' if lost else 'A' + str(generator.integers(4))}".replace(".", ",").replace(date.replace(".", ","), date))
    path = folder / "anrufe.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(GERMAN.format(rows="\n".join(rows)))
    (folder / "german.yaml").write_text(GERMAN_LAYOUT)
    return path


def test_the_verb_writes_a_scenario_that_runs_and_says_what_it_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from servsim.cli.calibrate import calibrate_and_print
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    monkeypatch.chdir(tmp_path)
    log = german_log(tmp_path)
    words = [f"log={log}", f"layout={tmp_path / 'german.yaml'}", "out=technik"]

    assert calibrate_and_print(words) == 0

    folder = tmp_path / "scenarios" / "technik"
    assert {"scenario.yaml", "README.md", "report.html"} <= {p.name for p in folder.iterdir()}
    assert compile_plan(load(folder, {})).plan.days == 28
    told = capsys.readouterr().out
    assert "1 line left out: arrival time cannot be read (first: anrufe.csv.gz line 1202)" in told
    assert "1 line left out: too few columns" in told
    page = (folder / "report.html").read_text()
    assert page.count("<svg") == 5
    assert "http" not in page.replace("http://www.w3.org", "")  # names of XML, no addresses
    with pytest.raises(SettingError, match="is there already"):
        calibrate_and_print(words)
    assert calibrate_and_print([*words, "overwrite=true"]) == 0
    assert [p.name for p in (tmp_path / "scenarios").iterdir()] == ["technik"]


def test_a_layout_of_the_working_folder_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from servsim.cli.calibrate import calibrate_and_print
    from servsim.record.layout_files import layout_file

    monkeypatch.chdir(tmp_path)
    log, own = german_log(tmp_path), tmp_path / "conf" / "layout" / "german.yaml"
    own.parent.mkdir(parents=True)
    (tmp_path / "german.yaml").rename(own)

    assert layout_file("german") == own and layout_file("generic_calls").is_file()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # five days are few for an axis of dates
        assert calibrate_and_print([f"log={log}", "layout=german", "out=technik", "days=2026-03-02..2026-03-06"]) == 0
    with pytest.raises(SettingError, match=r"^layout: got germn; must be one of .*german.*did you mean 'german'"):
        calibrate_and_print([f"log={log}", "layout=germn", "out=other"])


def test_a_log_that_loses_many_lines_is_read_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from servsim.cli.calibrate import calibrate_and_print
    from servsim.record.call_file import read_calls
    from servsim.record.layout import load_layout
    from servsim.record.reading import left_out_warning

    monkeypatch.chdir(tmp_path)
    log, layout = german_log(tmp_path), tmp_path / "german.yaml"
    layout.write_text(GERMAN_LAYOUT.replace("{column: Gruppe}", "{column: Gruppe, names: {Technik: technik}}"))
    with gzip.open(log, "rt") as file:
        lines = file.read().splitlines()

    for spoilt, sentence in ((100, ""), (300, "302 of 1,202 lines (25 %) could not be used and are left out, most because reason 'Technïk' is not in the layout")):
        with gzip.open(log, "wt", encoding="utf-8") as file:
            file.write("\n".join(line.replace("Technik", "Technïk") if number <= spoilt else line for number, line in enumerate(lines)))
        told = left_out_warning(read_calls([log], load_layout(layout)), "german.yaml")
        assert told.startswith(sentence) and bool(told) == bool(sentence)
    with pytest.raises(SettingError, match="at least 5 days"):  # and the warning before it, of the lines of this day and of the one without a day
        calibrate_and_print([f"log={log}", f"layout={layout}", "out=technik", "days=2026-03-02"])

    assert capsys.readouterr().err.startswith("warning: 122 of 122 lines (100 %) could not be used and are left out, most because reason 'Technïk' is not in the layout")


def test_only_the_files_of_the_chosen_days_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from servsim.calibrate.account import reading_text
    from servsim.cli.calibrate import calibrate_and_print
    from servsim.record.call_file import read_calls
    from servsim.record.layout import load_layout

    monkeypatch.chdir(tmp_path)
    german_log(tmp_path)
    head = GERMAN.splitlines()[0]
    twice = "02.05.2026;09:00:00;0;1;OK;Technik;A"
    (tmp_path / "mai.csv").write_text("\n".join([head, twice, twice, "02.05.2026;09:00:00;?;1;OK;Technik;A"]))

    told = reading_text(read_calls([tmp_path / "anrufe.csv.gz", tmp_path / "mai.csv"], load_layout(tmp_path / "german.yaml")))
    assert "1 line the same as an earlier line in every cell: counted all the same (first: mai.csv line 3)" in told
    assert "wait cannot be read (first: mai.csv line 4)" in told
    assert calibrate_and_print(["log=anrufe.csv.gz,mai.csv", "layout=german.yaml", "out=march", "days=2026-03-01..2026-03-31"]) == 0

    told = capsys.readouterr().out
    assert "the same as" not in told and "wait cannot be read" not in told
    written = "".join((tmp_path / "scenarios" / "march" / name).read_text() for name in ("README.md", "scenario.yaml"))
    assert "from anrufe.csv.gz: " in written
    assert "mai.csv" not in written


def test_an_interval_file_becomes_a_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from servsim.cli.calibrate import calibrate_and_print
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    lines = ["date,start,queue,offered,answered,abandoned,aht_s"]
    for day in range(10):
        date = dt.date(2026, 3, 2) + dt.timedelta(days=day // 5 * 7 + day % 5)
        lines += [f"{date},{hour:02d}:{half:02d},sales,{30 + hour + day},{28 + hour + day},2,200" for hour in range(9, 17) for half in (0, 30)]
    lines.append("2026-03-02,xx,sales,1,1,0,3")
    (tmp_path / "week.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)

    assert calibrate_and_print(["log=week.csv", "layout=intervals", "out=sales_line"]) == 0

    scenario = load(tmp_path / "scenarios" / "sales_line", {})
    assert compile_plan(scenario).plan.days == 28
    assert "1 lines: start cannot be read" in (tmp_path / "scenarios" / "sales_line" / "README.md").read_text()


def test_counters_are_measured_from_steps_between_snapshots() -> None:
    """Two counters, always a line, 4 min a ticket: 2.5 tickets a step of 5 min, and as many come as are called."""
    from servsim.calibrate.snapshots import arrivals_per_h, calibrate, observed_line, open_counters

    found = calibrate(snapshots_of(days=10), fit_line=False)
    queue, group = found.queues[0], found.groups[0]

    assert queue.service_s.value == pytest.approx(240.0, rel=0.01)
    assert open_counters(queue, group)[2] == pytest.approx(2.0)
    assert observed_line(queue, group)[2] == pytest.approx(5.0)
    assert arrivals_per_h(queue, group)[2] == pytest.approx(30.0, rel=0.05)


def snapshots_of(days: int) -> Any:
    """Return snapshots every five minutes from 8:00 to 16:00 on weekdays."""
    from servsim.record.plain_file import PlainTable

    rows = []
    for day in range(days):
        date = DAY + day // 5 * 7 + day % 5
        rows += [(date, 28_800.0 + 300 * n, "7", 2.0, 5.0, f"A{100 + int(2.5 * (n + 1))}") for n in range(97)]
    names = ("date", "time", "queue", "open_counters", "waiting", "ticket")
    columns = dict(zip(names, (np.array(c) for c in zip(*rows, strict=True)), strict=True))
    return PlainTable({**columns, "queue": columns["queue"].astype(object), "ticket": columns["ticket"].astype(object)}, ())


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        write_folder(tmp_path, "half", {"a.txt": "a", "b.txt": 3}, Existing.REFUSE)  # type: ignore[dict-item]

    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingError, match="must be a name"):
        write_folder(tmp_path, "../away", {}, Existing.REFUSE)


def test_names_of_a_log_become_names_of_a_scenario(known_log: RecordedCalls) -> None:
    odd = replace(known_log, reason_names=("Rechnung / Zahlung", "2nd line"))

    assert calibrate(odd).reasons == ("rechnung_zahlung", "q_2nd_line")
