"""The reference page of decision files, made from the tables of ``decision_language.py``.

``python -m servsim.scenario.decision_reference`` prints the page; a test holds the committed page equal to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from servsim.scenario.decision_language import Charge, Decision, Expectation
from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import REQUIRED

HEAD = """# Decision files: every key

This page is made from the program's table of keys (`servsim/scenario/decision_language.py`); do not edit it.

A decision is a file `decisions/<decision>.yaml` in a scenario's folder; its name is the file's name. The decisions of a scenario
that another one is `like` serve that one too. `servsim compare scenario=phone_shop decisions=a,b,a+b` runs them beside doing nothing
([how to compare decisions](../how-to/compare_decisions.md)).

```yaml
title: Five executives to one course on Friday
why: One trip of the trainer, one day, everybody hears the same.
aim: executives_trained
reference: course_staggered
set:
  absences.course: {team: executives, agents: 5, on: [2026-03-13]}
costs:
  trainer: {amount: 1000, per: day, first_day: 2026-03-13, last_day: 2026-03-13, account: prevention}
expects:
  - {measure: told_to_come_back, sign: up}
```
"""

TOGETHER = """## What `set` may hold

Paths and values are those of the command line: a key (`teams.clerks.agents: 5`), a whole named section
(`absences.course: {team: executives, on: [2026-03-13]}`), or `null` to remove one (`channels.phone.menu: null`). Quote nothing more than in a scenario file.
The dates and days that are simulated, the length of intervals and the currency must stay as they are: cases are found again in the other world by their day and interval.

## Decisions taken together

`a+b` is both at once: their paths and their money are joined. Two that set one path are refused. One may add a key to a section that the other gives as a whole
(`absences.course` and `absences.course.notice`), as long as the other does not give that key. Decisions with different aims or references do not combine.

A decision with `counters` answers others. Taken together with one of them it is compared with that one alone too, and what its author expects is judged there.
Where it only changes a part of what the other sets, it cannot be taken alone: asked for alone, it is taken together with the one it answers.

## When money is due

- `once`: on `first_day`;
- `day`: on every simulated day from `first_day` to `last_day` on which some channel is open;
- `person`: `amount` times `persons`, on `first_day`.

Without `first_day` it is the first simulated day, without `last_day` the last. Money that would be due on no simulated day is refused.
Wages are not written here: they follow from the simulated duty and overtime.
"""

KIND_WORDS = {
    "text": "words",
    "money": "an amount in the scenario's currency",
    "count": "a whole number",
    "date": "a date: `2026-03-13`",
    "choice": "one of the words listed",
    "sign": 'one of the words listed; also `"+"`, `"-"`, `0`',
    "decision": "the name of a decision, or of several taken together: `a+b`",
    "decisions": "a list of such names",
    "paths": "dotted paths and new values",
    "expected": "a list of expectations",
    "named": "charges, each by a name of your own",
}


def decision_markdown() -> str:
    """Return the reference page."""
    return "\n".join([HEAD, *_sections(), TOGETHER]).rstrip() + "\n"


def _sections() -> Iterator[str]:
    for title, cls in (("## A decision", Decision), ("## A charge (`costs`, `savings`)", Charge), ("## An expectation (`expects`)", Expectation)):
        rows = "".join(f"| {' | '.join(_cells(entry))} |\n" for entry in entries(cls).values())
        yield f"{title}\n\n| key | what to write | default | what it says | example |\n| --- | --- | --- | --- | --- |\n{rows}"


def _cells(entry: Entry) -> tuple[str, ...]:
    choices = ", ".join(f"`{each}`" for each in entry.meta.get("choices", ()))
    example = entry.meta.get("example", "")
    return (f"`{entry.name}`", choices or KIND_WORDS[entry.kind], _default(entry), entry.meta["says"], f"`{example}`" if example else "")


def _default(entry: Entry) -> str:
    if entry.kind == "named":
        return ""
    if entry.default is REQUIRED:
        return "**must be given**"
    return f"`{entry.default}`" if entry.default else ""


if __name__ == "__main__":
    print(decision_markdown(), end="")
