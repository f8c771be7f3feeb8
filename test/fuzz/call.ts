import fc from 'fast-check'
import type { Format } from '../../src/index.ts'
import { integerFormulaOf } from '../activations/integers.ts'
import { fromBits } from '../support/float32.ts'
import { toHalf } from '../support/half.ts'
import { anyBits, arrayLike, type Home, type Ruin, ruin, type Words } from './arrays.ts'
import { brokenShape, faithfulShape, inheriting, type Shape } from './objects.ts'
import { Recipe } from './recipe.ts'
import { anySignal, type MadeSignal } from './signals.ts'
import { maskNames, pairNames, subjectOf } from './subjects.ts'
import { anything, oneIn } from './values.ts'

// A call of a dispatcher: right in itself, of any kind, and then with up to two things wrong.

const FORMATS = ['f32', 'f32', 'f32', 'f16', 'bf16', 'i32'] as const
const SLOTS = ['activation', 'first', 'last', 'length', 'out', 'format', 'flag', 'signal', 'shape', 'extra'] as const
type Slot = (typeof SLOTS)[number]

/** Where the results go. */
type Target = 'new' | 'apart' | 'first' | 'last' | 'view' | 'shifted' | 'half named'

/** A call as it is generated. */
export interface CallCase {
  readonly subject: ReturnType<typeof subjectOf> extends fc.Arbitrary<infer Made> ? Made : never
  readonly direction: 'forward' | 'backward'
  readonly from: 'x' | 'y' | 'mask'
  readonly format: Format
  readonly length: number
  /** The bits that each tensor repeats. */
  readonly bits: readonly (readonly number[])[]
  readonly homes: readonly Home[]
  readonly target: Target
  readonly mask: boolean | undefined
  readonly transfer: boolean | undefined
  readonly signal: Recipe<MadeSignal>
  readonly shape: Shape
  readonly broken: readonly Slot[]
  readonly ruins: readonly [first: Ruin, last: Ruin, out: Ruin]
  readonly odd: Recipe
  readonly brokenShape: Shape
}

const lengths = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 3, 4, 31, 32, 33, 63, 64, 65, 127, 257) },
  { weight: 1, arbitrary: fc.nat({ max: 3000 }) },
)
const targets: fc.Arbitrary<Target> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('new' as const) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Target>('apart', 'apart', 'first', 'last', 'view', 'shifted', 'half named'),
  },
)

/** @param names the activations that there are @param foreign arrays of another realm, where there is one */
export function callCases(
  names: readonly string[],
  foreign: Readonly<Record<string, (words: Words) => Words>> = {},
): fc.Arbitrary<CallCase> {
  const home = arrayLike(foreign)
  return fc.record({
    subject: subjectOf(names),
    direction: fc.constantFrom('forward', 'backward'),
    from: fc.constantFrom('x', 'x', 'y', 'mask'),
    format: fc.constantFrom(...FORMATS),
    length: lengths,
    bits: fc.tuple(...[0, 1, 2].map(() => fc.array(anyBits, { minLength: 1, maxLength: 9 }))),
    homes: fc.tuple(home, home, home, home),
    target: targets,
    mask: oneIn(3, fc.boolean()),
    transfer: oneIn(3, fc.boolean()),
    signal: anySignal,
    shape: fc.oneof({ weight: 5, arbitrary: faithfulShape }, { weight: 1, arbitrary: fc.constant(inheriting) }),
    broken: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.subarray([...SLOTS], { minLength: 1, maxLength: 2 }) },
    ),
    ruins: fc.tuple(ruin, ruin, ruin),
    odd: anything,
    brokenShape,
  })
}

/** The tensors of a call by their names, in the order of its arguments. */
export function tensorsOf({ subject, direction, from }: CallCase): readonly string[] {
  const isPair = pairNames.includes(subject.subject.name)
  if (direction === 'forward') return isPair ? ['gate', 'up'] : ['x']
  return isPair ? ['gate', 'up', 'dy'] : [from, 'dy']
}

/** The format of a call: functions that take no integers have float32 in their place. */
export function formatOf({ format, subject: { subject } }: Pick<CallCase, 'format' | 'subject'>): Format {
  const takesNone = format === 'i32' && integerFormulaOf(subject.name, subject.parameters) === undefined
  return takesNone ? 'f32' : format
}

export function takesMask({ subject }: CallCase): boolean {
  return maskNames.includes(subject.subject.name)
}

/**
 * The words of a tensor. Those of a pair are numbers of ordinary size, zeros and NaN: products that leave float32 on their way have
 * no one truth.
 */
export function wordsFor(format: Format, bits: readonly number[], length: number, isPair: boolean): Words {
  const all = Array.from({ length }, (_, i) => bits[i % bits.length]!)
  if (format === 'i32') return Int32Array.from(all)
  if (!isPair) return format === 'f32' ? fromBits(all) : Uint16Array.from(all)
  const floats = fromBits(all.map(tame))
  if (format === 'f32') return floats
  return toHalf(
    format,
    floats.map(value => Math.max(-30, Math.min(30, value)) || 0.5),
  )
}

function tame(bits: number): number {
  const magnitude = bits & 0x7fffffff
  const exponent = (magnitude >>> 23) % 24
  return magnitude === 0 || magnitude > 0x7f800000 ? bits : ((bits & 0x807fffff) | ((exponent + 115) << 23)) >>> 0
}
