"""Run settings of a command line: ``conf/config.yaml``, composed by Hydra, with what was typed on top.

Hydra sees run settings only; paths of a scenario go to the scenario's own strict reader. Never runs anything.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from servsim.cli.argument import Arguments, plain_value, plain_values
from servsim.errors import SettingError
from servsim.scenario.library import data_dir
from servsim.study.settings import SETTINGS, RunSettings, make_settings

HYDRA_WORD = re.compile(r"\$\{|@package|^(defaults|hydra)\b|\?\?\?", re.MULTILINE)
"""What only Hydra understands in a settings file."""


def settings_of(arguments: Arguments) -> RunSettings:
    """Return the run settings and overrides of a command line.

    Raises
    ------
    SettingError
        With everything wrong with the settings, one a line.
    """
    typed = {key: plain_value(key, text) for key, text in arguments.settings.items()}
    unknown = {key: value for key, value in typed.items() if key not in SETTINGS}
    known = {key: value for key, value in typed.items() if key in SETTINGS}
    return make_settings({**composed(known, arguments.hydra), **unknown}, plain_values(arguments.overrides))


def composed(typed: Mapping[str, Any], hydra_words: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return ``conf/config.yaml`` as Hydra composes it, with typed settings on top.

    Hydra itself is asked only where it has something to do, which takes 0.6 s.

    Raises
    ------
    SettingError
        Hydra refuses its own settings, or a folder of ``hydra.searchpath``.
    """
    text = (data_dir("conf") / "config.yaml").read_text(encoding="utf-8")
    if hydra_words or HYDRA_WORD.search(text) or not all(map(_is_plain, typed.values())):
        return _composed_by_hydra(typed, hydra_words)
    return {**_lines_of(text), **typed}


def _is_plain(value: Any) -> bool:
    """Whether a value is a text or a list of texts, which Hydra would hand on as it is."""
    return value is None or isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _lines_of(text: str) -> dict[str, Any]:
    import yaml

    found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {str(key): value for key, value in found.items()}


def _composed_by_hydra(typed: Mapping[str, Any], hydra_words: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings as Hydra composes them.

    Raises
    ------
    SettingError
        Hydra refuses its own settings, or a folder of ``hydra.searchpath``.
    """
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    words = [f"{key}={_quoted(value)}" for key, value in typed.items()]
    try:
        with warnings.catch_warnings(), initialize_config_dir(str(data_dir("conf")), **base_version()):
            warnings.simplefilter("error", UserWarning)  # a folder that is not there is only warned of
            config = compose("config", overrides=[*hydra_words, *words])
        found = OmegaConf.to_container(config, resolve=True)
    except (HydraException, OmegaConfBaseException, ValueError, UserWarning) as error:
        raise SettingError(f"conf: Hydra cannot compose the settings: {' '.join(str(error).split())}") from None
    return {str(key): value for key, value in found.items()}  # type: ignore[union-attr]


def base_version() -> dict[str, str]:
    """Return the behaviour of Hydra that is asked for: 1.3's; Hydra 1.4 has no such choice."""
    import hydra

    return {"version_base": "1.3"} if hydra.__version__.startswith("1.3") else {}


def _quoted(value: Any) -> str:
    """Write a value so that Hydra's grammar reads exactly it."""
    if value is None:
        return "null"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(_quoted(each) for each in value)}]"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    text = str(value).replace("${", "\\${")
    return '"' + _escaped(text) + '"'


def _escaped(text: str) -> str:
    """Escape double quotes, and the backslashes that stand before one or at the end."""
    return re.sub(r'(\\*)("|$)', lambda found: found[1] * 2 + ('\\"' if found[2] else ""), text)
