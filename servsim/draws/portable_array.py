"""The functions of ``servsim.rules.portable`` on numpy arrays: the same operations in the same order, so the same bits.

Never uses numpy's own ``log``, ``exp`` or ``power``: their last bit depends on the processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from servsim.rules import portable as p

Floats = npt.NDArray[np.float64]

MIDDLE_TOP = (p.A7, p.A6, p.A5, p.A4, p.A3, p.A2, p.A1, p.A0)
MIDDLE_BOTTOM = (p.B7, p.B6, p.B5, p.B4, p.B3, p.B2, p.B1, 1.0)
TAIL_TOP = (p.C7, p.C6, p.C5, p.C4, p.C3, p.C2, p.C1, p.C0)
TAIL_BOTTOM = (p.D7, p.D6, p.D5, p.D4, p.D3, p.D2, p.D1, 1.0)
FAR_TOP = (p.E7, p.E6, p.E5, p.E4, p.E3, p.E2, p.E1, p.E0)
FAR_BOTTOM = (p.F7, p.F6, p.F5, p.F4, p.F3, p.F2, p.F1, 1.0)


def horner(coefficients: tuple[float, ...], r: Floats) -> Floats:
    """Return the polynomial at ``r``, highest power first."""
    value = coefficients[0] * r
    value += coefficients[1]
    for c in coefficients[2:]:
        value *= r
        value += c
    return value


def log(x: Any) -> Floats:
    """Return the natural logarithm of every element; see ``servsim.rules.portable.log``."""
    x = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        m, k = np.frexp(x)
        low = m < p.ROOT_HALF
        f = np.where(low, m * 2.0, m) - 1.0
        d = (k - low).astype(np.float64)
        s = f / (2.0 + f)
        z = s * s
        w = z * z
        r = z * (p.L1 + w * (p.L3 + w * (p.L5 + w * p.L7))) + w * (p.L2 + w * (p.L4 + w * p.L6))
        h = 0.5 * f * f
        inside = d * p.LN2_HIGH - ((h - (s * (h + r) + d * p.LN2_LOW)) - f)
    ordinary = (x > 0.0) & (x < np.inf)
    return inside if ordinary.all() else np.where(ordinary, inside, _log_outside(x))


def _log_outside(x: Floats) -> Floats:
    return np.where(x == 0.0, -np.inf, np.where(x > 0.0, x, np.nan))


def exp(x: Any) -> Floats:
    """Return e to the power of every element; see ``servsim.rules.portable.exp``."""
    x = np.asarray(x, np.float64)
    ordinary = (x >= p.SMALLEST_EXPONENT) & (x <= p.LARGEST_EXPONENT)
    if ordinary.all():
        return _exp_inside(x)
    outside = np.where(x < p.SMALLEST_EXPONENT, 0.0, np.where(x > p.LARGEST_EXPONENT, np.inf, x))
    return np.where(ordinary, _exp_inside(np.where(ordinary, x, 0.0)), outside)


def _exp_inside(x: Floats) -> Floats:
    k = np.floor(x * p.ONE_OVER_LN2 + 0.5)
    hi = x - k * p.LN2_HIGH
    lo = k * p.LN2_LOW
    r = hi - lo
    t = r * r
    c = r - t * (p.P1 + t * (p.P2 + t * (p.P3 + t * (p.P4 + t * p.P5))))
    with np.errstate(under="ignore"):
        return np.ldexp(1.0 - ((lo - (r * c) / (2.0 - c)) - hi), k.astype(np.int32))


def power(x: Any, y: Any) -> Floats:
    """Return ``x`` to the power ``y`` element by element; see ``servsim.rules.portable.power``."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(y == 0.0, 1.0, exp(y * log(x))))


def normal_quantile(u: Any) -> Floats:
    """Return the standard normal quantile of every element; see ``servsim.rules.portable.normal_quantile``."""
    u = np.asarray(u, np.float64)
    flat = u.ravel()
    q = flat - 0.5
    out = np.empty_like(flat)
    middle = (q >= -0.425) & (q <= 0.425)
    qm = q[middle]
    r = 0.180625 - qm * qm
    out[middle] = qm * horner(MIDDLE_TOP, r) / horner(MIDDLE_BOTTOM, r)
    tail = ~middle
    out[tail] = _tail_quantile(flat[tail], q[tail])
    return np.asarray(out.reshape(u.shape))


def _tail_quantile(u: Floats, q: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        r = np.sqrt(-log(np.where(q < 0.0, u, 1.0 - u)))
        near = r - 1.6
        v = horner(TAIL_TOP, near) / horner(TAIL_BOTTOM, near)
        far = r > 5.0
        if far.any():
            beyond = r[far] - 5.0
            v[far] = horner(FAR_TOP, beyond) / horner(FAR_BOTTOM, beyond)
        v = np.where(q < 0.0, -v, v)
    inside = (u > 0.0) & (u < 1.0)
    return v if inside.all() else np.where(inside, v, np.where(u == 0.0, -np.inf, np.where(u == 1.0, np.inf, np.nan)))
