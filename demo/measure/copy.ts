import type { AdapterDescription } from '../../src/index.ts'
import shader from './copy.wgsl?raw'

const BYTES_PER_VECTOR = 16
// The size that every device allows.
const WORKGROUP_SIZE = 256
// A software adapter has one thread a core, so it gets few workgroups, and 16 vectors or more in each invocation.
const SOFTWARE_WORKGROUPS = 16
const SOFTWARE_VECTORS = 16

/** The assignment of vectors to invocations: invocation k takes vector k * run, then each `stride` further on, below `reach`. */
interface Order {
  readonly workgroups: number
  readonly run: number
  readonly stride: number
  readonly reach: number
}

/** The dispatches of a device. */
export interface Grid {
  readonly workgroupSize: number
  orderOf(vectors: number): Order
}

/**
 * The order in which the library's kernels start on an adapter. On SwiftShader each invocation has a contiguous block: relu of
 * 16 Mi float32 backward takes 0.9 of the time of strides there, and 1.4 times as long on lavapipe (2026-11-21).
 */
export function gridOf({ limits }: GPUDevice, { isFallbackAdapter, architecture }: AdapterDescription): Grid {
  const most = isFallbackAdapter ? SOFTWARE_WORKGROUPS : limits.maxComputeWorkgroupsPerDimension
  const fewestVectors = isFallbackAdapter ? SOFTWARE_VECTORS : 1
  return {
    workgroupSize: WORKGROUP_SIZE,
    orderOf(vectors) {
      const workgroups = Math.min(most, Math.ceil(vectors / fewestVectors / WORKGROUP_SIZE))
      const invocations = workgroups * WORKGROUP_SIZE
      if (architecture !== 'swiftshader') return { workgroups, run: 1, stride: invocations, reach: vectors }
      const run = Math.ceil(vectors / invocations)
      return { workgroups, run, stride: 1, reach: run }
    },
  }
}

/** Records a copy. */
export type RecordCopy = (pass: GPUComputePassEncoder) => void

/** Prepares copies from buffers into another. @param bytes a multiple of 16 */
type Prepare = (result: GPUBuffer, sources: readonly GPUBuffer[], bytes: number) => RecordCopy

/**
 * Compiles a plain WGSL copy kernel, the baseline of the library's kernels.
 *
 * @param entryPoint `copy_of_two` reads two sources
 */
export async function createCopy(device: GPUDevice, entryPoint: 'copy' | 'copy_of_two', grid: Grid): Promise<Prepare> {
  const module = device.createShaderModule({ label: 'copy', code: shader })
  const constants = { workgroup_size: grid.workgroupSize }
  const compute = { module, entryPoint, constants }
  const pipeline = await device.createComputePipelineAsync({ label: 'copy', layout: 'auto', compute })
  const { maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } = device.limits
  const largest = maxStorageBufferBindingSize - (maxStorageBufferBindingSize % minStorageBufferOffsetAlignment)

  return (result, sources, bytes) => {
    const segments: { group: GPUBindGroup; workgroups: number }[] = []
    for (let offset = 0; offset < bytes; offset += largest) {
      const size = Math.min(largest, bytes - offset)
      const { workgroups, run, stride, reach } = grid.orderOf(size / BYTES_PER_VECTOR)
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
      const order = device.createBuffer({ label: 'order of a copy', size: BYTES_PER_VECTOR, usage })
      device.queue.writeBuffer(order, 0, Uint32Array.of(run, stride, reach))
      const entries = [{ buffer: order }, ...[result, ...sources].map(buffer => ({ buffer, offset, size }))]
      const group = device.createBindGroup({
        label: 'copy',
        layout: pipeline.getBindGroupLayout(0),
        entries: entries.map((resource, binding) => ({ binding, resource })),
      })
      segments.push({ group, workgroups })
    }
    return pass => {
      pass.setPipeline(pipeline)
      for (const { group, workgroups } of segments) {
        pass.setBindGroup(0, group)
        pass.dispatchWorkgroups(workgroups)
      }
    }
  }
}
