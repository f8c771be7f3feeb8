import { describe, test } from 'vitest'
import { prelu } from '../../src/index.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
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

describe.each(processors)('$name', processor => {
  test.each(shapes)('%i channels of %i', async (channels, inner) => {
    const slopes = { alpha: slopesFor(channels), inner }
    for (const length of [1, 7, 64, 9001]) {
      const x = scrambledBits(length, length)
      const dy = scrambledBits(length, length + 1)
      expectSameBits(await processor.forward(prelu(slopes), x), preluForward(slopes, x), { x })
      expectSameBits(await processor.backward(prelu(slopes), x, dy), preluBackward(slopes, x, dy), { x, dy })
    }
  })
})
