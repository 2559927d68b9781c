"""The registry of measures: every number servsim reports, with its unit, its sentence and its formula.

A measure is a sum of amounts over a sum of amounts; the amounts are computed in the file of their noun (``counts``,
``waiting``, ``service_level``, ``handling``, ``occupancy``, ``queue_length``, ``resolution``, ``cost``, ``watched``; in worlds
that need them ``aftermath``, ``closings``, ``staying``, ``own_time``, ``ledger``). ``measures_of`` says which a plan has.
Numerator and denominator are kept apart for every replication and group, so that estimates are ratios of means. A new
measure is its amounts plus its line in ``MEASURES``. Never computes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from servsim.measure.ledger import LINES
from servsim.measure.service_level import FORMULAS
from servsim.plan.plan import Plan

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
WHOLE = ("overall",)
"""Of the run as a whole only."""
PEOPLE = ("overall", "segment")
"""Breakdowns of customers."""

MONEY = "money"
"""Unit of amounts of money; tables print the scenario's currency."""


class Empty(IntEnum):
    """What a ratio is where its denominator is 0."""

    NO_DATA = 0
    """NaN."""
    KEPT_PROMISE = 1
    """1 in a single interval, in which nobody was let down (the ContactCenters rule); NaN elsewhere."""


class Where(IntEnum):
    """In which worlds a measure has something to say; elsewhere its rows are left out of the table."""

    ALWAYS = 0
    NOTICE = 1
    """Customers are called ahead of absences (or remember)."""
    LATER_NEEDS = 2
    """Needs grow out of met ones (or customers remember)."""
    MEMORY = 3
    """Customers remember."""


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
    where: Where = Where.ALWAYS
    least: float = 0.0
    """Intervals are cut here; below 0 only where the measure may be."""

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


def _remembered(
    name: str, unit: str, says: str, numerator: tuple[str, ...], denominator: tuple[str, ...] = ("one",), groups: tuple[str, ...] = CASE, least: float = 0.0
) -> Measure:
    """Return a measure of worlds in which customers remember."""
    return Measure(name, unit, says, numerator, denominator, groups, where=Where.MEMORY, least=least)


def _of_contacts(name: str, says: str, where: Where = Where.MEMORY) -> Measure:
    return Measure(name, "contacts", says, (name,), where=where)


def _of_cases(name: str, says: str) -> Measure:
    return _remembered(name, "cases", says, (name,))


def _of_people(name: str, unit: str, says: str, numerator: str, denominator: str = "one", least: float = 0.0) -> Measure:
    return _remembered(name, unit, says, (numerator,), (denominator,), PEOPLE, least)


def _ledger() -> tuple[Measure, ...]:
    """Return the accounts and the lines of the ledger; what decisions cost is added where decisions are compared."""
    says = {
        "service": "Work that meets ordinary needs, and the time that staff stand ready for it.",
        "prevention": "Work that keeps failures from happening.",
        "appraisal": "Work that looks for failures; posted to by decisions only.",
        "internal_failure": "Work that failures make before the customer has the service.",
        "external_failure": "Work and money that failures make afterwards.",
    }
    accounts = [_remembered(f"ledger_{name}", MONEY, f"Account {name} of the ledger, in all: {text[0].lower()}{text[1:]}", (f"ledger_{name}",), groups=WHOLE) for name, text in says.items()]
    lines = [_remembered(f"ledger_{each.name}", MONEY, f"Account {each.account} of the ledger: {each.says}.", (f"ledger_{each.name}",), groups=WHOLE) for each in LINES]
    return (*accounts, *lines)


def measures_of(plan: Plan) -> tuple[Measure, ...]:
    """Return the measures that the table of a plan has, in order."""
    remembers = bool(plan.remembers)
    has = {
        Where.ALWAYS: True,
        Where.NOTICE: remembers or _has_any(plan.notice_agent),
        Where.LATER_NEEDS: remembers or _has_any(plan.link_reason),
        Where.MEMORY: remembers,
    }
    return tuple(measure for measure in MEASURES if has[measure.where])


def _has_any(column: Any) -> bool:
    return column is not None and len(column) > 0


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
    # ---- aftermath
    _of_contacts("lost_demand", "Contacts that customers lost before would have made; they are not offered."),
    _of_contacts("called_ahead", "Customers reached by a call ahead of an absence.", Where.NOTICE),
    _of_contacts("come_other_day", "Of those called ahead, who come on another day.", Where.NOTICE),
    _of_contacts("offered_follow_up", "Offered contacts that were the first of a need that grew out of another.", Where.LATER_NEEDS),
    Measure("follow_up_cases", "cases", "Cases that grew out of another: a sale leads to faults.", ("follow_up_cases",), groups=CASE, where=Where.LATER_NEEDS),
    _of_cases("cases_lost", "Cases whose customer was lost before they closed."),
    _of_contacts("complaint_contacts", "Attempts to complain to the firm; repeated attempts of the same complaint left out."),
    _of_contacts("complaints_heard", "Complaints that an agent took."),
    _of_contacts("complaints_settled", "Complaints that were settled by whoever took them."),
    _remembered("mean_complaint_wait_s", "s", "Mean wait in line of complaints that an agent took.", ("complaint_wait_s",), ("complaints_heard",), CONTACT),
    _of_contacts("recovery_calls", "Calls to make up for a failure that were made to the end."),
    _of_contacts("recoveries_settled", "Recovery calls that settled the problem."),
    # ---- closings
    _of_cases("problems", "Closed cases that were problems: by their reason, or since the firm failed them."),
    _of_cases("problems_major", "Of these, those serious to the customer."),
    _of_cases("cases_hit", "Closed cases that the firm failed: unsolved problems, no file, sent home."),
    _of_cases("cases_told", "Of these, cases last failed by sending the customer home because the executive was away."),
    _of_cases("cases_no_file", "Of these, cases last failed by service without the file that did not help."),
    _of_cases("cases_unsolved", "Of these, problems last failed by service that did not help."),
    _of_cases("complaints_made", "Closed cases about which the customer complained, to whomever."),
    _of_cases("complaints_recorded", "Of these, how many reach the managers (expected)."),
    _remembered("mean_quality", "points", "Mean quality felt of closed cases, 0 to 100.", ("quality",), ("closings",)),
    _remembered("mean_friction", "points", "Mean friction of closed cases, lateness included.", ("friction",), ("closings",)),
    _remembered("expected_lost_at_close", "customers", "Customers expected to leave on the spot as their cases close (chances added up).", ("leaving_at_close",)),
    _remembered("remedies", MONEY, "Money given to customers for problems, goodwill and what was paid beyond the loss included.", ("remedies",)),
    _remembered("people_told_badly", "people", "People who hear a bad story (expected): of cases not solved, or after which the customer was below 40 points.", ("told_badly",)),
    _remembered("people_told_well", "people", "People who hear a good story (expected).", ("told_well",)),
    _remembered("word_of_mouth_loss", MONEY, "Year's margin of prospects lost by bad stories (expected).", ("word_of_mouth",)),
    # ---- staying
    Measure("customers_lost", "customers", "Customers who left within the run, counted.", ("customers_lost",), groups=("overall", "day", "segment"), where=Where.MEMORY),
    _of_people("expected_customers_lost", "customers", "Customers expected to leave within the run: chances added up, the same on average and far less noisy.", "expected_lost"),
    _of_people("expected_lost_projected_year", "customers", "Projected: the same to 365 days after the start; from the end of the run on by the loyalty rules alone, without new cases.", "projected_lost"),
    _of_people("margin_lost", MONEY, "Worth of the customers expected to leave within the run; each at what he was worth as it began.", "margin_lost"),
    _remembered("margin_lost_projected_year", MONEY, "Projected: the same to 365 days after the start.", ("margin_lost", "margin_at_risk"), groups=PEOPLE),
    _of_people("customer_equity", MONEY, "Worth of the customers still here at the end of the run, by the scores they then have, mood left out.", "customer_equity"),
    _of_people("people_hit", "customers", "Customers of whom at least one case closed that the firm had failed, counted in one world by itself; on whom a decision made it worse is `people_worse_off` of a comparison.", "people_hit"),
    _of_people("external_effectiveness", "points", "Mean satisfaction at the end of the run over all customers who were there at its start; those lost count 0.", "satisfaction", "customers"),
    _of_people("mean_satisfaction", "points", "Mean satisfaction at the end of the run of those still here.", "satisfaction", "customers_here"),
    _of_people("mean_satisfaction_of_hit", "points", "The same of those still here whom the firm had failed.", "satisfaction_of_hit", "people_hit_here"),
    _of_people("unhappy_share", "share", "Of those still here at the end of the run, who is below 40 points.", "unhappy", "customers_here"),
    _of_people("mean_stars", "stars", "Mean of 1 + satisfaction / 25 of those still here: five stars are 100 points.", "stars", "customers_here"),
    _of_people("alignment_gap_stars", "stars", "How much better customers are usually served than treated when something goes wrong: mean of (A - R) / 25, of those still here who know both.", "gap_stars", "with_recovery", -math.inf),
    # ---- own time
    _remembered("customer_minutes", "min", "Customers' own time at the counter or on the line: waits, talk, search.", ("customer_minutes",), groups=CONTACT),
    _remembered("customer_trips", "trips", "Visits, in vain or not.", ("customer_trips",), groups=CONTACT),
    _remembered("customer_time_cost", MONEY, "Worth of customers' own time; theirs to bear, in no account of the firm.", ("customer_time_cost",), groups=CONTACT),
    # ---- cost
    _remembered("cost_per_handled_contact", MONEY, "Wages and line cost per handled contact: what a dashboard shows; repeats make it smaller.", ("wages", "line_cost"), ("handled",), FIRM),
    _remembered("cost_per_solved_need", MONEY, "Wages, line cost and remedies per solved case: repeats do not flatter it.", ("wages", "line_cost", "remedies"), ("cases_solved",), FIRM),
    # ---- ledger
    *_ledger(),
)  # fmt: skip
"""Every measure, in the order of the file; ``measures_of`` gives those of a plan."""
