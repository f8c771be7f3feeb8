import { describe, test } from 'vitest'
import { prelu } from '../../src/index.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { preluBackward, preluForward, slopesFor } from '../support/prelu.ts'
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
  [2, 2 ** 31 - 1],
] as const

const special = [0xff800000, 0x7f800000, 0x80000000, 0, 0xffc12345, 0x80000001, 0xff7fffff, 0x807fffff]

/** Any bits, with those between them that are special. */
function anyBits(length: number, seed: number): Float32Array {
  const bits = toBits(scrambledBits(length, seed))
  return fromBits(bits.map((word, i) => (i % 3 === 0 ? special[Math.floor(i / 3) % special.length]! : word)))
}

describe.each(processors)('$name', processor => {
  test.each(shapes)('%i channels of %i', async (channels, inner) => {
    const slopes = { alpha: slopesFor(channels), inner }
    for (const length of [1, 7, 64, 9001]) {
      const x = anyBits(length, length)
      const dy = anyBits(length, length + 1)
      expectSameBits(await processor.forward(prelu(slopes), x), preluForward(slopes, x), { x })
      expectSameBits(await processor.backward(prelu(slopes), x, dy), preluBackward(slopes, x, dy), { x, dy })
    }
  })
})
