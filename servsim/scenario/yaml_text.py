"""Reading YAML text as YAML 1.2: ``9:00``, ``on``, ``yes`` and dates stay text; names of keys are always text.

PyYAML parses the text into events; the values are put together here, without recursion, so that neither deep nesting
nor aliases of aliases can exhaust the machine. Tags, several documents and a key given twice are refused with their
lines. It never knows what the keys mean.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from servsim.errors import Problem, ScenarioError

MAX_BYTES = 4_000_000
MAX_VALUES = 400_000
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def read_yaml(path: Path) -> Any:
    """Return the plain value of a YAML file.

    Raises
    ------
    ScenarioError
        The file is missing, too large, not UTF-8 text or not YAML; the message has line and column.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unreadable(path.name, f"is too large; at most {MAX_BYTES} bytes are read")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path.name, f"must be UTF-8 text (byte {error.start} is not)") from None
    return parse_yaml(text, path.name)


def parse_yaml(text: str, source: str) -> Any:
    """Return the plain value of a YAML text: dicts with text keys, lists, texts, numbers, truth values, ``None``.

    Raises
    ------
    ScenarioError
        The text is not YAML or holds what scenarios may not hold; the message has line and column.
    """
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _at(source, error.problem_mark, f"cannot be read as YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _unreadable(source, f"cannot be read as YAML: {' '.join(str(error).split())}") from None
    return builder.value


UNCHANGING = (str, int, float, bool, type(None))
"""Kinds of plain values that are their own copy."""


def text_keys(data: Any, depth: int = 0) -> Any:
    """Return a copy of plain data with all keys as text, so that ``1`` and ``"1"`` are one name whoever made them.

    Raises
    ------
    ScenarioError
        The data are too deep to be of a scenario.
    """
    if depth > MAX_DEPTH:
        raise _unreadable("scenario", f"is nested more than {MAX_DEPTH} deep")
    if isinstance(data, UNCHANGING):
        return data
    if isinstance(data, Mapping):
        return {str(key): text_keys(each, depth + 1) for key, each in data.items()}
    if isinstance(data, (list, tuple)):
        return [text_keys(each, depth + 1) for each in data]
    return data


def copied(data: Any) -> Any:
    """Return a copy of plain data that shares no mapping and no list with it."""
    kind = type(data)
    if kind is dict:
        return {key: copied(each) for key, each in data.items()}
    if kind is list:
        return [copied(each) for each in data]
    return data if kind in UNCHANGING else copy.deepcopy(data)


def _unreadable(path: str, why: str) -> ScenarioError:
    return ScenarioError([Problem(path, "", why)])


def _at(source: str, mark: Any, why: str) -> ScenarioError:
    where = f"{source}, line {mark.line + 1}, column {mark.column + 1}" if mark else source
    return _unreadable(where, why)


@dataclass
class _Open:
    """A mapping or list that is being read."""

    value: Any
    anchor: str | None
    size_before: int
    key: str | None = None
    lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    """Puts values together from events, with an explicit stack."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.value: Any = None
        self.size = 0
        self.documents = 0
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close()

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise _at(self.source, event.start_mark, "must hold one document; a second one begins here")

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        if any("\ud800" <= letter <= "\udfff" for letter in event.value):
            raise _at(self.source, event.start_mark, "holds a half of a character (a lone surrogate)")
        if self._expects_key():
            return self._key(event)
        value = _plain_value(event.value) if event.implicit[0] else event.value
        self._count(1, event)
        self._remember(event.anchor, value, 1)
        self._add(value, event)

    def _alias(self, event: Any) -> None:
        if self._expects_key() or event.anchor not in self.anchors:
            raise _at(self.source, event.start_mark, f"uses the alias *{event.anchor}, which is not known here")
        value, size = self.anchors[event.anchor]
        self._count(size, event)
        self._add(copy.deepcopy(value), event)

    def _open(self, event: Any) -> None:
        self._refuse_tag(event)
        if self._expects_key():
            raise _at(self.source, event.start_mark, "must have plain text as key, not a list or mapping")
        if len(self.stack) >= MAX_DEPTH:
            raise _at(self.source, event.start_mark, f"is nested more than {MAX_DEPTH} deep")
        before = self.size
        self._count(1, event)
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._add(value, event)
        self.stack.append(_Open(value, event.anchor, before))

    def _close(self) -> None:
        done = self.stack.pop()
        self._remember(done.anchor, done.value, self.size - done.size_before)

    def _key(self, event: Any) -> None:
        top, line = self.stack[-1], event.start_mark.line + 1
        if event.value in top.lines:
            first = top.lines[event.value]
            raise _at(self.source, event.start_mark, f"gives the key '{event.value}' twice (first in line {first})")
        top.lines[event.value] = line
        top.key = event.value

    def _add(self, value: Any, event: Any) -> None:
        if not self.stack:
            self.value = value
        elif isinstance(self.stack[-1].value, list):
            self.stack[-1].value.append(value)
        else:
            self.stack[-1].value[self.stack[-1].key] = value
            self.stack[-1].key = None

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _remember(self, anchor: str | None, value: Any, size: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)

    def _count(self, size: int, event: Any) -> None:
        self.size += size
        if self.size > MAX_VALUES:
            raise _at(self.source, event.start_mark, f"holds more than {MAX_VALUES} values, aliases counted")

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            raise _at(self.source, event.start_mark, f"uses the tag {event.tag}; scenarios have no tags")


def _plain_value(text: str) -> Any:
    """Return the value of an unquoted scalar by the YAML 1.2 core rules."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
