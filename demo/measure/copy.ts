import copyOfTwoShader from '../../shaders/kernels/probe.wgsl?raw'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import { Grid } from '../../src/gpu/plan/grid.ts'
import { declareWorkgroupSize } from '../../src/gpu/device/workgroup-size.ts'
import { BINDING_ALIGNMENT } from '../../src/gpu/programs/placement.ts'
import copyShader from './copy.wgsl?raw'

const VECTOR = 16

/** Records a copy. */
export type RecordCopy = (pass: GPUComputePassEncoder) => void

/**
 * A plain WGSL copy kernel of the shape of the library's kernels: the floor that they are held against. It takes the order that
 * they take by then, which `prepare` may change once.
 *
 * @returns what prepares a copy of so many bytes, a multiple of 16, from x to y
 */
export async function createCopy(
  device: GPUDevice,
): Promise<(x: GPUBuffer, y: GPUBuffer, bytes: number) => RecordCopy> {
  const prepare = await createKernel(device, copyShader)
  return (x, y, bytes) => prepare([x, y], bytes)
}

/** The floor of what reads two arrays, x and y, and writes one: z holds something of both. */
export async function createCopyOfTwo(
  device: GPUDevice,
): Promise<(x: GPUBuffer, y: GPUBuffer, z: GPUBuffer, bytes: number) => RecordCopy> {
  const prepare = await createKernel(device, copyOfTwoShader)
  return (x, y, z, bytes) => prepare([x, y, z], bytes)
}

async function createKernel(
  device: GPUDevice,
  kernel: string,
): Promise<(buffers: readonly GPUBuffer[], bytes: number) => RecordCopy> {
  const grid = new Grid(device)
  const code = `${declareWorkgroupSize(grid.workgroupSize)}\n${kernel}`
  const module = device.createShaderModule({ label: 'copy', code })
  const pipeline = await device.createComputePipelineAsync({ label: 'copy', layout: 'auto', compute: { module } })
  const { maxStorageBufferBindingSize } = device.limits
  const largest = maxStorageBufferBindingSize - (maxStorageBufferBindingSize % BINDING_ALIGNMENT)

  return (buffers, bytes) => {
    const segments: { group: GPUBindGroup; workgroups: number }[] = []
    for (let offset = 0; offset < bytes; offset += largest) {
      const size = Math.min(largest, bytes - offset)
      const { workgroups, run, stride, reach } = grid.orderOf(size / VECTOR)
      const usage = BufferUsage.UNIFORM | BufferUsage.COPY_DST
      const order = device.createBuffer({ label: 'order of a copy', size: VECTOR, usage })
      device.queue.writeBuffer(order, 0, Uint32Array.of(run, stride, reach))
      const entries = [{ buffer: order }, ...buffers.map(buffer => ({ buffer, offset, size }))]
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
