"""The reader of scenario files: what is read, what is refused, and that every refusal is a sentence."""

from __future__ import annotations

import datetime as dt
import math
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import junk, mutated, shuffled, valid_scenarios

from servsim.errors import ScenarioError
from servsim.scenario.check import check
from servsim.scenario.keys import BY_PATH, KEYS, paths
from servsim.scenario.language import Law
from servsim.scenario.library import data_dir, find, list_scenarios, new
from servsim.scenario.plain import to_plain
from servsim.scenario.reader import load, read
from servsim.scenario.yaml_text import MAX_VALUES, parse_yaml

SLOW_DRAWS = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SMALL: dict[str, Any] = {
    "calendar": {"days": 2, "hours": {"phone": {"mon-fri": "9:00-18:00"}}},
    "channels": {"phone": {"lines": 8, "menu": {"time": "30 s"}}, "counter": None},
    "segments": {"private": {"customers": 100, "patience": {"exponential": "3 min"}}},
    "reasons": {
        "billing": {
            "channels": {"phone": "70 %", "counter": "30 %"},
            "arrivals": {"per_day": 100},
            "talk": {"lognormal": {"mean": "4 min", "sd": "3 min"}},
        }
    },
    "teams": {"clerks": {"agents": 3}},
}


def problems_of(data: Any, overrides: Any = (), folder: Path | None = None) -> list[str]:
    """Return what the reader says is wrong, one text a problem."""
    with pytest.raises(ScenarioError) as caught:
        read(data, folder, overrides)
    return [str(problem) for problem in caught.value.problems]


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the small scenario with one key set, whether it exists or not."""
    data = parse_yaml(yaml.safe_dump(SMALL), "small")
    node, *steps = data, *path.split(".")
    for step in steps[:-1]:
        node = node.setdefault(step, {})
    node[steps[-1]] = value
    return data


# ---- what is read


def test_a_scenario_reads_as_the_planner_meant_it():
    scenario = read(SMALL)

    assert scenario.channels["phone"].lines == 8
    assert scenario.channels["phone"].menu.time == Law("deterministic", (30.0,))
    assert scenario.reasons["billing"].talk == {"*": Law("lognormal", (240.0, 180.0))}
    assert scenario.reasons["billing"].channels == {"counter": 0.3, "phone": 0.7}
    assert scenario.calendar.hours["phone"] == (((32400.0, 64800.0),),) * 5 + ((), ())
    assert scenario.calendar.start == dt.date(2026, 3, 2)


def test_what_depends_on_other_keys_is_filled_in():
    scenario = read({**SMALL, "segments": {}})

    assert list(scenario.segments) == ["customers"]
    assert scenario.channels["counter"].kind == "counter"
    assert scenario.channels["counter"].service_level.within == 600.0
    assert scenario.channels["phone"].service_level.within == 20.0


def test_the_promise_of_a_counter_may_be_twenty_seconds():
    scenario = read(changed("channels.counter", {"service_level": {"within": "20 s"}}))

    assert scenario.channels["counter"].service_level.within == 20.0
    assert read(to_plain(scenario)) == scenario


def test_laws_are_read_in_every_way_they_can_be_written():
    cases = {
        "exponential": ({"exponential": "2 min"}, Law("exponential", (120.0,))),
        "cv": ({"gamma": {"mean": "2 min", "cv": "50 %"}}, Law("gamma", (120.0, 60.0))),
        "table": ({"quantiles": {"100 %": "3 min", "0 %": "1 min"}}, Law("quantiles", points=((0.0, 60.0), (1.0, 180.0)))),
        "samples": ({"empirical": ["3 min", 0]}, Law("empirical", (0.0, 180.0))),
        "smaller": (
            {"smaller_of": {"b": "2 min", "a": {"exponential": "1 min"}}},
            Law("smaller_of", parts=(Law("exponential", (60.0,)), Law("deterministic", (120.0,)))),
        ),
        "mixture": (
            {"mixture": {"b": {"share": "20 %", "law": 0}, "a": {"share": 0.8, "law": "unlimited"}}},
            Law("mixture", parts=(Law("deterministic", (math.inf,)), Law("deterministic", (0.0,))), weights=(0.8, 0.2)),
        ),
    }
    for name, (text, law) in cases.items():
        scenario = read(changed("segments.private.patience", text))
        assert scenario.segments["private"].patience == {"*": law}, name


def test_a_law_may_differ_by_channel():
    scenario = read(changed("reasons.billing.talk", {"phone": "4 min", "counter": {"exponential": "10 min"}}))

    assert scenario.reasons["billing"].talk == {"counter": Law("exponential", (600.0,)), "phone": Law("deterministic", (240.0,))}


def test_tables_of_laws_may_stand_in_a_file(tmp_path):
    (tmp_path / "talk.csv").write_text("share,seconds\n0,30\n0.5,120\n1,600\n")
    scenario = read(changed("reasons.billing.talk", {"quantiles": {"file": "talk.csv"}}), tmp_path)

    assert scenario.reasons["billing"].talk["*"].points == ((0.0, 30.0), (0.5, 120.0), (1.0, 600.0))
    (tmp_path / "talk.csv").write_text("share,seconds\n0,30\n0.5,x\n1,-1\n")
    found = problems_of(changed("reasons.billing.talk", {"quantiles": {"file": "talk.csv"}}), folder=tmp_path)
    assert [text for text in found if "line 3" in text] and [text for text in found if "line 4" in text]


# ---- what is refused

REFUSALS = {
    "teams.clerks.agnets": (5, "unknown key", "did you mean 'agents'?"),
    "teams.clerks.agents": (-3, "got -3; must be a whole number from 0 to 100000", ""),
    "channels.phone.menu.time": (4, "got 4; must be a length of time such as 4 min, or a law", "did you mean '4 min'?"),
    "channels.phone.menu.contained": (15, "must be a share from 0 % to 100 %", "did you mean '15 %'?"),
    "reasons.billing.cover": ("rules", "names one of the cover, but the scenario has none", ""),
    "reasons.billing.segments": ("privat", "must be one of the segments: private", "did you mean 'private'?"),
    "reasons.billing.channels": ({"fone": 1}, "is not one of the channels (allowed: counter, phone)", "did you mean 'phone'?"),
    "reasons.billing.asks_for": ("onw", "must be one of anyone, own", "did you mean 'own'?"),
    "reasons.billing.talk": ({"lognorml": {"mean": "4 min"}}, "is neither a law", "did you mean 'lognormal'?"),
    "reasons.billing.wrap_up": ({"lognormal": {"mean": "4 min"}}, "must be given: Standard deviation.", ""),
    "reasons.billing.arrivals.file": ("volumes.csv", "has no files", ""),
    "teams.clerks.head_count": ({"9:00": 3, "9:00:00": 4}, "must name each time once", ""),
    "teams.clerks.skills": ({"biling": {}}, "is not one of the reasons", "did you mean 'billing'?"),
    "calendar.hours.phone": ({"mon-fri": "9-18"}, "must be hours such as 9:00-18:00", ""),
    "calendar.closed": ("2026-02-30", "must be a date", ""),
    "teams.back-office": ({"agents": 1}, "must be a name of letters, digits and _", "did you mean 'back_office'?"),
    "channels.web": ({}, "must be given, counter or phone", ""),
    "replications": (30, "says how to run", ""),
    "appointments": ({}, "is kept for a later version", ""),
    "teams.clerks": (7, "must be a section with keys", ""),
    "reasons.billing.arrivals.weekdays": ({"mon-fri": 1, "wed": 2}, "gives wed again (already in mon-fri)", ""),
}


@pytest.mark.parametrize("path", REFUSALS)
def test_a_wrong_value_is_refused_with_its_path_what_is_allowed_and_the_nearest(path):
    value, words, nearest = REFUSALS[path]

    (found,) = problems_of(changed(path, value))

    assert found.startswith(path.split("=")[0])
    assert words in found
    assert nearest in found
    assert ("did you mean" in found) == bool(nearest)


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    data = {"teams": {"b": {"agents": -1}, "a": {"agnts": 2}}, "channels": {"phone": {"lines": 0}}, "reasons": {"r": {"tlak": "1 min"}}}

    found = problems_of(data)

    assert [text.split(":")[0] for text in found] == ["teams.b.agents", "teams.a.agnts", "channels.phone.lines", "reasons.r.tlak", "reasons.r.talk"]


@pytest.mark.parametrize("value", [None, [], "text", 5, True])
def test_data_that_are_no_mapping_are_refused(value):
    assert problems_of(value)


def test_a_key_without_a_value_is_refused_and_an_empty_section_is_not():
    assert "must have a value" in problems_of(changed("teams.clerks.agents", None))[0]
    assert read(changed("channels.phone.try_again", None)).channels["phone"].try_again.tries == 3


# ---- files stay inside the folder


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.csv", "sub/../../outside.csv", "link.csv", "..\\outside.csv", "C:\\x.csv", "missing.csv", "", "\x00"])
def test_a_file_outside_the_folder_or_missing_is_refused(tmp_path, name):
    folder = tmp_path / "scenario"
    folder.mkdir()
    (tmp_path / "outside.csv").write_text("date,start,volume\n")
    os.symlink(tmp_path / "outside.csv", folder / "link.csv")

    (found,) = problems_of(changed("reasons.billing.arrivals", {"file": name}), folder=folder)

    assert "scenario's folder" in found


def test_the_nearest_file_is_told(tmp_path):
    (tmp_path / "volumes.csv").write_text("date,start,volume\n")

    (found,) = problems_of(changed("reasons.billing.arrivals", {"file": "volume.csv"}), folder=tmp_path)

    assert "did you mean 'volumes.csv'?" in found


# ---- overrides


def test_an_override_sets_a_key_as_typed():
    overrides = [
        "teams.clerks.agents=5",
        "reasons.billing.talk.lognormal.mean=5 min",
        "segments.private.patience.exponential.mean=1 min",
        "channels.phone.menu=null",
        "calendar.warm_up=1 h",
        "calendar.hours.phone.mon-fri=[9:00-12:00, 13:00-17:00]",
        "absences.course={team: clerks, agents: 1, on: 2026-03-03}",
        "title=a: b [c]",
    ]
    scenario = read(SMALL, overrides=overrides)

    assert scenario.teams["clerks"].agents == 5
    assert scenario.reasons["billing"].talk["*"].values == (300.0, 180.0)
    assert scenario.segments["private"].patience["*"].values == (60.0,)
    assert scenario.channels["phone"].menu is None
    assert scenario.calendar.warm_up == 3600.0
    assert scenario.calendar.hours["phone"][0] == ((32400.0, 43200.0), (46800.0, 61200.0))
    assert scenario.absences["course"].on == (dt.date(2026, 3, 3),)
    assert scenario.title == "a: b [c]"


def test_overrides_as_text_and_as_values_mean_the_same():
    as_text = read(SMALL, overrides=["teams.clerks.agents=5", "reasons.billing.solved=0.7", "channels.phone.lines=unlimited"])
    as_values = read(SMALL, overrides={"teams.clerks.agents": 5, "reasons.billing.solved": "70 %", "channels.phone.lines": "unlimited"})

    assert as_text == as_values


BAD_OVERRIDES = {
    "teams.clerk.agents=5": ("the scenario has no teams.clerk (it has: clerks)", "did you mean 'teams.clerks.agents'?"),
    "teams.clerks.agnets=5": ("unknown path", "did you mean 'teams.clerks.agents'?"),
    "team.clerks.agents=5": ("unknown path", "did you mean 'teams.clerks.agents'?"),
    "teams.clerks.agents.x=5": ("is 3 in the scenario", "did you mean 'teams.clerks.agents'?"),
    "reasons.billing.talk.gamma.mean=5 min": ("is a law of kind lognormal", "did you mean 'reasons.billing.talk.lognormal'?"),
    "replications=5": ("says how to run", ""),
    "loyalty.phi=1": ("unknown path: phi is no key here", ""),
    "appointments.phi=1": ("is kept for a later version", ""),
    "teams.clerks": ("must be a path and a value", ""),
    "teams.clerks.agents=": ("must be a whole number", ""),
    "teams.clerks.agents=[1": ("cannot be read as YAML", ""),
    "teams..agents=3": ("the scenario has no", ""),
    "channels=null": ("must be given", ""),
    "reasons.billing.arrivals.per_day=5 min": ("must be a number of 0 or more", ""),
}


@pytest.mark.parametrize("override", BAD_OVERRIDES)
def test_an_override_that_leads_nowhere_is_refused_with_the_nearest_path(override):
    words, nearest = BAD_OVERRIDES[override]

    found = problems_of(SMALL, [override])

    assert any(words in text and nearest in text for text in found), found


def test_two_overrides_of_one_key_are_refused_whatever_their_order():
    pair = ["teams.clerks.agents=5", "teams.clerks={agents: 4}"]
    assert "is set twice" in problems_of(SMALL, pair)[0]
    assert "is set twice" in problems_of(SMALL, pair[::-1])[0]


def test_an_override_changes_no_data_of_the_caller():
    before = yaml.safe_dump(SMALL)
    read(SMALL, overrides={"teams.clerks.agents": 9, "reasons.billing.talk.lognormal.mean": "9 min"})

    assert yaml.safe_dump(SMALL) == before


# ---- YAML 1.2


def test_times_words_and_dates_stay_text():
    text = "a: 9:00\non: yes\nb: 2026-03-02\nc: 1_000\nd: 0x1F\n9:30: no\n1: 010\ne: ~\nf: 1e3\ng: .5\nh: true\n"

    data = parse_yaml(text, "text")

    assert data == {
        "a": "9:00", "on": "yes", "b": "2026-03-02", "c": "1_000", "d": "0x1F", "9:30": "no", "1": 10, "e": None, "f": 1000.0, "g": 0.5, "h": True,
    }  # fmt: skip


def message_of(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_yaml(text, "scenario.yaml")
    return str(caught.value)


def test_a_key_given_twice_is_refused_with_both_lines():
    found = message_of("a: 1\nb: 2\na: 3\n")

    assert "line 3" in found and "first in line 1" in found


def test_a_syntax_error_is_one_line_with_line_and_column():
    found = message_of("a: [1, 2\nb: 3\n")

    assert "line 2" in found and "column" in found and "\n" not in found


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [ls]",
        "a: !x 1",
        "--- 1\n--- 2\n",
        "? [1, 2]\n: 3",
        "a: &x [*x]",
        "a: *x",
        "[" * 100_000,
        '"\\uD800": 1',
        'a: "\\U00110000"',
        "a: \x07",
        "%YAML 3.0\n--- a",
        "{a: 1, <<: {b: 2}, <<: {c: 3}}",
    ],
)
def test_what_scenarios_do_not_hold_is_refused(text):
    assert message_of(text)


def test_aliases_of_aliases_cannot_exhaust_the_machine():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert f"more than {MAX_VALUES} values" in message_of("\n".join(lines))


def test_an_alias_is_a_copy_that_overrides_do_not_share():
    data = parse_yaml("channels: {phone: {}}\nreasons: {a: &a {talk: {exponential: 1 min}, arrivals: {per_day: 1}}, b: *a}\nteams: {t: {agents: 1}}", "x")

    scenario = read(data, overrides=["reasons.a.talk.exponential.mean=2 min"])

    assert scenario.reasons["b"].talk["*"].values == (60.0,)


# ---- laws of the language


@SLOW_DRAWS
@given(valid_scenarios())
def test_a_valid_scenario_reads_and_checks_without_a_problem(data):
    assert check(read(data)).problems == []


@SLOW_DRAWS
@given(valid_scenarios())
def test_plain_data_of_a_scenario_read_back_equal(data):
    scenario = read(data)
    plain = to_plain(scenario)

    assert read(plain) == scenario
    assert to_plain(read(plain)) == plain
    assert read(parse_yaml(yaml.safe_dump(plain, allow_unicode=True), "plain")) == scenario


@SLOW_DRAWS
@given(st.data())
def test_the_order_of_keys_means_nothing(data):
    plain = data.draw(valid_scenarios())
    scenario, other = read(plain), read(shuffled(data.draw, plain))

    assert other == scenario
    assert repr(other) == repr(scenario)


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(mutated(valid_scenarios()))
def test_a_broken_scenario_gives_sentences_and_no_other_exception(data):
    try:
        check(read(data))
    except ScenarioError as error:
        assert error.problems
        str(error).encode()


@settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(paths()), junk, st.booleans())
def test_a_broken_override_gives_sentences_and_no_other_exception(path, value, is_text):
    names = {"<channel>": "phone", "<segment>": "private", "<reason>": "billing", "<team>": "clerks"}
    for placeholder, name in names.items():
        path = path.replace(placeholder, name)
    try:
        check(read(SMALL, None, [f"{path}={value}"] if is_text else {path: value}))
    except ScenarioError as error:
        assert error.problems
        str(error).encode()


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_broken_text_gives_sentences_and_no_other_exception(data):
    text = yaml.safe_dump(SMALL)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    broken = text[:start] + data.draw(st.text(max_size=6)) + text[end:]
    try:
        check(read(parse_yaml(broken, "broken")))
    except ScenarioError as error:
        assert error.problems
        str(error).encode()


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_in_a_file_give_sentences(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("bytes") / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError):
        load(file)


# ---- keys


def test_every_key_says_what_it_is():
    assert len(set(paths())) == len(KEYS) > 100
    for key in KEYS:
        assert key.says.endswith("."), key.path
        assert key.section_says.endswith("."), key.path
    assert BY_PATH["teams.<team>.agents"].kind == "count"
    assert BY_PATH["teams.<team>.members.<agent>.skills.<reason>.speed"].kind == "factor"


@pytest.mark.parametrize("key", [key for key in KEYS if key.example and key.kind not in ("name", "names", "shares", "file")], ids=lambda key: key.path)
def test_the_example_of_a_key_can_be_read(key):
    from servsim.scenario.spot import Reading, Spot
    from servsim.scenario.value import KINDS

    reading = Reading(names={"channels": ("phone", "counter")})
    value = parse_yaml(key.example, "example")
    meta = {"low": key.low, "high": key.high, "above": key.above, "choices": key.choices, "refers": key.refers}

    KINDS[key.kind].read(value, meta, Spot(key.path, reading))

    assert reading.problems == []


# ---- the library


def test_a_scenario_is_found_by_name_folder_and_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = data_dir("scenarios") / "erlang_a" / "scenario.yaml"

    assert find("erlang_a") == find(file.parent) == find(file) == file
    assert load("erlang_a") == load(file.parent)
    assert load("erlang_a").folder == file.parent


def test_the_users_own_scenario_hides_a_bundled_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    new("erlang_a", "erlang_a")
    (tmp_path / "scenarios/erlang_a/scenario.yaml").write_text("title: mine\n")

    assert find("erlang_a") == tmp_path / "scenarios/erlang_a/scenario.yaml"
    assert list_scenarios()["erlang_a"] == find("erlang_a")


def test_an_unknown_scenario_is_refused_with_the_nearest_name():
    for name in ("erlnag_a", "", "\x00", "x" * 5000, "no/such/folder"):
        with pytest.raises(ScenarioError) as caught:
            find(name)
        assert "erlang_a" in str(caught.value)


@pytest.mark.parametrize(("name", "nearest"), [("course_al", "course_all_at_once"), ("course_half_dasy", "course_half_days"), ("cour", ""), ("weather", "")])
def test_the_nearest_name_is_the_only_one_that_begins_so_or_the_one_that_looks_like_it(name, nearest):
    from servsim.scenario.spot import nearest_name

    assert nearest_name(name, ("course_half_days", "course_all_at_once", "menu_first")) == nearest


def test_a_copy_never_overwrites_and_leaves_nothing_half_done(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = new("mine", "erlang_a")

    origin = load("erlang_a")
    assert load("mine", {"title": origin.title}) == origin
    assert load("mine").title == f"mine, copied from erlang_a: {origin.title}"
    (folder / "scenario.yaml").write_text("changed")
    with pytest.raises(ScenarioError):
        new("mine", "erlang_a")
    assert (folder / "scenario.yaml").read_text() == "changed"
    for name in ("../x", "a/b", "", ".hidden", "a b"):
        with pytest.raises(ScenarioError):
            new(name, "erlang_a")
    assert [path.name for path in (tmp_path / "scenarios").iterdir()] == ["mine"]


def test_a_copy_that_fails_half_way_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def fail(source, target):
        Path(target).mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copytree", fail)
    with pytest.raises(ScenarioError, match="No space left"):
        new("mine", "erlang_a")

    assert list((tmp_path / "scenarios").iterdir()) == []


@pytest.mark.parametrize("name", list_scenarios())
def test_every_shipped_scenario_reads_and_checks_without_a_problem(name):
    scenario = load(name)

    assert check(scenario).problems == []
    assert read(to_plain(scenario), scenario.folder) == scenario


# ---- like another scenario


def write_scenario(folder: Path, text: str) -> Path:
    """Write a scenario file into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_scenario_like_another_has_its_changes_and_takes_overrides(tmp_path):
    write_scenario(tmp_path / "base", yaml.safe_dump({**SMALL, "segments": None}))
    text = "like: base\ntitle: Changed\nchanges: {teams.clerks.agents: 7, segments.customers.patience: 2 min}\n"
    folder = write_scenario(tmp_path / "changed", text)

    scenario = load(folder, ["teams.clerks.speed=2"])

    assert (scenario.title, scenario.teams["clerks"].agents, scenario.teams["clerks"].speed) == ("Changed", 7, 2.0)
    assert scenario.segments["customers"].patience == {"*": Law("deterministic", (120.0,))}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("like: itself", "circle"),
        ("like: [a]", "must be the name of a scenario"),
        ("like: basis", "must be the name of a scenario"),
        (f"like: {'x' * 300}", "must be the name of a scenario"),
        ('like: "\\0"', "must be the name of a scenario"),
        ("like: nothing", "must be sections"),
        ("like: base\nchanges: {teams.clerk.agents: 1}", "did you mean 'teams.clerks.agents'?"),
        ("like: base\nchanges: [1]", "must be dotted paths"),
        ("like: base\nteams: {}", "write it under changes"),
    ],
)
def test_a_scenario_like_another_that_makes_no_sense_is_refused(tmp_path, text, words):
    write_scenario(tmp_path / "base", yaml.safe_dump(SMALL))
    write_scenario(tmp_path / "nothing", "just text")

    with pytest.raises(ScenarioError) as caught:
        load(write_scenario(tmp_path / "itself", text))

    assert words in str(caught.value)
