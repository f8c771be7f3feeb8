import { describe, test } from 'vitest'
import { prelu } from '../../src/index.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { preluBackward, preluForward, slopesFor, wholePeriods } from '../support/prelu.ts'
import { processors } from '../support/processors.ts'

// Each element has the slope of its channel, bit for bit, however channels lie in memory.

const shapes = [
  [1, 1],
  [2, 1],
  [2, 3],
  [3, 1],
  [3, 2],
  [3, 4],
  [4, 1],
  [5, 7],
  [9, 64],
  [64, 1],
  [97, 5],
  [300, 16],
  [2, 5000],
  [4096, 1],
  [1, 2 ** 31 - 1],
] as const

const special = [0xff800000, 0x7f800000, 0x80000000, 0, 0xffc12345, 0x80000001, 0xff7fffff, 0x807fffff]

/** Any bits, with those between them that are special. */
function anyBits(length: number, seed: number): Float32Array {
  const bits = toBits(scrambledBits(length, seed))
  return fromBits(bits.map((word, i) => (i % 3 === 0 ? special[Math.floor(i / 3) % special.length]! : word)))
}

/**
 * Products of two float32 that lose so many bits where they become subnormal, and lie next to the middle between two numbers: off by
 * one unit of 2^zeros in their last place. Whoever forgets one bit of 48 rounds some the other way.
 */
function nextToTie(lost: number, zeros: number): [slope: number, x: number][] {
  const modulus = 2n ** BigInt(lost - zeros)
  const found: [number, number][] = []
  for (let a = 0x95a3b1n; found.length < 8; a += 2n) {
    let inverse = a
    // Newton's method doubles the bits that are right, from 3 on.
    for (let i = 0; i < 5; i++) inverse = (inverse * (2n - a * inverse)) % modulus
    const residue = modulus / 2n + (found.length % 2 === 0 ? 1n : -1n)
    const b = Number((((residue * inverse) % modulus) + modulus) % modulus) * 2 ** zeros
    if (b >= 2 ** 23 && b < 2 ** 24) found.push([Number(a) * 2 ** -40, -b * 2 ** (40 - 149 - lost)])
  }
  return found
}

// Factors of which a bit more or less is another kind of number.
const subnormal: readonly [slope: number, x: number][] = [
  [2, -1e-40],
  [1e-40, -2],
  [0.75 * 2 ** -126, -0.9],
]
const products = [
  ...subnormal,
  ...[25, 26, 30].flatMap(lost => [0, 1, 12, 16].flatMap(zeros => nextToTie(lost, zeros))),
]

describe.each(processors)('$name', processor => {
  test('subnormal products that are hard to round', async () => {
    const alpha = Float32Array.from(products, ([slope]) => slope)
    const x = Float32Array.from(products, ([, factor]) => factor)
    const expected = preluForward({ alpha, inner: 1 }, x)
    expectSameBits(await processor.forward(prelu({ alpha }), x), expected, { alpha, x })
    expectSameBits(await processor.backward(prelu({ alpha }), x, x), expected, { alpha, x })
    // The other way round.
    const [slopes, factors] = [x.map(Math.abs), alpha.map(slope => -slope)]
    expectSameBits(await processor.forward(prelu({ alpha: slopes }), factors), expected, { slopes, factors })
  })

  test.each(shapes)('%i channels of %i', async (channels, inner) => {
    const slopes = { alpha: slopesFor(channels), inner }
    for (const length of new Set([1, 7, 64, 9001].map(least => wholePeriods(least, slopes)))) {
      const x = anyBits(length, length)
      const dy = anyBits(length, length + 1)
      expectSameBits(await processor.forward(prelu(slopes), x), preluForward(slopes, x), { x })
      expectSameBits(await processor.backward(prelu(slopes), x, dy), preluBackward(slopes, x, dy), { x, dy })
    }
  })
})
