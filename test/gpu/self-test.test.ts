import { describe, expect, test, vi } from 'vitest'
import { Activation } from '../../src/activations/support/activation.ts'
import { workgroupSizeOf } from '../../src/gpu/device/workgroup-size.ts'
import { keyOf } from '../../src/gpu/plan/schedule.ts'
import { gelu, prelu, relu, swiglu, tanh, type VerdictStorage } from '../../src/index.ts'
import { VERSION } from '../../src/support/version.ts'
import { brokenRelu, dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluForward } from '../support/truth.ts'

const x = Float32Array.from({ length: 100 }, (_, i) => i - 50)

/** How many submissions a device has got. */
function submissions(device: GPUDevice): () => number {
  const submit = vi.spyOn(device.queue, 'submit')
  return () => submit.mock.calls.length
}

function memory(): VerdictStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>()
  return {
    items,
    getItem: key => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
  }
}

describe('a kernel that fails its self-test', () => {
  // Right for all that the calls here give.
  const broken = (): Activation => brokenRelu('select(max(x, Float(0.0)), Float(7.0), x == Float(3.0e38))')

  test('is not used: the CPU answers, and events say so', async () => {
    const { dispatcher, fallbacks, mismatches } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    const quarantines: unknown[] = []
    dispatcher.addEventListener('quarantine', ({ kernel, reason }) => quarantines.push([kernel, reason]))
    // Of the NaN that max loses no sample would know.
    const calls = await Promise.all([1, 2, 3].map(() => dispatcher.forward(broken(), x)))
    for (const y of calls) expectSameBits(y, reluForward(x), { x })
    expect(quarantines).toEqual([
      ['relu forward', expect.stringMatching(/^Self-test of relu\(\) forward: \d+ of 1203/)],
    ])
    expect(mismatches).toEqual([])
    expect(fallbacks).toHaveLength(3)
    expect(dispatcher.report).toMatchObject({
      processor: 'webgpu',
      selfTests: { passed: 0, failed: 1 },
      fallbacks: 3,
      quarantined: ['relu forward'],
      crossChecks: { runs: 0 },
    })
  })

  // As drivers make it: a product that is flushed on its way, a sum that overflows on its way.
  test.each([
    ['just above the smallest normal', 'select(x, Float(0.0), magnitude(x) < Bits(0x01000000u))'],
    [
      'just below the largest',
      'select(x, 2.0 * x, (magnitude(x) > Bits(0x7f000000u)) & (magnitude(x) < Bits(0x7f7fffffu)))',
    ],
  ])('is wrong %s, in either direction', async (_, wrong) => {
    const wgsl = `fn forward(x: Float) -> Float { return ${wrong}; }
                  fn backward(x: Float, dy: Float) -> Float { return dy * ${wrong}; }`
    const reference = { forward: (value: number) => value, derivative: (value: number) => value }
    const bounds = { forward: 4, backward: 8 }
    const activation = new Activation({ name: 'identity', reference, bounds, wgslSources: [wgsl] })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true, crossCheck: 'off' })
    expect(await dispatcher.forward(activation, x)).toEqual(x)
    expect(await dispatcher.backward(activation, x, x)).toEqual(x.map(value => value * value))
    expect(dispatcher.report.quarantined).toEqual(['identity forward', 'identity backward'])
  })

  test('is wrong with other parameters than those of the call', async () => {
    const wgsl = `fn forward(x: Float) -> Float { return x; }
                  fn backward(x: Float, dy: Float) -> Float { return dy; }`
    const make = (alpha: number): Activation =>
      new Activation({
        name: 'scaled',
        parameters: { alpha },
        uniforms: [alpha],
        wgslSources: [wgsl],
        reference: { forward: value => alpha * value, derivative: () => alpha },
        selfTestVariants: () => [make(1.7)],
      })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    expect(await dispatcher.forward(make(1), x)).toEqual(x)
    expect(dispatcher.report.quarantined).toEqual(['scaled forward'])
  })

  test("onMismatch: 'throw' rejects its first call", async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true, onMismatch: 'throw' })
    await expect(dispatcher.forward(broken(), x)).rejects.toMatchObject({
      code: 'cross-check',
      message: expect.stringMatching(/^Self-test of relu\(\) forward.*\n✗/s),
    })
    expectSameBits(await dispatcher.forward(broken(), x), reluForward(x), { x })
  })

  test('leaves out as it was', async () => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true, onMismatch: 'throw' })
    const out = new Float32Array(x.length).fill(9)
    await expect(dispatcher.forward(broken(), x, { out })).rejects.toMatchObject({ code: 'cross-check' })
    expect(out).toEqual(new Float32Array(x.length).fill(9))
  })

  test('in one format is used in another', async () => {
    const wrong = `fn forward(x: Float) -> Float { return select(x, Float(0.0), x == Float(65504.0)); }
                   fn backward(x: Float, dy: Float) -> Float { return dy; }`
    const { reference } = relu()
    const identity = { ...reference, forward: (value: number) => value }
    const activation = new Activation({ name: 'identity', reference: identity, wgslSources: [wrong] })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    await dispatcher.forward(activation, Uint16Array.of(0x3c00), { format: 'f16' })
    await dispatcher.forward(activation, Uint16Array.of(0x3f80), { format: 'bf16' })
    expect(dispatcher.report).toMatchObject({
      quarantined: ['identity forward f16'],
      selfTests: { passed: 1, failed: 1 },
    })
  })
})

test('the first call is computed beside the self-test', async () => {
  // WGSL that no other test file had tested before.
  const wgsl = `fn forward(x: Float) -> Float { return (x); }
                fn backward(x: Float, dy: Float) -> Float { return (dy); }`
  const reference = { forward: (value: number) => value, derivative: () => 1 }
  const activation = new Activation({ name: 'untested', reference, wgslSources: [wgsl] })
  const device = await ownDevice()
  const order: string[] = []
  const [submit, createBuffer] = [device.queue.submit.bind(device.queue), device.createBuffer.bind(device)]
  vi.spyOn(device.queue, 'submit').mockImplementation(commands => {
    order.push('submitted')
    submit(commands)
  })
  vi.spyOn(device, 'createBuffer').mockImplementation(descriptor => {
    const buffer = createBuffer(descriptor)
    const mapAsync = buffer.mapAsync.bind(buffer)
    buffer.mapAsync = async (...given) => {
      await mapAsync(...given)
      order.push('read back')
      return undefined
    }
    return buffer
  })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, selfTest: true })
  const out = new Float32Array(x.length)
  expect(await dispatcher.forward(activation, x, { out })).toBe(out)
  expect(out).toEqual(x)
  expect(order.slice(0, 2)).toEqual(['submitted', 'submitted'])
  expect(dispatcher.report).toMatchObject({
    selfTests: { passed: 1, failed: 0 },
    crossChecks: { runs: 1 },
    fallbacks: 0,
  })
})

test('the kernels pass theirs, each before its first result and once', async () => {
  const device = await ownDevice()
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, selfTest: true, crossCheck: 'off' })
  const half = Uint16Array.of(0x3c00, 0xbc00)
  const slopes = prelu({ alpha: Float32Array.of(0.5, -3) })
  const calls = [
    () => dispatcher.forward(gelu(), x),
    () => dispatcher.backward(gelu(), x, x),
    () => dispatcher.backward(tanh(), { y: x }, x),
    () => dispatcher.forward(swiglu(), x, x),
    () => dispatcher.backward(swiglu(), x, x, x),
    () => dispatcher.forward(relu(), x, { mask: true }),
    () => dispatcher.backward(relu(), { mask: new Uint32Array(4) }, x),
    () => dispatcher.forward(relu(), Int32Array.of(1, -1)),
    () => dispatcher.forward(slopes, half, { format: 'bf16' }),
    () => dispatcher.backwardAlpha(slopes, x, x),
  ]
  for (const call of calls) await call()
  expect(dispatcher.report).toMatchObject({ selfTests: { passed: calls.length, failed: 0 }, fallbacks: 0 })
  const count = submissions(device)
  for (const call of calls) await call()
  expect(count()).toBe(calls.length)
})

test('of a dispatcher that is destroyed meanwhile says nothing of another', async () => {
  const { name, parameters, uniforms, zeroWhereShut, reference, wgslSources } = relu()
  const activation = new Activation({
    name,
    parameters,
    uniforms,
    zeroWhereShut,
    reference,
    wgslSources: [...wgslSources, '// of two'],
  })
  const [one, other] = await Promise.all([1, 2].map(() => dispatcherWith({ processor: 'webgpu', selfTest: true })))
  const calls = [one!, other!].map(({ dispatcher }) => dispatcher.forward(activation, x))
  one!.dispatcher.destroy()
  await expect(calls[0]).rejects.toMatchObject({ code: 'destroyed' })
  expectSameBits(await calls[1]!, reluForward(x), { x })
  expect(other!.dispatcher.report).toMatchObject({ fallbacks: 0, deviceLosses: 0, selfTests: { passed: 1 } })
})

describe('the verdict', () => {
  // An activation that no other test has tested.
  const fresh = (): Activation => {
    const { name, parameters, uniforms, zeroWhereShut, reference, wgslSources } = relu()
    const unlike = `// ${Math.random()}`
    return new Activation({
      name,
      parameters,
      uniforms,
      zeroWhereShut,
      reference,
      wgslSources: [...wgslSources, unlike],
    })
  }

  async function trips(activation: Activation, options: object): Promise<number> {
    const device = await ownDevice()
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, selfTest: true, ...options })
    const count = submissions(device)
    const values = scrambledBits(1000, 3)
    expectSameBits(await dispatcher.forward(activation, values), reluForward(values), { x: values })
    return count()
  }

  test('holds for all devices of an adapter', async () => {
    const activation = fresh()
    expect(await trips(activation, {})).toBe(2)
    expect(await trips(activation, {})).toBe(1)
    expect(await trips(fresh(), { selfTest: false })).toBe(1)
  })

  test('is kept in a storage, by version', async () => {
    const storage = memory()
    const activation = fresh()
    expect(await trips(activation, { storage })).toBe(2)
    const [[name, item]] = [...storage.items] as [[string, string]]
    expect(name).toBe('webgpu-activations')
    expect(JSON.parse(item)).toEqual({ version: VERSION, passed: [expect.stringMatching(/relu forward [0-9a-f]+$/)] })
  })

  test('that another page has kept is enough', async () => {
    const activation = fresh()
    const device = await ownDevice()
    // FNV-1a, by its definition.
    const octets = new TextEncoder().encode(activation.wgslSources.join())
    const hash = octets.reduce((sum, octet) => BigInt.asUintN(32, (sum ^ BigInt(octet)) * 16777619n), 2166136261n)
    const storage = memory()
    const passed = [`${keyOf(device)} ${workgroupSizeOf(device)} relu forward ${hash.toString(16)}`]
    storage.setItem('webgpu-activations', JSON.stringify({ version: VERSION, passed }))
    expect(await trips(activation, { storage })).toBe(1)
  })

  test.each([
    ['nonsense', 'not JSON'],
    ['of another version', JSON.stringify({ version: '0.0.1', passed: [''] })],
    ['of another shape', JSON.stringify({ version: VERSION, passed: 7 })],
    ['null', 'null'],
  ])('a storage that holds %s', async (_, item) => {
    const storage = memory()
    storage.items.set('webgpu-activations', item)
    expect(await trips(fresh(), { storage })).toBe(2)
    expect(JSON.parse(storage.items.get('webgpu-activations')!)).toMatchObject({
      version: VERSION,
      passed: [expect.any(String)],
    })
  })

  test('a storage that is forbidden', async () => {
    const forbid = (): never => {
      throw new DOMException('The operation is insecure.', 'SecurityError')
    }
    expect(await trips(fresh(), { storage: { getItem: forbid, setItem: forbid } })).toBe(2)
  })
})
