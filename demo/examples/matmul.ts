import kernel from './matmul.wgsl?raw'

/** The matrices of C = epilogue(A B + bias), row by row in buffers of float32, and the bias of each column. */
export interface Matrices {
  /** The rows of A and of C. */
  readonly rows: number
  /** The columns of B and of C, and the length of the bias. */
  readonly columns: number
  /** The columns of A, which are the rows of B. */
  readonly inner: number
  readonly a: GPUBuffer
  readonly b: GPUBuffer
  readonly bias: GPUBuffer
  readonly c: GPUBuffer
}

/** Records the multiplication into a pass. */
export type Matmul = (pass: GPUComputePassEncoder, matrices: Matrices) => void

/** Leaves A B + bias as it is. */
export const NO_EPILOGUE = 'fn epilogue(x: f32) -> f32 { return x; }'

const TILE = 16

/**
 * A matrix multiplication that ends in a function of each element.
 *
 * @param epilogue WGSL that declares `fn epilogue(x: f32) -> f32`, such as `wgsl(gelu(), { name: 'epilogue' })`
 */
export async function createMatmul(device: GPUDevice, epilogue: string): Promise<Matmul> {
  const module = device.createShaderModule({ label: 'matmul', code: `${epilogue}\n${kernel}` })
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } })
  return (pass, { rows, columns, inner, a, b, bias, c }) => {
    const shape = device.createBuffer({ size: 12, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true })
    new Uint32Array(shape.getMappedRange()).set([rows, columns, inner])
    shape.unmap()
    const entries = [shape, a, b, bias, c].map((buffer, binding) => ({ binding, resource: { buffer } }))
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
    pass.dispatchWorkgroups(Math.ceil(columns / TILE), Math.ceil(rows / TILE))
  }
}
