import { Grid } from '../../src/gpu/grid.ts'
import { BINDING_ALIGNMENT } from '../../src/gpu/placement.ts'
import shader from './copy.wgsl?raw'

const VECTOR = 16

/** Records a copy of `bytes` bytes, a multiple of 16, from x to y. */
export type RecordCopy = (pass: GPUComputePassEncoder) => void

/** A plain WGSL copy kernel of the shape of the library's kernels: the floor that they are held against. */
export async function createCopy(
  device: GPUDevice,
): Promise<(x: GPUBuffer, y: GPUBuffer, bytes: number) => RecordCopy> {
  const module = device.createShaderModule({ label: 'copy', code: shader })
  const pipeline = await device.createComputePipelineAsync({ label: 'copy', layout: 'auto', compute: { module } })
  const grid = new Grid(device)
  const { maxStorageBufferBindingSize } = device.limits
  const largest = maxStorageBufferBindingSize - (maxStorageBufferBindingSize % BINDING_ALIGNMENT)

  return (x, y, bytes) => {
    const segments: { group: GPUBindGroup; workgroups: number }[] = []
    for (let offset = 0; offset < bytes; offset += largest) {
      const size = Math.min(largest, bytes - offset)
      const entries = [x, y].map((buffer, binding) => ({ binding, resource: { buffer, offset, size } }))
      const group = device.createBindGroup({ label: 'copy', layout: pipeline.getBindGroupLayout(0), entries })
      segments.push({ group, workgroups: grid.workgroupsFor(size / VECTOR) })
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
