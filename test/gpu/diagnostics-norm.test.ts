import { describe, expect, test } from 'vitest'
import { createDiagnostics } from '../../src/diagnostics.ts'
import type { HalfFormat } from '../../src/support/formats.ts'
import { counting } from '../support/counting.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, fromBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'
import { ordinary } from '../support/pairs.ts'

const device = await testDevice()
const diagnostics = createDiagnostics(device)

const EXACT = 2 ** -20

/** The norm in float64, with a scale. */
function normOf(tensors: readonly Float32Array[]): number {
  const largest = tensors.reduce((most, tensor) => tensor.reduce((m, x) => Math.max(m, Math.abs(x)), most), 0)
  if (largest === 0 || !Number.isFinite(largest)) return largest
  let sum = 0
  for (const tensor of tensors) for (const x of tensor) sum += (x / largest) ** 2
  return largest * Math.sqrt(sum)
}

interface Clipped {
  readonly norm: number
  readonly gradients: Float32Array[]
}

/** Records a norm, or the clipping by it, over tensors at these offsets. */
async function run(
  tensors: readonly Float32Array[],
  maxNorm?: number,
  format: 'f32' | HalfFormat = 'f32',
  on = device,
  offsets: readonly number[] = [],
): Promise<Clipped> {
  const { gradientNorm, clipByGlobalNorm } = on === device ? diagnostics : createDiagnostics(on)
  return inScopes(on, async use => {
    const buffers = tensors.map((tensor, i) => use(new GuardedBuffer(on, tensor, offsets[i] ?? 256)))
    const result = use(new GuardedBuffer(on, Float32Array.of(12345), 260))
    const bindings = buffers.map(({ binding }) => binding)
    const options = { norm: result.binding, format }
    submit(on, pass =>
      maxNorm === undefined
        ? gradientNorm(pass, bindings, options)
        : clipByGlobalNorm(pass, bindings, maxNorm, options),
    )
    const [norm] = await result.read()
    return { norm: norm!, gradients: await Promise.all(buffers.map(buffer => buffer.read())) }
  })
}

const filled = (length: number, value: number): Float32Array => new Float32Array(length).fill(value)
const random = (length: number, seed: number, factor = 1): Float32Array => ordinary(length, seed).map(x => x * factor)

describe('the norm', () => {
  const cases: readonly (readonly [string, readonly Float32Array[]])[] = [
    ['one element', [Float32Array.of(-3)]],
    ['two', [Float32Array.of(3, 4)]],
    ['lengths around a vector', [1, 2, 3, 4, 5, 7, 8, 9].map(length => random(length, length))],
    ['lengths around a slice', [65_535, 65_536, 65_537].map(length => random(length, length))],
    ['several slices', [random(300_007, 1)]],
    ['zeros', [filled(1000, 0), filled(3, -0)]],
    ['the smallest number', [fromBits([1])]],
    ['subnormals', [fromBits(Array.from({ length: 5000 }, (_, i) => i + 1))]],
    ['the largest', [filled(1, 3.4e38)]],
    ['squares that overflow', [filled(1000, 1e37)]],
    ['squares that underflow', [random(70_001, 3, 1e-30)]],
    ['from tiny to large', [random(3000, 4, 1e-38), random(3000, 5, 1e-20), random(3000, 6, 1e-9)]],
    ['tiny beside large', [random(3000, 4, 1e-38), random(3000, 5, 1e25)]],
    ['all orders in one', [Float32Array.from({ length: 2000 }, (_, i) => 2 ** (((i * 37) % 270) - 145))]],
    ['nothing, and something', [new Float32Array(0), Float32Array.of(2)]],
  ]
  test.each(cases)('%s', async (_, tensors) => {
    const expected = normOf(tensors)
    const { norm, gradients } = await run(tensors)
    const smallest = 2 ** -150
    expect(Math.abs(norm - expected)).toBeLessThanOrEqual(Math.max(expected * EXACT, smallest))
    for (const [i, gradient] of gradients.entries()) expectSameBits(gradient, tensors[i]!)
  })

  test('of no tensors is 0', async () => {
    expect((await run([])).norm).toBe(0)
  })

  test('Infinity of an infinity, and of what float32 does not hold', async () => {
    expect((await run([Float32Array.of(1, -Infinity, 1e-40)])).norm).toBe(Infinity)
    expect((await run([filled(100, 3e38)])).norm).toBe(Infinity)
  })

  test('NaN of a NaN, whatever its bits', async () => {
    for (const bits of [0x7f800001, 0xffc00000, 0x7fffffff]) {
      const x = random(5000, 1)
      x[4321] = Infinity
      toBits(x)[1234] = bits
      expect((await run([x, Float32Array.of(1)])).norm).toBeNaN()
    }
  })

  test('a long sum of one sign stays within the bound', async () => {
    const x = new Float32Array(2 ** 22 + 3).fill(1 + 2 ** -12)
    expect(Math.abs((await run([x])).norm / normOf([x]) - 1)).toBeLessThan(2 ** -23)
  })

  test('16 bits: a number of elements that is odd, and offsets', async () => {
    const words = (format: HalfFormat): Uint16Array<ArrayBuffer> =>
      Uint16Array.from({ length: 5002 }, (_, i) =>
        i === 5001 ? 0x7fff : (format === 'f16' ? 0x3c00 : 0x3f80) + (i % 7),
      )
    for (const format of ['f16', 'bf16'] as const) {
      const given = words(format)
      const epsilon = format === 'f16' ? 2 ** -10 : 2 ** -7
      const sum = Array.from({ length: 5001 }, (_, i) => (1 + (i % 7) * epsilon) ** 2).reduce((a, b) => a + b)
      await inScopes(device, async use => {
        const x = use(new GuardedBuffer(device, new Float32Array(given.buffer), 260))
        const norm = use(new GuardedBuffer(device, Float32Array.of(1)))
        const binding = { ...x.binding, size: 10_002 }
        submit(device, pass => diagnostics.gradientNorm(pass, [binding], { norm: norm.binding, format }))
        expect(Math.abs((await norm.read())[0]! / Math.sqrt(sum) - 1)).toBeLessThan(EXACT)
      })
    }
  })
})

describe('clipping', () => {
  /** PyTorch's formula in float64. */
  const coefficientOf = (norm: number, maxNorm: number): number => Math.min(1, maxNorm / (norm + 1e-6))

  test.each(casesHere([5, 0.1, 1e-3, 0, 1e30]))('to %d', async maxNorm => {
    const tensors = [random(5, 1), random(70_003, 2, 1e-3), random(0, 3), random(1024, 4)]
    const expected = normOf(tensors)
    const coefficient = coefficientOf(expected, maxNorm)
    const { norm, gradients } = await run(tensors, maxNorm, 'f32', device, [256, 260, 512, 264])
    expect(Math.abs(norm / expected - 1)).toBeLessThan(EXACT)
    for (const [t, gradient] of gradients.entries()) {
      if (coefficient === 1) expectSameBits(gradient, tensors[t]!)
      const isOff = (x: number, i: number): boolean => {
        const truth = tensors[t]![i]! * coefficient
        return Math.abs(x - truth) > Math.abs(truth) * EXACT + 2 ** -126
      }
      expect([...gradient].findIndex(isOff)).toBe(-1)
    }
  })

  test('within the limit every bit stays', async () => {
    const x = fromBits([1, 0x80000001, 0x80000000, 0x007fffff, 0x3f800000])
    expectSameBits((await run([x], 2)).gradients[0]!, x)
    expectSameBits((await run([x], Infinity)).gradients[0]!, x)
  })

  test('NaN and Infinity, as PyTorch has them', async () => {
    const isNaNs = (tensor: Float32Array): boolean => tensor.every(x => Number.isNaN(x))
    const withNaN = await run([Float32Array.of(1, NaN, 2), Float32Array.of(0)], 5)
    expect(withNaN.norm).toBeNaN()
    expect(withNaN.gradients.every(isNaNs)).toBe(true)
    const withInfinity = await run([Float32Array.of(1, -Infinity, 2), Float32Array.of(-3)], 5)
    expect(withInfinity.norm).toBe(Infinity)
    expect(withInfinity.gradients.map(gradient => [...gradient].map(Math.abs))).toEqual([[0, NaN, 0], [0]])
    expect((await run([Float32Array.of(1, Infinity)], Infinity)).gradients.every(isNaNs)).toBe(true)
  })

  test.each(['f16', 'bf16'] as const)('%s is rounded once', async format => {
    const one = format === 'f16' ? 0x3c00 : 0x3f80
    const words = new Uint16Array(1000).fill(one)
    const { gradients } = await run([new Float32Array(words.buffer)], 1, format)
    // The coefficient is 1 / (sqrt(1000) + 1e-6), 0.0316227756.
    const expected = format === 'f16' ? 0x280c : 0x3d02
    expect([...new Set(new Uint16Array(gradients[0]!.buffer, gradients[0]!.byteOffset, 1000))]).toEqual([expected])
  })

  test('without a binding for the norm', async () => {
    await inScopes(device, async use => {
      const x = use(new GuardedBuffer(device, Float32Array.of(3, 4)))
      submit(device, pass => diagnostics.clipByGlobalNorm(pass, [x.binding], 1))
      const [a, b] = await x.read()
      expect(a).toBeCloseTo(0.6, 6)
      expect(b).toBeCloseTo(0.8, 6)
    })
  })
})

test('tensors longer than a binding, and any number of workgroups: the same norm', async () => {
  const x = random(50_021, 7)
  const own = await ownDevice({ maxStorageBufferBindingSize: 4096 + 4, maxComputeWorkgroupsPerDimension: 3 })
  const { norm, gradients } = await run([x, random(5, 8)], 1, 'f32', own, [260])
  expect(Math.abs(norm / normOf([x, random(5, 8)]) - 1)).toBeLessThan(EXACT)
  expect(normOf(gradients)).toBeCloseTo(1, 5)
})

test('the same bits, run after run and with any number of workgroups', async () => {
  const x = random(1_000_003, 9)
  const { norm } = await run([x])
  expect((await run([x])).norm).toBe(norm)
  for (const most of [1, 3]) {
    const own = await ownDevice({ maxComputeWorkgroupsPerDimension: most })
    Object.defineProperty(own, 'adapterInfo', { value: { isFallbackAdapter: false } })
    expect((await run([x], undefined, 'f32', own)).norm).toBe(norm)
  }
})

test('after the first calls 90 more create nothing', async () => {
  const { device: counted, created } = counting(await ownDevice())
  const { gradientNorm, clipByGlobalNorm } = createDiagnostics(counted)
  const usage = GPUBufferUsage.STORAGE
  const tensors = [4000, 400_000, 40].map(size => ({ buffer: counted.createBuffer({ size, usage }) }))
  const norm = { buffer: counted.createBuffer({ size: 4, usage }) }
  const round = (): void =>
    submit(counted, pass => {
      gradientNorm(pass, tensors, { norm })
      clipByGlobalNorm(pass, tensors, 5)
      clipByGlobalNorm(pass, tensors, 5, { norm })
    })
  await inScopes(counted, async () => {
    // The second round binds the larger of the buffers of partial sums.
    round()
    round()
    created.length = 0
    for (let i = 0; i < 30; i++) round()
    await counted.queue.onSubmittedWorkDone()
  })
  expect(created).toEqual([])
})

describe('bad input', () => {
  const usage = GPUBufferUsage.STORAGE
  const buffer = device.createBuffer({ size: 64, usage })
  const other = device.createBuffer({ size: 64, usage })
  const norm = { buffer: other }
  const call = (work: (pass: GPUComputePassEncoder) => void) => (): void => submit(device, work)
  test.each<readonly [string, (pass: GPUComputePassEncoder) => void, object]>([
    ['no list', pass => diagnostics.gradientNorm(pass, { buffer } as never, { norm }), { code: 'invalid-argument' }],
    ['no binding', pass => diagnostics.gradientNorm(pass, [buffer] as never, { norm }), { code: 'invalid-binding' }],
    ['no norm', pass => diagnostics.gradientNorm(pass, [{ buffer }], {} as never), { code: 'invalid-binding' }],
    ['no options', pass => diagnostics.gradientNorm(pass, [], undefined as never), { code: 'invalid-binding' }],
    [
      'an option of no name',
      pass => diagnostics.gradientNorm(pass, [{ buffer }], { norm, into: norm } as never),
      { code: 'unknown-option' },
    ],
    [
      'integers',
      pass => diagnostics.gradientNorm(pass, [{ buffer }], { norm, format: 'i32' } as never),
      { code: 'invalid-argument' },
    ],
    [
      'an odd offset',
      pass => diagnostics.gradientNorm(pass, [{ buffer, offset: 2 }], { norm }),
      { code: 'invalid-binding', message: expect.stringContaining('gradients[0]') },
    ],
    [
      'no room for the norm',
      pass => diagnostics.gradientNorm(pass, [{ buffer }], { norm: { buffer: other, offset: 64 } }),
      { code: 'invalid-binding' },
    ],
    [
      'the norm within a gradient',
      pass => diagnostics.gradientNorm(pass, [{ buffer }], { norm: { buffer, offset: 8 } }),
      { code: 'invalid-binding' },
    ],
    [
      'a gradient twice',
      pass => diagnostics.clipByGlobalNorm(pass, [{ buffer }, { buffer }], 1),
      { code: 'invalid-binding' },
    ],
    ['a negative limit', pass => diagnostics.clipByGlobalNorm(pass, [{ buffer }], -1), { code: 'invalid-argument' }],
    ['a limit of NaN', pass => diagnostics.clipByGlobalNorm(pass, [{ buffer }], NaN), { code: 'invalid-argument' }],
    ['no pass', () => diagnostics.clipByGlobalNorm({} as never, [{ buffer }], 1), { code: 'invalid-argument' }],
  ])('%s', (_, work, error) => {
    expect(call(work)).toThrow(expect.objectContaining({ ...error, fix: expect.any(String) }))
  })

  test('no device', () => {
    expect(() => createDiagnostics({} as never)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})
