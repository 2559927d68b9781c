"""Where two engines differ, told: the first contact and column, all that differs in that row, and the contact's story from both.

Tells what the logs say; never says which engine is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from servsim.engine.log import RunLog
from servsim.errors import ServsimError
from servsim.report.names import Chronicle
from servsim.report.story import Story, story_of_agent, story_of_case, story_of_customer
from servsim.rules.clock import DAY_S
from servsim.scenario.decision import NOTHING
from servsim.study.run import World
from servsim.study.verify import Disagreement

ENGINES = ("simpy", "compiled")
"""Whose logs they are, in order."""
ROW_WORDS = {"contacts": "contact", "presence": "change of presence", "closings": "closed case", "customers": "customer"}


def disagreement_text(found: Disagreement, world: World) -> str:
    """Return where the engines differ, with the story from both.

    Parameters
    ----------
    found : what differs.
    world : in which.
    """
    parts = [_first_line(found), "\n".join(_row_lines(found))]
    for engine, log in zip(ENGINES, found.logs, strict=True):
        parts.append(f"---- as {engine} has it\n\n{_story(found, Chronicle(log, world.plan, world.names, world.scenario))}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _first_line(found: Disagreement) -> str:
    difference = found.difference
    where = f"replication {found.replication}" + ("" if found.world == NOTHING else f" of the world {found.world}")
    if difference.row < 0:
        return f"The engines differ in {where}: their logs of {difference.part} have other columns."
    one, other = (_value(value) for value in difference.values)
    what = f"{ROW_WORDS[difference.part]} {difference.row}, column {difference.column}"
    return f"The engines differ in {where}, first in {what}: {one} ({ENGINES[0]}) against {other} ({ENGINES[1]})."


def _value(value: Any) -> str:
    """Write a value to the last bit."""
    return "no such row" if value is None else repr(getattr(value, "item", lambda: value)())


def _row_lines(found: Disagreement) -> Iterator[str]:
    """Yield every column of the row that differs, where both engines have the row."""
    part, row = found.difference.part, found.difference.row
    one, other = (getattr(log, part) for log in found.logs)
    if row < 0 or any(row >= len(column) for log in (one, other) for column in log.values()):
        return
    for name in one:
        values = one[name][row], other[name][row]
        if values[0].tobytes() != values[1].tobytes():
            yield f"{name:>12}  {_value(values[0])} ({ENGINES[0]}), {_value(values[1])} ({ENGINES[1]})"


# ---- stories


def _story(found: Disagreement, chronicle: Chronicle) -> str:
    """Return the story of the row; a row that this engine does not have, or a log too broken to be told, is said to be that."""
    difference = found.difference
    rows = max((len(column) for column in getattr(chronicle.log, difference.part).values()), default=0)
    if not 0 <= difference.row < rows:
        return f"There is no {ROW_WORDS[difference.part]} {max(difference.row, 0)}.\n"
    try:
        return TELLERS[difference.part](chronicle, difference.row).text
    except (ServsimError, ValueError, IndexError, KeyError) as error:  # a log that breaks the rules may be beyond telling
        return f"It cannot be told: {error}\n"


def _of_presence(chronicle: Chronicle, row: int) -> Story:
    presence = chronicle.log.presence
    return story_of_agent(chronicle, int(presence["agent"][row]), int(presence["time_s"][row] // DAY_S))


def _of_closing(chronicle: Chronicle, row: int) -> Story:
    return story_of_case(chronicle, _case_row(chronicle.log, row))


def _case_row(log: RunLog, row: int) -> int:
    return int(log.closings["row"][row])


TELLERS: dict[str, Callable[[Chronicle, int], Story]] = {
    "contacts": story_of_case,
    "presence": _of_presence,
    "closings": _of_closing,
    "customers": story_of_customer,
}
