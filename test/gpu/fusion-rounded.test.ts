import { describe, expect, test } from 'vitest'
import { createKernels, gelu, leakyRelu, relu, swiglu } from '../../src/index.ts'
import { expectSameBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { ordinary } from '../support/pairs.ts'

// Biases and their gradients over ordinary numbers, whose sums are rounded.

const device = await testDevice()

test('a bias of ordinary numbers is added in float32, and rounded before the activation', async () => {
  const [length, columns] = [1003, 17]
  const [x, bias, dy] = [ordinary(length, 1), ordinary(columns, 2), ordinary(length, 3)]
  const sum = x.map((value, i) => value + bias[i % columns]!)
  const kernels = createKernels(device)
  for (const activation of [gelu(), leakyRelu()]) {
    await inScopes(device, async use => {
      const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
      const [fused, unfused, fusedGradient, unfusedGradient] = [1, 2, 3, 4].map(() => tensor(new Float32Array(length)))
      const [given, added, biased, upstream] = [x, sum, bias, dy].map(tensor)
      submit(device, pass => {
        kernels.forward(pass, activation, { x: given!.binding, bias: biased!.binding, y: fused!.binding })
        kernels.forward(pass, activation, { x: added!.binding, y: unfused!.binding })
        const gradients = { dy: upstream!.binding, dx: fusedGradient!.binding }
        kernels.backward(pass, activation, { x: given!.binding, bias: biased!.binding, ...gradients })
        kernels.backward(pass, activation, { x: added!.binding, dy: upstream!.binding, dx: unfusedGradient!.binding })
      })
      expectSameBits(await fused!.read(), await unfused!.read(), { sum })
      expectSameBits(await fusedGradient!.read(), await unfusedGradient!.read(), { sum, dy })
    })
  }
})

test('the pair of a smooth function takes biases as sums', async () => {
  const [length, columns] = [500, 20]
  const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
  const [gateBias, upBias] = [ordinary(columns, 4), ordinary(columns, 5)]
  const sum = (numbers: Float32Array, bias: Float32Array): Float32Array =>
    numbers.map((value, i) => value + bias[i % columns]!)
  const kernels = createKernels(device)
  await inScopes(device, async use => {
    const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
    const bind = (arrays: Record<string, Float32Array>): Record<string, GPUBufferBinding> =>
      Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor(array).binding]))
    const results = [1, 2].map(() => ({
      dGate: tensor(new Float32Array(length)),
      dUp: tensor(new Float32Array(length)),
    }))
    const upstream = tensor(dy).binding
    submit(device, pass => {
      for (const [i, given] of [
        bind({ gate, up, gateBias, upBias }),
        bind({ gate: sum(gate, gateBias), up: sum(up, upBias) }),
      ].entries()) {
        const { dGate, dUp } = results[i]!
        kernels.backward(pass, swiglu(), { ...given, dy: upstream, dGate: dGate.binding, dUp: dUp.binding } as never)
      }
    })
    for (const name of ['dGate', 'dUp'] as const)
      expectSameBits(await results[0]![name].read(), await results[1]![name].read())
  })
})

describe('sums of columns', () => {
  /** dbias of relu where every gate is open, so that dx is dy. */
  async function sumsOf(dy: Float32Array, columns: number, accumulate = false): Promise<Float32Array> {
    const kernels = createKernels(device)
    return inScopes(device, async use => {
      const [x, upstream] = [dy.map(() => 1), dy].map(array => use(new GuardedBuffer(device, array)))
      const dx = use(new GuardedBuffer(device, new Float32Array(dy.length)))
      const dbias = use(new GuardedBuffer(device, new Float32Array(columns)))
      const bindings = { x: x!.binding, dy: upstream!.binding, dx: dx.binding, dbias: dbias.binding, accumulate }
      submit(device, pass => kernels.backward(pass, relu(), bindings))
      return dbias.read()
    })
  }

  test.each([
    [1_000_001, 1],
    [1_000_000, 3],
    [1_048_576, 1024],
    [300_000, 77_777],
  ])('of %i elements in %i columns are off by little, the same every time', async (length, columns) => {
    const dy = ordinary(length, 7).map((value, i) => value * 2 ** ((i % 40) - 20))
    const sums = await sumsOf(dy, columns)
    const truth = new Float64Array(columns)
    const magnitude = new Float64Array(columns)
    for (const [i, value] of dy.entries()) {
      truth[i % columns]! += value
      magnitude[i % columns]! += Math.abs(value)
    }
    // As few roundings of 2^-24 as a tree of 1,000,000 numbers that adds up 32 at a time can have: docs/kernels.md says 200.
    const worst = sums.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i]!) / magnitude[i]!), 0)
    expect(worst).toBeLessThan(200 * 2 ** -24)
    expectSameBits(await sumsOf(dy, columns), sums)
  })

  test('keep NaN and Infinity in their columns', async () => {
    const dy = new Float32Array(1000).fill(1)
    dy[7] = NaN
    dy[18] = Infinity
    const sums = await sumsOf(dy, 10)
    expect([...sums]).toEqual([100, 100, 100, 100, 100, 100, 100, NaN, Infinity, 100])
  })
})
