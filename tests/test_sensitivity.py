"""Whether a verdict hangs on what nobody knows: presets, single parameters, many worlds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from remembering_shop import make_remembering_shop

import servsim
from servsim.errors import SettingError
from servsim.scenario.reader import load
from servsim.study import sensitivity
from servsim.study.comparison import COST_AND_LOSS
from servsim.study.sensitivity import (
    Bar,
    Net,
    Parameter,
    Study,
    Verdict,
    net_of,
    parameters_of,
    preset_change,
    text_of,
    wilson,
)
from servsim.study.settings import make_settings

FEW = ("loyalty.wait_points", "loyalty.unsolved")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sensitivity.workers, "results", lambda job, tasks, processes: ((task, job(task)) for task in tasks))
    return make_remembering_shop(tmp_path)


def study_of(decision="all_at_once", against="staggered", replications=2, **more):
    return Study(make_settings({"scenario": "shop", "replications": replications}), decision, against, **more)


def only(study, *paths):
    study.parameters = tuple(each for each in study.parameters if each.path in paths)
    return study


# ---- parameters


def test_every_parameter_has_its_value_its_range_and_its_source(shop):
    found = {each.path: each for each in parameters_of(load("shop"))}

    assert found["loyalty.wait_points"][2:5] == (15.0, 5.0, 25.0)
    assert found["loyalty.silent_minor"].value == 12.0  # of the preset
    assert "segments.owned.loyalty.leaving" in found and "channels.counter.felt_wait" in found
    assert all(each.says and each.source for each in found.values())


def test_parameters_that_somebody_sets_are_left_alone(shop):
    free = {each.path for each in parameters_of(load("shop"), ["loyalty.unsolved", "segments.owned.loyalty"])}

    assert "loyalty.unsolved" not in free
    assert not any(path.startswith("segments.owned.loyalty") for path in free)
    assert "segments.private.loyalty.leaving" in free


def test_a_scenario_in_which_nobody_remembers_has_no_such_parameters(shop):
    with pytest.raises(SettingError, match="loyalty"):
        parameters_of(replace(load("shop"), loyalty=None))


def test_ends_of_ranges_are_written_as_files_have_them(shop):
    for each in parameters_of(load("shop")):
        for end in (each.low, each.high):
            load("shop", [(each.path, text_of(each, end))])


# ---- nets and what they say


def test_net_money_is_the_comparisons(shop):
    found = servsim.compare("shop", ["all_at_once"], replications=2)
    net = -(found.sample("all_at_once", COST_AND_LOSS).above - found.sample("staggered", COST_AND_LOSS).above)

    assert study_of().own().tolist() == pytest.approx(net.tolist())


def test_a_decision_that_changes_nothing_nets_nothing_in_every_preset(shop):
    verdict = study_of("as_it_is", "nothing").presets()

    assert list(verdict.nets) == ["evidence", "story", "strict"]
    assert {(net.mean, net.low, net.high) for net in verdict.nets.values()} == {(0.0, 0.0, 0.0)}
    assert not verdict.depends


def test_a_verdict_that_flips_between_presets_depends_on_a_claim():
    pays, loses, open_ = Net(5.0, 1.0, 9.0), Net(-5.0, -9.0, -1.0), Net(1.0, -3.0, 5.0)

    assert Verdict({"evidence": pays, "story": pays, "strict": loses}).depends
    assert not Verdict({"evidence": pays, "story": open_, "strict": pays}).depends
    assert Verdict({"evidence": pays, "story": open_, "strict": pays}).holds_in == 2


def test_a_preset_given_by_its_name_is_judged_as_if_the_scenario_had_it(shop):
    study = study_of()
    verdict = study.presets()
    text = (shop / "scenario.yaml").read_text().replace("preset: evidence", "preset: strict")
    (shop / "scenario.yaml").write_text(text)

    assert net_of(study_of().own()).mean == pytest.approx(verdict.nets["strict"].mean)


def test_a_parameter_at_its_own_value_moves_nothing(shop):
    study = only(study_of(), "loyalty.wait_points")
    value = study.parameters[0].value
    study.parameters = (study.parameters[0]._replace(low=value, high=value),)

    assert study.one_at_a_time()[0].swing == 0.0


def test_bars_stand_in_the_order_of_their_swing(shop):
    bars = only(study_of(), *FEW).one_at_a_time()

    assert [each.parameter.path for each in bars] == [each.parameter.path for each in sorted(bars, key=lambda bar: -bar.swing)]
    assert {each.parameter.path for each in bars} == {*FEW}


def test_a_bar_flips_where_its_ends_have_different_signs():
    parameter = Parameter("loyalty.unsolved", "", 46.0, 30.0, 55.0, "")

    assert Bar(parameter, Net(-1.0, -2.0, 0.0), Net(2.0, 1.0, 3.0)).flips
    assert not Bar(parameter, Net(1.0, 0.0, 2.0), Net(2.0, 1.0, 3.0)).flips


def test_drawn_worlds_lie_within_the_ranges_and_are_the_same_again(shop):
    study = only(study_of(), *FEW)
    first, second = study.drawn(3), only(study_of(), *FEW).drawn(3)

    assert first.nets.tolist() == second.nets.tolist()
    assert first.of == 3 and 0 <= first.holds <= 3
    for name in study.nets.found:
        for path, _, value in (part.partition("=") for part in name.split("; ") if part):
            low, high = next((each.low, each.high) for each in study.parameters if each.path == path)
            assert low <= float(value) <= high


def test_nets_that_were_found_are_not_simulated_again(shop, monkeypatch):
    file = Path("nets.json")
    first = study_of(file=file).presets()
    monkeypatch.setattr(sensitivity.workers, "results", lambda *args: pytest.fail("simulated again"))

    assert study_of(file=file).presets() == first
    assert preset_change("story")[0][0] in json.dumps(json.loads(file.read_text()))


def test_nets_of_another_decision_are_not_taken_for_these(shop):
    study_of(file=Path("nets.json")).presets()

    assert study_of("after_hours", file=Path("nets.json")).nets.found == {}


def test_what_an_interrupted_study_found_is_kept(shop, monkeypatch):
    def two_and_then_ctrl_c(job, tasks, processes):
        yield tasks[0], job(tasks[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(sensitivity.workers, "results", two_and_then_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        study_of(file=Path("nets.json")).presets()

    assert len(study_of(file=Path("nets.json")).nets.found) == 1


def test_the_interval_of_a_share_is_wilsons():
    low, high = wilson(83, 100)

    assert (low, high) == pytest.approx((0.7445, 0.8911), abs=5e-4)  # Wilson (1927) by hand
    assert (wilson(0, 10)[0], wilson(10, 10)[1]) == pytest.approx((0.0, 1.0))


def test_the_interval_of_a_net_is_students():
    net = net_of(np.array([1.0, 2.0, 3.0]))

    assert net.mean == 2.0
    assert net.high - net.mean == pytest.approx(4.3027 / np.sqrt(3.0), rel=1e-4)
