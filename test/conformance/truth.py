"""The activations by their definitions, at 60 digits: written from the formulas, not from this library's code.

`values(name, parameters, x)` gives y and the derivative at one float32 as the nearest doubles. Formulas are chosen so
that nothing cancels, so 60 digits stay close to 60 at every float32.
"""

import math
import struct
from fractions import Fraction

import mpmath
from mpmath import mp, mpf

mp.dps = 60
INFINITY = mpf("inf")
NAN = mpf("nan")
LARGEST = (2 - 2.0**-23) * 2.0**127

# Klambauer et al., "Self-Normalizing Neural Networks", as many digits as PyTorch has.
SELU_ALPHA = mpf("1.6732632423543772848170429916717")
SELU_SCALE = mpf("1.0507009873554804934193349852946")
GELU_CUBIC = mpf("0.044715")


def float32(value):
    """The nearest float32, as a double."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


# A float32 like a parameter, unlike the constants above.
QUICK_GELU = mpf(float32(1.702))


def to_double(value):
    """The nearest double, subnormal doubles rounded once; a zero from underflow keeps its sign."""
    if mpmath.isnan(value) or mpmath.isinf(value):
        return float(value)
    sign, mantissa, exponent, bits = mpf(value)._mpf_
    if mantissa == 0:
        return 0.0
    if exponent + bits < -1100:
        return -0.0 if sign else 0.0
    magnitude = float(Fraction(int(mantissa)) * Fraction(2) ** exponent)
    return -magnitude if sign else magnitude


def sigmoid(x):
    return 1 / (1 + mp.exp(-x)) if x >= 0 else mp.exp(x) / (1 + mp.exp(x))


def sigmoid_slope(x):
    return sigmoid(x) * sigmoid(-x)


def softplus(x):
    return x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))


def tanh_slope(x):
    # 1 - tanh(x)^2, without the subtraction.
    return 4 * sigmoid(2 * x) * sigmoid(-2 * x)


def tanh_shrink(x):
    if abs(x) > mpf("1e-10"):
        with mp.extradps(60):
            return x - mp.tanh(x)
    square = x * x
    return x * square * (mpf(1) / 3 - square * (mpf(2) / 15 - square * (mpf(17) / 315 - square * mpf(62) / 2835)))


def normal_cdf(x):
    return mp.erfc(-x / mp.sqrt(2)) / 2


def normal_pdf(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def gelu(x):
    # erfc works too hard beyond; there the answer is x, or below every double.
    if abs(x) > 1000:
        return x if x > 0 else mpf(0)
    return x * normal_cdf(x)


def gelu_slope(x):
    if abs(x) > 1000:
        return mpf(1) if x > 0 else mpf(0)
    return normal_cdf(x) + x * normal_pdf(x)


# 0.5 (1 + tanh(u)) is sigmoid(2u).
def gelu_tanh_argument(x):
    return 2 * mp.sqrt(2 / mp.pi) * (x + GELU_CUBIC * x**3)


def gelu_tanh(x):
    return x * sigmoid(gelu_tanh_argument(x))


def gelu_tanh_slope(x):
    u = gelu_tanh_argument(x)
    u_slope = 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * GELU_CUBIC * x**2)
    return sigmoid(u) * (1 + x * sigmoid(-u) * u_slope)


def silu(x):
    return x * sigmoid(x)


def silu_slope(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


# tanh(softplus(x)) is (w^2 + 2w) / (w^2 + 2w + 2) with w = e^x.
def mish(x):
    if x > 100:
        return x
    w = mp.exp(x)
    return x * w * (w + 2) / (w * (w + 2) + 2)


def mish_slope(x):
    # x (1 - tanh^2) goes below every digit that a double has.
    if x > 100:
        return mpf(1)
    w = mp.exp(x)
    bottom = w * (w + 2) + 2
    return w * (w + 2) / bottom + x * 4 * w * (w + 1) / bottom**2


def elu(alpha):
    return lambda x: x if x > 0 else alpha * mp.expm1(x)


def elu_slope(alpha):
    return lambda x: mpf(1) if x > 0 else alpha * mp.exp(x)


def number(condition):
    return mpf(1) if condition else mpf(0)


class Function:
    """forward, derivative; their limits (-Infinity, Infinity) where the formula fails; the derivative at NaN."""

    def __init__(self, forward, derivative, gated=False, limits=None, slope_limits=None, at_nan=NAN):
        self.forward = forward
        self.derivative = derivative
        self.gated = gated
        self.limits = limits
        self.slope_limits = slope_limits
        self.at_nan = at_nan

    def at(self, x):
        if math.isnan(x):
            return math.nan, to_double(self.at_nan)
        exact = mpf(x)
        if math.isinf(x):
            side = 1 if x > 0 else 0
            y = self.limits[side] if self.limits else self.forward(exact)
            slope = self.slope_limits[side] if self.slope_limits else self.derivative(exact)
            return to_double(mpf(y)), to_double(mpf(slope))
        return to_double(self.forward(exact)), to_double(self.derivative(exact))


# x times something that goes to 0 on the left, and to 1 on the right.
WEIGHTED = {"limits": (0, INFINITY), "slope_limits": (0, 1)}
SHUT_AT_NAN = {"gated": True, "at_nan": 0}
OPEN_AT_NAN = {"gated": True, "at_nan": 1}


def function(name, parameters):
    p = {key: mpf(float32(value)) if isinstance(value, (int, float)) else value for key, value in parameters.items()}
    alpha = p.get("alpha")
    if name == "relu":
        return Function(lambda x: x if x > 0 else mpf(0), lambda x: number(x > 0), **OPEN_AT_NAN)
    if name == "relu6":
        return Function(lambda x: min(max(x, mpf(0)), mpf(6)), lambda x: number(0 < x < 6), **SHUT_AT_NAN)
    if name == "step":
        return Function(lambda x: number(x > 0), lambda x: mpf(0), **SHUT_AT_NAN)
    if name == "leakyRelu":
        # With alpha = 0 the limit at -Infinity is 0.
        forward = lambda x: x if x > 0 else (alpha * x if alpha != 0 else mpf(0))
        return Function(forward, lambda x: mpf(1) if x > 0 else alpha, at_nan=alpha)
    if name == "elu":
        return Function(elu(alpha), elu_slope(alpha))
    if name == "celu":
        forward = lambda x: x if x > 0 else alpha * mp.expm1(x / alpha)
        return Function(forward, lambda x: mpf(1) if x > 0 else mp.exp(x / alpha))
    if name == "selu":
        # In float32 the constants stand for all their digits.
        alpha = SELU_ALPHA if alpha in (None, float32(SELU_ALPHA)) else alpha
        gamma = SELU_SCALE if p.get("gamma") in (None, float32(SELU_SCALE)) else p["gamma"]
        negative, negative_slope = elu(alpha), elu_slope(alpha)
        return Function(lambda x: gamma * negative(x), lambda x: gamma * negative_slope(x))
    if name == "sigmoid":
        return Function(sigmoid, sigmoid_slope, limits=(0, 1), slope_limits=(0, 0))
    if name == "tanh":
        return Function(mp.tanh, tanh_slope, limits=(-1, 1), slope_limits=(0, 0))
    if name == "softplus":
        beta = p["beta"]
        forward = lambda x: softplus(beta * x) / beta
        return Function(forward, lambda x: sigmoid(beta * x), limits=(0, INFINITY), slope_limits=(0, 1))
    if name == "logSigmoid":
        return Function(lambda x: -softplus(-x), lambda x: sigmoid(-x), limits=(-INFINITY, 0), slope_limits=(1, 0))
    if name == "softsign":
        forward = lambda x: x / (1 + abs(x))
        slope = lambda x: 1 / (1 + abs(x)) ** 2
        # The vectors that were here first have the derivative at Infinity as that at the largest float32: 8.6e-78, not 0.
        at_infinity = slope(mpf(LARGEST))
        return Function(forward, slope, limits=(-1, 1), slope_limits=(at_infinity, at_infinity))
    if name == "gelu":
        if parameters["approximate"] == "tanh":
            return Function(gelu_tanh, gelu_tanh_slope, **WEIGHTED)
        if parameters["approximate"] != "sigmoid":
            return Function(gelu, gelu_slope, **WEIGHTED)
    if name in ("gelu", "quickGelu"):
        forward = lambda x: x * sigmoid(QUICK_GELU * x)
        return Function(forward, lambda x: silu_slope(QUICK_GELU * x), **WEIGHTED)
    if name == "swish":
        beta = p["beta"]
        if beta == 0:
            return Function(lambda x: x / 2, lambda x: mpf(1) / 2)
        forward, slope = lambda x: x * sigmoid(beta * x), lambda x: silu_slope(beta * x)
        if beta > 0:
            return Function(forward, slope, **WEIGHTED)
        return Function(forward, slope, limits=(-INFINITY, 0), slope_limits=(1, 0))
    if name == "swigluClamped":
        # f of the clamped gate; Clamps has the rest.
        return Function(lambda x: x * sigmoid(alpha * x), lambda x: silu_slope(alpha * x), **WEIGHTED)
    if name == "silu":
        return Function(silu, silu_slope, **WEIGHTED)
    if name == "mish":
        return Function(mish, mish_slope, **WEIGHTED)
    if name == "hardTanh":
        low, high = p["minValue"], p["maxValue"]
        return Function(lambda x: min(max(x, low), high), lambda x: number(low < x < high), **SHUT_AT_NAN)
    if name == "clamp":
        low, high = p["minValue"], p["maxValue"]
        return Function(lambda x: min(max(x, low), high), lambda x: number(low <= x <= high), **SHUT_AT_NAN)
    if name == "hardSigmoid" and parameters:
        line = lambda x: alpha * x + p["beta"]
        return Function(
            lambda x: min(max(line(x), mpf(0)), mpf(1)), lambda x: alpha if 0 < line(x) < 1 else mpf(0), **SHUT_AT_NAN
        )
    if name == "hardSigmoid":
        forward = lambda x: min(max((x + 3) / 6, mpf(0)), mpf(1))
        return Function(forward, lambda x: number(-3 < x < 3) / 6, **SHUT_AT_NAN)
    if name == "hardSwish":
        forward = lambda x: mpf(0) if x <= -3 else x if x >= 3 else x * (x + 3) / 6
        slope = lambda x: mpf(0) if x <= -3 else mpf(1) if x >= 3 else x / 3 + mpf(1) / 2
        return Function(forward, slope, gated=True)
    if name == "sparsePlus":
        forward = lambda x: mpf(0) if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4
        slope = lambda x: mpf(0) if x <= -1 else mpf(1) if x >= 1 else (x + 1) / 2
        return Function(forward, slope, gated=True)
    if name == "sparseSigmoid":
        return Function(lambda x: min(max((x + 1) / 2, mpf(0)), mpf(1)), lambda x: number(-1 < x < 1) / 2, **SHUT_AT_NAN)
    if name == "threshold":
        threshold, value = p["threshold"], p["value"]
        return Function(lambda x: x if x > threshold else value, lambda x: number(x > threshold), **OPEN_AT_NAN)
    if name == "hardShrink":
        lambd = p["lambda"]
        return Function(lambda x: x if abs(x) > lambd else mpf(0), lambda x: number(abs(x) > lambd), **SHUT_AT_NAN)
    if name == "softShrink":
        lambd = p["lambda"]
        forward = lambda x: x - lambd if x > lambd else x + lambd if x < -lambd else mpf(0)
        return Function(forward, lambda x: number(abs(x) > lambd), **SHUT_AT_NAN)
    if name == "tanhShrink":
        return Function(tanh_shrink, lambda x: mp.tanh(x) ** 2, limits=(-INFINITY, INFINITY), slope_limits=(1, 1))
    if name == "squaredRelu":
        return Function(lambda x: x * x if x > 0 else mpf(0), lambda x: 2 * x if x > 0 else mpf(0), gated=True)
    if name == "squareplus":
        b = p["b"]
        root = lambda x: mp.sqrt(x * x + b)
        # (x + root) / 2 below 0, and the slope there, without the subtraction. With b = 0 it is relu.
        below = lambda x: b / (2 * (root(x) - x)) if root(x) != 0 else mpf(0)
        slope_below = lambda x: b / (2 * root(x) * (root(x) + abs(x))) if root(x) != 0 else mpf(0)
        return Function(
            lambda x: (x + root(x)) / 2 if x > 0 else below(x),
            lambda x: (root(x) + x) / (2 * root(x)) if x > 0 else slope_below(x),
            limits=(0, INFINITY),
            slope_limits=(0, 1),
        )
    raise KeyError(f"{name} has no formula in test/conformance/truth.py: add one to function().")


class Clamps:
    """The inputs of a gated linear unit before the product, and whether their gradients pass; not for NaN or infinities."""

    def __init__(self, name, parameters):
        self.limit = float32(parameters["limit"]) if name == "swigluClamped" else None

    def gate(self, gate):
        return gate if self.limit is None or not gate > self.limit else self.limit

    def factor(self, up):
        if self.limit is None:
            return up
        clamped = self.limit if up > self.limit else -self.limit if up < -self.limit else up
        return mpf(clamped) + 1 if math.isfinite(clamped) else clamped

    def passes_gate(self, gate):
        return self.limit is None or gate <= self.limit

    def passes_up(self, up):
        return self.limit is None or -self.limit <= up <= self.limit
