"""The verb ``brief``: a decision brief as one file, written again as more of it is known."""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from servsim.cli.argument import Arguments, plain_value, sort_arguments, whole_number
from servsim.cli.configuration import settings_of
from servsim.cli.output import print_json
from servsim.cli.progress import ProgressLine
from servsim.errors import ResultsError, SettingError
from servsim.report.brief_rows import FIELDS, brief_rows
from servsim.report.sentence import duration_words
from servsim.scenario.spot import shown
from servsim.study.brief import Asked, Brief, facts_of
from servsim.study.run import Progress
from servsim.study.settings import RunSettings

OWN = ("presets", "tornado", "worlds", "search")
DEFAULTS = {"logs": "measures", "replications": "20"}
MOST_WORLDS = 10_000
INTERRUPTED = 130
NAME = "report.html"


def brief_and_print(words: Sequence[str]) -> int:
    """Write the brief of the decisions that the words name, say where it is and return the exit code."""
    arguments = sort_arguments(words, OWN)
    settings, asked = brief_settings(arguments), asked_for(arguments)
    written: Path | None = None
    brief: Brief | None = None
    try:
        for brief in facts_of(settings, asked, Stages()):
            written = write(brief)
    except KeyboardInterrupt:
        print(_interrupted(written), file=sys.stderr)
        return INTERRUPTED
    assert written is not None and brief is not None
    if brief.left_out:
        print(brief.left_out, file=sys.stderr)
    print_brief(brief, written)
    return 0


def print_brief(brief: Brief, written: Path) -> None:
    """Print where a brief is, or its numbers for a program, as its settings ask."""
    output = brief.settings.output
    where = sys.stdout if output == "table" else sys.stderr
    print(f"Written: {written}", file=where)
    if output == "json":
        print_json(brief_rows(brief))
    elif output == "csv":
        writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(brief_rows(brief))


def asked_for(arguments: Arguments) -> Asked:
    """Return what the brief is to hold.

    Raises
    ------
    SettingError : a word is neither yes nor no, or no number.
    """
    given = {key: str(plain_value(key, text)).strip() for key, text in arguments.own.items()}
    return Asked(
        presets=_is_yes("presets", given, "yes"), tornado=_is_yes("tornado", given, "yes") if "tornado" in given else None, search=_is_yes("search", given, "no"),
        worlds=whole_number("worlds", given.get("worlds", "0"), 0, MOST_WORLDS),
    )  # fmt: skip


def _is_yes(key: str, given: dict[str, str], usual: str) -> bool:
    text = given.get(key, usual).lower()
    if text not in ("yes", "true", "no", "false"):
        raise SettingError(f"{key}: got {shown(given[key])}; must be yes or no")
    return text in ("yes", "true")


def brief_settings(arguments: Arguments) -> RunSettings:
    """Return the settings of the comparison behind a brief.

    Raises
    ------
    SettingError : with everything wrong with them, one a line.
    """
    typed = {**DEFAULTS, **arguments.settings}
    if "decisions" in typed and typed["decisions"].strip()[:1] not in ("[", "'", '"'):
        typed["decisions"] = f"[{typed['decisions']}]"
    settings = settings_of(replace(arguments, settings=typed))
    return settings if settings.study else replace(settings, study=f"{settings.study_name}_brief")


class Stages:
    """Tells on the error stream what is being done, and how long it took."""

    @contextmanager
    def stage(self, says: str, of_what: str) -> Iterator[Progress]:
        """Say what begins; count it; say how long it took."""
        begun_s = time.monotonic()
        print(f"{says} ...", file=sys.stderr, flush=True)
        with ProgressLine(of_what) as progress:
            yield progress
        print(f"  done after {duration_words(time.monotonic() - begun_s)}", file=sys.stderr, flush=True)


def write(brief: Brief) -> Path:
    """Write the brief beside the results of its comparison; the file appears whole or not at all.

    Raises
    ------
    ResultsError : it cannot be written.
    """
    from servsim.report.brief import brief_page

    assert brief.comparison.folder is not None
    path = brief.comparison.folder / NAME
    beside = path.with_name(f".{NAME}.part")
    try:
        beside.write_text(brief_page(brief), encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise ResultsError(f"{path}: cannot be written; {error.strerror or error}") from error
    return path


def _interrupted(written: Path | None) -> str:
    if written is None:
        return "Interrupted: replications that were finished are kept; the same command goes on from there."
    return f"Interrupted: {written} holds what was known; parameter worlds that were finished are kept, and the same command goes on from there."
