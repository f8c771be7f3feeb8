#!/usr/bin/env python3
"""Writes conformance vectors, and checks them. Needs mpmath (Debian: python3-mpmath).

generate.py           writes the vectors that come from here, for what test/activations/catalogue.ts says; needs Node
generate.py --check   says whether the truth here gives every vector in this folder, to the last digit of its doubles
"""

import json
import math
import pathlib
import random
import subprocess
import sys
from fractions import Fraction

from mpmath import mpf

# No __pycache__ among the vectors.
sys.dont_write_bytecode = True

from points import PRELU_HARD, SPECIAL, at_random
from truth import Clamps, float32, function, to_double

FOLDER = pathlib.Path(__file__).parent
INPUTS = FOLDER / "inputs.jsonl"
# Of each file that is from the design of the library.
GIVEN_LENGTH = 354

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
    if isinstance(value, dict):
        return {key: written(element) for key, element in value.items()}
    if isinstance(value, str):
        return value
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
    settings = "".join(f"-{key}={written(value)}" for key, value in parameters.items())
    return f"{name}{settings}{'-more' if more else ''}.json"


def is_given(path):
    """Whether a file is from the design of the library."""
    return path.exists() and len(json.loads(path.read_text()).get("x", [])) == GIVEN_LENGTH


def as_doubles(parameters):
    """Numbers as Python writes them in the names of files: 1.0, not 1."""
    words = ("none", "tanh", "sigmoid")
    return {key: value if value in words else float(value) for key, value in parameters.items()}


def hard_places(one):
    return [float32(float(place)) for place in one["hard"]]


def vectors(name, parameters, hard, more, thorough):
    truth = function(name, parameters)
    seed = file_name(name, parameters, more)
    smooth = len(hard) > 60
    x = unique(SPECIAL + hard + at_random(seed, 300 if thorough and smooth else 90))
    y, derivative = zip(*(truth.at(value) for value in x))
    return {
        "activation": name,
        "parameters": written(parameters),
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


def pair_vectors(name, parameters, inner, hard):
    truth = function(inner, parameters)
    clamps = Clamps(name, parameters)
    seed = file_name(name, parameters)
    x = unique(SPECIAL + hard[::2] + at_random(seed, 100))
    source = random.Random(seed)
    gate = x + [0.75, -0.75, math.nan, 5.0, -5.0] * 6
    ordinary = [float32(source.gauss(0, 1.5)) for _ in x]
    if clamps.limit is not None:
        for i in range(0, len(ordinary), 5):
            ordinary[i] = float32(clamps.limit * source.choice([1, -1, 1.0000002, -1.0000002, 1.5, -30]))
    special = [special for special in (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-40) for _ in range(5)]
    up = ordinary + [float32(value) for value in special]
    dy = gradients(seed, len(gate))
    rows = []
    for given_gate, given_up, d in zip(gate, up, dy):
        g, u = clamps.gate(given_gate), clamps.factor(given_up)
        if math.isfinite(g):
            f, slope = truth.forward(mpf(g)), truth.derivative(mpf(g))
        else:
            f, slope = truth.at(g)
        shut = truth.gated and slope == 0 or not clamps.passes_gate(given_gate)
        d_up = product(f, d) if clamps.passes_up(given_up) else 0.0
        rows.append((product(f, u), 0.0 if shut else product(slope, u, d), d_up))
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
    x = (PRELU_HARD + at_random(seed, length))[:length]
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
    seen = set()
    for one in map(json.loads, INPUTS.read_text().splitlines()):
        name, parameters = one["name"], as_doubles(one["parameters"])
        if "of" in one:
            yield f"pair-{file_name(name, parameters)}", pair_vectors(name, parameters, one["of"], hard_places(one))
            continue
        # Beside a file from the design there is one with other inputs.
        more = is_given(FOLDER / file_name(name, parameters))
        content = vectors(name, parameters, hard_places(one), more, more or name not in seen)
        seen.add(name)
        yield file_name(name, parameters, more), content
    for alpha, inner, length in PRELU:
        yield f"prelu-channels={len(alpha)}-inner={inner}-length={length}.json", prelu_vectors(alpha, inner, length)


def text(content):
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"


def differences(path):
    """What a file with x, y and derivative says that the truth here does not."""
    given = json.loads(path.read_text())
    truth = function(given["activation"], as_doubles(given["parameters"]))
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
    # The catalogue of the tests says which vectors there are.
    subprocess.run(["npx", "tsx", str(FOLDER / "inputs.ts")], check=True, cwd=FOLDER.parents[1])
    for name, content in everything():
        (FOLDER / name).write_text(text(content))
