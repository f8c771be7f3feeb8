import { inject } from 'vitest'
import type { Activation } from '../../src/activations/activation.ts'
import { referenceBits } from '../../src/cpu/reference.ts'
import { createDispatcher, createKernels } from '../../src/index.ts'
import { fromBits, toBits } from './float32.ts'
import { GuardedBuffer, inScopes, testDevice } from './gpu.ts'

/** A way to compute, which every test body that runs on all of them takes as its argument. */
export interface ProcessorUnderTest {
  readonly name: string
  forward(activation: Activation, x: Float32Array): Promise<Float32Array>
  backward(activation: Activation, x: Float32Array, dy: Float32Array): Promise<Float32Array>
}

const cpu: ProcessorUnderTest = {
  name: 'CPU',
  async forward(activation, x) {
    return (await createDispatcher({ processor: 'cpu' })).forward(activation, x)
  },
  async backward(activation, x, dy) {
    return (await createDispatcher({ processor: 'cpu' })).backward(activation, x, dy)
  },
}

const reference: ProcessorUnderTest = {
  name: 'CPU reference',
  async forward(activation, x) {
    return fromBits([...toBits(x)].map(bits => referenceBits(activation, 'forward', bits, 0)))
  },
  async backward(activation, x, dy) {
    const gradients = toBits(dy)
    return fromBits([...toBits(x)].map((bits, i) => referenceBits(activation, 'backward', bits, gradients[i]!)))
  },
}

/** Arrays to the GPU and back, with nothing to correct what the GPU says. */
const dispatcher: ProcessorUnderTest = {
  name: 'WebGPU dispatcher',
  async forward(activation, x) {
    const made = await createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'off' })
    const y = await made.forward(activation, x)
    if (made.report.fallbacks > 0) throw new Error(made.report.reason)
    return y
  },
  async backward(activation, x, dy) {
    const made = await createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'off' })
    const dx = await made.backward(activation, x, dy)
    if (made.report.fallbacks > 0) throw new Error(made.report.reason)
    return dx
  },
}

/** Kernels recorded into a pass of the test's own, each tensor in a buffer of its own. */
const kernels: ProcessorUnderTest = {
  name: 'WebGPU kernels',
  async forward(activation, x) {
    const device = await testDevice()
    return inScopes(device, async use => {
      const input = use(new GuardedBuffer(device, x))
      const output = use(new GuardedBuffer(device, new Float32Array(x.length).fill(12345)))
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      createKernels(device).forward(pass, activation, { x: input.binding, y: output.binding })
      pass.end()
      device.queue.submit([encoder.finish()])
      return output.read()
    })
  },
  async backward(activation, x, dy) {
    const device = await testDevice()
    return inScopes(device, async use => {
      const input = use(new GuardedBuffer(device, x))
      const gradient = use(new GuardedBuffer(device, dy))
      const output = use(new GuardedBuffer(device, new Float32Array(x.length).fill(12345)))
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      const bindings = { x: input.binding, dy: gradient.binding, dx: output.binding }
      createKernels(device).backward(pass, activation, bindings)
      pass.end()
      device.queue.submit([encoder.finish()])
      return output.read()
    })
  },
}

/** The ways to compute that this lane has. */
export const processors: readonly ProcessorUnderTest[] =
  inject('lane') === 'cpu' ? [cpu, reference] : [dispatcher, kernels]
