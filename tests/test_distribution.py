"""The laws of the scenario language: declared, checked, and with the moments that theory says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from servsim.rules.distribution import (
    DISTRIBUTIONS,
    LawKind,
    as_lists,
    cdf_of,
    compile_laws,
    entry_of,
    mean_of,
    problems_of,
    sd_of,
)
from servsim.scenario.language import Law


def law(kind: str, *values: float) -> Law:
    return Law(kind, values)


TABLE = Law("quantiles", points=((0.0, 10.0), (0.5, 60.0), (0.9, 60.0), (1.0, 300.0)))
SHORT_OR_LONG = Law("mixture", parts=(law("deterministic", 30.0), law("exponential", 300.0)), weights=(0.2, 0.8))

EXAMPLES = (
    law("deterministic", 120.0),
    law("exponential", 180.0),
    law("lognormal", 240.0, 180.0),
    law("lognormal", 240.0, 0.0),
    law("gamma", 240.0, 180.0),
    law("gamma", 240.0, 480.0),
    law("gamma", 240.0, 0.0),
    law("erlang", 90.0, 3.0),
    law("erlang", 90.0, 1.0),
    law("hyperexponential", 240.0, 1.8),
    law("hyperexponential", 240.0, 1.0),
    law("weibull", 240.0, 1.5),
    law("weibull", 240.0, 0.6),
    law("uniform", 0.0, 3600.0),
    law("uniform", 60.0, 60.0),
    law("triangular", 60.0, 120.0, 600.0),
    law("triangular", 60.0, 60.0, 600.0),
    law("triangular", 60.0, 600.0, 600.0),
    law("triangular", 60.0, 60.0, 60.0),
    TABLE,
    law("empirical", 31.0, 12.0, 55.0, 12.0),
    SHORT_OR_LONG,
    Law("smaller_of", parts=(law("exponential", 300.0), law("lognormal", 240.0, 180.0))),
    Law("smaller_of", parts=(law("deterministic", 200.0), law("gamma", 240.0, 480.0), law("erlang", 400.0, 2.0))),
    Law("mixture", parts=(TABLE, law("gamma", 60.0, 90.0), law("erlang", 60.0, 2.0)), weights=(0.2, 0.5, 0.3)),
    Law("mixture", parts=(Law("smaller_of", parts=(SHORT_OR_LONG, law("gamma", 60.0, 20.0))), TABLE), weights=(0.5, 0.5)),
)
IDS = [f"{i}-{each.kind}" for i, each in enumerate(EXAMPLES)]


def test_every_distribution_has_an_example_here() -> None:
    assert {each.kind for each in EXAMPLES} == {entry.name for entry in DISTRIBUTIONS}


def test_every_distribution_has_a_code_and_sentences() -> None:
    assert sorted(entry.name for entry in DISTRIBUTIONS) == sorted(kind.name.lower() for kind in LawKind)
    for entry in DISTRIBUTIONS:
        assert entry.takes in ("values", "points", "samples", "parts", "weighted_parts")
        for sentence in (entry.says, *(p.says for p in entry.parameters)):
            assert sentence[0].isupper() or sentence[0].isdigit()
            assert sentence.endswith(".")


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_examples_have_no_problems(example: Law) -> None:
    assert problems_of(example) == []


@pytest.mark.parametrize("entry", [e for e in DISTRIBUTIONS if e.takes == "values"], ids=lambda e: e.name)
def test_every_bound_of_every_parameter_is_told(entry) -> None:
    good = next(each.values for each in EXAMPLES if each.kind == entry.name)
    for i, parameter in enumerate(entry.parameters):
        for limit, beyond in ((parameter.low, -1.0), (parameter.above, 0.0), (parameter.high, 1.0)):
            if limit is None or math.isinf(limit):
                continue
            found = problems_of(Law(entry.name, (*good[:i], limit + beyond, *good[i + 1 :])))
            assert any(text.startswith(f"{parameter.name} must be") for text in found), (parameter.name, limit)
        assert problems_of(Law(entry.name, (*good[:i], math.nan, *good[i + 1 :])))
    assert "takes" in problems_of(Law(entry.name, (*good, 1.0)))[0]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (law("uniform", 5.0, 3.0), "low must be at most high, got 5 and 3"),
        (law("triangular", 1.0, 9.0, 3.0), "mode must be at most high, got 9 and 3"),
        (law("gamma", 1.0, 31.0), "sd must be at most 30 times the mean, got 31 for mean 1"),
        (law("erlang", 60.0, 2.5), "k must be a whole number, got 2.5"),
        (law("hyperexponential", 60.0, 0.8), "cv must be 1 or more, got 0.8"),
        (law("empirical"), "empirical needs at least one value"),
        (law("empirical", 3.0, -1.0), "values must be 0 or more, got -1"),
        (Law("quantiles", points=((0.1, 3.0), (1.0, 5.0))), "quantiles must begin at 0 % and end at 100 %"),
        (Law("quantiles", points=((0.0, 3.0), (0.0, 4.0), (1.0, 5.0))), "shares must rise, got 0 then 0"),
        (Law("quantiles", points=((0.0, 3.0), (1.0, 2.0))), "values must not fall, got 3 then 2"),
        (Law("mixture", parts=SHORT_OR_LONG.parts, weights=(0.2, 0.7)), "weights must add up to 100 %, got 90.0000%"),
        (Law("mixture", parts=SHORT_OR_LONG.parts, weights=(1.0,)), "mixture needs one weight for each part, got 1 for 2"),
        (Law("mixture", parts=SHORT_OR_LONG.parts, weights=(1.5, -0.5)), "weights must be more than 0, got -0.5"),
        (Law("smaller_of", parts=(TABLE,)), "smaller_of needs at least two parts, got 1"),
        (Law("smaller_of", parts=(TABLE,) * 32), "smaller_of takes at most 31 parts, got 32"),
        (Law("smaller_of", parts=(TABLE, law("erlang", 0.0, 2.0))), "part 2: mean must be more than 0, got 0"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_law_is_told_in_a_sentence(wrong: Law, says: str) -> None:
    assert says in problems_of(wrong)


def test_laws_nested_too_deep_are_refused() -> None:
    nested = TABLE
    for _ in range(9):
        nested = Law("smaller_of", parts=(nested, TABLE))
    assert problems_of(nested)[0] == "laws may be nested 8 deep, got 9"


def test_moments_of_the_worked_examples() -> None:
    """Worked by hand."""
    assert mean_of(law("triangular", 60.0, 120.0, 600.0)) == pytest.approx(260.0)
    assert sd_of(law("triangular", 0.0, 0.0, 6.0)) == pytest.approx(math.sqrt(2.0))
    assert sd_of(law("erlang", 90.0, 9.0)) == pytest.approx(30.0)
    assert sd_of(law("hyperexponential", 240.0, 1.8)) == pytest.approx(432.0)
    assert sd_of(law("uniform", 0.0, 12.0)) == pytest.approx(math.sqrt(12.0))
    assert mean_of(TABLE) == pytest.approx(0.5 * 35.0 + 0.4 * 60.0 + 0.1 * 180.0)
    assert mean_of(law("empirical", 31.0, 12.0, 55.0, 12.0)) == pytest.approx(27.5)
    assert sd_of(law("empirical", 1.0, 3.0)) == pytest.approx(1.0)
    assert mean_of(SHORT_OR_LONG) == pytest.approx(246.0)
    assert sd_of(SHORT_OR_LONG) == pytest.approx(math.sqrt(0.2 * 216.0**2 + 0.8 * (300.0**2 + 54.0**2)))


def test_the_smaller_of_two_exponential_laws_is_exponential_with_the_summed_rate() -> None:
    smaller = Law("smaller_of", parts=(law("exponential", 30.0), law("exponential", 60.0)))
    assert mean_of(smaller) == pytest.approx(20.0, rel=1e-10)
    assert sd_of(smaller) == pytest.approx(20.0, rel=1e-10)
    assert cdf_of(smaller, 20.0) == pytest.approx(1.0 - math.exp(-1.0))


def test_the_smaller_of_a_law_and_a_limit_is_that_law_cut_off() -> None:
    """E min(X, c) = m (1 - exp(-c / m)) for an exponential X."""
    cut = Law("smaller_of", parts=(law("exponential", 30.0), law("deterministic", 45.0)))
    assert mean_of(cut) == pytest.approx(30.0 * (1.0 - math.exp(-1.5)), rel=1e-10)
    assert mean_of(Law("smaller_of", parts=(law("deterministic", 0.0), law("exponential", 5.0)))) == 0.0
    for_ever = law("deterministic", math.inf)
    assert mean_of(Law("smaller_of", parts=(for_ever, law("exponential", 5.0)))) == pytest.approx(5.0, rel=1e-10)
    assert mean_of(Law("smaller_of", parts=(for_ever, for_ever))) == math.inf


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_mean_and_sd_are_those_of_the_distribution_function(example: Law) -> None:
    """Mean = integral of P(more than x), second moment = integral of 2 x P(more than x), by fine midpoint sums."""
    bounds = np.concatenate(([0.0], np.geomspace(1e-3, 1e6, 400_000)))
    x, width = (bounds[1:] + bounds[:-1]) / 2.0, np.diff(bounds)
    survival = 1.0 - cdf_of(example, x)
    mean = float((survival * width).sum())
    assert mean_of(example) == pytest.approx(mean, rel=1e-4)
    variance = float((2.0 * x * survival * width).sum()) - mean**2
    assert sd_of(example) ** 2 == pytest.approx(variance, rel=1e-3, abs=1e-4 * mean**2)


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_distribution_function_rises_from_0_to_1(example: Law) -> None:
    chance = cdf_of(example, np.concatenate(([-1.0], np.geomspace(1e-3, 1e7, 2000))))
    assert chance[0] == 0.0
    assert chance[-1] == pytest.approx(1.0)
    assert (np.diff(chance) >= -1e-15).all()
    assert isinstance(cdf_of(example, 60.0), float)


def test_a_table_of_laws_has_a_row_for_each_law_and_the_parts_behind() -> None:
    outer = EXAMPLES[-1]
    table = compile_laws([law("exponential", 180.0), outer, TABLE])
    names = [LawKind(kind).name.lower() for kind in table.kind.tolist()]
    assert names == [
        *("exponential", "mixture", "quantiles"),
        *("smaller_of", "quantiles"),
        *("mixture", "gamma"),
        *("deterministic", "exponential"),
    ]
    lists = as_lists(table)
    assert lists.x[lists.offset[1] : lists.offset[1] + lists.length[1]] == [3.0, 4.0]
    assert lists.f[lists.offset[1] : lists.offset[1] + lists.length[1]] == [0.5, 1.0]
    assert lists.x[lists.offset[2] : lists.offset[2] + lists.length[2]] == [10.0, 60.0, 60.0, 300.0]
    assert lists.x[lists.offset[5] : lists.offset[5] + lists.length[5]] == [7.0, 8.0]
    assert lists.p[0] == (180.0, 0.0, 0.0, 0.0)


def test_an_empty_list_of_laws_gives_an_empty_table() -> None:
    table = compile_laws([])
    assert table.kind.shape == (0,)
    assert table.p.shape == (0, 4)


def test_an_unknown_law_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        entry_of(law("pareto", 1.0))
