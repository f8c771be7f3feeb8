import { describe, expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import {
  type Activation,
  createDispatcher,
  createKernels,
  defineActivation,
  DefinitionError,
  type Dispatcher,
  defineGlu,
  mish,
  relu,
  wgsl,
} from '../../src/index.ts'
import { mishRamp, leakyCap, window } from '../support/definitions.ts'
import { dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { scrambledBits } from '../support/float32.ts'
import { numericFunctions } from '../support/numeric-functions.ts'
import { isWgpu } from '../support/lanes.ts'
import { runSnippet } from '../support/snippets.ts'
import { crossCheckedProcessor } from '../support/processors.ts'

// Activations of users' own on a GPU: their numerics, their errors, and the slips that checks find.

const x = Float32Array.from({ length: 203 }, (_, i) => (i - 101) / 20)

describe('the functions that a definition calls', () => {
  const magnitudes = Array.from(
    { length: 2000 },
    (_, i) => 2 ** (-40 + (i * 80) / 2000) * (1 + ((i * 7919) % 997) / 3000),
  )
  const specials = [0, 2 ** -149, 1e-40, 2 ** -126, 1e30, Infinity]

  test.each(numericFunctions)('$name', async ({ name, truth, hard }) => {
    const input = Float32Array.from([...magnitudes, ...specials, ...hard].flatMap(value => [value, -value]))
    const input64 = [...input]
    const own = defineActivation({
      name: `own_${name}`,
      wgsl: `fn forward(x: Float) -> Float { return ${name}(x); }
             fn backward(x: Float, dy: Float) -> Float { return dy; }`,
      // A derivative within what the check asks: of log only where it is defined.
      reference: { forward: value => (truth(value) === truth(value) ? truth(value) : 0), derivative: slopeOf(truth) },
    })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', crossCheck: 'off' })
    const y = await dispatcher.forward(own(), Float32Array.from([NaN, ...input]))
    expect(y[0]).toBeNaN()
    const faults = input64.flatMap((value, i) => {
      const [expected, actual] = [Math.fround(truth(value)), y[i + 1]!]
      const isBounded = Math.abs(actual - truth(value)) <= 4 * ulpOf(expected)
      const isRight =
        // A function that is x near 0 has its bits there, and none rounds an infinity.
        !Number.isFinite(expected) || (expected === value && Math.abs(value) < 2 ** -25)
          ? Object.is(actual, expected)
          : Math.abs(expected) < 2 ** -126
            ? Math.abs(actual) <= 2 ** -126
            : isBounded
      return isRight ? [] : [{ x: value, expected, actual }]
    })
    expect(faults).toEqual([])
  })

  function slopeOf(truth: (x: number) => number): (x: number) => number {
    return value => {
      const step = Math.max(2 ** -24, Math.abs(value) * 2 ** -19)
      const [low, high] = [truth(value - step), truth(value + step)]
      return Number.isFinite(high - low) ? (high - low) / (2 * step) : 0
    }
  }

  function ulpOf(value: number): number {
    return 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(value)))) - 23)
  }
})

describe('a definition whose WGSL does not compile', () => {
  const broken = defineActivation({
    name: 'broken',
    wgsl: `
fn forward(x: Float) -> Float {
  // A comparison of vectors is no condition.
  if (x < Float(0)) { return Float(0); }
  return x;
}
fn backward(x: Float, dy: Float) -> Float { return dy; }`,
    reference: { forward: value => value, derivative: () => 1 },
  })
  // naga says which function it is.
  const line = isWgpu ? 2 : 4
  const place = { name: 'DefinitionError', code: 'invalid-definition', line, column: expect.any(Number) as number }

  test('rejects what compiles it, with the place in its text', async () => {
    const device = await testDevice()
    await expect(createKernels(device).prepare([relu(), broken()])).rejects.toMatchObject(place)
    await expect(createKernels(device).prepare([broken()], { format: 'f16' })).rejects.toThrow(
      new RegExp(String.raw`broken's wgsl does not compile \(line ${line}, column \d+\): `),
    )
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    await expect(dispatcher.forward(broken(), x)).rejects.toMatchObject(place)
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, quarantined: [] })
    expect(await dispatcher.forward(relu(), Float32Array.of(-1, 2))).toEqual(Float32Array.of(0, 2))
  })

  test('is thrown by calls of kernels before anything is recorded, once it is known', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    await expect(kernels.prepare([broken()])).rejects.toThrow(DefinitionError)
    await inScopes(device, async use => {
      const input = use(new GuardedBuffer(device, x))
      const output = use(new GuardedBuffer(device, x))
      const record = (pass: GPUComputePassEncoder): void =>
        kernels.forward(pass, broken(), { x: input.binding, y: output.binding })
      expect(() => submit(device, record)).toThrow(expect.objectContaining(place) as Error)
      expect(await output.read()).toEqual(x)
    })
  })

  test('without prepare, the first call tells the device alone, and the second throws', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const buffers = [x, x].map(array => new GuardedBuffer(device, array))
    const [input, output] = buffers.map(({ binding }) => binding)
    const outcome = async (): Promise<string | undefined> => {
      let thrown: unknown
      device.pushErrorScope('validation')
      try {
        submit(device, pass => kernels.forward(pass, broken(), { x: input!, y: output! }))
      } catch (error) {
        thrown = error
      }
      const refusal = await device.popErrorScope()
      return thrown === undefined ? refusal?.message : (thrown as DefinitionError).code
    }
    expect(await outcome()).toMatch(/./)
    await expect.poll(outcome).toBe('invalid-definition')
    for (const buffer of buffers) buffer.destroy()
  })
})

describe('a slip that compiles', () => {
  const reference = {
    forward: (value: number) => (value < 0 ? 0 : value),
    derivative: (value: number) => (value > 0 ? 1 : 0),
  }
  const backward = 'fn backward(x: Float, dy: Float) -> Float { return dy * select(Float(0), Float(1), x > Float(0)); }'

  test('loses NaN: the self-test finds it, and the CPU answers', async () => {
    const slip = defineActivation({
      name: 'slipOfNaN',
      wgsl: `fn forward(x: Float) -> Float { return max(x, Float(0)); }\n${backward}`,
      reference,
    })
    const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    expect(await dispatcher.forward(slip(), Float32Array.of(-1, NaN, 2))).toEqual(Float32Array.of(0, NaN, 2))
    expect(dispatcher.report.quarantined).toEqual(['slipOfNaN forward'])
    expect(fallbacks).toHaveLength(1)
  })

  test('computes another gradient than the reference: the self-test finds it', async () => {
    const slip = defineActivation({
      name: 'slipOfGradient',
      wgsl: `fn forward(x: Float) -> Float { return select(x, Float(0), is_negative(x)); }
             fn backward(x: Float, dy: Float) -> Float { return dy * 0.5; }`,
      reference,
    })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true })
    expect(await dispatcher.backward(slip(), Float32Array.of(-1, 2), Float32Array.of(3, 4))).toEqual(
      Float32Array.of(0, 4),
    )
    expect(dispatcher.report.quarantined).toEqual(['slipOfGradient backward'])
  })

  // SwiftShader flushes subnormals in comparisons and lavapipe does not (design.md), so that -1e-40 passes on one of them.
  test('shows on one driver alone: the self-test finds it there', async () => {
    const slip = defineActivation({
      name: 'slipOfOneDriver',
      wgsl: `fn forward(x: Float) -> Float { return select(x, Float(0), x < Float(0)); }\n${backward}`,
      reference,
      bounds: { forward: 0, backward: 0 },
    })
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu', selfTest: true, crossCheck: 'off' })
    const tiny = Float32Array.of(-1e-40, 1)
    expect(await dispatcher.forward(slip(), tiny)).toEqual(Float32Array.of(0, 1))
    const flushes = dispatcher.report.adapter?.architecture === 'swiftshader'
    expect(dispatcher.report.quarantined).toEqual(flushes ? ['slipOfOneDriver forward'] : [])
  })
})

describe('what takes activations takes those of definitions', () => {
  const miglu = defineGlu({ name: 'miglu', activation: mish })
  const rampGlu = defineGlu({ name: 'rampGlu', activation: mishRamp })

  test('gated units', async () => {
    for (const unit of [miglu(), rampGlu()]) {
      const y = await crossCheckedProcessor.forwardPair(unit, x, x)
      expect(y[150]).toBeCloseTo(unit === miglu() ? 0 : unit.activation.reference.forward(x[150]!) * x[150]!, 5)
      await crossCheckedProcessor.backwardPair(unit, x, x, x)
    }
  })

  test('masks, gradients from a mask and from y', async () => {
    const dispatcher = await createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' })
    for (const activation of [leakyCap({ cap: 1, slope: 0.3 }), window()]) {
      const { y, mask } = await dispatcher.forward(activation, x, { mask: true })
      const dx = await dispatcher.backward(activation, x, x)
      expect(await dispatcher.backward(activation, { mask }, x)).toEqual(dx)
      expect(y[101]).toBe(0)
    }
    const y = await dispatcher.forward(leakyCap(), x)
    expect(await dispatcher.backward(leakyCap(), { y }, x)).toEqual(await dispatcher.backward(leakyCap(), x, x))
    expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  })

  test('formats, biases and accumulation of buffers', async () => {
    const device = await testDevice()
    const kernels = createKernels(device)
    await inScopes(device, async use => {
      const bias = Float32Array.of(0.5, -1, 2, 0, 1, -0.25, 3)
      const [input, biases, output, dbias] = [x, bias, new Float32Array(203).fill(9), new Float32Array(7)].map(array =>
        use(new GuardedBuffer(device, array)),
      )
      submit(device, pass => {
        kernels.forward(pass, mishRamp(), { x: input!.binding, bias: biases!.binding, y: output!.binding })
      })
      const { forward, derivative } = mishRamp().reference
      const sum = (i: number): number => Math.fround(x[i]! + bias[i % 7]!)
      const y = await output!.read()
      for (const i of y.keys()) expect(y[i]).toBeCloseTo(forward(sum(i)), 5)
      submit(device, pass => {
        const gradients = { dy: input!.binding, dx: output!.binding, dbias: dbias!.binding, accumulate: true }
        kernels.backward(pass, mishRamp(), { x: input!.binding, bias: biases!.binding, ...gradients })
      })
      const dx = await output!.read()
      for (const i of dx.keys()) expect(dx[i]! - y[i]!).toBeCloseTo(x[i]! * derivative(sum(i)), 4)
    })
  })

  test('wgsl(), of one element and of four', async () => {
    const device = await testDevice()
    const codes = [mishRamp(), leakyCap(), window()].flatMap(own => [wgsl(own), wgsl(own, { name: 'four', lanes: 4 })])
    for (const code of codes) {
      const module = device.createShaderModule({ code })
      const { messages } = await module.getCompilationInfo()
      expect(messages.flatMap(({ type, message }) => (type === 'error' ? [message] : []))).toEqual([])
    }
  })
})

test("the README's definition is hardMish", async () => {
  const { y } = (await runSnippet('README.md', 'definition', ['y'], {
    ...library,
    dispatcher: await createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' }),
    x: Float32Array.of(-3, -1, 0.5, NaN),
  })) as { y: Float32Array }
  expect(y).toEqual(Float32Array.of(0, -0.5, 0.5, NaN))
})

test('docs/define.md computes what it says', async () => {
  const device = await testDevice()
  const own = (await runSnippet('docs/define.md', 'definition', ['dispatcher', 'kneeSwish', 'y'], {
    ...library,
    createDispatcher: () => createDispatcher({ processor: 'webgpu', device, crossCheck: 'full' }),
    device,
  })) as { dispatcher: Dispatcher; kneeSwish: (options?: { knee: number }) => Activation; y: Float32Array }
  expect(own.y).toEqual(Float32Array.of(0, -0.5, 2, NaN))
  const all = scrambledBits(2000, 7)
  for (const input of [x, all]) {
    await own.dispatcher.forward(own.kneeSwish(), input)
    await own.dispatcher.backward(own.kneeSwish({ knee: 1.7 }), input, input)
  }
  expect(own.dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  const { y } = (await runSnippet('docs/define.md', 'unit', ['y'], {
    ...library,
    dispatcher: own.dispatcher,
    gate: Float32Array.of(0, 1),
    up: Float32Array.of(5, 2),
  })) as { y: Float32Array }
  expect(y[0]).toBe(0)
  expect(y[1]).toBeCloseTo(2 * Math.tanh(Math.log1p(Math.E)), 5)
})
