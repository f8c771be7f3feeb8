import { describe, expect, test } from 'vitest'
import { Activation } from '../../src/activations/support/activation.ts'
import {
  celu,
  elu,
  type Format,
  hardTanh,
  leakyRelu,
  prelu,
  relu,
  selu,
  sigmoid,
  softplus,
  softShrink,
  tanh,
  threshold,
} from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { type Elements, maskOf, reluGradientOf, reluOf, scrambled } from '../support/elements.ts'
import { expectSameBits, fromBits, scrambledBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { shuffledWords } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { preluBackward } from '../support/prelu.ts'
import { leakyReluBackward } from '../support/truth.ts'

// Masks, and gradients from a mask or from y, by the GPU: checked, and answered by the CPU where they are wrong.

type Loose = Record<'forward' | 'backward', (...given: unknown[]) => Promise<unknown>>

function given(format: Format, words: Elements): unknown {
  return format === 'f32' ? new Float32Array(words.buffer) : words
}

/** y, the mask, and dx from either, as relu has them by the contract. */
async function expectRelu(dispatcher: unknown, format: Format, length: number): Promise<void> {
  const loose = dispatcher as Loose
  const [x, dy] = [scrambled(format, length, 1), scrambled(format, length, 2)]
  const { y, mask } = (await loose.forward(relu(), given(format, x), { format, mask: true })) as Record<string, unknown>
  expect(mask).toEqual(maskOf(format, x))
  expect(y).toEqual(given(format, reluOf(format, x)))
  for (const source of [{ mask }, { y }]) {
    const dx = await loose.backward(relu(), source, given(format, dy), { format })
    expect(dx).toEqual(given(format, reluGradientOf(format, x, dy)))
  }
}

test.each(['sample', 'full', 'off'] as const)('right results, crossCheck: %s', async crossCheck => {
  const device = await testDevice()
  const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu', device, crossCheck })
  await expectRelu(dispatcher, 'f32', 5001)
  expect({ mismatches, fallbacks }).toEqual({ mismatches: [], fallbacks: [] })
  const { crossChecks } = dispatcher.report
  expect(crossChecks).toMatchObject({ runs: crossCheck === 'off' ? 0 : 3, mismatches: 0, maxUlp: 0 })
  if (crossCheck === 'full') expect(crossChecks.elements).toBe(4 * 5001)
  if (crossCheck === 'sample') expect(crossChecks.elements).toBeGreaterThan(4 * 900)
})

describe.each(casesHere(['f32', 'f16', 'bf16', 'i32'] as const))('relu in %s', format => {
  test('lengths that no word or vector is a multiple of', async () => {
    const device = await testDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    for (const length of [0, 1, 3, 31, 32, 33, 65, 1025]) {
      await expectRelu(dispatcher, format, length)
    }
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test('arrays beyond the limits are split, and nothing is left behind', async () => {
    // Room for so many vectors that they are no whole words of a mask.
    const device = await ownDevice({ maxStorageBufferBindingSize: 4096 + 80, maxBufferSize: 4096 + 80 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
    const buffers = trackBuffers(device)
    await expectRelu(dispatcher, format, 5007)
    expect(dispatcher.report.fallbacks).toBe(0)
    expect(Math.max(...buffers.sizes)).toBeLessThanOrEqual(4096 + 80)
    dispatcher.destroy()
    expect([...buffers.live]).toEqual([])
  })
})

describe('the bits beyond the end', () => {
  test.each([1, 31, 33, 63])('are 0 where the gate of 0 is open, of %i', async length => {
    const device = await testDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    // 0 > -1, and what follows the array in its buffer are zeros.
    const x = new Float32Array(length).fill(1)
    const { mask } = await dispatcher.forward(threshold({ threshold: -1, value: 5 }), x, { mask: true })
    const expected = Array.from({ length: Math.ceil(length / 32) }, (_, i) => 2 ** Math.min(32, length - 32 * i) - 1)
    expect([...mask]).toEqual(expected)
    expect(dispatcher.report.fallbacks).toBe(0)
  })
})

const channels = { alpha: Float32Array.of(0.25, -0, 3), inner: 5 }

test('channels go on from one chunk to the next', async () => {
  const device = await ownDevice({ maxStorageBufferBindingSize: 2048 + 16, maxBufferSize: 2500 })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
  const [x, dy] = [scrambledBits(1215, 3), scrambledBits(1215, 4)]
  const { y, mask } = await dispatcher.forward(prelu(channels), x, { mask: true })
  for (const source of [{ mask }, { y }]) {
    expectSameBits(await dispatcher.backward(prelu(channels), source, dy), preluBackward(channels, x, dy), { x, dy })
  }
  expect(dispatcher.report.fallbacks).toBe(0)
})

const open = [prelu(channels), threshold({ threshold: 0.5, value: -3 }), softShrink()]
const told = [
  leakyRelu({ alpha: 3 }),
  hardTanh(),
  elu(),
  elu({ alpha: 0 }),
  celu({ alpha: 2 }),
  celu({ alpha: 2 ** -100 }),
  selu(),
  sigmoid(),
  tanh(),
  softplus(),
  softplus({ beta: 2 ** 24 }),
  softplus({ beta: 2 ** -24 }),
]

// y that forward gives, y that nothing gives, and each of the special ones with each: subnormal y with infinite dy.
describe('any bits pass a full cross-check', () => {
  const special = [0, 1, 0x007fffff, 0x00800000, 0x33800000, 0x3f800000, 0x7f7fffff, 0x7f800000, 0x7fc12345]
  const bits = special.flatMap(word => [word, (word | 0x80000000) >>> 0])
  const x = fromBits([...bits.flatMap(word => bits.map(() => word)), ...new Uint32Array(scrambledBits(3006, 5).buffer)])
  const dy = fromBits([...bits.flatMap(() => bits), ...new Uint32Array(scrambledBits(3006, 6).buffer)])

  test('in float32', async () => {
    const device = await testDevice()
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    for (const activation of open) {
      const { mask } = await dispatcher.forward(activation, x, { mask: true })
      await dispatcher.backward(activation, { mask }, dy)
    }
    for (const activation of told) {
      await dispatcher.backward(activation, { y: x }, dy)
      await dispatcher.backward(activation, { y: await dispatcher.forward(activation, x) }, dy)
    }
    expect(mismatches.map(event => event.report)).toEqual([])
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test.each(casesHere(['f16', 'bf16'] as const))('in %s', async format => {
    const device = await testDevice()
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    const [words, upstream] = [shuffledWords(1).subarray(0, 9001), shuffledWords(2).subarray(0, 9001)]
    for (const activation of [leakyRelu(), softShrink()]) {
      const { mask } = await dispatcher.forward(activation, words, { format, mask: true })
      await dispatcher.backward(activation, { mask }, upstream, { format })
    }
    for (const activation of [celu({ alpha: 0.3 }), sigmoid(), softplus({ beta: 8 })]) {
      const y = await dispatcher.forward(activation, words, { format })
      await dispatcher.backward(activation, { y }, upstream, { format })
    }
    expect(mismatches.map(event => event.report)).toEqual([])
    expect(dispatcher.report.fallbacks).toBe(0)
  })
})

test('one program a call, made ahead of time', async () => {
  const device = await ownDevice()
  let [ahead, onTheSpot] = [0, 0]
  const [async, sync] = [device.createComputePipelineAsync.bind(device), device.createComputePipeline.bind(device)]
  Object.defineProperty(device, 'createComputePipelineAsync', {
    value: (descriptor: GPUComputePipelineDescriptor) => (ahead++, async(descriptor)),
  })
  Object.defineProperty(device, 'createComputePipeline', {
    value: (descriptor: GPUComputePipelineDescriptor) => (onTheSpot++, sync(descriptor)),
  })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
  await expectRelu(dispatcher, 'f32', 101)
  expect({ ahead, onTheSpot }).toEqual({ ahead: 3, onTheSpot: 0 })
})

/** relu with other WGSL in one place, as a driver or a slip might have it. */
function reluWith(text: string, slip: string): Activation {
  const { name, zeroWhereShut, reference, gate, derivativeFromY, wgslSources } = relu()
  expect(wgslSources.join('')).toContain(text)
  return new Activation({
    name,
    zeroWhereShut,
    reference,
    gate: gate!,
    derivativeFromY,
    wgslSources: wgslSources.map(wgsl => wgsl.replace(text, slip)),
  })
}

describe('a kernel that is wrong', () => {
  const [x, dy] = [scrambled('f32', 3000, 7), scrambled('f32', 3000, 8)]
  const [values, upstream] = [x, dy].map(words => new Float32Array(words.buffer)) as [Float32Array, Float32Array]
  const mask = maskOf('f32', x)
  const y = new Float32Array(reluOf('f32', x).buffer)
  const dx = new Float32Array(reluGradientOf('f32', x, dy).buffer)

  test('its mask', async () => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    const broken = reluWith('(word > SignedBits(-0x00800000)) & (word != SignedBits(0))', 'is_positive(x)')
    const output = await dispatcher.forward(broken, values, { mask: true })
    expect(output.mask).toEqual(mask)
    expectSameBits(output.y, y)
    expect(mismatches[0]!.report).toMatch(/^relu\(\) forward mask: \d+ of \d+ elements compared differ/)
    expect(mismatches[0]!.report).toMatch(/\n✗ \[\d+\] x = NaN.*: expected 1, got 0\n/)
    expect(mismatches[0]!.mismatches[0]).toMatchObject({ result: 'mask', x: NaN, expected: 1, actual: 0, ulp: 1 })
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, quarantined: ['relu forward mask'] })
    expect((await dispatcher.forward(relu(), values, { mask: true })).mask).toEqual(mask)
    expect(fallbacks[1]!.reason).toMatch(/relu forward mask is quarantined/)
    // Without a mask it is another kernel.
    await dispatcher.forward(relu(), values)
    expect(dispatcher.report.fallbacks).toBe(2)
  })

  test('its gradient from a mask', async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const broken = reluWith('select(Float(0.0), dy, open)', 'select(Float(0.0), dy * 1.0000002, open)')
    expectSameBits(await dispatcher.backward(broken, { mask }, upstream), dx)
    expect(mismatches[0]!.report).toMatch(
      /^relu\(\) backward from mask: .*\n.*\n?✗ \[\d+\] mask = 1, dy = .*: expected /m,
    )
    expect(mismatches[0]!.mismatches[0]).toMatchObject({ result: 'dx', mask: 1 })
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, quarantined: ['relu backward from mask'] })
  })

  test.each(['f32', 'bf16'] as const)('its gradient from y, in %s', async format => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const broken = reluWith('return backward(y, dy)', 'return dy')
    const words = ([x, dy] as const).map((_, seed) => scrambled(format, 3000, seed))
    const [result, gradients] = [reluOf(format, words[0]!), words[1]!]
    const loose = dispatcher as unknown as Loose
    const source = { y: given(format, result) }
    const answer = await loose.backward(broken, source, given(format, gradients), { format })
    expect(answer).toEqual(given(format, reluGradientOf(format, words[0]!, gradients)))
    expect(mismatches[0]!.mismatches[0]).toMatchObject({ result: 'dx', y: 0, expected: 0 })
    const suffix = format === 'f32' ? '' : ` ${format}`
    expect(dispatcher.report.quarantined).toEqual([`relu backward from y${suffix}`])
  })

  test("tanh's, by more than a rounded y allows", async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const { name, bounds, reference, derivativeFromY, wgslSources } = tanh()
    const wrong = wgslSources.map(wgsl => wgsl.replace('(1.0 - y) * (1.0 + y)', '1.0 - 0.9999 * y * y'))
    expect(wrong).not.toEqual(wgslSources)
    const broken = new Activation({ name, bounds: bounds!, reference, derivativeFromY, wgslSources: wrong })
    const half = new Float32Array(1000).fill(0.5)
    expect(await dispatcher.backward(broken, { y: half }, half)).toEqual(new Float32Array(1000).fill(0.375))
    expect(mismatches[0]!.report).toMatch(/^tanh\(\) backward from y: .* by up to \d+ ULP/)
    expect(dispatcher.report.quarantined).toEqual(['tanh backward from y'])
  })

  test("onMismatch: 'throw'", async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', onMismatch: 'throw' })
    const call = dispatcher.forward(
      reluWith('(word > SignedBits(-0x00800000)) & (word != SignedBits(0))', 'is_nan(x)'),
      values,
      { mask: true },
    )
    await expect(call).rejects.toMatchObject({ code: 'cross-check', message: expect.stringMatching(/forward mask/) })
  })
})

describe('inputs as they come', () => {
  const dy = scrambledBits(5000, 9)
  const x = scrambledBits(5000, 10)
  const mask = maskOf('f32', new Int32Array(x.buffer))
  const dx = leakyReluBackward(0.5, x, dy)
  const activation = leakyRelu({ alpha: 0.5 })
  // leakyRelu's gate is shut at NaN.
  for (const [i, at] of x.entries()) if (Number.isNaN(at)) mask[i >>> 5]! &= ~(1 << (i & 31))

  test('a mask in shared memory, in memory that can be resized, and one that is longer', async () => {
    const device = await testDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    const shared = new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer
    for (const buffer of [shared, new Resizable(1024, { maxByteLength: 2048 })]) {
      const words = new Uint32Array(buffer, 4, mask.length + 1).fill(0xffffffff)
      words.set(mask)
      expectSameBits(await dispatcher.backward(activation, { mask: words }, dy), dx, { x, dy })
    }
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test.each(['mask', 'dy'] as const)('%s transferred during its call is an error, not a result', async name => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const arrays = { mask: mask.slice(), dy: dy.slice() }
    const outcome = dispatcher.backward(activation, { mask: arrays.mask }, arrays.dy).catch((error: unknown) => error)
    structuredClone(null, { transfer: [arrays[name].buffer] })
    expect(await outcome).toMatchObject({ code: 'invalid-array' })
  })

  test('a device that is lost: the CPU answers', async () => {
    const device = await ownDevice()
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
    const call = dispatcher.backward(activation, { mask }, dy)
    device.destroy()
    expectSameBits(await call, dx, { x, dy })
    expect((await dispatcher.forward(activation, x, { mask: true })).mask).toEqual(mask)
    expect(fallbacks).toHaveLength(2)
  })
})
