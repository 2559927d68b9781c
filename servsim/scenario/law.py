"""Laws in scenario files: ``4 min``, ``{lognormal: {mean: 4 min, sd: 3 min}}``, tables, mixtures, the smaller of two.

The laws and their parameters come from ``servsim.rules.distribution.DISTRIBUTIONS``; here is only how they are written.
Everything has a name, so that every number has a path: ``talk.mixture.short.law.exponential.mean``.
It never draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from servsim.rules.distribution import DISTRIBUTIONS, Distribution, Parameter, problems_of
from servsim.scenario import units
from servsim.scenario.language import Law
from servsim.scenario.spot import Spot, list_names, nearest_name
from servsim.scenario.table import read_columns

LAW_NAMES = tuple(each.name for each in DISTRIBUTIONS)
BY_NAME: Mapping[str, Distribution] = {each.name: each for each in DISTRIBUTIONS}
A_LAW = "must be a length of time such as 4 min, or a law such as {lognormal: {mean: 4 min, sd: 3 min}}"
PARTS_WORDS = "must be two or more named parts"
MAX_NESTING = 8
UNLIMITED = "unlimited"
"""The law of a patience that never ends; ``check`` refuses it for anything else."""


def read_law(value: Any, spot: Spot, nesting: int = 0) -> Law | None:
    """Return the law written here, or ``None`` after collecting what is wrong."""
    if value == UNLIMITED:
        return Law("deterministic", (math.inf,))
    if not isinstance(value, Mapping):
        seconds = spot.take(units.parse_duration, value, A_LAW)
        return None if seconds is None else _checked(Law("deterministic", (seconds,)), value, spot)
    if len(value) != 1 or nesting > MAX_NESTING:
        words = f"{A_LAW}; laws may be nested {MAX_NESTING} deep" if nesting > MAX_NESTING else A_LAW
        spot.refuse(value, words)
        return None
    return _read_named(*next(iter(value.items())), spot, nesting)


def _read_named(name: str, body: Any, spot: Spot, nesting: int) -> Law | None:
    if name not in BY_NAME:
        spot.at(name).refuse(None, f"is no law (allowed: {list_names(LAW_NAMES)})", nearest_name(name, LAW_NAMES))
        return None
    entry, below = BY_NAME[name], spot.at(name)
    before = len(spot.reading.problems)
    law = _READERS[entry.takes](entry, body, below, nesting)
    return None if law is None or len(spot.reading.problems) > before else _checked(law, None, below)


def _checked(law: Law, value: Any, spot: Spot) -> Law | None:
    found = problems_of(law)
    for sentence in found:
        spot.refuse(value, sentence)
    return None if found else law


# ---- laws with parameters


def _read_values(entry: Distribution, body: Any, spot: Spot, nesting: int) -> Law | None:
    if not isinstance(body, Mapping):
        return _read_single(entry, body, spot)
    given = _without_cv(entry, body, spot)
    names = [each.name for each in entry.parameters]
    for name in given:
        if name not in names:
            spot.at(name).refuse(None, f"unknown (allowed: {list_names(names)})", nearest_name(name, names))
    return Law(entry.name, tuple(_read_parameter(each, given, spot) for each in entry.parameters))


def _needed(entry: Distribution) -> list[Parameter]:
    return [each for each in entry.parameters if each.default is None]


def spelled_out(name: str, body: Any) -> Any:
    """Return ``{mean: 3 min}`` for the body of the short ``{exponential: 3 min}``, anything else as it is."""
    needed = _needed(BY_NAME[name]) if name in BY_NAME and BY_NAME[name].takes == "values" else []
    return {needed[0].name: body} if len(needed) == 1 and body is not None and not isinstance(body, Mapping) else body


def _read_single(entry: Distribution, body: Any, spot: Spot) -> Law | None:
    needed = _needed(entry)
    if len(needed) != 1 or body is None:
        names = list_names(each.name for each in entry.parameters)
        spot.refuse(body, f"must give {names}, such as {{{names.split(',')[0]}: 4 min}}")
        return None
    return Law(entry.name, tuple(_read_parameter(each, {needed[0].name: body}, spot, spot) for each in entry.parameters))


def _without_cv(entry: Distribution, body: Mapping[str, Any], spot: Spot) -> Mapping[str, Any]:
    """Return the body with ``sd`` in place of ``cv`` (sd divided by mean), which planners often know instead."""
    names = {each.name for each in entry.parameters}
    if "cv" not in body or "cv" in names or not {"mean", "sd"} <= names:
        return body
    if "sd" in body:
        spot.at("cv").refuse(body["cv"], "must not be given beside sd")
    mean, cv = spot.at("mean").take(units.parse_duration, body.get("mean", 0)), spot.at("cv").take(units.parse_factor, body["cv"])
    rest = {name: each for name, each in body.items() if name not in ("cv", "sd")}
    return {**rest, "sd": 0 if mean is None or cv is None else units.duration_text(mean * cv)}


def _read_parameter(parameter: Parameter, given: Mapping[str, Any], spot: Spot, place: Spot | None = None) -> float:
    below = place or spot.at(parameter.name)
    if parameter.name not in given:
        if parameter.default is None:
            below.refuse(None, f"must be given: {parameter.says}")
        return parameter.default or 0.0
    value = below.take(PARSERS[parameter.kind], given[parameter.name])
    return 0.0 if value is None else float(value)


PARSERS: dict[str, Callable[[Any], float]] = {
    "duration": units.parse_duration,
    "number": units.parse_number,
    "count": units.parse_count,
    "share": units.parse_share,
}


# ---- tables


def _read_points(entry: Distribution, body: Any, spot: Spot, nesting: int) -> Law | None:
    if isinstance(body, Mapping) and body and set(body) != {"file"}:
        pairs = [(spot.at(key).take(units.parse_share, key), spot.at(key).take(units.parse_duration, each)) for key, each in body.items()]
    else:
        pairs = [(row["share"], row["seconds"]) for row in _file_rows(body, spot, ("share", "seconds"), "{0 %: 10 s, 50 %: 3 min, 100 %: 20 min}")]
    if any(share is None or seconds is None for share, seconds in pairs) or not pairs:
        return None
    return Law(entry.name, points=tuple(sorted((float(share), float(seconds)) for share, seconds in pairs)))


def _read_samples(entry: Distribution, body: Any, spot: Spot, nesting: int) -> Law | None:
    if isinstance(body, (list, tuple)) and body:
        values = [spot.at(number).take(units.parse_duration, each) for number, each in enumerate(body)]
    else:
        values = [row["seconds"] for row in _file_rows(body, spot, ("seconds",), "[2 min, 3 min, 5 min]")]
    if not values or any(each is None for each in values):
        return None
    return Law(entry.name, tuple(sorted(values)))


def _file_rows(body: Any, spot: Spot, columns: tuple[str, ...], example: str) -> Iterable[Mapping[str, float]]:
    name = body.get("file") if isinstance(body, Mapping) else None
    if name is None:
        spot.refuse(body, f"must be values such as {example}, or {{file: a CSV with the columns {', '.join(columns)}}}")
        return []
    return read_columns(name, columns, spot.at("file"))


# ---- laws of laws


def _read_parts(entry: Distribution, body: Any, spot: Spot, nesting: int) -> Law | None:
    parts = [read_law(each, below, nesting + 1) for each, below in _named_parts(body, spot, "{a: {exponential: 2 min}, b: 2 min}")]
    return Law(entry.name, parts=tuple(part for part in parts if part)) if parts and all(parts) else None


def _read_weighted(entry: Distribution, body: Any, spot: Spot, nesting: int) -> Law | None:
    example = "{short: {share: 20 %, law: 30 s}, long: {share: 80 %, law: {exponential: 5 min}}}"
    parts = [_weighted_part(each, below, nesting) for each, below in _named_parts(body, spot, example)]
    found = [part for part in parts if part is not None]
    if not parts or len(found) < len(parts):
        return None
    return Law(entry.name, parts=tuple(law for _, law in found), weights=tuple(share for share, _ in found))


def _weighted_part(body: Any, spot: Spot, nesting: int) -> tuple[float, Law] | None:
    if not isinstance(body, Mapping) or set(body) != {"share", "law"}:
        spot.refuse(body, "must give share and law, such as {share: 20 %, law: 30 s}")
        return None
    share = spot.at("share").take(units.parse_share, body["share"])
    law = read_law(body["law"], spot.at("law"), nesting + 1)
    return None if share is None or law is None else (share, law)


def _named_parts(body: Any, spot: Spot, example: str) -> list[tuple[Any, Spot]]:
    """Return the parts with their spots in order of name (R8), whatever their order in the file."""
    if not isinstance(body, Mapping) or len(body) < 2:
        spot.refuse(body, f"{PARTS_WORDS}, such as {example}")
        return []
    return [(body[name], spot.at(name)) for name in sorted(body)]


_READERS: dict[str, Callable[[Distribution, Any, Spot, int], Law | None]] = {
    "values": _read_values,
    "points": _read_points,
    "samples": _read_samples,
    "parts": _read_parts,
    "weighted_parts": _read_weighted,
}


# ---- laws by channel


def read_law_by_channel(value: Any, spot: Spot) -> dict[str, Law] | None:
    """Return laws by channel; one law for every channel stands under ``*``."""
    if not isinstance(value, Mapping) or not value or any(name in BY_NAME for name in value):
        law = read_law(value, spot)
        return None if law is None else {"*": law}
    channels = spot.reading.names.get("channels", ())
    laws = {name: _read_of_channel(name, value[name], channels, spot.at(name)) for name in value}
    return {name: law for name, law in sorted(laws.items()) if law is not None}


def _read_of_channel(name: str, value: Any, channels: tuple[str, ...], spot: Spot) -> Law | None:
    if name in channels:
        return read_law(value, spot)
    words = f"is neither a law ({list_names(LAW_NAMES)}) nor a channel ({list_names(channels)})"
    spot.refuse(None, words, nearest_name(name, (*LAW_NAMES, *channels)))
    return None


# ---- writing


def write_law(law: Law) -> Any:
    """Return the law as a plain value that reads back equal."""
    if law.kind == "deterministic":
        return UNLIMITED if math.isinf(law.values[0]) else units.duration_text(law.values[0])
    return {law.kind: _WRITERS[BY_NAME[law.kind].takes](law)}


def write_law_by_channel(laws: Mapping[str, Law]) -> Any:
    """Return laws by channel as a plain value that reads back equal."""
    if set(laws) == {"*"}:
        return write_law(laws["*"])
    return {name: write_law(law) for name, law in laws.items()}


def _write_values(law: Law) -> dict[str, Any]:
    pairs = zip(BY_NAME[law.kind].parameters, law.values, strict=True)
    return {parameter.name: PRINTERS[parameter.kind](value) for parameter, value in pairs}


PRINTERS: dict[str, Callable[[float], Any]] = {
    "duration": units.duration_text,
    "number": float,
    "count": int,
    "share": units.share_text,
}


def _part_names(law: Law) -> list[str]:
    return [f"part_{number:02d}" for number in range(1, len(law.parts) + 1)]


_WRITERS: dict[str, Callable[[Law], Any]] = {
    "values": _write_values,
    "points": lambda law: {units.share_text(share): units.duration_text(seconds) for share, seconds in law.points},
    "samples": lambda law: [units.duration_text(seconds) for seconds in law.values],
    "parts": lambda law: dict(zip(_part_names(law), map(write_law, law.parts), strict=True)),
    "weighted_parts": lambda law: {
        name: {"share": units.share_text(weight), "law": write_law(part)}
        for name, weight, part in zip(_part_names(law), law.weights, law.parts, strict=True)
    },
}
