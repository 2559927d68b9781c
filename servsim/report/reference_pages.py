"""The made parts of the reference pages: run settings, measures and the columns of the files, out of the program's tables.

::

    SETTINGS, conf/config.yaml     -> docs/reference/run_settings.md
    MEASURES, BY                   -> docs/reference/measures.md
    CONTACTS, CASES ..., the codes -> docs/reference/results.md

A page holds prose written by hand and made parts between ``<!-- made: NAME -->`` and ``<!-- made: end -->``.
``python -m servsim.report.reference_pages`` prints the made parts; with the folder of the pages it puts them into place. A
test holds the committed pages equal to it. Never says anything that the program does not know, but what words and amounts mean.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path

from servsim.measure.agent_day import PRESENCE_WORDS
from servsim.measure.cases import CaseState
from servsim.measure.group import BY
from servsim.measure.registry import MEASURES, MONEY, Measure, Where
from servsim.measure.summary import ROW_FIELDS
from servsim.measure.table import COLUMNS
from servsim.rules.codes import AgentState, Cover, Entry, Hit, LegKind, NextStep, Outcome, Solved, word
from servsim.scenario.decision_language import ACCOUNTS
from servsim.scenario.library import data_dir
from servsim.scenario.yaml_text import read_yaml
from servsim.study.comparison import ROW_SAYS, WITH_INVOICES
from servsim.study.paired import CHANGED_CASES, CHANGED_CONTACTS, CUSTOMER_PAIRED, PAIRED
from servsim.study.settings import SETTINGS, Setting
from servsim.study.tables import AGENTS, CASES, CASES_REMEMBERED, CONTACTS, CUSTOMERS, CUSTOMERS_REMEMBERED

Rows = Sequence[Sequence[str]]

BREAKDOWN_SAYS = {
    "overall": "the whole run",
    "interval": "interval of the day (`09:30`), all days together",
    "day": "date",
    "channel": "channel",
    "reason": "reason",
    "segment": "segment",
    "team": "team",
    "channel_interval": "channel and interval of the day",
    "team_interval": "team and interval of the day",
}
"""What a group of each breakdown is."""

AMOUNTS: dict[str, str] = {
    # counts
    **{measure.numerator[0]: measure.says.rstrip(".") for measure in MEASURES if measure.denominator == ("one",) and len(measure.numerator) == 1},
    "abandoned_short": "offered contacts that gave up at or before the channel's short-abandon limit",
    "abandoned_long": "offered contacts that gave up after that limit",
    "abandoned_within": "offered contacts that gave up at or before the promised wait",
    "abandoned_later": "offered contacts that gave up after the promised wait",
    "answered_within": "offered contacts answered at or before the promised wait",
    "flowed_out": "offered contacts that waited and went otherwise: cut off, turned away, sent home, message taken",
    # waiting
    "joined": "offered contacts that joined a line or found an agent, and whose wait was over at the end of the run",
    "had_to_wait": "of `joined`, those with a wait above 0",
    "wait_all_s": "sum of the waits of `joined`",
    "wait_answered_s": "sum of the waits of `answered`",
    "time_to_abandon_s": "sum of the waits of `abandoned`",
    "excess_wait_s": "sum over `joined` of the part of the wait beyond the channel's promise",
    "median_wait": "median wait of `joined` in the replication",
    "p90_wait": "90 % quantile of the wait of `joined` in the replication",
    "p95_wait": "95 % quantile of the wait of `joined` in the replication",
    "longest_wait": "longest wait of `joined` in the replication",
    "has_wait": "1 where somebody joined, else 0",
    "call_backs_made": "promised calls that an agent began",
    "call_back_wait_s": "sum over `call_backs_made` of the time from the promise to the call",
    # handling
    "talk_s": "sum of talk over `handled`, without search",
    "search_s": "sum of search over `handled`",
    "wrap_up_s": "sum of wrap-up over `handled`",
    "handling_s": "sum over `handled` of the time from answer to the end of wrap-up",
    "desk_contacts": "contacts of which an agent took a message or told to come back",
    "desk_s": "sum of the time for these",
    # agents' time
    "busy_s": "agents' seconds in talk, search and wrap-up",
    "signed_in_s": "agents' seconds on duty (breaks not counted) or in overtime",
    "duty_s": "agents' seconds of planned duty, breaks and absences in it counted",
    "paid_s": "`duty_s` and overtime",
    "off_floor_s": "agents' seconds of planned duty in which they were not on duty",
    # time
    "one": "1",
    "watched_s": "seconds from the end of the warm-up to the end of the run, as far as they lie in the group",
    "open_days": "watched days on which the channel (of other groups: any channel) is open at some time; of an interval: how many times it was watched on such days",
    "watched_starts": "how many times the interval began after the warm-up",
    "waiting_s": "people's seconds in line, those who complain among them",
    "waiting_at_start": "people in line as the interval begins, over all days",
    # cases
    "cases_served": "cases of which some contact about the need itself was answered",
    "cases_solved_at_first_service": "cases solved at their first answered contact",
    "cases_solved_at_first_contact": "cases solved with one contact in all",
    "contacts_of_solved_cases": "contacts of solved cases, calls by the firm counted",
    "time_to_solution_s": "sum over solved cases of the time from the first arrival to the solution",
    "waited_by_case_s": "sum over cases of the customer's time in line",
    # where customers remember
    "complaint_wait_s": "sum of the waits of `complaints_heard`",
    "closings": "cases of known persons that closed while they were customers",
    "quality": "sum over `closings` of the quality felt",
    "friction": "sum over `closings` of the points of friction",
    "customers": "customers of the scenario",
    "customers_here": "customers not lost at the end of the run",
    "satisfaction": "sum over `customers_here` of satisfaction at the end of the run",
    "satisfaction_of_hit": "the same over `people_hit_here`",
    "people_hit_here": "of `people_hit`, those still here",
    "unhappy": "of `customers_here`, those below 40 points",
    "stars": "sum over `customers_here` of 1 + satisfaction / 25",
    "with_recovery": "of `customers_here`, those who know how the firm treats them when something goes wrong",
    "gap_stars": "sum over `with_recovery` of (A - R) / 25",
    "margin_at_risk": "worth of the customers expected to leave from the end of the run to 365 days after its start, projected",
}  # fmt: skip
"""What is added up, by name; a test finds every amount of ``MEASURES`` here."""

CODES: dict[str, tuple[str, type[IntEnum], dict[IntEnum, str]]] = {
    "outcome": ("contacts", Outcome, {
        Outcome.OPEN: "Not over at the end of the run.",
        Outcome.ANSWERED: "An agent served.",
        Outcome.ABANDONED: "Gave up waiting in line.",
        Outcome.BALKED: "Left at the sight of the line, or found no seat.",
        Outcome.BLOCKED: "Met a busy signal: all trunk lines were held.",
        Outcome.CONTAINED: "Ended in the menu.",
        Outcome.CLOSED: "Met a closed channel.",
        Outcome.TURNED_AWAY: "Sent away from the line because nobody would come to serve it.",
        Outcome.DISCONNECTED: "Cut off when the channel closed.",
        Outcome.MESSAGE_LEFT: "A message for the own executive was taken.",
        Outcome.CALLBACK_PROMISED: "Reserved for call-back offers.",
        Outcome.TOLD_TO_COME_BACK: "Told to come another day: came in vain.",
        Outcome.LOST_DEMAND: "No contact: the customer had been lost before.",
    }),
    "entry": ("contacts", Entry, {
        Entry.FRESH: "First contact of a case.",
        Entry.REDIAL: "The same attempt again, after a busy line, an abandonment or a balk.",
        Entry.COMEBACK: "Another visit or call of a case that was not solved or was told to come back.",
        Entry.RETRY_CLOSED: "The same attempt again, after a closed door.",
        Entry.CALL_BACK: "The firm calls, as promised; not counted as offered.",
        Entry.COMPLAINT: "A customer whom the firm failed complains; not counted as offered.",
        Entry.TRANSFER: "Reserved.",
        Entry.ESCALATION: "Reserved.",
        Entry.NOTICE: "The firm calls ahead of an absence; not counted as offered.",
        Entry.RECOVERY: "The firm calls to make up for a failure; not counted as offered.",
        Entry.FOLLOW_UP: "First contact of a case that grew out of another.",
        Entry.DEFERRED: "Reserved.",
    }),
    "next_step": ("contacts", NextStep, {
        NextStep.NONE: "Nothing: the case is solved.",
        NextStep.GIVES_UP: "Nothing: the case is given up.",
        NextStep.REDIALS: "The same attempt again.",
        NextStep.COMES_BACK: "A further visit or call.",
        NextStep.TRIES_WHEN_OPEN: "The same attempt when the channel opens.",
        NextStep.CALL_BACK: "A call by the firm.",
        NextStep.COMPLAINS: "A complaint.",
        NextStep.UNDECIDED: "The run ended first.",
        NextStep.RECOVERS: "A call by the firm to make up for it.",
        NextStep.COMES_OTHER_DAY: "Reached ahead of an absence: the first contact, on another day.",
    }),
    "cover": ("contacts", Cover, {
        Cover.NOBODY: "Nobody was asked for yet, or nobody could be.",
        Cover.TEAM: "Any agent; the contact asked for nobody.",
        Cover.OWN: "The own executive.",
        Cover.BUDDY: "A colleague of the own executive.",
        Cover.SUBSTITUTE: "Somebody of another team.",
        Cover.DESK: "Somebody who takes a message or rebooks.",
    }),
    "leg_kind": ("contacts", LegKind, {
        LegKind.NEED: "The customer's own attempt.",
        LegKind.CALL_BACK: "A call that the firm promised.",
        LegKind.COMPLAINT: "A complaint.",
        LegKind.TRANSFER: "Reserved.",
        LegKind.ESCALATION: "Reserved.",
        LegKind.NOTICE: "A call ahead of an absence.",
        LegKind.RECOVERY: "A call to make up for a failure.",
    }),
    "solved": ("contacts", Solved, {
        Solved.NOT_SERVED: "Nobody served.",
        Solved.NO: "The need was not met.",
        Solved.YES: "The need was met.",
    }),
    "state": ("agents", AgentState, {
        AgentState.OFF: "Off shift.",
        AgentState.IDLE: "On duty, no contact in hand.",
        AgentState.TALK: "Talks.",
        AgentState.WRAP_UP: "Works after the customer has gone.",
        AgentState.SEARCH: "Searches for information; the customer waits for it.",
        AgentState.BREAK: "On a break.",
        AgentState.AWAY: "Absent.",
        AgentState.OVERTIME: "Present after the shift, no contact in hand.",
    }),
    "state of a case": ("cases", CaseState, {
        CaseState.OPEN: "Neither solved nor given up at the end of the run.",
        CaseState.SOLVED: "The need was met.",
        CaseState.GIVEN_UP: "The customer gave the need up.",
        CaseState.LOST: "The customer was lost before the case closed, and came no more.",
    }),
    "hit": ("cases", Hit, {
        Hit.NONE: "The firm did not fail it.",
        Hit.UNSOLVED: "Served in a case that is a problem by itself, and not helped.",
        Hit.NO_FILE: "Served by somebody without the file, and not helped.",
        Hit.TOLD: "Sent home because the executive is away.",
    }),
}  # fmt: skip
"""The words of columns: file, codes, and what each word means; a test finds every code here."""

FIELD_SAYS = {
    "measure": "Name of the measure.",
    "value": "Estimate over all replications; `null`: no data.",
    "low": "Lower end of the interval; `null`: one replication, or no data.",
    "high": "Upper end of the interval.",
    "level": "Confidence level: `0.95`.",
    "unit": "`s`, `share` (0.15 is 15 %), `contacts`, `h`, or the scenario's currency ...",
    "formula": "Which formula, where several go by the name; else empty.",
    "by": 'The group: `{}` the whole run, `{"channel": "phone"}`.',
    "replications": "How many replications stand behind the value.",
}
MEASURE_COLUMN_SAYS = {
    "replication": "Number of the replication, from 0.",
    "by": "Name of the breakdown.",
    "channel": "Group; empty where it does not apply, as in the next five columns.",
    "reason": "Group.",
    "segment": "Group.",
    "team": "Group.",
    "interval": "Group: beginning of the interval of the day, `09:30`.",
    "day": "Group: date.",
    "numerator": "Sum above the line.",
    "denominator": "Sum below the line.",
    "value": "Numerator / denominator in this replication; empty: no data.",
}


def made_parts() -> dict[str, str]:
    """Return every made part, by name."""
    return {name: make() for name, make in PARTS_MADE.items()}


def filled(page: str) -> str:
    """Return a page with its made parts made anew; the prose between them stays."""
    parts = made_parts()
    return MADE.sub(lambda found: f"{found[1]}\n{parts[found[2]]}{found[3]}", page)


MADE = re.compile(r"(<!-- made: (\w+) -->)\n.*?(<!-- made: end -->)", re.DOTALL)


def _table(head: Sequence[str], rows: Rows) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


# ---- run settings


def settings_table() -> str:
    """Return every run setting with its default, as it is typed."""
    defaults = read_yaml(data_dir("conf") / "config.yaml")
    rows = [(f"`{each.name}`", _default(defaults.get(each.name)), _allowed(each), each.says) for each in SETTINGS.values()]
    return _table(("setting", "default", "allowed", "what it says"), rows)


def _default(value: object) -> str:
    return "" if value is None else f"`{value}`"


def _allowed(each: Setting) -> str:
    words = {"share": f"a share from {each.low:.0%} to {each.high:.2%}", "count": f"a whole number from {each.low:.0f} to {_bound(each.high)}"}
    return KIND_SAYS.get(each.kind) or words.get(each.kind) or ", ".join(f"`{choice}`" for choice in each.allowed)


def _bound(high: float) -> str:
    return "2^63 - 1" if high >= 2.0**62 else f"{high:.0f}"


KIND_SAYS = {
    "text": "text",
    "name": "letters, digits, spaces or `. _ - = , + @ ( )`",
    "precision": "a share above 0 and up to 100 %",
    "switch": "`yes`, `no`",
    "workers": "`all`, or a whole number from 1 to 1024",
    "paths": "a path, or a list of paths: `[may.tsv, june.tsv]`",
    "decisions": "a name, or a list of names: `[a, b, a+b]`",
    "margin": "a margin such as `5 %` or `1 min`; or margins by measure: `{mean_wait: 1 min}`",
}


# ---- measures


def measures_table() -> str:
    """Return every measure with its definition and formula."""
    rows = [(f"`{each.name}`", each.formula and f"`{each.formula}`", _unit(each), each.says, f"`{each.formula_text}`", _groups(each), WHERE_SAYS[each.where]) for each in MEASURES]
    return _table(("measure", "formula", "unit", "what it says", "sums", "broken down by", "in the table"), rows)


WHERE_SAYS = {
    Where.ALWAYS: "always",
    Where.NOTICE: "where customers remember, or are called ahead of absences",
    Where.LATER_NEEDS: "where customers remember, or needs lead to later ones",
    Where.MEMORY: "where customers remember",
}
"""In which worlds a measure has rows."""


def _unit(each: Measure) -> str:
    return "the scenario's currency" if each.unit == MONEY else each.unit


def _groups(each: Measure) -> str:
    return ", ".join(each.groups)


def amounts_table() -> str:
    """Return what each sum adds up."""
    used = dict.fromkeys(amount for each in MEASURES for amount in (*each.numerator, *each.denominator))
    return _table(("sum", "what is added up"), [(f"`{name}`", AMOUNTS[name]) for name in used])


def breakdowns_table() -> str:
    """Return the ways in which measures are broken down."""
    return _table(("breakdown", "a group is"), [(f"`{name}`", BREAKDOWN_SAYS[name]) for name in BY])


# ---- results


def fields_table() -> str:
    """Return the fields of a summary row."""
    return _table(("field", "what it says"), [(f"`{name}`", FIELD_SAYS[name]) for name in ROW_FIELDS])


def columns_text() -> str:
    """Return the columns of every Parquet file."""
    measures = {name: MEASURE_COLUMN_SAYS.get(name) or FIELD_SAYS[name] for name in COLUMNS}
    cases, customers = _remembering(CASES, CASES_REMEMBERED), _remembering(CUSTOMERS, CUSTOMERS_REMEMBERED)
    files = {"contacts": CONTACTS, "cases": cases, "agents": AGENTS, "customers": customers, "measures": measures}
    parts = [f"### {file}.parquet\n\n{_table(('column', 'what it says'), [(f'`{name}`', says) for name, says in columns.items()])}" for file, columns in files.items()]
    return "\n".join(parts)


def _remembering(always: dict[str, str], remembered: dict[str, str]) -> dict[str, str]:
    return always | {name: f"{says} (Where customers remember.)" for name, says in remembered.items()}


def words_text() -> str:
    """Return the words that columns of words may hold."""
    parts = [f"### `{column}` ({file}.parquet)\n\n{_words(codes, says)}" for column, (file, codes, says) in CODES.items()]
    presence = f"### `presence` (agents.parquet)\n\n{', '.join(f'`{each}`' for each in PRESENCE_WORDS)}.\n"
    return "\n".join([*parts, presence])


def _words(codes: type[IntEnum], says: dict[IntEnum, str]) -> str:
    return _table(("word", "what it means"), [(f"`{word(code)}`", says[code]) for code in codes])


# ---- comparisons


def comparison_rows_table() -> str:
    """Return the fields of a row of a comparison."""
    return _table(("field", "what it says"), [(f"`{name}`", says) for name, says in ROW_SAYS.items()])


def with_invoices_table() -> str:
    """Return the sums of money that only comparisons have."""
    rows = [(f"`{each.name}`", ", ".join(f"`{name}`" for name in each.of), "all" if each.accounts == ACCOUNTS else f"posted to {each.accounts[0]}") for each in WITH_INVOICES]
    return _table(("measure", "measures added up", "invoices"), rows)


def paired_table() -> str:
    """Return the numbers about the same people in two worlds."""
    return _table(("number", "unit", "what it says"), [(f"`{each.name}`", each.unit, each.says) for each in (*PAIRED, *CUSTOMER_PAIRED)])


def _columns_table(columns: dict[str, str]) -> str:
    return _table(("column", "what it says"), [(f"`{name}`", says) for name, says in columns.items()])


PARTS_MADE: dict[str, Callable[[], str]] = {
    "comparison_rows": comparison_rows_table,
    "with_invoices": with_invoices_table,
    "paired": paired_table,
    "changed_contacts": lambda: _columns_table(CHANGED_CONTACTS),
    "changed_cases": lambda: _columns_table(CHANGED_CASES),
    "settings": settings_table,
    "measures": measures_table,
    "amounts": amounts_table,
    "breakdowns": breakdowns_table,
    "fields": fields_table,
    "columns": columns_text,
    "words": words_text,
}
"""What is made, by the name that stands in the pages."""

PAGES = ("run_settings.md", "measures.md", "results.md", "comparisons.md")
"""Pages with made parts."""


def main(words: Sequence[str]) -> None:
    """Print the made parts, or put them into the pages of a folder."""
    if not words:
        print("\n".join(made_parts().values()), end="")
    for folder in words:
        for page in (Path(folder) / name for name in PAGES):
            page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
