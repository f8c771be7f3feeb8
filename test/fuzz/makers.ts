import fc from 'fast-check'
import { Activation } from '../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import { wgsl } from '../../src/index.ts'
import { isRequired, parameterNames, recordOf, valuesOf } from '../activations/lookup.ts'
import type { Parameter } from '../activations/record.ts'
import { bitsOf } from '../support/float32.ts'
import { WGSL_BUILTINS } from '../../src/support/wgsl-builtins.ts'
import { makerNames } from '../support/maker-names.ts'
import { arrayLike, kindOf, lengthOf } from './arrays.ts'
import { brokenShape, faithfulShape, inheriting, type Shape } from './objects.ts'
import { judge, type Outcome } from './outcome.ts'
import { Recipe, type Verdict } from './recipe.ts'
import { callMaker, isWithin, optionsFor, subjectOf } from './subjects.ts'
import { anyNumber, anything, oneIn } from './values.ts'

// The functions that make activations, and wgsl().

type Parameters = Readonly<Record<string, unknown>>

const known = new Map(makerNames.map(name => [name, Object.keys(recordOf(name).parameters)]))
const withParameters = makerNames.filter(name => known.get(name)!.length > 0)

const slopes = fc
  .array(fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), anyNumber), { maxLength: 6 })
  .map(values => Float32Array.from(values))
const home = arrayLike()

/** A parameter of any kind: numbers of all sizes, arrays of slopes, words, and what is none of them. */
const anyParameter: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 4, arbitrary: anyNumber.map(value => new Recipe(`${value}`, 'either', () => value)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(slopes, home)
      .map(([words, put]) => new Recipe(`[${words.join()}], ${put.name}`, 'either', () => put.make()(words))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(slopes, fc.constantFrom('numbers', 'doubles'))
      .map(
        ([words, kind]) =>
          new Recipe(`[${words.join()}], ${kind}`, 'either', () =>
            kind === 'numbers' ? [...words] : Float64Array.from(words),
          ),
      ),
  },
  { weight: 1, arbitrary: fc.constantFrom('none', 'tanh', 'erf').map(word => new Recipe(word, 'either', () => word)) },
  { weight: 2, arbitrary: anything },
)

interface MakerCase {
  readonly name: string
  readonly options: Parameters
  readonly changed: Readonly<Record<string, Recipe>>
  readonly shape: Shape
  /** In place of all of them. */
  readonly odd: Recipe | undefined
}

// Those that have parameters more often.
const weightedNames = fc.constantFrom(...makerNames, ...withParameters, ...withParameters, 'prelu', 'prelu')

export const makerCases: fc.Arbitrary<MakerCase> = weightedNames.chain(name =>
  fc.record({
    name: fc.constant(name),
    options: optionsFor(name),
    changed: fc.oneof(
      fc.constant({}),
      fc.dictionary(
        fc.oneof(
          {
            weight: 4,
            arbitrary: fc.constantFrom(...(known.get(name)!.length > 0 ? known.get(name)! : parameterNames)),
          },
          fc.constantFrom(...parameterNames),
        ),
        anyParameter,
        {
          minKeys: 1,
          maxKeys: 2,
          noNullPrototype: true,
        },
      ),
    ),
    shape: fc.oneof(
      { weight: 4, arbitrary: faithfulShape },
      { weight: 1, arbitrary: fc.constant(inheriting) },
      { weight: 1, arbitrary: brokenShape },
    ),
    odd: oneIn(10, anything),
  }),
)

/** The slopes of an array, whatever it says of itself; undefined where it is none, or throws. */
function slopesOf(value: unknown): unknown[] | undefined {
  const array = value as ArrayLike<unknown>
  const isFloats = ['Float32Array', 'Float64Array', 'Float16Array'].includes(kindOf(value) as string)
  try {
    if (!isFloats && !Array.isArray(value)) return undefined
    const length = isFloats ? lengthOf(value) : array.length
    // More are refused. To copy the holes of the longest array that there is would end the process.
    if (length > 2 ** 24) return []
    return Array.from({ length }, (_, i) => array[i])
  } catch {
    return undefined
  }
}

/** Whether a maker takes its parameters, as its documentation says. */
function isTaken(name: string, given: Parameters): boolean {
  const record = recordOf(name)
  if (Object.keys(given).some(key => !known.get(name)!.includes(key))) return false
  const areLegal = Object.entries(record.parameters).every(([key, parameter]) => isLegal(parameter, given[key]))
  // Slopes go with anything.
  const others = Object.entries(given).filter(([key]) => record.parameters[key]?.kind !== 'slopes')
  return areLegal && record.together(valuesOf(record, Object.fromEntries(others)))
}

function isLegal(parameter: Parameter, value: unknown): boolean {
  if (value === undefined) return !isRequired(parameter)
  const isFloat = (each: unknown): each is number => typeof each === 'number' && Number.isFinite(Math.fround(each))
  switch (parameter.kind) {
    case 'word':
      return parameter.words.includes(value as string)
    case 'count':
      return Number.isInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 31
    case 'slopes': {
      const list = slopesOf(value) ?? [value]
      return list.length > 0 && list.every(isFloat)
    }
    case 'number': {
      if (!isFloat(value) && value !== Infinity && value !== -Infinity) return false
      return isWithin(parameter.legal, Math.fround(value))
    }
  }
}

/** Makes the activation of a case, and expects it to hold its parameters, rounded once. */
export async function make({ name, options, changed, shape, odd }: MakerCase): Promise<Outcome> {
  const given: Record<string, unknown> = { ...options }
  for (const [key, recipe] of Object.entries(changed)) given[key] = recipe.make()
  const isWhole = odd === undefined
  const verdict: Verdict = !isWhole
    ? 'either'
    : shape.verdict === 'refused' || !isTaken(name, given)
      ? 'refused'
      : 'right'
  // Its unknown names are not its own, and so nobody sees them.
  const isUnseen = shape === inheriting && Object.keys(given).some(key => !known.get(name)!.includes(key))
  const expected = { verdict: isUnseen && isWhole ? ('either' as const) : verdict, throws: true }
  return judge(
    expected,
    () => callMaker(name, isWhole ? shape.make()(given) : odd.make()),
    made => {
      if (!Activation.is(made) && !isGlu(made)) throw new Error('it is no activation')
      const { parameters } = made
      if (!Object.isFrozen(made) || !Object.isFrozen(parameters) || !Object.isFrozen(made.wgslSources))
        throw new Error('it is not frozen')
      if (made.name !== name || !String(made).startsWith(`${name}(`)) throw new Error(`its name is ${made.name}`)
      if (isWhole && !isUnseen)
        for (const [key, value] of Object.entries(given)) expectParameter(parameters[key], value)
      if (isWhole && !isUnseen) return
      if (Object.values(parameters).some(Number.isNaN)) throw new Error('NaN')
    },
  )
}

function expectParameter(actual: unknown, given: unknown): void {
  if (given === undefined || actual === given) return
  const list = (slopesOf(given) ?? [given]) as number[]
  const found = (Array.isArray(actual) ? actual : [actual]) as number[]
  const isSame =
    found.length === list.length &&
    found.every((value, i) => bitsOf(value) === bitsOf(list[i]!) || value === Math.fround(list[i]!))
  if (!isSame) throw new Error(`the parameter is ${String(actual)}`)
}

interface WgslCase {
  readonly subject: { readonly recipe: Recipe<Activation | GluActivation> }
  readonly name: Recipe
  readonly shape: Shape
  readonly odd: Recipe | undefined
}

/** What the sources call something of their own, and a builtin that they do without. */
const LOCALS = ['x', 'dy', 'gate', 'up', 'bounded', 'divisor', 'n', 'forward', 'backward', 'parameters', 'words', 'exp']
const WORDS = ['fn', 'f32', 'vec4', 'loop', 'NULL', ...WGSL_BUILTINS]

const letters = fc.string({ unit: fc.constantFrom(...'abcxyzABC019_'), minLength: 1, maxLength: 8 })
/** Names, most of which can be one: words of WGSL are not. */
const anyName: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 3, arbitrary: letters.map(name => nameRecipe(name)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...LOCALS, ...WORDS, 'x; }', 'a\n', '').map(nameRecipe),
  },
  { weight: 1, arbitrary: fc.string().map(nameRecipe) },
  {
    weight: 1,
    arbitrary: anything.map(odd => {
      const value = odd.make()
      return typeof value === 'string' ? nameRecipe(value) : odd
    }),
  },
)

function nameRecipe(name: string): Recipe {
  const isWord = /^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)
  const isReserved = WORDS.includes(name)
  // Others may be words of WGSL, too.
  const isPlain = LOCALS.includes(name) || /[A-Z0-9]/.test(name.slice(1))
  return new Recipe(JSON.stringify(name), !isWord || isReserved ? 'refused' : isPlain ? 'right' : 'either', () => name)
}

export const wgslCases: fc.Arbitrary<WgslCase> = fc.record({
  subject: subjectOf(makerNames),
  name: anyName,
  shape: fc.oneof({ weight: 4, arbitrary: faithfulShape }, { weight: 1, arbitrary: brokenShape }),
  odd: oneIn(10, anything),
})

/** Writes the WGSL of a case, and expects its functions, and nothing of the caller's but the name. */
export async function write(
  { subject, name, shape, odd }: WgslCase,
  compile?: (code: string) => Promise<void>,
): Promise<Outcome> {
  const given = name.make()
  const verdict = odd !== undefined || shape.verdict === 'refused' ? 'refused' : name.verdict
  const activation = odd === undefined ? subject.recipe.make() : odd.make()
  const options = shape.make()({ name: given })
  return judge(
    { verdict, throws: true },
    () => wgsl(activation as Activation, options as object),
    async code => {
      const declared = [...code.matchAll(/^(?:fn|const|var<private>|struct|alias) (\w+)/gm)].map(([, word]) => word!)
      if (!declared.includes(given as string) || !declared.includes(`${given}_backward`))
        throw new Error(`without its functions: ${declared}`)
      const foreign = declared.filter(word => word !== given && !word.startsWith(`${given}_`))
      if (foreign.length > 0 || new Set(declared).size < declared.length) throw new Error(`declares ${declared}`)
      await compile?.(code)
    },
  )
}
