"""Speed and memory of the engine, measured on the user's own machine.

Every figure is one fresh process (so that peak memory means something) and counts processor seconds of the run alone,
imports and compilation apart. Peers take turns within a round, because a machine's speed drifts; medians of rounds and
ratios within rounds are reported. Never part of a test.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from servsim.errors import SettingError

PER_DAY = 28_800
"""Contacts a day of the erlang_a scenario."""


class Measured(NamedTuple):
    """One run of one peer."""

    peer: str
    contacts: int
    cpu_s: float
    peak_mb: float


class Row(NamedTuple):
    """Medians over rounds."""

    peer: str
    contacts: int
    us_per_contact: float
    contacts_per_s: float
    peak_mb: float
    ratio: float
    """Time per contact over that of typical SimPy by hand in the same round; NaN where it was not run."""


def measure(peer: str, contacts: int) -> Measured:
    """Run one peer in this process and return what it took."""
    run = PEERS[peer](contacts)
    start = time.process_time()
    done = run()
    cpu_s = time.process_time() - start
    return Measured(peer, done, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _typical(contacts: int) -> Callable[[], int]:
    from servsim.engine import typical_simpy

    def run() -> int:
        typical_simpy.run(contacts, 1)
        return contacts

    return run


def _scenario(name: str, overrides: dict[str, object]) -> Callable[[], int]:
    from servsim.engine.simpy_engine import simulate
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    plan = compile_plan(load(name, overrides)).plan
    return lambda: len(simulate(plan, 1, 0).contacts["root"])


def _erlang_a(contacts: int) -> Callable[[], int]:
    days, rest = max(1, round(contacts / PER_DAY)), min(1.0, contacts / PER_DAY)
    per_hour = 1200.0 if contacts >= PER_DAY else {"0:00": 1200.0, f"{max(1, round(24 * rest)):d}:00": 0.0}
    return _scenario("erlang_a", {"calendar.days": days, "reasons.call.arrivals.per_hour": per_hour})


def _phone_shop(contacts: int) -> Callable[[], int]:
    return _scenario("phone_shop", {"calendar.days": max(7, 7 * round(contacts / 2600))})


PEERS: dict[str, Callable[[int], Callable[[], int]]] = {
    "typical SimPy, M/M/20+M": _typical,
    "servsim, M/M/20+M": _erlang_a,
    "servsim, phone_shop": _phone_shop,
}


def in_fresh_process(peer: str, contacts: int) -> Measured:
    """Measure one peer in a process of its own.

    Raises
    ------
    SettingError : the process failed; its last words are in the message.
    """
    done = subprocess.run([sys.executable, "-m", "servsim.study.bench", peer, str(contacts)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SettingError(f"bench: '{peer}' with {contacts} contacts failed: {done.stderr.strip().splitlines()[-1:]}")
    return Measured(*json.loads(done.stdout))


def bench(sizes: tuple[int, ...], rounds: int, tell: Callable[[str], None]) -> list[Row]:
    """Return medians of every peer at every size.

    Parameters
    ----------
    sizes : contacts per run, about.
    rounds : how often each is measured; peers take turns within a round.
    tell : called with a line before each measurement.
    """
    rows: list[Row] = []
    for size in sizes:
        found: dict[str, list[Measured]] = {peer: [] for peer in PEERS}
        for number in range(rounds):
            for peer in PEERS:
                tell(f"{peer}: {size:,} contacts, round {number + 1} of {rounds}")
                found[peer].append(in_fresh_process(peer, size))
        rows.extend(_rows(found))
    return rows


def _rows(found: dict[str, list[Measured]]) -> Iterator[Row]:
    by_hand = [m.cpu_s / m.contacts for m in found["typical SimPy, M/M/20+M"]]
    for peer, runs in found.items():
        each = [m.cpu_s / m.contacts for m in runs]
        ratio = statistics.median(a / b for a, b in zip(each, by_hand, strict=True)) if "M/M/20+M" in peer else float("nan")
        middle = statistics.median(each)
        yield Row(peer, runs[0].contacts, middle * 1e6, 1.0 / middle, max(m.peak_mb for m in runs), ratio)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
