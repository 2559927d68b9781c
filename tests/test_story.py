"""Stories: hand-made logs and the sentences they must give, word for word; and a course day out of a real run."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from servsim.engine.log import CONTACT_COLUMNS, RunLog
from servsim.engine.simpy_engine import simulate
from servsim.errors import SettingError
from servsim.plan.compile import compile_plan
from servsim.report.names import Chronicle, find_agent, find_customer
from servsim.report.sentence import (
    clock_text,
    duration_words,
    listed,
    moment_text,
    ordinal_text,
    share_text,
    wait_words,
)
from servsim.report.story import (
    find_anecdote,
    rows_of_case,
    story_of_agent,
    story_of_anecdote,
    story_of_case,
    story_of_contact,
    story_of_customer,
    story_of_run,
    typical_long_wait,
)
from servsim.rules.codes import Cover, Entry, LegKind, NextStep, Outcome, Solved, StaffState
from servsim.scenario.reader import load, read

DAY = 86_400.0
T = 10 * 3600.0
"""Ten o'clock on the first day, Thursday 5 March 2026."""

WORLD: dict[str, Any] = {
    "calendar": {"start": "2026-03-05", "days": 4, "hours": {"counter": {"mon-sun": "9:00-18:00"}, "phone": {"mon-sun": "9:00-18:00"}}},
    "channels": {
        "counter": {"seats": 3},
        "phone": {"lines": 2, "menu": {"time": "30 s", "contained": "10 %"}},
    },
    "segments": {"owned": {"customers": 20, "own_executive": {"team": "executives"}}, "private": {"customers": 30}, "walkers": {}},
    "reasons": {
        "account_visit": {"segments": "owned", "channels": "counter", "asks_for": "own", "cover": "visits", "talk": "10 min", "arrivals": {"per_day": 5}},
        "bill": {"segments": "private", "channels": {"counter": "50 %", "phone": "50 %"}, "talk": "5 min", "arrivals": {"per_day": 5}},
        "look": {"segments": "walkers", "channels": "counter", "talk": "5 min", "arrivals": {"per_day": 5}},
    },
    "teams": {"clerks": {"agents": 2}, "executives": {"agents": 3}, "secretary": {"agents": 1}},
    "routes": {"all": {"teams": ["clerks"]}},
    "cover": {
        "visits": {
            "busy": ["wait"],
            "away": ["buddy", "substitute", "come_back"],
            "buddy": {"longest_line": 2},
            "substitute": {"team": "clerks", "longest_line": 2},
            "come_back": {"team": "secretary"},
        }
    },
    "absences": {"course": {"team": "executives", "on": ["2026-03-05"]}},
}  # fmt: skip
COMPILED_SCENARIO = read(WORLD)
PLAN, NAMES = compile_plan(COMPILED_SCENARIO)
COUNTER, PHONE = NAMES.channels.index("counter"), NAMES.channels.index("phone")
VISIT, BILL, LOOK = (NAMES.reasons.index(name) for name in ("account_visit", "bill", "look"))
OWNED, PRIVATE, WALKERS = (NAMES.segments.index(name) for name in ("owned", "private", "walkers"))
CLERK, EXECUTIVE, SECRETARY = (find_agent(NAMES, name) for name in ("clerks/1", "executives/1", "secretary/1"))
FIRST_OWNED, FIRST_PRIVATE = find_customer(PLAN, NAMES, "owned/1"), find_customer(PLAN, NAMES, "private/1")

ALL_HERE = [(agent, day * DAY + 9 * 3600.0, StaffState.ON) for agent in range(len(NAMES.agents)) for day in range(4)] + [
    (agent, day * DAY + 18 * 3600.0, StaffState.OFF) for agent in range(len(NAMES.agents)) for day in range(4)
]
COURSE = [
    (agent, time_s, StaffState.AWAY if EXECUTIVE <= agent < EXECUTIVE + 3 and time_s == 9 * 3600.0 else state) for agent, time_s, state in ALL_HERE
]
"""All three executives are away on the first day."""


def told_by(*rows: dict[str, Any], presence: list[tuple[int, float, int]] = ALL_HERE) -> Chronicle:
    """Return the chronicle of hand-made contacts."""
    columns = {name: np.array([row.get(name, new) for row in rows], dtype=np.dtype(code)) for name, code, new, _ in CONTACT_COLUMNS}
    changes = sorted(presence, key=lambda change: change[1])
    agent, time_s, state = (list(column) for column in zip(*changes, strict=True))
    seen = {"agent": np.array(agent, np.int32), "time_s": np.array(time_s, float), "state": np.array(state, np.int8)}
    return Chronicle(RunLog(0, 1, columns, seen), PLAN, NAMES, COMPILED_SCENARIO)


def visit(arrived_s: float, **more: Any) -> dict[str, Any]:
    """Return a contact at the counter for a bill, in which nothing has happened yet."""
    usual = {"root": 7, "channel": COUNTER, "reason": BILL, "segment": PRIVATE, "customer": FIRST_PRIVATE + 11, "arrived_s": arrived_s, "patience_s": np.inf}
    return {**usual, **more}


def served(arrived_s: float, wait_s: float, talk_s: float, search_s: float = 0.0, **more: Any) -> dict[str, Any]:
    """Return a contact that a clerk served and solved."""
    answered_s = arrived_s + wait_s
    ended_s = answered_s + search_s + talk_s
    usual = {"queued_s": arrived_s, "answered_s": answered_s, "ended_s": ended_s, "released_s": ended_s, "search_s": search_s, "agent": CLERK}
    done = {"outcome": Outcome.ANSWERED, "next_step": NextStep.NONE, "solved": Solved.YES, "cover": Cover.TEAM}
    return visit(arrived_s, **{**usual, **done, **more})


def own(arrived_s: float, **more: Any) -> dict[str, Any]:
    """Return what is the same of all visits of customer 5 of the first executive."""
    return {"reason": VISIT, "segment": OWNED, "customer": FIRST_OWNED + 4, "owner": EXECUTIVE, **more}


def gone(arrived_s: float, outcome: Outcome, wait_s: float = 0.0, **more: Any) -> dict[str, Any]:
    """Return a contact that nobody served."""
    return visit(arrived_s, ended_s=arrived_s + wait_s, outcome=outcome, next_step=NextStep.GIVES_UP, **more)


def contact_text(chronicle: Chronicle, row: int = 0) -> str:
    """Return the sentences of one contact."""
    (paragraph,) = story_of_contact(chronicle, row).paragraphs
    return paragraph


# ---- words


def test_times_and_lengths_are_written_as_people_say_them() -> None:
    start = COMPILED_SCENARIO.calendar.start

    assert moment_text(start, 9 * 3600 + 42 * 60 + 59) == "Thu 5 March, 9:42"
    assert moment_text(start, DAY * 27 + 60) == "Wed 1 April, 0:01"
    assert clock_text(3 * DAY + 15 * 3600) == "15:00"
    assert [duration_words(s) for s in (1.2, 40, 60, 89, 120, 840, 7140, 7800, 7200, 3 * DAY)] == [
        "1 second", "40 seconds", "1 minute", "89 seconds", "2 minutes", "14 minutes", "119 minutes", "2 h 10 min", "2 h", "3 days",
    ]  # fmt: skip
    assert [wait_words(s) for s in (40, 60, 840, 7800, DAY * 2)] == [
        "40 seconds' wait", "1 minute's wait", "14 minutes' wait", "a wait of 2 h 10 min", "2 days' wait",
    ]  # fmt: skip
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [ordinal_text(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 112)] == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]
    assert [share_text(x) for x in (0, 0.82, 0.0743, 0.00089, 1e-6, 1)] == ["0 %", "82 %", "7.4 %", "0.09 %", "< 0.01 %", "100 %"]


# ---- one contact


def test_a_visit_that_is_served_after_a_wait_is_told_in_three_sentences() -> None:
    told = contact_text(told_by(served(T, 360.0, 300.0)))

    assert told == (
        "Customer private/12 came to the counter on Thu 5 March at 10:00 for bill."
        " After 6 minutes' wait clerks/1 served, talked for 5 minutes and settled the matter."
        " The customer left at 10:11, 11 minutes after coming in."
    )


def test_a_call_of_somebody_unknown_tells_the_menu_and_the_first_ring() -> None:
    row = served(T, 0.0, 90.0, channel=PHONE, customer=-1, segment=WALKERS, queued_s=T + 30.0, answered_s=T + 30.0, ended_s=T + 120.0)

    assert contact_text(told_by(row)) == (
        "A customer of walkers called on Thu 5 March at 10:00 for bill. The menu took 30 seconds."
        " At once clerks/1 served, talked for 90 seconds and settled the matter."
        " The customer hung up at 10:02, 2 minutes after the first ring."
    )


def test_a_matter_that_was_not_settled_says_whether_the_customer_came_again() -> None:
    again = served(T, 0.0, 60.0, solved=Solved.NO, next_step=NextStep.COMES_BACK, next_row=1)
    later = served(T + 2 * DAY, 0.0, 60.0, entry=Entry.COMEBACK, leg=1)
    given_up = served(T, 0.0, 60.0, solved=Solved.NO, next_step=NextStep.GIVES_UP)
    after_the_end = served(T, 0.0, 60.0, solved=Solved.NO, next_step=NextStep.COMES_BACK, next_row=-1)

    assert contact_text(told_by(again, later)).endswith("and could not settle the matter. The customer left at 10:01, 1 minute after coming in."
                                                        " The customer was back on Sat 7 March at 10:00.")  # fmt: skip
    assert contact_text(told_by(given_up)).endswith("The customer did not come again; the matter was never settled.")
    assert contact_text(told_by(after_the_end)).endswith("The run ended before the customer came again.")


def test_who_gives_up_on_the_phone_redials() -> None:
    first = gone(T, Outcome.ABANDONED, 90.0, channel=PHONE, queued_s=T, queue=0, cover=Cover.TEAM)
    first |= {"next_step": NextStep.REDIALS, "next_row": 1}
    second = served(T + 900.0, 0.0, 60.0, channel=PHONE, entry=Entry.REDIAL, try_number=1)

    assert contact_text(told_by(first, second)) == (
        "Customer private/12 called on Thu 5 March at 10:00 for bill."
        " After 90 seconds' wait the customer gave up and hung up at 10:01. The customer called again at 10:15."
    )
    assert contact_text(told_by(first, second), 1).startswith("Customer private/12 called again on Thu 5 March at 10:15 (2nd try).")


def test_a_busy_line_a_full_room_a_long_line_and_a_closed_door_are_told_apart() -> None:
    inside = [served(T - 60.0, 30.0, 600.0, root=k, queue=0) for k in range(3)]
    assert "The line was busy: all 2 lines were in use." in contact_text(told_by(gone(T, Outcome.BLOCKED, channel=PHONE)))
    assert "All 3 places in the room were taken, and the customer left at once." in contact_text(told_by(*inside, gone(T, Outcome.BALKED)), 3)
    waits = served(T - 60.0, 600.0, 60.0, root=1, queue=0)
    assert "The customer saw 1 person waiting and left at once." in contact_text(told_by(waits, gone(T, Outcome.BALKED)), 1)
    assert "The counter was closed." in contact_text(told_by(gone(20 * 3600.0, Outcome.CLOSED)))


def test_the_other_ways_to_leave_without_an_agent_have_their_sentences() -> None:
    queued = {"queued_s": T, "queue": 0, "cover": Cover.TEAM}
    told = {
        Outcome.DISCONNECTED: "After 5 minutes' wait the line was cleared at 10:05, at closing time.",
        Outcome.TURNED_AWAY: "After 5 minutes' wait the customer was sent away unserved at 10:05, because nobody was left to serve.",
    }
    for outcome, sentence in told.items():
        assert sentence in contact_text(told_by(gone(T, outcome, 300.0, **queued)))
    contained = gone(T, Outcome.CONTAINED, 30.0, channel=PHONE) | {"solved": Solved.YES, "next_step": NextStep.NONE}
    assert contact_text(told_by(contained)).endswith("for bill. The menu met the need.")


def test_contacts_that_the_end_of_the_run_cuts_off_say_so() -> None:
    waiting = visit(T, queued_s=T, queue=0, cover=Cover.TEAM)
    in_service = visit(T, queued_s=T, answered_s=T + 60.0, agent=CLERK, cover=Cover.TEAM)

    assert contact_text(told_by(waiting)).endswith("The customer was still waiting when the run ended.")
    assert contact_text(told_by(in_service)).endswith("After 1 minute's wait clerks/1 served. The customer was still being served when the run ended.")


# ---- own executives


IN_VAIN = own(T) | {"cover": Cover.SUBSTITUTE, "has_file": 0, "solved": Solved.NO, "next_step": NextStep.COMES_BACK, "next_row": 1}


def test_the_founding_anecdote_is_told_with_the_absence_the_search_and_the_second_visit() -> None:
    first = served(T + 720.0, 840.0, 480.0, 540.0, **IN_VAIN)
    second = served(T + DAY + 720.0, 0.0, 600.0, **own(T), agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.COMEBACK, leg=1)
    story = story_of_case(told_by(first, second, presence=COURSE), 0)

    assert story.title == "The case of contact 0, Thu 5 March, 10:12"
    assert story.paragraphs == (
        "Customer owned/5 came to the counter on Thu 5 March at 10:12 for account_visit and asked for executives/1, who was away all day (course)."
        " All two colleagues were away."
        " After 14 minutes' wait clerks/1 took over as a substitute, searched for 9 minutes without the file, talked for 8 minutes"
        " and could not settle the matter. The customer left at 10:43, 31 minutes after coming in.",
        "The customer came to the counter again on Fri 6 March at 10:12 and asked for executives/1."
        " At once executives/1 served, talked for 10 minutes and settled the matter. The customer left at 10:22, 10 minutes after coming in.",
    )


def test_why_the_rules_before_could_not_be_followed_is_told() -> None:
    one_colleague = [change for change in COURSE if change[:2] != (EXECUTIVE + 1, 9 * 3600.0)] + [(EXECUTIVE + 1, 9 * 3600.0, StaffState.ON)]
    substitutes = int(PLAN.substitute_queue[0])
    ahead = [served(T - 60.0, 900.0, 60.0, root=k, queue=substitutes, **own(T), cover=Cover.SUBSTITUTE, has_file=1) for k in (1, 2)]
    sent = served(T, 600.0, 180.0, root=3, **own(T), agent=SECRETARY, cover=Cover.DESK, queue=int(PLAN.come_back_queue[0]))
    sent |= {"outcome": Outcome.TOLD_TO_COME_BACK, "solved": Solved.NOT_SERVED, "next_step": NextStep.GIVES_UP}

    assert (
        "One of two colleagues was away and the other had a full line; 2 others already waited for a substitute from clerks."
        " After 10 minutes' wait secretary/1 could only ask the customer to come back another day, which took 3 minutes."
        " The customer left at 10:13, 13 minutes after coming in. The customer did not come again; the matter was never settled."
    ) in contact_text(told_by(*ahead, sent, presence=one_colleague), 2)


def test_a_colleague_who_covers_is_told_as_one() -> None:
    away = [(agent, t, StaffState.AWAY if (agent, t) == (EXECUTIVE, 9 * 3600.0) else state) for agent, t, state in ALL_HERE]
    row = served(T, 0.0, 300.0, 120.0, **own(T), agent=EXECUTIVE + 1, cover=Cover.BUDDY, has_file=1)

    assert contact_text(told_by(row, presence=away)).endswith(
        "who was away all day (course). At once executives/2 took over as a colleague, searched for 2 minutes with the file at hand,"
        " talked for 5 minutes and settled the matter. The customer left at 10:07, 7 minutes after coming in."
    )


def test_who_waited_for_an_executive_that_went_away_is_received_anew() -> None:
    leaves = [*ALL_HERE, (EXECUTIVE, T + 600.0, StaffState.AWAY), (EXECUTIVE, T + 7200.0, StaffState.ON)]
    in_hand = served(T - 300.0, 0.0, 900.0, **own(T), root=1, agent=EXECUTIVE, cover=Cover.OWN)
    row = served(T, 1200.0, 300.0, **own(T), queue=int(PLAN.own_queue[EXECUTIVE]), agent=EXECUTIVE + 1, cover=Cover.BUDDY, has_file=1)

    told = contact_text(told_by(in_hand, row, presence=leaves), 1)
    assert "asked for executives/1, who was busy with another customer." in told
    assert "The customer waited for executives/1 until 10:10, when executives/1 went away (course)." in told
    assert "After 20 minutes' wait executives/2 took over as a colleague, had the file, talked for 5 minutes and settled the matter." in told


def test_a_message_and_the_call_back_belong_together() -> None:
    message = served(T, 0.0, 180.0, **own(T), channel=PHONE, agent=SECRETARY, cover=Cover.DESK)
    message |= {"outcome": Outcome.MESSAGE_LEFT, "solved": Solved.NOT_SERVED, "next_step": NextStep.CALL_BACK, "next_row": 1}
    call = served(T + 180.0, 82_020.0, 360.0, **own(T), channel=PHONE, agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.CALL_BACK, leg_kind=LegKind.CALL_BACK)
    chronicle = told_by(message, call, presence=COURSE)

    assert contact_text(chronicle).endswith(
        "At once secretary/1 took a message, which took 3 minutes. The customer hung up at 10:03, 3 minutes after the first ring."
        " On Fri 6 March at 8:50, 22 h 47 min after the message, executives/1 called back, talked for 6 minutes and settled the matter."
    )
    assert contact_text(chronicle, 1).startswith("On Fri 6 March at 8:50, 22 h 47 min after the message, executives/1 called customer owned/5 back, talked")
    open_call = {**call, "answered_s": np.nan, "ended_s": np.nan, "outcome": Outcome.OPEN}
    assert contact_text(told_by(message, open_call, presence=COURSE), 1) == "When the run ended executives/1 had not yet called customer owned/5 back."


# ---- complaints, calls by the firm, later needs, lost customers


def test_a_complaint_to_somebody_without_authority_is_told_as_one() -> None:
    first = served(T, 0.0, 480.0, 540.0, **IN_VAIN) | {"next_step": NextStep.COMPLAINS}
    complaint = served(T + 1020.0, 300.0, 420.0, **own(T), agent=SECRETARY, cover=Cover.DESK, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT)
    complaint |= {"solved": Solved.NO, "next_step": NextStep.COMES_BACK, "next_row": -1}
    chronicle = told_by(first, complaint, presence=COURSE)

    assert contact_text(chronicle).endswith("and could not settle the matter. The customer left at 10:17, 17 minutes after coming in. The customer complained at 10:17.")
    assert contact_text(chronicle, 1) == (
        "Customer owned/5 went to complain on Thu 5 March at 10:17. After 5 minutes' wait secretary/1 heard the complaint for 7 minutes,"
        " but had no authority to settle anything. The customer left at 10:29. The run ended before the customer came again."
    )
    with_authority = chronicle._replace(plan=PLAN._replace(authority=np.full(len(NAMES.teams), 50.0)))
    assert "heard the complaint for 7 minutes and could not settle it." in contact_text(with_authority, 1)
    settled = told_by(first, complaint | {"solved": Solved.YES, "next_step": NextStep.NONE}, presence=COURSE)
    assert "heard the complaint for 7 minutes and settled it." in contact_text(settled, 1)


def test_a_complaint_that_nobody_hears_is_not_told_as_a_lack_of_colleagues() -> None:
    row = gone(T, Outcome.ABANDONED, 600.0, **own(T), queued_s=T, queue=0, cover=Cover.DESK, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT)

    assert contact_text(told_by(row, presence=COURSE)) == (
        "Customer owned/5 went to complain on Thu 5 March at 10:00. After 10 minutes' wait to complain the customer gave up and left at 10:10."
        " The customer did not come again; the matter was never settled."
    )
    call = served(T, 0.0, 300.0, **own(T), channel=PHONE, agent=SECRETARY, cover=Cover.DESK, entry=Entry.COMPLAINT, leg_kind=LegKind.COMPLAINT)
    assert contact_text(told_by(call)).startswith("Customer owned/5 called on Thu 5 March at 10:00 to complain. At once secretary/1 heard the complaint")


def test_a_recovery_call_is_told_from_the_failure_to_the_call() -> None:
    first = served(T, 0.0, 480.0, **IN_VAIN) | {"next_step": NextStep.RECOVERS}
    call = served(T + 2 * DAY, 600.0, 300.0, **own(T), cover=Cover.DESK, entry=Entry.RECOVERY, leg_kind=LegKind.RECOVERY)
    chronicle = told_by(first, call, presence=COURSE)

    assert contact_text(chronicle).endswith("The customer was to be called to make up for it on Sat 7 March at 10:00.")
    assert contact_text(chronicle, 1) == "On Sat 7 March at 10:10 clerks/1 called customer owned/5 to make up for it, talked for 5 minutes and settled the matter."
    waiting = {**call, "answered_s": np.nan, "ended_s": np.nan, "outcome": Outcome.OPEN, "next_step": NextStep.UNDECIDED}
    assert contact_text(told_by(first, waiting, presence=COURSE), 1) == (
        "A call to customer owned/5 to make up for it was due on Sat 7 March at 10:00; when the run ended it had not been made."
    )


def test_a_call_ahead_names_the_absence_and_what_was_agreed() -> None:
    day_two = {"root": (1 << 37) | 3}
    course = PLAN._replace(away_from_s=PLAN.away_from_s + DAY, away_to_s=PLAN.away_to_s + DAY)
    call = served(T, 0.0, 120.0, **own(T), **day_two, agent=SECRETARY, cover=Cover.DESK, entry=Entry.NOTICE, leg_kind=LegKind.NOTICE)
    agreed = told_by(call | {"next_step": NextStep.COMES_OTHER_DAY, "next_row": 1}, served(T + 2 * DAY, 0.0, 600.0, **own(T), **day_two))._replace(plan=course)

    assert contact_text(agreed) == (
        "On Thu 5 March at 10:00 secretary/1 called customer owned/5 ahead, because executives/1 would be away on Fri 6 March (course), which took 2 minutes."
        " The customer agreed to come another day. The customer came instead on Sat 7 March at 10:00."
    )
    stays = told_by(call)._replace(plan=course)
    assert contact_text(stays).endswith("The customer stayed with the planned day, or was reached too late.")
    never = told_by({**call, "answered_s": np.nan, "ended_s": np.nan, "outcome": Outcome.OPEN})._replace(plan=course)
    assert contact_text(never).startswith("Customer owned/5 was to be called ahead, because executives/1 would be away on Fri 6 March (course); when the run ended")


def test_a_later_need_and_a_lost_customer_are_told() -> None:
    later = served(T, 0.0, 60.0, entry=Entry.FOLLOW_UP, lineage=5)
    assert contact_text(told_by(later)).startswith("Customer private/12 came to the counter on Thu 5 March at 10:00 for bill (grown out of an earlier matter). At once")
    lost = told_by(gone(T + DAY, Outcome.LOST_DEMAND))
    lost_s = np.full(int(PLAN.segment_size.sum()), np.nan)
    lost_s[FIRST_PRIVATE + 11] = T
    known = lost._replace(log=RunLog(0, 1, lost.log.contacts, lost.log.presence, {}, {"lost_s": lost_s}))

    assert contact_text(lost) == "Customer private/12 would have come on Fri 6 March at 10:00 for bill, but had left the firm for good."
    assert contact_text(known).endswith("for bill, but had left the firm for good on Thu 5 March at 10:00.")
    call = gone(T, Outcome.LOST_DEMAND, entry=Entry.RECOVERY, leg_kind=LegKind.RECOVERY)
    assert contact_text(told_by(call)) == "A call to customer private/12 was due on Thu 5 March at 10:00; it was not made, for the customer had left the firm for good."


def test_broken_promises_are_told() -> None:
    message = served(T, 0.0, 180.0, **own(T), channel=PHONE, agent=SECRETARY, cover=Cover.DESK)
    message |= {"outcome": Outcome.MESSAGE_LEFT, "solved": Solved.NOT_SERVED, "next_step": NextStep.CALL_BACK, "next_row": 1}
    call = served(T + 180.0, 82_020.0, 360.0, **own(T), channel=PHONE, agent=EXECUTIVE, cover=Cover.OWN, entry=Entry.CALL_BACK, leg_kind=LegKind.CALL_BACK)
    promised = told_by(message, call, presence=COURSE)._replace(plan=PLAN._replace(promise_s=np.array([4 * 3600.0])))
    forgotten = told_by(message | {"next_step": NextStep.GIVES_UP, "next_row": -1}, presence=COURSE)

    assert "22 h 47 min after the message (promised within 4 h), executives/1 called" in contact_text(promised, 1)
    assert contact_text(forgotten).endswith("The message was forgotten: no call came. The customer did not call again; the matter was never settled.")


# ---- customers and agents


def test_a_customers_story_holds_every_case_in_order() -> None:
    later = served(T + DAY, 0.0, 60.0, root=9)
    story = story_of_customer(told_by(later, served(T, 360.0, 300.0)), FIRST_PRIVATE + 11)

    assert story.title == "Customer private/12"
    assert story.paragraphs[0] == "Customer private/12 made 2 contacts and waited 6 minutes in all."
    assert story.paragraphs[1].startswith("Customer private/12 came to the counter on Thu 5 March at 10:00")
    assert story.paragraphs[2].startswith("Customer private/12 came to the counter on Fri 6 March at 10:00")
    with pytest.raises(SettingError, match=r"made no contact in this replication; these did: private/12"):
        story_of_customer(told_by(later), FIRST_PRIVATE)


def clerks_day() -> Chronicle:
    """Return a day of the first clerk: a break, overtime, a bill, and a visit as substitute."""
    presence = [change for change in ALL_HERE if change[0] != CLERK]
    presence += [(CLERK, 9 * 3600.0, StaffState.ON), (CLERK, T + 7200.0, StaffState.BREAK), (CLERK, T + 9000.0, StaffState.ON), (CLERK, 18 * 3600.0, 4)]
    presence += [(CLERK, 18 * 3600.0 + 600.0, StaffState.OFF)]
    rows = (
        served(T, 0.0, 3600.0, released_s=T + 4200.0),
        served(T + 8 * 3600.0 - 600.0, 0.0, 900.0, 300.0, **own(T), root=8, cover=Cover.SUBSTITUTE, has_file=0, solved=Solved.NO),
    )
    return told_by(*rows, presence=presence)


def test_an_agents_day_adds_up_what_was_done_and_lists_every_contact() -> None:
    story = story_of_agent(clerks_day(), CLERK, 0)

    assert story.title == "clerks/1 on Thu 5 March"
    assert story.paragraphs == (
        "clerks/1 was on duty from 9:00 to 12:00 and from 12:30 to 18:10. On a break from 12:00 to 12:30. Overtime: 10 minutes.",
        "Took 2 contacts: 1 account_visit (as substitute) and 1 bill; 1 of them left without a solution."
        " Talked for 75 minutes, searched for 5 minutes and wrapped up for 10 minutes: busy 17 % of the time on duty.",
        "10:00  customer private/12, bill, until 11:00, settled (contact 0)\n"
        "17:50  customer owned/5, account_visit (as substitute), searched 5 minutes, until 18:10, not settled (contact 1)",
    )


def test_an_absent_agents_day_names_the_absence() -> None:
    story = story_of_agent(told_by(served(T, 0.0, 60.0), presence=COURSE), EXECUTIVE, 0)

    assert story.paragraphs == ("executives/1 was not on duty. Away from 9:00 to 18:00 (course).",)


# ---- which story


def test_the_anecdote_prefers_a_customer_with_another_of_the_same_fate_behind() -> None:
    alone = served(T, 900.0, 300.0, 600.0, **IN_VAIN, root=1)
    first = served(T + 7200.0, 600.0, 300.0, 480.0, **IN_VAIN, root=2)
    behind = gone(T + 7500.0, Outcome.ABANDONED, 1500.0, **own(T), root=3, queued_s=T + 7500.0, queue=1, cover=Cover.SUBSTITUTE)
    behind |= {"owner": EXECUTIVE + 1, "customer": FIRST_OWNED + 9}
    chronicle = told_by(alone | {"next_row": 3}, first | {"next_row": 4}, behind, served(T + DAY, 0, 60, root=1), served(T + DAY, 0, 60, root=2), presence=COURSE)
    found = find_anecdote(chronicle)

    assert found is not None and (found.row, found.behind, found.desk) == (1, 2, -1)
    story = story_of_anecdote(chronicle, found)
    text = " ".join(story.text.split())
    assert max(len(line) for line in story.text.splitlines()) <= 100
    assert "Next in line: Customer owned/10 came to the counter on Thu 5 March at 12:05 for account_visit and asked for executives/2" in text
    assert "After 25 minutes' wait for a substitute the customer gave up and left at 12:30." in text
    assert "When executives/1 was back on Fri 6 March, 0 promised calls waited" in text


def test_without_an_anecdote_a_long_but_typical_wait_is_told() -> None:
    rows = [served(T + 60.0 * k, 10.0 * k, 60.0, root=k, queue=0) for k in range(11)]
    chronicle = told_by(*rows)

    assert find_anecdote(chronicle) is None
    assert typical_long_wait(chronicle) == 9
    assert story_of_run(chronicle).title == "The case of contact 9, Thu 5 March, 10:09"


def test_contacts_of_one_root_and_different_lineages_are_different_cases() -> None:
    chronicle = told_by(served(T, 0.0, 60.0), served(T + 100.0, 0.0, 60.0, lineage=5), served(T + DAY, 0.0, 60.0))

    assert rows_of_case(chronicle, 2) == [0, 2]
    assert rows_of_case(chronicle, 1) == [1]


def test_a_wrong_number_or_name_is_refused_with_what_is_allowed() -> None:
    chronicle = told_by(served(T, 0.0, 60.0))

    with pytest.raises(SettingError, match="contact: got 1; must be a number from 0 to 0"):
        story_of_contact(chronicle, 1)
    with pytest.raises(SettingError, match="day: got 4; must be a day from 0 to 3"):
        story_of_agent(chronicle, 0, 4)
    with pytest.raises(SettingError, match=r"agent: got 'clerk/1'; must be one of .*; did you mean 'clerks/1'\?"):
        find_agent(NAMES, "clerk/1")
    with pytest.raises(SettingError, match="customer: got 'owned/21'; must be a number from 1 to 20"):
        find_customer(PLAN, NAMES, "owned/21")
    with pytest.raises(SettingError, match=r"customer: got 'ownd/2'; .*did you mean 'owned'"):
        find_customer(PLAN, NAMES, "ownd/2")
    with pytest.raises(SettingError, match="not known as persons"):
        find_customer(PLAN, NAMES, "walkers/1")


# ---- real runs


@cache
def course_day(replication: int) -> Chronicle:
    """Return one replication of the course day."""
    scenario = load("course_day")
    plan, names = compile_plan(scenario)
    return Chronicle(simulate(plan, 1, replication), plan, names, scenario)


def test_the_course_day_tells_the_founding_anecdote_out_of_a_real_run() -> None:
    """Model page, section 1: the absent executive, the substitute without the file, the next in line, the echo."""
    chronicles = [course_day(replication) for replication in range(4)]
    stories = [" ".join(story_of_run(chronicle).text.split()) for chronicle in chronicles if find_anecdote(chronicle) is not None]

    whole = [text for text in stories if "(course)" in text and "without the file" in text and "Next in line:" in text]
    assert whole, "no replication of the course day tells the anecdote"
    assert all("could not settle the matter" in text and "took over as a substitute" in text for text in whole)
    assert any(("promised call" in text and "to come back another day" in text) or "message" in text for text in whole)


def test_every_contact_and_every_agent_of_a_real_run_can_be_told() -> None:
    chronicle = course_day(0)
    for row in range(0, len(chronicle.log.contacts["root"]), 7):
        (paragraph,) = story_of_contact(chronicle, row).paragraphs
        assert paragraph.endswith(".") and "nan" not in paragraph and "  " not in paragraph
    for agent in range(len(chronicle.names.agents)):
        assert story_of_agent(chronicle, agent, 3).paragraphs


def test_a_planned_absence_of_some_hours_is_told_before_a_drawn_one() -> None:
    absence = "{team: executives, agents: 3, on: [2026-03-05], hours: 14:00-18:00}"
    scenario = load("phone_shop", {"calendar.days": 5, "absences.training": absence})
    plan, names = compile_plan(scenario)
    chronicle = Chronicle(simulate(plan, 1, 0), plan, names, scenario)
    found = find_anecdote(chronicle)
    text = " ".join(story_of_run(chronicle).text.split())

    assert found is not None and 3 * DAY + 14 * 3600.0 <= chronicle.log.contacts["arrived_s"][found.row] < 3 * DAY + 18 * 3600.0
    assert text.startswith("A customer of an absent executive, ")
    assert "who was away for the rest of the day (training)" in text
