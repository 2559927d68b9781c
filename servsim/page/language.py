"""Languages of the page: one file of words each. A file more is a language more, without code.

::

    servsim/page/text/*.json, a folder of the user's --> every file has the keys, the names in braces and the lists of en.json
    asked for by name, or what the browser prefers   --> one of them

Never translates: what servsim itself says of a run (lives, problems) is English.
"""

from __future__ import annotations

import json
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
CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
MOST_LANGUAGES = 50


def read_tables(folder: Path | None = None) -> dict[str, Words]:
    """Return the words of every language: those of the package, and those of a folder (which go first).

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


def problems_of(code: str, table: Any, english: Words) -> list[str]:
    """Return what a language's words lack against the English ones."""
    if not CODE.fullmatch(code):
        return [f"texts: {code}.json: the file's name must be a language's code, such as th or pt-BR"]
    if not isinstance(table, dict) or not all(isinstance(words, str) for words in table.values()):
        return [f"texts: {code}.json: must be one JSON object of names and texts"]
    found = [f"texts: {code}.json: lacks {key}" for key in english if key not in table]
    found += [f"texts: {code}.json: {key} is no text of the page{_near(key, english)}" for key in table if key not in english]
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
    if wanted:
        if wanted not in tables:
            raise SettingError(f"language: must be one of {', '.join(tables)}")
        return wanted
    for code in _preferred(accepts):
        known = next((each for each in tables if each.lower() == code), None) or next((each for each in tables if each.lower() == code.partition("-")[0]), None)
        if known is not None:
            return known
    return ENGLISH


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
