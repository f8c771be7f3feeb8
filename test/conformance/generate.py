#!/usr/bin/env python3
"""Writes conformance vectors, and checks them. Needs mpmath (Debian: python3-mpmath).

generate.py           writes the vectors that come from here
generate.py --check   says whether the truth here gives every vector in this folder, to the last digit of its doubles
"""

import json
import math
import pathlib
import random
import sys
from fractions import Fraction

from mpmath import mpf

# No __pycache__ among the vectors.
sys.dont_write_bytecode = True

from points import SPECIAL, at_random, between, hard_places, neighbours
from truth import PAIRS, float32, function, to_double

FOLDER = pathlib.Path(__file__).parent

# What has its vectors already, and gets more of them: other inputs.
MORE = [
    ("relu", {}),
    ("relu6", {}),
    ("step", {}),
    ("leakyRelu", {"alpha": 0.01}),
    ("elu", {"alpha": 1.0}),
    ("celu", {"alpha": 1.0}),
    ("selu", {}),
    ("sigmoid", {}),
    ("tanh", {}),
    ("softplus", {"beta": 1.0}),
    ("logSigmoid", {}),
    ("softsign", {}),
    ("gelu", {"approximate": "none"}),
    ("gelu", {"approximate": "tanh"}),
    ("quickGelu", {}),
    ("silu", {}),
    ("mish", {}),
    ("hardTanh", {"minValue": -1.0, "maxValue": 1.0}),
    ("hardSigmoid", {}),
    ("hardSwish", {}),
    ("threshold", {"threshold": 0.1, "value": 20.0}),
    ("hardShrink", {"lambda": 0.5}),
    ("softShrink", {"lambda": 0.5}),
    ("tanhShrink", {}),
    ("squaredRelu", {}),
]
OTHER_PARAMETERS = [
    ("leakyRelu", {"alpha": 0.0}),
    ("leakyRelu", {"alpha": 3.0}),
    ("elu", {"alpha": 1.7}),
    ("elu", {"alpha": 0.01}),
    ("celu", {"alpha": 0.3}),
    ("celu", {"alpha": 7.0}),
    ("softplus", {"beta": 0.1}),
    ("softplus", {"beta": 0.3388}),
    ("softplus", {"beta": 7835.541015625}),
    ("softplus", {"beta": 0.5}),
    ("softplus", {"beta": 10.0}),
    ("hardTanh", {"minValue": -2.5, "maxValue": 0.75}),
    ("threshold", {"threshold": -1.0, "value": -3.5}),
    ("threshold", {"threshold": 0.0, "value": 0.0}),
    ("hardShrink", {"lambda": 0.0}),
    ("hardShrink", {"lambda": 1.25}),
    ("softShrink", {"lambda": 0.01}),
    ("softShrink", {"lambda": 3.0}),
]
PRELU = [
    # slopes, elements per channel, length: whole periods
    ([0.25], 1, 40),
    ([0.25, -0.5, 3.0], 1, 102),
    ([0.01, 0.0, 1.0, -2.0], 5, 100),
    ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], 64, 896),
    ([1e-10, 1e10], 3, 54),
    ([0.25, 0.5, 0.75, 1.0, 1.25], 3, 15),
]


def written(value):
    """A number as the files have it."""
    if isinstance(value, list):
        return [written(element) for element in value]
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "-0" if value == 0 and math.copysign(1, value) < 0 else value


def read(values):
    return [float(value) for value in values]


def gradients(seed, length):
    """Short numbers keep the files small: the derivative has digits enough."""
    source = random.Random(seed)
    return [round(source.gauss(0, 1.2) * 64) / 64 or 1.0 for _ in range(length)]


def unique(values):
    """Each float once, NaN and both zeros too."""
    return list({written(value): value for value in values}.values())


def file_name(name, parameters, more=False):
    settings = "".join(f"-{key}={value}" for key, value in parameters.items())
    return f"{name}{settings}{'-more' if more else ''}.json"


def vectors(name, parameters, more):
    truth = function(name, parameters)
    seed = file_name(name, parameters, more)
    smooth = len(hard_places(name, parameters)) > 60
    x = unique(SPECIAL + hard_places(name, parameters) + at_random(seed, 300 if more and smooth else 90))
    y, derivative = zip(*(truth.at(value) for value in x))
    return {
        "activation": name,
        "parameters": parameters,
        "x": written(x),
        "dy": gradients(seed, len(x)),
        "y": written(list(y)),
        "derivative": written(list(derivative)),
        "gated": truth.gated,
    }


def product(*factors):
    """As IEEE 754 has it where a factor is no finite number, else exact and rounded to a double once."""
    if all(math.isfinite(factor) for factor in factors if isinstance(factor, float)):
        result = mpf(1)
        for factor in factors:
            result *= mpf(factor)
        return to_double(result)
    return math.prod(float(factor) for factor in factors)


def pair_vectors(name, parameters):
    inner, settings = PAIRS[name]
    truth = function(inner, parameters if settings is None else settings)
    seed = file_name(name, parameters)
    x = unique(SPECIAL + hard_places(inner, parameters)[::2] + at_random(seed, 100))
    source = random.Random(seed)
    gate = x + [0.75, -0.75, math.nan, 5.0, -5.0] * 6
    ordinary = [float32(source.gauss(0, 1.5)) for _ in x]
    special = [special for special in (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-40) for _ in range(5)]
    up = ordinary + [float32(value) for value in special]
    dy = gradients(seed, len(gate))
    rows = []
    for g, u, d in zip(gate, up, dy):
        if math.isfinite(g):
            f, slope = truth.forward(mpf(g)), truth.derivative(mpf(g))
        else:
            f, slope = truth.at(g)
        shut = truth.gated and slope == 0
        rows.append((product(f, u), 0.0 if shut else product(slope, u, d), product(f, d)))
    y, d_gate, d_up = zip(*rows)
    return {
        "activation": name,
        "parameters": parameters,
        "gate": written(gate),
        "up": written(up),
        "dy": dy,
        "y": written(list(y)),
        "dGate": written(list(d_gate)),
        "dUp": written(list(d_up)),
        "gated": truth.gated,
    }


def prelu_vectors(alpha, inner, length):
    seed = f"prelu {alpha} {inner}"
    slopes = [float32(slope) for slope in alpha]
    hard = neighbours(0) + [1e-39, -1e-39, math.inf, -3e38, 3e38] + between(-3, 3, 9)
    x = (hard + at_random(seed, length))[:length]
    random.Random(seed).shuffle(x)
    x = [float32(value) for value in x]
    dy = gradients(seed, length)
    y, dx = [], []
    d_alpha = [Fraction(0) for _ in alpha]
    for i, (value, gradient) in enumerate(zip(x, dy)):
        channel = i // inner % len(alpha)
        slope = 1.0 if value > 0 else slopes[channel]
        y.append(value * slope)
        dx.append(gradient * slope)
        if not value > 0:
            d_alpha[channel] += Fraction(value) * Fraction(gradient)
    return {
        "activation": "prelu",
        "parameters": {"alpha": alpha, "inner": inner},
        "x": written(x),
        "dy": dy,
        "y": written(y),
        "dx": written(dx),
        "dalpha": [float(total) for total in d_alpha],
    }


def everything():
    for name, parameters in MORE:
        yield file_name(name, parameters, True), vectors(name, parameters, True)
    for name, parameters in OTHER_PARAMETERS:
        yield file_name(name, parameters), vectors(name, parameters, False)
    for name in PAIRS:
        for parameters in [{"approximate": "none"}, {"approximate": "tanh"}] if name == "geglu" else [{}]:
            yield f"pair-{file_name(name, parameters)}", pair_vectors(name, parameters)
    for alpha, inner, length in PRELU:
        yield f"prelu-channels={len(alpha)}-inner={inner}-length={length}.json", prelu_vectors(alpha, inner, length)


def text(content):
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"


def differences(path):
    """What a file with x, y and derivative says that the truth here does not."""
    given = json.loads(path.read_text())
    truth = function(given["activation"], given["parameters"])
    if truth.gated != given["gated"]:
        yield "gated"
    columns = (given["x"], given["y"], given["derivative"])
    for x, y, derivative in zip(*(read(column) for column in columns), strict=True):
        for column, expected, actual in zip(("y", "derivative"), (y, derivative), truth.at(x)):
            same = expected == actual or (math.isnan(expected) and math.isnan(actual))
            if not same:
                yield f"{column} at {x!r}: {expected!r} there, {actual!r} here"


def check():
    wrong = 0
    generated = dict(everything())
    others = [path for path in sorted(FOLDER.glob("*.json")) if path.name not in generated]
    for path in others:
        for difference in differences(path):
            wrong += 1
            print(f"{path.name}: {difference}")
    for name, content in generated.items():
        path = FOLDER / name
        if not path.exists() or path.read_text() != text(content):
            wrong += 1
            print(f"{name}: not what is generated here")
    print(f"{len(others)} files of others, {len(generated)} generated here, {wrong} differences")
    return wrong


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(1 if check() else 0)
    for name, content in everything():
        (FOLDER / name).write_text(text(content))
