import { around } from './hard-places.ts'

// The types of the catalogue's records, and the functions that write them.

/** A number, which is rounded to float32. */
interface NumberParameter {
  readonly kind: 'number'
  /** The value where the option is left out; undefined: it may not be. */
  readonly initial: number | undefined
  /** True if the option may be left out, and is then no parameter. */
  readonly optional?: true
  /** The interval that random calls draw from. */
  readonly ordinary: Interval
  /** Closed intervals of float32, the only ones that are taken. */
  readonly legal: readonly Interval[]
}

/** One of a few words, the first where the option is left out. */
interface WordParameter {
  readonly kind: 'word'
  readonly words: readonly [string, ...string[]]
}

/** One slope, or an array with one for each channel. */
interface SlopesParameter {
  readonly kind: 'slopes'
  readonly initial: number
}

/** A whole number from 1 on, below 2^31. */
interface CountParameter {
  readonly kind: 'count'
  readonly initial: number
}

export type Interval = readonly [least: number, most: number]
export type Parameter = NumberParameter | WordParameter | SlopesParameter | CountParameter
type Parameters = Readonly<Record<string, Parameter>>

/** The options of a maker. */
export type Options = Readonly<Record<string, unknown>>

/** The parameters as a formula takes them: numbers rounded to float32, defaults filled in. */
type Values<Of extends Parameters> = {
  readonly [Name in keyof Of]: Of[Name]['kind'] extends 'slopes'
    ? Float32Array
    : Of[Name]['kind'] extends 'word'
      ? string
      : Of[Name] extends { readonly optional: true }
        ? number | undefined
        : number
}

/** The definition of an activation in float64, for one set of parameters. `element` is the index of x in its tensor. */
export interface Formula {
  /** y, for any x: an infinity goes to its limit, NaN stays NaN. */
  readonly value: (x: number, element: number) => number
  /** dy/dx, at kinks and at NaN as PyTorch has it. */
  readonly derivative: (x: number, element: number) => number
  /** True if y has the bits of x. NaN always does. */
  readonly passes?: (x: number) => boolean
  /** The bit of a mask, for an activation that has masks. */
  readonly isOpen?: (x: number) => boolean
  /** The derivative from y, where y tells it. */
  readonly fromY?: (y: number, element: number) => number
  /** The x of a zero of the derivative: an error within `reach` of it, or else 1, is measured against dy. */
  readonly crossing?: number
  readonly reach?: number
  /** True if y never falls while x rises. */
  readonly isMonotone?: boolean
  /** True if f(-x) is -f(x), bit for bit. */
  readonly isOdd?: boolean
  /** Bounds that no y leaves. */
  readonly range?: Interval
}

/**
 * The error that a result may have. `exact`: none. `rounded`: the true value is rounded once by a sum or a product, which may
 * flush a subnormal and lose the payload of a NaN. `bounded`: 4 ULP forward, 8 ULP backward.
 */
type Accuracy = 'exact' | 'rounded' | 'bounded'

interface Written<Of extends Parameters> {
  readonly parameters?: Of
  /** True if parameters go together that are legal one by one. */
  readonly together?: (values: Values<Of>) => boolean
  readonly accuracy: Accuracy
  /** dx is exactly +0 where the derivative is 0, whatever dy is. */
  readonly zeroWhereShut?: true
  readonly formula: (values: Values<Of>) => Formula
  /** Parameters that tests on each processor compute with; the defaults when left out. */
  readonly samples?: readonly Options[]
  /** Parameters of the 60-digit vectors that test/conformance/generate.py makes; the defaults when left out. */
  readonly vectors?: readonly Options[]
  /** float32 at which it is hard to get right, among the inputs of those vectors; see hard-places.ts. */
  readonly hard?: (values: Values<Of>) => readonly number[]
}

type Loose = Written<Record<string, never>>

/** The facts that tests use of an activation. */
export interface ActivationRecord extends Pick<Required<Loose>, 'accuracy' | 'samples' | 'vectors'> {
  readonly name: string
  readonly parameters: Parameters
  readonly zeroWhereShut: boolean
  readonly together: (values: Options) => boolean
  readonly formula: (values: Options) => Formula
  readonly hard: (values: Options) => readonly number[]
}

/** The input of f and the factor of a gated linear unit that clamps gate and up. Where a gradient does not pass it is +0. */
export interface Clamps {
  readonly gate: (gate: number) => number
  readonly factor: (up: number) => number
  readonly passesGate: (gate: number) => boolean
  readonly passesUp: (up: number) => boolean
}

/** A gated linear unit: f(gate) * up, for the activation f, or with clamps f(gate') * factor. */
export interface GluRecord {
  readonly name: string
  readonly of: ActivationRecord
  readonly clamps: ((values: Options) => Clamps) | undefined
  /** The parameters of f. */
  readonly parameters: Parameters
}

/** Every float32 but NaN and the infinities. */
const LARGEST = 2 ** 128 - 2 ** 104
export const ANY: Interval = [-LARGEST, LARGEST]
export const ANY_OR_INFINITE: Interval = [-Infinity, Infinity]

export function number(initial: number | undefined, ordinary: Interval, ...legal: readonly Interval[]) {
  return { kind: 'number', initial, ordinary, legal } as const
}

/** A number that may be left out, and is then no parameter. */
export function optional(ordinary: Interval, ...legal: readonly Interval[]) {
  return { ...number(undefined, ordinary, ...legal), optional: true } as const
}

export function word(...words: readonly [string, ...string[]]) {
  return { kind: 'word', words } as const
}

export function slopes(initial: number) {
  return { kind: 'slopes', initial } as const
}

export function count(initial: number) {
  return { kind: 'count', initial } as const
}

/** Takes what is written of an activation, and has its formula know the types of its parameters. */
export function activation<Of extends Parameters = Parameters>(written: Written<Of>): Loose {
  return written as unknown as Loose
}

/** Makes records of what is written, under its names. */
export function named<Name extends string>(written: Readonly<Record<Name, Loose>>): Record<Name, ActivationRecord> {
  const defaults = { parameters: {}, together: () => true, zeroWhereShut: false, samples: [{}], vectors: [{}] }
  const records = Object.entries<Loose>(written).map(([name, one]) => {
    return [name, { ...defaults, hard: () => around(0, 1), ...one, name }]
  })
  return Object.fromEntries(records) as Record<Name, ActivationRecord>
}

export function glus<Name extends string>(
  of: Readonly<Record<Name, ActivationRecord>>,
  clamps: Partial<Record<Name, (values: Options) => Clamps>> = {},
): Record<Name, GluRecord> {
  const records = Object.entries<ActivationRecord>(of).map(([name, inner]) => {
    return [name, { name, of: inner, parameters: inner.parameters, clamps: clamps[name as Name] }]
  })
  return Object.fromEntries(records) as Record<Name, GluRecord>
}
