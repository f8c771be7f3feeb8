import { inject } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import { createDispatcher, createKernels, type Dispatcher } from '../../src/index.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from './gpu.ts'
import type { HalfFormat } from './half.ts'
import type { Packed } from './pairs.ts'

/** A way to compute, which every test body that runs on all of them takes as its argument. */
export interface ProcessorUnderTest {
  readonly name: string
  forward(activation: Activation, x: Float32Array): Promise<Float32Array>
  backward(activation: Activation, x: Float32Array, dy: Float32Array): Promise<Float32Array>
  forwardPair(pair: GluActivation, gate: Float32Array, up: Float32Array): Promise<Float32Array>
  backwardPair(
    pair: GluActivation,
    gate: Float32Array,
    up: Float32Array,
    dy: Float32Array,
  ): Promise<{ readonly dGate: Float32Array; readonly dUp: Float32Array }>
  /** Arrays with gate and up in one. Missing where there is no such thing. */
  readonly packed?: PackedProcessor
  /** Missing where there is no such thing. */
  readonly backwardAlpha?: (activation: Activation, x: Float32Array, dy: Float32Array) => Promise<Float32Array>
  /** The same in the formats of 16 bits, given as words. Missing where there is no such thing. */
  readonly inFormats?: InFormats
}

/** A processor of gate and up in one array. */
interface PackedProcessor {
  forward<Array extends Float32Array | Uint16Array>(pair: GluActivation, x: Array, options: PackedCall): Promise<Array>
  backward<Array extends Float32Array | Uint16Array>(
    pair: GluActivation,
    x: Array,
    dy: Array,
    options: PackedCall & { readonly out?: Array },
  ): Promise<Array>
}

type PackedCall = Packed & { readonly format?: HalfFormat }

/** What a processor computes in other formats than float32. */
interface InFormats {
  forward(activation: Activation, x: Uint16Array, format: HalfFormat): Promise<Uint16Array>
  backward(activation: Activation, x: Uint16Array, dy: Uint16Array, format: HalfFormat): Promise<Uint16Array>
  forwardPair(pair: GluActivation, gate: Uint16Array, up: Uint16Array, format: HalfFormat): Promise<Uint16Array>
  backwardPair(
    pair: GluActivation,
    gate: Uint16Array,
    up: Uint16Array,
    dy: Uint16Array,
    format: HalfFormat,
  ): Promise<{ readonly dGate: Uint16Array; readonly dUp: Uint16Array }>
}

/** Arrays in, arrays out, with nothing to correct what the processor says. */
function dispatching(name: string, create: () => Promise<Dispatcher>): ProcessorUnderTest {
  const call = async <Result>(compute: (dispatcher: Dispatcher) => Promise<Result>): Promise<Result> => {
    const dispatcher = await create()
    const result = await compute(dispatcher)
    if (dispatcher.report.fallbacks > 0) throw new Error(dispatcher.report.reason)
    return result
  }
  return {
    name,
    forward: (activation, x) => call(dispatcher => dispatcher.forward(activation, x)),
    backward: (activation, x, dy) => call(dispatcher => dispatcher.backward(activation, x, dy)),
    forwardPair: (pair, gate, up) => call(dispatcher => dispatcher.forward(pair, gate, up)),
    backwardPair: (pair, gate, up, dy) => call(dispatcher => dispatcher.backward(pair, gate, up, dy)),
    packed: {
      forward: (pair, x, options) =>
        call(dispatcher => dispatcher.forward(pair, x, options as never)) as Promise<never>,
      backward: (pair, x, dy, options) =>
        call(dispatcher => dispatcher.backward(pair, x, dy as never, options as never)) as Promise<never>,
    },
    backwardAlpha: (activation, x, dy) => call(dispatcher => dispatcher.backwardAlpha(activation, x, dy)),
    inFormats: {
      forward: (activation, x, format) => call(dispatcher => dispatcher.forward(activation, x, { format })),
      backward: (activation, x, dy, format) => call(dispatcher => dispatcher.backward(activation, x, dy, { format })),
      forwardPair: (pair, gate, up, format) => call(dispatcher => dispatcher.forward(pair, gate, up, { format })),
      backwardPair: (pair, gate, up, dy, format) =>
        call(dispatcher => dispatcher.backward(pair, gate, up, dy, { format })),
    },
  }
}

const cpu = dispatching('CPU', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  if (dispatcher.report.cpu.path !== 'wasm') throw new Error(dispatcher.report.cpu.reason)
  return dispatcher
})

/** It computes by the reference. */
const javascript = dispatching('CPU without WebAssembly', () =>
  createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' }),
)

function dispatcherOn(deviceOf: () => Promise<GPUDevice>): ProcessorUnderTest {
  return dispatching('WebGPU dispatcher', async () =>
    createDispatcher({ processor: 'webgpu', device: await deviceOf(), crossCheck: 'off' }),
  )
}

/** What users have, with every element compared. A kernel that fails its self-test or the comparison is an error. */
export const crossCheckedProcessor = dispatching('WebGPU dispatcher with a full cross-check', async () =>
  createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'full' }),
)

/** Runs kernels over inputs, each tensor in a buffer of its own, and reads the results, which were poisoned before. */
async function withBuffers<Name extends string>(
  device: GPUDevice,
  inputs: readonly Float32Array[],
  results: readonly Name[],
  record: (
    pass: GPUComputePassEncoder,
    inputs: readonly GPUBufferBinding[],
    results: Record<Name, GPUBufferBinding>,
  ) => void,
): Promise<Record<Name, Float32Array>> {
  return inScopes(device, async use => {
    const given = inputs.map(array => use(new GuardedBuffer(device, array)))
    const { length } = inputs[0]!
    const outputs = results.map(
      name => [name, use(new GuardedBuffer(device, new Float32Array(length).fill(12345)))] as const,
    )
    const bindings = Object.fromEntries(outputs.map(([name, { binding }]) => [name, binding]))
    submit(device, pass =>
      record(
        pass,
        given.map(({ binding }) => binding),
        bindings as Record<Name, GPUBufferBinding>,
      ),
    )
    const read = await Promise.all(outputs.map(async ([name, output]) => [name, await output.read()] as const))
    return Object.fromEntries(read) as Record<Name, Float32Array>
  })
}

/** Kernels recorded into a pass of the test's own. */
function kernelsOn(deviceOf: () => Promise<GPUDevice>): ProcessorUnderTest {
  return {
    name: 'WebGPU kernels',
    async forward(activation, x) {
      const device = await deviceOf()
      const recorder = createKernels(device)
      const { y } = await withBuffers(device, [x], ['y'], (pass, [input], { y: output }) =>
        recorder.forward(pass, activation, { x: input!, y: output }),
      )
      return y
    },
    async backward(activation, x, dy) {
      const device = await deviceOf()
      const recorder = createKernels(device)
      const { dx } = await withBuffers(device, [x, dy], ['dx'], (pass, [input, gradient], { dx: output }) =>
        recorder.backward(pass, activation, { x: input!, dy: gradient!, dx: output }),
      )
      return dx
    },
    async forwardPair(pair, gate, up) {
      const device = await deviceOf()
      const recorder = createKernels(device)
      const { y } = await withBuffers(device, [gate, up], ['y'], (pass, [first, second], { y: output }) =>
        recorder.forward(pass, pair, { gate: first!, up: second!, y: output }),
      )
      return y
    },
    async backwardPair(pair, gate, up, dy) {
      const device = await deviceOf()
      const recorder = createKernels(device)
      return withBuffers(device, [gate, up, dy], ['dGate', 'dUp'], (pass, [first, second, gradient], outputs) =>
        recorder.backward(pass, pair, { gate: first!, up: second!, dy: gradient!, ...outputs }),
      )
    },
  }
}

/** What a device computes, through arrays and through buffers. */
export function processorsOn(deviceOf: () => Promise<GPUDevice>): readonly ProcessorUnderTest[] {
  return [dispatcherOn(deviceOf), kernelsOn(deviceOf)]
}

/** The ways to compute that this lane has. */
export const processors: readonly ProcessorUnderTest[] =
  inject('lane') === 'cpu' ? [cpu, javascript] : processorsOn(testDevice)
