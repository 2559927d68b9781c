"""Logarithm, exponential, power and normal quantile with the same bits on every machine and in every engine.

Only ``+ - * /``, ``sqrt``, ``frexp``, ``ldexp`` and ``floor`` are used: IEEE 754 fixes their results, while the ``log``
and ``exp`` of numpy and of C libraries differ in the last bit from one processor to another. Plain functions of
floats, which may also be compiled; ``servsim.draws.portable_array`` holds the same for arrays. Never draws.

Source: ``log`` and ``exp`` follow fdlibm's formulas (Sun Microsystems, 1993); ``normal_quantile`` is Wichura (1988),
Algorithm AS 241, PPND16; ``log_gamma`` is Stirling's series.
"""

from __future__ import annotations

import math
from math import frexp, ldexp

INFINITY = math.inf
NOT_A_NUMBER = math.nan

ROOT_HALF = 0.7071067811865476
LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
ONE_OVER_LN2 = 1.44269504088896338700e00
LARGEST_EXPONENT = 7.09782712893383973096e02
SMALLEST_EXPONENT = -7.45133219101941108420e02

L1, L2, L3, L4 = 6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01

P1, P2, P3 = 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
P4, P5 = -1.65339022054652515390e-06, 4.13813679705723846039e-08

# AS 241: numerators (A, C, E) and denominators (B, D, F; constant term 1) near the middle, in the tails, far out.
A0, A1, A2, A3 = 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4
A4, A5, A6, A7 = 4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3
B1, B2, B3, B4 = 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4
B5, B6, B7 = 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3
C0, C1, C2, C3 = 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0
C4, C5, C6, C7 = 1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4
D1, D2, D3, D4 = 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1
D5, D6, D7 = 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9
E0, E1, E2, E3 = 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1
E4, E5, E6, E7 = 2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7
F1, F2, F3, F4 = 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4
F5, F6, F7 = 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15

HALF_LOG_TWO_PI = 9.18938533204672741780e-01


def log(x: float) -> float:
    """Return the natural logarithm; ``-inf`` at 0, not-a-number below 0, within one unit in the last place."""
    if not 0.0 < x < INFINITY:
        if x == 0.0:
            return -INFINITY
        return x if x > 0.0 else NOT_A_NUMBER
    m, k = frexp(x)
    if m < ROOT_HALF:
        m = m * 2.0
        k -= 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = z * (L1 + w * (L3 + w * (L5 + w * L7))) + w * (L2 + w * (L4 + w * L6))
    h = 0.5 * f * f
    d = float(k)
    return d * LN2_HIGH - ((h - (s * (h + r) + d * LN2_LOW)) - f)


def exp(x: float) -> float:
    """Return e to the power ``x``; 0 far below, ``inf`` beyond the largest float, within one unit in the last place."""
    if not SMALLEST_EXPONENT <= x <= LARGEST_EXPONENT:
        if x < SMALLEST_EXPONENT:
            return 0.0
        return INFINITY if x > LARGEST_EXPONENT else x
    k = math.floor(x * ONE_OVER_LN2 + 0.5)
    hi = x - k * LN2_HIGH
    lo = k * LN2_LOW
    r = hi - lo
    t = r * r
    c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
    return ldexp(1.0 - ((lo - (r * c) / (2.0 - c)) - hi), int(k))


def power(x: float, y: float) -> float:
    """Return ``x`` to the power ``y`` for ``x`` of 0 or more, as ``exp(y * log(x))``."""
    if y == 0.0:
        return 1.0
    return exp(y * log(x))


def normal_quantile(u: float) -> float:
    """Return the value that a standard normal variate stays below with chance ``u``; relative error about 1e-16."""
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        r = 0.180625 - q * q
        n = ((((((A7 * r + A6) * r + A5) * r + A4) * r + A3) * r + A2) * r + A1) * r + A0
        return q * n / (((((((B7 * r + B6) * r + B5) * r + B4) * r + B3) * r + B2) * r + B1) * r + 1.0)
    if not 0.0 < u < 1.0:
        if u == 0.0:
            return -INFINITY
        return INFINITY if u == 1.0 else NOT_A_NUMBER
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        n = ((((((C7 * r + C6) * r + C5) * r + C4) * r + C3) * r + C2) * r + C1) * r + C0
        v = n / (((((((D7 * r + D6) * r + D5) * r + D4) * r + D3) * r + D2) * r + D1) * r + 1.0)
    else:
        r -= 5.0
        n = ((((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2) * r + E1) * r + E0
        v = n / (((((((F7 * r + F6) * r + F5) * r + F4) * r + F3) * r + F2) * r + F1) * r + 1.0)
    return -v if q < 0.0 else v


def log_gamma(x: float) -> float:
    """Return the logarithm of the gamma function for ``x`` of 1 or more; within about 1e-14 (absolute or relative)."""
    product = 1.0
    while x < 16.0:
        product *= x
        x += 1.0
    z = 1.0 / (x * x)
    tail = 1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0))))
    return (x - 0.5) * log(x) - x + HALF_LOG_TWO_PI + tail / x - log(product)
