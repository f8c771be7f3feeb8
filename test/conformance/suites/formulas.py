#!/usr/bin/env python3
"""Works out what suites work out by a formula while they run. Needs mpmath (Debian: python3-mpmath).

formulas.py           writes y, and the gradients where there is a dy, into the cases that have a `formula`
formulas.py --check   says whether every such case has them already
"""

import json
import pathlib
import sys

from mpmath import mp, mpf

sys.dont_write_bytecode = True
FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from generate import written
from truth import NAN, float32, gelu, gelu_tanh, sigmoid, softplus, to_double


def clip(x, low=-mpf("inf"), high=mpf("inf")):
    return min(max(x, low), high)


def silu(x, beta=1):
    return x * sigmoid(beta * x) if x != -mpf("inf") else mpf(0)


def sparse_plus(x):
    return mpf(0) if x <= -1 else x if x >= 1 else (x + 1) ** 2 / 4


def torch_softplus(x, beta, threshold=mpf(20)):
    return x if beta * x > threshold else softplus(beta * x) / beta


GELU = {"none": gelu, "tanh": gelu_tanh, "sigmoid": lambda x: silu(x, mpf(float32(1.702)))}

# As the suites have them. The first input is x or the gate, the second is up; p has the suite's own parameters.
OF_ONE = {
    "clip": lambda x, p: clip(x, p.get("min", -mpf("inf")), p.get("max", mpf("inf"))),
    "hardSigmoid": lambda x, p: clip(p["alpha"] * x + p["beta"], mpf(0), mpf(1)),
    "selu": lambda x, p: p["gamma"] * (x if x > 0 else p["alpha"] * mp.expm1(x)),
    "threshold": lambda x, p: x if x > p["threshold"] else p["value"],
    "thresholdedRelu": lambda x, p: x if x > p["alpha"] else mpf(0),
    "swish": lambda x, p: silu(x, p["beta"]),
    "sparsePlus": lambda x, p: sparse_plus(x),
    "sparseSigmoid": lambda x, p: clip((x + 1) / 2, mpf(0), mpf(1)),
    "squareplus": lambda x, p: (x + mp.sqrt(x * x + p["b"])) / 2,
    "softplus": lambda x, p: torch_softplus(x, **p),
    "gelu10": lambda x, p: clip(gelu(x), mpf(-10), mpf(10)),
}
OF_TWO = {
    "glu": lambda gate, up, p: sigmoid(gate) * up,
    "reglu": lambda gate, up, p: max(gate, mpf(0)) * up,
    "swiglu": lambda gate, up, p: silu(gate, p["beta"]) * up,
    "geglu": lambda gate, up, p: GELU[p["approximate"]](gate) * up,
    "fatrelu": lambda gate, up, p: (gate if gate > p["threshold"] else mpf(0)) * up,
    "swigluClamp": lambda gate, up, p: silu(min(gate, p["limit"])) * clip(up, -p["limit"], p["limit"]),
    "swigluStep": lambda gate, up, p: min(silu(gate), p["limit"]) * clip(up, -p["limit"], p["limit"]),
    "swigluOai": lambda gate, up, p: silu(min(gate, p["limit"]), p["alpha"]) * (clip(up, -p["limit"], p["limit"]) + 1),
    # At its limits and inside, where the masks of the gradient are open.
    "swigluOaiAtLimits": lambda gate, up, p: silu(gate, p["alpha"]) * (up + 1),
}


def numbers(values):
    return [mpf(float32(float(value))) for value in values]


def derivative(function, point, place):
    """The partial derivative by one input, which has to be the same from both sides."""
    orders = tuple(int(i == place) for i in range(len(point)))
    sides = [mp.diff(function, tuple(point), orders, direction=side) for side in (-1, 1)]
    if abs(sides[0] - sides[1]) > mpf("1e-9") * (1 + abs(sides[0])):
        raise ValueError(f"{point} is a kink: give the gradient that the suite has there")
    return (sides[0] + sides[1]) / 2


def parameters_of(formula):
    words = ("name", "approximate")
    return {key: value if key in words else mpf(float(value)) for key, value in formula.items() if key != "name"}


def split(packed, length):
    """For each element of y the places of gate and up in x."""
    columns, interleaved = packed["columns"], packed["layout"] == "interleaved"
    for element in range(length // 2):
        row, column = divmod(element, columns)
        start = row * 2 * columns
        pair = (start + 2 * column, start + 2 * column + 1) if interleaved else (start + column, start + columns + column)
        yield pair if packed["order"] == "gate-up" else pair[::-1]


def rounded(value):
    return written(to_double(value) + 0.0)


def of_slopes(case, formula, x):
    alpha, inner = numbers(formula["alpha"]), formula["inner"]
    slopes = [alpha[i // inner % len(alpha)] for i in range(len(x))]
    case["y"] = [rounded(v if v > 0 else v * slope) for v, slope in zip(x, slopes)]
    if "dy" in case:
        gradients = numbers(case["dy"])
        case["dx"] = [rounded(dy * (1 if v > 0 else slope)) for v, slope, dy in zip(x, slopes, gradients)]
        of_channel = lambda channel: (v * dy for i, (v, dy) in enumerate(zip(x, gradients)) if i // inner % len(alpha) == channel and v <= 0)
        case["dalpha"] = [rounded(mp.fsum(of_channel(channel))) for channel in range(len(alpha))]


def of_one(case, formula, x):
    function, p = OF_ONE[formula["name"]], parameters_of(formula)
    case["y"] = [rounded(NAN if mp.isnan(v) else function(v, p)) for v in x]
    if "dy" in case:
        slopes = [derivative(lambda v: function(v, p), [v], 0) for v in x]
        case["dx"] = [rounded(dy * slope) for dy, slope in zip(numbers(case["dy"]), slopes)]


def of_two(case, formula, gate, up):
    function, p = OF_TWO[formula["name"]], parameters_of(formula)
    case["y"] = [rounded(function(g, u, p)) for g, u in zip(gate, up)]
    if "dy" not in case:
        return [], []
    f = lambda g, u: function(g, u, p)
    rows = list(zip(gate, up, numbers(case["dy"])))
    return tuple([rounded(dy * derivative(f, [g, u], place)) for g, u, dy in rows] for place in (0, 1))


def complete(case):
    """The case with what its formula gives."""
    formula = case.get("formula")
    if formula is None:
        return case
    case = dict(case)
    if formula["name"] in OF_TWO and "packed" in case:
        x = numbers(case["x"])
        places = list(split(case["packed"], len(x)))
        gradients = of_two(case, formula, [x[gate] for gate, _ in places], [x[up] for _, up in places])
        if "dy" in case:
            dx = [0] * len(x)
            for pair, values in zip(places, zip(*gradients)):
                for place, value in zip(pair, values):
                    dx[place] = value
            case["dx"] = dx
    elif formula["name"] in OF_TWO:
        gradients = of_two(case, formula, numbers(case["gate"]), numbers(case["up"]))
        if "dy" in case:
            case["dGate"], case["dUp"] = gradients
    elif formula["name"] == "prelu":
        of_slopes(case, formula, numbers(case["x"]))
    else:
        of_one(case, formula, numbers(case["x"]))
    return case


def main():
    check = sys.argv[1:] == ["--check"]
    wrong = 0
    for path in sorted(FOLDER.glob("*.jsonl")):
        lines = path.read_text().splitlines()
        made = [json.dumps(complete(json.loads(line)), separators=(", ", ": ")) for line in lines]
        if check:
            for line, other in zip(lines, made):
                if line != other:
                    wrong += 1
                    print(f"{path.name}: {json.loads(line)['name']} differs")
        else:
            path.write_text("".join(line + "\n" for line in made))
    sys.exit(1 if wrong else 0)


main()
