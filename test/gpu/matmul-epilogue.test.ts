import { expect, test } from 'vitest'
import { createMatmul, NO_EPILOGUE } from '../../demo/examples/matmul.ts'
import type { Activation } from '../../src/activations/support/activation.ts'
import { createKernels, gelu, leakyRelu, wgsl } from '../../src/index.ts'
import { ulpsBetween } from '../support/contract.ts'
import { expectSameBits, toBits } from '../support/float32.ts'
import { inScopes, submit, testDevice } from '../support/gpu.ts'
import { leakyReluForward } from '../support/truth.ts'

// The example: an activation spliced into a matrix multiplication, against the same multiplication and then the kernel.
// The matrices hold small multiples of 1/8, so that every sum is exact in float32 and one value, in whatever order and
// with whatever instructions a driver adds it up: spliced or not, the activation is given the same x.

const shapes = [
  { rows: 33, columns: 65, inner: 17 },
  { rows: 1, columns: 3, inner: 1 },
  { rows: 16, columns: 16, inner: 32 },
  { rows: 5, columns: 130, inner: 100 },
]

/** Multiples of 1/8 from -1 to 1 that look random. */
function eighths(length: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => {
    const word = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b), 0x21f0aaad)
    return (((word ^ (word >>> 15)) >>> 0) % 17) / 8 - 1
  })
}

interface Results {
  /** A B + bias, worked out here. */
  readonly sums: Float32Array
  readonly plain: Float32Array
  readonly fused: Float32Array
  readonly unfused: Float32Array
}

/** The results for every shape. */
async function multiply(activation: Activation): Promise<Results[]> {
  const device = await testDevice()
  return inScopes(device, async use => {
    const fusedMatmul = await createMatmul(device, wgsl(activation, { name: 'epilogue' }))
    const plainMatmul = await createMatmul(device, NO_EPILOGUE)
    const kernels = createKernels(device)
    const bufferOf = (values: Float32Array<ArrayBuffer>): GPUBuffer => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const buffer = use(device.createBuffer({ size: values.byteLength, usage }))
      device.queue.writeBuffer(buffer, 0, values)
      return buffer
    }
    return Promise.all(
      shapes.map(async ({ rows, columns, inner }) => {
        const [a, b, bias] = [eighths(rows * inner, 1), eighths(inner * columns, 2), eighths(columns, 3)]
        const operands = { rows, columns, inner, a: bufferOf(a), b: bufferOf(b), bias: bufferOf(bias) }
        const poisoned = (): GPUBuffer => bufferOf(new Float32Array(rows * columns).fill(12345))
        const [plain, fused, unfused] = [poisoned(), poisoned(), poisoned()]
        submit(device, pass => {
          fusedMatmul(pass, { ...operands, c: fused })
          plainMatmul(pass, { ...operands, c: plain })
          kernels.forward(pass, activation, { x: { buffer: plain }, y: { buffer: unfused } })
        })
        const sums = Float32Array.from({ length: rows * columns }, (_, i) => {
          const [row, column] = [Math.floor(i / columns), i % columns]
          let sum = bias[column]!
          for (let k = 0; k < inner; k++) sum += a[row * inner + k]! * b[k * columns + column]!
          return sum
        })
        const read = (buffer: GPUBuffer): Promise<Float32Array> => readBack(device, buffer)
        return { sums, plain: await read(plain), fused: await read(fused), unfused: await read(unfused) }
      }),
    )
  })
}

async function readBack(device: GPUDevice, buffer: GPUBuffer): Promise<Float32Array> {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const staging = device.createBuffer({ size: buffer.size, usage })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const values = new Float32Array(staging.getMappedRange()).slice()
  staging.destroy()
  return values
}

// The relu family is the same bit for bit, wherever it is computed.
test('leakyRelu at the end of a matrix multiplication', async () => {
  for (const { sums, plain, fused, unfused } of await multiply(leakyRelu({ alpha: 0.2 }))) {
    expectSameBits(plain, sums)
    expectSameBits(fused, unfused, { x: sums })
    expectSameBits(fused, leakyReluForward(0.2, sums), { x: sums })
  }
})

// Each of two results is within 4 ULP of the true value, so they are within 8 of each other.
test('gelu at the end of a matrix multiplication', async () => {
  for (const { sums, plain, fused, unfused } of await multiply(gelu())) {
    expectSameBits(plain, sums)
    const [bits, expected] = [toBits(fused), toBits(unfused)]
    const distances = Array.from(bits, (word, i) => ulpsBetween(word, expected[i]!))
    expect(Math.max(...distances)).toBeLessThanOrEqual(8)
    expect(fused).not.toEqual(plain)
  }
})
