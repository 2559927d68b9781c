"""The list of a scenario's decisions: by aim, with what each is judged against, what it is charged inside, and its title. Never simulates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from servsim.cli.number import plain
from servsim.cli.table import aligned
from servsim.errors import ScenarioError, counted
from servsim.scenario.decision import read_decision
from servsim.scenario.decision_language import Decision
from servsim.scenario.invoice import invoices_of
from servsim.scenario.language import Scenario
from servsim.scenario.yaml_text import read_yaml

UNREADABLE = "(cannot be read; servsim check tells why)"
NOT_DUE = "not in these days"
MOST_ANSWERED = 2


class Listed(NamedTuple):
    """One line of the list."""

    name: str
    decision: Decision | None
    """``None``: the file cannot be read."""
    charged: str
    """Its invoices less its savings beside payroll."""


def decisions_text(name: str, scenario: Scenario, files: Mapping[str, Path]) -> str:
    """Return the decisions of a scenario as text, those with one aim together."""
    if not files:
        return f"{name} has no decisions; write one as decisions/NAME.yaml in its folder\n"
    listed = [_listed(each, file, tuple(files), scenario) for each, file in files.items()]
    head = ["", f"charged ({scenario.currency})", "title"]
    rows = [head, *(row for title, group in _groups(listed) for row in _group_rows(title, group))]
    table = _with_titles(rows)
    how = f"charged: invoices less savings of the simulated days, beside payroll; wages follow when it is run.\nservsim compare scenario={name} decisions={listed[0].name}"
    return f"{scenario.title or name}: {counted(len(files), 'decision')}\n\n{table}\n\n{how}\n"


def _with_titles(rows: Sequence[Sequence[str]]) -> str:
    """Return aligned text; titles to the left at the end, lines of a group's own on their own."""
    cells = aligned([row[:2] for row in rows]).split("\n")
    return "\n".join(f"{cell}   {row[2]}".rstrip() for cell, row in zip(cells, rows, strict=True))


def _listed(name: str, file: Path, known: tuple[str, ...], scenario: Scenario) -> Listed:
    try:
        decision = read_decision(read_yaml(file), name, known)
    except ScenarioError:
        return Listed(name, None, "")
    try:
        return Listed(name, decision, plain(sum(each.amount for each in invoices_of((decision,), scenario)), 0))
    except ScenarioError:
        return Listed(name, decision, NOT_DUE)


def _groups(listed: Sequence[Listed]) -> Iterator[tuple[str, list[Listed]]]:
    """Yield ways to each aim, then answers to others, then the rest."""
    aims = dict.fromkeys(each.decision.aim for each in listed if each.decision is not None and each.decision.aim)
    for aim in aims:
        yield f"Aim {aim}", [each for each in listed if each.decision is not None and each.decision.aim == aim]
    without = [each for each in listed if each.decision is not None and not each.decision.aim]
    yield "Answers to others", [each for each in without if each.decision is not None and each.decision.counters]
    yield "Of no stated aim", [each for each in without if each.decision is not None and not each.decision.counters]
    yield "Bad files", [each for each in listed if each.decision is None]


def _group_rows(title: str, group: Sequence[Listed]) -> Iterator[list[str]]:
    if group:
        yield ["", "", ""]
        yield [title, "", ""]
        yield from ([f"  {each.name}", each.charged, _says(each.decision)] for each in group)


def _says(decision: Decision | None) -> str:
    """Return a title, with what the decision is judged against or answers."""
    if decision is None:
        return UNREADABLE
    more = [f"against {decision.reference}"] if decision.reference else []
    if decision.counters:
        rest = len(decision.counters) - MOST_ANSWERED
        more.append(f"answers {', '.join(decision.counters[:MOST_ANSWERED])}{f' and {rest} more' if rest > 0 else ''}")
    return f"{decision.title} ({'; '.join(more)})" if more else decision.title
