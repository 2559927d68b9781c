"""The verb ``verify``: both engines on the same worlds, a user's or random ones; are their records identical? Never simulates by itself."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from servsim.cli.argument import Arguments, plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.cli.number import plain
from servsim.cli.progress import ProgressLine
from servsim.cli.table import aligned
from servsim.errors import SettingError, counted

if TYPE_CHECKING:
    from servsim.study.verify import Counts, RandomJob, RandomVerified, Verified

OWN = ("random", "from")
DIFFERS = 1
"""Exit code where the engines differ."""
KNOWN = ("scenario", "decisions", "replications", "seed", "workers", "scenario_dir", "replay", "replay_days", "replay_layout")
KNOWN_OF_RANDOM = ("replications", "seed", "workers")
FEW, MOST_RANDOM = "3", 10**9
SCENARIOS = Path("scenarios")
"""Where a random scenario goes on which the engines differ."""


def verify_and_print(words: Sequence[str]) -> int:
    """Compare the engines as the words ask, print what was compared and return the exit code."""
    arguments = sort_arguments(words, OWN)
    if "random" in arguments.own:
        return _verify_random(arguments)
    if "from" in arguments.own:
        raise SettingError("from: goes with random=500, the number of random scenarios")
    settings = settings_of(_with_defaults(arguments, KNOWN))
    from servsim.study.verify import verify

    with ProgressLine("replications of all worlds on both engines") as progress:
        found = verify(settings, progress)
    if found.disagreement is not None:
        from servsim.report.disagreement import disagreement_text

        sys.stdout.write(disagreement_text(found.disagreement, found.worlds[found.disagreement.world]))
        return DIFFERS
    sys.stdout.write(verified_text(found))
    return 0


def _with_defaults(arguments: Arguments, known: Sequence[str]) -> Arguments:
    """Return the arguments with few replications where none are asked for, and without settings that mean nothing here."""
    for key in arguments.settings:
        if key not in known:
            raise SettingError(f"{key}: means nothing to servsim verify, which runs both engines (it knows: {', '.join(known)})")
    typed = {"replications": FEW, **arguments.settings}
    if "decisions" in typed and typed["decisions"].strip()[:1] not in ("[", "'", '"'):
        typed["decisions"] = f"[{typed['decisions']}]"
    return replace(arguments, settings=typed)


# ---- one scenario


def verified_text(found: Verified) -> str:
    """Return what was compared: one line, and a table where there are several worlds."""
    from servsim.study.verify import NONE

    total = sum(found.counts.values(), NONE)
    worlds = f", {counted(len(found.counts), 'world')}" if len(found.counts) > 1 else ""
    lines = [f"identical: {counted(total.contacts, 'contact')}, {counted(found.settings.replications, 'replication')}{worlds}"]
    lines += ["", _world_table(found.counts)] if len(found.counts) > 1 else [f"also: {_others(total)}"]
    return "\n".join(lines) + "\n"


def _others(counts: Counts) -> str:
    closings, customers = counted(counts.closings, "closed case"), counted(counts.customers, "customer")
    return f"{counted(counts.presence, 'change')} of presence, {closings}, {customers}"


def _world_table(counts: Mapping[str, Counts]) -> str:
    head = ["world", "contacts", "changes of presence", "closed cases", "customers"]
    return aligned([head, *([name, *(plain(float(number), 0) for number in each[:4])] for name, each in counts.items())])


# ---- random scenarios


def _verify_random(arguments: Arguments) -> int:
    from servsim.study.verify import RandomJob, verify_random

    for key, _ in arguments.overrides:
        raise SettingError(f"{key}: random scenarios are made anew, so that nothing of them can be set")
    typed = {key: plain_value(key, text) for key, text in _with_defaults(arguments, KNOWN_OF_RANDOM).settings.items()}
    count = whole_number("random", arguments.own["random"], 1, 10**6)
    first = whole_number("from", arguments.own.get("from", "0"), 0, MOST_RANDOM)
    replications = whole_number("replications", arguments.settings.get("replications", "1"), 1, 1000)
    job = RandomJob(whole_number("seed", typed.get("seed", "1"), 0, 2**63 - 1), replications)
    workers = None if typed.get("workers", "all") == "all" else whole_number("workers", typed["workers"], 1, 1024)
    with ProgressLine("random scenarios on both engines") as progress:
        found = verify_random(job, range(first, first + count), workers, progress)
    if found.disagreement is not None:
        sys.stdout.write(_random_difference(job, found))
        return DIFFERS
    sys.stdout.write(random_text(found, replications))
    return 0


def random_text(found: RandomVerified, replications: int) -> str:
    """Return what was compared on random scenarios, and what happened in them."""
    from servsim.rules.codes import Outcome, word

    counts = found.counts
    what = f"{counted(counts.contacts, 'contact')}, {counted(found.scenarios, 'random scenario')}, {counted(found.worlds, 'world')}"
    ends = ", ".join(f"{word(outcome)} {counts.outcomes[outcome]:,}" for outcome in Outcome if counts.outcomes[outcome])
    return f"identical: {what}, {counted(replications, 'replication')} of each\nalso: {_others(counts)}\ncontacts by outcome: {ends}\n"


def _random_difference(job: RandomJob, found: RandomVerified) -> str:
    """Write the scenario on which the engines differ, and return where they do and how to run it again."""
    from servsim.report.disagreement import disagreement_text

    assert found.disagreement is not None
    folder = SCENARIOS / f"random_{job.seed}_{found.differs}"
    if folder.exists():
        shutil.rmtree(folder)  # ours by its name: the same seed and number write the same files
    settings = job.settings(found.differs, folder)
    from servsim.study.verify import worlds_of

    text = disagreement_text(found.disagreement, worlds_of(settings)[found.disagreement.world])
    decisions = f" decisions={','.join(settings.decisions)}" if settings.decisions else ""
    again = f"servsim verify scenario={folder.name}{decisions} seed={job.seed} replications={found.disagreement.replication + 1}"
    return f"{text}\nThe scenario is in {folder}/ now. To see it again:\n\n    {again}\n"
