"""Run settings: how to run, never what the world is.

One table of settings (the fields of :class:`RunSettings`) drives reading, messages and help. ``conf/config.yaml`` holds
the same defaults for the command line; a test keeps the two alike. Never reads a file and never runs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from servsim.engine.choice import ENGINES
from servsim.errors import SettingError, did_you_mean
from servsim.scenario import units
from servsim.scenario.decision import read_margin
from servsim.scenario.language import RUN_SETTINGS
from servsim.scenario.spot import list_names, nearest_name, shown
from servsim.scenario.yaml_text import parse_yaml
from servsim.study.folder import check_name

Overrides = tuple[tuple[str, Any], ...]
"""Dotted paths of the scenario and their new values."""

Margins = tuple[tuple[str, str], ...]
"""(measure, margin) as typed; an empty measure: every headline measure."""

MOST_SEED = 2**63 - 1
OUTPUTS = ("table", "json", "csv", "quiet")
LOGS = ("full", "measures")

LATER = {
    "level": "say confidence=95 %",
    "hydra": "Hydra's own settings are given whole, such as hydra.searchpath=[...]",
}
"""Reserved words that are no settings of a run, and what to do instead."""


def setting(kind: str, says: str, *, default: Any = MISSING, allowed: tuple[str, ...] = (), low: float = 0.0, high: float = float("inf")) -> Any:
    """Declare one setting: its kind, the sentence that explains it, its default and its bounds."""
    meta = {"kind": kind, "says": says, "allowed": allowed, "low": low, "high": high}
    return field(default=default, metadata=meta)


@dataclass(frozen=True)
class RunSettings:
    """How a study is run."""

    scenario: str = setting("text", "Name of a scenario, or path of its folder.")
    overrides: Overrides = ()
    """Changes to the scenario; not a setting of its own."""
    decisions: tuple[str, ...] = setting("decisions", "Of `compare`: names of decision files, a+b for both together.", default=())
    margin: tuple[tuple[str, str], ...] = setting("margin", "Of `compare`: the largest difference that counts as no harm, of all headline measures or by measure.", default=())
    replications: int = setting("count", "How many times the whole calendar is simulated.", default=10, low=1, high=1_000_000)
    precision: float | None = setting(
        "precision", "Keep replicating until the interval's half width is below this share of the measure; replaces replications.", default=None
    )
    measure: str = setting("text", "The measure that precision is judged by; of one channel as phone.mean_wait_s.", default="mean_wait_s")
    max_replications: int = setting("count", "Where precision gives up.", default=1000, low=10, high=1_000_000)
    confidence: float = setting("share", "Level of the confidence intervals.", default=0.95, low=0.5, high=0.9999)
    seed: int = setting("count", "Names the random numbers: the same seed gives the same world.", default=1, low=0, high=MOST_SEED)
    engine: str = setting("choice", "Which engine simulates: the readable one, the compiled one, or whichever is quicker for the size of the job. The results are the same bit for bit.", default="auto", allowed=ENGINES)
    output: str = setting("choice", "What is printed: a table, documented JSON, CSV, or nothing.", default="table", allowed=OUTPUTS)
    study: str = setting("name", "Name of the results' folder; the scenario's name unless given.", default="")
    overwrite: bool = setting("switch", "Replace another study of the same name; run the same study anew instead of showing what it found.", default=False)
    logs: str = setting("choice", "Keep contacts and agents of every replication (full), or measures only.", default="full", allowed=LOGS)
    csv: bool = setting("switch", "Write CSV files beside the Parquet files.", default=False)
    figures: bool = setting("switch", "Draw the pictures.", default=True)
    workers: int | None = setting("workers", "Processes that simulate; all: one for each core.", default=None)
    replay: tuple[str, ...] = setting("paths", "Call file (or files) whose recorded arrivals replace the scenario's.", default=())
    replay_days: str = setting("text", "Days of the call file to replay: 1999-05-02..1999-05-31; absent: all.", default="")
    replay_layout: str = setting("text", "How the call file is read: a name of conf/layout, or the path of a layout file.", default="")
    results_dir: str = setting("text", "Folder that holds the studies.", default="results")
    scenario_dir: tuple[str, ...] = setting("paths", "Further folders to look for scenarios in.", default=())

    @property
    def study_name(self) -> str:
        """Name of the study: as given, or that of the scenario."""
        return self.study or Path(self.scenario).name.removesuffix(".yaml").removesuffix(".yml") or "study"

    @property
    def folder(self) -> Path:
        """Where the results of the study go."""
        return Path(self.results_dir) / self.study_name

    @property
    def scenario_dirs(self) -> tuple[Path, ...]:
        """Further folders to look for scenarios in."""
        return tuple(Path(each) for each in self.scenario_dir)


class Setting(NamedTuple):
    """One declared setting."""

    name: str
    kind: str
    says: str
    default: Any
    allowed: tuple[str, ...]
    low: float
    high: float


SETTINGS: dict[str, Setting] = {
    each.name: Setting(each.name, each.metadata["kind"], each.metadata["says"], each.default, *(each.metadata[k] for k in ("allowed", "low", "high")))
    for each in fields(RunSettings)
    if each.metadata
}
"""Every setting by name, in the order in which they are explained."""

RESERVED = (*SETTINGS, *(word for word in RUN_SETTINGS if word not in SETTINGS))
"""Words that never begin the path of a scenario."""


def make_settings(given: Mapping[str, Any], overrides: Overrides | Iterable[tuple[str, Any]] = ()) -> RunSettings:
    """Return run settings out of texts or values, every one checked.

    Raises
    ------
    SettingError
        With every problem, one a line: the setting, what was given, what is allowed, the nearest name.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        try:
            values[name] = _read(name, value)
        except _Bad as bad:
            problems.append(str(bad))
    if values.get("scenario") is None and not problems:
        problems.append("scenario: must be given, such as scenario=phone_shop")
    if problems:
        raise SettingError("\n".join(problems))
    return _consistent(RunSettings(**values, overrides=tuple(overrides)))


def _consistent(settings: RunSettings) -> RunSettings:
    for name in ("replay_days", "replay_layout"):
        if getattr(settings, name) and not settings.replay:
            raise SettingError(f"{name}: needs replay=CALLFILE, the file that is replayed")
    return settings


class _Bad(Exception):
    """A setting that cannot be used."""


def _read(name: str, value: Any) -> Any:
    declared = SETTINGS.get(name)
    if declared is None:
        raise _Bad(_unknown(name))
    if value is None:
        return None if declared.default is MISSING else declared.default
    return KINDS[declared.kind](declared, value)


def _unknown(name: str) -> str:
    if name in LATER:
        return f"{name}: {LATER[name]}"
    hint = did_you_mean(nearest_name(name, SETTINGS))
    return f"{name}: is no setting of a run{hint} (settings: {list_names(SETTINGS, 40)})"


def _bad(declared: Setting, value: Any, allowed: str, nearest: str = "") -> _Bad:
    return _Bad(f"{declared.name}: got {shown(value) or 'nothing'}; {allowed}{did_you_mean(nearest)}")


# ---- kinds


def _text(declared: Setting, value: Any) -> str:
    text = str(value).strip()
    if isinstance(value, (list, tuple, dict, bool)) or not text.isprintable() or (not text and declared.default is MISSING):
        raise _bad(declared, value, "must be a name or text on one line")
    return text


def _name(declared: Setting, value: Any) -> str:
    if isinstance(value, (list, tuple, dict, bool)):
        raise _bad(declared, value, "must be a name for a folder, such as more_clerks")
    text = str(value).strip()
    if text:
        _check_study(text)
    return text


def _check_study(text: str) -> None:
    try:
        check_name(text)
    except SettingError as error:
        raise _Bad(str(error)) from None


def _count(declared: Setting, value: Any) -> int:
    words = f"must be a whole number from {declared.low:.0f} to {_large(declared.high)}"
    try:
        number = value if isinstance(value, int) else units.parse_count(value, words, int(declared.high))
    except units.Refused as refused:
        raise _bad(declared, value, refused.allowed, refused.nearest) from None
    if isinstance(value, bool) or not declared.low <= number <= declared.high:
        raise _bad(declared, value, words)
    return number


def _large(bound: float) -> str:
    return "2^63 - 1" if bound >= 2.0**62 else f"{bound:.0f}"


def _share(declared: Setting, value: Any) -> float:
    words = f"must be a share from {declared.low:.4g} to {declared.high:.4g}, such as {declared.default:.0%} or {declared.default}"
    try:
        share = units.parse_share(value)
    except units.Refused as refused:
        raise _bad(declared, value, words, refused.nearest) from None
    if isinstance(value, bool) or not declared.low <= share <= declared.high:
        raise _bad(declared, value, words)
    return share


def _precision(declared: Setting, value: Any) -> float:
    words = "must be a share above 0 and up to 1, such as 5 %"
    try:
        share = units.parse_share(value)
    except units.Refused as refused:
        raise _bad(declared, value, words, refused.nearest) from None
    if isinstance(value, bool) or not share > 0.0:
        raise _bad(declared, value, words)
    return share


def _choice(declared: Setting, value: Any) -> str:
    text = str(value).strip()
    if text not in declared.allowed:
        raise _bad(declared, value, f"must be one of {', '.join(declared.allowed)}", nearest_name(text, declared.allowed))
    return text


def _switch(declared: Setting, value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in ("true", "yes", "false", "no"):
        raise _bad(declared, value, "must be yes or no")
    return text in ("true", "yes")


def _workers(declared: Setting, value: Any) -> int | None:
    words = "must be all, or a whole number from 1 to 1024"
    if str(value).strip() == "all":
        return None
    try:
        number = units.parse_count(value, words)
    except units.Refused as refused:
        raise _bad(declared, value, refused.allowed, refused.nearest) from None
    if isinstance(value, bool) or not 1 <= number <= 1024:
        raise _bad(declared, value, words)
    return number


def _paths(declared: Setting, value: Any) -> tuple[str, ...]:
    given: Sequence[Any] = value if isinstance(value, (list, tuple)) else [value]
    texts = tuple(str(each).strip() for each in given if str(each).strip())
    if any(not isinstance(each, (str, Path)) for each in given) or not all(text.isprintable() for text in texts):
        raise _bad(declared, value, "must be a path, or a list of paths: [may.tsv, june.tsv]")
    return texts


def _decisions(declared: Setting, value: Any) -> tuple[str, ...]:
    given: Sequence[Any] = value if isinstance(value, (list, tuple)) else str(value).split(",")
    texts = tuple("+".join(part.strip() for part in str(each).split("+")) for each in given if str(each).strip())
    if any(not isinstance(each, str) for each in given) or not all(text.isprintable() for text in texts):
        raise _bad(declared, value, "must be names of decisions: [course_all_at_once, course_all_at_once+call_ahead]")
    return texts


MARGIN_WORDS = "must be a margin such as 5 %, or margins by measure such as {mean_wait: 1 min, told_to_come_back: 5 %}"


def _margin(declared: Setting, value: Any) -> Margins:
    found = parse_yaml(value, "margin") if isinstance(value, str) and value.strip()[:1] == "{" else value
    if isinstance(found, Mapping):
        pairs = [(str(name).strip(), str(text).strip()) for name, text in found.items()]
    else:
        name, colon, text = str(found).partition(":")
        pairs = [(name.strip(), text.strip())] if colon else [("", str(found).strip())]
    for name, text in pairs:
        _check_margin(declared, value, name, text)
    return tuple(pairs)


def _check_margin(declared: Setting, value: Any, name: str, text: str) -> None:
    shown = value if isinstance(value, str) else f"{name}: {text}".removeprefix(": ")
    try:
        margin = read_margin(text)
    except units.Refused as refused:
        raise _bad(declared, shown, f"{MARGIN_WORDS}; {text} {refused.allowed}") from None
    if not name and not margin.is_share:
        raise _bad(declared, shown, f"{MARGIN_WORDS}; for all measures, whose units differ, it is a share of the comparator, as {text} % would be")


KINDS: dict[str, Callable[[Setting, Any], Any]] = {
    "decisions": _decisions,
    "margin": _margin,
    "text": _text,
    "name": _name,
    "count": _count,
    "share": _share,
    "precision": _precision,
    "choice": _choice,
    "switch": _switch,
    "workers": _workers,
    "paths": _paths,
}
"""How the text of each kind of setting is read."""
