"""Where layouts are: `conf/layout` of the working folder first, then those that come with servsim. Never reads one."""

from __future__ import annotations

from pathlib import Path

from servsim.errors import SettingError, did_you_mean
from servsim.scenario.library import data_dir
from servsim.scenario.spot import list_names, nearest_name, shown


def known_layouts() -> dict[str, Path]:
    """Return the files of layouts by name; a file of the user hides one of the same name that comes with servsim."""
    folders = (data_dir("conf") / "layout", Path.cwd() / "conf" / "layout")
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}


def layout_file(text: str, key: str = "layout") -> Path:
    """Return the file of a layout's name or path, given as a setting.

    Raises
    ------
    SettingError
        There is none; the message lists the names.
    """
    known = known_layouts()
    if text in known:
        return known[text]
    if Path(text).is_file():
        return Path(text)
    hint = did_you_mean(nearest_name(text, known))
    raise SettingError(f"{key}: got {shown(text)}; must be one of {list_names(known)}, or the path of a layout file{hint}")
