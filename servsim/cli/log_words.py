"""Words that ``calibrate`` and ``backtest`` share: which log, which days. Never reads a log."""

from __future__ import annotations

import datetime as dt
import glob
from pathlib import Path

from servsim.errors import SettingError, did_you_mean
from servsim.scenario.spot import nearest_name, shown
from servsim.study.backtest import Ranges


def log_files(text: str) -> list[Path]:
    """Return the files of ``log=FILE[,FILE]``; a pattern (``calls_*.gz``) stands for its files, sorted.

    Raises
    ------
    SettingError
        A file is not there, or a pattern has none.
    """
    found: list[Path] = []
    for part in (p.strip() for p in text.strip().strip("[]").split(",") if p.strip()):
        names = sorted(glob.glob(part)) if glob.has_magic(part) else [part]
        missing = [name for name in names if not Path(name).is_file()]
        if missing or not names:
            raise SettingError(f"log: got {shown(part)}; there is no such file")
        found += [Path(name) for name in names]
    if not found:
        raise SettingError("log: must name a file, such as log=calls.csv or log='calls_*.csv.gz'")
    return found


def date_ranges(key: str, text: str) -> Ranges:
    """Return the dates of ``1999-01-01..1999-03-31`` or of several such ranges with commas, in brackets or not.

    Raises
    ------
    SettingError
        A date cannot be read, or a range ends before it begins.
    """
    parts = [p.strip() for p in text.strip().strip("[]").split(",") if p.strip()]
    if not parts:
        raise SettingError(f"{key}: must be dates such as {key}=[1999-01-01..1999-03-31]")
    return tuple(_range(key, part) for part in parts)


def _range(key: str, text: str) -> tuple[dt.date, dt.date]:
    first, _, last = text.partition("..")
    try:
        found = dt.date.fromisoformat(first.strip()), dt.date.fromisoformat((last or first).strip())
    except ValueError:
        raise SettingError(f"{key}: got {shown(text)}; must be dates such as 1999-01-01..1999-03-31") from None
    if found[1] < found[0]:
        raise SettingError(f"{key}: got {shown(text)}; ends before it begins")
    return found


def required(own: dict[str, str], key: str, example: str) -> str:
    """Return a word that must be given.

    Raises
    ------
    SettingError
        It is not.
    """
    if not own.get(key):
        raise SettingError(f"{key}: must be given, such as {key}={example}")
    return own[key]


def only_own(settings: dict[str, str], overrides: tuple[tuple[str, str], ...], known: tuple[str, ...]) -> None:
    """Refuse words that mean nothing here.

    Raises
    ------
    SettingError
        With every such word, one a line.
    """
    foreign = [key for key in (*settings, *(path for path, _ in overrides)) if key not in known]
    if foreign:
        near = {key: nearest_name(key, known) for key in foreign}
        raise SettingError("\n".join(f"{k}: unknown word (allowed: {', '.join(known)})" + did_you_mean(n) for k, n in near.items()))
