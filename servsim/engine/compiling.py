"""Who is told that the engine is about to be compiled, and what. Imports nothing heavy, so that a command line that will not compile is quick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Tell = Callable[[str], None]

COMPILING = "Compiling the engine: about 30 s, and only this once where the code can be kept."
LISTENERS: list[Tell] = []
"""The command line, say; worker processes tell nobody."""


def not_kept(cache: Path | None) -> str:
    """Return what a user is told whose compiled code could not be kept in a folder (``None``: there is none)."""
    place = "there is no home folder to keep it in" if cache is None else f"it could not be written to {cache}"
    return f"The compiled engine is not kept: {place}. Every start compiles it anew; set SERVSIM_CACHE to a folder that can be written."


def is_anybody_listening() -> bool:
    """Whether telling reaches anybody, so that what there is to tell is worth finding out."""
    return bool(LISTENERS)


def tell(line: str) -> None:
    """Tell everybody who listens."""
    for each in LISTENERS:
        each(line)
