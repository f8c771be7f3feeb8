import type { AdapterDescription } from '../../src/index.ts'
import shader from './copy.wgsl?raw'

const BYTES_PER_VECTOR = 16
// The size that every device allows.
const WORKGROUP_SIZE = 256
// A software adapter has one thread a core, so it gets few workgroups, and 16 vectors or more in each invocation.
const SOFTWARE_WORKGROUPS = 16
const SOFTWARE_VECTORS = 16
// SwiftShader runs code for every four invocations of a workgroup, those without work too.
const SWIFTSHADER = { workgroupSize: 32, fewestVectors: 64 }

/**
 * Distributes vectors over invocations: invocation k takes the vectors from k * invocationStride on, below its first one
 * + span, in steps of `loopStride`.
 */
interface Partition {
  readonly workgroups: number
  readonly invocationStride: number
  readonly loopStride: number
  readonly span: number
}

/** The dispatches of a device. */
export interface Grid {
  readonly workgroupSize: number
  partitionOf(vectors: number): Partition
}

/**
 * The order in which the library's kernels start on an adapter. On SwiftShader each invocation has a contiguous block: relu of
 * 16 Mi float32 backward takes 0.9 of the time of strides there, and 1.4 times as long on lavapipe (2026-11-21).
 */
export function gridOf({ limits }: GPUDevice, { isFallbackAdapter, architecture }: AdapterDescription): Grid {
  const most = isFallbackAdapter ? SOFTWARE_WORKGROUPS : limits.maxComputeWorkgroupsPerDimension
  const usual = { workgroupSize: WORKGROUP_SIZE, fewestVectors: isFallbackAdapter ? SOFTWARE_VECTORS : 1 }
  const { workgroupSize, fewestVectors } = architecture === 'swiftshader' ? SWIFTSHADER : usual
  return {
    workgroupSize,
    partitionOf(vectors) {
      const workgroups = Math.min(most, Math.ceil(vectors / fewestVectors / workgroupSize))
      const invocations = workgroups * workgroupSize
      if (architecture !== 'swiftshader') {
        return { workgroups, invocationStride: 1, loopStride: invocations, span: vectors }
      }
      const span = Math.ceil(vectors / invocations)
      return { workgroups, invocationStride: span, loopStride: 1, span }
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
      const { workgroups, invocationStride, loopStride, span } = grid.partitionOf(size / BYTES_PER_VECTOR)
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
      const partition = device.createBuffer({ label: 'partition of a copy', size: BYTES_PER_VECTOR, usage })
      device.queue.writeBuffer(partition, 0, Uint32Array.of(invocationStride, loopStride, span))
      const entries = [{ buffer: partition }, ...[result, ...sources].map(buffer => ({ buffer, offset, size }))]
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
