import { Activation, type Bounds, type Gate, type Integers, type Loops } from './activation.ts'
import { readParameters, type Range } from './parameters.ts'

/** The parameters of a definition: the default of each number, undefined for one without, or the choices of a word, the default first. */
export type ParameterDefaults = Readonly<Record<string, number | undefined | readonly [string, ...string[]]>>

/** The values of parameters: numbers rounded to float32, and words. */
export type ValuesOf<Defaults extends ParameterDefaults> = {
  readonly [Name in keyof Defaults]: Defaults[Name] extends readonly (infer Word)[] ? Word : number
}

/** The parts of a function of one tensor. Its functions take the parameters last. */
export interface FunctionDefinition<Values> {
  readonly name: string
  /** `'infinite'` where the infinities are parameters too; `'finite'` when left out. */
  readonly range?: Range | undefined
  /** Throws for parameters that are legal one by one, but not for this function. */
  readonly check?: ((parameters: Values) => void) | undefined
  /** Returns the numbers in the shader's uniform, at most four; the parameters when left out. */
  readonly uniforms?: ((parameters: Values) => Readonly<Record<string, number>>) | undefined
  readonly reference: {
    readonly forward: (x: number, parameters: Values) => number
    /** Left out where a gate decides the gradient. */
    readonly derivative?: ((x: number, parameters: Values) => number) | undefined
  }
  /** The gate that decides the gradient. Without a slope dx is exactly +0 where it is shut. */
  readonly gate?:
    | {
        readonly isOpen: (x: number, parameters: Values) => boolean
        readonly slope?: ((parameters: Values) => number) | undefined
        readonly isShutWhereZero?: boolean | undefined
      }
    | undefined
  readonly derivativeFromY?: ((y: number, parameters: Values) => number) | undefined
  /** Tells whether y determines the gradient with these parameters; true when left out. */
  readonly isKnownFromY?: ((parameters: Values) => boolean) | undefined
  readonly zeroWhereShut?: boolean | undefined
  readonly bounds?: Bounds | ((parameters: Values) => Bounds) | undefined
  /** Options of the same program, which its self-test computes with too. */
  readonly selfTests?: readonly Readonly<Record<string, unknown>>[] | undefined
}

/** @internal */
type Sources = readonly (string | readonly string[])[]

/** @internal The definition of a built-in function, or of one that `defineActivation` has checked. */
interface Made<Defaults extends ParameterDefaults> extends FunctionDefinition<ValuesOf<Defaults>> {
  readonly parameters?: Defaults | undefined
  /** Returns equal parameters in the form in which kernels expect them. */
  readonly normalize?: ((parameters: ValuesOf<Defaults>) => ValuesOf<Defaults>) | undefined
  readonly programName?: string | ((parameters: ValuesOf<Defaults>) => string) | undefined
  /** WGSL in the order of its parts: what is called before what calls it. */
  readonly wgslSources: Sources | ((parameters: ValuesOf<Defaults>) => Sources)
  /** Returns the function of int32; undefined where the parameters allow none. */
  readonly integers?: ((parameters: ValuesOf<Defaults>) => Integers | undefined) | undefined
  readonly loops?: Loops | undefined
  readonly ownSource?: Activation['ownSource'] | undefined
}

/**
 * @internal Returns the function that makes the activations of a definition: the call that every built-in function of one tensor is
 * made by, and `defineActivation` after its checks.
 */
export function makerOf<const Defaults extends ParameterDefaults = Readonly<Record<string, never>>>(
  definition: Made<Defaults>,
): (options?: unknown) => Activation {
  const { name, parameters: defaults = {}, range, normalize, check, selfTests } = definition
  // An activation is immutable, so that all calls without options can share one: a call records in less time than it is made.
  let usual: Activation | undefined
  const make = (options?: unknown): Activation => {
    if (options === undefined && usual !== undefined) return usual
    const given = readParameters(name, options, defaults, range) as ValuesOf<Defaults>
    const parameters = normalize?.(given) ?? given
    check?.(parameters)
    const made = activationOf(definition, parameters, selfTests && (() => selfTests.map(make)))
    if (options === undefined) usual = made
    return made
  }
  return make
}

function activationOf<Defaults extends ParameterDefaults>(
  definition: Made<Defaults>,
  parameters: ValuesOf<Defaults>,
  selfTestVariants: Activation['selfTestVariants'],
): Activation {
  const { name, programName, wgslSources, integers, uniforms, reference, loops, bounds, ownSource } = definition
  const { derivativeFromY, isKnownFromY } = definition
  const of = <Result>(value: Result | ((given: ValuesOf<Defaults>) => Result)): Result =>
    typeof value === 'function' ? (value as (given: ValuesOf<Defaults>) => Result)(parameters) : value
  const gate = gateOf(definition, parameters)
  const numbers = Object.values(parameters).filter(value => typeof value === 'number')
  return new Activation({
    name,
    programName: of(programName ?? name),
    parameters: parameters as Activation['parameters'],
    wgslSources: of(wgslSources).flat(),
    integers: integers?.(parameters),
    uniforms: uniforms === undefined ? numbers : Object.values(uniforms(parameters)),
    selfTestVariants,
    zeroWhereShut: definition.zeroWhereShut ?? (gate !== undefined && definition.gate!.slope === undefined),
    bounds: bounds && of<Bounds>(bounds),
    reference: {
      forward: x => reference.forward(x, parameters),
      derivative:
        gate === undefined ? x => reference.derivative!(x, parameters) : x => (gate.isOpen(x) ? 1 : gate.slope()),
    },
    gate,
    derivativeFromY:
      derivativeFromY === undefined || isKnownFromY?.(parameters) === false
        ? undefined
        : y => derivativeFromY(y, parameters),
    loops,
    ownSource,
  })
}

function gateOf<Values>({ gate }: FunctionDefinition<Values>, parameters: Values): Gate | undefined {
  if (gate === undefined) return undefined
  const slope = gate.slope?.(parameters) ?? 0
  return {
    isOpen: x => gate.isOpen(x, parameters),
    slope: () => slope,
    isShutWhereZero: gate.isShutWhereZero ?? false,
  }
}
