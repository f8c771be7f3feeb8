// In your project: from 'webgpu-activations'.
import { createKernels, leakyRelu, sigmoid } from '../../src/index.ts'
import product from './product.wgsl?raw'
import wgsl from './training.wgsl?raw'

// docs/training.md tells why each part is as it is.

/** A network of two layers, sigmoid(leakyRelu(X W1 + b1) W2 + b2), and what it is trained with. */
export interface TrainingSetup {
  /** Points of the plane, one after the other. */
  readonly x: Float32Array<ArrayBuffer>
  /** The wanted output for each point, from 0 to 1. */
  readonly targets: Float32Array<ArrayBuffer>
  /** The hidden units. */
  readonly hidden: number
  /** W1 and W2, row by row. Biases begin with 0. */
  readonly weights: readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>]
  readonly rate: number
  /** The most steps. */
  readonly steps: number
}

export interface TrainingLoop {
  /** Submits steps of gradient descent over all points. Reads nothing back. */
  run(steps: number): void
  /** Reads the loss before each step so far. */
  losses(): Promise<Float32Array>
  destroy(): void
}

interface Range {
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

/** A matrix in a buffer: element (i, j) is element i * strides[0] + j * strides[1]. */
interface Matrix {
  readonly values: Range
  readonly rows: number
  readonly columns: number
  readonly strides: readonly [number, number]
}

const INPUTS = 2
const STEPS_AT_A_TIME = 10
// Ranges of bindings begin at multiples of 256 bytes.
const ALIGNMENT = 256

/** Prepares a training: everything is compiled and bound before the first step. */
export async function createTraining(device: GPUDevice, setup: TrainingSetup): Promise<TrainingLoop> {
  const { x, targets, hidden, weights, rate, steps } = setup
  const kernels = createKernels(device)
  const compile = (code: string, entryPoint: string, constants = {}): Promise<GPUComputePipeline> => {
    const module = device.createShaderModule({ code })
    return device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint, constants } })
  }
  const [multiplying, losing, descending] = await Promise.all([
    compile(product, 'main'),
    compile(wgsl, 'squared_error'),
    compile(wgsl, 'descend', { rate }),
  ])

  const buffers: GPUBuffer[] = []
  const make = (size: number, usage: number): Range => {
    const buffer = device.createBuffer({ size, usage })
    buffers.push(buffer)
    return { buffer, offset: 0, size }
  }
  const tensor = (elements: number): Range =>
    make(4 * elements, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST)
  const write = ({ buffer, offset }: Range, values: Float32Array<ArrayBuffer>): void =>
    device.queue.writeBuffer(buffer, offset, values)

  // All parameters lie in one buffer, and their gradients in the same places of another.
  const lengths = [INPUTS * hidden, hidden, hidden, 1]
  let end = 0
  const places = lengths.map(length => {
    const place = { offset: end, size: 4 * length }
    end = Math.ceil((end + place.size) / ALIGNMENT) * ALIGNMENT
    return place
  })
  const [parameters, gradients] = [tensor(end / 4), tensor(end / 4)]
  const within = ({ buffer }: Range): [Range, Range, Range, Range] =>
    places.map(place => ({ buffer, ...place })) as [Range, Range, Range, Range]
  const [w1, b1, w2, b2] = within(parameters)
  const [dw1, db1, dw2, db2] = within(gradients)
  write(w1, weights[0])
  write(w2, weights[1])

  const rows = targets.length
  const [input, wanted] = [tensor(INPUTS * rows), tensor(rows)]
  write(input, x)
  write(wanted, targets)
  const [product1, hidden1, dHidden] = [tensor(rows * hidden), tensor(rows * hidden), tensor(rows * hidden)]
  const [product2, output, dOutput] = [tensor(rows), tensor(rows), tensor(rows)]
  const record = tensor(1 + steps)

  type Recording = (pass: GPUComputePassEncoder) => void
  const bind = (pipeline: GPUComputePipeline, first: number, ranges: Range[], workgroups: number): Recording => {
    const entries = ranges.map((resource, i) => ({ binding: first + i, resource }))
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries })
    return pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(workgroups)
    }
  }
  const multiply = (a: Matrix, b: Matrix, result: Range): Recording => {
    const shape = make(28, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST)
    device.queue.writeBuffer(shape.buffer, 0, Uint32Array.of(a.rows, b.columns, a.columns, ...a.strides, ...b.strides))
    return bind(multiplying, 0, [shape, a.values, b.values, result], Math.ceil((a.rows * b.columns) / 64))
  }
  const points = matrix(input, rows, INPUTS)
  const activations = matrix(hidden1, rows, hidden)
  const step: readonly Recording[] = [
    multiply(points, matrix(w1, INPUTS, hidden), product1),
    pass => kernels.forward(pass, leakyRelu(), { x: product1, bias: b1, y: hidden1 }),
    multiply(activations, matrix(w2, hidden, 1), product2),
    pass => kernels.forward(pass, sigmoid(), { x: product2, bias: b2, y: output }),
    bind(losing, 0, [output, wanted, dOutput, record], 1),
    pass => kernels.backward(pass, sigmoid(), { x: product2, bias: b2, dy: dOutput, dx: dOutput, dbias: db2 }),
    multiply(transpose(activations), matrix(dOutput, rows, 1), dw2),
    multiply(matrix(dOutput, rows, 1), transpose(matrix(w2, hidden, 1)), dHidden),
    pass => kernels.backward(pass, leakyRelu(), { x: product1, bias: b1, dy: dHidden, dx: dHidden, dbias: db1 }),
    multiply(transpose(points), matrix(dHidden, rows, hidden), dw1),
    bind(descending, 4, [parameters, gradients], Math.ceil(end / 4 / 64)),
  ]

  return {
    run(count) {
      for (let done = 0; done < count; done += STEPS_AT_A_TIME) {
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        for (let i = done; i < Math.min(count, done + STEPS_AT_A_TIME); i++)
          for (const recording of step) recording(pass)
        pass.end()
        device.queue.submit([encoder.finish()])
      }
    },
    async losses() {
      const { buffer, size } = record
      const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
      device.queue.submit([encoder.finish()])
      await staging.mapAsync(GPUMapMode.READ)
      const words = staging.getMappedRange().slice(0)
      staging.destroy()
      const [count] = new Uint32Array(words, 0, 1)
      return new Float32Array(words, 4, count)
    },
    destroy() {
      for (const buffer of buffers) buffer.destroy()
    },
  }
}

/** A matrix row by row. */
function matrix(values: Range, rows: number, columns: number): Matrix {
  return { values, rows, columns, strides: [columns, 1] }
}

function transpose({ values, rows, columns, strides: [row, column] }: Matrix): Matrix {
  return { values, rows: columns, columns: rows, strides: [column, row] }
}
