"""Where to look at every activation: special float32, and some at random. Its own hard places are in the catalogue."""

import math
import random

from truth import LARGEST, float32

SMALLEST_NORMAL = 2.0**-126
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0] + [
    sign * float32(magnitude)
    for magnitude in (2.0**-149, 3e-42, SMALLEST_NORMAL - 2.0**-149, SMALLEST_NORMAL, 1e-37, 1e-30, 1e30, LARGEST)
    for sign in (1, -1)
]


PRELU_HARD = [0.0, -0.0, 2.0**-149, -(2.0**-149), 1e-39, -1e-39, math.inf, -3e38, 3e38] + [
    0.75 * i - 3 for i in range(9)
]


def at_random(seed, count, spread=4.0):
    """Half of them ordinary, half of any magnitude."""
    source = random.Random(seed)
    ordinary = [float32(source.gauss(0, spread)) for _ in range(count - count // 2)]
    return ordinary + [
        float32(source.choice((1, -1)) * 2.0 ** source.uniform(-40, 20)) for _ in range(count // 2)
    ]
