import { describe, test } from 'vitest'
import { clampsOf } from '../activations/lookup.ts'
import { pairGateFault, pairValueFault } from '../support/contract.ts'
import { processors } from '../support/processors.ts'
import { expectNoFaults, float32, madeFor, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// True values of f(gate) * up and its two gradients: test/conformance/README.md.

type Columns = 'gate' | 'up' | 'dy' | 'y' | 'dGate' | 'dUp'
type Pair = Parameters<(typeof processors)[number]['forwardPair']>[0]

const vectors = vectorsIn<Vectors<Columns> & { readonly gated: boolean }>(
  import.meta.glob('../conformance/pair-*.json', { eager: true, import: 'default' }),
)
const BACKWARD_ULPS = 8

describe.each(processors)('$name', processor => {
  test.each(vectors)('$file forward', async named => {
    const gate = float32(named.gate)
    const up = float32(named.up)
    const { factor } = clampsOf(named.activation, named.parameters)
    const y = await processor.forwardPair(madeFor(named) as Pair, gate, up)
    expectNoFaults(y, numbers(named.y), { gate, up }, (i, actual, truth) =>
      pairValueFault(factor(up[i]!), truth, actual),
    )
  })

  test.each(vectors)('$file backward', async named => {
    const gate = float32(named.gate)
    const up = float32(named.up)
    const dy = float32(named.dy)
    const { dGate, dUp } = await processor.backwardPair(madeFor(named) as Pair, gate, up, dy)
    expectNoFaults(dGate, numbers(named.dGate), { gate, up, dy }, (i, actual, truth) =>
      pairGateFault(named, { gate: gate[i]!, up: up[i]!, dy: dy[i]! }, truth, actual),
    )
    expectNoFaults(dUp, numbers(named.dUp), { gate, dy }, (i, actual, truth) =>
      pairValueFault(dy[i]!, truth, actual, BACKWARD_ULPS),
    )
  })
})
