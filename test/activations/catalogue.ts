import { normal, normalDensity, sigmoid, sigmoidDerivative, softplus, tanh, tanhDerivative } from './functions.ts'
import { tanhShrink, timesStep } from './functions.ts'
import { around, between, bothSigns, crossing, leaving, NEAR_ZERO, neighbours, powers } from './hard-places.ts'
import { activation, type ActivationRecord, type Formula, glus, named, number, optional, word } from './record.ts'
import { reluFamily } from './relu-family.ts'

// One record for each activation and each gated linear unit: all that the tests know of it, its definition in float64 among it,
// written from the papers and PyTorch's documentation and not from src. Every test that concerns all activations walks these, and
// test/unit/activations/catalogue.test.ts holds them to the 60-digit vectors and to the library. Those of the relu family are in
// relu-family.ts; record.ts says what a record may have.

/** scale * (x > 0 ? x : alpha * (e^(x / period) - 1)) */
function exponential(scale: number, alpha: number, period: number): Formula {
  const limit = scale * alpha
  return {
    value: x => scale * (x > 0 ? x : alpha * Math.expm1(x / period)),
    derivative: x => scale * (x > 0 ? 1 : (alpha / period) * Math.exp(x / period)),
    ...(scale === 1 && { passes: x => x > 0 }),
    ...(alpha >= 0 &&
      scale > 0 && {
        fromY: y => (y > 0 ? scale : Math.max(0, (y + limit) / period)),
        isMonotone: true,
        range: [Math.fround(-limit), Infinity],
      }),
  }
}

const exponentialPlaces = (scale = 1): number[] =>
  [...between(-18, -0.5, 71), ...leaving([-87.336545, -17.3]), ...NEAR_ZERO].map(x => x * scale)

// The constants of GELU's approximation by tanh; the rate of quickGelu is a float32, like a parameter.
const ROOT = Math.sqrt(2 / Math.PI)
const CUBIC = 0.044715
const RATE = Math.fround(1.702)
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }
const LARGEST = 2 ** 128 - 2 ** 104

const geluByNormal: Formula = { ...timesStep(normal, normalDensity), crossing: -0.751791524693 }
const geluByTanh: Formula = {
  ...timesStep(
    x => sigmoid(2 * ROOT * (x + CUBIC * x ** 3)),
    x => sigmoidDerivative(2 * ROOT * (x + CUBIC * x ** 3)) * 2 * ROOT * (1 + 3 * CUBIC * x * x),
  ),
  crossing: -0.752461422071,
}

const SILU_CROSSING = -1.27846454276107

/** f(rate * x) / rate */
function ofProduct({ value, derivative }: Pick<Formula, 'value' | 'derivative'>, rate: number) {
  return {
    value: (x: number) => value(rate * x, 0) / rate,
    derivative: (x: number) => derivative(rate * x, 0),
  }
}

const hardStep = (x: number): number => (x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6)
const HARD_STEP_PLACES = [-3, 0, 3, -1.5, ...between(-3, -2.9, 20), ...between(-3, 3, 41)]

/** The line of hardSigmoid with options. In float64 a product of two float32 is exact. */
function lineOf(slope = Math.fround(1 / 6), offset = 0.5): { slope: number; offset: number } {
  return { slope, offset }
}

const SPARSE_STEP_PLACES = [-1, 0, 1, ...between(-1, -0.999, 20), ...between(-1.5, 1.5, 41)]
export const activations = named({
  ...reluFamily,
  elu: activation({
    parameters: { alpha: number(1, [0, 4], [-(2 ** 100), 2 ** 100]) },
    accuracy: 'bounded',
    formula: ({ alpha }) => exponential(1, alpha, 1),
    samples: [{}, { alpha: 0.01 }],
    vectors: [{ alpha: 1 }, { alpha: 1.7 }, { alpha: 0.01 }],
    hard: () => exponentialPlaces(),
  }),
  celu: activation({
    parameters: { alpha: number(1, [0.05, 4], [2 ** -100, 2 ** 100]) },
    accuracy: 'bounded',
    formula: ({ alpha }) => exponential(1, alpha, alpha),
    samples: [{ alpha: 0.5 }, { alpha: 0.3 }],
    vectors: [{ alpha: 1 }, { alpha: 0.3 }, { alpha: 7 }],
    hard: ({ alpha }) => exponentialPlaces(alpha),
  }),
  // Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017.
  selu: activation({
    parameters: {
      alpha: number(SELU.alpha, [0, 4], [-(2 ** 50), 2 ** 50]),
      gamma: number(SELU.gamma, [0.5, 2], [-(2 ** 50), -(2 ** -50)], [2 ** -50, 2 ** 50]),
    },
    accuracy: 'bounded',
    formula({ alpha, gamma }) {
      // The constants are meant to all their digits.
      const isConstant = (value: number, constant: number): boolean => value === Math.fround(constant)
      return exponential(
        isConstant(gamma, SELU.gamma) ? SELU.gamma : gamma,
        isConstant(alpha, SELU.alpha) ? SELU.alpha : alpha,
        1,
      )
    },
    samples: [{}, { alpha: 0.3, gamma: 2.7 }],
    vectors: [{}, { alpha: 2, gamma: 3 }, { alpha: 0.3, gamma: 1.0507 }, { alpha: -1.5, gamma: -0.1 }],
    hard: () => exponentialPlaces(),
  }),
  softplus: activation({
    parameters: { beta: number(1, [0.1, 10], [2 ** -24, 2 ** 24]) },
    accuracy: 'bounded',
    formula: ({ beta }) => ({
      value: x => softplus(beta * x) / beta,
      derivative: x => sigmoid(beta * x),
      fromY: y => -Math.expm1(-beta * y),
      isMonotone: true,
      range: [0, Infinity],
    }),
    samples: [{}, { beta: 10 }],
    vectors: [1, 0.1, 0.3388, 7835.541015625, 0.5, 10].map(beta => ({ beta })),
    hard: ({ beta }) =>
      [...leaving([-87.336545, 20, 87.336545]), ...between(-20, 20, 61), ...NEAR_ZERO].map(x => x / beta),
  }),
  squareplus: activation({
    parameters: { b: number(4, [0.1, 8], [0, 0], [2 ** -126, LARGEST]) },
    accuracy: 'bounded',
    formula: ({ b }) => {
      // With b = 0 it is relu, whose derivative at 0 is 0.
      const root = (x: number): number => Math.hypot(x, Math.sqrt(b))
      const below = (x: number): number => (root(x) === 0 ? 0 : b / (2 * root(x) * (root(x) + Math.abs(x))))
      return {
        value: x => (x > 0 ? (x + root(x)) / 2 : root(x) === 0 ? 0 : b / (2 * (root(x) - x))),
        derivative: x => (x > 0 ? 1 - below(x) : below(x)),
        fromY: y => (y === 0 ? 0 : 1 / (1 + b / (4 * y * y))),
        isMonotone: true,
        range: [0, Infinity],
      }
    },
    samples: [{}, { b: 0.37 }, { b: 0 }],
    vectors: [4, 0.37, 0, 2 ** -126, 1e-10, 3e38].map(b => ({ b })),
    // |x| outgrows the square root of b, the result becomes subnormal, and both ends of float32.
    hard: ({ b }) => [
      ...bothSigns([0.99, 1, 1.01, 2 ** -12, 2 ** 12].flatMap(factor => neighbours(factor * Math.sqrt(b)))),
      ...leaving([-b * 2 ** 124, -Math.sqrt(b) * 2 ** 62].filter(place => place > -LARGEST)),
      ...between(-20, 20, 41).map(x => Math.fround((x * Math.sqrt(b)) / 4)),
      ...bothSigns([1.6e38, 1.75e38, 2.5e38]),
      ...NEAR_ZERO,
    ],
  }),
  gelu: activation({
    parameters: { approximate: word('none', 'tanh') },
    accuracy: 'bounded',
    formula: ({ approximate }) => (approximate === 'tanh' ? geluByTanh : geluByNormal),
    samples: [{}, { approximate: 'tanh' }],
    vectors: [{ approximate: 'none' }, { approximate: 'tanh' }],
    hard: ({ approximate }) => [
      ...crossing(approximate === 'tanh' ? geluByTanh.crossing! : geluByNormal.crossing!),
      ...between(-6, 6, 25),
      ...leaving(approximate === 'tanh' ? [-10.100637, -10.235] : [-13.146247, -13.341882], 0.2),
      ...NEAR_ZERO,
    ],
  }),
  quickGelu: activation({
    accuracy: 'bounded',
    formula: () => ({
      ...timesStep(
        x => sigmoid(RATE * x),
        x => RATE * sigmoidDerivative(RATE * x),
      ),
      crossing: -0.75115424576,
    }),
    hard: () => [...crossing(-0.75115424576), ...between(-8, 8, 25), ...leaving([-53.653995, -51.5]), ...NEAR_ZERO],
  }),
  // The definition of silu, with x in units of 1 / beta.
  swish: activation({
    parameters: { beta: number(1, [0.1, 10], [-(2 ** 64), -(2 ** -64)], [0, 0], [2 ** -64, 2 ** 64]) },
    accuracy: 'bounded',
    formula: ({ beta }) => ({
      ...(beta === 0
        ? { value: (x: number) => x / 2, derivative: (x: number) => (Number.isNaN(x) ? NaN : 0.5) }
        : ofProduct(timesStep(sigmoid, sigmoidDerivative), beta)),
      ...(beta !== 0 && { crossing: SILU_CROSSING / beta, reach: Math.abs(1 / (4 * beta)) }),
    }),
    samples: [{}, { beta: 0.3 }, { beta: -10 }, { beta: 0 }],
    vectors: [1, 0.1, 1.702, -2.5, 0, 25, 2 ** -10, 2 ** -64, -(2 ** 64)].map(beta => ({ beta })),
    hard: ({ beta }) =>
      [...crossing(SILU_CROSSING), ...between(-12, 12, 25), ...leaving([-91.856775, -88, -47, -132]), ...NEAR_ZERO]
        .map(x => (beta === 0 ? x : x / beta))
        .filter(x => Math.abs(x) < LARGEST),
  }),
  silu: activation({
    accuracy: 'bounded',
    formula: () => ({ ...timesStep(sigmoid, sigmoidDerivative), crossing: SILU_CROSSING }),
    hard: () => [...crossing(SILU_CROSSING), ...between(-12, 12, 25), ...leaving([-91.856775, -88]), ...NEAR_ZERO],
  }),
  mish: activation({
    accuracy: 'bounded',
    formula: () => ({
      ...timesStep(
        x => tanh(softplus(x)),
        x => tanhDerivative(softplus(x)) * sigmoid(x),
      ),
      crossing: -1.19243121451,
    }),
    hard: () => [
      ...crossing(-1.19243121451),
      ...between(-12, 12, 25),
      ...leaving([-91.856775, -88]),
      ...between(-20, 20, 41),
      ...NEAR_ZERO,
    ],
  }),
  hardSwish: activation({
    accuracy: 'bounded',
    zeroWhereShut: true,
    formula: () => ({
      value: x => (x <= -3 ? 0 : x >= 3 ? x : (x * (x + 3)) / 6),
      derivative: x => (x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5),
      passes: x => x >= 3,
      crossing: -1.5,
    }),
    hard: () => around(...HARD_STEP_PLACES, ...crossing(-1.5)),
  }),
  sigmoid: activation({
    accuracy: 'bounded',
    formula: () => ({
      value: sigmoid,
      derivative: sigmoidDerivative,
      fromY: y => y * (1 - y),
      isMonotone: true,
      range: [0, 1],
    }),
    hard: () => [...leaving([-87.336545, 87.336545]), ...between(-20, 20, 81), ...NEAR_ZERO],
  }),
  hardSigmoid: activation({
    parameters: {
      alpha: optional([0.05, 0.5], [-(2 ** 24), -(2 ** -24)], [2 ** -24, 2 ** 24]),
      beta: optional([0.1, 0.9], [-(2 ** 24), -(2 ** -48)], [0, 0], [2 ** -48, 2 ** 24]),
    },
    accuracy: 'bounded',
    zeroWhereShut: true,
    formula: ({ alpha, beta }) => {
      if (alpha === undefined && beta === undefined) {
        return {
          value: hardStep,
          derivative: x => (Math.abs(x) < 3 ? 1 / 6 : 0),
          isMonotone: true,
          range: [0, 1],
        }
      }
      const { slope, offset } = lineOf(alpha, beta)
      return {
        value: x => Math.min(Math.max(slope * x + offset, 0), 1),
        // The difference is exact where the sum might round to 1.
        derivative: x => (slope * x > -offset && slope * x < 1 - offset ? slope : 0),
        isMonotone: slope > 0,
        range: [0, 1],
      }
    },
    samples: [{}, { alpha: 0.2, beta: 0.5 }, { alpha: -0.3 }],
    vectors: [
      {},
      ...[
        [0.2, 0.5],
        [0.16666667, 0.5],
        [1, 0],
        [1, 1],
        [-0.2, 0.5],
        [-1.7, 0.3],
        [0.3, -0.7],
        [0.7, 1.9],
        [12345.678, -4321.1],
        [2 ** -24, 0.1],
        [2 ** 24, -(2 ** -48)],
      ].map(([alpha, beta]) => ({ alpha, beta })),
    ],
    hard: ({ alpha, beta }) => {
      if (alpha === undefined && beta === undefined) return around(...HARD_STEP_PLACES)
      const { slope, offset } = lineOf(alpha, beta)
      const [zero, one] = [-offset / slope, (1 - offset) / slope]
      // Ever closer to the zero, where the sum loses digits, and the float32 about both ends.
      const nearZero = powers(-22, -2, 2).map(step => zero + step * (zero || 1))
      return around(zero, one, ...between(zero, one, 41), ...nearZero.map(Math.fround))
    },
  }),
  sparsePlus: activation({
    accuracy: 'bounded',
    zeroWhereShut: true,
    formula: () => ({
      value: x => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4),
      derivative: x => (x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
      passes: x => x >= 1,
      isMonotone: true,
      range: [0, Infinity],
    }),
    hard: () => around(...SPARSE_STEP_PLACES),
  }),
  sparseSigmoid: activation({
    accuracy: 'rounded',
    zeroWhereShut: true,
    formula: () => ({
      value: x => (x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2),
      derivative: x => (Math.abs(x) < 1 ? 0.5 : 0),
      isMonotone: true,
      range: [0, 1],
    }),
    hard: () => around(...SPARSE_STEP_PLACES),
  }),
  logSigmoid: activation({
    accuracy: 'bounded',
    formula: () => ({
      value: x => -softplus(-x),
      derivative: x => sigmoid(-x),
      isMonotone: true,
      range: [-Infinity, 0],
    }),
    hard: () => [...leaving([87.336545, -87.336545]), ...between(-20, 20, 81), ...NEAR_ZERO],
  }),
  tanh: activation({
    accuracy: 'bounded',
    formula: () => ({
      value: tanh,
      derivative: tanhDerivative,
      fromY: y => (1 - y) * (1 + y),
      isMonotone: true,
      isOdd: true,
      range: [-1, 1],
    }),
    hard: () => [
      ...leaving([44.36142, -44.36142]),
      ...bothSigns([...between(8, 10, 33), ...between(0.3, 1.2, 37)]),
      ...NEAR_ZERO,
    ],
  }),
  softsign: activation({
    accuracy: 'bounded',
    formula: () => ({
      value: x => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))),
      // The vectors from the design have the derivative at the infinities as that at the largest float32, not the limit 0.
      derivative: x => (1 + Math.min(Math.abs(x), LARGEST)) ** -2,
      isMonotone: true,
      isOdd: true,
      range: [-1, 1],
    }),
    hard: () => [...powers(-30, 127, 3), ...NEAR_ZERO],
  }),
  tanhShrink: activation({
    accuracy: 'bounded',
    formula: () => ({
      value: tanhShrink,
      derivative: x => tanh(x) ** 2,
      isMonotone: true,
      isOdd: true,
    }),
    hard: () => [...bothSigns([...between(0.9, 2.2, 41), ...between(8, 10, 9)]), ...powers(-60, -41), ...NEAR_ZERO],
  }),
})

const geluOrQuick: ActivationRecord = {
  ...activations.gelu,
  parameters: { approximate: word('none', 'tanh', 'sigmoid') },
  formula: values => (values['approximate'] === 'sigmoid' ? activations.quickGelu : activations.gelu).formula(values),
  hard: values => (values['approximate'] === 'sigmoid' ? activations.quickGelu : activations.gelu).hard(values),
  samples: [...activations.gelu.samples, { approximate: 'sigmoid' }],
  vectors: [...activations.gelu.vectors, { approximate: 'sigmoid' }],
}

const { swigluClamped: swishOfRate } = named({
  swigluClamped: activation({
    parameters: {
      alpha: number(1.702, [0.25, 4], [0.25, 65_536]),
      limit: number(7, [0, 20], [0, LARGEST]),
    },
    accuracy: 'bounded',
    formula: ({ alpha }) => ({
      ...timesStep(
        x => sigmoid(alpha * x),
        x => alpha * sigmoidDerivative(alpha * x),
      ),
      crossing: -1.27846454276 / alpha,
    }),
    samples: [{}, { alpha: 0.25, limit: 1.5 }],
    vectors: [
      { alpha: 1.702, limit: 7 },
      { alpha: 1, limit: 0.5 },
      { alpha: 0.25, limit: 1e30 },
      { alpha: 300, limit: 3 },
    ],
    hard: ({ alpha, limit }) => [
      ...crossing(-1.27846454276 / alpha),
      ...bothSigns(neighbours(limit)),
      ...between(-12, 12, 25).map(x => x / alpha),
      ...leaving([-91.856775, -88]).map(x => x / alpha),
      ...NEAR_ZERO,
    ],
  }),
})

/** f(gate) * up, by f; swigluClamped as `GptOssExperts` of Transformers has it. */
export const gatedUnits = glus(
  {
    reglu: activations.relu,
    glu: activations.sigmoid,
    swiglu: activations.silu,
    geglu: geluOrQuick,
    swigluClamped: swishOfRate,
  },
  {
    swigluClamped: ({ limit: given }) => {
      const limit = given as number
      return {
        gate: gate => (gate > limit ? limit : gate),
        factor: up => (up > limit ? limit : up < -limit ? -limit : up) + 1,
        passesGate: gate => gate <= limit,
        passesUp: up => up >= -limit && up <= limit,
      }
    },
  },
)
