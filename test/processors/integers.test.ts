import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import { clamp, createDispatcher, type Dispatcher, hardTanh, relu, relu6, threshold } from '../../src/index.ts'
import type { Activation } from '../../src/activations/support/activation.ts'
import { scrambledBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'

// int32, exact: every result is one of x, dy, 0, a bound or a value.

const LEAST = -(2 ** 31)
const MOST = 2 ** 31 - 1

interface Sample {
  readonly activation: Activation
  readonly forward: (x: number) => number
  readonly isOpen: (x: number) => boolean
  /** False where y does not determine the gradient. */
  readonly isKnownFromY?: false
}

/** The clamp to these integers, whose gradient passes from `first` to `last`. */
const bounded = (activation: Activation, least: number, most: number, first = least, last = most): Sample => ({
  activation,
  forward: x => Math.min(Math.max(x, least), most),
  isOpen: x => x >= first && x <= last,
})

const clamped = (minValue: number, maxValue: number, least: number, most: number): Sample => {
  const sample = bounded(clamp({ minValue, maxValue }), least, most)
  return minValue === -Infinity && maxValue === Infinity ? sample : { ...sample, isKnownFromY: false }
}

const above = (bound: number, value: number): Sample => ({
  activation: threshold({ threshold: bound, value }),
  forward: x => (x > bound ? x : value),
  isOpen: x => x > bound,
  isKnownFromY: false,
})

const samples: readonly Sample[] = [
  bounded(relu(), 0, MOST, 1),
  bounded(relu6(), 0, 6, 1, 5),
  clamped(-2, 3, -2, 3),
  // Bounds between integers: the integers inside.
  clamped(-2.5, 3.5, -2, 3),
  clamped(-0.5, 0.5, 0, 0),
  clamped(-Infinity, Infinity, LEAST, MOST),
  clamped(-Infinity, 16777217, LEAST, 16777216),
  clamped(16777215, Infinity, 16777215, MOST),
  // Bounds at the ends of int32 and beyond them.
  clamped(LEAST, LEAST, LEAST, LEAST),
  clamped(-3e38, 2147483520, LEAST, 2147483520),
  clamped(LEAST, 2 ** 31, LEAST, MOST),
  bounded(hardTanh(), -1, 1, 0, 0),
  bounded(hardTanh({ minValue: 0, maxValue: Infinity }), 0, MOST, 1),
  bounded(hardTanh({ minValue: -Infinity, maxValue: -4 }), LEAST, -4, LEAST, -5),
  bounded(hardTanh({ minValue: 5, maxValue: 5 }), 5, 5, 1, 0),
  { ...bounded(hardTanh({ minValue: -Infinity, maxValue: LEAST }), LEAST, LEAST, 1, 0), isKnownFromY: false },
  { ...bounded(hardTanh({ minValue: LEAST, maxValue: 2 ** 31 }), LEAST, MOST, LEAST + 1), isKnownFromY: false },
  { ...bounded(hardTanh({ minValue: -1.7, maxValue: 3.2 }), -1, 3, 0, 2), isKnownFromY: false },
  above(0, 99),
  above(-1.5, -(2 ** 31)),
  above(-Infinity, 7),
  above(Infinity, -7),
  above(2147483520, 16777217 - 1),
  above(-3e38, 0),
]

const ends = [LEAST, LEAST + 1, LEAST + 2, -16777217, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]
const special = [16777214, 16777215, 16777216, 16777217, 2147483519, 2147483520, 2147483521, MOST - 1, MOST, 0x7f800001]
const scrambled = new Int32Array(scrambledBits(1009, 3).buffer)
const x = Int32Array.of(...ends, ...special, ...scrambled)
const dy = Int32Array.of(...scrambled.toReversed(), ...special, ...ends)

const named = samples.map(sample => ({ call: String(sample.activation), ...sample }))

const made: Readonly<Record<string, () => Promise<Dispatcher>>> =
  inject('lane') === 'cpu'
    ? {
        CPU: () => createDispatcher({ processor: 'cpu' }),
        'CPU without WebAssembly': () => createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' }),
      }
    : {
        WebGPU: async () => createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' }),
      }

describe.each(Object.entries(made))('%s', (_, create) => {
  // One for all, because a program is compiled once for each dispatcher.
  let dispatcher: Dispatcher
  beforeAll(async () => {
    dispatcher = await create()
  })
  afterAll(() => dispatcher.destroy())

  test.each(casesHere(named))('$call', async ({ activation, forward, isOpen, isKnownFromY }) => {
    const dx = x.map((value, i) => (isOpen(value) ? dy[i]! : 0))
    expect(await dispatcher.backward(activation, x, dy)).toEqual(dx)
    const { y, mask } = await dispatcher.forward(activation, x, { mask: true })
    expect(y).toEqual(x.map(forward))
    expect(await dispatcher.forward(activation, x)).toEqual(y)
    const bits = Array.from(x, (__, i) => (mask[i >>> 5]! >>> (i & 31)) & 1)
    expect(bits).toEqual(Array.from(x, value => Number(isOpen(value))))
    expect(await dispatcher.backward(activation, { mask }, dy)).toEqual(dx)
    const fromY = dispatcher.backward(activation, { y }, dy)
    if (isKnownFromY === false) await expect(fromY).rejects.toThrow(/cannot be told from y/)
    else expect(await fromY).toEqual(dx)
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, cpu: { inJavaScript: [] } })
  })
})

test.each([
  clamp({ minValue: 0.2, maxValue: 0.8 }),
  clamp({ minValue: 2 ** 31 }),
  clamp({ maxValue: -(2 ** 31) - 256 }),
  hardTanh({ minValue: 1.5, maxValue: 1.75 }),
  threshold({ threshold: 0, value: 0.5 }),
  threshold({ threshold: 0, value: -Infinity }),
  threshold({ threshold: 0, value: 2 ** 31 }),
])('%s takes none', async activation => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const fault = { name: 'InputError', code: 'invalid-array', message: expect.stringContaining(String(activation)) }
  await expect(dispatcher.forward(activation, x)).rejects.toMatchObject(fault)
  await expect(dispatcher.backward(activation, x, dy)).rejects.toMatchObject(fault)
  dispatcher.destroy()
})
