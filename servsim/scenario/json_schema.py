"""The JSON Schema of scenario files, for editors that complete and check while one types.

Made from the one table of keys. It knows shapes, bounds and choices; names that refer to each other and cross-checks
are for ``servsim check``. It never reads a scenario.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from servsim.rules.distribution import DISTRIBUTIONS, Distribution, Parameter
from servsim.scenario.keys import Entry, entries
from servsim.scenario.language import REQUIRED, RUN_SETTINGS, Scenario
from servsim.scenario.like import LIKE_KEYS
from servsim.scenario.units import UNITS_S, WEEKDAYS

Schema = dict[str, Any]

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_DAY = f"({'|'.join(WEEKDAYS)})"
_DAYS = rf"^({_DAY}(-{_DAY})?(\s*,\s*{_DAY}(-{_DAY})?)*|daily)$"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_WINDOW = rf"{_CLOCK}\s*-\s*{_CLOCK}"
_NAME = "^[A-Za-z][A-Za-z0-9_]{0,63}$"
_AGENT = "^([A-Za-z][A-Za-z0-9_]{0,63}-)?[1-9][0-9]{0,5}$"


def json_schema() -> Schema:
    """Return the schema (draft 2020-12) as plain data."""
    schema = _section(Scenario, "A world: who comes, why, and who serves them.")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "servsim scenario",
        "$comment": f"Run settings are given on the command line and are no keys here: {', '.join(RUN_SETTINGS)}",
    }
    like = {"if": {"required": ["like"]}, "then": _like(), "else": schema}
    return {**head, "type": "object", **like, "$defs": _definitions()}


def _like() -> Schema:
    """Return the schema of a scenario that is like another one."""
    texts = {name: {"description": says, "type": "string"} for name, says in LIKE_KEYS.items()}
    texts["changes"]["type"] = "object"
    return {"properties": texts, "additionalProperties": False}


def _section(cls: type, says: str) -> Schema:
    known = entries(cls)
    needed = [name for name, entry in known.items() if _is_needed(entry)]
    properties = {name: _entry(entry) for name, entry in known.items()}
    kind: Any = "object" if needed else ["object", "null"]
    section = {"description": says, "type": kind, "properties": properties, "additionalProperties": False}
    return {**section, "required": needed} if needed else section


def _is_needed(entry: Entry) -> bool:
    is_value = entry.kind not in ("section", "named")
    return bool(entry.meta.get("required")) or (is_value and entry.default is REQUIRED)


def _entry(entry: Entry) -> Schema:
    if entry.kind == "section":
        return _section(entry.meta["of"], entry.meta["says"])
    if entry.kind == "named":
        each = _section(entry.meta["of"], entry.meta["says"])
        return _named(each, entry.meta["says"], _AGENT if entry.name == "members" else _NAME)
    return {"description": entry.meta["says"], **_value(entry.kind, entry.meta)}


def _named(each: Schema, says: str, pattern: str) -> Schema:
    return {"description": says, "type": ["object", "null"], "patternProperties": {pattern: each}, "additionalProperties": False}


def _value(kind: str, meta: Any) -> Schema:
    if kind in ("count", "count_or_all", "number", "money"):
        number = _bounded("integer" if kind.startswith("count") else "number", meta)
        return {"anyOf": [{"const": "unlimited"}, number]} if kind == "count_or_all" else number
    if kind == "choice":
        return {"enum": list(meta["choices"])}
    if kind == "choices":
        return _one_or_list({"enum": list(meta["choices"])})
    return {"$ref": f"#/$defs/{kind}"}


def _bounded(kind: str, meta: Any) -> Schema:
    bounds = {"minimum": meta["low"], "maximum": meta["high"], "exclusiveMinimum": meta["above"]}
    return {"type": kind, **{word: bound for word, bound in bounds.items() if bound is not None}}


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


def _one_or_list(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _mapping(pattern: str, each: Schema) -> Schema:
    return {"type": "object", "patternProperties": {pattern: each}, "additionalProperties": False, "minProperties": 1}


def _ref(kind: str) -> Schema:
    return {"$ref": f"#/$defs/{kind}"}


def _definitions() -> Schema:
    """Return the schema of each kind of value; see the table of kinds in ``language.py``."""
    units = "|".join(sorted(UNITS_S, key=len, reverse=True))
    percent = _text(rf"^\s*{_NUMBER}\s*%\s*$")
    names: Schema = {"type": "string"}
    return {
        "text": {"type": ["string", "integer"]},
        "yes_no": {"enum": ["yes", "no", True, False]},
        "share": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, percent]},
        "factor": {"anyOf": [{"type": "number", "minimum": 0}, percent]},
        "duration": {"anyOf": [{"const": 0}, _text(rf"^\s*({_NUMBER}\s*({units})\s*)+$")]},
        "date": _text(r"^\d{4}-\d{2}-\d{2}$"),
        "dates": {"anyOf": [_ref("date"), {"type": "array", "items": _ref("date")}]},
        "time": _text(f"^{_CLOCK}$"),
        "windows": {"anyOf": [{"enum": ["24 h", "24h", "closed"]}, _one_or_list(_text(rf"^\s*{_WINDOW}(\s*,\s*{_WINDOW})*\s*$"))]},
        "week_by_channel": _mapping(_NAME, {"anyOf": [_ref("windows"), _mapping(_DAYS, _ref("windows"))]}),
        "days": _one_or_list(_text(_DAYS)),
        "day_factors": _mapping(_DAYS, _ref("factor")),
        "profile": {"anyOf": [{"type": "number", "minimum": 0}, _mapping(f"^{_CLOCK}$", {"type": "number", "minimum": 0})]},
        "day_profile": {"anyOf": [_ref("profile"), _mapping(_DAYS, _ref("profile"))]},
        "steps": _mapping(r"^\d+$", _ref("share")),
        "name": names,
        "names": _one_or_list(names),
        "shares": {"anyOf": [names, _mapping(_NAME, _ref("share"))]},
        "file": names,
        "who": {"anyOf": [{"type": "integer", "minimum": 0}, _ref("share"), {"type": "array", "minItems": 1}]},
        "law": {"anyOf": [_ref("duration"), {"const": "unlimited"}, *(_law(each) for each in DISTRIBUTIONS)]},
        "law_by_channel": {"anyOf": [_ref("law"), _mapping(_NAME, _ref("law"))]},
    }


# ---- laws


def _law(entry: Distribution) -> Schema:
    body = _BODIES[entry.takes](entry)
    return {"description": entry.says, "type": "object", "properties": {entry.name: body}, "required": [entry.name], "additionalProperties": False}


def _values(entry: Distribution) -> Schema:
    needed = [each.name for each in entry.parameters if each.default is None]
    properties = {each.name: _parameter(each) for each in entry.parameters}
    if {"mean", "sd"} <= set(needed):
        properties["cv"] = {"description": "Standard deviation divided by the mean, instead of sd.", **_ref("factor")}
        needed.remove("sd")
    whole: Schema = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    if "cv" in properties and "sd" in properties:
        whole["oneOf"] = [{"required": ["sd"]}, {"required": ["cv"]}]
    return {"anyOf": [_ref("duration"), whole]} if len(entry.parameters) == 1 else whole


def _parameter(parameter: Parameter) -> Schema:
    if parameter.kind in ("duration", "share"):
        return {"description": parameter.says, **_ref(parameter.kind)}
    bounds = {"low": parameter.low, "high": parameter.high, "above": parameter.above}
    return {"description": parameter.says, **_bounded("integer" if parameter.kind == "count" else "number", bounds)}


def _file() -> Schema:
    return {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"], "additionalProperties": False}


_BODIES: dict[str, Callable[[Distribution], Schema]] = {
    "values": _values,
    "points": lambda entry: {"anyOf": [_file(), {"type": "object", "additionalProperties": _ref("duration"), "minProperties": 2}]},
    "samples": lambda entry: {"anyOf": [_file(), {"type": "array", "items": _ref("duration"), "minItems": 1}]},
    "parts": lambda entry: {"type": "object", "additionalProperties": _ref("law"), "minProperties": 2},
    "weighted_parts": lambda entry: {
        "type": "object",
        "minProperties": 2,
        "additionalProperties": {
            "type": "object",
            "properties": {"share": _ref("share"), "law": _ref("law")},
            "required": ["share", "law"],
            "additionalProperties": False,
        },
    },
}
