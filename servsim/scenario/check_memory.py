"""Cross-check of a scenario against this machine: do its customers fit into memory? A run that cannot fit would be killed without a word.

It counts what customers take at the least, so that nothing is refused that would run; contacts come on top. Never allocates anything.
"""

from __future__ import annotations

import os
from pathlib import Path

from servsim.errors import Problem
from servsim.scenario.finding import Found
from servsim.scenario.language import Scenario
from servsim.scenario.loyalty import someone_remembers

KNOWN_BYTES, REMEMBERING_BYTES = 24, 300
"""What a customer takes at the least in a process that simulates, measured with both engines: who is known as a person, and who remembers."""
USABLE_SHARE = 0.9
"""Share of a machine's memory that one process can have at most."""
GB = 10**9
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much a container may take, in its second and its first way; a file holds a number, or ``max``."""


def customers_fit_memory(scenario: Scenario) -> Found:
    """The customers alone fit into the memory of this machine."""
    sizes = {name: segment.customers or 0 for name, segment in scenario.segments.items()}
    has, each = machine_bytes(), REMEMBERING_BYTES if someone_remembers(scenario) else KNOWN_BYTES
    if has is None or sum(sizes.values()) * each <= USABLE_SHARE * has:
        return
    largest, together = max(sizes, key=lambda name: sizes[name]), sum(sizes.values()) * each
    words = (
        f"must be at most {int(USABLE_SHARE * has / each / 1e6)} million in all segments on this machine: a customer takes {each} bytes in every process that"
        f" simulates, which is {together / GB:.0f} GB, and the machine has {has / GB:.0f} GB"
    )
    yield Problem(f"segments.{largest}.customers", str(sizes[largest]), words)


def machine_bytes() -> int | None:
    """Return how much memory this machine has, or the container that this is; ``None`` where the system does not say."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    return min([whole, *(limit for path in LIMITS if (limit := _limit(path)) is not None)])


def _limit(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or no limit
        return None
