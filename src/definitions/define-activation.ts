import { type Activation, type Bounds, SMOOTH } from '../activations/support/activation.ts'
import { type FunctionDefinition, makerOf, type ValuesOf } from '../activations/support/definition.ts'
import { DefinitionError, show } from '../support/errors.ts'
import { reading } from '../support/reading.ts'
import { isWordOfWgsl } from '../wgsl/name.ts'
import { checkReference } from './check-reference.ts'
import { checkName, registerName } from './names.ts'
import { readOwnWgsl } from './own-wgsl.ts'

/** The parameters of a definition: the default of each number, or undefined for one that has to be given. */
export type ParameterDefaults = Readonly<Record<string, number | undefined>>

/** The definition of an activation of your own, for {@link defineActivation}. Every function takes the parameters last. */
export interface ActivationDefinition<Defaults extends ParameterDefaults> extends FunctionDefinition<
  ValuesOf<Defaults>
> {
  /** The name: a letter, then letters, digits and `_`; no function of this library, and no word of WGSL. */
  readonly name: string
  /** The numbers that the activation takes as options, with their defaults. In WGSL they are `parameters.NAME`. */
  readonly parameters?: Defaults | undefined
  /** Throws for parameters that are numbers, but not for this function. */
  readonly check?: ((parameters: ValuesOf<Defaults>) => void) | undefined
  /** `'infinite'` where the infinities are parameters too; `'finite'` when left out. */
  readonly range?: 'finite' | 'infinite' | undefined
  /**
   * Returns the numbers that the WGSL reads as `parameters.NAME`, at most four, worked out once for each activation. The
   * parameters when left out.
   */
  readonly uniforms?: ((parameters: ValuesOf<Defaults>) => Readonly<Record<string, number>>) | undefined
  /**
   * WGSL with `fn forward(x: Float) -> Float`, which returns y, and `fn backward(x: Float, dy: Float) -> Float`, which returns
   * dx, and with what they call. `Float` is a vector of four elements in kernels and `f32` in what `wgsl()` returns, `Bits`,
   * `SignedBits` and `Flags` are of the same width. `exp`, `expm1`, `log`, `log1p`, `tanh`, `sigmoid` and `softplus` are this
   * library's: docs/define.md has the list.
   */
  readonly wgsl: string
  /** The function in float64: the truth of the cross-check, and the CPU's way to compute it. */
  readonly reference: {
    /** Returns y for one x, at the infinities the limit. NaN passes without it. */
    readonly forward: (x: number, parameters: ValuesOf<Defaults>) => number
    /** Returns dy/dx at x, at NaN too. Left out where a gate decides the gradient. */
    readonly derivative?: ((x: number, parameters: ValuesOf<Defaults>) => number) | undefined
  }
  /**
   * The gate that decides the gradient: dy passes where it is open, and is scaled by the slope where it is shut, without a slope
   * exactly +0. In WGSL it is `fn is_open(x: Float) -> Flags`; with a slope also `fn through_gate(open: Flags, dy: Float) ->
   * Float`, and without one `backward` may be left out. Such activations have masks.
   */
  readonly gate?:
    | {
        /** Returns true if dy passes at x, at NaN too. */
        readonly isOpen: (x: number, parameters: ValuesOf<Defaults>) => boolean
        /** Returns dy/dx where the gate is shut. */
        readonly slope?: ((parameters: ValuesOf<Defaults>) => number) | undefined
      }
    | undefined
  /** Returns dy/dx from y, where y determines it. In WGSL it is `fn backward_from_y(y: Float, dy: Float) -> Float`. */
  readonly derivativeFromY?: ((y: number, parameters: ValuesOf<Defaults>) => number) | undefined
  /** Tells whether y determines the gradient with these parameters; true when left out. */
  readonly isKnownFromY?: ((parameters: ValuesOf<Defaults>) => boolean) | undefined
  /** True if dx is exactly +0 where the derivative is 0, for every dy, NaN and Infinity too. False when left out, without a gate. */
  readonly zeroWhereShut?: boolean | undefined
  /**
   * The error that a result may have: 4 units in the last place of float32 forward and 8 backward when left out. `crossing` is
   * the x at which the derivative crosses zero: within 1 of it an error of 2^-22 |dy| is allowed too.
   */
  readonly bounds?: Bounds | ((parameters: ValuesOf<Defaults>) => Bounds) | undefined
  /** Options that a kernel's self-test computes with, beside those of the call. The defaults when left out. */
  readonly selfTests?: readonly { readonly [Name in keyof Defaults]?: number | undefined }[] | undefined
}

/** The options of an activation of your own: its parameters. */
export type OptionsOf<Defaults extends ParameterDefaults> = {
  readonly [Name in keyof Defaults]?: Defaults[Name] extends never ? never : number | undefined
}

/** Makes the activations of a definition, as `leakyRelu` makes its own. */
export type ActivationMaker<Defaults extends ParameterDefaults = ParameterDefaults> = (
  options?: OptionsOf<Defaults>,
) => Activation

const NAMES = `name parameters range check uniforms wgsl reference gate derivativeFromY isKnownFromY zeroWhereShut bounds
selfTests`
const OWNER = 'defineActivation'
const MOST_NUMBERS = 4
const MOST_CHECKED = 64

/**
 * Defines an activation of your own, forward and backward. What it returns makes activations, which everything takes that takes
 * those of this library: kernels in every format, with bias and accumulation, `wgsl()`, the dispatcher with its self-test,
 * cross-check and quarantine. On the CPU `reference` computes it, element by element.
 *
 * A definition is program text of yours, as a shader is: never make one of data or of a user's input.
 *
 * It is checked when it is made: the name, the words of the WGSL, and that `reference.derivative` is the derivative of
 * `reference.forward`, by difference quotients at 160 numbers from -128 to 128; for other parameters than the defaults when an
 * activation is made with them. A device finds errors of type in the WGSL: `kernels.prepare` and the calls of a dispatcher then
 * reject with a DefinitionError, and calls of kernels throw it once it is known. A kernel whose results differ from the reference
 * is found by the dispatcher's self-test.
 *
 * @throws DefinitionError with the line and the column of an error in the WGSL, before anything is registered
 */
export function defineActivation<const Defaults extends ParameterDefaults = Readonly<Record<string, never>>>(
  definition: ActivationDefinition<Defaults>,
): ActivationMaker<Defaults> {
  const given = readDefinition(definition)
  const { name, parameters, reference, gate, bounds = SMOOTH, uniforms, selfTests } = given
  checkName(OWNER, name)
  const defaults = readDefaults(name, given.range, parameters)
  const names = uniforms === undefined ? Object.keys(defaults) : uniformNames(name, uniforms, defaults)
  checkNumberNames(name, names)
  checkFunctions(given)
  const hasDefaults = Object.values(defaults).every(value => value !== undefined)
  const source = readOwnWgsl({
    name,
    text: given.wgsl,
    parameters: names,
    hasGate: gate !== undefined,
    hasSlope: gate?.slope !== undefined,
    isKnownFromY: given.derivativeFromY !== undefined,
  })
  const make = makerOf<Defaults>({
    ...given,
    ...source,
    name,
    parameters: defaults as Defaults,
    bounds,
    reference: { forward: reference.forward, derivative: reference.derivative },
    selfTests: selfTests ?? (hasDefaults && Object.keys(defaults).length > 0 ? [{}] : undefined),
  })
  const checked = new Set<string>()
  const makeChecked = (options?: unknown): Activation => {
    const activation = make(options)
    const title = String(activation)
    if (checked.has(title)) return activation
    checkReference(title, activation.reference)
    if (checked.size === MOST_CHECKED) checked.clear()
    checked.add(title)
    return activation
  }
  if (hasDefaults) makeChecked()
  registerName(OWNER, name, contentOf(given))
  return Object.defineProperty(makeChecked, 'name', { value: name })
}

type Given = ActivationDefinition<ParameterDefaults>

/** Copies a definition, so that later changes to the caller's object change nothing. @throws DefinitionError */
function readDefinition(definition: unknown): Given {
  const fix = `Give { name, wgsl, reference: { forward, derivative } }.`
  const copy = reading('The definition', () =>
    typeof definition === 'object' && definition !== null && !Array.isArray(definition) ? { ...definition } : undefined,
  ) as Given | undefined
  if (copy === undefined) throw new DefinitionError(`${OWNER} was given ${show(definition)}.`, fix)
  const unknown = Object.keys(copy).find(key => !NAMES.split(/\s+/).includes(key))
  if (unknown !== undefined) throw new DefinitionError(`${OWNER} knows no ${show(unknown)}.`, `Leave it out.`)
  for (const part of ['reference', 'gate'] as const) {
    const value: unknown = copy[part]
    if (value === undefined && part === 'gate') continue
    if (typeof value !== 'object' || value === null) {
      throw new DefinitionError(`${OWNER} was given ${show(value)} for ${part}.`, fix)
    }
  }
  return {
    ...copy,
    reference: { ...copy.reference },
    gate: copy.gate && { ...copy.gate },
  }
}

/** @throws DefinitionError when a part that is a function is none */
function checkFunctions({ name, reference, gate, ...rest }: Given): void {
  const parts: Record<string, unknown> = { 'reference.forward': reference.forward }
  if (gate === undefined) parts['reference.derivative'] = reference.derivative
  else parts['gate.isOpen'] = gate.isOpen
  const optional = { 'gate.slope': gate?.slope, ...rest } as Readonly<Record<string, unknown>>
  for (const part of ['gate.slope', 'check', 'uniforms', 'derivativeFromY', 'isKnownFromY']) {
    if (optional[part] !== undefined) parts[part] = optional[part]
  }
  const wrong = Object.keys(parts).find(part => typeof parts[part] !== 'function')
  if (wrong === undefined) return
  throw new DefinitionError(`${name}'s ${wrong} is ${show(parts[wrong])}.`, 'Give a function.')
}

/** @throws DefinitionError */
function readDefaults(name: string, range: unknown, parameters: unknown = {}): ParameterDefaults {
  if (range !== undefined && range !== 'finite' && range !== 'infinite') {
    throw new DefinitionError(`${name}'s range is ${show(range)}.`, "Give 'finite' or 'infinite'.")
  }
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw new DefinitionError(`${name}'s parameters are ${show(parameters)}.`, 'Give { alpha: 1 }, say.')
  }
  const entries = Object.entries(parameters)
  const wrong = entries.find(([, value]) => value !== undefined && !isDefault(value, range))
  if (wrong === undefined) return Object.fromEntries(entries)
  throw new DefinitionError(
    `${name}'s parameter ${wrong[0]} is ${show(wrong[1])}.`,
    'Give its default, a number finite in float32, or undefined.',
  )
}

function isDefault(value: unknown, range: unknown): boolean {
  if (typeof value !== 'number') return false
  return Number.isFinite(Math.fround(value)) || (range === 'infinite' && Math.abs(value) === Infinity)
}

/** Returns the names of uniforms, worked out for the defaults, or for 1 where there is none. @throws DefinitionError */
function uniformNames(name: string, uniforms: unknown, defaults: ParameterDefaults): string[] {
  if (typeof uniforms !== 'function') return []
  const values = Object.fromEntries(Object.entries(defaults).map(([key, value]) => [key, Math.fround(value ?? 1)]))
  let numbers: unknown
  try {
    numbers = (uniforms as (values: unknown) => unknown)(values)
  } catch (cause) {
    throw new DefinitionError(`${name}'s uniforms threw ${show(cause)}.`, 'Have it return numbers.', undefined, cause)
  }
  const entries = typeof numbers === 'object' && numbers !== null ? Object.entries(numbers) : undefined
  const wrong = entries?.find(([, value]) => typeof value !== 'number')
  if (entries !== undefined && wrong === undefined) return entries.map(([key]) => key)
  throw new DefinitionError(
    `${name}'s uniforms returned ${show(wrong?.[1] ?? numbers)}.`,
    'Have it return numbers by their names.',
  )
}

/** @throws DefinitionError */
function checkNumberNames(name: string, names: readonly string[]): void {
  if (names.length > MOST_NUMBERS) {
    const message = `${name} has ${names.length} uniforms: ${names.join(', ')}.`
    throw new DefinitionError(message, `Give at most ${MOST_NUMBERS}.`)
  }
  const wrong = names.find(
    (each, i) => !/^[a-zA-Z]\w{0,40}$/.test(each) || isWordOfWgsl(each) || names.indexOf(each) < i,
  )
  if (wrong === undefined) return
  throw new DefinitionError(
    `${name} has a number named ${show(wrong)}.`,
    'Give each a name of its own, which is no word of WGSL.',
  )
}

/** Writes down all that a definition consists of. Functions count by their text. */
function contentOf(definition: Given): string {
  return JSON.stringify(definition, (_, value: unknown) => (typeof value === 'function' ? String(value) : value))
}
