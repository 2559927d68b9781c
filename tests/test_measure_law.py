"""The laws of a log: a sound log passes, and each broken law is told with the number of the contact."""

from __future__ import annotations

import handmade
import numpy as np
import pytest
from handmade import DAY, NINE, T, gone, served

from servsim.errors import InvariantError
from servsim.measure.law import check_laws
from servsim.rules.codes import Entry, NextStep, Outcome


def check(rows, **plan):
    check_laws(handmade.log(rows), handmade.plan(**plan))


def changed(name: str, row: int, value: object):
    columns = {key: column.copy() for key, column in NINE.items()}
    columns[name][row] = value
    return columns


def test_a_sound_log_breaks_no_law():
    check(NINE)


def test_an_empty_log_breaks_no_law():
    check(handmade.contacts())


@pytest.mark.parametrize(
    ("name", "row", "value", "says"),
    [
        ("outcome", 3, 99, "contact 3 has an outcome that does not exist"),
        ("arrived_s", 6, np.nan, "contact 6 never arrived"),
        ("agent", 3, -1, "contact 3 is answered, but by nobody"),
        ("outcome", 3, Outcome.ABANDONED, "contact 3 was answered, but its outcome says otherwise"),
        ("queued_s", 2, np.nan, "contact 2 abandoned a line it never joined"),
        ("ended_s", 8, 2 * DAY, "contact 8 is open, but has ended"),
        ("ended_s", 4, np.nan, "contact 4 has an outcome, but never ended"),
        ("queued_s", 0, T - 1, "contact 0 joined the line before it arrived"),
        ("answered_s", 3, T + 29, "contact 3 was answered before it joined the line"),
        ("ended_s", 3, T + 100, "contact 3 ended before it was answered"),
        ("released_s", 1, T + 199, "contact 1 let the agent go before it ended"),
        ("patience_s", 2, 39.0, "contact 2 waited longer than its patience"),
        ("next_row", 2, -1, "contact 5 follows no contact"),
        ("next_row", 0, 5, "contact 5 follows more than one contact"),
        ("next_row", 0, 3, "contact 3 is the first of its case, yet follows another"),
        ("root", 5, 77, "contact 5 belongs to another case than the contact it follows"),
        ("arrived_s", 5, T + 60, "contact 5 came before the contact it follows had ended"),
        ("released_s", 0, T + 121, "contact 3 was answered by an agent who still worked on another"),
        ("agent", 5, 2, "contact 5 was served by agent 2, who was not there"),
        ("released_s", 7, DAY + T + 30000, "contact 7 was served by agent 2, who was not there"),
    ],
)  # fmt: skip
def test_a_broken_law_is_told_with_the_contact(name, row, value, says):
    with pytest.raises(InvariantError, match=says):
        check(changed(name, row, value))


def test_lines_never_hold_more_than_their_number():
    check(NINE, channel_capacity=np.array([-1, 4]))
    with pytest.raises(InvariantError, match="contact 3 held a line or place although all 3 were in use"):
        check(NINE, channel_capacity=np.array([-1, 3]))


def test_a_line_that_becomes_free_serves_who_comes_at_that_instant():
    rows = handmade.contacts(served(1, 0, T, T, T + 10, T + 10), served(2, 0, T + 10, T + 10, T + 20, T + 20))

    check(rows, channel_capacity=np.array([-1, 1]))


def test_an_agent_may_work_on_in_overtime():
    rows = handmade.contacts(served(1, 0, DAY + T + 28700, DAY + T + 28700, DAY + T + 29390, DAY + T + 29400))

    check(rows)


def test_a_promised_call_waits_without_patience():
    rows = handmade.contacts(
        gone(1, T, T, Outcome.MESSAGE_LEFT, queued_s=T, next_step=NextStep.CALL_BACK, next_row=1),
        served(1, 0, T, T + 5000, T + 5100, T + 5100, entry=Entry.CALL_BACK, leg_kind=1, patience_s=60.0),
    )

    check(rows)


def test_the_number_of_further_offenders_is_told():
    columns = {name: column.copy() for name, column in NINE.items()}
    columns["outcome"][:2] = 99

    with pytest.raises(InvariantError, match=r"contact 0 has an outcome that does not exist \(and 1 more\)"):
        check(columns)
