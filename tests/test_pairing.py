"""Pairing: the same contacts in two worlds are found by name, and only those."""

from __future__ import annotations

import dataclasses

import handmade
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servsim.draws.name import root_of
from servsim.errors import InvariantError
from servsim.rules.codes import Entry, NextStep, Outcome, Solved
from servsim.study.difference import (
    Sample,
    adjusted,
    differences,
    equivalence_level,
    gain_of,
    replications_to_tell,
)
from servsim.study.paired import PAIRED, PairedLayout, changed_cases, changed_contacts, sums_of
from servsim.study.pairing import joined, pair_logs

T = handmade.T
NAMES = handmade.NAMES
OTHER_NAMES = NAMES._replace(reasons=("angry_call", "bill", "fault"), segments=("business", "late", "private"))
"""Names of a world with a reason and a segment more: every number is another one there."""
LAYOUT = PairedLayout(handmade.plan(), handmade.plan(), ("business", "late", "private"), ("2026-03-02", "2026-03-03"))


def contact(reason: int, number: int, arrived_s: float, wait_s: float = 0.0, *, segment: int = 0, **more) -> dict:
    """A counter contact that was answered after its wait, served for 5 min and solved."""
    usual = {
        "root": root_of(reason, 0, 18, number), "reason": reason, "segment": segment, "arrived_s": arrived_s, "queued_s": arrived_s,
        "answered_s": arrived_s + wait_s, "ended_s": arrived_s + wait_s + 300, "released_s": arrived_s + wait_s + 300, "agent": 0,
        "outcome": Outcome.ANSWERED, "next_step": NextStep.NONE, "solved": Solved.YES,
    }  # fmt: skip
    return {**usual, **more}


def abandoned(reason: int, number: int, arrived_s: float, wait_s: float, next_step: NextStep = NextStep.GIVES_UP, **more) -> dict:
    return contact(reason, number, arrived_s, answered_s=np.nan, ended_s=arrived_s + wait_s, released_s=np.nan, agent=-1,
                   outcome=Outcome.ABANDONED, next_step=next_step, solved=Solved.NOT_SERVED, **more)  # fmt: skip


def paired(base: list[dict], other: list[dict], other_names=NAMES):
    logs = (handmade.log(handmade.contacts(*rows)) for rows in (base, other))
    return pair_logs(next(logs), NAMES, next(logs), other_names)


def numbers(together, layout=LAYOUT, **group: str) -> dict[str, float]:
    """Return the paired numbers of one group that are not 0."""
    words, found = layout.words, sums_of(together, layout)
    (by, name), = (group or {"overall": ""}).items()
    rows = (words["by"] == by) & (words[by] == name if by != "overall" else True)
    return {measure: value for measure, value in zip(words["measure"][rows], found[rows], strict=True) if value}


# ---- who is whom


def test_the_same_contact_is_found_whatever_its_row_and_the_number_of_its_reason():
    base = [contact(0, 1, T), contact(1, 1, T + 60)]
    other = [contact(2, 1, T + 60), contact(0, 7, T + 61), contact(1, 1, T)]

    together = paired(base, other, OTHER_NAMES)

    assert together.contacts.base.tolist() == [0, 1]
    assert together.contacts.other.tolist() == [2, 0]
    assert (together.contacts.only_base.tolist(), together.contacts.only_other.tolist()) == ([], [1])


@pytest.mark.parametrize("other_name", [{"leg": 1}, {"try_number": 1}, {"leg_kind": 1}, {"lineage": 5}, {"root": root_of(0, 1, 18, 1)}, {"root": root_of(0, 0, 19, 1)}])
def test_another_leg_try_lineage_day_or_interval_is_another_contact(other_name):
    together = paired([contact(0, 1, T)], [contact(0, 1, T, **other_name)])

    assert (together.contacts.base.tolist(), together.contacts.only_base.tolist(), together.contacts.only_other.tolist()) == ([], [0], [0])


def test_later_contacts_of_one_case_belong_to_the_same_case():
    base = [contact(0, 1, T, solved=Solved.NO, next_step=NextStep.COMES_BACK), contact(0, 1, T + 9000, leg=1, entry=Entry.COMEBACK)]
    together = paired(base, [contact(0, 1, T)])

    assert len(together.contacts.base) == 1
    assert together.contacts.only_base.tolist() == [1]
    assert (together.cases.base.tolist(), together.cases.only_base.tolist()) == ([0], [])


def test_a_name_given_twice_in_one_world_is_a_broken_law():
    with pytest.raises(InvariantError, match="same name"):
        paired([contact(0, 1, T), contact(0, 1, T + 60)], [contact(0, 2, T)])


def test_different_replications_are_never_paired():
    base = handmade.log(handmade.contacts(contact(0, 1, T)))
    with pytest.raises(InvariantError, match="replication"):
        pair_logs(base, NAMES, dataclasses.replace(base, replication=1), NAMES)


KEYS = st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


@given(here=KEYS, there=KEYS, rng=st.randoms(use_true_random=False))
@settings(deadline=None)
def test_an_outer_join_is_the_union_of_both_tables(here, there, rng):
    tables = []
    for keys in (here, there):
        rows = list(keys)
        rng.shuffle(rows)
        tables.append(rows)
    columns = [tuple(np.array([row[place] for row in rows], np.uint64) for place in range(2)) for rows in tables]

    found = joined(*columns)

    base, other = tables
    assert {base[row] for row in found.base} == here & there
    assert [base[row] for row in found.base] == [other[row] for row in found.other]
    assert sorted(found.base) == found.base.tolist()
    assert {base[row] for row in found.only_base} == here - there
    assert {other[row] for row in found.only_other} == there - here


# ---- what a decision did to the same people, worked by hand


def test_a_longer_and_a_shorter_wait_are_told_apart():
    base = [contact(0, 1, T, 60), contact(0, 2, T, 600), contact(0, 3, T, 100)]
    other = [contact(0, 1, T, 460), contact(0, 2, T, 200), contact(0, 3, T, 100.5)]

    assert numbers(paired(base, other)) == {
        "people_worse_off": 1, "people_better_off": 1,
        "waits_longer": 1, "waits_much_longer": 1, "wait_added_s": 400.0,
        "waits_shorter": 1, "waits_much_shorter": 1, "wait_saved_s": 400.0,
        "customers_time_added_s": 0.5,
        "contacts_paired": 3, "cases_paired": 3,
    }  # fmt: skip


def test_a_visit_in_vain_and_a_need_given_up_hit_people_known_or_not():
    sent_home = {"outcome": Outcome.TOLD_TO_COME_BACK, "solved": Solved.NOT_SERVED, "agent": -1, "answered_s": np.nan, "ended_s": T, "released_s": np.nan}
    base = [contact(0, 1, T, customer=7), contact(0, 2, T, 60), contact(1, 3, T, segment=1)]
    other = [
        contact(0, 1, T, customer=7, **{**sent_home, "next_step": NextStep.COMES_BACK}),
        abandoned(0, 2, T, 120),
        contact(1, 3, T, segment=1),
        contact(0, 1, T + 90_000, customer=7, leg=1, entry=Entry.COMEBACK),
    ]
    together = paired(base, other)

    assert numbers(together) == {
        "people_worse_off": 2, "waits_longer": 1, "wait_added_s": 60.0,
        "customers_time_added_s": (0 - 300) + (120 - 360) + 300,
        "solved_only_without": 1, "given_up_only_with": 1, "in_vain_only_with": 1, "abandoned_only_with": 1, "solved_over_a_day_later": 1,
        "contacts_paired": 3, "contacts_only_with": 1, "cases_paired": 3,
    }  # fmt: skip
    assert numbers(together, segment="business")["people_worse_off"] == 2
    assert "people_worse_off" not in numbers(together, segment="late")
    assert numbers(together, day="2026-03-03") == {"contacts_only_with": 1, "customers_time_added_s": 300}


def test_who_is_hit_twice_counts_once_and_hits_and_helps_are_mirror_images():
    base = [contact(0, 1, T, customer=7), contact(0, 2, T, customer=7)]
    other = [abandoned(0, 1, T, 120, customer=7), abandoned(0, 2, T, 120, customer=7)]

    there, back = numbers(paired(base, other)), numbers(paired(other, base))

    assert there["people_worse_off"] == 1 and there["solved_only_without"] == 2
    assert back["people_better_off"] == 1 and back["solved_only_with"] == 2
    assert "people_worse_off" not in back


def test_a_case_of_one_world_only_is_reported_and_hits_nobody():
    together = paired([contact(0, 1, T)], [contact(0, 1, T), contact(0, 9, T, 900, lineage=4)])

    assert numbers(together) == {"customers_time_added_s": 1200.0, "contacts_paired": 1, "contacts_only_with": 1, "cases_paired": 1, "cases_only_with": 1}


def test_the_warm_up_does_not_count():
    plan = handmade.plan(warm_up_s=T + 30)
    layout = PairedLayout(plan, plan, LAYOUT.segments, LAYOUT.days)
    base, other = [contact(0, 1, T), contact(0, 2, T + 60)], [contact(0, 1, T, 900), contact(0, 2, T + 60, 900)]

    assert numbers(paired(base, other), layout)["waits_much_longer"] == 1


def test_equal_worlds_differ_in_nothing():
    rows = [contact(0, 1, T, 60), abandoned(1, 2, T, 90), contact(1, 4, T, 5, entry=Entry.CALL_BACK)]

    assert numbers(paired(rows, rows)) == {"contacts_paired": 3, "cases_paired": 3}
    assert len(changed_contacts(paired(rows, rows), "with", "without")["contact"]) == 0
    assert len(changed_cases(paired(rows, rows), "with", "without")["worse_off"]) == 0


def test_changed_contacts_and_cases_are_listed_with_both_ends():
    base, other = [contact(0, 1, T, 60, customer=7), contact(0, 2, T)], [abandoned(0, 1, T, 400, customer=7), contact(0, 2, T), contact(1, 9, T)]
    together = paired(base, other)

    contacts, cases = changed_contacts(together, "with", "without"), changed_cases(together, "with", "without")

    assert (contacts["contact_against"].tolist(), contacts["contact"].tolist()) == ([0, -1], [0, 2])
    assert contacts["wait_against_s"].tolist()[0] == 60.0 and contacts["wait_s"].tolist()[0] == 400.0
    assert [contacts["outcome"].words[code] for code in contacts["outcome"].code] == ["abandoned", "answered"]
    assert contacts["outcome_against"].code.tolist()[1] == -1
    assert (cases["customer"].tolist(), cases["worse_off"].tolist(), cases["better_off"].tolist()) == ([7], [True], [False])


def test_every_paired_number_has_its_sentence_and_its_row():
    assert len({each.name for each in PAIRED}) == len(PAIRED)
    assert all(each.says.endswith(".") for each in PAIRED)
    assert len(LAYOUT.words["measure"]) == len(PAIRED) * (1 + 3 + 2)


# ---- differences and their intervals


def test_a_difference_of_ratios_is_worked_by_hand():
    """Base 10/5 and 20/5: 3.0; other 12/5 and 24/5: 3.6. Residuals 0.4, -0.4 less 0.2 ... as below."""
    base, other = Sample(np.array([[10.0, 20.0]]), np.array([[5.0, 5.0]])), Sample(np.array([[12.0, 24.0]]), np.array([[5.0, 5.0]]))

    found = differences(base, other)

    assert (found.base[0], found.value[0], found.difference[0]) == pytest.approx((3.0, 3.6, 0.6))
    residuals = [(12 - 18) / 5 - (10 - 15) / 5, (24 - 18) / 5 - (20 - 15) / 5]
    assert found.spread[0] == pytest.approx(np.std(residuals, ddof=1))
    assert found.half_widths(0.95)[0] == pytest.approx(12.706205 * np.std(residuals, ddof=1) / np.sqrt(2))


def test_of_plain_means_it_is_the_paired_t_interval():
    rng = np.random.default_rng(7)
    base, other = rng.normal(10, 2, (1, 12)), rng.normal(11, 2, (1, 12))
    ones = np.ones((1, 12))

    found = differences(Sample(base, ones), Sample(other, ones))

    stats = pytest.importorskip("scipy.stats")
    low, high = stats.ttest_rel(other[0], base[0]).confidence_interval(0.95)
    assert (found.difference[0] - found.half_widths(0.95)[0], found.difference[0] + found.half_widths(0.95)[0]) == pytest.approx((low, high))


def test_intervals_of_differences_of_ratios_cover_the_truth_as_often_as_they_say():
    """800 studies of 20 replications: 95 % of the intervals hold the true difference, within 4 standard errors."""
    rng = np.random.default_rng(11)
    shared = rng.gamma(20.0, 1.0, (800, 20))
    below = rng.poisson(50, (800, 20)) + 1.0
    base, other = 2.0 * below + shared * 3 + rng.normal(0, 3, (800, 20)), 2.5 * below + shared * 3 + rng.normal(0, 3, (800, 20))

    found = differences(Sample(base, below), Sample(other, below))

    covered = np.mean(np.abs(found.difference - 0.5) <= found.half_widths(0.95))
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 800)


DENOMINATORS = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))
"""Denominators are counts, seconds or nothing."""


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), DENOMINATORS), min_size=2, max_size=12))
def test_equal_worlds_have_a_difference_of_exactly_0_and_an_interval_without_width(rows):
    above, below = (np.array([[row[place] for row in rows]]) for place in (0, 1))

    found = differences(Sample(above, below), Sample(above.copy(), below.copy()))

    if below.sum() > 0:
        assert (found.difference[0], found.spread[0]) == (0.0, 0.0)
    else:
        assert np.isnan(found.difference[0])


def test_pairing_gains_what_the_worlds_share():
    shared, noise = np.array([0.0, 4.0, 8.0, 12.0]), np.array([1.0, -1.0, -1.0, 1.0])
    ones = np.ones(4)

    gain = gain_of(Sample(shared, ones), Sample(shared + noise, ones))

    assert gain.paired == pytest.approx(np.var(noise, ddof=1))
    assert gain.independent == pytest.approx(np.var(shared, ddof=1) + np.var(shared + noise, ddof=1))
    assert gain_of(Sample(shared, ones), Sample(shared, ones)).factor == np.inf


def test_statements_that_must_hold_together_share_the_chance_to_err():
    assert adjusted(0.95, 10) == pytest.approx(0.995)
    assert equivalence_level(0.95) == pytest.approx(0.90)


def test_the_replications_that_are_named_would_tell_four_times_out_of_five():
    needed = replications_to_tell(1.0, 2.0, 0.95)
    rng = np.random.default_rng(5)
    values = rng.normal(1.0, 2.0, (4000, needed))
    stats = pytest.importorskip("scipy.stats")

    told = np.mean(stats.ttest_1samp(values, 0.0, axis=1).pvalue < 0.05)

    assert 0.76 < told < 0.86
    assert replications_to_tell(0.0, 2.0, 0.95) is None
