import { describe, expect, inject, test } from 'vitest'
import { gelu, relu, sigmoid, silu, swiglu } from '../../src/index.ts'
import { brokenRelu, dispatcherWith } from '../support/dispatcher.ts'
import { testDevice } from '../support/gpu.ts'
import { everyWord, expectSameWords, fromHalf, shuffledWords, toHalf } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

const [x, up, dy] = [everyWord, shuffledWords(1), shuffledWords(2)]

describe.each(casesHere(['f16', 'bf16'] as const))('%s', format => {
  const y = toHalf(format, reluForward(fromHalf(format, x)))

  test.each(['sample', 'full', 'off'] as const)('right results, crossCheck: %s', async crossCheck => {
    const device = await testDevice()
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu', device, crossCheck })
    expectSameWords(format, await dispatcher.forward(relu(), x, { format }), y)
    const dx = await dispatcher.backward(relu(), x, dy, { format })
    expectSameWords(format, dx, toHalf(format, reluBackward(fromHalf(format, x), fromHalf(format, dy))))
    expect({ mismatches, fallbacks }).toEqual({ mismatches: [], fallbacks: [] })
    const { crossChecks } = dispatcher.report
    expect(crossChecks).toMatchObject({ runs: crossCheck === 'off' ? 0 : 2, mismatches: 0, maxUlp: 0 })
    if (crossCheck === 'full') expect(crossChecks.elements).toBe(2 * 65_536)
    if (crossCheck === 'sample') expect(crossChecks.elements).toBeGreaterThan(2 * 1024)
  })

  test('any words pass a full cross-check', async () => {
    const device = await testDevice()
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    for (const activation of [sigmoid(), silu(), gelu()]) {
      await dispatcher.forward(activation, x, { format })
      await dispatcher.backward(activation, x, dy, { format })
    }
    await dispatcher.forward(swiglu(), x, up, { format })
    await dispatcher.backward(swiglu(), x, up, dy, { format })
    expect(mismatches.map(event => event.report)).toEqual([])
    const { fallbacks, crossChecks } = dispatcher.report
    expect({ fallbacks, runs: crossChecks.runs, elements: crossChecks.elements }).toEqual({
      fallbacks: 0,
      runs: 8,
      elements: 9 * 65_536,
    })
  })

  test("a broken kernel: the CPU's answer, an event to read, and quarantine", async () => {
    const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu' })
    const broken = brokenRelu('max(x, Float(1.0))')
    expectSameWords(format, await dispatcher.forward(broken, x, { format }), y)
    expect(mismatches).toHaveLength(1)
    expect(mismatches[0]!.report).toMatch(new RegExp(`^relu\\(\\) forward in ${format}: \\d+ of \\d+ elements`))
    expect(mismatches[0]!.report).toMatch(/\n✗ \[\d+\] x = .*: expected .*, got /)
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, quarantined: [`relu forward ${format}`] })

    expectSameWords(format, await dispatcher.forward(relu(), x, { format }), y)
    expect(fallbacks[1]!.reason).toMatch(`relu forward ${format} is quarantined`)
    // In float32 it is another kernel.
    await dispatcher.forward(relu(), Float32Array.of(1, -2))
    expect(dispatcher.report).toMatchObject({ fallbacks: 2, crossChecks: { runs: 2 } })
  })

  test('a NaN that became 0 is caught wherever it is', async () => {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    const ones = toHalf(format, new Float32Array(100_001).fill(1))
    ones[54_321] = 0xffe1
    const builtin = brokenRelu('select(Float(0.0), x, is_positive(x))')
    expectSameWords(format, await dispatcher.forward(builtin, ones, { format }), ones)
    expect(mismatches[0]?.mismatches.map(mismatch => mismatch.index)).toEqual([54_321])
  })

  test('lengths that no word or vector is a multiple of', async () => {
    const device = await testDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
    for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 63, 255, 257, 1025]) {
      // From an odd element on, which is no multiple of 4 bytes.
      const part = x.subarray(0x3b01, 0x3b01 + length)
      expectSameWords(format, await dispatcher.forward(relu(), part, { format }), part.slice())
      const negative = x.subarray(0x9001, 0x9001 + length)
      expectSameWords(format, await dispatcher.backward(relu(), negative, part, { format }), new Uint16Array(length))
      const { dGate, dUp } = await dispatcher.backward(swiglu(), part, part, negative, { format })
      expect([dGate.length, dUp.length]).toEqual([length, length])
    }
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test('shared memory, and memory that can be resized', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    // A page that is not cross-origin isolated has no SharedArrayBuffer by name.
    const shared = new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer
    for (const buffer of [shared, new Resizable(16, { maxByteLength: 32 })]) {
      const array = new Uint16Array(buffer, 2, 3)
      array.set([0x3c00, 0xbc00, 0x8000])
      expect(await dispatcher.forward(relu(), array, { format })).toEqual(Uint16Array.of(0x3c00, 0, 0x8000))
    }
    expect(dispatcher.report.fallbacks).toBe(0)
  })

  test('an array that is transferred during its call is an error, not a result', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    const array = everyWord.slice()
    const outcome = dispatcher.forward(relu(), array, { format }).catch((error: unknown) => error)
    structuredClone(array.buffer, { transfer: [array.buffer] })
    expect(await outcome).toMatchObject({ code: 'invalid-array' })
  })
})

test('integers', async () => {
  const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
  const integers = Int32Array.of(3, -3, 2 ** 31 - 1, -(2 ** 31), 0x7f800001, -1, 0)
  expect(await dispatcher.forward(relu(), integers)).toEqual(integers.map(value => Math.max(value, 0)))
  expect(await dispatcher.backward(relu(), integers, integers.toReversed())).toEqual(
    Int32Array.of(0, 0, 0x7f800001, 0, 2 ** 31 - 1, 0, 0),
  )
  expect(mismatches).toEqual([])
  expect(dispatcher.report.fallbacks).toBe(0)
})

// Node 20 has none, Chromium has.
test('Float16Array', async () => {
  type Make = new (from: ArrayLike<number> | ArrayBufferLike) => Float32Array
  const { Float16Array } = globalThis as unknown as { Float16Array?: Make }
  expect(Float16Array !== undefined || inject('lane') !== 'browser').toBe(true)
  if (Float16Array === undefined) return
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'full' })
  const tensor = new Float16Array(x.buffer)
  const y = await dispatcher.forward(relu(), tensor)
  expect(y).toBeInstanceOf(Float16Array)
  expectSameWords('f16', new Uint16Array(y.buffer), toHalf('f16', reluForward(fromHalf('f16', x))))
  const one = new Float16Array([1])
  expect(await dispatcher.forward(relu(), one, { format: 'f16' } as never)).toEqual(one)
  const { dGate, dUp } = await dispatcher.backward(swiglu(), one, one, one)
  expect([dGate, dUp].map(result => [result instanceof Float16Array, result[0]])).toEqual([
    [true, 0.927734375],
    [true, 0.73095703125],
  ])
  const loose = dispatcher.backward.bind(dispatcher) as (...given: unknown[]) => Promise<unknown>
  for (const given of [
    [relu(), one, Uint16Array.of(1), { format: 'f16' }],
    [relu(), one, one, { format: 'bf16' }],
  ]) {
    await expect(loose(...given)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/Float16/),
    })
  }
})
