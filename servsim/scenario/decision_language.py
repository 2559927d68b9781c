"""The language of decision files: one frozen section per noun, one declared key per value, as in ``language.py``.

A decision says what changes in a scenario (``set``), what that costs and saves, and what its author expects of it
before anything is run. Two kinds are its own, beside those of ``language.py``:

===========  =================================================================  =====================================
kind         what a planner writes                                              what the program holds
===========  =================================================================  =====================================
paths        mapping of dotted paths of the scenario to new values; ``null``    ``tuple[tuple[str, Any], ...]``
             removes a key
expected     list of ``{measure: mean_wait, sign: up, against: reference}``     ``tuple[Expectation, ...]``
sign         ``up``, ``down`` or ``same`` (also ``"+"``, ``"-"``, ``0``)        ``str``, one of the three words
decision     the name of a decision                                             ``str``
decisions    a list of such names                                               ``tuple[str, ...]``
===========  =================================================================  =====================================

It never reads a file.
"""

# ruff: noqa: RUF009 - key() and named() declare fields; what they return is dataclasses.field(...)
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from servsim.scenario.language import key, named

ACCOUNTS = ("prevention", "appraisal", "internal_failure", "external_failure", "service")
"""The accounts of the ledger that an invoice may be posted to."""

SIGNS = ("up", "down", "same")


@dataclass(frozen=True)
class Charge:
    """Money that a decision costs or saves, beside what the simulated payroll shows."""

    amount: float = key("money", "How much, each time.", low=0.0, example="2000")
    per: str = key(
        "choice",
        "How often: once; on every open day from `first_day` to `last_day`; or once for each of `persons`.",
        default="once",
        choices=("once", "day", "person"),
    )
    persons: int | None = key("count", "With `per: person`: how many.", default=None, low=0, example="40")
    first_day: dt.date | None = key("date", "When it is due, or due for the first time; absent: the first simulated day.", default=None, example="2026-03-05")
    last_day: dt.date | None = key("date", "With `per: day`: the last day on which it is due; absent: the last simulated day.", default=None, example="2026-03-06")
    account: str = key("choice", "The account of the ledger.", default="service", choices=ACCOUNTS)
    says: str = key("text", "What the money is for.", default="", example="Trainer's fee and trip")


@dataclass(frozen=True)
class Expectation:
    """What the author of a decision expects, written down before anything is run."""

    measure: str = key("text", "A measure; of one channel, reason, segment or team as `phone.mean_wait`.", example="told_to_come_back")
    sign: str = key("sign", "Whether it goes up, goes down or stays the same.", choices=SIGNS, example="up")
    against: str = key("choice", "What it is compared with; absent: the reference, or nothing where there is none.", default="", choices=("reference", "nothing"))
    formula: str = key("text", "Which formula, where a measure has several; absent: the first.", default="")
    margin: str = key("text", "With `same`: the largest difference that counts as none, `5 %` of the comparator or `1 min`.", default="", example="1 min")
    says: str = key("text", "Why it is expected.", default="")


@dataclass(frozen=True)
class Decision:
    """What a manager decides, as a change of a scenario."""

    name: str = ""
    """The file's name without its ending, no key."""
    title: str = key("text", "One line that says what is decided.", example="All executives to one course on Thursday")
    why: str = key("text", "Why it looks good.", default="")
    aim: str = key("text", "The aim it serves, in one word; decisions are comparable as ways to the same aim.", default="", example="trained_executives")
    reference: str = key("decision", "The decision with the same aim that it is judged against; absent: doing nothing.", default="", example="course_staggered")
    counters: tuple[str, ...] = key("decisions", "The decisions that this one answers: whose damage it is meant to repair.", default=(), example="[course_all_at_once]")
    words: str = key("text", "The words of the catalogue that this decision stands for.", default="", example="away share 0.8 for 1 day")
    set: tuple[tuple[str, Any], ...] = key(
        "paths", "Dotted paths of the scenario and their new values, as on the command line.", default=(), example="{teams.clerks.agents: 5}"
    )
    costs: dict[str, Charge] = named(Charge, "What it costs beside payroll: invoices, by a name of your own.")
    savings: dict[str, Charge] = named(Charge, "What it saves beside payroll, by a name of your own.")
    expects: tuple[Expectation, ...] = key(
        "expected", "What its author expects; published whichever way it falls.", default=(), example="[{measure: told_to_come_back, sign: up}]"
    )
