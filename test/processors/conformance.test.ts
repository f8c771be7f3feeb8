import { describe, test } from 'vitest'
import { backwardFault, forwardFault } from '../support/contract.ts'
import { toBits } from '../support/float32.ts'
import { casesHere, isWgpu } from '../support/lanes.ts'
import { processors } from '../support/processors.ts'
import { activationOf, expectNoFaults, float32, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// True values, worked out to 60 digits independently of this library: test/conformance/README.md.

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['../conformance/*.json', '!../conformance/pair-*.json', '!../conformance/prelu-*.json'], {
    eager: true,
    import: 'default',
  }),
)
const largest = 3.4028234663852886e38
const gradients = [NaN, Infinity, -Infinity, 0, -0, largest, -largest, 1.2e-38]

describe.each(processors)('$name', processor => {
  test.each(isWgpu ? casesHere(vectors) : vectors)('$file forward', async named => {
    const x = float32(named.x)
    const y = await processor.forward(activationOf(named), x)
    const bits = toBits(x)
    expectNoFaults(y, numbers(named.y), { x }, (i, actual, truth) => forwardFault(named, bits[i]!, truth, actual))
  })

  // With the vectors' dy, and once more with each of the special ones.
  test.each(isWgpu ? casesHere(vectors) : vectors)('$file backward', async named => {
    const length = named.x.length
    const rounds = 1 + gradients.length
    const x = Float32Array.from({ length: length * rounds }, (_, i) => Number(named.x[i % length]))
    const dy = Float32Array.from(x, (_, i) =>
      i < length ? Number(named.dy[i]) : gradients[Math.floor(i / length) - 1]!,
    )
    const dx = await processor.backward(activationOf(named), x, dy)
    const slopes = numbers(named.derivative)
    const truth = [...dy].map((gradient, i) => gradient * slopes[i % length]!)
    const xBits = toBits(x)
    const dyBits = toBits(dy)
    expectNoFaults(dx, truth, { x, dy }, (i, actual) =>
      backwardFault(named, xBits[i]!, dyBits[i]!, slopes[i % length]!, actual),
    )
  })
})
