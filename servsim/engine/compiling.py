"""Who is told that the engine is about to be compiled. Imports nothing, so that a command line that will not compile is quick."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]

COMPILING = "Compiling the engine, once: about 30 s; later starts read it from the cache."
LISTENERS: list[Tell] = []
"""The command line, say; worker processes tell nobody."""


def tell(line: str) -> None:
    """Tell everybody who listens."""
    for each in LISTENERS:
        each(line)
