import { bitsOf, fromBits, toBits } from './float32.ts'

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

/** alpha times a float32: the product is exact in float64, and is rounded once. */
function scaled(alpha: number, bits: number): number {
  if (classOf(bits) === 'nan') return bits
  const product = Math.fround(alpha) * fromBits([bits])[0]!
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
