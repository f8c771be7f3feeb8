import { dawn, defineGlobals } from './lanes/dawn.ts'
import { brokenPromise, describeAdapter, type LaneName } from './lanes/promise.ts'
import type { GpuProcessor } from '../accuracy/processors.ts'

// Dawn rounds timestamps to 65.5 microseconds otherwise.
const FLAGS = ['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization']

const LANES: Readonly<Record<GpuProcessor, LaneName>> = {
  swiftshader: 'node-swiftshader',
  lavapipe: 'node-lavapipe',
  gpu: 'node-gpu',
}

// A part of the adapter's name, for a process that was started with both drivers.
const ADAPTERS: Readonly<Record<GpuProcessor, readonly string[]>> = {
  swiftshader: ['adapter=SwiftShader'],
  lavapipe: ['adapter=llvmpipe'],
  gpu: [],
}

/** Dawn's device on a driver that this process was started with. @throws Error when it is another, or none */
export async function openDawn(processor: GpuProcessor): Promise<{ device: GPUDevice; description: string }> {
  defineGlobals()
  const gpu = dawn([...FLAGS, ...ADAPTERS[processor]])
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  const broken = brokenPromise(LANES[processor], adapter?.info)
  if (adapter === null || broken !== undefined) throw new Error(broken ?? 'no adapter')
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
  })
  device.onuncapturederror = event => {
    throw new Error(event.error.message)
  }
  return { device, description: describeAdapter(adapter.info) }
}
