"""Steps: hand-made logs and the steps they must give, the sentences of every language, and that no code of the logs is forgotten."""

from __future__ import annotations

import ast
import json
import logging
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_story import (
    ALL_HERE,
    CLERK,
    COURSE,
    DAY,
    EXECUTIVE,
    FIRST_PRIVATE,
    IN_VAIN,
    PHONE,
    PLAN,
    SECRETARY,
    WALKERS,
    T,
    clerks_day,
    course_day,
    gone,
    own,
    served,
    told_by,
    visit,
)
from test_two_lives import ANECDOTE, BAD, GOOD, remembering

from servsim.engine.log import RunLog
from servsim.engine.simpy_engine import simulate
from servsim.errors import SettingError
from servsim.page.language import ENGLISH, OWN, TOLD, read_tables
from servsim.page.shop import open_shop
from servsim.plan.compile import compile_plan
from servsim.report.agent_steps import ROLE_STEPS, WORK_STEPS, steps_of_agent
from servsim.report.evidence import WORK, Kept, Role
from servsim.report.names import Chronicle
from servsim.report.remembered import HIT_STEPS
from servsim.report.sentence import clock_text
from servsim.report.steps import (
    AGENT_STEPS,
    CONTACT_STEPS,
    ENDINGS,
    LIFE_STEPS,
    RESERVED_ENTRIES,
    RESERVED_OUTCOMES,
    VALUES_OF,
    ContactSteps,
    Step,
    step,
)
from servsim.report.telling import Telling
from servsim.report.two_lives import LifeSum, sum_steps, two_lives
from servsim.rules import codes
from servsim.rules.codes import Cover, Entry, Hit, LegKind, NextStep, Outcome, Solved, StaffState
from servsim.scenario.reader import load

PAGE = Path(__file__).resolve().parents[1] / "servsim" / "page"
REPORT = PAGE.parent / "report"


def steps_of(chronicle: Chronicle, row: int = 0) -> list[Step]:
    """Return the steps of one contact, without who it was."""
    return ContactSteps(chronicle).alone(row)[1:]


def keys_of(chronicle: Chronicle, row: int = 0) -> list[str]:
    return [each.key for each in steps_of(chronicle, row)]


# ---- hand-made contacts


def test_the_founding_anecdote_is_told_step_by_step() -> None:
    first = served(T + 720.0, 840.0, 480.0, 540.0, **IN_VAIN)
    second = served(T + DAY + 720.0, 0.0, 600.0, **own(T), agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.COMEBACK, leg=1)
    found = ContactSteps(told_by(first, second, presence=COURSE)).of_case([0, 1])

    assert found == [
        [
            ("came", {"channel": "counter", "at": "2026-03-05T10:12"}),
            ("matter", {"reason": "account_visit"}),
            ("asked_for", {"agent": "executives/1"}),
            ("own_away_all_day", {"agent": "executives/1"}),
            ("absence", {"absence": "course"}),
            ("colleagues_away", {"n": 2}),
            ("waited", {"wait_s": 840}),
            ("served_substitute", {"agent": "clerks/1"}),
            ("searched_without_file", {"search_s": 540}),
            ("talked", {"talk_s": 480}),
            ("not_settled", {}),
            ("left", {"at": "2026-03-05T10:43", "stay_s": 1860}),
        ],
        [
            ("came", {"channel": "counter", "at": "2026-03-06T10:12"}),
            ("same_matter", {}),
            ("asked_for", {"agent": "executives/1"}),
            ("no_wait", {}),
            ("served_own", {"agent": "executives/1"}),
            ("talked", {"talk_s": 600}),
            ("settled", {}),
            ("left", {"at": "2026-03-06T10:22", "stay_s": 600}),
        ],
    ]


def test_somebody_unknown_is_named_by_segment_and_a_known_one_by_number() -> None:
    unknown = ContactSteps(told_by(served(T, 0.0, 60.0, customer=-1, segment=WALKERS))).alone(0)
    known = ContactSteps(told_by(served(T, 0.0, 60.0))).alone(0)

    assert (unknown[0], known[0]) == (("who_segment", {"segment": "walkers"}), ("who_customer", {"customer": "private/12"}))


QUEUED: dict[str, Any] = {"queued_s": T, "queue": 0, "cover": Cover.TEAM}
OWNED = own(T)
COMPLAINT: dict[str, Any] = {**OWNED, "agent": SECRETARY, "cover": Cover.DESK, "entry": Entry.COMPLAINT, "leg_kind": LegKind.COMPLAINT}
NEVER: dict[str, Any] = {"answered_s": np.nan, "ended_s": np.nan, "outcome": Outcome.OPEN, "next_step": NextStep.UNDECIDED}
ON_PHONE: dict[str, Any] = {**OWNED, "channel": PHONE}
RECOVERY: dict[str, Any] = {**OWNED, "cover": Cover.DESK, "entry": Entry.RECOVERY, "leg_kind": LegKind.RECOVERY}


@pytest.mark.parametrize(
    ("row", "keys"),
    [
        (gone(T, Outcome.BLOCKED, channel=PHONE), ["called", "matter", "lines_busy", "never_called_again"]),
        (gone(T, Outcome.BALKED), ["came", "matter", "left_at_once", "never_came_again"]),
        (gone(20 * 3600.0, Outcome.CLOSED), ["came", "matter", "closed", "never_came_again"]),
        (gone(T, Outcome.DISCONNECTED, 300.0, **QUEUED), ["came", "matter", "waited", "line_cleared", "never_came_again"]),
        (gone(T, Outcome.DISCONNECTED, 300.0, channel=PHONE), ["called", "matter", "menu_cut_off", "never_called_again"]),
        (gone(T, Outcome.TURNED_AWAY, 300.0, **QUEUED), ["came", "matter", "waited", "sent_away", "never_came_again"]),
        (gone(T, Outcome.ABANDONED, 90.0, channel=PHONE, try_number=1, entry=Entry.REDIAL, **QUEUED), ["called", "try", "waited", "gave_up_on_phone", "never_called_again"]),
        (gone(T, Outcome.MESSAGE_LEFT, **QUEUED), ["came", "matter", "message_on_machine", "message_forgotten", "never_came_again"]),
        (gone(T, Outcome.TOLD_TO_COME_BACK, **QUEUED), ["came", "matter", "told_by_notice", "never_came_again"]),
        (gone(T, Outcome.CONTAINED, 30.0, channel=PHONE) | {"solved": Solved.YES, "next_step": NextStep.NONE}, ["called", "matter", "menu_solved"]),
        (gone(T, Outcome.CONTAINED, 30.0), ["came", "matter", "reception_unsolved", "never_came_again"]),
        (visit(T, **QUEUED), ["came", "matter", "run_ended_in_line"]),
        (visit(T, **QUEUED, answered_s=T + 60.0, agent=CLERK), ["came", "matter", "waited", "served", "run_ended_in_service"]),
        (served(T, 0.0, 60.0, entry=Entry.FOLLOW_UP, lineage=5), ["came", "matter_grown", "no_wait", "served", "talked", "settled", "left"]),
        (served(T, 0.0, 60.0, entry=Entry.RETRY_CLOSED), ["came", "had_been_closed", "no_wait", "served", "talked", "settled", "left"]),
        (gone(T, Outcome.LOST_DEMAND), ["would_have_come", "matter", "had_left_for_good"]),
        (gone(T, Outcome.LOST_DEMAND, entry=Entry.RECOVERY, leg_kind=LegKind.RECOVERY), ["firm_s_call_not_made", "had_left_for_good"]),
        (served(T, 300.0, 420.0, **COMPLAINT) | {"solved": Solved.NO}, ["went_to_complain", "waited", "complaint_heard", "that_took", "complaint_no_authority", "left_after_complaint"]),
        (served(T, 0.0, 420.0, **COMPLAINT | {"channel": PHONE}), ["called_to_complain", "no_wait", "complaint_heard", "that_took", "complaint_settled", "hung_up_after_complaint"]),
        (gone(T, Outcome.ABANDONED, 600.0, **QUEUED | COMPLAINT), ["went_to_complain", "waited_to_complain", "gave_up", "never_came_again"]),
        (served(T, 600.0, 300.0, **RECOVERY), ["recovery_call", "talked", "settled"]),
        (served(T, 600.0, 300.0, **RECOVERY) | NEVER, ["recovery_open"]),
        (served(T, 60.0, 360.0, **ON_PHONE, agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.CALL_BACK, leg_kind=LegKind.CALL_BACK), ["called_back", "talked", "settled"]),
        (served(T, 60.0, 360.0, **ON_PHONE, entry=Entry.CALL_BACK, leg_kind=LegKind.CALL_BACK) | NEVER, ["call_back_open"]),
    ],
)  # fmt: skip
def test_each_way_to_come_and_to_end_has_its_steps(row: dict[str, Any], keys: list[str]) -> None:
    assert keys_of(told_by(row)) == keys


def test_what_followed_is_told_with_the_last_contact_of_a_case() -> None:
    again = served(T, 0.0, 60.0, solved=Solved.NO, next_step=NextStep.COMES_BACK, next_row=1)
    later = served(T + 2 * DAY, 0.0, 60.0, entry=Entry.COMEBACK, leg=1)
    after_the_end = again | {"next_row": -1}

    assert steps_of(told_by(again, later))[-1] == ("came_again", {"at": "2026-03-07T10:00"})
    assert keys_of(told_by(after_the_end))[-1] == "run_ended_before_again"
    assert [[each.key for each in steps][-1] for steps in ContactSteps(told_by(again, later)).of_case([0, 1])] == ["left", "left"]


def test_a_broken_promise_and_a_call_ahead_have_their_steps() -> None:
    call = served(T + 180.0, 82_020.0, 360.0, **ON_PHONE, agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.CALL_BACK, leg_kind=LegKind.CALL_BACK)
    late = told_by(call, presence=COURSE)._replace(plan=PLAN._replace(promise_s=np.array([4 * 3600.0])))
    course = PLAN._replace(away_from_s=PLAN.away_from_s + DAY, away_to_s=PLAN.away_to_s + DAY)
    ahead = served(T, 0.0, 120.0, **OWNED, root=(1 << 37) | 3, agent=SECRETARY, cover=Cover.DESK, entry=Entry.NOTICE, leg_kind=LegKind.NOTICE)

    assert steps_of(late)[:2] == [("called_back", {"agent": "executives/1", "at": "2026-03-06T08:50", "gap_s": 82_020}), ("promised_within", {"promise_s": 14_400})]
    assert steps_of(told_by(ahead)._replace(plan=course)) == [
        ("notice_call", {"agent": "secretary/1", "at": "2026-03-05T10:00"}),
        ("own_will_be_away", {"agent": "executives/1", "date": "2026-03-06"}),
        ("absence", {"absence": "course"}),
        ("that_took", {"talk_s": 120}),
        ("kept_planned_day", {}),
    ]


def test_why_the_rules_before_could_not_be_followed_has_its_steps() -> None:
    one_colleague = [change for change in COURSE if change[:2] != (EXECUTIVE + 1, 9 * 3600.0)] + [(EXECUTIVE + 1, 9 * 3600.0, StaffState.ON)]
    substitutes = int(PLAN.substitute_queue[0])
    ahead = [served(T - 60.0, 900.0, 60.0, root=k, queue=substitutes, **OWNED, cover=Cover.SUBSTITUTE, has_file=1) for k in (1, 2)]
    sent = served(T, 600.0, 180.0, root=3, **OWNED, agent=SECRETARY, cover=Cover.DESK, queue=int(PLAN.come_back_queue[0]))
    sent |= {"outcome": Outcome.TOLD_TO_COME_BACK, "solved": Solved.NOT_SERVED, "next_step": NextStep.GIVES_UP}
    found = steps_of(told_by(*ahead, sent, presence=one_colleague), 2)

    assert found[5:] == [
        ("colleagues_away_or_full", {"n": 2, "away_n": 1, "full_n": 1}),
        ("substitutes_full", {"team": "clerks", "n": 2}),
        ("waited", {"wait_s": 600}),
        ("desk_come_back", {"agent": "secretary/1"}),
        ("that_took", {"talk_s": 180}),
        ("left", {"at": "2026-03-05T10:13", "stay_s": 780}),
        ("never_came_again", {}),
    ]


def test_who_waited_for_an_executive_that_went_away_has_a_step_for_it() -> None:
    leaves = [*ALL_HERE, (EXECUTIVE, T + 600.0, StaffState.AWAY), (EXECUTIVE, T + 7200.0, StaffState.ON)]
    in_hand = served(T - 300.0, 0.0, 900.0, **OWNED, root=1, agent=EXECUTIVE, cover=Cover.OWN)
    row = served(T, 1200.0, 300.0, **OWNED, queue=int(PLAN.own_queue[EXECUTIVE]), agent=EXECUTIVE + 1, cover=Cover.BUDDY, has_file=1)
    found = steps_of(told_by(in_hand, row, presence=leaves), 1)

    assert ("own_busy", {"agent": "executives/1"}) in found and ("served_colleague", {"agent": "executives/2"}) in found
    assert ("own_went_away", {"agent": "executives/1", "at": "2026-03-05T10:10"}) in found and ("had_file", {}) in found


# ---- lives and agents


def test_both_lives_have_steps_day_by_day_and_a_sum() -> None:
    lives = two_lives(ANECDOTE, "owned/5")

    assert lives.title_step == ("lives_of_owned", {"customer": "owned/5", "agent": lives.executive}) and lives.executive
    assert [each.steps[0].key for day in lives.days for each in day.other] == ["came", "went_to_complain", "came", "came"]
    assert list(sum_steps(lives.other_sum)) == [
        ("sum_contacts", {"n": 4}),
        ("sum_waited", {"wait_s": 990}),
        ("sum_in_vain", {"n": 1}),
        ("sum_complaints", {"n": 1}),
        ("sum_met", {"met_n": 2, "n": 2}),
    ]
    assert list(sum_steps(LifeSum(0, 0, 0, 0, 0, 0, 0))) == [("sum_nothing", {})]


def test_what_is_remembered_has_steps_at_the_close_and_at_the_end() -> None:
    base = remembering(ANECDOTE.base, GOOD | {"remedy": 25.0}, account=76.0, mood=0.0, expected=0.004, recovery=np.nan)
    other = remembering(ANECDOTE.other, BAD, account=75.0, recovery=41.0, mood=-12.0, expected=0.03)
    lives = two_lives(ANECDOTE._replace(base=base, other=other), "owned/5")

    assert list(lives.days[0].base[1].steps) == [("case_closed", {"quality_n": 83}), ("satisfaction_stayed", {"n": 76}), ("paid", {"paid_money": 25})]
    assert list(lives.days[1].other[1].steps) == [
        ("case_closed", {"quality_n": 41}),
        ("problem", {}),
        ("hit_no_file", {}),
        ("hit_spoken", {}),
        ("satisfaction_moved", {"before_n": 76, "after_n": 58}),
        ("may_leave", {"leaving_share": 0.021}),
    ]
    assert [each.key for each in lives.end_steps[0]] == ["end_satisfaction", "end_ordinary", "end_no_problem", "end_mood", "end_left_by_now", "end_leaves_within_year"]
    assert ("end_handled", {"n": 41}) in lives.end_steps[1] and ("end_mood", {"n": -12}) in lives.end_steps[1]
    lost = remembering(ANECDOTE.other, BAD | {"lost": 1}, account=75.0, recovery=41.0, mood=-12.0, expected=0.03, lost_s=T + DAY + 600.0)
    assert two_lives(ANECDOTE._replace(other=lost), "owned/5").end_steps[1] == (("lost_for_good", {"date": "2026-03-06"}),)


def test_an_agents_day_has_steps_of_presence_and_of_work() -> None:
    found = steps_of_agent(clerks_day(), CLERK, 0)

    assert found.title == ("agent_day", {"agent": "clerks/1", "date": "2026-03-05"})
    assert found.presence == [
        ("agent_on_duty", {"from_at": "2026-03-05T09:00", "to_at": "2026-03-05T12:00"}),
        ("agent_on_duty", {"from_at": "2026-03-05T12:30", "to_at": "2026-03-05T18:10"}),
        ("agent_break", {"from_at": "2026-03-05T12:00", "to_at": "2026-03-05T12:30"}),
        ("agent_overtime", {"overtime_s": 600}),
    ]
    assert found.work == [
        ("agent_took", {"n": 2}),
        ("agent_took_own_work", {"reason": "bill", "n": 1}),
        ("agent_took_substitute", {"reason": "account_visit", "n": 1}),
        ("agent_unsolved", {"n": 1}),
        ("agent_talked", {"talk_s": 4500}),
        ("agent_searched", {"search_s": 300}),
        ("agent_wrapped_up", {"wrap_up_s": 600}),
        ("agent_busy", {"busy_share": round(5400 / 31_200, 4)}),
    ]
    away = steps_of_agent(told_by(served(T, 0.0, 60.0), presence=COURSE), EXECUTIVE, 0)
    assert [each.key for each in away.presence] == ["agent_not_on_duty", "agent_away", "absence"] and away.work == []
    with pytest.raises(SettingError, match="day: got 4"):
        steps_of_agent(told_by(served(T, 0.0, 60.0)), 0, 4)


# ---- prose and steps


def phone_shop_run() -> Chronicle:
    scenario = load("phone_shop", {"calendar.days": 12, "absences.training": "{team: executives, agents: 4, on: [2026-03-05]}"})
    plan, names = compile_plan(scenario)
    return Chronicle(simulate(plan, 1, 0), plan, names, scenario)


@pytest.mark.parametrize("run", [lambda: course_day(0), phone_shop_run], ids=["course_day", "phone_shop"])
def test_prose_and_steps_name_the_same_moments_and_the_same_agents_of_every_contact(run: Any) -> None:
    chronicle = run()
    agents = set(chronicle.names.agents)
    for row in range(0, len(chronicle.log.contacts["root"]), 5):
        prose, steps = " ".join(Telling(chronicle).alone(row)), ContactSteps(chronicle).alone(row)
        moments = {clock_text(3600.0 * int(value[11:13]) + 60.0 * int(value[14:])) for each in steps for name, value in each.values.items() if name.endswith("at")}
        named = {value for each in steps for value in each.values.values()} & agents
        assert moments == set(re.findall(r"\b\d{1,2}:\d\d\b", prose)), prose
        assert named == {each for each in agents if re.search(rf"{re.escape(each)}\b(?!-)", prose)}, prose


# ---- nothing is forgotten


def members_without(code: Any, reserved: tuple[Any, ...] = ()) -> set[Any]:
    return set(code) - set(reserved)


def test_every_code_of_a_log_has_a_step() -> None:
    telling = ContactSteps(told_by(served(T, 0.0, 60.0)))

    assert set(telling.entries) == members_without(Entry, RESERVED_ENTRIES)
    assert set(telling.outcomes) == members_without(Outcome, RESERVED_OUTCOMES)
    assert set(telling.covers) == members_without(Cover)
    assert set(telling.next_steps) == members_without(NextStep)
    assert set(telling.states) == members_without(Kept)
    assert set(HIT_STEPS) == members_without(Hit, (Hit.NONE,))
    assert set(ROLE_STEPS) == members_without(Role) and set(WORK_STEPS) == set(WORK)


def test_only_codes_that_are_documented_as_reserved_have_no_step() -> None:
    source = Path(codes.__file__).read_text(encoding="utf-8")
    reserved = set(re.findall(r'(\w+) = \d+\n    """\*Reserved\.\*', source))

    assert {each.name for each in (*RESERVED_ENTRIES, *RESERVED_OUTCOMES)} == reserved


def texts_in_code() -> set[str]:
    """Return the text constants of the modules that make steps; of steps.py those after its list of steps only."""
    found = set()
    for name in ("steps", "agent_steps", "remembered", "two_lives"):
        tree = ast.parse((REPORT / f"{name}.py").read_text(encoding="utf-8"))
        bodies = [node for node in tree.body if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.endswith(("_STEPS", "VALUES_OF")) and name == "steps")]
        found |= {each.value for node in bodies for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return found


def test_every_step_of_the_list_is_told_somewhere_in_the_code() -> None:
    assert set(VALUES_OF) - texts_in_code() == set()
    assert len(VALUES_OF) == len(CONTACT_STEPS) + len(LIFE_STEPS) + len(AGENT_STEPS), "no step stands in two lists"


def test_a_step_has_exactly_its_values() -> None:
    assert step("waited", wait_s=60) == ("waited", {"wait_s": 60})
    with pytest.raises(ValueError, match="step waited: has the values wait, n; must have wait_s"):
        step("waited", wait=60, n=1)
    with pytest.raises(KeyError):
        step("waitd", wait_s=60)


def test_the_page_writes_every_ending_of_a_value() -> None:
    script = (PAGE / "static" / "words.js").read_text(encoding="utf-8")
    kinds = script.split("kinds: {", 1)[1].split("},", 1)[0]

    assert set(re.findall(r"^\s+(\w+):", kinds, re.MULTILINE)) == set(ENDINGS)
    names = {name for values in VALUES_OF.values() for name in values}
    assert {name for name in names if name.rpartition("_")[2] not in ENDINGS} == {"absence", "agent", "channel", "customer", "reason", "segment", "team"}


# ---- languages


LANGUAGES = sorted((PAGE / "text").glob("*.json"))


@pytest.mark.parametrize("file", LANGUAGES, ids=[file.stem for file in LANGUAGES])
def test_every_language_has_a_sentence_for_every_step_with_exactly_its_values(file: Path) -> None:
    table = json.loads(file.read_text(encoding="utf-8"))
    told = {key.removeprefix(TOLD): text for key, text in table.items() if key.startswith(TOLD)}

    assert told.keys() == VALUES_OF.keys()
    for key, text in told.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(VALUES_OF[key]), key
        title = key.startswith("lives_of") or key == "agent_day"
        assert text.endswith(".") != title and "  " not in text, key


def test_no_two_ends_of_a_contact_read_the_same() -> None:
    """Different things that happen have different sentences; a title, a list and a sum may share words."""
    for table in read_tables().values():
        told = [table[TOLD + key] for key in CONTACT_STEPS]
        assert len(set(told)) == len(told)


def write(folder: Path, name: str, table: dict[str, str]) -> None:
    (folder / f"{name}.json").write_text(json.dumps(table), encoding="utf-8")


def test_a_language_that_lacks_sentences_of_lives_tells_them_in_english_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    english = read_tables()[ENGLISH]
    page_only = {key: f"x {text}" for key, text in english.items() if not key.startswith(TOLD)} | {"locale": "th-TH"}
    write(tmp_path, "th", page_only | {"told_waited": "รอ {wait_s}"})
    with caplog.at_level(logging.WARNING, "servsim.page"):
        table = read_tables(tmp_path)["th"]

    assert table["told_waited"] == "รอ {wait_s}" and table["told_served"] == english["told_served"] and table["play"] == "x Play"
    assert list(table) == list(english)
    (said,) = caplog.messages
    assert said.startswith(f"texts: th.json: lacks {len(VALUES_OF) - 1} sentences of lives and agents' days, which will be English: told_who_customer, ")
    assert said.endswith(" ...") and "told_waited," not in said


@pytest.mark.parametrize("locale", ["th", "th-TH", "zh-Hant-TW", "es-419", "th-TH-u-ca-gregory"])
def test_a_locale_is_any_that_browsers_know(locale: str, tmp_path: Path) -> None:
    write(tmp_path, "xx", read_tables()[ENGLISH] | {"locale": locale})
    assert read_tables(tmp_path)["xx"]["locale"] == locale


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"told_waited": "รอ"}, "told_waited: must have the names in braces wait_s; has none"),
        ({"told_waitd": "รอ"}, "told_waitd is no text of the page; did you mean told_waited"),
        ({"told_waited": " "}, "told_waited: is empty"),
        ({"locale": "th_TH"}, "locale: got 'th_TH'; must be such as th-TH"),
    ],
)
def test_a_wrong_sentence_of_lives_is_refused(wrong: dict[str, str], says: str, tmp_path: Path) -> None:
    write(tmp_path, "th", {**read_tables()[ENGLISH], **wrong})
    with pytest.raises(SettingError, match=re.escape(f"texts: th.json: {says}")):
        read_tables(tmp_path)


# ---- the scenario's own names


def own_texts(table: dict[str, str]) -> dict[str, str]:
    return {key.removeprefix(OWN): text for key, text in table.items() if key.startswith(OWN)}


def test_the_lesson_s_names_and_titles_are_listed_as_the_scenario_has_them_and_are_put_into_every_language() -> None:
    shop = open_shop("phone_shop")
    titles = {shop.scenario.title, *(part.title for name in shop.files for part in shop.decision(name).parts)}
    names = {*shop.scenario.teams, *shop.scenario.channels, *shop.scenario.segments, *shop.scenario.reasons, *shop.scenario.absences, "course", "course_second"}
    english = own_texts(read_tables()[ENGLISH])

    assert (titles | names) - english.keys() == set(), "as en.json lists them, so that a translator sees them"
    assert {title: english[title] for title in titles} == {title: title for title in titles}
    assert {text for text in own_texts(read_tables()["ru"]).values() if re.search("[A-Za-z]", text)} == set()


def test_a_language_may_name_what_is_a_scenario_s_own_and_need_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    english = read_tables()[ENGLISH]
    write(tmp_path, "th", {key: text for key, text in english.items() if not key.startswith(OWN)} | {"= till": "โต๊ะ", "= One more till": "โต๊ะอีกตัว"})
    with caplog.at_level(logging.WARNING, "servsim.page"):
        table = read_tables(tmp_path)["th"]

    assert (table["= till"], table["= One more till"]) == ("โต๊ะ", "โต๊ะอีกตัว") and caplog.messages == []


# ---- every contact and every agent


def test_every_contact_and_every_agent_of_a_real_run_has_steps() -> None:
    chronicle = course_day(0)
    telling, names = ContactSteps(chronicle), {name for values in VALUES_OF.values() for name in values}
    found = [each for row in range(len(chronicle.log.contacts["root"])) for each in telling.alone(row)]
    for agent, day in product(range(len(chronicle.names.agents)), (2, 3)):
        days = steps_of_agent(chronicle, agent, day)
        found += [days.title, *days.presence, *days.work]

    assert len({each.key for each in found}) > 40
    assert {name for each in found for name in each.values} <= names
    assert all(not (isinstance(value, float) and np.isnan(value)) for each in found for value in each.values.values())


def test_a_lost_customers_step_says_since_when_where_the_log_knows() -> None:
    lost = told_by(gone(T + DAY, Outcome.LOST_DEMAND))
    lost_s = np.full(int(PLAN.segment_size.sum()), np.nan)
    lost_s[FIRST_PRIVATE + 11] = T
    known = lost._replace(log=RunLog(0, 1, lost.log.contacts, lost.log.presence, {}, {"lost_s": lost_s}))

    assert steps_of(known)[-1] == ("had_left_for_good_at", {"at": "2026-03-05T10:00"})
