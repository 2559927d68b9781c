"""Where scenarios are: the user's ``./scenarios`` first, then those that came with servsim.

In a checkout the bundled folders stand beside the package; in an installed wheel inside it. It never reads a scenario.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from servsim import errors
from servsim.errors import Problem, ScenarioError
from servsim.scenario.spot import list_names, nearest_name, shown

FILE_NAME = "scenario.yaml"
TITLE = re.compile(r"""^title:[ \t]+(?P<title>"(?:[^"\\\n]|\\.)*"|'(?:[^'\n]|'')*'|[^"'|>&*!\[{#\s](?:[^\n#]|(?<=\S)#)*?)(?P<comment>[ \t]*(?:[ \t]#[^\n]*)?)$""", re.MULTILINE)
"""The line of a scenario file that gives its title, where it is a single line."""
FOLDER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


def data_dir(kind: str) -> Path:
    """Return the folder ``conf`` or ``scenarios`` that came with servsim: of the checkout, or of the wheel."""
    package = Path(errors.__file__).resolve().parent
    is_checkout = (package.parent / "pyproject.toml").is_file()
    return package.parent / kind if is_checkout else package / "_bundled" / kind


def scenario_dirs() -> tuple[Path, ...]:
    """Return the folders that are searched for scenarios, in order, each once."""
    own = Path.cwd() / "scenarios"
    folders = [folder for folder in (own, data_dir("scenarios")) if folder.is_dir()]
    return tuple(dict.fromkeys(folder.resolve() for folder in folders))


def list_scenarios(further: Sequence[Path] = ()) -> dict[str, Path]:
    """Return the scenario files by name; a name in an earlier folder hides the same name in a later one."""
    found: dict[str, Path] = {}
    for folder in (*further, *scenario_dirs()):
        for file in sorted(Path(folder).glob(f"*/{FILE_NAME}")):
            found.setdefault(file.parent.name, file)
    return dict(sorted(found.items()))


def find(path_or_name: str | Path, further: Sequence[Path] = ()) -> Path:
    """Return the scenario file of a name, a folder or a file.

    Raises
    ------
    ScenarioError
        There is none; the message lists the names and the nearest.
    """
    known = list_scenarios(further)
    text = str(path_or_name)
    if text in known:
        return known[text]
    for file in _files_of(text):
        if _is_file(file):
            return file
    allowed = f"must be the name of a scenario or the path of its folder (scenarios: {list_names(known) or 'none found'})"
    raise ScenarioError([Problem("scenario", shown(text), allowed, nearest_name(text, known))])


def _is_file(path: Path) -> bool:
    """Return whether a path is a file; a path that no file system takes is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _files_of(text: str) -> tuple[Path, ...]:
    """Return what a text may mean as a path."""
    if not text or not text.isprintable() or len(text) > 1000:
        return ()
    return (Path(text) / FILE_NAME, *([Path(text)] if text.endswith((".yaml", ".yml")) else []))


def new(name: str, from_name: str | Path = "phone_shop", folder: Path | None = None, further: Sequence[Path] = ()) -> Path:
    """Copy a scenario's folder to ``./scenarios/<name>``, whole or not at all, and return the new folder.

    Raises
    ------
    ScenarioError
        The name is no folder name, the folder exists already, or there is nothing to copy or no place to copy to.
    """
    if not FOLDER_NAME.fullmatch(name):
        raise _refused(name, "must be a name of letters, digits, _ and -, beginning with a letter")
    source = find(from_name, further).parent
    target = (folder or Path.cwd() / "scenarios") / name
    if target.exists():
        raise _refused(name, f"is taken: {target} exists; nothing was changed")
    try:
        _copy_whole(source, target, str(from_name))
    except OSError as error:
        raise _refused(name, f"cannot be made: {error.strerror or error}") from None
    return target


def _refused(name: str, allowed: str) -> ScenarioError:
    return ScenarioError([Problem("name", shown(name), allowed)])


def _copy_whole(source: Path, target: Path, origin: str) -> None:
    """Copy beside the target and rename, so that a killed copy leaves no half scenario."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as beside:
        copy = Path(beside) / target.name
        shutil.copytree(source, copy)
        _name_copy(copy, origin)
        os.rename(Path(beside) / target.name, target)


def _name_copy(copy: Path, origin: str) -> None:
    """Say in a copy's title and README where it came from; nothing else in it changes, comments stay."""
    file = copy / FILE_NAME
    text = file.read_bytes().decode("utf-8-sig")
    title = TITLE.search(text)
    if title is not None:
        words = f"{copy.name}, copied from {Path(origin).name}: {_unquoted(title['title'])}"
        text = f"{text[: title.start()]}title: {json.dumps(words, ensure_ascii=False)}{title['comment']}{text[title.end() :]}"
        file.write_bytes(text.encode())
    (copy / "README.md").write_text(
        f"# {copy.name}\n\nCopied from the scenario `{Path(origin).name}` on {dt.date.today()}; its README says where its numbers come from."
        f"\nSay here what you changed, and why.\n\n    servsim run scenario={copy.name}\n",
        encoding="utf-8",
    )


def _unquoted(title: str) -> str:
    """Return the words of a title as they stand in a YAML file."""
    if title[:1] == '"':
        return title[1:-1].replace('\\"', '"')
    return title[1:-1].replace("''", "'") if title[:1] == "'" else title
