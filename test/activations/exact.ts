import { bitsOf, toBits } from '../support/float32.ts'
import { formulaOf, recordOf } from './lookup.ts'
import type { Options } from './record.ts'

// The results of an activation that rounds at most once, as the numeric contract has them: bit for bit.

const QUIET_NAN = 0x7fc00000

type Array32 = Float32Array<ArrayBuffer>

export interface ExactResults {
  readonly forward: (x: Float32Array) => Array32
  readonly backward: (x: Float32Array, dy: Float32Array) => Array32
}

const isNaNBits = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000
const roundedBits = (value: number): number => (Number.isNaN(value) ? QUIET_NAN : bitsOf(value))

/** A value that passes keeps its bits, a shut gate gives +0, and any other result is rounded once. A computed NaN is the quiet one. */
export function exactResults(name: string, options?: Options): ExactResults {
  const { value, derivative, passes = () => false } = formulaOf(name, options)
  const { zeroWhereShut } = recordOf(name)
  return {
    forward(x) {
      const bits = toBits(x)
      return mapped(x, (at, i) => (Number.isNaN(at) || passes(at) ? bits[i]! : roundedBits(value(at, i))))
    },
    backward(x, dy) {
      const bits = toBits(dy)
      return mapped(x, (at, i) => {
        const slope = derivative(at, i)
        if (zeroWhereShut && slope === 0) return 0
        if (Number.isNaN(slope)) return QUIET_NAN
        return isNaNBits(bits[i]!) ? bits[i]! : roundedBits(slope * dy[i]!)
      })
    },
  }
}

function mapped(x: Float32Array, bitsFor: (at: number, index: number) => number): Array32 {
  const result = new Uint32Array(x.length)
  for (let i = 0; i < x.length; i++) result[i] = bitsFor(x[i]!, i)
  return new Float32Array(result.buffer)
}
