"""Draws: names, laws, counts. Draws are keyed, so each test sees the same ones; they are compared with theory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_distribution import EXAMPLES, IDS, SHORT_OR_LONG, TABLE, law

from servsim.draws import law as law_module
from servsim.draws import purpose
from servsim.draws.count import gamma_factor, poisson_count, poisson_quantile
from servsim.draws.law import sample, sample_array
from servsim.draws.name import (
    ROOT_MASK,
    hash64,
    leg_word,
    leg_word_array,
    lineage_of,
    mix64,
    mix64_array,
    parts_of,
    parts_of_array,
    root_of,
    root_of_array,
    strip_reason,
    strip_reason_array,
)
from servsim.draws.philox import block, blocks, uniform, uniforms
from servsim.draws.purpose import PATIENCE, TALK, Group, salted, stream
from servsim.rules.distribution import as_lists, cdf_of, compile_laws, mean_of, sd_of
from servsim.scenario.language import Law

K0, K1 = stream(1, 0), salted(hash64("balance"), Group.LEG)
LEG = leg_word(0, 1, 0)
ATOMLESS = ("exponential", "lognormal", "gamma", "erlang", "hyperexponential", "weibull", "uniform", "triangular")
SCALED = ("exponential", "lognormal", "gamma", "erlang", "hyperexponential", "weibull")
RISING = ("deterministic", "exponential", "lognormal", "weibull", "uniform", "triangular", "quantiles", "empirical")


def luck(n: int, word: int = TALK) -> np.ndarray:
    return uniforms(blocks(K0, K1, np.arange(n), 0, LEG, 0)[:, word])


def draws(example: Law, n: int, word: int = TALK) -> np.ndarray:
    return sample_array(compile_laws([example]), 0, luck(n, word), K0, K1, np.arange(n), 0, LEG, word)


def has_atoms(example: Law) -> bool:
    spread = example.kind not in ("lognormal", "gamma", "uniform", "triangular") or sd_of(example) > 0
    return not spread or not (example.kind in ATOMLESS or (example.parts and not any(map(has_atoms, example.parts))))


# ---- names


def test_words_and_hashes_are_these_for_ever() -> None:
    """Golden values: if one changes, every stored result changes."""
    assert hash64("balance") == GOLDEN_HASH
    assert mix64(1, 2) == GOLDEN_MIX
    assert stream(2026, 3) == mix64(2026, 3)
    assert "\n".join(f"{g.name} {g.value} {purpose.GROUP_SALT[g]:016x}" for g in Group) == GROUP_TABLE
    assert lineage_of(root_of(3, 1, 20, 7), 0, hash64("sale/fault"), 1) == GOLDEN_LINEAGE


@given(st.integers(0, 4095), st.integers(0, 16383), st.integers(0, 2047), st.integers(0, (1 << 26) - 1))
def test_a_root_tells_its_parts(reason: int, day: int, interval: int, number: int) -> None:
    root = root_of(reason, day, interval, number)
    assert 0 <= root < 1 << 63
    assert parts_of(root) == (reason, day, interval, number)
    assert [int(column) for column in parts_of_array(root)] == [reason, day, interval, number]
    assert int(root_of_array(reason, day, interval, number)) == root
    assert strip_reason(root) == root_of(0, day, interval, number) == int(strip_reason_array(root))
    assert root & ~ROOT_MASK == root_of(reason, 0, 0, 0)


@given(st.integers(0, 255), st.integers(0, (1 << 24) - 1), st.integers(0, (1 << 32) - 1))
def test_a_leg_word_holds_kind_leg_and_try_without_mixing_them(kind: int, leg: int, try_: int) -> None:
    word = leg_word(kind, leg, try_)
    assert (word >> 56, (word >> 32) & 0xFFFFFF, word & 0xFFFFFFFF) == (kind, leg, try_)
    assert int(leg_word_array(kind, leg, try_)) == word


def test_mixing_is_the_same_one_by_one_and_in_an_array() -> None:
    edges = [0, 1, 2, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
    together = mix64_array(np.array(edges, np.uint64)[:, None], np.array(edges, np.uint64)[None, :])
    assert together.tolist() == [[mix64(a, b) for b in edges] for a in edges]


def test_mixing_tells_neighbours_and_orders_apart() -> None:
    words = mix64_array(np.arange(300)[:, None], np.arange(300)[None, :])
    assert len(np.unique(words)) == 90_000
    flips = [(mix64(5, b) ^ mix64(5, b + 1)).bit_count() for b in range(1000)]
    assert abs(np.mean(flips) - 32) < 4 * 4 / math.sqrt(1000)


def test_a_lineage_does_not_depend_on_the_local_number_of_the_reason() -> None:
    link = hash64("sale/fault")
    assert lineage_of(root_of(3, 1, 20, 7), 0, link, 1) == lineage_of(root_of(9, 1, 20, 7), 0, link, 1)
    kin = {lineage_of(root_of(0, 1, 20, n), parent, link, k) for n in range(20) for parent in (0, 5) for k in range(20)}
    assert len(kin) == 800
    assert all(0 < lineage < 1 << 63 for lineage in kin)


def test_groups_of_one_name_have_keys_of_their_own() -> None:
    names = [hash64(text) for text in ("balance", "card", "team/1", "")]
    assert len({salted(name, group) for name in names for group in Group}) == 4 * len(Group)


# ---- laws


def test_one_by_one_and_many_at_once_give_the_same_bits() -> None:
    table = compile_laws(EXAMPLES)
    lists = as_lists(table)
    n = 40 * len(EXAMPLES)
    laws = np.arange(n) % len(EXAMPLES)
    names = np.random.default_rng(2).integers(0, 1 << 63, (n, 3), dtype=np.uint64)
    k1 = names[:, 1] | np.uint64(1 << 63)
    u = uniforms(blocks(K0, k1, names[:, 0], names[:, 2], LEG, 0)[:, PATIENCE])
    together = sample_array(table, laws, u, K0, k1, names[:, 0], names[:, 2], LEG, PATIENCE)
    rows = zip(laws.tolist(), u.tolist(), k1.tolist(), names[:, 0].tolist(), names[:, 2].tolist(), strict=True)
    alone = [sample(lists, i, v, K0, key, c0, c1, LEG, PATIENCE) for i, v, key, c0, c1 in rows]
    assert together.tolist() == alone


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_ends_of_luck_give_finite_draws_of_0_or_more(example: Law) -> None:
    u = np.array([2.0**-53, 0.5, 1.0 - 2.0**-53])
    table = compile_laws([example])
    together = sample_array(table, 0, u, K0, K1, np.arange(3), 0, LEG, TALK)
    assert together.tolist() == [sample(as_lists(table), 0, v, K0, K1, i, 0, LEG, TALK) for i, v in enumerate(u.tolist())]
    assert (together >= 0.0).all()
    assert (together < 1e8).all()


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not has_atoms(e)], ids=lambda e: e.kind)
def test_draws_follow_their_law(example: Law) -> None:
    """Kolmogorov-Smirnov at the level 1e-4, 20,000 draws."""
    from scipy.stats import kstest

    assert kstest(draws(example, 20_000), lambda x: cdf_of(example, x)).pvalue > 1e-4


@pytest.mark.parametrize("example", [e for e in EXAMPLES if has_atoms(e)], ids=lambda e: e.kind)
def test_draws_of_a_law_with_jumps_follow_it(example: Law) -> None:
    """Shares at or below 20 of the drawn values, each within 4.5 standard errors."""
    n = 20_000
    drawn = draws(example, n)
    for x in np.unique(np.quantile(drawn, np.linspace(0.02, 1.0, 20), method="lower")):
        chance = cdf_of(example, x)
        error = math.sqrt(max(chance * (1 - chance), 1e-12) / n)
        assert abs((drawn <= x).mean() - chance) < 4.5 * error + 1e-12


@pytest.mark.parametrize("example", EXAMPLES, ids=IDS)
def test_the_mean_of_draws_is_the_mean_of_the_law(example: Law) -> None:
    """Within 4 standard errors."""
    drawn = draws(example, 40_000)
    assert abs(drawn.mean() - mean_of(example)) <= 4.0 * sd_of(example) / 200.0 + 1e-9


def test_a_constant_and_an_infinite_wait_are_drawn_as_they_are() -> None:
    assert set(draws(law("deterministic", 120.0), 50).tolist()) == {120.0}
    assert set(draws(law("deterministic", math.inf), 50).tolist()) == {math.inf}
    patient = Law("mixture", parts=(law("deterministic", math.inf), law("exponential", 60.0)), weights=(0.3, 0.7))
    assert abs(np.isinf(draws(patient, 10_000)).mean() - 0.3) < 4 * math.sqrt(0.21 / 10_000)


@pytest.mark.parametrize("kind", SCALED)
def test_a_longer_mean_lengthens_every_draw_by_the_same_share(kind: str) -> None:
    """R12: the same luck under a mean (and sd) 15 % higher."""
    for example in (e for e in EXAMPLES if e.kind == kind and (kind != "gamma" or sd_of(e) > 0)):
        by_kind = {"lognormal": 2, "gamma": 2}.get(kind, 1)
        longer = Law(kind, tuple(1.15 * v if i < by_kind else v for i, v in enumerate(example.values)))
        assert np.allclose(draws(longer, 2000), 1.15 * draws(example, 2000), rtol=1e-11)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.kind in RISING], ids=lambda e: e.kind)
def test_more_luck_never_gives_a_shorter_draw(example: Law) -> None:
    u = np.linspace(0.0005, 0.9995, 1000)
    drawn = sample_array(compile_laws([example]), 0, u, K0, K1, np.arange(1000), 0, LEG, TALK)
    assert (np.diff(drawn) >= 0.0).all()


def test_a_draw_does_not_depend_on_who_else_is_drawn() -> None:
    table = compile_laws(EXAMPLES)
    n = 300
    laws, u = np.arange(n) % len(EXAMPLES), luck(n)
    everybody = sample_array(table, laws, u, K0, K1, np.arange(n), 0, LEG, TALK)
    some = np.arange(n)[::-7]
    assert np.array_equal(sample_array(table, laws[some], u[some], K0, K1, some, 0, LEG, TALK), everybody[some])


def test_two_purposes_of_one_contact_share_no_luck() -> None:
    for example in (law("gamma", 240.0, 480.0), law("erlang", 90.0, 3.0), EXAMPLES[-1]):
        patience, talk = draws(example, 10_000, PATIENCE), draws(example, 10_000, TALK)
        assert abs(np.corrcoef(np.argsort(np.argsort(patience)), np.argsort(np.argsort(talk)))[0, 1]) < 4 / 100


def test_no_word_serves_twice_within_one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of parts take trials of their own."""
    gammas = Law("smaller_of", parts=(law("gamma", 60.0, 90.0), law("gamma", 60.0, 90.0), law("erlang", 60.0, 4.0)))
    nested = Law("mixture", parts=(gammas, Law("smaller_of", parts=(gammas, gammas, TABLE))), weights=(0.4, 0.6))
    lists = as_lists(compile_laws([Law("smaller_of", parts=(nested, nested, SHORT_OR_LONG))]))
    used: list[int] = []
    monkeypatch.setattr(law_module, "block", lambda *name: used.append(name[-1]) or block(*name))
    for number, u in enumerate(luck(300).tolist()):
        used.clear()
        sample(lists, 0, u, K0, K1, number, 0, LEG, TALK)
        assert len(set(used)) == len(used) > 3
        assert 0 not in used


def test_equal_parts_of_a_smaller_of_are_independent() -> None:
    """The smaller of two equal exponential laws has half their mean; with shared luck it would have all of it."""
    twice = Law("smaller_of", parts=(law("exponential", 100.0),) * 2)
    assert abs(draws(twice, 10_000).mean() - 50.0) < 4 * 50.0 / 100.0


# ---- counts


@pytest.mark.parametrize("mean", [1e-9, 0.02, 0.7, 3.0, 17.5, 120.0, 499.9, 500.0])
def test_a_poisson_quantile_is_exact(mean: float) -> None:
    from scipy.stats import poisson

    u = np.concatenate((luck(1500), [2.0**-53, 1e-9, 0.5, 1 - 1e-9]))
    assert [poisson_quantile(v, mean) for v in u.tolist()] == poisson.ppf(u, mean).astype(int).tolist()


def test_a_poisson_quantile_ends_even_for_the_largest_luck() -> None:
    for mean in (0.0, 1e-300, 0.5, 33.3, 499.99, 500.0):
        assert poisson_quantile(2.0**-53, mean) <= mean
        assert int(mean) <= poisson_quantile(1.0 - 2.0**-53, mean) < mean + 12 * math.sqrt(mean) + 40


def test_counts_of_large_means_have_mean_and_variance_of_poisson() -> None:
    n, mean = 3000, 1234.5
    counts = np.array([poisson_count(mean, K0, K1, i) for i in range(n)])
    assert abs(counts.mean() - mean) < 4 * math.sqrt(mean / n)
    assert abs(counts.var() / mean - 1.0) < 4 * math.sqrt(2.0 / n)


@settings(deadline=None, max_examples=200)
@given(st.floats(0.0, 1600.0), st.floats(0.0, 1.0), st.integers(0, 1 << 40))
def test_a_lower_mean_never_gives_a_higher_count(mean: float, share: float, cell: int) -> None:
    assert poisson_count(mean * share, K0, K1, cell) <= poisson_count(mean, K0, K1, cell)


def test_a_cell_of_a_small_mean_uses_one_uniform_only() -> None:
    for mean in (1e-3, 17.0, 500.0):
        assert poisson_count(mean, K0, K1, 7) == poisson_quantile(uniform(block(K0, K1, 7, 0, 0, 0)[0]), mean)
    assert poisson_count(0.0, K0, K1, 7) == 0


@pytest.mark.parametrize("wrong", [-1.0, math.nan, math.inf])
def test_an_impossible_mean_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="mean: got"):
        poisson_count(wrong, K0, K1, 7)
    with pytest.raises(ValueError, match="mean: got"):
        poisson_quantile(0.5, wrong)


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.5])
def test_busy_ness_of_days_is_gamma_distributed_with_mean_1(cv: float) -> None:
    from scipy.stats import kstest

    factors = [gamma_factor(cv, K0, K1, day) for day in range(5000)]
    assert kstest(factors, "gamma", (1 / cv**2, 0, cv**2)).pvalue > 1e-4


def test_a_day_without_busy_ness_has_the_factor_1() -> None:
    assert gamma_factor(0.0, K0, K1, 5) == 1.0
    for wrong in (-0.1, math.nan, 31.0):
        with pytest.raises(ValueError, match="cv: got"):
            gamma_factor(wrong, K0, K1, 5)


# ---- golden values


def story() -> str:
    """The first draw of every example law, as text."""
    lists = as_lists(compile_laws(EXAMPLES))
    lines = []
    for i, name in enumerate(IDS):
        u = uniform(block(K0, K1, strip_reason(root_of(5, 1, 20, i)), 0, LEG, 0)[TALK])
        lines.append(f"{name} {sample(lists, i, u, K0, K1, strip_reason(root_of(5, 1, 20, i)), 0, LEG, TALK)!r}")
    return "\n".join(lines)


def test_the_first_draws_are_these_on_every_machine() -> None:
    assert story() == GOLDEN_STORY

GOLDEN_HASH = 5203248310164530895
GOLDEN_MIX = 13608149317741381227
GOLDEN_LINEAGE = 1791142183924244072
GROUP_TABLE = """\
COUNT 0 7632151392e18004
CASE 1 2704c0f7b323143b
LEG 2 c9bc7492e79b8284
LEG_AFTER 3 ce5555c7980c1161
LEG_DESK 4 d97c26188a884df4
TRY 5 0e0bc16a669065f7
TRY_DOOR 6 e755b7588943fb68
DAY_FACTOR 7 64dcd63a747aff32
AGENT_DAY 8 44f2f657cfa6dba6
MEMBERS 9 07d78ef0c30078ad
CASE_MIND 10 97be6f0579616e78
CASE_AFTER 11 7308fb36073929ae
CASE_LINK 12 43cb7374275ee8d1
CASE_NOTICE 13 50c3fd56887e0790
PERSON 14 077a0038aa87263a"""
GOLDEN_STORY = """\
0-deterministic 120.0
1-exponential 303.29165869997877
2-lognormal 357.0026741749753
3-lognormal 240.0
4-gamma 87.0229147172917
5-gamma 744.2325654915581
6-gamma 240.0
7-erlang 79.50756367887496
8-erlang 158.64759058058613
9-hyperexponential 853.1613071257378
10-hyperexponential 42.43719388112421
11-weibull 91.87533192533225
12-weibull 67.43831377105295
13-uniform 1187.5745791009874
14-uniform 60.0
15-triangular 85.5407655005618
16-triangular 308.444444271607
17-triangular 403.8027075484075
18-triangular 60.0
19-quantiles 46.394961011840664
20-empirical 31.0
21-mixture 847.1592597330025
22-smaller_of 132.72505341659738
23-smaller_of 0.49304705908510427
24-mixture 11.298430947794767
25-mixture 46.0145947098222"""
