"""The verb ``export-classroom``: the page as one HTML file that opens from disk, with no network and no install."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from servsim.cli.argument import plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.cli.serve import LEFT_TO_THE_PAGE, decision_of, words_of
from servsim.errors import SettingError
from servsim.scenario.spot import shown
from servsim.study.workers import core_count

OWN = ("out", "decision", "slider", "points", "language", "texts")
MOST_POINTS = 9


def export_and_print(words: Sequence[str]) -> int:
    """Write the file that the words ask for, and say where it is."""
    arguments = sort_arguments(words, OWN)
    own = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    for key in LEFT_TO_THE_PAGE:
        if key in arguments.settings:
            raise SettingError(f"{key}: means nothing to servsim export-classroom")
    settings = settings_of(arguments)
    from servsim.page.crew import Crew
    from servsim.page.export import MOST_BYTES, Grid, Lesson, exported
    from servsim.page.shop import open_shop

    out = _out(own.get("out", "classroom.html"))
    shop = open_shop(settings.scenario, settings.overrides, settings.scenario_dirs, settings.seed)
    replications = settings.replications if "replications" in arguments.settings else 20
    grid = Grid(own.get("slider", ""), whole_number("points", own.get("points", "5"), 2, MOST_POINTS))
    lesson = Lesson(decision_of(own, shop.files), grid, replications, *words_of(own))
    crew = Crew(settings.workers or core_count(), settings.engine)
    crew.warm_up()
    try:
        text = exported(shop, crew, lesson, _progress)
    finally:
        crew.close()
    size = len(text.encode())
    if size > MOST_BYTES:
        raise SettingError(f"points: the file would have {size / 1e6:.1f} MB, more than {MOST_BYTES / 1e6:.0f}; say fewer points or replications")
    out.write_text(text, encoding="utf-8")
    print(f"{out}: {size / 1e6:.1f} MB; open it in a browser, no network is needed")
    return 0


def _out(name: str) -> Path:
    path = Path(name)
    if not name.endswith((".html", ".htm")) or not path.parent.is_dir():
        raise SettingError(f"out: got {shown(name)}; must be a file that ends in .html, in a folder that exists")
    return path


def _progress(done: int, of: int) -> None:
    print(f"run {done} of {of}", file=sys.stderr, flush=True)
