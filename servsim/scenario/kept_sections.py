"""Sections that were read before, for a reader of many scenarios that differ little: as a slider moves, most stay the same.

::

    plain data of a section, names of the scenario, its folder --text--> read before: the same section --+--> Scenario
                                                                        '--> not yet: read it, keep it --'

The same text is the same section, whichever scenario it stands in. Sections with problems are never kept, nor those that name
files: whether these are there is looked at each time.
"""

from __future__ import annotations

from typing import Any

from servsim.kept import Kept

MOST_LETTERS = 500_000
"""Of the texts of all sections that are kept."""


class KeptSections(Kept[str, Any]):
    """Sections by their text."""

    def __init__(self) -> None:
        super().__init__(MOST_LETTERS, lambda text, section: len(text))
