import { describe, expect, test } from 'vitest'
import { formulaOf } from '../activations/lookup.ts'
import { backwardFault, type Fault, forwardFault } from '../support/contract.ts'
import { bitsOf, toBits } from '../support/float32.ts'
import { float32, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// The judge is judged: it takes the true values rounded to float32, and nothing that is far from them.

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['./*.json', '!./pair-*.json', '!./prelu-*.json'], { eager: true, import: 'default' }),
)

describe.each(vectors)('$file', named => {
  const x = float32(named.x)
  const dy = float32(named.dy)
  const y = numbers(named.y)
  const derivative = numbers(named.derivative)
  const xBits = toBits(x)
  const dyBits = toBits(dy)
  const isNormal = (value: number): boolean => Math.abs(value) > 2 ** -125 && Math.abs(value) < 2 ** 127

  /** The faults of results that are `off` by this many units in the last place. */
  function faults(off: number, only: (value: number) => boolean = () => true): { forward: Fault[]; backward: Fault[] } {
    const forward: Fault[] = []
    const backward: Fault[] = []
    for (let i = 0; i < x.length; i++) {
      // relu passes -0 through, and the vectors' zeros carry no sign.
      const passed = x[i] === 0 && y[i] === 0 ? xBits[i]! : bitsOf(y[i]!)
      if (only(y[i]!)) forward.push(forwardFault(named, xBits[i]!, y[i]!, passed + off))
      const shut = named.gated && derivative[i] === 0
      const dx = shut ? 0 : dy[i]! * derivative[i]!
      if (only(dx) && only(derivative[i]!))
        backward.push(backwardFault(named, xBits[i]!, dyBits[i]!, derivative[i]!, bitsOf(dx) + off))
    }
    return { forward, backward }
  }

  test('takes the true values', () => {
    const { forward, backward } = faults(0)
    expect([...forward, ...backward].filter(fault => fault !== undefined)).toEqual([])
  })

  test('takes no zero for what is not near zero', () => {
    const wrong = [...x.keys()].filter(i => isNormal(y[i]!) && forwardFault(named, xBits[i]!, y[i]!, 0) === undefined)
    // But for a subnormal x, which a driver may read as zero, where the result is hardly larger.
    expect(wrong.filter(i => Math.abs(x[i]!) >= 2 ** -126 || Math.abs(y[i]!) > 2 ** -100)).toEqual([])
  })

  test('takes no value that is off', () => {
    const { forward } = faults(5, isNormal)
    expect(forward).not.toContain(undefined)
    // A subnormal derivative may have been flushed; around a zero of the derivative errors are measured against dy.
    const crosses = formulaOf(named.activation, named.parameters).crossing !== undefined
    const { backward } = faults(crosses ? 2 ** 21 : 9, value => isNormal(value) && (!crosses || Math.abs(value) > 1e-4))
    expect(backward).not.toContain(undefined)
  })
})
