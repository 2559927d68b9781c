"""Speed and memory of both engines, and of other simulators, measured on the user's own machine.

::

    model x size x round x peer --a fresh process--> CPU s of the run alone, peak memory, what it came to --> medians and ratios

Every figure is one fresh process (so that peak memory means something) and counts processor seconds of the run alone,
imports and compilation apart; compiled code is in the cache before the first of them begins. Peers take turns within a round, because a machine's speed drifts; medians of rounds and
ratios within rounds are reported. Never part of a test.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from servsim.engine.choice import COMPILED, SIMPY, simulator
from servsim.errors import SettingError
from servsim.measure.facts import Column, wait_in_line_s
from servsim.peers.line import LINES, Told
from servsim.rules.codes import Outcome

PER_HOUR = 1_200
"""Contacts of the lines in servsim, day and night: one every 3 s."""
PER_DAY = 24 * PER_HOUR
SHOP = "phone shop"
SHOP_A_WEEK = 2600
"""Contacts a week of the phone shop, about."""
MODELS = {"mm1": "M/M/1", "mm20m": "M/M/20+M", "phone_shop": SHOP}
"""What a user types, and what it is."""
REFERENCE = "typical SimPy"
WARM = 200
"""Contacts of the run that loads what has to be, before the clock starts."""
FAR_OFF = 0.2
"""A size that differs by a larger share from the one that is asked for is said."""
TOLD = "told: "
COMPILE = f"""
import sys
from servsim.engine import choice, compiling
compiling.LISTENERS.append(lambda line: print({TOLD!r} + line, file=sys.stderr, flush=True))
choice.make_ready()
print("alone" if choice.is_here_alone() else "kept")
"""
"""What the process that compiles ahead runs; what it has in memory at its peak would otherwise be counted in those that this process starts."""

ROWS_AT_ONCE = 8192
"""Contacts whose waits are added up at a time."""


class Peer(NamedTuple):
    """A simulator that is measured."""

    word: str
    """That a user types."""
    name: str
    package: str
    """That has to be installed; empty: servsim has it."""
    module: str
    """Of ``servsim.peers``; empty: an engine of servsim."""
    models: tuple[str, ...]


ALL = tuple(MODELS.values())
PEERS = (
    Peer("compiled", "servsim, compiled", "numba", "", ALL),
    Peer("simpy", "servsim, SimPy", "", "", ALL),
    Peer("by_hand", REFERENCE, "", "simpy_by_hand", tuple(LINES)),
    Peer("cimba", "cimba", "cimba", "in_cimba", tuple(LINES)),
    Peer("ciw", "Ciw", "ciw", "in_ciw", tuple(LINES)),
    Peer("salabim", "salabim", "salabim", "in_salabim", tuple(LINES)),
)
ENGINES = {"servsim, compiled": COMPILED, "servsim, SimPy": SIMPY}


class Measured(NamedTuple):
    """One run of one peer."""

    peer: str
    contacts: int
    cpu_s: float
    peak_mb: float
    mean_wait: float
    """In mean talks; NaN: not a line."""
    abandoned: float
    """Share; NaN: not a line."""

    @property
    def us_per_contact(self) -> float:
        """Microseconds of processor time a contact."""
        return self.cpu_s / self.contacts * 1e6


class Row(NamedTuple):
    """Medians over the rounds of one peer, one model and one size."""

    model: str
    peer: str
    contacts: int
    us_per_contact: float
    contacts_per_s: float
    peak_mb: float
    mean_wait: float
    abandoned: float
    times_quicker: float
    """Time of typical SimPy over this peer's, in the same round; NaN where typical SimPy was not run."""


class Skipped(NamedTuple):
    """A measurement that was not made, and why."""

    model: str
    peer: str
    contacts: int | None
    """``None``: whatever the size."""
    reason: str


# ---- in the measured process


def measure(peer: str, model: str, contacts: int) -> Measured:
    """Run one peer in this process and return what it took."""
    _run(peer, model, WARM)()
    run = _run(peer, model, contacts)
    start = time.process_time()
    told = run()
    cpu_s = time.process_time() - start
    return Measured(peer, told.contacts, cpu_s, _peak_mb(), told.mean_wait, told.abandoned)


def _peak_mb() -> float:
    """Return the peak memory of this process; where the system does not tell, what resource counts, which includes that of the process that started it."""
    told = Path("/proc/self/status")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    own_kb = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
    return (own_kb[0] if own_kb else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


def _run(peer: str, model: str, contacts: int) -> Callable[[], Told]:
    """Return what is to be timed."""
    if peer in ENGINES:
        return _engine(ENGINES[peer], model, contacts)
    module = import_module(f"servsim.peers.{peer_named(peer).module}")
    return lambda: module.run(LINES[model], contacts, 1)


def _engine(engine: str, model: str, contacts: int) -> Callable[[], Told]:
    """Return a run of servsim; its scenario is read and compiled to a plan before the clock starts."""
    from servsim.plan.compile import compile_plan
    from servsim.scenario.reader import load

    simulate = simulator(engine)
    if model == SHOP:
        plan = compile_plan(load("phone_shop", {"calendar.days": 7 * (simulated_size(model, contacts) // SHOP_A_WEEK)})).plan
        return lambda: Told(len(simulate(plan, 1, 0).contacts["root"]), float("nan"), float("nan"))
    plan = compile_plan(load("erlang_a", line_overrides(model, contacts))).plan
    talk_s = LINES[model].arrivals * 3.0

    def run() -> Told:
        return _told(simulate(plan, 1, 0).contacts, talk_s)

    return run


def _told(columns: dict[str, Column], talk_s: float) -> Told:
    """Return what a log of a line comes to, as sums over parts of it that memory near the processor holds."""
    total_s, waited, abandoned, contacts = 0.0, 0, 0, len(columns["outcome"])
    for begin in range(0, contacts, ROWS_AT_ONCE):
        part = {name: columns[name][begin : begin + ROWS_AT_ONCE] for name in ("answered_s", "ended_s", "queued_s", "outcome")}
        wait_s = wait_in_line_s(part)
        total_s += float(np.nansum(wait_s))
        waited += int(np.count_nonzero(wait_s == wait_s))
        abandoned += int(np.count_nonzero(part["outcome"] == Outcome.ABANDONED))
    return Told(contacts, total_s / waited / talk_s, abandoned / contacts)


def simulated_size(model: str, contacts: int) -> int:
    """Return how many contacts all peers simulate, about, where so many are asked for: whole hours or days of a line, whole weeks of the shop."""
    piece = SHOP_A_WEEK if model == SHOP else PER_DAY if contacts >= PER_DAY else PER_HOUR
    return piece * max(1, round(contacts / piece))


def line_overrides(model: str, contacts: int) -> dict[str, object]:
    """Return what makes the scenario ``erlang_a`` one of the lines, for about so many contacts."""
    line = LINES[model]
    talk_s = line.arrivals * 3600.0 / PER_HOUR
    per_hour: object = PER_HOUR
    if contacts < PER_DAY:
        per_hour = {"0:00": PER_HOUR, f"{simulated_size(model, contacts) // PER_HOUR}:00": 0}
    return {
        "calendar.days": max(1, round(contacts / PER_DAY)),
        "calendar.warm_up": 0,
        "reasons.call.arrivals.per_hour": per_hour,
        "reasons.call.talk": {"exponential": f"{talk_s} s"},
        "segments.callers.patience": {"exponential": f"{talk_s / line.hang_ups} s"} if line.hang_ups else "unlimited",
        "teams.agents.agents": line.agents,
    }


def exact(model: str) -> tuple[float, float]:
    """Return mean wait in mean talks, and share abandoned, of a line in the long run."""
    from servsim.theory import erlang_c
    from servsim.theory.erlang_a import solve
    from servsim.theory.patience import exponential

    line = LINES[model]
    if not line.hang_ups:
        return erlang_c.solve(line.arrivals, 1.0, line.agents).mean_wait_s, 0.0
    found = solve(line.arrivals, 1.0, line.agents, exponential(1.0 / line.hang_ups))
    return found.mean_wait_s, found.abandoned_share


# ---- in the measuring process


def peer_named(name: str) -> Peer:
    """Return a peer by its name."""
    return next(peer for peer in PEERS if peer.name == name)


def is_installed(peer: Peer) -> bool:
    """Whether what a peer needs is there."""
    return not peer.package or find_spec(peer.package) is not None


def compiled_ahead(tell: Callable[[str], None]) -> bool:
    """Have compiled code in the cache, made by a process of its own if need be; return whether it could be kept there.

    Parameters
    ----------
    tell : called with what a user should know of it.

    Raises
    ------
    SettingError : the process failed; its last words are in the message.
    """
    with subprocess.Popen([sys.executable, "-c", COMPILE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None  # both are pipes
        said = []
        for line in process.stderr:
            said.append(line.strip())
            if line.startswith(TOLD):
                tell(line.removeprefix(TOLD).strip())
        found = process.stdout.read().strip()
    if process.returncode != 0:
        raise SettingError(f"bench: compiling failed: {said[-1:]}")
    return found == "kept"


def in_fresh_process(peer: str, model: str, contacts: int) -> Measured:
    """Measure one peer in a process of its own.

    Raises
    ------
    SettingError : the process failed; its last words are in the message.
    """
    done = subprocess.run([sys.executable, "-m", "servsim.study.bench", peer, model, str(contacts)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SettingError(f"bench: '{peer}' on {model} with {contacts} contacts failed: {done.stderr.strip().splitlines()[-1:]}")
    return Measured(*json.loads(done.stdout.strip().splitlines()[-1]))


class Bench:
    """Measurements of peers on models, smallest sizes first."""

    def __init__(self, peers: Sequence[Peer], rounds: int, longest_s: float, tell: Callable[[str], None]) -> None:
        self.peers, self.rounds, self.longest_s, self.tell = peers, rounds, longest_s, tell
        self.rows: list[Row] = []
        self.skipped: list[Skipped] = []

    @cached_property
    def is_code_kept(self) -> bool:
        """Whether measured processes read the compiled code, so that compiling shows neither in their time nor in their memory."""
        return compiled_ahead(self.tell)

    def run(self, models: Sequence[str], sizes: Sequence[int]) -> None:
        """Measure; ``rows`` and ``skipped`` fill up as it goes on."""
        for model in dict.fromkeys(models):
            self.skipped += [Skipped(model, peer.name, None, "it does not simulate this model") for peer in self.peers if model not in peer.models]
            for size in self._sizes(model, sizes):
                self._at_size(model, size)

    def _sizes(self, model: str, sizes: Sequence[int]) -> list[int]:
        """Return the sizes that all peers simulate, once each; says so where that is far from what is asked for."""
        for asked in sorted(set(sizes)):
            size = simulated_size(model, asked)
            if abs(size - asked) > FAR_OFF * asked:
                self.tell(f"{model}: {size:,} contacts instead of {asked:,}: a run is whole {'weeks' if model == SHOP else 'hours or days'}")
        return sorted({simulated_size(model, asked) for asked in sizes})

    def _at_size(self, model: str, size: int) -> None:
        peers = [peer for peer in self.peers if model in peer.models and self._is_worth_it(peer, model, size)]
        found: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
        for number in range(self.rounds):
            for peer in peers:
                self.tell(f"{model}, {size:,} contacts, round {number + 1} of {self.rounds}: {peer.name}")
                found[peer.name].append(in_fresh_process(peer.name, model, size))
        self.rows.extend(_rows(model, found))

    def _is_worth_it(self, peer: Peer, model: str, size: int) -> bool:
        """Whether a peer is installed and, by its last size, done in time; notes why not."""
        if not is_installed(peer):
            return self._skip(peer, model, size, "not installed")
        if ENGINES.get(peer.name) == COMPILED and not self.is_code_kept:
            return self._skip(peer, model, size, "its code cannot be kept, so that every run would compile it anew")
        if any(left.peer == peer.name and left.model == model for left in self.skipped):
            return self._skip(peer, model, size, "too slow at a smaller size already")
        before = [row for row in self.rows if row.peer == peer.name and row.model == model]
        expected_s = before[-1].us_per_contact * size / 1e6 if before else 0.0
        if expected_s > self.longest_s:
            return self._skip(peer, model, size, f"would take about {expected_s:,.0f} s a run (longest={self.longest_s:.0f})")
        return True

    def _skip(self, peer: Peer, model: str, size: int, reason: str) -> bool:
        self.skipped.append(Skipped(model, peer.name, size, reason))
        return False


def _rows(model: str, found: dict[str, list[Measured]]) -> Iterator[Row]:
    by_hand = found.get(REFERENCE, [])
    for peer, runs in found.items():
        quicker = [slow.us_per_contact / run.us_per_contact for run, slow in zip(runs, by_hand, strict=False)]
        middle = statistics.median(run.us_per_contact for run in runs)
        first = runs[0]
        yield Row(
            model, peer, first.contacts, middle, 1e6 / middle, max(run.peak_mb for run in runs), first.mean_wait, first.abandoned,
            statistics.median(quicker) if quicker else float("nan"),
        )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
