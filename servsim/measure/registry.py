"""The registry of measures: every number servsim reports, with its unit, its sentence and its formula.

A measure is a sum of amounts over a sum of amounts; the amounts are computed in the file of their noun (``counts``,
``waiting``, ``service_level``, ``handling``, ``occupancy``, ``queue_length``, ``resolution``, ``cost``, ``watched``).
Numerator and denominator are kept apart for every replication and group, so that estimates are ratios of means. A new
measure is its amounts plus its line in ``MEASURES``. Never computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from servsim.measure.service_level import FORMULAS

CONTACT = ("overall", "interval", "day", "channel", "reason", "segment", "channel_interval")
"""Breakdowns of what happens to contacts."""
SERVED = (*CONTACT, "team")
"""Breakdowns of what agents did with contacts; the team is that of the agent who served."""
LINE = ("overall", "interval", "day", "channel", "channel_interval")
"""Breakdowns of what is followed through time in the lines."""
STARTS = ("interval", "channel_interval")
"""Breakdowns of what is seen at the start of an interval."""
STAFF = ("overall", "interval", "day", "team", "team_interval")
"""Breakdowns of agents' time."""
CASE = ("overall", "day", "channel", "reason", "segment")
"""Breakdowns of cases, by their first contact."""
FIRM = ("overall", "day")
"""Breakdowns of what joins agents' time with contacts."""

MONEY = "money"
"""Unit of amounts of money; tables print the scenario's currency."""


class Empty(IntEnum):
    """What a ratio is where its denominator is 0."""

    NO_DATA = 0
    """NaN."""
    KEPT_PROMISE = 1
    """1 in a single interval, in which nobody was let down (the ContactCenters rule); NaN elsewhere."""


@dataclass(frozen=True)
class Measure:
    """One number that servsim reports."""

    name: str
    unit: str
    says: str
    """Its definition, in one sentence."""
    numerator: tuple[str, ...]
    """Amounts that are added up above the line."""
    denominator: tuple[str, ...] = ("one",)
    """Amounts that are added up below the line."""
    groups: tuple[str, ...] = CONTACT
    """Breakdowns in which it is reported."""
    formula: str = ""
    """Which formula, where several go by the same name."""
    empty: Empty = Empty.NO_DATA

    @property
    def formula_text(self) -> str:
        """The formula in the names of its amounts."""
        below = " + ".join(self.denominator)
        above = " + ".join(self.numerator)
        return above if self.denominator == ("one",) else f"({above}) / ({below})"


def _contacts(name: str, says: str) -> Measure:
    return Measure(name, "contacts", says, (name,))


def _cases(name: str, says: str) -> Measure:
    return Measure(name, "cases", says, (name,), groups=CASE)


def _outcome_shares() -> tuple[Measure, ...]:
    """Return the shares of the outcomes that have no measure of a name of their own; with those they add up to 1."""
    says = {
        "message_left": "Offered contacts that ended with a message for the own executive.",
        "contained": "Offered contacts that ended in the menu.",
        "closed": "Offered contacts that met a closed channel.",
        "turned_away": "Offered contacts sent away from the line because nobody would come to serve them.",
        "disconnected": "Offered contacts cut off when their channel closed.",
        "open": "Offered contacts not over at the end of the run.",
    }
    return tuple(Measure(f"{name}_share", "share", sentence, (name,), ("offered",)) for name, sentence in says.items())


def _service_levels() -> tuple[Measure, ...]:
    says = "Share of contacts served within the promised time of their channel: "
    return tuple(
        Measure("service_level", "share", says + f.says, f.numerator, f.denominator, SERVED[:-1], f.name, Empty.KEPT_PROMISE) for f in FORMULAS
    )


def measure_named(name: str, formula: str = "") -> Measure:
    """Return a measure by its name and, where there are several, its formula.

    Raises
    ------
    KeyError
        When there is none.
    """
    for measure in MEASURES:
        if measure.name == name and formula in ("", measure.formula):
            return measure
    raise KeyError(f"{name} {formula}".strip())


MEASURES: tuple[Measure, ...] = (
    # ---- counts
    _contacts("offered", "Contacts that people made: first ones, redials, further visits or calls, retries after a closed door; calls that the firm promised are not offered."),
    _contacts("offered_fresh", "Offered contacts that were the first of their case."),
    _contacts("offered_redial", "Offered contacts that repeated an attempt after a busy line, an abandonment or a balk."),
    _contacts("offered_comeback", "Offered contacts of a case that was not solved or was told to come back."),
    _contacts("offered_retry_closed", "Offered contacts that repeated an attempt after a closed door."),
    _contacts("answered", "Offered contacts that an agent served."),
    _contacts("abandoned", "Offered contacts that gave up waiting in line."),
    Measure("short_abandoned", "contacts", "Abandonments at or before the channel's short-abandon limit.", ("abandoned_short",)),
    _contacts("balked", "Offered contacts that left at the sight of the line or of a full room."),
    _contacts("blocked", "Offered contacts that met a busy signal."),
    _contacts("contained", "Offered contacts that ended in the menu."),
    _contacts("closed", "Offered contacts that met a closed channel."),
    _contacts("turned_away", "Contacts sent away from the line because nobody would come to serve them."),
    _contacts("disconnected", "Contacts cut off when their channel closed."),
    _contacts("message_left", "Offered contacts that ended with a message for the own executive."),
    _contacts("callback_promised", "Offered contacts that accepted a call-back."),
    _contacts("told_to_come_back", "Offered contacts that came in vain: they were told to come back."),
    _contacts("open", "Offered contacts not over at the end of the run."),
    _contacts("call_backs", "Calls that the firm owed, by the time they were promised."),
    _contacts("call_backs_answered", "Calls that the firm owed and made to the end."),
    Measure("offered_per_day", "contacts/day", "Offered contacts per open day: of a channel, days on which it is open at some time; else days on which any is.",
            ("offered",), ("open_days",)),
    Measure("answered_share", "share", "Answered of offered contacts.", ("answered",), ("offered",)),
    Measure("abandonment_rate", "share", "Abandoned of those answered or abandoned.",
            ("abandoned",), ("answered", "abandoned"), formula="of_answered_and_abandoned"),
    Measure("abandonment_rate", "share", "The same, short abandonments left out above and below.",
            ("abandoned_long",), ("answered", "abandoned_long"), formula="short_abandons_left_out"),
    Measure("abandonment_rate", "share", "Abandoned of all offered contacts.", ("abandoned",), ("offered",), formula="of_offered"),
    Measure("blocked_share", "share", "Offered contacts that met a busy signal.", ("blocked",), ("offered",)),
    Measure("balked_share", "share", "Offered contacts that left at the sight of the line.", ("balked",), ("offered",)),
    Measure("in_vain_share", "share", "Offered contacts that were told to come back.", ("told_to_come_back",), ("offered",)),
    *_outcome_shares(),
    # ---- service level
    *_service_levels(),
    # ---- waiting
    Measure("average_speed_of_answer_s", "s", "Mean wait in line of answered contacts.", ("wait_answered_s",), ("answered",), SERVED),
    Measure("mean_wait_s", "s", "Mean wait in line of everyone who joined a line, answered or not; waits not over at the end left out.",
            ("wait_all_s",), ("joined",)),
    Measure("median_wait_s", "s", "Half of those who joined a line waited no longer; mean over replications.", ("median_wait",), ("has_wait",)),
    Measure("p90_wait_s", "s", "90 % of those who joined a line waited no longer; mean over replications.", ("p90_wait",), ("has_wait",)),
    Measure("p95_wait_s", "s", "95 % of those who joined a line waited no longer; mean over replications.", ("p95_wait",), ("has_wait",)),
    Measure("longest_wait_s", "s", "The longest wait in line of a replication; mean over replications.", ("longest_wait",), ("has_wait",)),
    Measure("mean_time_to_abandon_s", "s", "Mean wait in line of those who gave up.", ("time_to_abandon_s",), ("abandoned",)),
    Measure("wait_probability", "share", "Of those who joined a line or found an agent, who had to wait.", ("had_to_wait",), ("joined",)),
    Measure("mean_excess_wait_s", "s", "Mean of the part of the wait beyond the channel's promise, over all who joined a line.",
            ("excess_wait_s",), ("joined",)),
    Measure("mean_call_back_wait_s", "s", "Mean time from the promise of a call to the call.", ("call_back_wait_s",), ("call_backs_made",)),
    # ---- handling
    Measure("handled", "contacts", "Contacts that an agent answered and finished, calls by the firm included.", ("handled",), groups=SERVED),
    Measure("average_handling_time_s", "s", "Mean of talk, search and wrap-up together, per handled contact.",
            ("handling_s",), ("handled",), SERVED),
    Measure("mean_talk_s", "s", "Mean talk time per handled contact.", ("talk_s",), ("handled",), SERVED),
    Measure("mean_search_s", "s", "Mean search time per handled contact.", ("search_s",), ("handled",), SERVED),
    Measure("mean_wrap_up_s", "s", "Mean wrap-up time per handled contact.", ("wrap_up_s",), ("handled",), SERVED),
    Measure("mean_desk_time_s", "s", "Mean time to take a message or to rebook.", ("desk_s",), ("desk_contacts",), SERVED),
    # ---- occupancy
    Measure("agents_on_duty", "agents", "Agents signed in, mean over time.", ("signed_in_s",), ("watched_s",), STAFF),
    Measure("occupancy", "share", "Busy (talk, search, wrap-up) of signed-in time.", ("busy_s",), ("signed_in_s",), STAFF),
    Measure("utilisation", "share", "Busy of paid time: planned duty with its breaks and absences, and overtime.", ("busy_s",), ("paid_s",), STAFF),
    Measure("shrinkage", "share", "Planned duty not spent on duty: breaks and absences.", ("off_floor_s",), ("duty_s",), STAFF),
    Measure("overtime_h", "h", "Agents' hours of work after their planned duty.", ("overtime_h",), groups=STAFF),
    Measure("paid_h", "h", "Agents' paid hours: planned duty and overtime.", ("paid_h",), groups=STAFF),
    # ---- queue length
    Measure("mean_waiting", "people", "People waiting in line, mean over time, closed hours included.", ("waiting_s",), ("watched_s",), LINE),
    Measure("waiting_at_start", "people", "People waiting in line as the interval begins.", ("waiting_at_start",), ("watched_starts",), STARTS),
    # ---- resolution
    _cases("cases", "Needs that led to a contact."),
    _cases("cases_solved", "Cases that were solved."),
    _cases("cases_given_up", "Cases that the customer gave up."),
    _cases("cases_open", "Cases neither solved nor given up at the end of the run."),
    Measure("solved_share", "share", "Solved of all cases.", ("cases_solved",), ("cases",), CASE),
    Measure("first_contact_resolution", "share", "Of cases that were ever answered: solved at the first answered contact.",
            ("cases_solved_at_first_service",), ("cases_served",), CASE, "of_served_cases"),
    Measure("first_contact_resolution", "share", "Of all cases: solved by the very first attempt (a redial or a visit in vain counts against it).",
            ("cases_solved_at_first_contact",), ("cases",), CASE, "of_all_cases"),
    Measure("contacts_per_solved_case", "contacts", "Contacts it took to solve a case, calls by the firm included.",
            ("contacts_of_solved_cases",), ("cases_solved",), CASE),
    Measure("time_to_solution_s", "s", "Mean time from the first arrival of a solved case to its solution.", ("time_to_solution_s",), ("cases_solved",), CASE),
    Measure("waited_per_case_s", "s", "Mean time in line over all contacts of a case.", ("waited_by_case_s",), ("cases",), CASE),
    # ---- cost
    Measure("wages", MONEY, "Wages for planned duty and overtime.", ("wages",), groups=STAFF),
    Measure("overtime_pay", MONEY, "Wages for overtime.", ("overtime_pay",), groups=STAFF),
    Measure("line_cost", MONEY, "Price of held lines.", ("line_cost",)),
    Measure("cost_per_contact", MONEY, "Wages and line cost per answered contact.", ("wages", "line_cost"), ("answered",), FIRM),
    Measure("cost_per_solved_case", MONEY, "Wages and line cost per solved case.", ("wages", "line_cost"), ("cases_solved",), FIRM),
)  # fmt: skip
"""Every measure, in the order of the file."""
