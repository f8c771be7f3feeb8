import { type Activation, type Direction } from '../../src/index.ts'
import { allIndices, compareWithReference } from '../../src/cross-check.ts'
import { ulpDistance } from '../../src/deviation.ts'
import type { Check } from '../rows.ts'
import { pause } from './pause.ts'

// Small enough that a stop is answered at once.
const BLOCK = 2 ** 19

/** What a call is given. */
export interface Data {
  readonly x: Float32Array<ArrayBuffer>
  readonly dy: Float32Array<ArrayBuffer>
}

/** A check, and in words what it found where it failed. */
export interface Finding {
  readonly check: Check
  readonly problem?: string
}

/** Compares the CPU's answer with the float64 reference, at every element. */
export async function checkAgainstReference(
  activation: Activation,
  direction: Direction,
  { x, dy }: Data,
  result: Float32Array,
  signal: AbortSignal,
): Promise<Finding> {
  let mismatches = 0
  let maxUlp = 0
  let example = ''
  for (let start = 0; start < result.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, result.length)
    const gradient = direction === 'backward' ? { dy: dy.subarray(start, end) } : {}
    const inputs = { x: x.subarray(start, end), ...gradient }
    const part = compareWithReference(
      activation,
      direction,
      inputs,
      result.subarray(start, end),
      allIndices(end - start),
    )
    const [first] = part.first
    if (mismatches === 0 && first !== undefined) {
      example = `at ${start + first.index}, expected ${first.expected}, got ${first.actual}`
    }
    mismatches += part.mismatches
    maxUlp = Math.max(maxUlp, part.maxUlp)
    await pause(signal)
  }
  return finding(result.length, mismatches, maxUlp, example)
}

/** Compares results that come in pieces with the expected array, bit for bit. */
export class BitComparison {
  readonly #expected: Int32Array
  #elements = 0
  #mismatches = 0
  #maxUlp = 0
  #example = ''

  constructor(expected: Float32Array) {
    this.#expected = new Int32Array(expected.buffer, expected.byteOffset, expected.length)
  }

  /** Compares the next piece. */
  add(piece: Int32Array): void {
    for (let i = 0; i < piece.length; i++) {
      const expected = this.#expected[this.#elements + i]
      if (piece[i] === expected) continue
      if (this.#mismatches === 0) {
        const [wanted, got] = new Float32Array(Int32Array.of(expected!, piece[i]!).buffer)
        this.#example = `at ${this.#elements + i}, expected ${reading(wanted!)}, got ${reading(got!)}`
      }
      this.#mismatches++
      this.#maxUlp = Math.max(this.#maxUlp, ulpDistance(expected!, piece[i]!))
    }
    this.#elements += piece.length
  }

  finish(): Finding {
    return finding(this.#elements, this.#mismatches, this.#maxUlp, this.#example)
  }
}

/** Compares a whole result with the expected array, bit for bit. */
export function compareBits(expected: Float32Array, result: Float32Array): Finding {
  const comparison = new BitComparison(expected)
  comparison.add(new Int32Array(result.buffer, result.byteOffset, result.length))
  return comparison.finish()
}

function finding(elements: number, mismatches: number, maxUlp: number, example: string): Finding {
  const check = { elements, maxUlp, passed: mismatches === 0 }
  if (check.passed) return { check }
  return { check, problem: `${mismatches} of ${elements} elements are wrong, by up to ${maxUlp} ULP: ${example}` }
}

function reading(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}
