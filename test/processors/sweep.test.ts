import { describe, inject, test } from 'vitest'
import { boundedSamples, exactSamples } from '../activations/samples.ts'
import { backwardFault, forwardFault } from '../support/contract.ts'
import { bitsOf, expectSameBits, toBits } from '../support/float32.ts'
import { everyWord, fromHalf, shuffledWords } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { crossCheckedProcessor, processors } from '../support/processors.ts'
import { anyNaN, orFlushed } from '../support/truth.ts'
import { expectNoFaults } from '../support/vectors.ts'

// float32 from end to end: every value that bfloat16 has, which is 256 in each binade, of either sign, with every infinity, zero and
// subnormal among them. Drivers make something else of a formula just inside the ends of float32, where values picked by hand are few.
// On the GPU the dispatcher tests and compares all that it computes, so that what finds a wrong kernel is seen to pass a right one.

const x = fromHalf('bf16', everyWord)
/** 1 first, which shows the derivative, and then any gradient. */
const xTwice = Float32Array.from({ length: 2 * x.length }, (_, i) => x[i % x.length]!)
toBits(xTwice).set(toBits(x))
toBits(xTwice).set(toBits(x), x.length)
const dy = new Float32Array(xTwice.length).fill(1)
toBits(dy).set(toBits(fromHalf('bf16', shuffledWords(1))), x.length)

const known = new Map<string, unknown>()

/** Works out the truth once, for all processors. */
function once<Truth>(key: string, workOut: () => Truth): Truth {
  if (!known.has(key)) known.set(key, workOut())
  return known.get(key) as Truth
}

const processorsHere = inject('lane') === 'cpu' ? processors : [crossCheckedProcessor]

/** Whether a result is the true value rounded once: a quick yes. Of zeros the sign may matter, and of NaN the payload. */
const isRounded = (truth: number, actual: number): boolean =>
  truth !== 0 && !Number.isNaN(truth) && bitsOf(truth) === actual

describe.each(processorsHere)('$name', processor => {
  test.each(casesHere(exactSamples))('$call, bit for bit', async ({ activation, record, forward, backward }) => {
    const y = await processor.forward(activation, x)
    const dx = await processor.backward(activation, xTwice, dy)
    const truth = once(`${activation}`, () => ({ y: forward(x), dx: backward(xTwice, dy) }))
    const open = (expected: Float32Array, actual: Float32Array): Float32Array =>
      record.accuracy === 'exact' ? expected : orFlushed(anyNaN(expected, actual), actual)
    expectSameBits(y, open(truth.y, y), { x })
    expectSameBits(dx, open(truth.dx, dx), { x: xTwice, dy })
  })

  test.each(casesHere(boundedSamples))('$call', async ({ activation, formula, named }) => {
    const y = await processor.forward(activation, x)
    const dx = await processor.backward(activation, xTwice, dy)
    const truth = once(`${activation}`, () => ({
      y: Array.from(x, formula.value),
      slope: Array.from(x, formula.derivative),
    }))
    const [bits, gradients] = [toBits(x), toBits(dy)]
    expectNoFaults(y, truth.y, { x }, (i, actual, value) =>
      isRounded(value, actual) ? undefined : forwardFault(named, bits[i]!, value, actual),
    )
    const slopeAt = (i: number): number => truth.slope[i % x.length]!
    const products = Array.from(dy, (gradient, i) => gradient * slopeAt(i))
    expectNoFaults(dx, products, { x: xTwice, dy }, (i, actual, value) =>
      isRounded(value, actual)
        ? undefined
        : backwardFault(named, bits[i % x.length]!, gradients[i]!, slopeAt(i), actual),
    )
  })
})
