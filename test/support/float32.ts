import { expect } from 'vitest'

/** A float32 array with these bits: unlike a number, bits keep the payload of a NaN. */
export function fromBits(bits: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const array = new Float32Array(bits.length)
  new Uint32Array(array.buffer).set(bits)
  return array
}

/** The bits of a float32 array, unsigned. */
export function toBits(array: Float32Array): Uint32Array {
  return new Uint32Array(array.buffer, array.byteOffset, array.length)
}

// Millions of results are judged, and memory for each would take most of the time.
const scratch = new Float32Array(1)
const scratchBits = toBits(scratch)

/** The bits of one number rounded to float32. */
export function bitsOf(value: number): number {
  scratch[0] = value
  return scratchBits[0]!
}

/** The float32 with these bits; any NaN for those of one. */
export function numberOf(bits: number): number {
  scratchBits[0] = bits
  return scratch[0]!
}

/** Bits that look random and are the same every time: every exponent, NaN and subnormals among them. */
export function scrambledBits(length: number, seed: number): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(length)
  for (let i = 0; i < length; i++) {
    let word = Math.imul(i + 1, 0x9e3779b1) ^ seed
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad)
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
    bits[i] = word ^ (word >>> 15)
  }
  return new Float32Array(bits.buffer)
}

/** Expects the same bits, and shows the first few elements that differ. */
export function expectSameBits(
  actual: Float32Array,
  expected: Float32Array,
  inputs: Record<string, Float32Array> = {},
): void {
  expect(actual.length).toBe(expected.length)
  const actualBits = toBits(actual)
  const expectedBits = toBits(expected)
  const differences: string[] = []
  for (let i = 0; i < expectedBits.length && differences.length < 8; i++) {
    if (actualBits[i] === expectedBits[i]) continue
    const given = Object.entries(inputs).map(([name, array]) => `${name} = ${read(array, i)}`)
    differences.push(`[${i}] ${given.join(', ')}: expected ${read(expected, i)}, got ${read(actual, i)}`)
  }
  expect(differences).toEqual([])
}

function read(array: Float32Array, index: number): string {
  return `${array[index]} (0x${toBits(array)[index]!.toString(16).padStart(8, '0')})`
}
