"""The plain Hydra app behind ``python -m servsim``: one study a job. Never merges anything into a scenario."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from servsim.cli.argument import KEY, plain_value, plain_values, sort_arguments
from servsim.cli.configuration import base_version
from servsim.errors import ServsimError, SettingError
from servsim.scenario.library import data_dir
from servsim.study.settings import RESERVED, SETTINGS

REFUSED = 2
REFUSED_JOBS: list[str] = []
"""Why jobs of this process were refused."""


def main(words: Sequence[str] | None = None) -> int:
    """Run Hydra on the words of the command line and return the exit code."""
    import hydra

    sys.argv[1:] = [with_plus(word) for word in (sys.argv[1:] if words is None else words)]
    app = hydra.main(config_path=str(data_dir("conf")), config_name="config", **base_version())(_job)
    app()
    return REFUSED if REFUSED_JOBS else 0


def with_plus(word: str) -> str:
    """Return a word with the ``+`` that Hydra wants before a path that is not in its own config."""
    key, equals, _ = word.partition("=")
    root = key.split(".")[0]
    is_path = bool(equals) and KEY.fullmatch(key) is not None and "." in key and root not in RESERVED
    return f"+{word}" if is_path else word


def _job(config: Any) -> float:
    """Run one job's study in its own folder and return the value of its measure; NaN where the study is refused."""
    from hydra.core.hydra_config import HydraConfig

    job = HydraConfig.get()
    try:
        arguments = sort_arguments([word for word in job.overrides.task if not word.startswith("~")])
        return judged_value(_study(config, arguments, Path(job.runtime.output_dir)))
    except ServsimError as error:
        # Hydra would print a traceback; and the other jobs of a sweep are worth their results.
        print(error, file=sys.stderr)
        REFUSED_JOBS.append(str(error))
        return float("nan")


def _study(config: Any, arguments: Any, folder: Path) -> Any:
    from omegaconf import OmegaConf

    from servsim.study.run import run_study
    from servsim.study.settings import make_settings

    given = {str(key): value for key, value in OmegaConf.to_container(config, resolve=True).items() if key in SETTINGS}  # type: ignore[union-attr]
    typed = {key: plain_value(key, text) for key, text in arguments.settings.items()}
    # A job draws no pictures and keeps its study in Hydra's folder of the job, unless it is told otherwise.
    own = {"results_dir": str(folder), "figures": "no", "logs": "measures", "workers": 1}
    return run_study(make_settings({**given, **own, **typed}, plain_values(arguments.overrides)))


def judged_value(result: Any) -> float:
    """Return the value of the study's judged measure.

    Raises
    ------
    SettingError
        The measure has no data.
    """
    from servsim.study.precision import judged_group

    name, formula, by = judged_group(result.settings.measure, result.world.names, result.world.terms)
    for row in result.rows:
        if (row["measure"], row["formula"], row["by"]) == (name, formula, by) and row["value"] is not None:
            return float(row["value"])
    raise SettingError(f"measure: {result.settings.measure} has no data in this study")
