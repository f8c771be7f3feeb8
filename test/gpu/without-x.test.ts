import { describe, expect, test } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import { createKernels, threshold } from '../../src/index.ts'
import { boundedSamples, sampleOf, samplesOfAnyLength } from '../activations/samples.ts'
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

const channels = sampleOf('prelu', { alpha: Float32Array.of(0.25, 0, 3), inner: 5 })
const gates = [
  ...samplesOfAnyLength,
  channels,
  sampleOf('leakyRelu', { alpha: -0.5 }),
  sampleOf('threshold', { threshold: 0.5, value: -3 }),
  sampleOf('threshold', { threshold: -1, value: 5 }),
].filter(({ formula }) => formula.isOpen !== undefined)

describe('from a mask', () => {
  test.each(casesHere(gates))(
    '$call: the gates that are open, and the same gradient bit for bit',
    async ({ activation, formula }) => {
      const { mask, plain, dx } = await gradientsOf(activation, 'mask')
      const expected = new Uint32Array(mask.length)
      for (const [i, at] of x.entries()) if (formula.isOpen!(at)) expected[i >>> 5]! |= 1 << (i & 31)
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
    ...samplesOfAnyLength.filter(({ record, formula }) => record.accuracy === 'exact' && formula.fromY !== undefined),
    channels,
    sampleOf('leakyRelu', { alpha: 0 }),
    sampleOf('leakyRelu', { alpha: -0 }),
    sampleOf('leakyRelu', { alpha: 3 }),
    sampleOf('prelu', {}),
    sampleOf('hardTanh', { minValue: -0.5, maxValue: 7 }),
  ]
  test.each(casesHere(same))('$call', async ({ activation }) => {
    const { y, plain, dx } = await gradientsOf(activation, 'y')
    expectSameBits(dx, plain, { x, y, dy })
  })
})

/** y tells the derivative as it is, rounded as it may be. */
const derivatives = [
  ...boundedSamples.filter(({ formula }) => formula.fromY !== undefined),
  sampleOf('elu', { alpha: 0.5 }),
  sampleOf('elu', { alpha: 0 }),
  sampleOf('celu', { alpha: 2 }),
  sampleOf('softplus', { beta: 8 }),
  // Whose period is furthest from the first of the two numbers that it is a sum of.
  sampleOf('softplus', { beta: 5 }),
]

describe('from y, as exactly as y tells it', () => {
  test.each(casesHere(derivatives))('$call', async ({ activation, formula, named }) => {
    const { y, dx } = await gradientsOf(activation, 'y')
    const [yBits, dyBits, dxBits] = [y, dy, dx].map(toBits)
    const faults: string[] = []
    for (let i = 0; i < y.length; i++) {
      const slope = formula.fromY!(y[i]!, i)
      const fault = backwardFault(named, yBits![i]!, dyBits![i]!, slope, dxBits![i]!)
      if (fault !== undefined) faults.push(`y = ${y[i]}, dy = ${dy[i]}: ${dx[i]}: ${fault}`)
    }
    expect(faults.slice(0, 8)).toEqual([])
  })
})
