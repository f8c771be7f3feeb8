import fc from 'fast-check'
import type { Activation } from '../../src/activations/support/activation.ts'
import type { Dispatcher } from '../../src/index.ts'
import { anyBits, arrayLike, type Home, type Ruin, ruin, type Words } from './arrays.ts'
import { wordsFor } from './call.ts'
import { brokenShape, faithfulShape, type Shape } from './objects.ts'
import { judge, type Outcome } from './outcome.ts'
import { expectAlphaGradient } from './pair-truth.ts'
import type { Recipe } from './recipe.ts'
import { anySignal, type MadeSignal } from './signals.ts'
import { lengthFor, subjectOf } from './subjects.ts'
import { anything, oneIn } from './values.ts'

// backwardAlpha: the sums that a prelu learns by.

const BREAKS = ['activation', 'another', 'x', 'dy', 'length', 'options', 'extra'] as const

interface AlphaCase {
  readonly subject: ReturnType<typeof subjectOf> extends fc.Arbitrary<infer Made> ? Made : never
  readonly another: Recipe
  readonly length: number
  readonly bits: readonly [x: readonly number[], dy: readonly number[]]
  readonly homes: readonly [x: Home, dy: Home]
  readonly signal: Recipe<MadeSignal>
  readonly shape: Shape
  readonly broken: (typeof BREAKS)[number] | undefined
  readonly ruin: Ruin
  readonly odd: Recipe
  readonly brokenShape: Shape
}

const bits = fc.array(anyBits, { minLength: 1, maxLength: 9 })
const home = arrayLike()

export const alphaCases: fc.Arbitrary<AlphaCase> = fc.record({
  subject: subjectOf(['prelu']),
  another: subjectOf(['relu', 'gelu', 'swiglu']).map(({ recipe }) => recipe),
  length: fc.nat({ max: 300 }),
  bits: fc.tuple(bits, bits),
  homes: fc.tuple(home, home),
  signal: anySignal,
  shape: faithfulShape,
  broken: oneIn(2, fc.constantFrom(...BREAKS)),
  ruin,
  odd: anything,
  brokenShape,
})

/** Sums up, and expects the sums. */
export async function sumUp(dispatcher: Dispatcher, call: AlphaCase): Promise<Outcome> {
  const { subject, another, homes, signal, shape, broken, odd } = call
  const { length, fits } = lengthFor(subject.subject, call.length)
  const [x, dy] = call.bits.map(words => wordsFor('f32', words, length, true)) as [Float32Array, Float32Array]
  const given: unknown[] = [homes[0].make()(x as Words), homes[1].make()(dy as Words)]
  if (broken === 'x') given[0] = call.ruin.make()(x as Words)
  if (broken === 'dy') given[1] = call.ruin.make()(dy as Words)
  if (broken === 'length') given[1] = new Float32Array(length + 1)
  if (broken === 'extra') given.push(new Float32Array(length))
  const made = signal.make()
  const options = made.signal === undefined ? {} : { signal: made.signal }
  given.push((broken === 'options' ? call.brokenShape : shape).make()(options))
  const activation =
    broken === 'activation' ? odd.make() : broken === 'another' ? another.make() : subject.recipe.make()
  const wasAborted = signal.verdict === 'either'
  return judge(
    {
      verdict: broken !== undefined || wasAborted || !fits ? 'refused' : 'right',
      ...(wasAborted && broken === undefined && fits && { codes: [] }),
      throws: broken !== undefined,
      signal: made.signal as AbortSignal | undefined,
    },
    () => dispatcher.backwardAlpha(activation as Activation, ...(given as [Float32Array, Float32Array])),
    sums => expectAlphaGradient(subject.subject, x, dy, sums),
  )
}
