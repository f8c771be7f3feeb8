import { uniform } from '../../demo/support/random.ts'
import { bitsView, floatOf } from '../../src/support/bits.ts'
import type { Activation } from '../../src/index.ts'

const EVENLY = 2 ** 19
const DENSE = 2 ** 18
const DENSE_RADIUS = 20
const NEIGHBOURS = 1024
const NEIGHBOURS_OF_STEP = 64
const SMALLEST_NORMAL = 0x00800000
const LARGEST_FINITE = 0x7f7fffff

/** Places where an activation has a kink, its derivative a zero, a formula cancels or a result leaves the normal float32. */
const PLACES = [
  0.01, 0.1, 0.25, 0.3, 0.5, 0.75, 0.7518, 1, 1.0986123, 1.1924312, 1.2784645, 1.5, 1.702, 2, 2.5, 3, 4, 5, 6, 7, 8,
  9.0109, 10, 12, 12.9, 14.4, 16, 17.3287, 20, 32, 50, 64, 87.33655, 88.02969, 88.72284, 89.41599, 102, 103.97208, 104,
  128, 256, 1e3, 1e4,
]

/**
 * The inputs of the table, about a million normal numbers, the same every time: bit patterns spread evenly over float32,
 * [-20, 20] densely, and the neighbours of places where activations are hard to get right, of the activation's own
 * parameters, and of where exponentials change their power of two. Subnormal numbers are among the special cases: those who
 * promise nothing of them would have nothing else in their column.
 */
export function finiteInputs(activation: Activation): Float32Array<ArrayBuffer> {
  const bits: number[] = []
  const eachSign = EVENLY / 2
  for (let i = 0; i < eachSign; i++) {
    const pattern = SMALLEST_NORMAL + Math.floor(((i + 0.5) * (LARGEST_FINITE - SMALLEST_NORMAL)) / eachSign)
    bits.push(pattern, pattern | 0x80000000)
  }
  const random = uniform(1)
  const one = new Float32Array(1)
  const bitsOf = (value: number): number => {
    one[0] = value
    return bitsView(one)[0]!
  }
  for (let i = 0; i < DENSE; i++) bits.push(bitsOf(((i + random()) / DENSE) * 2 * DENSE_RADIUS - DENSE_RADIUS))

  const around = (value: number, neighbours: number): void => {
    const magnitude = bitsOf(Math.abs(value))
    for (let i = -neighbours / 2; i < neighbours / 2; i++) {
      const pattern = magnitude + i
      if (pattern >= SMALLEST_NORMAL && pattern <= LARGEST_FINITE) bits.push(pattern, pattern | 0x80000000)
    }
  }
  const parameters = Object.values(activation.parameters).filter(value => typeof value === 'number')
  for (const place of [...PLACES, ...parameters, floatOf(SMALLEST_NORMAL), floatOf(LARGEST_FINITE)]) {
    around(place, NEIGHBOURS)
  }
  for (let power = 0.5; power < 152; power++) around(power * Math.LN2, NEIGHBOURS_OF_STEP)

  const inputs = new Float32Array(bits.length)
  bitsView(inputs).set(bits)
  return inputs
}
