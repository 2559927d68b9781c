"""The portable functions: near the true values, and the same bits from floats and from arrays."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from servsim.draws import philox, portable_array
from servsim.rules import portable

N = 100_000
TINY, LARGEST = 5e-324, 1.7976931348623157e308
SMALL_NORMAL = 2.2250738585072014e-308


def uniforms(purpose: int, n: int = N) -> np.ndarray:
    return philox.uniforms(philox.blocks(7, purpose, np.arange(n), 0, 0, 0)[:, 0])


LOG_EXTREMES = [0.0, -0.0, -1.0, -math.inf, TINY, 3 * TINY, SMALL_NORMAL, 0.5, 0.7071067811865475, 0.7071067811865476]
LOG_EXTREMES += [math.nextafter(1.0, 0.0), 1.0, math.nextafter(1.0, 2.0), 2.0, LARGEST, math.inf, math.nan]
LOG_VALUES = np.concatenate((LOG_EXTREMES, uniforms(1), np.ldexp(uniforms(2), np.arange(N) % 2000 - 1000)))

EXP_LIMITS = [portable.LARGEST_EXPONENT, portable.SMALLEST_EXPONENT, -708.4, -745.0, -700.0]
EXP_EXTREMES = [0.0, -0.0, TINY, -TINY, 1e-300, 0.5 * math.log(2), -0.5 * math.log(2), 800.0, -800.0, 1e300, -1e300]
EXP_EXTREMES += [math.inf, -math.inf, math.nan]
EXP_EXTREMES += [near for x in EXP_LIMITS for near in (math.nextafter(x, -1e9), x, math.nextafter(x, 1e9))]
EXP_VALUES = np.concatenate((EXP_EXTREMES, 1500.0 * uniforms(3) - 750.0, 2.0 * uniforms(4) - 1.0))

QUANTILE_EXTREMES = [0.0, 1.0, -0.1, 1.1, math.nan, TINY, SMALL_NORMAL, 2.0**-53, 1.0 - 2.0**-53, 0.075, 0.925, 0.5]
QUANTILE_VALUES = np.concatenate((QUANTILE_EXTREMES, uniforms(5), np.ldexp(uniforms(6), -(np.arange(N) % 60))))

CASES = {"log": LOG_VALUES, "exp": EXP_VALUES, "normal_quantile": QUANTILE_VALUES}


def bits(values: np.ndarray) -> np.ndarray:
    """The bits, with all not-a-numbers alike."""
    values = np.asarray(values, np.float64)
    return np.where(np.isnan(values), math.nan, values).view(np.int64)


@pytest.mark.parametrize("name", CASES)
def test_an_array_gives_the_same_bits_as_its_elements_one_by_one(name: str) -> None:
    one_by_one = [getattr(portable, name)(x) for x in CASES[name].tolist()]
    assert np.array_equal(bits(getattr(portable_array, name)(CASES[name])), bits(one_by_one))


def test_a_power_has_the_same_bits_one_by_one_and_in_an_array() -> None:
    x = np.concatenate(([0.0, 0.0, 0.0, 1.0, 5.0, 1e300, 1e-300, math.inf], 30.0 * uniforms(8)))
    y = np.concatenate(([0.0, 2.0, -1.0, 3.0, 0.0, 3.0, 3.0, 0.5], 20.0 * uniforms(9) - 10.0))
    one_by_one = [portable.power(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    assert np.array_equal(bits(portable_array.power(x, y)), bits(one_by_one))


def test_arrays_of_any_shape_keep_it() -> None:
    for shape in ((), (0,), (3, 4)):
        for name in CASES:
            assert getattr(portable_array, name)(np.full(shape, 0.9)).shape == shape


def test_the_logarithm_is_within_one_unit_in_the_last_place() -> None:
    for x in LOG_VALUES[np.isfinite(LOG_VALUES) & (LOG_VALUES > 0)].tolist():
        assert abs(portable.log(x) - math.log(x)) <= math.ulp(math.log(x))


def test_the_exponential_is_within_one_unit_in_the_last_place() -> None:
    for x in EXP_VALUES[(EXP_VALUES > -745.1) & (EXP_VALUES < 709.78)].tolist():
        assert abs(portable.exp(x) - math.exp(x)) <= math.ulp(math.exp(x))


def test_the_normal_quantile_agrees_with_scipy() -> None:
    from scipy.special import ndtri

    u = QUANTILE_VALUES[(QUANTILE_VALUES > 1e-300) & (QUANTILE_VALUES < 1)]
    assert np.allclose(portable_array.normal_quantile(u), ndtri(u), rtol=4e-15, atol=1e-16)


def test_log_gamma_agrees_with_the_c_library() -> None:
    for x in np.linspace(1.0, 400.0, 4001).tolist():
        assert portable.log_gamma(x) == pytest.approx(math.lgamma(x), rel=2e-14, abs=2e-14)


def test_the_ends_of_the_scale_are_what_a_reader_expects() -> None:
    assert portable.log(0.0) == -math.inf
    assert math.isnan(portable.log(-1.0))
    assert portable.log(1.0) == 0.0
    assert portable.exp(0.0) == 1.0
    assert portable.exp(-1e9) == 0.0
    assert portable.exp(1e9) == math.inf
    assert portable.exp(-745.0) == TINY
    assert portable.normal_quantile(0.5) == 0.0
    assert portable.normal_quantile(0.0) == -math.inf
    assert portable.normal_quantile(1.0) == math.inf
    assert portable.power(0.0, 2.0) == 0.0
    assert portable.power(0.0, 0.0) == 1.0


def test_mirrored_luck_gives_mirrored_normal_values() -> None:
    u = uniforms(10)
    assert np.array_equal(portable_array.normal_quantile(1.0 - u), -portable_array.normal_quantile(u))


def test_compiled_functions_give_the_same_bits() -> None:
    numba = pytest.importorskip("numba", reason="numba is not installed: nothing is compiled")
    for name, values in CASES.items():
        source = {**vars(portable), "log": numba.njit(portable.log)}
        compiled = numba.njit(type(portable.log)(getattr(portable, name).__code__, source))
        some = values[:3000]
        assert np.array_equal(bits([compiled(x) for x in some]), bits(getattr(portable_array, name)(some))), name


def test_the_same_bits_on_every_machine() -> None:
    """Digests taken on an AVX-512 machine, and equal there with AVX-512, AVX2 and FMA switched off."""
    u = philox.uniforms(philox.blocks(1, 2, np.arange(250_000), 0, 0, 0)).ravel()
    values = (
        portable_array.log(u),
        portable_array.exp(20.0 * u - 10.0),
        portable_array.normal_quantile(u),
        portable_array.power(u, 0.4),
    )
    digests = [hashlib.sha256(a.astype("<f8").tobytes()).hexdigest()[:12] for a in values]
    assert digests == ["0a80411f30ab", "60d8d6b531ff", "bbbab73bdedd", "f7f1e33050e9"]
