"""Languages of the page: one file of words each. A file more is a language more, without code.

::

    servsim/page/text/*.json, a folder of the user's --> every file has the keys, the names in braces and the lists of en.json
    told_...: sentences of lives and agents' days     --> of a user's file some may be missing; these are English, and that is said
    = NAME, = TITLE: the scenario's own names and titles  --> as many as a file likes; others stay as the scenario has them
    asked for by name, or what the browser prefers   --> one of them

Never translates: problems that servsim finds (a refused move, a field of the editor) are English.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from servsim.errors import SettingError
from servsim.scenario.spot import nearest_name

Words = dict[str, str]
Tables = Mapping[str, Words]

ENGLISH = "en"
TOLD = "told_"
"""Begins the name of a sentence that tells a step (:mod:`servsim.report.steps`)."""
OWN = "= "
"""Begins the name of a text that puts a scenario's own name or title into the language: ``"= counter"``. A file has those that it likes."""
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-u(-[a-z0-9]{2,8})+)?")
"""Such as th-TH, zh-Hant-TW or th-TH-u-ca-gregory: what browsers know; others would stop the page."""
MOST_LANGUAGES, MOST_NAMED = 50, 12
log = logging.getLogger("servsim.page")


def read_tables(folder: Path | None = None) -> dict[str, Words]:
    """Return the words of every language: those of the package, and those of a folder (which go first).

    Sentences of lives that a file lacks are the English ones; a warning says which.

    Raises
    ------
    SettingError
        A file is not one of words, with everything that is wrong with it.
    """
    package = resources.files("servsim.page") / "text"
    found = {each.name.removesuffix(".json"): json.loads(each.read_text(encoding="utf-8")) for each in package.iterdir() if each.name.endswith(".json")}
    if folder is not None:
        found |= _of_folder(folder)
    problems = [problem for code, table in found.items() for problem in problems_of(code, table, found[ENGLISH])]
    if problems:
        raise SettingError("\n".join(problems))
    found = {code: _with_english(code, table, found[ENGLISH]) for code, table in found.items()}
    return {code: found[code] for code in sorted(found, key=lambda code: (code != ENGLISH, code))}


def _of_folder(folder: Path) -> dict[str, Words]:
    files = sorted(folder.glob("*.json"))[:MOST_LANGUAGES] if folder.is_dir() else []
    if not files:
        raise SettingError(f"texts: got {str(folder)!r}; must be a folder with files such as th.json, made after servsim/page/text/en.json")
    found = {}
    for file in files:
        try:
            found[file.stem] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingError(f"texts: {file.name} cannot be read as JSON ({error})") from None
    return found


def _with_english(code: str, table: Words, english: Words) -> Words:
    """Put English sentences where a language has none for a step, and say so."""
    lacking = [key for key in english if key not in table and not key.startswith(OWN)]
    if lacking:
        log.warning("texts: %s.json: lacks %d sentences of lives and agents' days, which will be English: %s", code, len(lacking), _first(lacking))
    return {key: table.get(key, words) for key, words in english.items()} | table


def _first(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (" ..." if len(names) > MOST_NAMED else "")


def problems_of(code: str, table: Any, english: Words) -> list[str]:
    """Return what a language's words lack against the English ones."""
    if not CODE.fullmatch(code):
        return [f"texts: {code}.json: the file's name must be a language's code, such as th or pt-BR"]
    if not isinstance(table, dict) or not all(isinstance(words, str) for words in table.values()):
        return [f"texts: {code}.json: must be one JSON object of names and texts"]
    found = [f"texts: {code}.json: lacks {key}" for key in english if key not in table and not key.startswith((TOLD, OWN))]
    found += [f"texts: {code}.json: {key} is no text of the page{_near(key, english)}" for key in table if key not in english and not key.startswith(OWN)]
    if not LOCALE.fullmatch(table.get("locale", ENGLISH)):
        found.append(f"texts: {code}.json: locale: got {table['locale']!r}; must be such as th-TH")
    return found + [f"texts: {code}.json: {key}: {wrong}" for key in english if key in table for wrong in _wrong(table[key], english[key])]


def _near(key: str, known: Iterable[str]) -> str:
    near = nearest_name(key, list(known))
    return f"; did you mean {near}?" if near else ""


def _wrong(text: str, english: str) -> list[str]:
    names, wanted = (set(re.findall(r"\{(\w+)\}", each)) for each in (text, english))
    found = [] if names == wanted else [f"must have the names in braces {', '.join(sorted(wanted)) or 'none'}; has {', '.join(sorted(names)) or 'none'}"]
    for mark, called in (("\n", "lines"), ("|", "parts between |")):
        if text.count(mark) != english.count(mark):
            found.append(f"must have {english.count(mark) + 1} {called}; has {text.count(mark) + 1}")
    return found if text.strip() else [*found, "is empty"]


def chosen(tables: Tables, wanted: str = "", accepts: str = "") -> str:
    """Return the language to show.

    Parameters
    ----------
    wanted : its code; empty: what the browser prefers.
    accepts : the browser's Accept-Language, such as ``ru-RU,ru;q=0.9,en;q=0.8``.

    Raises
    ------
    SettingError
        There is none of the code asked for.
    """
    if not wanted:
        return next(filter(None, (_of_code(tables, code) for code in _preferred(accepts))), ENGLISH)
    found = _of_code(tables, wanted.lower())
    if not found:
        raise SettingError(f"language: must be one of {', '.join(tables)}")
    return found


def _of_code(tables: Tables, code: str) -> str:
    """Return the language of a code in small letters, or of its first part (``en-us``: ``en``); empty: there is none."""
    return next((each for wanted in (code, code.partition("-")[0]) for each in tables if each.lower() == wanted), "")


def _preferred(accepts: str) -> list[str]:
    """Return codes in order of preference; what cannot be read is passed over."""
    found = []
    for place, each in enumerate(accepts[:500].split(",")):
        code, _, weight = each.strip().lower().partition(";q=")
        number = re.fullmatch(r"[01](\.\d{1,3})?", weight.strip())
        if re.fullmatch(r"[a-z0-9-]{1,20}", code) and (not weight or number):
            found.append((-(float(weight) if number else 1.0), place, code))
    return [code for weight, _, code in sorted(found) if weight < 0.0]


def menu(tables: Tables) -> list[list[str]]:
    """Return code and own name of every language."""
    return [[code, words["language_name"]] for code, words in tables.items()]
