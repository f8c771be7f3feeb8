import { expect, test } from 'vitest'
import { roundTripCosts } from '../../src/dispatcher/costs.ts'
import { gelu, relu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluForward } from '../support/truth.ts'

// 'auto' on an adapter that says it is hardware. How fast anything is does not matter here.

/** A device of an adapter that nothing is known of yet. */
async function hardware(name: string): Promise<GPUDevice> {
  const device = await ownDevice()
  const adapterInfo = { vendor: 'acme', description: `${name} ${Math.random()}`, isFallbackAdapter: false }
  Object.defineProperty(device, 'adapterInfo', { value: adapterInfo })
  return device
}

test('the costs of a round trip are measured once an adapter, and nothing stays', async () => {
  const device = await hardware('Acme 1')
  const buffers = trackBuffers(device)
  const { dispatcher } = await dispatcherWith({ device, tune: false })
  const line = await roundTripCosts(device, Infinity)
  expect(line).toEqual({ fixed: expect.any(Number), slope: expect.any(Number) })
  for (const cost of Object.values(line!)) expect(cost > 0 && Number.isFinite(cost)).toBe(true)
  // Less than a second for 4 KiB, and for a MiB.
  expect(Math.max(line!.fixed, line!.slope * 2 ** 20)).toBeLessThan(1000)
  const made = buffers.sizes.length
  expect(made).toBeGreaterThan(0)
  expect(await roundTripCosts(device, Infinity)).toBe(line)
  expect(buffers.sizes).toHaveLength(made)
  dispatcher.destroy()
  expect([...buffers.live]).toEqual([])
})

test('the first long call measures its kernel, and every call is right wherever it is computed', async () => {
  const device = await hardware('Acme 2')
  const { dispatcher, fallbacks } = await dispatcherWith({ device })
  expect(dispatcher.report).toMatchObject({
    processor: 'webgpu',
    reason: expect.stringMatching(/^The adapter is Acme 2 .* stay on the CPU/),
    crossover: { measured: false, elements: {} },
  })
  await dispatcher.forward(relu(), new Float32Array(65_535))
  expect(dispatcher.report.crossover).toEqual({ measured: false, elements: {} })
  const x = scrambledBits(100_000, 9)
  const given = x.slice()
  for (const y of await Promise.all([dispatcher.forward(relu(), x), dispatcher.forward(relu(), x)])) {
    expectSameBits(y, reluForward(given), { x: given })
  }
  expectSameBits(x, given)
  await dispatcher.backward(gelu(), x, x)
  const { measured, elements } = dispatcher.report.crossover!
  expect([measured, Object.keys(elements)]).toEqual([true, ['relu forward', 'gelu backward']])
  for (const length of Object.values(elements)) expect(length).toBeGreaterThan(0)
  const onGpu = 2 * Number(elements['relu forward']! <= x.length) + Number(elements['gelu backward']! <= x.length)
  expect(dispatcher.report.crossChecks.runs).toBe(onGpu)
  expect(fallbacks).toEqual([])
})

test('with tune: false nothing is measured', async () => {
  const device = await hardware('Acme 3')
  const { dispatcher } = await dispatcherWith({ device, tune: false })
  expect(dispatcher.report.reason).toMatch(/^The adapter is Acme 3 .* Arrays shorter than 1048576 elements stay on/)
  await dispatcher.forward(relu(), new Float32Array(2 ** 20 - 1))
  expect(dispatcher.report.crossChecks.runs).toBe(0)
  const x = scrambledBits(2 ** 20, 9)
  expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
  expect(dispatcher.report).toMatchObject({
    crossover: { measured: false, elements: { 'relu forward': 2 ** 20 } },
    crossChecks: { runs: 1 },
    fallbacks: 0,
  })
})

test('where the adapter does not decide, nothing does', async () => {
  for (const options of [{}, { processor: 'webgpu' }, { processor: 'cpu' }] as const) {
    const { dispatcher } = await dispatcherWith(options)
    await dispatcher.forward(relu(), new Float32Array(70_000))
    expect(dispatcher.report.crossover).toBeNull()
  }
})

test('a device that is lost on the way: the CPU answers', async () => {
  const device = await hardware('Acme 4')
  const { dispatcher } = await dispatcherWith({ device })
  const x = scrambledBits(2 ** 20, 3)
  const call = dispatcher.forward(relu(), x)
  device.destroy()
  expectSameBits(await call, reluForward(x), { x })
  expect(dispatcher.report.crossover?.measured).toBe(false)
})

test('an array that is transferred while its kernel is measured is an error, not a result', async () => {
  const { dispatcher } = await dispatcherWith({ device: await hardware('Acme 5') })
  const x = scrambledBits(100_000, 10)
  const outcome = dispatcher.forward(relu(), x).catch((error: unknown) => error)
  structuredClone(x.buffer, { transfer: [x.buffer] })
  expect(await outcome).toMatchObject({ code: 'invalid-array' })
})

test('a dispatcher that is destroyed meanwhile', async () => {
  const { dispatcher } = await dispatcherWith({ device: await hardware('Acme 6') })
  const call = dispatcher.forward(relu(), scrambledBits(100_000, 10))
  dispatcher.destroy()
  await expect(call).rejects.toMatchObject({ code: 'destroyed' })
})
