import { describe, test } from 'vitest'
import { scrambledBits } from '../support/float32.ts'
import { casesHere } from '../support/lanes.ts'
import { expectPair, knownPairs, ordinary } from '../support/pairs.ts'
import { processors } from '../support/processors.ts'

// Factors of any size: products that leave float32 on their way, subnormals, infinities, NaN.

describe.each(processors)('$name', processor => {
  test.each(casesHere(knownPairs))('$call', async known => {
    const [gate, up, dy] = [1, 2, 3].map(seed => scrambledBits(20_011, seed)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    // Gates of ordinary size, so that the factors are what is extreme.
    const ordinaryGate = ordinary(20_011, 4).map(value => value * 10)
    for (const gates of [gate, ordinaryGate]) {
      const y = await processor.forwardPair(known.pair, gates, up)
      const gradients = await processor.backwardPair(known.pair, gates, up, dy)
      expectPair(known, { gate: gates, up, dy, y, ...gradients })
    }
  })
})
