import { bitsOf, fromBits, numberOf, toBits } from './float32.ts'

// The relu family by the numeric contract, written down for the tests alone: on bits, by classes of values, not by the
// formulas that the library uses.

const QUIET_NAN = 0x7fc00000

type Class = 'nan' | 'zero' | 'positive' | 'negative'

function classOf(bits: number): Class {
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return 'nan'
  if (magnitude === 0) return 'zero'
  return bits >>> 31 === 1 ? 'negative' : 'positive'
}

/** Where the float32 stands among all that are not NaN; the zeros stand together. */
function place(bits: number): number {
  const magnitude = bits & 0x7fffffff
  return bits >>> 31 === 1 ? -magnitude : magnitude
}

/** alpha times a float32: the product is exact in float64, and is rounded once. */
function scaled(alpha: number, bits: number): number {
  if (classOf(bits) === 'nan') return bits
  const product = Math.fround(alpha) * numberOf(bits)
  return Number.isNaN(product) ? QUIET_NAN : bitsOf(product)
}

function map(of: (x: number, dy: number) => number, x: Float32Array, dy: Float32Array = x): Float32Array<ArrayBuffer> {
  const result = new Uint32Array(x.length)
  const xBits = toBits(x)
  const dyBits = toBits(dy)
  for (let i = 0; i < result.length; i++) result[i] = of(xBits[i]!, dyBits[i]!)
  return new Float32Array(result.buffer)
}

export function reluForward(x: Float32Array): Float32Array<ArrayBuffer> {
  return map(bits => (classOf(bits) === 'negative' ? 0 : bits), x)
}

export function reluBackward(x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  const open: readonly Class[] = ['positive', 'nan']
  return map((bits, gradient) => (open.includes(classOf(bits)) ? gradient : 0), x, dy)
}

export function leakyReluForward(alpha: number, x: Float32Array): Float32Array<ArrayBuffer> {
  return map(bits => {
    if (classOf(bits) === 'positive') return bits
    if (alpha === 0 && bits === 0xff800000) return bitsOf(alpha * -1)
    return scaled(alpha, bits)
  }, x)
}

export function leakyReluBackward(alpha: number, x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return map((bits, gradient) => (classOf(bits) === 'positive' ? gradient : scaled(alpha, gradient)), x, dy)
}

export function stepForward(x: Float32Array): Float32Array<ArrayBuffer> {
  const values: Record<Exclude<Class, 'nan'>, number> = { zero: 0, positive: bitsOf(1), negative: 0 }
  return map(bits => {
    const kind = classOf(bits)
    return kind === 'nan' ? bits : values[kind]
  }, x)
}

export function stepBackward(x: Float32Array): Float32Array<ArrayBuffer> {
  return new Float32Array(x.length)
}

export function hardTanhForward(minValue: number, maxValue: number, x: Float32Array): Float32Array<ArrayBuffer> {
  const [lowest, highest] = [bitsOf(minValue), bitsOf(maxValue)]
  return map(bits => {
    if (classOf(bits) === 'nan') return bits
    if (place(bits) < place(lowest)) return lowest
    return place(bits) > place(highest) ? highest : bits
  }, x)
}

export function hardTanhBackward(
  minValue: number,
  maxValue: number,
  x: Float32Array,
  dy: Float32Array,
): Float32Array<ArrayBuffer> {
  const [lowest, highest] = [place(bitsOf(minValue)), place(bitsOf(maxValue))]
  const isOpen = (bits: number): boolean => classOf(bits) !== 'nan' && place(bits) > lowest && place(bits) < highest
  return map((bits, gradient) => (isOpen(bits) ? gradient : 0), x, dy)
}

function isAbove(threshold: number, bits: number): boolean {
  return classOf(bits) === 'nan' || place(bits) > place(bitsOf(threshold))
}

export function thresholdForward(threshold: number, value: number, x: Float32Array): Float32Array<ArrayBuffer> {
  return map(bits => (isAbove(threshold, bits) ? bits : bitsOf(value)), x)
}

export function thresholdBackward(threshold: number, x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return map((bits, gradient) => (isAbove(threshold, bits) ? gradient : 0), x, dy)
}

function isOutside(lambda: number, bits: number): boolean {
  return classOf(bits) !== 'nan' && Math.abs(place(bits)) > place(bitsOf(lambda))
}

export function hardShrinkForward(lambda: number, x: Float32Array): Float32Array<ArrayBuffer> {
  return map(bits => (classOf(bits) === 'nan' || isOutside(lambda, bits) ? bits : 0), x)
}

/** Towards zero by lambda: a difference in float64 has more than twice the digits, so rounding it again is rounding once. */
export function softShrinkForward(lambda: number, x: Float32Array): Float32Array<ArrayBuffer> {
  const towardsZero = (value: number): number => value - Math.sign(value) * Math.fround(lambda)
  return map(bits => {
    if (classOf(bits) === 'nan') return bits
    return isOutside(lambda, bits) ? bitsOf(towardsZero(numberOf(bits))) : 0
  }, x)
}

/** Of hardShrink and of softShrink. */
export function shrinkBackward(lambda: number, x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return map((bits, gradient) => (isOutside(lambda, bits) ? gradient : 0), x, dy)
}

export function squaredReluForward(x: Float32Array): Float32Array<ArrayBuffer> {
  return map(bits => {
    if (classOf(bits) === 'nan') return bits
    return classOf(bits) === 'positive' ? bitsOf(numberOf(bits) ** 2) : 0
  }, x)
}

/** 2 * x * dy is exact in float64. */
export function squaredReluBackward(x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return map(
    (bits, gradient) => {
      if (classOf(bits) === 'nan') return QUIET_NAN
      if (classOf(bits) !== 'positive') return 0
      if (classOf(gradient) === 'nan') return gradient
      const product = 2 * numberOf(bits) * numberOf(gradient)
      return Number.isNaN(product) ? QUIET_NAN : bitsOf(product)
    },
    x,
    dy,
  )
}

/** What is expected, with zero for the subnormals that were flushed: a subtraction or a product may do that. */
export function orFlushed(expected: Float32Array, actual: Float32Array): Float32Array {
  const bits = toBits(expected)
  const actualBits = toBits(actual)
  const isSubnormal = (word: number): boolean => (word & 0x7f800000) === 0 && (word & 0x007fffff) !== 0
  return fromBits(bits.map((word, i) => (isSubnormal(word) && actual[i] === 0 ? actualBits[i]! : word)))
}

/** What is expected, with the NaN of the result where one is expected. */
export function anyNaN(expected: Float32Array, actual: Float32Array): Float32Array {
  const actualBits = toBits(actual)
  return fromBits(
    toBits(expected).map((word, i) => (Number.isNaN(expected[i]) && Number.isNaN(actual[i]) ? actualBits[i]! : word)),
  )
}
