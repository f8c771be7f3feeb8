import type { Matrix } from '../matrix.ts'
import adam from './adam.wgsl?raw'
import crossEntropy from './cross-entropy.wgsl?raw'
import gather from './gather.wgsl?raw'
import optimiser from './optimiser.wgsl?raw'
import product from '../../examples/product.wgsl?raw'
import sgd from './sgd.wgsl?raw'
import status from './status.wgsl?raw'

/** Records a kernel into a pass. */
export type Recording = (pass: GPUComputePassEncoder) => void

/** A range of a buffer. */
export interface Range {
  readonly buffer: GPUBuffer
  /** In bytes. */
  readonly offset: number
  readonly size: number
}

/** The kernels of a network that are no activations, and the invocations of a workgroup. */
const KERNELS = {
  product: { code: product, workgroup: 64 },
  gather: { code: status + gather, workgroup: 256 },
  'cross-entropy': { code: status + crossEntropy, workgroup: 64 },
  sgd: { code: status + optimiser + sgd, workgroup: 64 },
  adam: { code: status + optimiser + adam, workgroup: 64 },
} as const

type KernelName = keyof typeof KERNELS

/** The compiled kernels of a device. */
export class Programs {
  readonly #device: GPUDevice
  readonly #pipelines: ReadonlyMap<KernelName, GPUComputePipeline>

  private constructor(device: GPUDevice, pipelines: ReadonlyMap<KernelName, GPUComputePipeline>) {
    this.#device = device
    this.#pipelines = pipelines
  }

  /** @throws GPUPipelineError (by rejection) where the device refuses a kernel */
  static async compile(device: GPUDevice): Promise<Programs> {
    const compiled = Object.entries(KERNELS).map(async ([name, { code }]) => {
      const module = device.createShaderModule({ label: name, code })
      const pipeline = await device.createComputePipelineAsync({ label: name, layout: 'auto', compute: { module } })
      return [name as KernelName, pipeline] as const
    })
    return new Programs(device, new Map(await Promise.all(compiled)))
  }

  /**
   * Binds a kernel to its buffers, once for all its dispatches.
   *
   * @param shape the words of its uniform buffer
   * @param ranges its storage buffers, from binding 1
   * @param invocations how many there are at least
   */
  bind(
    buffers: Buffers,
    name: KernelName,
    shape: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
    ranges: readonly Range[],
    invocations: number,
  ): Recording {
    const pipeline = this.#pipelines.get(name)!
    const entries = [buffers.uniform(shape), ...ranges].map((resource, binding) => ({ binding, resource }))
    const group = this.#device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
    const workgroups = Math.ceil(invocations / KERNELS[name].workgroup)
    return pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(workgroups)
    }
  }

  /** Binds the product of two matrices. */
  product(buffers: Buffers, a: Matrix<Range>, b: Matrix<Range>, out: Range): Recording {
    const strides = [a.rowStride, a.columnStride, b.rowStride, b.columnStride]
    const shape = Uint32Array.of(a.rows, b.columns, a.columns, ...strides)
    return this.bind(buffers, 'product', shape, [a.values, b.values, out], a.rows * b.columns)
  }
}

/** Makes buffers, and destroys them together. */
export class Buffers {
  readonly #device: GPUDevice
  readonly #made: GPUBuffer[] = []

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** A buffer of 32-bit words, zeros at first. */
  words(count: number): Range {
    return this.#make(4 * count, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST)
  }

  /** A buffer with these values. */
  of(values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Range {
    const range = this.words(values.length)
    this.#device.queue.writeBuffer(range.buffer, 0, values)
    return range
  }

  uniform(words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Range {
    const range = this.#make(words.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    this.#device.queue.writeBuffer(range.buffer, 0, words)
    return range
  }

  /** A buffer to read results from. */
  staging(bytes: number): GPUBuffer {
    return this.#make(bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST).buffer
  }

  destroy(): void {
    for (const buffer of this.#made) buffer.destroy()
  }

  #make(size: number, usage: GPUBufferUsageFlags): Range {
    const buffer = this.#device.createBuffer({ size, usage })
    this.#made.push(buffer)
    return { buffer, offset: 0, size }
  }
}

/** The first words of a buffer, as a row-by-row tensor of fewer elements. */
export function part({ buffer, offset }: Range, words: number): Range {
  return { buffer, offset, size: 4 * words }
}
