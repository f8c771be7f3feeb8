import type { Activation, GluActivation } from '../../src/index.ts'

// Types only: the command line imports this module too, and cannot load WGSL.
export type Library = typeof import('../../src/index.ts')

export type ActivationName = {
  [Name in keyof Library]: Library[Name] extends (...options: never[]) => Activation | GluActivation ? Name : never
}[keyof Library]

/** The parameters of an activation, by name. */
export type Parameters = Readonly<Record<string, number | string>>

/** A parameter that is a number: its initial value, and the ends and the step of its slider. */
export interface NumberParameter {
  readonly initial: number
  readonly slider: readonly [from: number, to: number, step: number]
  /** The numbers that can be typed; without limits any float32. */
  readonly limits?: readonly [least: number, most: number]
  /** True where the initial value is the page's own, and no default of the library. */
  readonly own?: true
}

/** A parameter that is one of a few words. The first one is the initial value. */
interface WordParameter {
  readonly words: readonly [string, ...string[]]
}

export type Parameter = NumberParameter | WordParameter

export interface ActivationChoice {
  readonly name: ActivationName
  /** A function of x, or of gate and up. */
  readonly formula: string
  readonly gated?: true
  /** True where the numeric contract is exact: results equal the float64 reference, rounded once, bit for bit. */
  readonly exact?: true
  readonly parameters?: Readonly<Record<string, Parameter>>
}
