import { describe, expect, test } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import {
  celu,
  createKernels,
  elu,
  hardShrink,
  hardTanh,
  leakyRelu,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  softplus,
  softShrink,
  tanh,
  threshold,
} from '../../src/index.ts'
import { backwardFault } from '../support/contract.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'

// Gradients from a mask, and from y: without x.

const device = await testDevice()
const kernels = createKernels(device)

const special = [0, 1, 0x007fffff, 0x00800000, 0x3f800000, 0x40c00000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc12345]
const bits = special.flatMap(word => [word, (word | 0x80000000) >>> 0])
/** Each of the special ones with each, then what looks random, then ordinary numbers: 4,095, so that a tail is left. */
const x = fromBits([
  ...bits.flatMap(word => bits.map(() => word)),
  ...toBits(scrambledBits(1695, 1)),
  ...toBits(Float32Array.from({ length: 2000 }, (_, i) => (i - 1000) / 64 + 1e-5)),
])
const dy = fromBits([...bits.flatMap(() => bits), ...toBits(scrambledBits(3695, 2))])

/** y, the mask where there is one, and dx by way of x, y and mask. */
async function gradientsOf(activation: Activation, from: 'y' | 'mask') {
  return inScopes(device, async use => {
    const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
    const [given, upstream, y, plain, other] = [x, dy, x, dy, dy].map(tensor)
    const mask = tensor(new Float32Array(Math.ceil(x.length / 32)).fill(NaN))
    submit(device, pass => {
      const masked = from === 'mask' ? { mask: mask.binding } : {}
      kernels.forward(pass, activation, { x: given!.binding, y: y!.binding, ...masked })
      kernels.backward(pass, activation, { x: given!.binding, dy: upstream!.binding, dx: plain!.binding })
      const source = from === 'mask' ? masked : { y: y!.binding }
      kernels.backward(pass, activation, { ...source, dy: upstream!.binding, dx: other!.binding } as never)
    })
    const [outputs, plainGradient, gradient] = await Promise.all([y!, plain!, other!].map(buffer => buffer.read()))
    return { y: outputs!, plain: plainGradient!, dx: gradient!, mask: toBits(await mask.read()) }
  })
}

const channels = prelu({ alpha: Float32Array.of(0.25, 0, 3), inner: 5 })
const gates: readonly [Activation, (x: number) => boolean][] = [
  [relu(), at => !(at <= 0)],
  [leakyRelu(), at => at > 0],
  [leakyRelu({ alpha: -0.5 }), at => at > 0],
  [prelu(), at => at > 0],
  [channels, at => at > 0],
  [threshold({ threshold: 0.5, value: -3 }), at => !(at <= 0.5)],
  [threshold({ threshold: -1, value: 5 }), at => !(at <= -1)],
  [relu6(), at => at > 0 && at < 6],
  [hardTanh(), at => at > -1 && at < 1],
  [hardShrink(), at => Math.abs(at) > 0.5],
  [softShrink(), at => Math.abs(at) > 0.5],
]

describe('from a mask', () => {
  test.each(casesHere(gates))(
    '%s: the gates that are open, and the same gradient bit for bit',
    async (activation, isOpen) => {
      const { mask, plain, dx } = await gradientsOf(activation, 'mask')
      const expected = new Uint32Array(mask.length)
      for (const [i, at] of x.entries()) if (isOpen(at)) expected[i >>> 5]! |= 1 << (i & 31)
      expect([...mask]).toEqual([...expected])
      expectSameBits(dx, plain, { x, dy })
    },
  )
})

// 1 and 0 are above the threshold, so that whatever is loaded from behind the end has an open gate.
test.each([1, 2, 3, 5, 6, 7])('the bits of a mask behind the end are 0, of %i', async length => {
  await inScopes(device, async use => {
    const [given, output] = [1, 2].map(() => use(new GuardedBuffer(device, new Float32Array(16).fill(1))).binding)
    const mask = use(new GuardedBuffer(device, new Float32Array(1).fill(NaN)))
    const [x, y] = [given, output].map(binding => ({ ...binding!, size: 4 * length }))
    const activation = threshold({ threshold: -1, value: 5 })
    submit(device, pass => kernels.forward(pass, activation, { x: x!, y: y!, mask: mask.binding }))
    expect([...toBits(await mask.read())]).toEqual([2 ** length - 1])
  })
})

describe('from y, the same gradient bit for bit', () => {
  const same = [
    relu(),
    leakyRelu(),
    leakyRelu({ alpha: 0 }),
    leakyRelu({ alpha: -0 }),
    leakyRelu({ alpha: 3 }),
    prelu(),
    channels,
    relu6(),
    hardTanh(),
    hardTanh({ minValue: -0.5, maxValue: 7 }),
  ]
  test.each(casesHere(same).map(activation => [activation]))('%s', async activation => {
    const { y, plain, dx } = await gradientsOf(activation, 'y')
    expectSameBits(dx, plain, { x, y, dy })
  })
})

const SELU_SCALE = 1.0507009873554805
const SELU_LIMIT = SELU_SCALE * 1.6732632423543772

/** The derivative as y tells it, written from the definition of each: of y as it is, rounded as it may be. */
const derivatives: readonly [Activation, (y: number) => number][] = [
  [elu(), y => (y > 0 ? 1 : y + 1)],
  [elu({ alpha: 0.5 }), y => (y > 0 ? 1 : y + 0.5)],
  [elu({ alpha: 0 }), y => (y > 0 ? 1 : 0)],
  [celu({ alpha: 2 }), y => (y > 0 ? 1 : 1 + y / 2)],
  [selu(), y => (y > 0 ? SELU_SCALE : Math.max(0, y + SELU_LIMIT))],
  [sigmoid(), y => y * (1 - y)],
  [tanh(), y => (1 - y) * (1 + y)],
  [softplus(), y => -Math.expm1(-y)],
  [softplus({ beta: 8 }), y => -Math.expm1(-8 * y)],
  // Whose period is furthest from the first of the two numbers that it is a sum of.
  [softplus({ beta: 5 }), y => -Math.expm1(-5 * y)],
]

describe('from y, as exactly as y tells it', () => {
  test.each(casesHere(derivatives))('%s', async (activation, derivative) => {
    const { y, dx } = await gradientsOf(activation, 'y')
    const named = { activation: activation.name, parameters: activation.parameters, gated: false }
    const [yBits, dyBits, dxBits] = [y, dy, dx].map(toBits)
    const faults: string[] = []
    for (let i = 0; i < y.length; i++) {
      const slope = Number.isNaN(y[i]) ? NaN : derivative(y[i]!)
      const fault = backwardFault(named, yBits![i]!, dyBits![i]!, slope, dxBits![i]!)
      if (fault !== undefined) faults.push(`y = ${y[i]}, dy = ${dy[i]}: ${dx[i]}: ${fault}`)
    }
    expect(faults.slice(0, 8)).toEqual([])
  })
})
