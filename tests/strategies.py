"""Random scenarios for tests: small valid ones over the whole language, and broken ones.

``valid_scenarios()`` gives plain data that ``read`` takes without a problem and ``check`` without an error: those of
``servsim.study.random_scenario``, with choices that hypothesis makes and makes simpler where a test fails. It never runs anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from servsim.study.random_scenario import Data, RandomScenario


def pick(*values: Any) -> st.SearchStrategy[Any]:
    """Choose one of the values."""
    return st.sampled_from(values)


class Drawn:
    """Choices that hypothesis makes."""

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        self.draw = draw

    def pick(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def whole(self, low: int, high: int) -> int:
        return int(self.draw(st.integers(low, high)))

    def some(self, values: Sequence[Any], fewest: int, most: int) -> list[Any]:
        return list(self.draw(st.lists(st.sampled_from(list(values)), min_size=fewest, max_size=min(most, len(values)), unique=True)))

    def happens(self) -> bool:
        return bool(self.draw(st.booleans()))


@st.composite
def valid_scenarios(draw: Any) -> Data:
    """Random small scenarios that read and check without a problem."""
    return RandomScenario(Drawn(draw)).data


# ---- broken scenarios

junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=12),
        pick(10**400, "9:00", "-5 min", "5 minn", "150 %", "25:00", "mon-", "1e999 s", "own", "phone", "\ud800", "9:00-9:00", "../x", "\x00", "NaN", "*"),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.text(max_size=8), pick("9:00", "mon", "lognormal", "file")), inner, max_size=3)),
    max_leaves=6,
)
"""Anything that a file or a script may put in the place of a value."""


@st.composite
def mutated(draw: Any, scenarios: st.SearchStrategy[Data]) -> Any:
    """A valid scenario with one to three accidents: keys lost, renamed, doubled, or values replaced by junk."""
    data = _copied(draw(scenarios))
    for _ in range(draw(st.integers(1, 3))):
        data = _accident(draw, data)
    return data


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(each) for key, each in data.items()}
    return [_copied(each) for each in data] if isinstance(data, list) else data


def _accident(draw: Any, data: Any) -> Any:
    """Go down at random, and break what is there."""
    if not isinstance(data, dict) or not data or draw(st.integers(0, 5)) == 0:
        return draw(junk)
    key = draw(st.sampled_from(list(data)))
    what = draw(pick("deeper", "deeper", "deeper", "lose", "rename", "swap"))
    if what == "deeper":
        return {**data, key: _accident(draw, data[key])}
    if what == "lose":
        return {name: each for name, each in data.items() if name != key}
    if what == "swap":
        other = draw(st.sampled_from(list(data)))
        return {**data, key: data[other], other: data[key]}
    return {(draw(st.text(max_size=6)) or "x") if name == key else name: each for name, each in data.items()}


def shuffled(draw: Any, data: Any) -> Any:
    """Return the data with the keys of every mapping in another order."""
    if isinstance(data, dict):
        return {key: shuffled(draw, data[key]) for key in draw(st.permutations(list(data)))}
    return data
