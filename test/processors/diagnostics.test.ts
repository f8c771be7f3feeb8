import { describe, expect, inject, test } from 'vitest'
import { activationStatistics, clipByGlobalNorm, deadUnits, gradientNorm } from '../../src/diagnostics.ts'
import { createDispatcher, type Dispatcher, gelu, leakyRelu, prelu, relu } from '../../src/index.ts'
import { fromFloat32, toFloat32 } from '../../src/support/formats.ts'
import { dispatcherWith } from '../support/dispatcher.ts'
import { fromBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { ordinary } from '../support/pairs.ts'
import { expectTensor, leakyTruth, reluTruth } from '../support/statistics.ts'

const hasGpu = inject('lane') !== 'cpu'

/** A dispatcher of this lane's processor that compares everything, and expects to be right. */
async function right(work: (dispatcher: Dispatcher) => Promise<void>, selfTest = false): Promise<void> {
  const device = hasGpu ? await testDevice() : undefined
  const { dispatcher } = await dispatcherWith({
    processor: hasGpu ? 'webgpu' : 'cpu',
    device,
    crossCheck: 'full',
    selfTest,
  })
  await work(dispatcher)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: [], crossChecks: { mismatches: 0 } })
  if (hasGpu) expect(dispatcher.report.crossChecks.runs).toBeGreaterThan(0)
}

const special = fromBits([0x7f800001, 0x7f800000, 0xff800000, 0, 0x80000000, 1, 0x80000001, 0x3f800000])

describe('arrays', () => {
  test('statistics, of a batch and of several', async () => {
    const x = ordinary(40_002, 1)
    x.set(special, 77)
    await right(async dispatcher => {
      expectTensor(await activationStatistics(dispatcher, relu(), x, { units: 3 }), x, reluTruth, 3)
      const batches = [x.subarray(0, 300), x.subarray(300, 300), x.subarray(300)]
      expectTensor(await activationStatistics(dispatcher, leakyRelu(), batches), x, leakyTruth)
      const { count, units } = await activationStatistics(dispatcher, relu(), [])
      expect([count, units.length]).toEqual([0, 1])
    }, true)
  })

  test('in 16 bits', async () => {
    const x = ordinary(5000, 2)
    const words = new Uint16Array(x.length)
    fromFloat32('bf16', x, words)
    await right(async dispatcher => {
      const statistics = await activationStatistics(dispatcher, relu(), words, { format: 'bf16', units: 4 })
      expectTensor(statistics, toFloat32('bf16', words), reluTruth, 4)
      const below = x.map(value => -Math.abs(value) - 1)
      fromFloat32('f16', below, words)
      expect((await deadUnits(dispatcher, relu(), words, { format: 'f16', units: 2 })).dead).toEqual([0, 1])
    })
  })

  test('dead units of smooth functions and of slopes', async () => {
    await right(async dispatcher => {
      const x = Float32Array.from({ length: 20_000 }, (_, i) => (i % 4 === 3 ? -300 - i : -(i % 7)))
      expect(await deadUnits(dispatcher, gelu(), x, { units: 4 })).toEqual({ dead: [3], neverOpen: [3] })
      const slopes = prelu({ alpha: [0, 0.5] })
      expect(await deadUnits(dispatcher, slopes, [x, x], { units: 4 })).toEqual({
        dead: [0, 2],
        neverOpen: [0, 1, 2, 3],
      })
    })
  })

  test('norms, and clipping in place', async () => {
    const gradients = [ordinary(40_003, 3), Float32Array.of(3, -4), new Float32Array(0)]
    const truth = Math.sqrt(gradients.flatMap(gradient => [...gradient]).reduce((sum, x) => sum + x * x, 0))
    const copies = gradients.map(gradient => gradient.slice())
    await right(async dispatcher => {
      expect(Math.abs((await gradientNorm(dispatcher, gradients)) / truth - 1)).toBeLessThan(2 ** -20)
      expect(gradients).toEqual(copies)
      expect(await clipByGlobalNorm(dispatcher, gradients, 2 * truth)).toBe(await gradientNorm(dispatcher, copies))
      expect(gradients).toEqual(copies)
      await clipByGlobalNorm(dispatcher, gradients, 5)
      const coefficient = 5 / (truth + 1e-6)
      for (const [i, gradient] of gradients.entries()) {
        const off = gradient.findIndex((x, j) => Math.abs(x - copies[i]![j]! * coefficient) > Math.abs(x) * 2 ** -20)
        expect(off).toBe(-1)
      }
      expect(await gradientNorm(dispatcher, [])).toBe(0)
      expect(await gradientNorm(dispatcher, [Float32Array.of(1e-40, 2e-40)])).toBeCloseTo(2.2360679e-40, 44)
      expect(await gradientNorm(dispatcher, [Float32Array.of(1), Float32Array.of(-Infinity)])).toBe(Infinity)
      const withNaN = [Float32Array.of(1, NaN), Uint16Array.of(0x3c00)]
      await expect(clipByGlobalNorm(dispatcher, [withNaN[0] as Float32Array], 5)).resolves.toBeNaN()
      expect([...withNaN[0]!]).toEqual([NaN, NaN])
      const half = Uint16Array.of(0x4200, 0x4400)
      expect(await clipByGlobalNorm(dispatcher, [half], 1, { format: 'f16' })).toBe(5)
      // 0.6 and 0.8.
      expect([...half]).toEqual([0x38cd, 0x3a66])
    })
  })

  test('bad input', async () => {
    const dispatcher = await createDispatcher({ processor: 'cpu' })
    const x = new Float32Array(6)
    const calls: readonly (readonly [Promise<unknown>, string])[] = [
      [activationStatistics({} as never, relu(), x), 'invalid-argument'],
      [activationStatistics(dispatcher, 'relu' as never, x), 'invalid-argument'],
      [activationStatistics(dispatcher, relu(), [1, 2] as never), 'invalid-array'],
      [activationStatistics(dispatcher, relu(), x, { units: 4 }), 'length-mismatch'],
      [activationStatistics(dispatcher, relu(), x, { unit: 4 } as never), 'unknown-option'],
      [activationStatistics(dispatcher, relu(), new Uint16Array(6)), 'invalid-argument'],
      [activationStatistics(dispatcher, relu(), new Int32Array(6)), 'invalid-array'],
      [activationStatistics(dispatcher, relu(), x, { signal: 1 as never }), 'invalid-argument'],
      [deadUnits(dispatcher, relu(), x, {} as never), 'invalid-argument'],
      [deadUnits(dispatcher, prelu({ alpha: [1, 2, 3, 4] }), x, { units: 1 }), 'length-mismatch'],
      [gradientNorm(dispatcher, x as never), 'invalid-argument'],
      [clipByGlobalNorm(dispatcher, [x], -1), 'invalid-argument'],
    ]
    for (const [call, code] of calls) {
      // oxlint-disable-next-line no-await-in-loop -- all have begun
      await expect(call).rejects.toMatchObject({ code, fix: expect.any(String) })
    }
    dispatcher.destroy()
    await expect(gradientNorm(dispatcher, [x])).rejects.toMatchObject({ code: 'destroyed' })
  })
})
