import { around, between, bothSigns, neighbours, powers } from './hard-places.ts'
import { activation, ANY, ANY_OR_INFINITE, count, type Formula, number, slopes } from './record.ts'

// The records of the relu family: of activations whose results are rounded once at most.

/** y is one of the two bounds, or x between them, whose gradient is 0 at the bounds. */
function clampShutAtBounds(lowest: number, highest: number): Formula {
  const isOpen = (x: number): boolean => x > lowest && x < highest
  const derivative = (x: number): number => (isOpen(x) ? 1 : 0)
  return {
    value: x => (x < lowest ? lowest : x > highest ? highest : x),
    derivative,
    passes: x => x >= lowest && x <= highest,
    isOpen,
    // A bound that 16 bits do not hold is rounded: y does not tell on which side of it x was.
    ...(isShort(lowest) && isShort(highest) && { fromY: derivative }),
    isMonotone: true,
    isOdd: lowest === -highest,
    range: [lowest, highest],
  }
}

/** True if float16 and bfloat16 both hold a number: an infinity, 0, or a normal one of 8 significant bits. */
function isShort(value: number): boolean {
  const size = Math.abs(value)
  return (
    size === 0 ||
    size === Infinity ||
    (size >= 2 ** -14 && size < 2 ** 16 && Number.isInteger(size / 2 ** (Math.floor(Math.log2(size)) - 7)))
  )
}

/** x, or below zero the slope of its element times x. */
function leaky(alpha: Float32Array, inner: number): Formula {
  const slope = (element: number): number => alpha[Math.floor(element / inner) % alpha.length]!
  const derivative = (x: number, element: number): number => (x > 0 ? 1 : slope(element))
  const isMonotone = alpha.every(each => each >= 0)
  return {
    // With a slope of 0 the limit at -Infinity is a zero, which has the sign of the product.
    value(x, element) {
      if (x > 0) return x
      return slope(element) === 0 && x === -Infinity ? -slope(element) : slope(element) * x
    },
    derivative,
    passes: x => x > 0,
    isOpen: x => x > 0,
    ...(isMonotone && { fromY: derivative, isMonotone }),
  }
}

const shrinkPlaces = ({ lambda }: { readonly lambda: number }): number[] => {
  if (lambda === Infinity) return around(0)
  const stretch = lambda > 0 ? between(0.5, 8, 16) : []
  return around(...bothSigns([lambda, ...stretch.map(factor => lambda * factor)]), 0)
}

export const reluFamily = {
  relu: activation({
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: () => {
      const derivative = (x: number): number => (x <= 0 ? 0 : 1)
      return {
        value: x => (x < 0 ? 0 : x),
        derivative,
        passes: x => x >= 0,
        isOpen: x => !(x <= 0),
        fromY: derivative,
        isMonotone: true,
        range: [0, Infinity],
      }
    },
  }),
  leakyRelu: activation({
    parameters: { alpha: number(0.01, [-2, 2], ANY) },
    accuracy: 'exact',
    formula: ({ alpha }) => leaky(Float32Array.of(alpha), 1),
    samples: [{ alpha: 0.3 }],
    vectors: [{ alpha: 0.01 }, { alpha: 0 }, { alpha: 3 }],
  }),
  // Its vectors have slopes of several lengths: generate.py makes them.
  prelu: activation({
    parameters: { alpha: slopes(0.25), inner: count(1) },
    accuracy: 'exact',
    formula: ({ alpha, inner }) => leaky(alpha, inner),
    samples: [{ alpha: Float32Array.of(0.3, -2, 0, 1.7), inner: 4 }],
    vectors: [],
  }),
  relu6: activation({
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: () => clampShutAtBounds(0, 6),
    hard: () => around(0, 3, 6),
  }),
  squaredRelu: activation({
    accuracy: 'rounded',
    zeroWhereShut: true,
    formula: () => ({
      value: x => (x > 0 ? x * x : x <= 0 ? 0 : x),
      derivative: x => (x > 0 ? 2 * x : x <= 0 ? 0 : x),
      isMonotone: true,
      range: [0, Infinity],
    }),
    hard: () => [
      ...[2 ** -63, 2 ** -75, 2 ** -74.5, 2 ** 63.9, 2 ** 64, 2 ** 127].flatMap(root => bothSigns(neighbours(root))),
      ...powers(-30, 30, 3),
    ],
  }),
  threshold: activation({
    parameters: {
      threshold: number(undefined, [-1, 1], ANY_OR_INFINITE),
      value: number(undefined, [-4, 4], ANY_OR_INFINITE),
    },
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: ({ threshold, value }) => ({
      value: x => (x <= threshold ? value : x),
      derivative: x => (x <= threshold ? 0 : 1),
      passes: x => x > threshold,
      isOpen: x => !(x <= threshold),
      isMonotone: value <= threshold,
    }),
    samples: [
      { threshold: 0.1, value: 20.3 },
      { threshold: 0.1, value: 0.05 },
      { threshold: 0.1, value: -Infinity },
    ],
    vectors: [
      { threshold: 0.1, value: 20 },
      { threshold: -1, value: -3.5 },
      { threshold: 0, value: 0 },
      { threshold: -Infinity, value: 1.5 },
      { threshold: Infinity, value: -2 },
      { threshold: 0.3, value: -Infinity },
    ],
    hard: ({ threshold, value }) => around(...[threshold, value].filter(Number.isFinite), 0),
  }),
  step: activation({
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: () => ({
      value: x => (x > 0 ? 1 : x <= 0 ? 0 : x),
      derivative: () => 0,
      isMonotone: true,
      range: [0, 1],
    }),
  }),
  clamp: activation({
    parameters: {
      minValue: number(-Infinity, [-3, 0], ANY_OR_INFINITE),
      maxValue: number(Infinity, [0, 3], ANY_OR_INFINITE),
    },
    together: ({ minValue, maxValue }) => minValue <= maxValue,
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: ({ minValue, maxValue }) => {
      const isOpen = (x: number): boolean => x >= minValue && x <= maxValue
      const derivative = (x: number): number => (isOpen(x) ? 1 : 0)
      return {
        value: x => (x < minValue ? minValue : x > maxValue ? maxValue : x),
        derivative,
        passes: isOpen,
        isOpen,
        // A y at a bound may come from any x beyond it, and none is beyond both infinities.
        ...(minValue === -Infinity && maxValue === Infinity && { fromY: derivative }),
        isMonotone: true,
        isOdd: minValue === -maxValue,
        range: [minValue, maxValue],
      }
    },
    samples: [{ minValue: -1.3, maxValue: 2 }, { minValue: 0 }, {}],
    vectors: [
      { minValue: -1, maxValue: 1 },
      { minValue: 0, maxValue: 6 },
      { minValue: -0.3, maxValue: Infinity },
      { minValue: -Infinity, maxValue: 2.5 },
      { minValue: -Infinity, maxValue: Infinity },
      { minValue: 0.7, maxValue: 0.7 },
    ],
    hard: ({ minValue, maxValue }) => around(...[minValue, maxValue].filter(Number.isFinite), 0),
  }),
  hardTanh: activation({
    parameters: {
      minValue: number(-1, [-3, 0], ANY_OR_INFINITE),
      maxValue: number(1, [0, 3], ANY_OR_INFINITE),
    },
    together: ({ minValue, maxValue }) => minValue <= maxValue,
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: ({ minValue, maxValue }) => clampShutAtBounds(minValue, maxValue),
    samples: [{}, { minValue: 0, maxValue: Infinity }],
    vectors: [
      { minValue: -1, maxValue: 1 },
      { minValue: -2.5, maxValue: 0.75 },
      { minValue: -Infinity, maxValue: 0.5 },
      { minValue: -Infinity, maxValue: Infinity },
    ],
    hard: ({ minValue, maxValue }) => around(...[minValue, maxValue].filter(Number.isFinite), 0),
  }),
  hardShrink: activation({
    parameters: { lambda: number(0.5, [0.01, 1], [0, Infinity]) },
    accuracy: 'exact',
    zeroWhereShut: true,
    formula: ({ lambda }) => ({
      value: x => (Math.abs(x) <= lambda ? 0 : x),
      derivative: x => (Math.abs(x) > lambda ? 1 : 0),
      passes: x => Math.abs(x) > lambda,
      isOpen: x => Math.abs(x) > lambda,
      isMonotone: true,
      isOdd: true,
    }),
    vectors: [0.5, 0, 1.25, Infinity].map(lambda => ({ lambda })),
    hard: shrinkPlaces,
  }),
  softShrink: activation({
    parameters: { lambda: number(0.5, [0.01, 1], [0, 0], [2 ** -126, Infinity]) },
    accuracy: 'rounded',
    zeroWhereShut: true,
    // A difference in float64 has more than twice the digits, so that rounding it again is rounding once.
    formula: ({ lambda }) => ({
      value: x => (Math.abs(x) <= lambda ? 0 : x - Math.sign(x) * lambda),
      derivative: x => (Math.abs(x) > lambda ? 1 : 0),
      isOpen: x => Math.abs(x) > lambda,
      isMonotone: true,
      isOdd: true,
    }),
    vectors: [0.5, 0.01, 3, Infinity].map(lambda => ({ lambda })),
    hard: shrinkPlaces,
  }),
}
