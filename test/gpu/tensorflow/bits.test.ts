import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  clamp,
  type Activation,
  createDispatcher,
  type Dispatcher,
  elu,
  geglu,
  gelu,
  glu,
  type GluActivation,
  hardSigmoid,
  hardSwish,
  hardTanh,
  leakyRelu,
  mish,
  prelu,
  reglu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softsign,
  swiglu,
  tanh,
} from '../../../src/index.ts'
import { applyActivation } from '../../../src/tensorflow.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../../support/float32.ts'
import { testDevice } from '../../support/gpu.ts'
import { openTensorFlow, readTensor, withActivations } from '../../support/tensorflow.ts'

// Under TensorFlow.js the bits are those of the library's kernels on the same device, and in the relu family those of the
// CPU: NaN with its payload, infinities, both zeros, subnormals and limits, each against each, then random words.

// prettier-ignore
const magnitudes = [
  0, 1, 2, 5, 0x007fffff, 0x00800000, 0x00800001, 0x01000000, 0x2b800000, 0x33800000, 0x3effffff, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x40400000, 0x40a00000, 0x40bfffff, 0x40c00000, 0x40c00001, 0x42b00000, 0x7effffff, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000, 0x7fc00000, 0x7fc12345, 0x7fffffff,
]
const special = magnitudes.flatMap(word => [word, (word | 0x80000000) >>> 0])
// No multiple of 4, and a multiple, which has programs of its own.
const LENGTHS = [4099, 4096]
const IN_BOTH = ['relu', 'leakyRelu', 'gelu', 'swiglu']
const lengthsFor = ({ name }: Activation | GluActivation): number[] => LENGTHS.slice(0, IN_BOTH.includes(name) ? 2 : 1)

function operands(length: number): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const at = (seed: number, place: (i: number) => number): Float32Array<ArrayBuffer> =>
    fromBits(
      Array.from(toBits(scrambledBits(length, seed)), (word, i) =>
        i < special.length ** 2 ? special[place(i)]! : word,
      ),
    )
  return [at(1, i => i % special.length), at(2, i => Math.floor(i / special.length))]
}

const oneNaN = (values: Float32Array): Float32Array => values.map(value => (Number.isNaN(value) ? NaN : value))

let gpu: Dispatcher
let cpu: Dispatcher

beforeAll(async () => {
  await openTensorFlow()
  gpu = await createDispatcher({
    processor: 'webgpu',
    device: await testDevice(),
    crossCheck: 'off',
    selfTest: false,
  })
  cpu = await createDispatcher({ processor: 'cpu' })
  return () => {
    gpu.destroy()
    cpu.destroy()
  }
})

type Operation = (x: tf.Tensor) => tf.Tensor

const unary: readonly [Activation, Operation, saved: 'x' | 'y'][] = [
  [relu(), tf.relu, 'x'],
  [relu6(), tf.relu6, 'x'],
  [leakyRelu({ alpha: 0.2 }), x => tf.leakyRelu(x, 0.2), 'x'],
  [leakyRelu({ alpha: -1e-40 }), x => tf.leakyRelu(x, -1e-40), 'x'],
  [leakyRelu({ alpha: 0 }), x => tf.leakyRelu(x, 0), 'x'],
  [elu(), tf.elu, 'y'],
  [selu(), tf.selu, 'x'],
  [sigmoid(), tf.sigmoid, 'y'],
  [tanh(), tf.tanh, 'y'],
  [softplus(), tf.softplus, 'x'],
  ...[
    gelu(),
    gelu({ approximate: 'tanh' }),
    silu(),
    mish(),
    hardSwish(),
    softsign(),
    hardTanh(),
    clamp({ minValue: -1.3 }),
    // Those with no parameters after others.
    hardSigmoid({ alpha: 0.2 }),
    hardSigmoid(),
  ].map((activation): [Activation, Operation, 'x'] => [activation, x => applyActivation(tf, activation, x), 'x']),
]
const EXACT = ['relu', 'relu6', 'leakyRelu', 'clamp', 'hardTanh']

test.each(unary.map(([activation, operation, saved]) => ({ call: String(activation), activation, operation, saved })))(
  '$call and its gradient',
  async ({ activation, operation, saved }) => {
    withActivations()
    for (const length of lengthsFor(activation)) {
      const [x, dy] = operands(length)
      const { value, grad } = tf.valueAndGrad(operation)(tf.tensor1d(x), tf.tensor1d(dy))
      const [y, dx] = [await readTensor(value), await readTensor(grad)]
      const from = saved === 'y' ? { y } : x
      const dispatcher = EXACT.includes(activation.name) ? cpu : gpu
      expectSameBits(y, await dispatcher.forward(activation, x), { x })
      expectSameBits(dx, await dispatcher.backward(activation, from, dy), { x, dy })
    }
  },
)

test.each(
  [glu(), reglu(), geglu(), geglu({ approximate: 'tanh' }), geglu({ approximate: 'sigmoid' }), swiglu()].map(pair => ({
    call: String(pair),
    pair,
  })),
)('$call and its gradients', async ({ pair }: { pair: GluActivation }) => {
  withActivations()
  for (const length of lengthsFor(pair)) {
    const [gate, up] = operands(length)
    const dy = scrambledBits(length, 3)
    const f = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => applyActivation(tf, pair, a, b)
    const inputs = [tf.tensor1d(gate), tf.tensor1d(up)]
    const { value, grads } = tf.valueAndGrads(f)(inputs, tf.tensor1d(dy))
    const expected = await gpu.backward(pair, gate, up, dy)
    expectSameBits(oneNaN(await readTensor(value)), oneNaN(await gpu.forward(pair, gate, up)), { gate, up })
    expectSameBits(oneNaN(await readTensor(grads[0]!)), oneNaN(expected.dGate), { gate, up, dy })
    expectSameBits(oneNaN(await readTensor(grads[1]!)), oneNaN(expected.dUp), { gate, dy })
  }
})

describe('prelu', () => {
  const hard = [0.25, -0, 1e-40, 1e10, -3, 0, 2 ** -126, 1e-10, 1]
  const slopes = (count: number): number[] => Array.from({ length: count }, (_, i) => hard[i] ?? Math.sin(i) / 4)

  // The shape of x, that of the slopes, and how many elements in a row have one slope.
  test.each([
    { shape: [4099], of: [1], inner: 1 },
    { shape: [61, 67], of: [1, 1], inner: 1 },
    { shape: [61, 67], of: [67], inner: 1 },
    { shape: [61, 67], of: [61, 1], inner: 67 },
    { shape: [16, 16, 16], of: [16], inner: 1 },
    { shape: [3, 7, 5, 12], of: [7, 1, 1], inner: 60 },
    { shape: [3, 7, 5, 11], of: [5, 1], inner: 11 },
    { shape: [4, 8, 128], of: [8, 128], inner: 1 },
    { shape: [4, 3, 1, 8], of: [3, 1, 8], inner: 1 },
  ])('x of $shape, slopes of $of', async ({ shape, of, inner }) => {
    withActivations()
    const [x, dy] = operands(shape.reduce((product, length) => product * length, 1))
    const alpha = slopes(of.reduce((product, length) => product * length, 1))
    const inputs = [tf.tensor(x, shape), tf.tensor(alpha, of)]
    const { value, grads } = tf.valueAndGrads((a, b) => tf.prelu(a, b))(inputs, tf.tensor(dy, shape))
    const activation = prelu({ alpha, inner })
    expectSameBits(await readTensor(value), await cpu.forward(activation, x), { x })
    expectSameBits(await readTensor(grads[0]!), await cpu.backward(activation, x, dy), { x, dy })
  })

  test('of slopes for every second of the dimensions', async () => {
    withActivations()
    const [x, dy] = operands(6 * 5 * 4 * 3)
    const alpha = slopes(6 * 4)
    const inputs = [tf.tensor(x, [6, 5, 4, 3]), tf.tensor(alpha, [6, 1, 4, 1])]
    const { value, grads } = tf.valueAndGrads((a, b) => tf.prelu(a, b))(inputs, tf.tensor(dy, [6, 5, 4, 3]))
    const spread = Array.from(x, (_, i) => alpha[Math.floor(i / 60) * 4 + (Math.floor(i / 3) % 4)]!)
    const activation = prelu({ alpha: spread })
    expectSameBits(await readTensor(value), await cpu.forward(activation, x), { x })
    expectSameBits(await readTensor(grads[0]!), await cpu.backward(activation, x, dy), { x, dy })
  })

  test('of slopes that are not finite is the product', async () => {
    withActivations()
    const x = Float32Array.of(-2, 2, -0, NaN, -Infinity, 0, -1, 3)
    for (const alpha of [NaN, Infinity, -Infinity]) {
      const y = await readTensor(tf.prelu(tf.tensor1d(x), tf.tensor1d([alpha])))
      expect([...y]).toEqual([...x].map(value => (value > 0 ? value : alpha * value)))
    }
  })

  test.each([
    { shape: [70_001], of: [1] },
    { shape: [301, 67], of: [67] },
    { shape: [2000, 3], of: [3] },
    { shape: [2, 3, 50, 70], of: [3, 1, 1] },
    { shape: [64, 8, 16], of: [8, 16] },
    { shape: [40, 5, 30, 3], of: [5, 1, 3] },
    { shape: [5, 4], of: [5, 4] },
  ])('the gradient of slopes of $of over $shape', async ({ shape, of }) => {
    withActivations()
    const size = shape.reduce((product, length) => product * length, 1)
    const [x, dy] = [3, 7].map(step => Float32Array.from({ length: size }, (_, i) => Math.sin(step * i + 0.1)))
    const gradient = tf.grad((alpha: tf.Tensor) => tf.prelu(tf.tensor(x!, shape), alpha))
    const alpha = tf.fill(of, 0.25)
    const sums = await readTensor(gradient(alpha, tf.tensor(dy!, shape)))
    // Again, to the bit.
    expectSameBits(await readTensor(gradient(alpha, tf.tensor(dy!, shape))), sums)
    const [truth, sizes] = sumsOf(x!, dy!, shape, of)
    expect(sums.length).toBe(truth.length)
    const errors = [...sums].map((sum, i) => Math.abs(sum - truth[i]!) / (sizes[i]! * 2 ** -24))
    expect(Math.max(...errors)).toBeLessThan(18)
  })

  /** The sums of x * dy where x is not positive, and those of the magnitudes. */
  function sumsOf(x: Float32Array, dy: Float32Array, shape: number[], of: number[]): [number[], number[]] {
    const aligned = [...shape.slice(of.length).map(() => 1), ...of]
    const count = of.reduce((product, length) => product * length, 1)
    const [sums, sizes] = [Array<number>(count).fill(0), Array<number>(count).fill(2 ** -100)]
    for (const [i, value] of x.entries()) {
      let [left, slope, stride] = [i, 0, 1]
      for (const [d, length] of [...shape.entries()].toReversed()) {
        slope += aligned[d] === 1 ? 0 : (left % length) * stride
        stride *= aligned[d]!
        left = Math.floor(left / length)
      }
      if (value > 0) continue
      sums[slope]! += value * dy[i]!
      sizes[slope]! += Math.abs(value * dy[i]!)
    }
    return [sums, sizes]
  }
})
