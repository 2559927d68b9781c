"""Estimates out of replications: hand-worked numbers, known coverage, the stopping rule; formulas of the service level."""

from __future__ import annotations

import json
import math
from pathlib import Path

import handmade
import numpy as np
import pytest
from handmade import NAMES, NINE, TERMS

from servsim.errors import SettingError, TooFewReplications
from servsim.measure.estimate import Estimate, Moments, batches, estimate, estimates, precise_after, replications_needed
from servsim.measure.registry import MEASURES, measure_named
from servsim.measure.service_level import FORMULAS, service_level
from servsim.measure.summary import ROW_FIELDS, Summary, summarise
from servsim.measure.table import layout_of, measure

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference_cases.json"

COUNTS = {
    "answered": 1000, "abandoned": 60, "answered_within": 860, "abandoned_within": 20, "abandoned_later": 40,
    "abandoned_short": 10, "abandoned_long": 50, "flowed_out": 0,
}  # fmt: skip
"""The interval of the reference case service_level_formulas: 1000 answered, 860 of them in time, 60 abandoned ..."""

PUBLISHED = {
    "within_of_offered": 0.8301886792, "answered_of_answered": 0.86, "answered_of_offered": 0.8113207547,
    "abandons_within_left_out": 0.8269230769, "short_abandons_count": 0.820754717,
    "genesys_short_abandons_left_out": 0.819047619, "genesys_abandons_left_out": 0.86,
    "genesys_flow_outs_count": 860 / 1060, "genesys_flow_outs_count_abandons_left_out": 0.86,
}  # fmt: skip


@pytest.mark.parametrize("name", [formula.name for formula in FORMULAS])
def test_a_service_level_formula_gives_the_published_number(name):
    assert service_level(name, COUNTS) == pytest.approx(PUBLISHED[name], abs=1e-9)


def test_flow_outs_count_as_failures_only_where_the_formula_says_so():
    counts = COUNTS | {"flowed_out": 40}

    assert service_level("answered_of_offered", counts) == 860 / 1060
    assert service_level("genesys_flow_outs_count", counts) == 860 / 1100


def test_the_service_level_of_an_empty_cell_is_1():
    assert service_level("answered_of_offered", dict.fromkeys(COUNTS, 0)) == 1.0


def test_an_unknown_formula_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match="formula: got cisco; must be one of within_of_offered, "):
        service_level("cisco", COUNTS)


def test_formulas_meet_the_reference_case():
    if not REFERENCE.exists():
        pytest.skip("the reference cases lie beside the checkout, in ../shared, which is not here")
    cases = json.loads(REFERENCE.read_text())
    case = next(c for c in (cases if isinstance(cases, list) else cases["cases"]) if c["id"] == "service_level_formulas")

    assert sorted(case["expected"].values()) == pytest.approx(
        sorted(service_level(name, COUNTS) for name in PUBLISHED if "flow_outs" not in name), abs=1e-9
    )


def test_the_formulas_of_the_language_are_formulas_of_the_measures():
    from servsim.scenario.language import ServiceLevel

    choices = ServiceLevel.__dataclass_fields__["formula"].metadata["choices"]

    assert set(choices) <= {formula.name for formula in FORMULAS}


def test_a_plain_mean_has_students_interval():
    """Values 1, 2, 3, 4, 5: mean 3, sd 1.5811, t(0.975; 4) = 2.7764, half width 1.9632."""
    found = estimate([1, 2, 3, 4, 5], np.ones(5))

    assert found.value == 3.0
    assert found.half_width == pytest.approx(1.9632, abs=1e-4)
    assert (found.level, found.replications) == (0.95, 5)
    assert found.relative_half_width == pytest.approx(0.6544, abs=1e-4)


def test_a_ratio_is_the_ratio_of_means_not_the_mean_of_ratios():
    """Days of 10 and 90 contacts: 1 of 10 and 45 of 90 give 46/100; the mean of ratios would be 0.30."""
    found = estimate([1, 45], [10, 90])

    assert found.value == pytest.approx(0.46)
    # residuals 1 - 4.6 = -3.6 and 45 - 41.4 = 3.6: s = 5.0912; / sqrt(2) / mean 50 * t(0.975; 1) = 12.7062
    assert found.half_width == pytest.approx(12.7062 * 5.0912 / math.sqrt(2) / 50, rel=1e-4)


def test_one_replication_has_no_interval_and_says_so():
    found = estimate([3], [4])

    assert found.value == 0.75
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.method == "one replication: no interval"


def test_replications_without_data_leave_the_ratio_to_the_others():
    found = estimate([0, 6, 0], [0, 2, 0])

    assert (found.value, found.half_width) == (3.0, 0.0)
    assert math.isnan(estimate([0, 0], [0, 0]).value)
    assert estimate([0, 0], [0, 0]).method == "no data in any replication"


def test_gathering_one_at_a_time_gives_the_textbook_variance():
    random = np.random.default_rng(11)
    above, below = 1e6 + random.random((40, 3)), 1e5 + random.random((40, 3))
    moments = Moments(3)
    for x, y in zip(above, below, strict=True):
        moments.add(x, y)

    for k, found in enumerate(estimates(moments)):
        ratio = above[:, k].mean() / below[:, k].mean()
        residual = above[:, k] - ratio * below[:, k]
        error = residual.std(ddof=1) / math.sqrt(40) / below[:, k].mean()
        assert found.value == pytest.approx(ratio, rel=1e-14)
        assert found.half_width == pytest.approx(2.0226909 * error, rel=1e-6)


def coverage(studies: int, replications: int) -> float:
    """Share of studies whose 95 % interval holds the true ratio 0.8; denominators vary with the day's volume."""
    random = np.random.default_rng(1)
    held = 0
    for _ in range(studies):
        offered = random.poisson(random.gamma(10.0, 10.0, replications))
        found = estimate(random.binomial(offered, 0.8), offered)
        held += found.low <= 0.8 <= found.high
    return held / studies


def test_the_delta_interval_covers_a_known_ratio_about_as_often_as_it_says():
    """2,000 studies: 95 % +- 4 standard errors is 93.0 to 97.0 % (a false alarm in 16,000 seeds)."""
    assert 0.930 <= coverage(2_000, 20) <= 0.970


@pytest.mark.slow
def test_the_delta_interval_covers_a_known_ratio_closely_over_many_studies():
    assert 0.944 <= coverage(40_000, 30) <= 0.956


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -1.0])
def test_a_confidence_level_that_is_no_share_is_refused(level):
    with pytest.raises(SettingError, match=r"confidence: got .*; must be a share between 0 and 1"):
        estimate([1, 2], [1, 1], level)


def test_a_higher_level_gives_a_wider_interval():
    assert estimate([1, 2, 4], [1, 1, 1], 0.99).half_width > estimate([1, 2, 4], [1, 1, 1], 0.9).half_width


def test_days_of_one_long_run_are_joined_to_weeks():
    above, below = batches(np.arange(15.0), np.ones(15), 7)

    assert above.tolist() == [21.0, 70.0]
    assert below.tolist() == [7.0, 7.0]


def test_replications_needed_shrink_the_interval_to_the_precision():
    pilot = Estimate(100.0, 80.0, 120.0, 0.95, 10, "")
    needed = replications_needed(pilot, 0.05)
    spread = 20.0 * math.sqrt(10) / 2.2621572

    # t(n - 1) s / sqrt(n) <= 5 holds first at that number
    from scipy.stats import t

    assert t.ppf(0.975, needed - 1) * spread / math.sqrt(needed) <= 5.0 < t.ppf(0.975, needed - 2) * spread / math.sqrt(needed - 1)


def test_replications_needed_refuses_what_has_no_spread_to_go_by():
    with pytest.raises(TooFewReplications) as caught:
        replications_needed(estimate([3], [1]), 0.05)
    assert caught.value.estimate.value == 3.0
    assert replications_needed(estimate([3, 3, 3], [1, 1, 1]), 0.05) == 5


def test_a_run_stops_when_the_width_is_reached_and_stays_so_for_five_more():
    wide, narrow = 0.2, 0.04

    assert precise_after([math.nan, wide, wide, wide, *[narrow] * 5], 0.05) is None
    assert precise_after([math.nan, wide, wide, wide, *[narrow] * 6], 0.05) == 5
    assert precise_after([math.nan, narrow, narrow, narrow, narrow, narrow, wide, *[narrow] * 6], 0.05) == 8
    assert precise_after([math.nan] * 30, 0.05) is None


def test_a_precision_of_nothing_is_refused():
    with pytest.raises(SettingError, match="precision: got 0"):
        precise_after([0.1], 0.0)


# ---- the summary of a study ------------------------------------------------------------------------------------------

LAYOUT = layout_of(handmade.plan(), NAMES, TERMS)


def tables(count: int):
    kept = [NINE, {name: column[[0, 1, 2, 5, 7]] for name, column in NINE.items()}]
    return [measure(handmade.log(kept[number % 2], replication=number), LAYOUT) for number in range(count)]


def row_of(rows, name, formula="", **by):
    (found,) = [r for r in rows if r["measure"] == name and r["by"] == by and formula in ("", r["formula"])]
    return found


def test_a_summary_row_has_the_documented_fields():
    row = row_of(summarise(tables(2)), "service_level", "answered_of_offered", channel="phone", interval="09:00")

    assert tuple(row) == ROW_FIELDS
    assert row["value"] == pytest.approx((3 + 3) / (5 + 4))
    assert (row["unit"], row["level"], row["replications"]) == ("share", 0.95, 2)
    assert row["low"] == 0.0 and row["high"] == 1.0  # two replications: wider than shares can be


def test_a_summary_is_one_that_json_can_say():
    text = json.dumps(summarise(tables(1)), allow_nan=False)

    assert row_of(json.loads(text), "offered")["low"] is None
    assert row_of(json.loads(text), "mean_call_back_wait_s")["value"] is None


def test_the_sum_of_amounts_over_replications_decides_not_the_mean_of_ratios():
    row = row_of(summarise(tables(2)), "average_speed_of_answer_s")

    assert row["value"] == pytest.approx((90 + 0) / (4 + 3))


def test_intervals_in_which_nothing_happens_are_left_out_of_the_summary():
    rows = summarise(tables(2))
    intervals = {row["by"]["interval"] for row in rows if "interval" in row["by"]}

    assert intervals == {f"{hour:02d}:00" for hour in range(9, 18)} | {"23:00"}


def test_an_interval_with_agents_and_without_contacts_keeps_its_promise():
    assert row_of(summarise(tables(2)), "service_level", "answered_of_offered", interval="12:00")["value"] == 1.0


def test_replications_of_different_plans_are_not_summed_up():
    other = measure(handmade.log(NINE), layout_of(handmade.plan(interval_s=1800.0), NAMES, TERMS))
    summary = Summary()
    summary.add(tables(1)[0])

    with pytest.raises(SettingError, match="not of one plan"):
        summary.add(other)


def test_a_summary_of_nothing_is_refused():
    with pytest.raises(SettingError, match="replications: got 0"):
        summarise([])


def test_a_measure_is_found_by_name_and_formula():
    assert measure_named("service_level", "answered_of_answered").denominator == ("answered",)
    assert measure_named("offered").formula_text == "offered"
    assert measure_named("occupancy").formula_text == "(busy_s) / (signed_in_s)"
    with pytest.raises(KeyError, match="no_such"):
        measure_named("no_such")


def test_no_two_measures_share_name_and_formula():
    assert len({(m.name, m.formula) for m in MEASURES}) == len(MEASURES)
