"""The language of scenario files: one frozen section per noun, one declared key per value.

This module is the one table of keys. The reader, the JSON Schema, the reference page, the fuzz tests and
``servsim describe`` are all driven by it: a key that is not declared here does not exist. It never reads a file.

Every key has a *kind* (how its text is read, and in which unit the program holds it):

===============  ===========================================================  ==========================================
kind             what a planner writes                                        what the program holds
===============  ===========================================================  ==========================================
text             words                                                        ``str``
yes_no           ``yes``, ``no``                                              ``bool``
count            ``5``                                                        ``int``
count_or_all     ``5`` or ``unlimited``                                       ``int`` or ``None`` (unlimited)
number           ``1.2``                                                      ``float``
share            ``15 %`` or ``0.15``                                         ``float`` 0..1
factor           ``90 %`` or ``0.9``                                          ``float``
money            ``18`` or ``18.50``                                          ``float``, in the scenario's currency
duration         ``4 min``, ``90 s``, ``1 h 30 min``, ``2 days``              ``float`` seconds
law              a duration, or ``{lognormal: {mean: 4 min, sd: 3 min}}``;    :class:`Law`
                 a patience may be ``unlimited``
law_by_channel   a law, or a mapping channel -> law                           ``dict[str, Law]`` (key ``*``: every channel)
date             ``2026-03-02``                                               ``datetime.date``
dates            list of dates                                                ``tuple[datetime.date, ...]``
time             ``9:30``                                                     ``float`` seconds after midnight
windows          ``9:00-18:00``, a list of these, ``24 h`` or ``closed``      ``tuple[tuple[float, float], ...]`` seconds
week             mapping of days (``mon-fri``, ``sat``) -> windows; or one    7-tuple (Monday first) of windows
                 windows value for every day
day_factors      mapping of days -> factor                                    7-tuple of ``float``
days             ``mon-fri`` or ``mon, wed, sat`` or ``daily``                ``tuple[int, ...]`` of weekdays, Monday 0
profile          mapping time -> number, from that time until the next        ``tuple[tuple[float, float], ...]``
day_profile      a profile, or mapping of days -> profile                     7-tuple of profiles
steps            mapping count -> share                                       ``tuple[tuple[int, float], ...]``
name             the name of something of the scenario (``refers`` says what) ``str``
names            list of such names                                           ``tuple[str, ...]``
shares           mapping of such names -> share; or one name                  ``dict[str, float]``
choice           one of ``choices``                                           ``str``
choices          list of ``choices``                                          ``tuple[str, ...]``
file             path of a file inside the scenario's folder                  ``str``
who              a count, a share, or a list of agents                        ``int``, ``float`` or ``tuple[str, ...]``
===============  ===========================================================  ==========================================

A key whose ``default`` is :data:`REQUIRED` must be given. "Not given" is ``None``.
"""

# ruff: noqa: RUF009 - key(), section() and named() declare fields; what they return is dataclasses.field(...)
from __future__ import annotations

import datetime as dt
from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any

from servsim.rules.clock import DAY_S

REQUIRED = MISSING


@dataclass(frozen=True)
class Law:
    """A probability law of a duration (or of any quantity that is not negative).

    ``kind`` is a name of ``servsim.rules.distribution.DISTRIBUTIONS``; ``values`` are its numbers in the order declared
    there (durations in seconds); ``parts`` and ``weights`` serve ``mixture`` and ``smaller_of``;
    ``points`` are (share, seconds) pairs of a quantile table.
    """

    kind: str
    values: tuple[float, ...] = ()
    parts: tuple[Law, ...] = ()
    weights: tuple[float, ...] = ()
    points: tuple[tuple[float, float], ...] = ()


def key(
    kind: str,
    says: str,
    *,
    default: Any = REQUIRED,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    refers: str = "",
    example: str = "",
    plausible: tuple[float, float] | None = None,
    source: str = "",
) -> Any:
    """Declare one key: its kind, the sentence that explains it, its default and its bounds.

    ``low``/``high`` are inclusive bounds, ``above`` an exclusive lower bound; ``refers`` names the section whose names
    are allowed (``teams``); ``example`` is what the reference page and the fuzz tests may write; ``plausible`` is the
    range that parameter worlds draw from, ``source`` where the default comes from ("assumed" where no source was found).
    """
    meta = {
        "kind": kind, "says": says, "low": low, "high": high, "above": above, "choices": choices, "refers": refers, "example": example,
        "plausible": plausible, "source": source,
    }  # fmt: skip
    if default is REQUIRED:
        return field(metadata=meta, kw_only=True)
    return field(default=default, metadata=meta, kw_only=True)


def section(cls: type, says: str) -> Any:
    """Declare a subsection that may be absent (``None``)."""
    return field(default=None, metadata={"kind": "section", "of": cls, "says": says}, kw_only=True)


def standing_section(cls: type, says: str) -> Any:
    """Declare a subsection that is always there; a file that leaves it out gets its defaults."""
    return field(default_factory=cls, metadata={"kind": "section", "of": cls, "says": says}, kw_only=True)


def named(cls: type, says: str, *, required: bool = False, refers: str = "") -> Any:
    """Declare a mapping of names to sections; an absent mapping is empty, a required one must have an entry.

    ``refers`` names the section whose names are the only ones allowed as keys (``reasons``); without it, names are free.
    """
    meta = {"kind": "named", "of": cls, "says": says, "required": required, "refers": refers}
    return field(default_factory=dict, metadata=meta, kw_only=True)


@dataclass(frozen=True)
class Calendar:
    """When the simulated firm is open, and for how long it is watched."""

    start: dt.date = key("date", "First simulated day.", default=dt.date(2026, 3, 2))
    days: int = key("count", "How many days are simulated, closed days included.", default=5, low=1, high=16_383)
    hours: dict[str, Any] | None = key(
        "week_by_channel",
        "Opening hours by channel and weekday; a channel that is not named is open round the clock.",
        default=None,
        example="{phone: {mon-fri: 9:00-18:00, sat: 10:00-14:00}}",
    )
    closed: tuple[dt.date, ...] = key("dates", "Dates on which everything is closed.", default=())
    interval: float = key(
        "duration",
        "Length of the intervals of profiles and reports; must divide a day. Changing it renames every case.",
        default=1800.0,
        low=60.0,
        high=DAY_S,
        example="15 min",
    )
    warm_up: float = key("duration", "Contacts that arrive in this first time are logged but left out of the measures.", default=0.0, low=0.0)


@dataclass(frozen=True)
class Menu:
    """The menu before the phone queue, or the reception before the counter queue: time without an agent."""

    time: Law = key("law", "How long the contact stays in the menu (or at the reception).")
    contained: float = key("share", "Share of contacts whose need the menu meets, so that they leave.", default=0.0)
    false_containment: float = key("share", "Share of contained contacts whose need was in truth not met; they contact the firm again.", default=0.0)


@dataclass(frozen=True)
class TryAgain:
    """What somebody does who was not served: the same person, with the same patience, tries again."""

    after_abandonment: float = key("share", "Chance to try again after giving up a wait.", default=0.0)
    after_busy: float = key("share", "Chance to try again after a busy line or a full waiting room.", default=0.0)
    delay: Law = key("law", "Time until the next try.", default=Law("exponential", (1800.0,)))
    delay_after_busy: Law | None = key("law", "Time until the next try after a busy line; as `delay` when absent.", default=None)
    tries: int = key("count_or_all", "Tries in all, the first included.", default=3, low=1)


@dataclass(frozen=True)
class TryWhenOpen:
    """What somebody does who found the channel closed."""

    share: float = key("share", "Chance to try again when the channel opens next.", default=1.0)
    spread: Law = key("law", "Time after the next opening.", default=Law("uniform", (0.0, 3600.0)))
    tries: int = key("count_or_all", "Tries in all, the first included.", default=2, low=1)


@dataclass(frozen=True)
class ServiceLevel:
    """The promise on waiting that reports compare with."""

    within: float = key("duration", "The threshold y of 'x % within y'; absent at a counter: 10 min.", default=20.0, low=0.0)
    target: float = key("share", "The promised share x.", default=0.8)
    formula: str = key(
        "choice",
        "Which of the published formulas is the headline; all are always computed.",
        default="answered_of_offered",
        choices=("within_of_offered", "answered_of_answered", "answered_of_offered", "abandons_within_left_out", "short_abandons_count"),
    )
    short_abandon: float = key("duration", "An abandonment at or before this wait is a short one.", default=5.0, low=0.0)


@dataclass(frozen=True)
class Channel:
    """One way to reach the firm: a counter with a waiting room, or a phone number with trunk lines."""

    kind: str = key("choice", "What kind of channel it is; a channel called counter or phone need not say it.", default=None, choices=("counter", "phone"))
    lines: int | None = key("count_or_all", "Phone: trunk lines, each held from ring to hang-up.", default=None, low=1)
    seats: int | None = key("count_or_all", "Counter: places in the room, each held until the talk ends; who finds none leaves.", default=None, low=0)
    balking: tuple[tuple[int, float], ...] = key(
        "steps", "Chance to leave at once, from that many waiting people on.", default=(), example="{5: 10 %, 10: 40 %}"
    )
    menu: Menu | None = section(Menu, "The menu before the queue.")
    try_again: TryAgain | None = section(TryAgain, "Redials and renewed visits after a busy line or an abandoned wait.")
    when_closed: TryWhenOpen | None = section(TryWhenOpen, "What people do who find the channel closed; absent: they give up.")
    felt_wait: float = key("factor", "How much longer a wait feels: 1.2 unexplained, 1 explained, 1.5 unfair.", default=1.2, low=0.0, high=10.0, plausible=(0.8, 2.0), source="direction B28, B30, B31")
    acceptable_wait: float | None = key("duration", "Wait that costs no satisfaction; absent: 60 s by phone, 10 min at a counter.", default=None, above=0.0, source="shape B31; size assumed")
    closing: str = key("choice", "At closing time: serve who is inside, or clear the line.", default="serve_inside", choices=("serve_inside", "clear"))
    service_level: ServiceLevel = standing_section(ServiceLevel, "The promise on waiting; absent: 80 % in 20 s (phone), in 10 min (counter).")
    cost_per_minute: float = key("money", "What a minute of a held line costs the firm.", default=0.0, low=0.0)


@dataclass(frozen=True)
class OwnExecutive:
    """Whether the customers of a segment have an executive of their own."""

    team: str = key("name", "The team whose agents own the customers.", refers="teams")
    share: float = key("share", "Share of the segment's customers who have one.", default=1.0)


@dataclass(frozen=True)
class History:
    """What a customer of the segment lives through in a year: where the remembered scores stand when the run begins."""

    cases: float = key("number", "Ordinary cases a year.", default=4.0, low=0.0, high=1000.0, source="assumed")
    solved_at_first: float = key("share", "Share of them solved at the first contact.", default=0.7, plausible=(0.5, 0.85), source="B44")
    problems: float = key("number", "Problems a year.", default=0.5, low=0.0, high=100.0, plausible=(0.1, 1.5), source="B13; size assumed")
    major: float = key("share", "Share of the problems that are serious.", default=0.3, source="assumed")
    quick: float = key("share", "Share of the complaints that are settled at once.", default=0.35, source="assumed")
    slow: float = key("share", "Share of the complaints that are settled late, after two more calls and 15 days; the rest is not settled.", default=0.35, source="assumed")


@dataclass(frozen=True)
class SegmentLoyalty:
    """How customers of a segment stay or leave."""

    leaving: float = key(
        "factor", "phi: a year's chance to leave of somebody who would certainly not buy again.", default=0.45, low=0.0, high=5.0, plausible=(0.33, 1.5), source="B45, B51, B67"
    )
    lock: float = key("share", "Factor on leaving for the cost of switching; 1: none.", default=1.0, plausible=(0.3, 1.0), source="B37; size assumed")
    churn: float | None = key("share", "Share of the segment that leaves in an ordinary year: shown beside what the model gives, never used.", default=None)
    account: float = key("number", "A0: account of a new customer.", default=75.0, low=0.0, high=100.0, plausible=(60.0, 85.0), source="level that gives 88 % buying again (B7, B8)")
    promised: float = key("number", "Points by which promises raise the account of a new customer above what service has earned.", default=0.0, low=-50.0, high=50.0, source="assumed")
    history: History = standing_section(History, "What a year holds for a customer before the run begins.")
    time_value: float = key("money", "What an hour of the customer's own time is worth.", default=0.0, low=0.0, source="assumed")


@dataclass(frozen=True)
class Segment:
    """A class of customers."""

    customers: int | None = key("count", "How many customers there are; absent: callers are not known as persons.", default=None, low=1, high=1_000_000_000)
    own_executive: OwnExecutive | None = section(OwnExecutive, "Whose customers they are.")
    patience: dict[str, Law] | None = key("law_by_channel", "How long they wait in line before they give up; absent: for ever.", default=None)
    margin: float = key("money", "Margin a customer brings in a year.", default=0.0, low=0.0)
    loyalty: SegmentLoyalty = standing_section(SegmentLoyalty, "How they stay or leave; used where the scenario has `loyalty`.")


@dataclass(frozen=True)
class Arrivals:
    """How many cases of a reason come, and when."""

    per_day: float | None = key("number", "Mean number of cases on a day of weight 1, spread by `profile`.", default=None, low=0.0)
    profile: tuple[Any, ...] | None = key(
        "day_profile",
        "How busy each time of day is against the others: from each time until the next, from opening when the first is 0:00, the last until closing; absent: even over the opening hours.",
        default=None,
        example="{9:00: 7, 10:00: 10, 11:00: 13}",
    )
    per_hour: tuple[Any, ...] | None = key(
        "day_profile", "Cases per hour by time of day, instead of per_day and profile; one number (or 0:00 first): from opening.", default=None, example="{9:00: 20, 12:00: 15}"
    )
    weekdays: tuple[float, ...] | None = key("day_factors", "Factor by weekday.", default=None, example="{mon: 1.2, tue-fri: 1}")
    day_factor: str | None = key("name", "The day-to-day busy-ness that multiplies these arrivals.", default=None, refers="day_factors")
    growth: float = key("number", "Growth of the rates in a month of 30 days: 0.01 is 1 % more each month, from the first simulated day on.", default=0.0, low=-0.5, high=0.5)
    file: str | None = key("file", "CSV of a planner's forecast: date, start, volume and optionally aht_s; instead of rates.", default=None)
    trace: str | None = key("file", "CSV of recorded arrivals: date, time and optionally segment, channel, customer, talk_s, wrap_up_s, patience_s, menu_s; instead of rates.", default=None)


@dataclass(frozen=True)
class Unsolved:
    """What follows when a contact was served but the need was not met."""

    returns: float = key("share", "Chance to come again; otherwise the case is given up.", default=0.0)
    delay: Law = key("law", "Time until the next contact of the case.", default=Law("deterministic", (DAY_S,)))
    counts: str = key(
        "choice",
        "What the delay counts: clock time, or open days (rounded, at least one; the contact comes at the same time of day).",
        default="clock",
        choices=("clock", "open_days"),
    )
    contacts: int = key("count_or_all", "Contacts of this kind in all, the first included.", default=3, low=1)


@dataclass(frozen=True)
class Link:
    """A later need that grows out of a case whose need was met: a sale leads to faults."""

    share: float = key("share", "Chance that it comes.", default=1.0)
    delay: Law = key("law", "Time from the close of the first case to the first contact of the later one.", default=Law("deterministic", (DAY_S,)))


@dataclass(frozen=True)
class Reason:
    """Why a customer makes contact."""

    stage: str = key("choice", "Before or after the sale.", default="after_sale", choices=("before_sale", "after_sale"))
    segments: dict[str, float] | None = key("shares", "Who comes, by share; absent: every segment, by its number of customers.", default=None, refers="segments")
    channels: dict[str, float] | None = key("shares", "Which way they come, by share; absent: the only channel.", default=None, refers="channels")
    asks_for: str = key("choice", "Whom the contact asks for.", default="anyone", choices=("anyone", "own"))
    cover: str | None = key("name", "The rules for an own executive who is busy or away.", default=None, refers="cover")
    arrivals: Arrivals | None = section(Arrivals, "How many cases come, and when.")
    talk: dict[str, Law] = key("law_by_channel", "Talk time: agent and customer together.")
    search: dict[str, Law] | None = key("law_by_channel", "Search for information, before the talk ends; the customer waits for it.", default=None)
    wrap_up: dict[str, Law] | None = key("law_by_channel", "Work of the agent after the customer has gone.", default=None)
    handling_profile: tuple[Any, ...] | None = key(
        "day_profile",
        "Factor on talk, search and wrap-up by the time of day at which the case arrives, from each time until the next; before the first time: 1.",
        default=None,
        example="{9:00: 1.1, 16:00: 0.9}",
    )
    patience: dict[str, Law] | None = key("law_by_channel", "Patience of these contacts, instead of their segment's.", default=None)
    solved: float = key("share", "Chance that a contact meets the need (by the own executive, where one is asked for).", default=1.0)
    solved_with_file: float | None = key("share", "The same by a colleague or substitute who has the customer's file; absent: as `solved`.", default=None)
    solved_without_file: float | None = key("share", "The same by somebody without the file; absent: as `solved_with_file`.", default=None)
    contained: float | None = key("share", "Share that the menu contains, instead of the channel's.", default=None)
    unsolved: Unsolved | None = section(Unsolved, "What follows an unsolved contact; absent: the case is given up.")
    problem: bool = key("yes_no", "Whether the need is itself a problem with the firm: a fault, a claim, a complaint.", default=False)
    major: float = key("share", "Share of its problems that are serious to the customer.", default=0.3, source="assumed")
    claim: float = key("money", "What settling a problem costs on average: exchange, refund, credit.", default=0.0, low=0.0)
    claim_spread: float = key("factor", "Standard deviation of that, divided by the mean.", default=0.0, low=0.0, high=10.0)
    leads_to: dict[str, Link] = named(Link, "Later needs that grow out of a met one, by reason.", refers="reasons")


@dataclass(frozen=True)
class Skill:
    """How well a team or an agent handles one reason."""

    speed: float = key("factor", "Handling times are divided by this.", default=1.0, above=0.0, high=100.0)
    solved: float | None = key("share", "Chance to meet the need, instead of the reason's.", default=None)


@dataclass(frozen=True)
class Break:
    """A pause within a shift."""

    at: float = key("time", "Planned start.")
    length: float = key("duration", "Planned length.", above=0.0, high=DAY_S)
    stagger: float = key("duration", "Each further agent of the shift begins this much later.", default=0.0, low=0.0)


@dataclass(frozen=True)
class Shift:
    """The same working hours for some agents of a team."""

    days: tuple[int, ...] = key("days", "On which weekdays.", default=(0, 1, 2, 3, 4, 5, 6), example="mon-fri")
    hours: tuple[tuple[float, float], ...] = key("windows", "Working hours.", example="9:00-17:30")
    agents: int = key("count", "How many agents work it.", default=1, low=0, high=100_000)
    breaks: dict[str, Break] = named(Break, "Pauses of this shift.")


@dataclass(frozen=True)
class Member:
    """What is special about one agent of a team."""

    speed: float = key("factor", "Handling times are divided by this, beside the team's speed.", default=1.0, above=0.0, high=100.0)
    skills: dict[str, Skill] = named(Skill, "By reason, instead of the team's.", refers="reasons")
    lacks: tuple[str, ...] = key("names", "Reasons this agent cannot serve.", default=(), refers="reasons")
    buddy: str | None = key("text", "The colleague (number or name in the team) who covers first.", default=None)


@dataclass(frozen=True)
class Team:
    """People who do the same work; each is an individual agent, named ``team/1``, ``team/2`` ..."""

    agents: int | None = key("count", "How many agents the team has; absent: its highest head count. With a head count, fewer agents cut it, and further ones work whenever the team does. Not with shifts.", default=None, low=0, high=100_000)
    shifts: dict[str, Shift] = named(Shift, "Working hours; absent: the agents work the opening hours of the channels they serve.")
    head_count: tuple[Any, ...] | None = key(
        "day_profile", "Agents on duty by time of day, from each time until the next, the last until closing; the highest numbers go first.", default=None, example="{9:00: 2, 11:00: 3, 17:00: 2, 18:00: 0}"
    )
    head_count_file: str | None = key("file", "The same as a CSV: date, start, agents.", default=None)
    breaks: dict[str, Break] = named(Break, "Pauses of every agent, for teams without shifts.")
    speed: float = key("factor", "Handling times are divided by this.", default=1.0, above=0.0, high=100.0)
    skills: dict[str, Skill] = named(Skill, "By reason: speed and chance to solve.", refers="reasons")
    lacks: tuple[str, ...] = key("names", "Reasons that only members with a skill of their own for them can serve.", default=(), refers="reasons")
    members: dict[str, Member] = named(Member, "By agent (number, or shift-number): what is special.")
    wage: float = key("money", "Paid per hour and agent.", default=0.0, low=0.0)
    overtime_pay: float = key("factor", "An hour of overtime is paid at this multiple of the wage.", default=1.5, low=0.0, high=10.0)
    at_closing: str = key("choice", "When the shift ends and people still wait for the team inside: stay, or leave.", default="stay", choices=("stay", "leave"))
    late_break: str = key("choice", "A break that begins late keeps its full length, or its planned end.", default="full", choices=("full", "cut_short"))
    authority: float | None = key("money", "Up to which amount an agent may settle a problem without asking; absent: nothing can be settled.", default=None, low=0.0)
    courtesy: float = key("number", "Points of felt quality that these agents add, or take, against the ordinary.", default=0.0, low=-50.0, high=50.0, source="assumed")
    picks: str = key(
        "choice",
        "Which waiting contact a free agent takes: by priority and then longest waiting, or longest waiting only.",
        default="priority",
        choices=("priority", "longest_waiting"),
    )


@dataclass(frozen=True)
class Overflow:
    """A further team that helps when the wait or the line is long."""

    team: str = key("name", "Which team joins.", refers="teams")
    after: float | None = key("duration", "After this wait.", default=None, low=0.0)
    at_length: int | None = key("count", "While at least this many wait in the line.", default=None, low=1)


@dataclass(frozen=True)
class Route:
    """Which teams serve which contacts. The most specific route wins."""

    channels: tuple[str, ...] = key("names", "Only these channels.", default=(), refers="channels")
    reasons: tuple[str, ...] = key("names", "Only these reasons.", default=(), refers="reasons")
    segments: tuple[str, ...] = key("names", "Only these segments.", default=(), refers="segments")
    teams: tuple[str, ...] = key("names", "Who serves, in order of preference.", refers="teams")
    overflow: dict[str, Overflow] = named(Overflow, "Who helps when it gets long.")
    priority: int = key("count", "Higher goes first.", default=0, low=-1000, high=1000)
    credit: float = key("duration", "Waiting credit: these contacts are ranked as if they had come so much earlier.", default=0.0, low=0.0)


@dataclass(frozen=True)
class Buddy:
    """A present colleague of the executive's team serves."""

    has_file: float = key("share", "Chance that the colleague has the customer's file.", default=0.6)
    longest_line: int = key("count_or_all", "Not if that many already wait for each present colleague.", default=3, low=1)
    search_with_file: Law = key("law", "Search for information, file at hand.", default=Law("deterministic", (0.0,)))
    search_without_file: Law = key("law", "Search for information without the file.", default=Law("deterministic", (0.0,)))
    talk: Law | None = key("law", "Talk time, instead of the reason's.", default=None)


@dataclass(frozen=True)
class Substitute:
    """A member of another team serves, after a search."""

    team: str = key("name", "Which team.", refers="teams")
    has_file: float = key("share", "Chance that the substitute has the customer's file.", default=0.2)
    longest_line: int | None = key("count_or_all", "Not if that many already wait for a substitute; absent: however many.", default=None, low=1)
    search_with_file: Law = key("law", "Search for information, file at hand.", default=Law("deterministic", (0.0,)))
    search_without_file: Law = key("law", "Search for information without the file.", default=Law("deterministic", (0.0,)))
    talk: Law | None = key("law", "Talk time, instead of the reason's.", default=None)


@dataclass(frozen=True)
class ComeBack:
    """The customer is told to come another day."""

    team: str | None = key("name", "Who tells and rebooks; absent: a notice on the door, at no time.", default=None, refers="teams")
    time: Law = key("law", "How long that takes.", default=Law("deterministic", (0.0,)))
    returns: float = key("share", "Chance that the customer comes again; otherwise the case is given up.", default=0.9)
    delay: Law = key("law", "Added to the same time of day on the executive's next planned day.", default=Law("deterministic", (0.0,)))


@dataclass(frozen=True)
class Message:
    """A message is taken; the executive calls back."""

    team: str | None = key("name", "Who takes the message; absent: at no time.", default=None, refers="teams")
    time: Law = key("law", "How long that takes.", default=Law("deterministic", (0.0,)))
    call_back: Law | None = key("law", "Time of the executive for the call; absent: the reason's talk.", default=None)
    priority: int = key("count", "Priority of the call among the executive's waiting work.", default=0, low=-1000, high=1000)
    within: float | None = key("duration", "What is promised: a call answered later than this after the message is a broken promise.", default=None, low=0.0)
    forgotten: float = key("share", "Share of the messages that nobody acts on: the promise is broken, and the customer comes again by himself.", default=0.0)


OWN_RULES = ("wait", "buddy", "substitute", "come_back", "message")


@dataclass(frozen=True)
class CoverRules:
    """What happens to a contact whose own executive is busy or away (R24 to R27)."""

    busy: tuple[str, ...] = key("choices", "Executive busy: the first rule of the list that can be followed.", default=("wait",), choices=OWN_RULES)
    away: tuple[str, ...] = key(
        "choices", "Executive away: the same; must end in come_back or message.", default=("buddy", "come_back"), choices=OWN_RULES
    )
    counts_as_away: float = key("duration", "A break longer than this counts as away.", default=1800.0, low=0.0)
    buddy: Buddy | None = section(Buddy, "How a colleague covers.")
    substitute: Substitute | None = section(Substitute, "How another team covers.")
    come_back: ComeBack | None = section(ComeBack, "How customers are sent home.")
    message: Message | None = section(Message, "How messages are taken.")


@dataclass(frozen=True)
class Notice:
    """Customers are called ahead of a planned absence of their executive, and asked to come another day (R33)."""

    team: str = key("name", "Who calls.", refers="teams")
    share: float = key("share", "Share of those who would come that the firm knows of and calls.", default=0.8)
    agrees: float = key("share", "Chance that somebody who was reached comes another day.", default=0.9)
    time: Law = key("law", "Length of a call.", default=Law("deterministic", (120.0,)))
    at: float = key("time", "When the calls of the open day before begin.", default=9 * 3600.0, example="9:00")


@dataclass(frozen=True)
class Teaches:
    """What those who were away can do afterwards."""

    solved: float = key("number", "Added to their chance to solve: 0.042 is 4.2 points of a hundred.", default=0.0, low=-1.0, high=1.0, plausible=(0.0, 0.08), source="B58: effect 0.6 sd; 7 points a sd assumed")
    speed: float = key("factor", "Handling times are divided by this, beside their speed.", default=1.0, above=0.0, high=100.0)


@dataclass(frozen=True)
class Absence:
    """Agents of a team away for some hours of some days: planned, or drawn day by day."""

    team: str = key("name", "Whose agents.", refers="teams")
    agents: Any = key("who", "A number of agents, a share of the team, or a list of agents; absent: all.", default=None, example="80 %")
    on: tuple[dt.date, ...] | None = key("dates", "On which dates; absent: on every day.", default=None)
    days: tuple[int, ...] | None = key("days", "Only on these weekdays.", default=None, example="mon-fri")
    hours: tuple[tuple[float, float], ...] | None = key("windows", "Within which hours; absent: all day.", default=None)
    chance: float | None = key("share", "Drawn: chance a day for each of these agents; absent: planned and certain.", default=None)
    cause: str = key("choice", "What for: hours of training are prevention in the ledger.", default="other", choices=("training", "illness", "other"))
    notice: Notice | None = section(Notice, "Customers are called ahead; absent: nobody is told.")
    teaches: Teaches | None = section(Teaches, "What they can do after the last of these absences has ended.")


@dataclass(frozen=True)
class Complaints:
    """Who takes complaints about problems, and what they may do (R43)."""

    team: str = key("name", "Who takes them.", refers="teams")
    delay: Law = key("law", "Time from the bad contact to the complaint; a counter customer walks over at once.", default=Law("deterministic", (0.0,)))
    time: Law = key("law", "How long taking one lasts.", default=Law("lognormal", (480.0, 336.0)))
    solved: float = key("share", "Chance to settle a complaint on the spot, by somebody whose authority suffices.", default=0.9)
    passed_on: float = key("share", "Chance that a complaint that is not settled is passed on to the recovery team.", default=0.0)
    compensation: float = key("factor", "Paid when settled, as a share of the claim.", default=0.0, low=0.0, high=5.0, plausible=(0.0, 1.5), source="B21, B22")
    overuse: float = key("share", "Share of settled complaints for which the whole authority is paid although the loss is smaller.", default=0.0, plausible=(0.0, 0.1), source="assumed")


@dataclass(frozen=True)
class Recovery:
    """The firm calls those whom it failed: complaints passed on, or everybody hit (R44)."""

    team: str = key("name", "Who calls.", refers="teams")
    delay: Law = key("law", "Time until the call is due: approval, finding out; short where there is a plan.", default=Law("deterministic", (5 * DAY_S,)))
    time: Law = key("law", "How long it lasts.", default=Law("lognormal", (600.0, 360.0)))
    solved: float = key("share", "Chance to settle the problem, where the team's authority suffices.", default=0.7)
    reaches: float = key("share", "Share of those hit who did not complain and are called all the same: the special action plan.", default=0.0)
    goodwill: float = key("money", "Given to everybody who is called.", default=0.0, low=0.0)
    eases: float = key("number", "Points of friction that the call takes away.", default=10.0, low=0.0, high=100.0, plausible=(0.0, 20.0), source="B24; size assumed")


LOYALTY_PRESETS = ("story", "evidence", "strict")


@dataclass(frozen=True)
class Loyalty:
    """What customers remember of how they were served, and what follows from it (R11, R41, R42).

    Keys without a default take it from the preset.
    """

    preset: str = key(
        "choice",
        "How much of the unproven claims to believe: `story` all of them, `evidence` what studies bear out, `strict` none.",
        default="evidence",
        choices=LOYALTY_PRESETS,
    )
    base_quality: float = key("number", "Q0: quality felt of an ordinary contact without friction.", default=84.0, low=0.0, high=100.0, plausible=(70.0, 92.0), source="so that the account settles at 75 and the mean contact is 79 (B49)")
    spread: float = key("number", "Its standard deviation.", default=10.0, low=0.0, high=50.0, plausible=(5.0, 15.0), source="assumed")
    smile: float = key("number", "Points that a smile adds to every contact, or its absence takes.", default=0.0, low=-20.0, high=20.0, plausible=(0.0, 6.0), source="B61; size assumed")
    contact_weight: float = key("number", "alpha: weight of one case in the account.", default=0.15, low=0.0, high=1.0, plausible=(0.05, 0.3), source="fits B45; anchoring B35")
    loss_aversion: float | None = key("number", "lambda: a disappointment moves the account so many times as far as a pleasure.", default=None, low=0.0, high=10.0, plausible=(1.0, 2.5), source="sign B32; size by analogy; against it B33")
    weaker_of_two: float | None = key("share", "theta: 1 the weaker of service and recovery counts, 0 their mean.", default=None, plausible=(0.0, 1.0), source="best fit to B7; against it B34")
    buy_again_at: float = key("number", "Score at which half would buy again.", default=55.0, low=0.0, high=100.0, source="fit to B7")
    buy_again_slope: float = key("number", "Points that change the odds of buying again by a factor of e.", default=10.0, above=0.0, high=100.0, source="fit to B7")
    unsolved: float = key("number", "U: points that an unmet need costs.", default=46.0, above=0.0, high=100.0, plausible=(30.0, 55.0), source="B48; agrees with B7")
    unsolved_major: float = key("number", "Further points where the need was serious.", default=6.0, low=0.0, high=100.0, plausible=(0.0, 15.0), source="fit to B7")
    unsolved_friction: float = key("share", "Share of the friction that counts on top of an unmet need.", default=0.25, source="assumed")
    extra_call: float = key("number", "Points for each further call.", default=15.0, low=0.0, high=100.0, plausible=(10.0, 20.0), source="B46")
    extra_visit: float = key("number", "Points for each further visit.", default=20.0, low=0.0, high=100.0, plausible=(15.0, 30.0), source="assumed")
    transfer: float = key("number", "Points for being served by somebody else than one's executive.", default=5.0, low=0.0, high=100.0, plausible=(0.0, 15.0), source="driver named in B42, B13; size assumed")
    re_explained: float = key("number", "Points for explaining it again to somebody without the file.", default=5.0, low=0.0, high=100.0, plausible=(0.0, 15.0), source="driver named in B43; size assumed")
    no_notice: float = key("number", "Points for finding the executive away without having been told.", default=10.0, low=0.0, high=100.0, plausible=(0.0, 15.0), source="assumed")
    broken_promise: float = key("number", "Points for a promise that was not kept.", default=15.0, low=0.0, high=100.0, plausible=(0.0, 30.0), source="assumed")
    machine: float = key("number", "Points for a menu, to those who want a person.", default=8.0, low=0.0, high=100.0, plausible=(0.0, 15.0), source="share B54; size assumed")
    want_human: float = key("share", "Share of the customers who want a person.", default=0.61, plausible=(0.3, 0.8), source="B54")
    late_after: float = key("duration", "tau: time to a solution that costs nothing much; its double costs `late_points`.", default=DAY_S, low=0.0, plausible=(0.0, 3 * DAY_S), source="shape B23")
    late_points: float = key("number", "Points for each doubling of (1 + lateness / tau).", default=10.0, low=0.0, high=100.0, plausible=(5.0, 15.0), source="shape B23; size fit to B7")
    wait_points: float = key("number", "Points for each doubling of (1 + excess wait / acceptable wait).", default=15.0, low=0.0, high=100.0, plausible=(5.0, 25.0), source="shape B31; no source for the size")
    anger: float = key("factor", "Factor on friction while a problem is open.", default=1.0, low=0.0, high=10.0, plausible=(1.0, 1.5), source="no size found")
    unfair: float = key("number", "Points lost where the remedy makes up for nothing of the loss.", default=0.0, low=0.0, high=100.0, plausible=(0.0, 20.0), source="B21; no size found")
    recovery_weight: float = key("number", "rho: weight of the newest problem in the recovery account.", default=0.5, low=0.0, high=1.0, plausible=(0.3, 1.0), source="direction B17, B18")
    window: float = key("duration", "A second problem within this time is a double deviation.", default=365 * DAY_S, low=0.0, plausible=(180 * DAY_S, 600 * DAY_S), source="direction B17")
    second_problem: float = key("number", "Points a second problem costs.", default=8.0, low=0.0, high=100.0, source="B17; size assumed")
    half_life: float = key("duration", "In which the mood halves, and recovery drifts half way back to the account.", default=90 * DAY_S, above=0.0, plausible=(30 * DAY_S, 180 * DAY_S), source="direction B18")
    shock_major: float = key("number", "Mood after a serious failure.", default=7.0, low=0.0, high=100.0, plausible=(3.0, 12.0), source="fit to B7")
    silent_minor: float | None = key("number", "Mood after an unmet need of somebody who said nothing.", default=None, low=0.0, high=100.0, plausible=(12.0, 25.0), source="B12; `story`: B7")
    silent_major: float | None = key("number", "The same where it was serious.", default=None, low=0.0, high=100.0, plausible=(24.0, 43.0), source="B12; `story`: B7")
    bonus: float | None = key("number", "b: mood after a problem that was handled surprisingly well.", default=None, low=0.0, high=100.0, plausible=(0.0, 12.0), source="size B8")
    bonus_chance: float | None = key("share", "pi: chance of that surprise.", default=None, plausible=(0.0, 0.9), source="rare: B14, B15")
    bonus_quality: float = key("number", "From which quality of handling on.", default=85.0, low=0.0, high=100.0, source="assumed")
    bonus_major: bool | None = key("yes_no", "Whether serious problems may surprise too.", default=None)
    incident_weight: float = key("number", "sigma: weight of the incident itself in leaving.", default=0.45, low=0.0, high=1.0, plausible=(0.2, 0.6), source="B25")
    complain_minor: float = key("share", "Chance that somebody with a minor problem complains.", default=0.30, plausible=(0.05, 0.8), source="B9, B10, B13")
    complain_major: float = key("share", "The same where it is serious.", default=0.65, plausible=(0.05, 0.8), source="B9, B10, B13")
    voice: float = key("factor", "Factor on the chance to complain that listening staff add.", default=1.0, low=0.0, high=5.0, plausible=(1.0, 1.1), source="B61; size assumed")
    access: float = key("factor", "Factor on the chance to complain: forms, free numbers, or none.", default=1.0, low=0.0, high=5.0, plausible=(0.5, 2.0), source="no size found")
    recorded: float = key("share", "Chance that a complaint reaches the managers.", default=0.05, plausible=(0.01, 0.5), source="B9")
    told_solved: float = key("number", "People told, per case that was solved.", default=0.41, low=0.0, source="B45: 41 % tell 1")
    told_unsolved: float = key("number", "People told, per case that was not solved or left the customer below 40 points.", default=3.7, low=0.0, source="B45: 74 % tell 5")
    reach: float = key("factor", "Factor on the people told.", default=1.0, low=0.0, high=100.0, plausible=(1.0, 10.0), source="no size found")
    heard_bad: float = key("number", "Change of a prospect's chance to buy for each bad story heard.", default=-0.11, low=-1.0, high=0.0, source="B68")
    heard_good: float = key("number", "The same for a good one.", default=0.20, low=0.0, high=1.0, source="B68")
    in_market: float = key("share", "Share of those told who look for such a firm.", default=0.05, source="assumed")
    discount: float = key("share", "Yearly discount of a customer's margin.", default=0.10, plausible=(0.05, 0.2), source="assumed")


@dataclass(frozen=True)
class DayFactor:
    """A busy-ness of the day: gamma distributed with mean 1, the same for all arrivals that name it."""

    cv: float = key("factor", "Standard deviation divided by the mean.", low=0.0, high=5.0)


@dataclass(frozen=True)
class Scenario:
    """A world: who comes, why, and who serves them."""

    title: str = key("text", "One line that says what this world is.", default="")
    description: str = key("text", "More words, with the sources of the numbers.", default="")
    currency: str = key("text", "The money of all amounts.", default="USD")
    calendar: Calendar = standing_section(Calendar, "Days and opening hours.")
    channels: dict[str, Channel] = named(Channel, "Ways to reach the firm.", required=True)
    segments: dict[str, Segment] = named(Segment, "Classes of customers; absent: one class, `customers`, unknown as persons.")
    day_factors: dict[str, DayFactor] = named(DayFactor, "Day-to-day busy-ness.")
    reasons: dict[str, Reason] = named(Reason, "Why people make contact.", required=True)
    teams: dict[str, Team] = named(Team, "Who serves.", required=True)
    routes: dict[str, Route] = named(Route, "Which teams serve what; absent: every team serves everything, in order of name.")
    cover: dict[str, CoverRules] = named(CoverRules, "Rules for own executives who are busy or away.")
    absences: dict[str, Absence] = named(Absence, "Who is away, and when.")
    loyalty: Loyalty | None = section(Loyalty, "What customers remember; absent: nothing, and nobody leaves or complains.")
    complaints: Complaints | None = section(Complaints, "Who takes complaints; absent: they are said to nobody. Needs `loyalty`.")
    recovery: Recovery | None = section(Recovery, "Who makes up for failures; absent: nobody. Needs `loyalty`.")
    folder: Path | None = field(default=None, compare=False, repr=False, kw_only=True)
    """Where the scenario's files are; no key, set by the reader, never written anywhere."""


RESERVED_SECTIONS = {
    "decisions": "decisions are files of their own, in the scenario's folder decisions/",
    "call_backs": "call-back offers",
    "transfers": "transfers between teams",
    "appointments": "appointments",
    "deferred_work": "work without a customer present",
    "sources": "finite sources and batches",
}
"""Names that later capabilities will use; a scenario may not use them for anything else."""

RUN_SETTINGS = (
    "scenario", "decisions", "decision", "margin", "replications", "max_replications", "precision", "confidence", "seed", "engine", "output", "study", "overwrite", "logs", "csv",
    "figures", "workers", "replay", "replay_days", "replay_layout", "results_dir", "scenario_dir", "level", "measure", "hydra",
)
"""Words on the command line that say how to run, never what the world is."""
