"""The log of one replication, back out of a study's Parquet files: the inverse of ``servsim.study.tables``.

Never measures and never simulates.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from servsim.engine.log import CONTACT_COLUMNS, PRESENCE_OVERTIME, RunLog
from servsim.errors import ResultsError
from servsim.measure.agent_day import PRESENCE_WORDS
from servsim.plan.plan import Names
from servsim.rules.codes import Cover, Entry, LegKind, NextStep, Outcome, Solved
from servsim.study.parquet import OFFLINE, first_line, quoted, unmasked
from servsim.study.tables import words_of

if TYPE_CHECKING:
    import duckdb

Columns = dict[str, NDArray[Any]]


def read_log(folder: Path, replication: int, names: Names, seed: int) -> RunLog:
    """Return what one replication left, out of a study's folder.

    Parameters
    ----------
    folder : of the study.
    names : of the plan that was run.
    seed : of the study.

    Raises
    ------
    ResultsError
        The study kept no logs, or has no such replication, or a file cannot be read.
    """
    import duckdb

    with duckdb.connect(config=OFFLINE) as database:
        contacts = _query(database, folder / "contacts.parquet", replication, "contact", _contact_fields(names))
        agents = _query(database, folder / "agents.parquet", replication, "agent, from_s", _agent_fields(names))
    return RunLog(replication, seed, contacts, _presence(agents))


def _contact_fields(names: Names) -> list[str]:
    coded = {
        "leg_kind": words_of(LegKind), "entry": words_of(Entry), "reason": names.reasons, "segment": names.segments, "channel": names.channels,
        "owner": names.agents, "agent": names.agents, "cover": words_of(Cover), "has_file": ("no", "yes"), "queue": names.queues,
        "outcome": words_of(Outcome), "next_step": words_of(NextStep), "solved": words_of(Solved),
    }  # fmt: skip
    least = {"solved": -1}
    renamed = {"next_row": "next_contact AS next_row"}
    return [_code(name, coded[name], least.get(name, 0)) if name in coded else renamed.get(name, name) for name, _, _, _ in CONTACT_COLUMNS]


def _agent_fields(names: Names) -> list[str]:
    return [_code("agent", names.agents, 0), "from_s", "to_s", _code("presence", PRESENCE_WORDS, 0)]


def _code(name: str, words: Sequence[str], least: int) -> str:
    """Return the field that turns words into their numbers, counted from ``least``; an empty one is -1."""
    listed = ", ".join(map(quoted, words))
    return f'coalesce(list_position([{listed}]::VARCHAR[], "{name}") + {least - 1}, -1)::INTEGER AS "{name}"'


def _query(database: duckdb.DuckDBPyConnection, path: Path, replication: int, order: str, fields: Sequence[str]) -> Columns:
    import duckdb

    if not path.exists():
        raise ResultsError(f"{path}: this study did not keep its logs; run it again with logs=full")
    try:
        sorted_rows = f"SELECT * FROM read_parquet({quoted(str(path))}) WHERE replication = {replication:d} ORDER BY {order}"
        found = database.execute(f"SELECT {', '.join(fields)} FROM ({sorted_rows})").fetchnumpy()
    except duckdb.Error as error:
        raise ResultsError(f"{path}: cannot be read as Parquet; {first_line(error)}") from error
    columns = {name: unmasked(column) for name, column in found.items()}
    if not len(next(iter(columns.values()))):
        raise ResultsError(f"{path}: has no replication {replication}")
    return columns


def _presence(agents: Columns) -> Columns:
    """Return the changes of presence that the stretches of agents tell, by time."""
    presence, agent = agents["presence"], agents["agent"]
    begins = np.ones(len(agent), bool)
    begins[1:] = (presence[1:] != presence[:-1]) | (agent[1:] != agent[:-1])
    state = np.where(presence == len(PRESENCE_WORDS) - 1, PRESENCE_OVERTIME, presence)[begins].astype(np.int8)
    order = np.argsort(agents["from_s"][begins], kind="stable")
    return {"agent": agent[begins][order].astype(np.int32), "time_s": agents["from_s"][begins][order], "state": state[order]}
