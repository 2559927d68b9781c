"""Compiles plain functions of servsim, with all that they call, as they stand: rules are written once.

::

    loop.advance --reads the names it uses--> functions, numbers, codes --numba--> one compiled function

Each function is made again with names that compiled code understands: a function becomes its compiled self, an IntEnum a
tuple of its plain numbers, and the few functions that rest on Python's unbounded integers or on modules that numba lacks
are replaced (``REPLACED``). Nothing of the plain functions changes. Imports numba only when something is compiled.
"""

from __future__ import annotations

import builtins
from collections import namedtuple
from collections.abc import Callable
from enum import IntEnum
from types import FunctionType
from typing import Any


class Compiler:
    """Makes compiled functions of plain ones; each only once.

    Parameters
    ----------
    replaced : functions that compiled code takes in place of others.
    taken_in : functions whose code stands in that of all their callers.
    """

    def __init__(self, replaced: dict[Any, Any], taken_in: frozenset[Any] = frozenset()) -> None:
        from servsim.engine.parts import part

        self.part = part
        self.replaced = replaced
        self.taken_in = taken_in
        self.made: dict[Any, Any] = {}

    def compiled(self, plain: Callable[..., Any]) -> Any:
        """Return the compiled self of a plain function, to be called by compiled code; numba does the work when it is."""
        source: Any = self.replaced.get(plain, plain)
        if source not in self.made:
            self.made[source] = self.part(self.ready(source), forceinline=source in self.taken_in)
        return self.made[source]

    def ready(self, plain: Any) -> FunctionType:
        """Return a plain function again, with names that compiled code understands."""
        again = FunctionType(plain.__code__, _Meanings(plain, self._meaning), plain.__name__, plain.__defaults__)
        again.__qualname__ = plain.__qualname__
        return again

    def _meaning(self, value: Any) -> Any:
        """Return what a name of a plain function means to compiled code."""
        if isinstance(value, type) and issubclass(value, IntEnum):
            return namedtuple(value.__name__, value.__members__)(**{name: int(code) for name, code in value.__members__.items()})
        if isinstance(value, IntEnum):
            return int(value)
        if (isinstance(value, FunctionType) and value.__module__.startswith("servsim.")) or _is_replaced(value, self.replaced):
            return self.compiled(value)
        return value


class _Meanings(dict[str, Any]):
    """What the names of a function mean, found out when first asked: with code from the cache nobody asks."""

    def __init__(self, plain: Any, meaning: Callable[[Any], Any]) -> None:
        super().__init__(__name__=plain.__module__)
        self.plain = plain
        self.meaning = meaning

    def __missing__(self, name: str) -> Any:
        known = self.plain.__globals__
        self[name] = self.meaning(known[name]) if name in known else getattr(builtins, name)
        return self[name]


def _is_replaced(value: Any, replaced: dict[Any, Any]) -> bool:
    return callable(value) and value in replaced
