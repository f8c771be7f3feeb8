"""Where to look at an activation: the float32 near its hard places, and some at random."""

import math
import random
import struct

from truth import LARGEST, float32

SMALLEST_NORMAL = 2.0**-126
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0] + [
    sign * float32(magnitude)
    for magnitude in (2.0**-149, 3e-42, SMALLEST_NORMAL - 2.0**-149, SMALLEST_NORMAL, 1e-37, 1e-30, 1e30, LARGEST)
    for sign in (1, -1)
]


def neighbours(value):
    """A float32 with the one below and the one above."""
    value = float32(value)
    if value == 0:
        return [0.0, -0.0, 2.0**-149, -(2.0**-149)]
    bits = struct.unpack("<i", struct.pack("<f", value))[0]
    return [value] + [struct.unpack("<f", struct.pack("<i", bits + step))[0] for step in (1, -1)]


def between(low, high, count):
    return [float32(low + (high - low) * i / (count - 1)) for i in range(count)]


def both(values):
    return [sign * value for value in values for sign in (1, -1)]


def powers(low, high, step=1):
    return both([2.0**exponent for exponent in range(low, high + 1, step)])


def at_random(seed, count, spread=4.0):
    """Half of them ordinary, half of any magnitude."""
    source = random.Random(seed)
    ordinary = [float32(source.gauss(0, spread)) for _ in range(count - count // 2)]
    return ordinary + [
        float32(source.choice((1, -1)) * 2.0 ** source.uniform(-40, 20)) for _ in range(count // 2)
    ]


# expm1, log1p and tanh near 0, where a formula that subtracts loses every digit.
NEAR_ZERO = powers(-40, -1, 2) + both([1e-7, 3e-7, 1e-5, 0.001, 0.3, 0.35]) + between(-1.1, 1.1, 45)


def crossing(place, low=None, high=None):
    """Around a zero of the derivative: ever closer, and a stretch on both sides."""
    closer = [place + sign * 4.0**-i for i in range(1, 11) for sign in (1, -1)]
    return (
        neighbours(place)
        + [float32(x) for x in closer]
        + between(place - 1, place + 1, 31)
        + (between(low, high, 25) if low is not None else [])
    )


def leaving(*places, width=0.6):
    """Around where a result leaves the normal float32: some that are normal, some not, some that are none at all."""
    return [x for place in places for x in between(place - width, place + width, 13)] + [
        float32(place * factor) for place in places for factor in (0.5, 0.8, 0.95, 1.05, 1.12, 1.19, 1.3, 2)
    ]


def hard_places(name, parameters):
    """The float32 at which this activation is hard to get right."""
    if name == "silu":
        return crossing(-1.27846454276, -12, 12) + leaving(-91.856775, -88.0) + NEAR_ZERO
    if name == "mish":
        return crossing(-1.19243121451, -12, 12) + leaving(-91.856775, -88.0) + between(-20, 20, 41) + NEAR_ZERO
    if name == "quickGelu":
        return crossing(-0.751154245760, -8, 8) + leaving(-53.653995, -51.5) + NEAR_ZERO
    if name == "gelu" and parameters["approximate"] == "tanh":
        return crossing(-0.752461422071, -6, 6) + leaving(-10.100637, -10.235, width=0.2) + NEAR_ZERO
    if name == "gelu":
        return crossing(-0.751791524693, -6, 6) + leaving(-13.146247, -13.341882, width=0.2) + NEAR_ZERO
    if name == "sigmoid":
        return leaving(-87.336545, 87.336545) + between(-20, 20, 81) + NEAR_ZERO
    if name == "logSigmoid":
        return leaving(87.336545, -87.336545) + between(-20, 20, 81) + NEAR_ZERO
    if name == "softplus":
        beta = float32(parameters["beta"])
        scaled = leaving(-87.336545, 20, 87.336545) + between(-20, 20, 61) + NEAR_ZERO
        return [float32(x / beta) for x in scaled]
    if name == "tanh":
        return leaving(44.36142, -44.36142) + both(between(8, 10, 33) + between(0.3, 1.2, 37)) + NEAR_ZERO
    if name == "tanhShrink":
        return both(between(0.9, 2.2, 41) + between(8, 10, 9)) + powers(-60, -41) + NEAR_ZERO
    if name == "softsign":
        return powers(-30, 127, 3) + NEAR_ZERO
    if name in ("elu", "selu", "celu"):
        alpha = float32(parameters["alpha"]) if name == "celu" else 1.0
        scaled = between(-18, -0.5, 71) + leaving(-87.336545, -17.3) + NEAR_ZERO
        return [float32(x * alpha) for x in scaled]
    if name == "squaredRelu":
        roots = [2.0**-63, 2.0**-75, 2.0**-74.5, 2.0**63.9, 2.0**64, 2.0**127]
        return [x for root in roots for x in both(neighbours(root))] + powers(-30, 30, 3)
    return [x for boundary in boundaries(name, parameters) for x in neighbours(boundary)] + powers(-30, 30, 5)


def boundaries(name, parameters):
    """Where an activation made of pieces goes from one to the next."""
    if name == "relu6":
        return [0, 3, 6]
    if name == "hardSigmoid":
        return [-3, 0, 3, -1.5] + between(-3, -2.9, 20) + between(-3, 3, 41)
    if name == "hardSwish":
        return [-3, 0, 3, -1.5] + between(-3, -2.9, 20) + between(-3, 3, 41) + crossing(-1.5)
    if name == "hardTanh":
        return [parameters["minValue"], parameters["maxValue"], 0]
    if name == "threshold":
        return [parameters["threshold"], parameters["value"], 0]
    if name in ("hardShrink", "softShrink"):
        stretch = between(0.5, 8, 16) if parameters["lambda"] > 0 else []
        return both([parameters["lambda"]] + [parameters["lambda"] * factor for factor in stretch]) + [0]
    return [0, 1]
