"""Two lives of every customer: each has one fate, and what a decision does to who stays adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from remembering_shop import make_remembering_shop

import servsim
from servsim.engine.simpy_engine import simulate
from servsim.study import run as study_run
from servsim.study.closer_look import Harm, LookJob, look_closer
from servsim.study.compare import run_comparison
from servsim.study.counterfactual import Fate, Horizon, Side, Worth, have_two_lives, lives_of, loss_of
from servsim.study.counterfactual import Lives as TwoLivesOfAll
from servsim.study.paired import CUSTOMER_PAIRED
from servsim.study.pairing import pair_logs
from servsim.study.settings import make_settings
from servsim.study.worlds import decided_worlds


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(study_run, "POOL_PAYS_S", 1e9)
    return make_remembering_shop(tmp_path)


def side(lost_s, expected, projected, value):
    count = len(lost_s)
    nothing = np.zeros(count, np.int64)
    return Side(np.array(lost_s, float), np.array(expected, float), np.array(projected, float), nothing, nothing.astype(float), nothing, nothing, nothing, nothing.astype(float), np.array(value, float))


STAYS, GONE = float("nan"), 3600.0


def handmade():
    """Five customers: two stay, one is lost in both worlds, one only with the decision, one only without it."""
    base = side([STAYS, STAYS, GONE, STAYS, GONE], [0.1, 0.2, 1.0, 0.1, 0.9], [0.1, 0.1, 0.0, 0.1, 0.0], [100, 200, 300, 400, 500])
    other = side([STAYS, STAYS, GONE, GONE, STAYS], [0.1, 0.3, 1.0, 0.6, 0.5], [0.1, 0.15, 0.0, 0.0, 0.2], [100, 200, 300, 400, 500])
    return TwoLivesOfAll(np.array([Fate.STAYS, Fate.STAYS, Fate.LOST_ANYWAY, Fate.LOST_BECAUSE, Fate.KEPT_BECAUSE]), base, other)


def test_rises_and_falls_of_chances_are_added_up_apart():
    found = loss_of(handmade())

    assert found.lost == pytest.approx(0.1 + 0.5)
    assert found.kept == pytest.approx(0.4)
    assert found.money == pytest.approx(0.1 * 200 + 0.5 * 400 - 0.4 * 500)


def test_the_projected_year_adds_what_may_still_happen_to_those_still_here():
    found = loss_of(handmade(), Horizon.PROJECTED_YEAR)

    assert found.lost == pytest.approx((0.45 - 0.3) + (0.6 - 0.2))
    assert found.kept == pytest.approx(0.9 - 0.7)
    assert found.money == pytest.approx(0.15 * 200 + 0.4 * 400 - 0.2 * 500)


def test_only_lives_that_differ_in_anything_are_changed():
    assert handmade().changed().tolist() == [1, 3, 4]


def pair_of(shop, *decisions, replication=0):
    settings = make_settings({"scenario": "shop", "decisions": list(decisions)})
    base, decided, *_ = decided_worlds(settings)
    logs = [simulate(each.world.plan, 1, replication) for each in (base, decided)]
    return base.world, decided.world, pair_logs(logs[0], base.world.names, logs[1], decided.world.names)


def test_every_customer_has_exactly_one_fate_and_it_is_that_of_the_logs(shop):
    base, decided, paired = pair_of(shop, "all_at_once")
    lives = lives_of(paired, base.plan, decided.plan, Worth(base.terms.margin, base.terms.discount))
    lost = [~np.isnan(log.customers["lost_s"]) for log in (paired.base, paired.other)]

    assert np.bincount(lives.fate, minlength=4).sum() == 260
    assert ((lives.fate == Fate.LOST_BECAUSE) == (lost[1] & ~lost[0])).all()
    assert ((lives.fate == Fate.KEPT_BECAUSE) == (lost[0] & ~lost[1])).all()
    assert ((lives.fate == Fate.LOST_ANYWAY) == (lost[0] & lost[1])).all()


def test_nobody_has_two_lives_where_nobody_remembers(tmp_path, monkeypatch):
    from small_shop import make_shop

    monkeypatch.chdir(tmp_path)
    make_shop(tmp_path)
    base, decided, _ = pair_of(tmp_path, "all_at_once")

    assert not have_two_lives(base.plan, decided.plan)


def test_a_decision_that_changes_nothing_loses_and_keeps_nobody(shop):
    found = servsim.compare("shop", ["as_it_is"], replications=2)
    changed = {each.name for each in CUSTOMER_PAIRED} - {"lost_anyway"}

    assert {found.row("as_it_is", name).difference for name in changed} == {0.0}
    assert found.row("as_it_is", "lost_anyway").difference == found.sample("nothing", "customers_lost").above.mean()


def test_what_is_lost_person_by_person_adds_up_to_what_the_measures_say(shop):
    found = servsim.compare("shop", ["all_at_once"], replications=3)

    def paired(name, **by):
        return found.row("all_at_once", name, **by).difference

    def measured(name):
        return found.row("all_at_once", name).difference

    assert paired("expected_lost_because") - paired("expected_kept_because") == pytest.approx(measured("expected_lost_projected_year"))
    assert paired("margin_lost_because") - paired("margin_kept_because") == pytest.approx(measured("margin_lost_projected_year"))
    assert paired("lost_because") - paired("kept_because") == pytest.approx(measured("customers_lost"))
    for each in CUSTOMER_PAIRED:
        assert paired(each.name, segment="owned") + paired(each.name, segment="private") == pytest.approx(paired(each.name))


def test_those_for_whom_it_got_worse_are_the_ones_counted_as_worse_off(shop):
    settings = make_settings({"scenario": "shop", "decisions": ["all_at_once"], "replications": 2, "logs": "measures"})
    found = run_comparison(settings)
    base, decided = (found.world(name).world for name in ("nothing", "all_at_once"))
    closer = look_closer(base, decided, settings, [1], lambda done, of: None)

    assert [len(each.hit.customer) for each in closer.looked] == found.paired_sample("all_at_once", "worse_off_customers").tolist()
    assert (closer.people.chance * closer.people.value).sum() / 2 == pytest.approx(found.row("all_at_once", "worse_off_margin_lost").difference)
    assert set(closer.people.harm.tolist()) <= set(Harm)
    assert closer.logs[0].replication == 0


def test_the_day_by_hour_shows_every_minute_in_line(shop):
    base, decided, paired = pair_of(shop, "all_at_once")
    seen = LookJob(base, decided, 1, (0, 1, 2), "clerks", "simpy")(0).base
    contacts = paired.base.contacts
    waited_s = np.where(np.isnan(contacts["answered_s"]), contacts["ended_s"], contacts["answered_s"]) - contacts["queued_s"]

    assert seen.waiting.shape == (3, 24)
    assert seen.waiting.sum() * 3600.0 == pytest.approx(np.nansum(waited_s[contacts["entry"] < 4]), rel=0.05)
    assert seen.desk_min.max() <= 120.0 + 1e-9
