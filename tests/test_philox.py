"""Random words: equal to numpy's Philox, one by one and many at once; and the uniforms made from them."""

from __future__ import annotations

import numpy as np
import pytest

from servsim.draws.philox import CHUNK, FEW, MASK, block, blocks, uniform, uniforms

EDGES = (0, 1, 2, 0xFFFFFFFF, 1 << 32, 1 << 63, MASK - 1, MASK)


def words_of_numpy(k0: int, k1: int, counter: tuple[int, ...]) -> list[int]:
    """numpy raises its 256-bit counter by one before its first block: start one below."""
    below = (sum(word << (64 * i) for i, word in enumerate(counter)) - 1) % (1 << 256)
    start = np.array([(below >> (64 * i)) & MASK for i in range(4)], np.uint64)
    return np.random.Philox(key=np.array([k0, k1], np.uint64), counter=start).random_raw(4).tolist()


def names(n: int) -> np.ndarray:
    """Keys and counters from small and from random words, edges included."""
    random = np.random.default_rng(1)
    columns = random.integers(0, 1 << 64, (n, 6), dtype=np.uint64, endpoint=False)
    edge = random.random((n, 6)) < 0.3
    columns[edge] = random.choice(np.array(EDGES, np.uint64), int(edge.sum()))
    return columns


def test_a_block_equals_the_words_of_numpy() -> None:
    for k0, k1, *counter in names(1000).tolist():
        assert list(block(k0, k1, *counter)) == words_of_numpy(k0, k1, tuple(counter))


def test_a_block_equals_the_published_known_answers() -> None:
    """Source: kat_vectors of Random123, philox4x64 with 10 rounds."""
    zeros = (0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B)
    ones = (0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0)
    assert block(0, 0, 0, 0, 0, 0) == zeros
    assert block(MASK, MASK, MASK, MASK, MASK, MASK) == ones


def test_many_blocks_equal_the_blocks_one_by_one() -> None:
    for n in (1, FEW, FEW + 1, CHUNK + 500):
        columns = names(n)
        together = blocks(*columns.T)
        assert together.shape == (n, 4)
        assert together.tolist() == [list(block(*row)) for row in columns.tolist()]


def test_many_blocks_equal_the_words_of_numpy_run_on() -> None:
    together = blocks(11, MASK, np.arange(1, 10_001), 5, 0, 0)
    assert np.array_equal(together.ravel(), np.random.Philox(key=np.array([11, MASK], np.uint64), counter=[0, 5, 0, 0]).random_raw(40_000))


def test_single_keys_and_counters_serve_all_rows() -> None:
    roots = np.array([3, 1 << 50], np.int64)
    hashes = np.array([MASK, 9], np.uint64)
    assert blocks(1, hashes, roots, 0, 7, 0).tolist() == [list(block(1, MASK, 3, 0, 7, 0)), list(block(1, 9, 1 << 50, 0, 7, 0))]
    assert blocks(1, 2, 3, 4, 5, 6).tolist() == [list(block(1, 2, 3, 4, 5, 6))]
    assert blocks(1, 2, np.empty(0, np.int64), 0, 0, 0).shape == (0, 4)


def test_the_arguments_stay_as_they_are() -> None:
    roots = np.arange(10, dtype=np.uint64)
    keys = np.arange(10, dtype=np.uint64)
    blocks(keys, 1, roots, 0, 0, 0)
    assert roots.tolist() == keys.tolist() == list(range(10))


def test_a_word_out_of_range_is_refused_rather_than_cut() -> None:
    with pytest.raises(OverflowError):
        blocks(1 << 64, 0, 0, 0, 0, 0)
    with pytest.raises(OverflowError):
        blocks(0, 0, -1, 0, 0, 0)


def test_words_that_numpy_has_turned_into_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="float64"):
        blocks(np.array([1 << 63, 1]), 0, 0, 0, 0, 0)


def test_a_uniform_is_strictly_between_0_and_1() -> None:
    assert uniform(0) == 2.0**-53
    assert uniform(MASK) == 1.0 - 2.0**-53
    assert uniform(1 << 63) == 0.5 + 2.0**-53


def test_the_mirrored_word_gives_exactly_the_mirrored_uniform() -> None:
    for word in (*EDGES, *blocks(1, 2, np.arange(500), 0, 0, 0).ravel().tolist()):
        assert uniform(word ^ MASK) == 1.0 - uniform(word)


def test_an_array_of_words_gives_the_same_uniforms() -> None:
    words = np.concatenate((np.array(EDGES, np.uint64), blocks(1, 2, np.arange(5000), 0, 0, 0).ravel()))
    assert uniforms(words).tolist() == [uniform(word) for word in words.tolist()]
    assert uniforms(words.reshape(4, -1)).shape == (4, len(words) // 4)


def test_uniforms_are_even_and_the_words_of_a_block_unrelated() -> None:
    """Chi-square over 4 x 4 cells of each pair of words, at the level 1e-4 (six pairs)."""
    from scipy.stats import chi2

    u = uniforms(blocks(3, 4, np.arange(20_000), 0, 1 << 56, 0))
    for i in range(4):
        for j in range(i):
            seen = np.histogram2d(u[:, i], u[:, j], bins=4, range=((0, 1), (0, 1)))[0]
            distance = float(((seen - 1250.0) ** 2 / 1250.0).sum())
            assert distance < chi2.ppf(1 - 1e-4 / 6, 15)
