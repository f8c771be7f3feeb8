import { describe, expect, test } from 'vitest'
import {
  createDiagnostics,
  type DeadUnits,
  type Diagnostics,
  readDeadUnits,
  readStatistics,
  statisticsBytes,
  type TensorStatistics,
} from '../../src/diagnostics.ts'
import { type Activation, gelu, leakyRelu, prelu, relu, swiglu, tanh, threshold } from '../../src/index.ts'
import type { Format } from '../../src/support/formats.ts'
import { fromFloat32, toFloat32 } from '../../src/support/formats.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { fromBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'
import { ordinary } from '../support/pairs.ts'
import { expectTensor, leakyTruth, reluTruth, type Truth } from '../support/statistics.ts'

const device = await testDevice()
const diagnostics = createDiagnostics(device)

interface Options {
  readonly units?: number
  readonly format?: Exclude<Format, 'i32'>
  readonly offset?: number
  readonly on?: GPUDevice
}

const bytesOf = (array: Float32Array<ArrayBuffer>): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

/** Records batches one after the other into one result, and reads it. */
async function record(
  words: number,
  batches: readonly Float32Array[],
  { offset = 256, on = device }: Options,
  call: (
    diagnostics: Diagnostics,
    pass: GPUComputePassEncoder,
    x: GPUBufferBinding,
    into: GPUBufferBinding,
    later: boolean,
  ) => void,
): Promise<Uint8Array> {
  const recorder = on === device ? diagnostics : createDiagnostics(on)
  return inScopes(on, async use => {
    const buffers = batches.map(batch => use(new GuardedBuffer(on, batch, offset)))
    const result = use(new GuardedBuffer(on, new Float32Array(words).fill(12345), 260))
    submit(on, pass => buffers.forEach(({ binding }, i) => call(recorder, pass, binding, result.binding, i > 0)))
    return bytesOf(await result.read())
  })
}

async function statistics(
  activation: Activation,
  batches: readonly Float32Array[],
  options: Options = {},
): Promise<TensorStatistics> {
  const { units, format } = options
  const bytes = await record(statisticsBytes(units) / 4, batches, options, (recorder, pass, x, into, accumulate) =>
    recorder.activationStatistics(pass, activation, { x, statistics: into, units, format, accumulate }),
  )
  return readStatistics(bytes, units)
}

async function seen(activation: Activation, batches: readonly Float32Array[], options: Options): Promise<DeadUnits> {
  const { units = 1, format } = options
  const bytes = await record(units, batches, options, (recorder, pass, x, into, accumulate) =>
    recorder.deadUnits(pass, activation, { x, seen: into, units, format, accumulate }),
  )
  return readDeadUnits(bytes, units)
}

const special = fromBits([
  0x7f800001, 0xffc00000, 0x7f800000, 0xff800000, 0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x807fffff, 0x3f800000,
])
const concatenated = (x: Float32Array, ...others: readonly Float32Array[]): Float32Array =>
  Float32Array.from([x, ...others].flatMap(array => [...array]))

describe('statistics of a tensor', () => {
  const cases: readonly (readonly [string, Float32Array, Options])[] = [
    ['one element', Float32Array.of(-3), {}],
    ['lengths that are no vectors', ordinary(4097, 1), { offset: 260 }],
    ['a few slices', ordinary(300_007, 2), {}],
    ['NaN, Infinity, zeros and subnormals', special, {}],
    ['the same among others', concatenated(ordinary(1000, 3), special, ordinary(70, 4)), { offset: 264 }],
    ['nothing finite', special.slice(0, 4), {}],
    ['a mean far from 0', ordinary(50_000, 5).map(x => 10_000 + (x % 4)), {}],
    ['huge', ordinary(5000, 6).map(x => (x % 3) * 1e38), {}],
    ['tiny', ordinary(5000, 7).map(x => (x % 8) * 1e-35), {}],
    ['tiny beside large', concatenated(new Float32Array(3000).fill(1e-30), new Float32Array(3000).fill(1e20)), {}],
    ['one value', new Float32Array(5000).fill(0.1), {}],
    [
      'an outlier in front',
      concatenated(
        Float32Array.of(1e6),
        ordinary(9000, 8).map(x => 3 + (x % 1)),
      ),
      {},
    ],
    ['columns: 3', ordinary(3 * 5001, 9), { units: 3 }],
    ['columns: 64', ordinary(64 * 300, 10), { units: 64, offset: 260 }],
    ['columns: 130', ordinary(130 * 77, 11), { units: 130 }],
    ['columns: 1000 in two rows', ordinary(2000, 12), { units: 1000 }],
    ['columns: 4099 in three rows', ordinary(4099 * 3, 13), { units: 4099 }],
    ['columns with NaN', concatenated(special, ordinary(13, 3)), { units: 6 }],
  ]
  test.each(casesHere(cases))('%s', async (_, x, options) => {
    expectTensor(await statistics(leakyRelu(), [x], options), x, leakyTruth, options.units)
  })

  test('of no elements', async () => {
    const { count, mean, min, units } = await statistics(relu(), [new Float32Array(0)], { units: 2 })
    expect([count, mean, min, units.length, units[0]!.dead]).toEqual([0, NaN, NaN, 2, false])
  })

  test('of activations that are smooth, with a threshold and with slopes', async () => {
    const x = ordinary(12_000, 14)
    const tanhTruth: Truth = {
      y: Math.tanh,
      gradient: value => 1 - Math.tanh(value) ** 2 || 4 * Math.exp(-2 * Math.abs(value)),
      zeroBelow: 2 ** -126,
    }
    const inside = x.filter(value => Math.abs(value) < 40)
    expectTensor(await statistics(tanh(), [inside]), inside, tanhTruth, 1, false)
    const above: Truth = { y: value => (value > 0.5 ? value : 3), gradient: value => (value > 0.5 ? 1 : 0) }
    expectTensor(await statistics(threshold({ threshold: 0.5, value: 3 }), [x], { units: 5 }), x, above, 5)
    const slopes = prelu({ alpha: [0, 0.5, 0, 0.25] })
    const { units, dead } = await statistics(slopes, [x.map(value => -Math.abs(value))], { units: 4 })
    expect(units.map(unit => [unit.neverOpen, unit.dead])).toEqual([
      [true, true],
      [true, false],
      [true, true],
      [true, false],
    ])
    expect(dead).toBe(2)
    expect((await statistics(gelu(), [Float32Array.of(-200, 200, 0)])).zeroGradients).toBe(1)
  })

  test.each(['f16', 'bf16'] as const)('in %s', async format => {
    const words = Uint16Array.from({ length: 5002 }, (_, i) => (i * 40_503) & 0xffff)
    const x = toFloat32(format, words)
    const given = new Float32Array(words.buffer)
    expectTensor(await statistics(relu(), [given], { format, units: 2, offset: 260 }), x, reluTruth, 2)
  })
})

describe('blocks without masks', () => {
  // On a software adapter 4,096 invocations share a tensor of 64 columns, and 16 of them 83 rows: blocks of 16, of 64 and of 3.
  const units = 64
  const rows = 83
  const segments = 256
  const words = {
    f32: [0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000, 0, 0x80000000, 1, 0x80000001],
    f16: [0x7e00, 0xfe00, 0x7c00, 0xfc00, 0, 0x8000, 1, 0x8001],
    bf16: [0x7fc0, 0xffc0, 0x7f80, 0xff80, 0, 0x8000, 1, 0x8001],
  }

  /** Small integers. Columns 4 k to 4 k + 3 have special value k in each row of a segment; the others have one low, one high. */
  function tensor(format: keyof typeof words): Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
    const x = Float32Array.from({ length: segments * rows * units }, (_, i) => ((i * 7919) % 13) + 2)
    const at = (segment: number, row: number, unit: number): number => (segment * rows + (row % rows)) * units + unit
    for (let unit = 4 * words[format].length; unit < units; unit++) {
      x[at(3 * unit, 5 * unit, unit)] = -300
      x[at(2 * unit, 7 * unit + 1, unit)] = 2048
    }
    const given = format === 'f32' ? toBits(x) : new Uint16Array(x.length)
    if (format !== 'f32') fromFloat32(format, x, given as Uint16Array)
    for (const [special, word] of words[format].entries()) {
      for (let unit = 4 * special; unit < 4 * special + 4; unit++) {
        for (let segment = 0; segment < rows; segment++) given[at(segment, segment + unit, unit)] = word
      }
    }
    return given as Uint32Array<ArrayBuffer>
  }

  const cases = [
    ['f32', 256, relu(), reluTruth.y],
    ['f16', 260, relu(), reluTruth.y],
    ['f32', 260, leakyRelu(), leakyTruth.y],
    ['bf16', 260, relu(), reluTruth.y],
  ] as const
  test.each(casesHere(cases))(
    'special values in each row, %s at offset %i, %s',
    async (format, offset, activation, y) => {
      const given = tensor(format)
      const x = format === 'f32' ? new Float32Array(given.buffer) : toFloat32(format, given as Uint16Array)
      const found = await statistics(activation, [new Float32Array(given.buffer)], { units, format, offset })
      const truth = Array.from({ length: units }, () => ({
        zeros: 0,
        nans: 0,
        infinities: 0,
        min: Infinity,
        max: -Infinity,
      }))
      const sums = new Float64Array(units)
      for (const [i, value] of x.entries()) {
        const result = y(value)
        const unit = truth[i % units]!
        if (Number.isNaN(result)) unit.nans++
        else if (Math.abs(result) === Infinity) unit.infinities++
        else {
          if (result === 0) unit.zeros++
          sums[i % units]! += result
          unit.min = Math.min(unit.min, result)
          unit.max = Math.max(unit.max, result)
        }
      }
      const count = segments * rows
      const finite = truth.map(({ nans, infinities }) => count - nans - infinities)
      expect(
        found.units.map(({ zeros, nans, infinities, min, max }) => ({ zeros, nans, infinities, min: min + 0, max })),
      ).toEqual(truth.map(unit => ({ ...unit, min: unit.min + 0 })))
      const shut = x.filter(value => value <= 0).length
      expect(found.units.map(unit => unit.count)).toEqual(finite.map(() => count))
      expect(found.zeroGradients).toBe(activation.name === 'relu' ? shut : 0)
      for (const [unit, { mean, max }] of found.units.entries()) {
        expect(Math.abs(mean - sums[unit]! / finite[unit]!)).toBeLessThan(2 ** -19 * max)
      }
    },
  )

  // The last vector, which is not whole, ends a long block; one vector is missing to a long block.
  test.each([80, 79])('a deviation that is small beside the mean, of %i rows', async each => {
    const x = Float32Array.from(
      { length: 4096 * 4 * each - 1 },
      (_, i) => 1000 + (i % 3) / 64 + (i % 7 === 0 ? 0.5 : 0),
    )
    const { count, mean, deviation } = await statistics(relu(), [x], { offset: 260 })
    const truth = x.reduce((sum, value) => sum + value, 0) / x.length
    const variance = x.reduce((sum, value) => sum + (value - truth) ** 2, 0) / x.length
    expect(count).toBe(x.length)
    expect(Math.abs(mean - truth)).toBeLessThan(2 ** -19 * 1001)
    expect(Math.abs(deviation - Math.sqrt(variance))).toBeLessThan(2 ** -15 * deviation + 2 ** -22 * 1001)
  })
})

describe('a data set, batch by batch', () => {
  const batches = [
    ordinary(7 * 11, 1),
    ordinary(7 * 300, 2),
    concatenated(special, special.slice(0, 3)),
    ordinary(7, 3),
  ]

  test('is as the whole', async () => {
    expectTensor(
      await statistics(leakyRelu(), batches, { units: 7 }),
      concatenated(...(batches as [Float32Array])),
      leakyTruth,
      7,
    )
    const large = batches.map((batch, i) => batch.map(x => x * 10 ** (12 * i)))
    expectTensor(
      await statistics(relu(), large, { units: 7 }),
      concatenated(...(large as [Float32Array])),
      reluTruth,
      7,
    )
  })

  test('stays accurate over many', async () => {
    const many = Array.from({ length: 200 }, (_, i) => Float32Array.of(1000 + (i % 7), 1001, 1002.5))
    const { deviation, mean } = await statistics(relu(), many)
    const all = many.flatMap(batch => [...batch])
    const truth = all.reduce((sum, x) => sum + x, 0) / all.length
    expect(Math.abs(mean - truth)).toBeLessThan(2 ** -14)
    const variance = all.reduce((sum, x) => sum + (x - truth) ** 2, 0) / all.length
    expect(Math.abs(deviation / Math.sqrt(variance) - 1)).toBeLessThan(2 ** -18)
  })

  test('counts beyond 32 bits', async () => {
    const full = new Uint32Array(20)
    full.set([
      0xffffffff,
      2,
      0xfffffffe,
      2,
      0xfffffffe,
      2,
      0xfffffffe,
      2,
      0,
      0,
      0,
      0,
      0,
      toBits(Float32Array.of(1))[0]!,
    ])
    full[18] = toBits(Float32Array.of(1))[0]!
    await inScopes(device, async use => {
      const result = use(new GuardedBuffer(device, new Float32Array(full.buffer)))
      const x = use(new GuardedBuffer(device, Float32Array.of(-1, -2, -3, -4, 5)))
      submit(device, pass =>
        diagnostics.activationStatistics(pass, relu(), {
          x: x.binding,
          statistics: result.binding,
          accumulate: true,
        }),
      )
      const { count, zeros, open } = readStatistics(bytesOf(await result.read()))
      expect([count, zeros, open]).toEqual([3 * 2 ** 32 + 4, 3 * 2 ** 32 + 2, 2])
    })
  })
})

describe('dead units', () => {
  // Unit 2 is below zero in all batches, unit 5 in the first, and unit 0 has NaN alone.
  const batches = [1, 2].map(batch =>
    Float32Array.from({ length: 7 * 500 }, (_, i) => {
      const unit = i % 7
      if (unit === 0) return NaN
      if (unit === 2 || (unit === 5 && (batch === 1 || i < 3000))) return -1 - i
      return ((i * 7919) % 13) - 6
    }),
  )

  test('a planted one is found, and is so by the statistics', async () => {
    expect(await seen(relu(), [batches[0]!], { units: 7 })).toEqual({ dead: [2, 5], neverOpen: [2, 5] })
    expect(await seen(relu(), batches, { units: 7 })).toEqual({ dead: [2], neverOpen: [2] })
    const { units, dead, neverOpen } = await statistics(relu(), batches, { units: 7 })
    expect([dead, neverOpen, units.findIndex(unit => unit.dead)]).toEqual([1, 1, 2])
  })

  test('a leaky one that is never open is not dead', async () => {
    // NaN does not open the gate of leakyRelu.
    expect(await seen(leakyRelu(), batches, { units: 7 })).toEqual({ dead: [], neverOpen: [0, 2] })
    expect((await statistics(leakyRelu(), batches, { units: 7 })).dead).toBe(0)
    expect(await seen(leakyRelu({ alpha: 0 }), batches, { units: 7 })).toEqual({ dead: [0, 2], neverOpen: [0, 2] })
    expect(await seen(leakyRelu({ alpha: 1e-40 }), batches, { units: 7 })).toEqual({ dead: [], neverOpen: [0, 2] })
  })

  test('of smooth functions, of slopes, in 16 bits and of nothing', async () => {
    expect(await seen(gelu(), [Float32Array.of(-1, -300, 1, -200)], { units: 2 })).toEqual({
      dead: [1],
      neverOpen: [1],
    })
    const below = new Float32Array(8).fill(-1)
    expect(await seen(prelu({ alpha: [0, 1] }), [below], { units: 2 })).toEqual({ dead: [0], neverOpen: [0, 1] })
    const half = new Float32Array(Uint16Array.of(0xbc00, 0x3c00, 0xbc00, 0x0001).buffer)
    expect(await seen(relu(), [half], { units: 2, format: 'f16' })).toEqual({ dead: [0], neverOpen: [0] })
    expect(await seen(relu(), [new Float32Array(0)], { units: 2 })).toEqual({ dead: [], neverOpen: [] })
  })
})

test('tensors longer than a binding, with few workgroups', async () => {
  const on = await ownDevice({ maxStorageBufferBindingSize: 16_384 + 260, maxComputeWorkgroupsPerDimension: 3 })
  const x = ordinary(7 * 5001, 7)
  expectTensor(await statistics(relu(), [x], { units: 7, on, offset: 260 }), x, reluTruth, 7)
  x.fill(-1)
  x[20_003] = 1
  const { dead } = await seen(relu(), [x], { units: 7, on })
  expect(dead).toEqual([0, 1, 2, 3, 5, 6].map(unit => unit).filter(unit => unit !== 20_003 % 7))
})

describe('bad input', () => {
  const usage = GPUBufferUsage.STORAGE
  const x = { buffer: device.createBuffer({ size: 64, usage }) }
  const results = { buffer: device.createBuffer({ size: 400, usage }) }
  const good = { x, statistics: results, units: 4 }
  const cases: readonly (readonly [string, unknown, object, string])[] = [
    ['no activation', 'relu', good, 'invalid-argument'],
    ['a function of two tensors', swiglu(), good, 'invalid-argument'],
    ['no x', relu(), { ...good, x: undefined }, 'invalid-binding'],
    ['no results', relu(), { ...good, statistics: undefined }, 'invalid-binding'],
    ['results that are too short', relu(), { ...good, units: 8 }, 'invalid-binding'],
    ['no whole rows', relu(), { ...good, units: 5 }, 'length-mismatch'],
    ['no units', relu(), { ...good, units: 0 }, 'invalid-argument'],
    ['half a unit', relu(), { ...good, units: 1.5 }, 'invalid-argument'],
    ['integers', relu(), { ...good, format: 'i32' }, 'invalid-argument'],
    ['another option', relu(), { ...good, y: x }, 'unknown-option'],
    ['x for results', relu(), { ...good, statistics: x, units: 1, x: { ...x, size: 4 } }, 'invalid-binding'],
    ['slopes that do not fit', prelu({ alpha: [1, 2, 3] }), good, 'length-mismatch'],
    ['a flag that is none', relu(), { ...good, accumulate: 1 }, 'invalid-argument'],
  ]
  test.each(cases)('%s', (_, activation, options, code) => {
    const work = (pass: GPUComputePassEncoder): void =>
      diagnostics.activationStatistics(pass, activation as Activation, options as never)
    expect(() => submit(device, work)).toThrow(expect.objectContaining({ code, fix: expect.any(String) }))
  })

  test('dead units without units, and bytes that are none', () => {
    const work = (pass: GPUComputePassEncoder): void =>
      diagnostics.deadUnits(pass, relu(), { x, seen: results } as never)
    expect(() => submit(device, work)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(() => readStatistics(new ArrayBuffer(79))).toThrow(expect.objectContaining({ code: 'length-mismatch' }))
    expect(() => readStatistics('80 bytes' as never)).toThrow(expect.objectContaining({ code: 'invalid-array' }))
    expect(() => readDeadUnits(new Uint32Array(2), -1)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })
})
