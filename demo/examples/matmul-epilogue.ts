// In your project: from 'webgpu-activations'.
import { createKernels, gelu, wgsl } from '../../src/index.ts'
import { emptyBuffer, storageBuffer } from './device.ts'
import { createMatmul, type Matrices, NO_EPILOGUE } from './matmul.ts'
import { showOutcome, wave } from './outcome.ts'

// A layer of a network, gelu(A B + bias). Spliced into the multiplication, gelu reads and writes no memory of its own.

const [ROWS, COLUMNS, INNER] = [333, 222, 111]
const RESULT_BYTES = 4 * ROWS * COLUMNS
const RUNS = 9

void showOutcome(async () => {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error('WebGPU found no adapter.')
  const device = await adapter.requestDevice()
  const kernels = createKernels(device)
  await kernels.prepare([gelu()])
  const fusedMatmul = await createMatmul(device, wgsl(gelu(), { name: 'epilogue' }))
  const plainMatmul = await createMatmul(device, NO_EPILOGUE)

  const shape = { rows: ROWS, columns: COLUMNS, inner: INNER }
  const operands = {
    a: storageBuffer(device, wave(ROWS * INNER, 2.3)),
    b: storageBuffer(device, wave(INNER * COLUMNS, 1.7)),
    bias: storageBuffer(device, wave(COLUMNS, 0.7)),
  }
  const fused: Matrices = { ...shape, ...operands, c: emptyBuffer(device, ROWS * COLUMNS) }
  const unfused: Matrices = { ...shape, ...operands, c: emptyBuffer(device, ROWS * COLUMNS) }

  const recordFused = (pass: GPUComputePassEncoder): void => fusedMatmul(pass, fused)
  const recordUnfused = (pass: GPUComputePassEncoder): void => {
    plainMatmul(pass, unfused)
    const range = { buffer: unfused.c, size: RESULT_BYTES }
    kernels.forward(pass, gelu(), { x: range, y: range })
  }

  await submit(device, recordFused)
  await submit(device, recordUnfused)
  const [results, expected] = [await read(device, fused.c), await read(device, unfused.c)]
  const differing = results.filter((word, i) => word !== expected[i]).length

  const [times, timesUnfused]: [number[], number[]] = [[], []]
  for (let run = 0; run < RUNS; run++) {
    times.push(await submit(device, recordFused))
    timesUnfused.push(await submit(device, recordUnfused))
  }

  return {
    Shape: `${ROWS} × ${INNER} times ${INNER} × ${COLUMNS}`,
    'Elements that differ': `${differing} of ${results.length}, by at most ${largestDistance(results, expected)} ULP`,
    Spliced: milliseconds(times),
    'One after the other': milliseconds(timesUnfused),
  }
})

/** Submits a pass. @returns the milliseconds until it is done */
async function submit(device: GPUDevice, record: (pass: GPUComputePassEncoder) => void): Promise<number> {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  record(pass)
  pass.end()
  const start = performance.now()
  device.queue.submit([encoder.finish()])
  await device.queue.onSubmittedWorkDone()
  return performance.now() - start
}

/** The bits of a result. */
async function read(device: GPUDevice, buffer: GPUBuffer): Promise<Int32Array> {
  const size = RESULT_BYTES
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const words = new Int32Array(staging.getMappedRange()).slice()
  staging.destroy()
  return words
}

/** The largest distance, in units in the last place of float32, of results that are not NaN. */
function largestDistance(a: Int32Array, b: Int32Array): number {
  const place = (word: number): number => (word < 0 ? -(word & 0x7fffffff) : word)
  return a.reduce((largest, word, i) => Math.max(largest, Math.abs(place(word) - place(b[i]!))), 0)
}

function milliseconds(times: readonly number[]): string {
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
  return `${median.toFixed(2)} ms, the median of ${times.length} runs`
}
