import { describe, expect, inject, test } from 'vitest'
import { createDispatcher } from '../../src/index.ts'
import { backwardFault, forwardFault } from '../support/contract.ts'
import { toBits } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { processors } from '../support/processors.ts'
import { activationOf, expectNoFaults, float32, madeFor, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// True values, several channels and elements per channel: test/conformance/README.md.

type Dispatcher = Awaited<ReturnType<typeof createDispatcher>>
type Prelu = Parameters<Dispatcher['backwardAlpha']>[0]
interface Slopes {
  readonly parameters: { readonly alpha: readonly number[]; readonly inner: number }
}

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'dx' | 'dalpha'> & Slopes>(
  import.meta.glob('../conformance/prelu-*.json', { eager: true, import: 'default' }),
)

describe.each(processors)('$name', processor => {
  test.each(vectors)('$file forward', async named => {
    const x = float32(named.x)
    const y = await processor.forward(activationOf(named), x)
    const bits = toBits(x)
    expectNoFaults(y, numbers(named.y), { x }, (i, actual, truth) => forwardFault(named, bits[i]!, truth, actual))
  })

  test.each(vectors)('$file backward', async named => {
    const x = float32(named.x)
    const dy = float32(named.dy)
    const dx = await processor.backward(activationOf(named), x, dy)
    const xBits = toBits(x)
    const dyBits = toBits(dy)
    expectNoFaults(dx, numbers(named.dx), { x, dy }, (i, actual) =>
      backwardFault({ ...named, gated: false }, xBits[i]!, dyBits[i]!, slopeAt(named, x[i]!, i), actual),
    )
  })
})

function slopeAt({ parameters: { alpha, inner } }: Slopes, x: number, index: number): number {
  return x > 0 ? 1 : Math.fround(alpha[Math.floor(index / inner) % alpha.length]!)
}

test.each(vectors)('$file gradient of alpha', async named => {
  const x = float32(named.x)
  const dy = float32(named.dy)
  const dispatcher =
    inject('lane') === 'cpu'
      ? await createDispatcher({ processor: 'cpu' })
      : await createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'off' })
  const dalpha = await dispatcher.backwardAlpha(madeFor(named) as Prelu, x, dy)
  expect(dispatcher.report.fallbacks).toBe(0)
  dispatcher.destroy()

  // A sum in float32, in any order of a few levels, is off by a few units in the last place of what it adds up.
  const { alpha, inner } = named.parameters
  const added = alpha.map(() => 0)
  for (let i = 0; i < x.length; i++) {
    if (!(x[i]! > 0)) added[Math.floor(i / inner) % alpha.length]! += Math.abs(x[i]! * dy[i]!)
  }
  expect(dalpha.length).toBe(alpha.length)
  for (const [channel, truth] of numbers(named.dalpha).entries()) {
    // A sum beyond the largest float32 is an infinity.
    if (dalpha[channel] === Math.fround(truth)) continue
    const error = Math.abs(dalpha[channel]! - truth)
    expect(error, `channel ${channel}: expected ${truth}, got ${dalpha[channel]}`).toBeLessThanOrEqual(
      2 ** -20 * added[channel]!,
    )
  }
})
