import { onTestFinished } from 'vitest'
import { Activation } from '../../src/activations/support/activation.ts'
import { requestDevice } from '../../src/gpu/device/device.ts'
import {
  createDispatcher,
  type DispatcherOptions,
  type FallbackEvent,
  type MismatchEvent,
  relu,
} from '../../src/index.ts'

/** A dispatcher that ends with its test, and the events it dispatches. Without self-tests, which find what a cross-check might. */
export async function dispatcherWith(options: DispatcherOptions) {
  const dispatcher = await createDispatcher({ selfTest: false, ...options })
  const mismatches: MismatchEvent[] = []
  const fallbacks: FallbackEvent[] = []
  dispatcher.addEventListener('mismatch', event => mismatches.push(event))
  dispatcher.addEventListener('fallback', event => fallbacks.push(event))
  onTestFinished(() => dispatcher.destroy())
  return { dispatcher, mismatches, fallbacks }
}

/** A device that ends with its test, and says that its limits are smaller than they are. */
export async function ownDevice(descriptor: Partial<GPUSupportedLimits> = {}): Promise<GPUDevice> {
  const device = await requestDevice()
  const names = [
    'maxBufferSize',
    'maxStorageBufferBindingSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxComputeWorkgroupsPerDimension',
  ] as const
  const limits = Object.fromEntries(names.map(name => [name, device.limits[name]]))
  Object.defineProperty(device, 'limits', { value: { ...limits, ...descriptor } })
  onTestFinished(() => device.destroy())
  return device
}

/** Follows the buffers of a device: how large they were made, and how many of them live. */
export function trackBuffers(device: GPUDevice): {
  readonly sizes: number[]
  readonly labels: string[]
  readonly live: Set<string>
} {
  const tracked = { sizes: [] as number[], labels: [] as string[], live: new Set<string>() }
  const create = device.createBuffer.bind(device)
  Object.defineProperty(device, 'createBuffer', {
    configurable: true,
    value: (descriptor: GPUBufferDescriptor) => {
      const buffer = create(descriptor)
      tracked.labels.push(descriptor.label ?? '')
      const name = `${descriptor.label} ${tracked.sizes.push(descriptor.size)}`
      tracked.live.add(name)
      const free = buffer.destroy.bind(buffer)
      Object.defineProperty(buffer, 'destroy', {
        value: () => {
          tracked.live.delete(name)
          free()
        },
      })
      return buffer
    },
  })
  return tracked
}

/** relu as a driver or a slip might have it. */
export function brokenRelu(forward: string): Activation {
  const wgsl = `fn forward(x: Float) -> Float { return ${forward}; }
                fn backward(x: Float, dy: Float) -> Float { return dy; }`
  const { name, parameters, uniforms, zeroWhereShut, reference, loops } = relu()
  return new Activation({ name, parameters, uniforms, zeroWhereShut, reference, loops: loops!, wgslSources: [wgsl] })
}
