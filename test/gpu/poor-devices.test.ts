import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { candidatesFor } from '../../src/gpu/plan/schedule.ts'
import { measureSchedules } from '../../src/gpu/plan/tuning.ts'
import { createKernels, gelu, glu, prelu, relu, swiglu } from '../../src/index.ts'
import { backwardFault, forwardFault } from '../support/contract.ts'
import { dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'
import { expectPair, knownPairs, ordinary } from '../support/pairs.ts'
import { preluBackward, preluForward, slopesFor, wholePeriods } from '../support/prelu.ts'
import { processorsOn } from '../support/processors.ts'
import { reluBackward, reluForward } from '../support/truth.ts'
import { activationOf, expectNoFaults, float32, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// Devices that have no more than they must: with the limits that every one has, and in compatibility mode, where a workgroup is
// half as large.

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['../conformance/{leakyRelu-alpha=0.01,gelu-approximate=none}.json'], {
    eager: true,
    import: 'default',
  }),
)

async function deviceAt(featureLevel: string, invocations: number): Promise<GPUDevice> {
  const options = { featureLevel } as GPURequestAdapterOptions
  const adapter = await navigator.gpu.requestAdapter(options)
  const device = await adapter!.requestDevice()
  expect(device.limits).toMatchObject({
    maxComputeInvocationsPerWorkgroup: invocations,
    maxComputeWorkgroupSizeX: invocations,
    maxStorageBuffersPerShaderStage: 8,
    maxStorageBufferBindingSize: 128 * 2 ** 20,
  })
  device.onuncapturederror = ({ error }) => {
    throw new Error(`uncaptured: ${error.message}`)
  }
  return device
}

/** Whole numbers from -most to most, whose sums are exact. */
const integers = (length: number, seed: number, most: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(toBits(scrambledBits(length, seed)), word => (word % (2 * most + 1)) - most)

describe('with the limits that every device has', async () => {
  const device = await deviceAt('core', 256)
  afterAll(() => device.destroy())

  test.each(processorsOn(async () => device))('$name', async processor => {
    const [x, dy] = [scrambledBits(70_001, 1), scrambledBits(70_001, 2)]
    expectSameBits(await processor.forward(relu(), x), reluForward(x), { x })
    expectSameBits(await processor.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
  })
})

describe('in compatibility mode', async () => {
  const device = await deviceAt('compatibility', 128)
  afterAll(() => device.destroy())

  describe.each(processorsOn(async () => device))('$name', processor => {
    test.each(casesHere(vectors))('$file', async named => {
      const [x, dy] = [float32(named.x), float32(named.dy)]
      const [xBits, dyBits, slopes] = [toBits(x), toBits(dy), numbers(named.derivative)]
      const y = await processor.forward(activationOf(named), x)
      expectNoFaults(y, numbers(named.y), { x }, (i, actual, truth) => forwardFault(named, xBits[i]!, truth, actual))
      const dx = await processor.backward(activationOf(named), x, dy)
      const truth = slopes.map((slope, i) => dy[i]! * slope)
      expectNoFaults(dx, truth, { x, dy }, (i, actual) =>
        backwardFault(named, xBits[i]!, dyBits[i]!, slopes[i]!, actual),
      )
    })

    test('every length, over several workgroups', async () => {
      for (const length of [127, 129, 513, 70_001]) {
        const [x, dy] = [scrambledBits(length, 1), scrambledBits(length, 2)]
        expectSameBits(await processor.forward(relu(), x), reluForward(x), { x })
        expectSameBits(await processor.backward(relu(), x, dy), reluBackward(x, dy), { x, dy })
      }
    })

    test('a pair', async () => {
      const [gate, up, dy] = [ordinary(5003, 1), ordinary(5003, 2), ordinary(5003, 3)]
      for (const known of casesHere(knownPairs)) {
        const y = await processor.forwardPair(known.pair, gate, up)
        expectPair(known, { gate, up, dy, y, ...(await processor.backwardPair(known.pair, gate, up, dy)) })
      }
    })

    test('slopes', async () => {
      const slopes = { alpha: slopesFor(300), inner: 7 }
      const [x, dy] = [3, 4].map(seed => scrambledBits(wholePeriods(9001, slopes), seed)) as [
        Float32Array,
        Float32Array,
      ]
      expectSameBits(await processor.forward(prelu(slopes), x), preluForward(slopes, x), { x })
      expectSameBits(await processor.backward(prelu(slopes), x, dy), preluBackward(slopes, x, dy), { x, dy })
    })
  })

  test.each([
    [1, 1],
    [3, 5],
    [130, 1],
    [4, 300],
    [1000, 1],
  ])('backwardAlpha of %i channels of %i', async (channels, inner) => {
    const alpha = slopesFor(channels)
    const length = wholePeriods(50_003, { alpha, inner })
    const [x, dy] = [integers(length, 5, 20), integers(length, 6, 3)]
    const sums = new Float32Array(channels)
    for (const [i, value] of x.entries()) if (value <= 0) sums[Math.floor(i / inner) % channels]! += value * dy[i]!
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    const dAlpha = await dispatcher.backwardAlpha(prelu({ alpha, inner }), x, dy)
    expect([...dAlpha]).toEqual([...sums])
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { runs: 1, mismatches: 0 } })
  })

  test.each([
    [1000, 1],
    [70_000, 3],
    [70_000, 500],
    [70_000, 777],
    [70_000, 40_000],
  ])('the gradient of a bias, %i elements in %i columns', async (length, columns) => {
    const dy = integers(length, 7, 3)
    const sums = new Float32Array(columns)
    for (const [i, value] of dy.entries()) sums[i % columns]! += value
    const kernels = createKernels(device, { tune: false })
    await inScopes(device, async use => {
      const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
      const [x, upstream, dx, dbias] = [dy.map(() => 1), dy, dy, new Float32Array(columns)].map(tensor)
      const bindings = { x: x!.binding, dy: upstream!.binding, dx: dx!.binding, dbias: dbias!.binding }
      submit(device, pass => kernels.backward(pass, relu(), bindings))
      expect([...(await dbias!.read())].map(sum => sum || 0)).toEqual([...sums].map(sum => sum || 0))
    })
  })

  test('a mask', async () => {
    const x = ordinary(70_001, 8)
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'off' })
    const { y, mask } = await dispatcher.forward(relu(), x, { mask: true })
    expectSameBits(y, reluForward(x), { x })
    const open = Array.from(x, (_value, i) => ((mask[i >>> 5]! >>> (i & 31)) & 1) === 1)
    expect(open).toEqual(Array.from(x, value => value > 0))
    expectSameBits(await dispatcher.backward(relu(), { mask }, x), reluForward(x), { x })
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test('the order of elements is measured', async () => {
    expect(candidatesFor(device)).toContainEqual(await measureSchedules(device))
  })
})

test('an adapter in compatibility mode is taken where there is no other', async () => {
  const ask = navigator.gpu.requestAdapter.bind(navigator.gpu)
  const asked = vi
    .spyOn(navigator.gpu, 'requestAdapter')
    .mockImplementation(async (options = {}) => ('featureLevel' in options ? ask(options) : null))
  onTestFinished(() => asked.mockRestore())
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
  const x = scrambledBits(1003, 9)
  expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
  expect(asked).toHaveBeenCalledTimes(2)
  expect(dispatcher.report).toMatchObject({ processor: 'webgpu', fallbacks: 0 })
})

describe('a device that takes few buffers in a dispatch', () => {
  test('refuses what needs more', async () => {
    const device = await ownDevice({ maxStorageBuffersPerShaderStage: 4 })
    const kernels = createKernels(device, { tune: false })
    const slopes = prelu({ alpha: slopesFor(4) })
    await inScopes(device, async use => {
      const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(seed => use(new GuardedBuffer(device, ordinary(64, seed))).binding)
      submit(device, pass => {
        kernels.backward(pass, slopes, { x: a!, dy: b!, dx: c! })
        kernels.forward(pass, swiglu(), { gate: a!, up: b!, y: c! })
        const refusal = expect.objectContaining({
          code: 'invalid-binding',
          message: expect.stringMatching(/^The call binds 5 buffers, and this device takes 4 in a dispatch\./),
        })
        expect(() => kernels.backward(pass, slopes, { x: a!, dy: b!, dx: c!, bias: d! })).toThrow(refusal)
        expect(() => kernels.backward(pass, glu(), { gate: a!, up: b!, dy: c!, dGate: d!, dUp: e! })).toThrow(refusal)
      })
      await device.queue.onSubmittedWorkDone()
    })
  })

  test('has its arrays computed by the CPU', async () => {
    const device = await ownDevice({ maxStorageBuffersPerShaderStage: 2 })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device })
    const [gate, up, dy] = [ordinary(1000, 1), ordinary(1000, 2), ordinary(1000, 3)]
    const known = knownPairs.find(({ pair }) => pair.name === 'swiglu')!
    expectPair(known, { gate, up, dy, ...(await dispatcher.backward(swiglu(), gate, up, dy)) })
    expect(dispatcher.report.reason).toContain('this device takes 2 in a dispatch')
    expect(dispatcher.report.fallbacks).toBe(1)
    await dispatcher.backward(gelu(), gate, dy)
    expect(dispatcher.report.fallbacks).toBe(1)
  })
})
