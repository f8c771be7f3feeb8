import { describe, expect, test } from 'vitest'
import { Activation } from '../../src/activations/support/activation.ts'
import { sumAlphaOnGpu } from '../../src/gpu/reductions/backward-alpha.ts'
import { prelu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { fromHalf, toHalf } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { ordinary } from '../support/pairs.ts'
import { slopesFor, wholePeriods } from '../support/prelu.ts'

const make = (channels: number, inner: number): Activation => prelu({ alpha: slopesFor(channels), inner })

/** For each channel the sum in float64, and the sum of the magnitudes. */
function truthOf(channels: number, inner: number, x: Float32Array, dy: Float32Array) {
  const sums = new Float64Array(channels)
  const magnitudes = new Float64Array(channels)
  for (let i = 0; i < x.length; i++) {
    if (x[i]! > 0) continue
    const channel = Math.floor(i / inner) % channels
    sums[channel]! += x[i]! * dy[i]!
    magnitudes[channel]! += Math.abs(x[i]! * dy[i]!)
  }
  return { sums, magnitudes }
}

/** The largest error, in units of 2^-24 of what is added up. What is documented is 19 and one rounding of the result. */
function errorOf(channels: number, inner: number, x: Float32Array, dy: Float32Array, dAlpha: Float32Array): number {
  const { sums, magnitudes } = truthOf(channels, inner, x, dy)
  expect(dAlpha.length).toBe(channels)
  let largest = 0
  for (let channel = 0; channel < channels; channel++) {
    if (Number.isNaN(dAlpha[channel]!) && Number.isNaN(sums[channel]!)) continue
    const error = Math.abs(dAlpha[channel]! - sums[channel]!)
    largest = Math.max(largest, error === 0 ? 0 : error / (magnitudes[channel]! * 2 ** -24))
  }
  return largest
}

const shapes = [
  [1, 1, 1],
  [1, 1, 1_000_003],
  [1, 5, 70_000],
  [2, 1, 100_001],
  [3, 1, 65_536],
  [3, 2, 100_000],
  [5, 255, 100_000],
  [5, 256, 100_001],
  [7, 257, 100_003],
  [64, 1, 300_001],
  [64, 49, 300_001],
  [64, 3136, 900_001],
  [255, 3, 10_000],
  [256, 1, 70_000],
  [257, 1, 70_000],
  [4096, 1, 1_000_001],
  [4096, 16, 200_000],
  [5000, 3, 7],
  [100_000, 1, 300_001],
  [1, 2 ** 31 - 1, 5000],
] as const

test.each(casesHere(shapes))('%i channels of %i, %i elements or more', async (channels, inner, least) => {
  const length = wholePeriods(least, { alpha: slopesFor(channels), inner })
  const x = ordinary(length, 1)
  const dy = ordinary(length, 2)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' })
  const dAlpha = await dispatcher.backwardAlpha(make(channels, inner), x, dy)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { runs: 1, mismatches: 0 } })
  expect(dispatcher.report.crossChecks.maxUlp).toBeLessThan(8)
  expect(errorOf(channels, inner, x, dy, dAlpha)).toBeLessThan(8)
})

const halves = [
  ['f16', 3, 5, 20_001],
  ['bf16', 64, 1, 20_000],
  ['bf16', 1, 1, 100_003],
] as const

test.each(casesHere(halves))('%s: %i channels of %i, %i elements or more', async (format, channels, inner, least) => {
  const length = wholePeriods(least, { alpha: slopesFor(channels), inner })
  const words = [1, 2].map(seed => toHalf(format, ordinary(length, seed))) as [Uint16Array, Uint16Array]
  const [x, dy] = words.map(each => fromHalf(format, each)) as [Float32Array, Float32Array]
  const device = await ownDevice({ maxStorageBufferBindingSize: 32_768 })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full', selfTest: true })
  const dAlpha = await dispatcher.backwardAlpha(make(channels, inner), ...words, { format })
  const { fallbacks, crossChecks, selfTests } = dispatcher.report
  expect({ fallbacks, mismatches: crossChecks.mismatches, passed: selfTests.passed }).toEqual({
    fallbacks: 0,
    mismatches: 0,
    passed: 1,
  })
  expect(errorOf(channels, inner, x, dy, dAlpha)).toBeLessThan(8)
})

// All of one sign, so that sums only grow.
test('a Mi of elements and some more', async () => {
  const channels = 16
  const least = 2 ** 20 + 5
  const length = wholePeriods(least, { alpha: slopesFor(channels), inner: 784 })
  const x = ordinary(length, 3).map(value => -Math.abs(value))
  const dy = ordinary(length, 4).map(Math.abs)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: await testDevice() })
  const dAlpha = await dispatcher.backwardAlpha(make(channels, 784), x, dy)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  expect(errorOf(channels, 784, x, dy, dAlpha)).toBeLessThan(2)
})

// What a driver leaves there that lost what was written: a loop without an end would take the GPU away from everybody.
test.each([
  ['zeros', [0, 0, 0, 0, 0, 0, 0, 0]],
  ['ones', [1, 1, 1, 1, 1, 1, 1, 1]],
  ['no width', [300_007, 3, 5, 3, 60_002, 9, 0, 8]],
  ['as many tasks as there are numbers', [300_007, 3, 5, 3, 60_002, 2 ** 32 - 1, 1, 1]],
  ['the same of channels', [300_007, 3, 2 ** 32 - 1, 3, 60_002, 9, 1, 1]],
  ['the largest numbers', Array.from({ length: 8 }, () => 2 ** 32 - 1)],
])('ends, whatever it takes for the shape of the tensor: %s', async (_, words) => {
  const device = await ownDevice()
  const write = device.queue.writeBuffer.bind(device.queue)
  device.queue.writeBuffer = (buffer: GPUBuffer, offset: number, data: ArrayBufferView<ArrayBuffer>) =>
    write(buffer, offset, data.byteLength === 32 ? Uint32Array.from(words) : data)
  const [x, dy] = [ordinary(300_007, 5), ordinary(300_007, 6)]
  const [first] = await sumAlphaOnGpu(device, make(5, 3).channels!, x, dy)
  expect(first!.sums.length % 5).toBe(0)
})

describe('the same bits', () => {
  const x = ordinary(300_007, 5)
  const dy = ordinary(300_007, 6)
  const sumsOn = async (device: GPUDevice, channels: number, inner: number): Promise<Float32Array> => {
    const [first] = await sumAlphaOnGpu(device, make(channels, inner).channels!, x, dy)
    return first!.sums
  }

  test.each([
    [1, 1],
    [5, 3],
    [64, 49],
    [512, 1],
  ])('run after run, with any number of workgroups: %i channels of %i', async (channels, inner) => {
    const sums = await sumsOn(await testDevice(), channels, inner)
    expectSameBits(await sumsOn(await testDevice(), channels, inner), sums)
    for (const most of [1, 3, 1000]) {
      const own = await ownDevice({ maxComputeWorkgroupsPerDimension: most })
      Object.defineProperty(own, 'adapterInfo', { value: { isFallbackAdapter: false } })
      expectSameBits(await sumsOn(own, channels, inner), sums)
    }
  })
})

test.each([
  [3, 50],
  [3, 5000],
  [700, 9],
  [20_000, 1],
  [1, 1],
])('an array of several chunks: %i channels of %i', async (channels, inner) => {
  const own = await ownDevice({ maxStorageBufferBindingSize: 4096 + 4, maxBufferSize: 5000 })
  const buffers = trackBuffers(own)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: own, crossCheck: 'full' })
  const length = wholePeriods(50_021, { alpha: slopesFor(channels), inner })
  const x = ordinary(length, 7)
  const dy = ordinary(length, 8)
  const dAlpha = await dispatcher.backwardAlpha(make(channels, inner), x, dy)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  expect(errorOf(channels, inner, x, dy, dAlpha)).toBeLessThan(8)
  expect(Math.max(...buffers.sizes)).toBeLessThanOrEqual(5000)
  dispatcher.destroy()
  expect([...buffers.live]).toEqual([])
})

describe('what is not ordinary', () => {
  const length = 5000
  const dAlphaOf = async (x: Float32Array, dy: Float32Array): Promise<Float32Array> => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' })
    const dAlpha = await dispatcher.backwardAlpha(make(4, 2), x, dy)
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
    return dAlpha
  }
  const at = (value: number, index: number, otherwise = -1): Float32Array =>
    Float32Array.from({ length }, (_, i) => (i === index ? value : otherwise))

  test('NaN reaches its channel, and no other', async () => {
    const fromX = await dAlphaOf(at(NaN, 1002), at(1, 0, 1))
    const fromDy = await dAlphaOf(at(-2, 0), at(NaN, 1002))
    for (const dAlpha of [fromX, fromDy]) {
      expect([...dAlpha].map(Number.isNaN)).toEqual([false, true, false, false])
    }
    expect([...(await dAlphaOf(at(2, 1002), at(NaN, 1002)))].map(Number.isNaN)).toEqual([false, false, false, false])
  })

  test('the NaN next to Infinity is one, and the smallest number is positive', async () => {
    const next = at(0, 1002)
    new Uint32Array(next.buffer)[1002] = 0x7f800001
    expect([...(await dAlphaOf(next, at(1, 0, 1)))].map(Number.isNaN)).toEqual([false, true, false, false])
    expect((await dAlphaOf(at(2 ** -149, 1002, 2), at(Infinity, 1002)))[1]).toBe(0)
  })

  test('Infinity, and 0 times it', async () => {
    expect((await dAlphaOf(at(-Infinity, 1002), at(1, 0, 1)))[1]).toBe(-Infinity)
    expect((await dAlphaOf(at(0, 1002), at(Infinity, 1002)))[1]).toBeNaN()
    expect((await dAlphaOf(at(-0, 0, -0), at(1, 0, 1)))[1]).toBe(0)
  })

  test('sums that float32 does not hold on the way, and does in the end', async () => {
    const x = Float32Array.from({ length }, (_, i) => (i % 8 < 2 ? (i < 2500 ? -3e38 : -1) : -1))
    const dy = Float32Array.from({ length }, (_, i) => (i % 8 < 2 && i < 2500 ? (i % 2 === 0 ? 2 : -2) : 1))
    expect((await dAlphaOf(x, dy))[0]).toBe(-(length - 2504) / 4)
  })

  test('any bits', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' })
    await dispatcher.backwardAlpha(make(1000, 1), scrambledBits(20_000, 9), scrambledBits(20_000, 10))
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  })

  test('nothing', async () => {
    const nothing = new Float32Array(0)
    expect(await dAlphaOf(nothing, nothing)).toEqual(new Float32Array(4))
  })
})

test('a kernel in 16 bits that is wrong fails its self-test, and float32 goes on', async () => {
  const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
  const right = make(64, 3)
  const { gradientParts } = right.channels!
  const single = gradientParts.single.replace('[at % PER_WORD]', '[(at + 1u) % PER_WORD]')
  expect(single).not.toBe(gradientParts.single)
  const channels = { ...right.channels!, gradientParts: { ...gradientParts, single } }
  const broken = new Activation({ name: 'prelu', wgslSources: [], reference: right.reference, channels })
  const words = [11, 12].map(seed => toHalf('f16', ordinary(1920, seed))) as [Uint16Array, Uint16Array]
  const [x, dy] = words.map(each => fromHalf('f16', each)) as [Float32Array, Float32Array]
  const dAlpha = await dispatcher.backwardAlpha(broken, ...words, { format: 'f16' })
  expect(errorOf(64, 3, x, dy, dAlpha)).toBeLessThanOrEqual(1)
  expect(fallbacks[0]!.reason).toMatch(/^Self-test of prelu.* backwardAlpha/)
  expect(dispatcher.report.quarantined).toEqual(['prelu backwardAlpha f16'])
  await dispatcher.backwardAlpha(right, x, dy)
  expect(fallbacks).toHaveLength(1)
})

describe('a kernel that is wrong', () => {
  const slips: readonly [string, string, string][] = [
    ['at the wrong rows', 'row += stride', 'row += stride + 1u'],
    ['a step of the tree', 'partial[lane] += partial[lane + half]', 'partial[lane] = partial[lane + half]'],
    ['positive elements too', '(x[i] - 1u) < 0x7f800000u', '(x[i] - 1u) < 0x3f800000u'],
    [
      'no NaN',
      'bitcast<f32>(dy[i]), 0.0, is_positive',
      'bitcast<f32>(dy[i]), 0.0, is_positive || (x[i] & 0x7fffffffu) > 0x7f800000u',
    ],
    ['no WGSL', 'fn term', 'fn term('],
  ]
  test.each(slips)('%s', async (name, text, slip) => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    const right = make(64, 3)
    const { gradientShader } = right.channels!
    expect(gradientShader).toContain(text)
    const channels = { ...right.channels!, gradientShader: gradientShader.replace(text, slip) }
    const { reference } = right
    const broken = new Activation({ name: 'prelu', wgslSources: [], reference, channels })
    const length = wholePeriods(50_000, { alpha: slopesFor(64), inner: 3 })
    const x = ordinary(length, 11)
    const dy = ordinary(length, 12)
    x[30_100] = NaN
    const dAlpha = await dispatcher.backwardAlpha(broken, x, dy)
    expect(errorOf(64, 3, x, dy, dAlpha)).toBeLessThanOrEqual(1)
    expect(fallbacks).toHaveLength(1)
    expect(fallbacks[0]).toMatchObject({ direction: 'backwardAlpha', activation: broken })
    expect(mismatches).toHaveLength(name === 'no WGSL' ? 0 : 1)
    if (mismatches.length === 0) return
    expect(mismatches[0]!.report).toMatch(/backwardAlpha: \d+ of \d+ sums .*\n✗ channel \d+, .*: expected .*, got /)
    expect(mismatches[0]!.mismatches[0]).toMatchObject({ result: 'dAlpha', index: expect.any(Number) })
    expect(dispatcher.report.quarantined).toEqual(['prelu backwardAlpha'])
    await dispatcher.backwardAlpha(make(2, 1), x, dy)
    expect(fallbacks[1]!.reason).toMatch(/prelu backwardAlpha is quarantined/)
  })
})
