import { once } from 'node:events'
import { createKernels, defineActivation } from '../../../src/index.ts'
import { bitsView, floatOf } from '../../../src/support/bits.ts'
import { numericFunctions } from '../../support/numeric-functions.ts'
import { openDawn } from '../../tools/dawn-device.ts'
import type { GpuProcessor } from '../processors.ts'
import { isSubnormal, ulpError } from '../ulp.ts'

/** The errors of one function on one driver. */
export interface Found {
  readonly name: string
  readonly inputs: number
  /** The largest error of normal results in ULP, and where it is. */
  readonly largest: number
  readonly at: number
  /** The first results that are no number, infinite or not subnormal where they should be. */
  readonly faults: readonly string[]
}

const EVENLY = 500_000
const DENSELY = 2 ** 18
const RADII = [20, 110]
const NEIGHBOURS = 2000
const LARGEST_FINITE = 0x7f7fffff
const MOST_FAULTS = 4

/** Where formulas give way to others, results round to their limits, and results overflow and underflow. */
const PLACES = [
  0, 1.1754944e-38, 2.9802322e-8, 5.9604645e-8, 1.2207031e-4, 2.4414062e-4, 0.25, 0.34657359, 0.5, 0.66666669, 1,
  1.3333334, 2, 3, 9.0109, 10, 15.9, 16.6, 17.3287, 24, 30, 60, 87.33655, 88.02969, 88.72284, 89, 102, 103.2789,
  103.97208, 104, 110, 16777216,
]

process.on('disconnect', () => process.exit(1))
const [processor] = (await once(process, 'message')) as [GpuProcessor]
const { device } = await openDawn(processor)
const kernels = createKernels(device)
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage

for (const { name, truth, hard } of numericFunctions) {
  const x = inputs(hard)
  const y = await computed(name, x)
  let [largest, at] = [0, 0]
  const faults: string[] = []
  for (const [i, value] of x.entries()) {
    const [right, actual] = [truth(value), y[i]!]
    // A subnormal result may be flushed, and a result that rounds to infinity be infinite.
    const isOpen = isSubnormal(right) && Math.abs(actual) <= 2 ** -126
    const rounded = Math.fround(right)
    const error = isOpen || Object.is(rounded, actual) ? 0 : ulpError(right, actual)
    if ((!Number.isFinite(error) || isSubnormal(right)) && error > 0 && faults.length < MOST_FAULTS)
      faults.push(`${name}(${value}) is ${actual}, not ${right}`)
    else if (error > largest) [largest, at] = [error, value]
  }
  process.send!({ name, inputs: x.length, largest, at, faults } satisfies Found)
}

/** A million of all exponents, many where results are neither 0 nor infinite, and the neighbours of places. */
function inputs(hard: readonly number[]): Float32Array<ArrayBuffer> {
  const bits: number[] = []
  for (let i = 0; i < EVENLY; i++) {
    const pattern = Math.floor(((i + 0.5) * LARGEST_FINITE) / EVENLY)
    bits.push(pattern, pattern | 0x80000000)
  }
  const one = new Float32Array(1)
  const bitsOf = (value: number): number => {
    one[0] = value
    return bitsView(one)[0]!
  }
  for (const radius of RADII)
    for (let i = 0; i < DENSELY; i++) bits.push(bitsOf(((i + 0.5) / DENSELY) * 2 * radius - radius))
  for (const place of [...PLACES, floatOf(LARGEST_FINITE), ...hard]) {
    const magnitude = bitsOf(Math.abs(place))
    const [least, most] = [Math.max(0, magnitude - NEIGHBOURS), Math.min(magnitude + NEIGHBOURS, LARGEST_FINITE)]
    for (let pattern = least; pattern <= most; pattern++) bits.push(pattern, pattern | 0x80000000)
  }
  const x = new Float32Array(bits.length)
  bitsView(x).set(bits)
  return x
}

/** The results of the function on the device, for each x. */
async function computed(name: string, x: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  const own = defineActivation({
    name: `own_${name}`,
    wgsl: `fn forward(x: Float) -> Float { return ${name}(x); }
           fn backward(x: Float, dy: Float) -> Float { return dy; }`,
    // Kernels do not compare with it.
    reference: { forward: value => value, derivative: () => 1 },
  })
  const size = x.byteLength
  const tensor = { buffer: device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST }) }
  const results = device.createBuffer({ size, usage: MAP_READ | COPY_DST })
  await kernels.prepare([own()])
  device.queue.writeBuffer(tensor.buffer, 0, x)
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  kernels.forward(pass, own(), { x: tensor, y: tensor })
  pass.end()
  encoder.copyBufferToBuffer(tensor.buffer, 0, results, 0, size)
  device.queue.submit([encoder.finish()])
  await results.mapAsync(GPUMapMode.READ)
  const y = new Float32Array(results.getMappedRange().slice(0))
  tensor.buffer.destroy()
  results.destroy()
  return y
}
