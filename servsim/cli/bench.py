"""The verb ``bench``: speed and memory of this machine, in tables, a CSV and a picture. Never part of a test."""

from __future__ import annotations

import csv
import math
import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import servsim
from servsim.cli.argument import sort_arguments, sweep_values, value_of, whole_number
from servsim.cli.number import plain
from servsim.cli.table import aligned
from servsim.errors import SettingError, did_you_mean
from servsim.scenario.spot import list_names, nearest_name

if TYPE_CHECKING:
    from servsim.study.bench import Bench, Row
    from servsim.study.bench_start import Timed

OWN = ("contacts", "rounds", "models", "peers", "longest", "start", "together", "out")
HEAD = ("", "contacts", "us a contact", "contacts a second", "times as quick as typical SimPy", "peak memory, MB", "mean wait, talks", "abandoned")
PACKAGES = ("simpy", "numpy", "numba", "cimba", "ciw", "salabim")


def bench_and_print(words: Sequence[str]) -> int:
    """Measure and print."""
    from servsim.study.bench import MODELS, PEERS, Bench

    arguments = sort_arguments(words, own=OWN)
    for key in (*arguments.settings, *(path for path, _ in arguments.overrides)):
        raise SettingError(f"{key}: means nothing to servsim bench (it knows: {', '.join(OWN)})")
    own = arguments.own
    sizes = tuple(whole_number("contacts", value, 1, 1_000_000_000) for value in _list_of("contacts", own.get("contacts", "10000,100000")))
    rounds = whole_number("rounds", own.get("rounds", "3"), 1, 1000)
    longest_s = float(whole_number("longest", own.get("longest", "60"), 1, 1_000_000))
    models = [MODELS[word] for word in _chosen("models", own, tuple(MODELS))]
    wanted = _chosen("peers", own, tuple(peer.word for peer in PEERS))
    peers = [peer for peer in PEERS if peer.word in wanted]
    folder = _empty_place(own["out"]) if "out" in own else None
    with_start, with_together = (_yes(name, own.get(name, "no")) for name in ("start", "together"))
    print(machine())
    bench = Bench(peers, rounds, longest_s, _tell)
    try:
        bench.run(models, sizes)
    except KeyboardInterrupt:
        print("stopped: what was measured so far", file=sys.stderr)
    _print_rows(bench)
    if with_start:
        from servsim.study.bench_start import start_times

        _print_timed("From the command line to the first result, seconds of the clock", start_times(rounds, _tell))
    if with_together:
        from servsim.study.bench_start import side_by_side

        _print_timed("Replications at once, seconds of the clock", side_by_side(16, _tell))
    if folder is not None:
        _write(bench.rows, folder)
    return 0


def _list_of(key: str, text: str) -> list[str]:
    """Return the values of a word that may have several."""
    return [str(value) for value in sweep_values(key, text) or [value_of(text)]]


def _chosen(key: str, own: dict[str, str], known: tuple[str, ...]) -> list[str]:
    """Return the chosen words; all where none is chosen.

    Raises
    ------
    SettingError : a word that is unknown.
    """
    words = _list_of(key, own[key]) if key in own else list(known)
    for word in words:
        if word not in known:
            raise SettingError(f"{key}: there is no '{word}' (known: {list_names(known, 10)}){did_you_mean(nearest_name(word, known))}")
    return words


def _yes(key: str, text: str) -> bool:
    if text not in ("yes", "no", "true", "false"):
        raise SettingError(f"{key}: must be yes or no, not '{text}'")
    return text in ("yes", "true")


def _empty_place(text: str) -> Path:
    """Return the folder to write to; nothing in it is overwritten."""
    folder = Path(text)
    for name in ("bench.csv", "bench.png", "bench.svg"):
        if (folder / name).exists():
            raise SettingError(f"out: {folder / name} exists already; choose another folder")
    return folder


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def machine() -> str:
    """Return a line about this machine: processor, cores, load, versions."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    found = [f"servsim {servsim.__version__}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return f"{_processor()}, {os.cpu_count()} cores{load}; Python {platform.python_version()}, {', '.join(found)}"


def _processor() -> str:
    """Return the processor's name, as far as the system tells."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        names = [line.partition(":")[2].strip() for line in told.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _print_rows(bench: Bench) -> None:
    """Print a table a model: all peers at all sizes, and the exact values they should come near to."""
    from servsim.peers.line import LINES
    from servsim.study.bench import exact

    for model in dict.fromkeys(row.model for row in bench.rows):
        rows = [_line(row) for row in bench.rows if row.model == model]
        if model in LINES:
            mean_wait, abandoned = exact(model)
            rows.append(["exact, in the long run", "", "", "", "", "", f"{mean_wait:.4f}", f"{abandoned:.4f}"])
        print(f"\n{model}\n{aligned([list(HEAD), *rows])}")
    for left in bench.skipped:
        size = "" if left.contacts is None else f", {left.contacts:,} contacts"
        print(f"not measured: {left.peer}, {left.model}{size}: {left.reason}")
    if not bench.rows:
        print("nothing was measured")


def _line(row: Row) -> list[str]:
    words = [row.peer, plain(row.contacts, 0), f"{row.us_per_contact:.3g}", plain(row.contacts_per_s, 0)]
    line = ["", ""] if math.isnan(row.mean_wait) else [f"{row.mean_wait:.4f}", f"{row.abandoned:.4f}"]
    return [*words, "" if math.isnan(row.times_quicker) else f"{row.times_quicker:.3g}", plain(row.peak_mb, 0), *line]


def _print_timed(title: str, found: Sequence[Timed]) -> None:
    print(f"\n{title} (load now {os.getloadavg()[0]:.1f})\n{aligned([[one.what, f'{one.seconds:.2f}'] for one in found])}")


def _write(rows: Sequence[Row], folder: Path) -> None:
    """Write the table as CSV, and the picture."""
    from servsim.report.bench_picture import bench_picture
    from servsim.report.canvas import save

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "bench.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(type(rows[0])._fields if rows else ())
        writer.writerows(rows)
    if rows:
        save(bench_picture(rows, machine()), folder, "bench")
    print(f"\nwritten: {folder / 'bench.csv'}{', bench.png and bench.svg beside it' if rows else ', which is empty'}")
