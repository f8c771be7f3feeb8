import { show } from '../../support/errors.ts'
import { VERSION } from '../../support/version.ts'

/** The two directions of an activation: y from x, and dx from x and dy. */
export type Direction = 'forward' | 'backward'

/**
 * The truth an activation is held to, in float64. The CPU rounds it to float32 once; the cross-check compares with it.
 * `element` is the index of x in its tensor, for activations that have a slope for each channel.
 */
export interface Reference {
  /** y for one x. Never called with NaN: NaN passes with its payload. */
  readonly forward: (x: number, element?: number) => number
  /** dy/dx at one x, at kinks and at NaN as PyTorch has it. dx = dy * derivative. */
  readonly derivative: (x: number, element?: number) => number
}

/** The gate of an activation whose gradient it decides: dy passes where it is open, else a multiple that x has no part in. */
export interface Gate {
  /** Whether dy passes at one x, the bit of a mask; at a kink and at NaN as PyTorch has it. */
  readonly isOpen: (x: number) => boolean
  /** dy/dx where it is shut. `element` is the index of x in its tensor. */
  readonly slope: (element?: number) => number
}

/**
 * How far a result may lie from the reference: the numeric contract. A subnormal one may also be flushed to zero, and
 * zeros are equal whatever their sign.
 */
export interface Bounds {
  /** The largest error of y, in units in the last place of float32. */
  readonly forward: number
  /** The largest error of dx, in units in the last place of float32. */
  readonly backward: number
  /** Where the derivative crosses zero: within 1 of it an error of 2^-22 |dy| is allowed too. */
  readonly crossing?: number | undefined
}

/** The fast way over whole arrays, given as the bits of float32. Bit for bit the same as the reference. */
export interface Loops {
  /** Writes y for every element of x; y may be x. */
  readonly forward: (x: Int32Array, y: Int32Array) => void
  /** Writes dx for every element of x and dy; dx may be either. */
  readonly backward: (x: Int32Array, dy: Int32Array, dx: Int32Array) => void
}

/** What the parameters of an activation are: numbers, rounded to float32, or one of a few words. */
export type Parameters = Readonly<Record<string, number | string | readonly number[]>>

/** Slopes that are learned: element i of a tensor has the slope `slopes[floor(i / inner) % slopes.length]`. */
export interface Channels {
  /** Float32, not to be written to. */
  readonly slopes: Float32Array
  /** How many elements of a channel lie next to each other. */
  readonly inner: number
  /** @internal WGSL of the kernel that sums up their gradient. */
  readonly gradientShader: string
}

/** @internal What the file of one activation says about it. */
export interface Definition {
  name: string
  program?: string
  parameters?: Parameters
  shader: readonly string[]
  uniforms?: readonly number[]
  integerShader?: readonly string[]
  zeroWhereShut?: boolean
  bounds?: Bounds
  reference: Reference
  gate?: Gate
  derivativeFromY?: ((y: number, element?: number) => number) | undefined
  loops?: Loops
  channels?: Channels
  selfTestVariants?: () => readonly Activation[]
}

/** @internal What the contract allows a smooth function, whose results are rounded more than once. */
export const SMOOTH: Bounds = /* @__PURE__ */ Object.freeze({ forward: 4, backward: 8 })

/** @internal The same for one whose derivative crosses zero at x = crossing. */
export function smoothWithCrossing(crossing: number): Bounds {
  return Object.freeze({ ...SMOOTH, crossing })
}

const made = new WeakSet<object>()

/**
 * An activation function with its parameters: an immutable value, made by a call such as `relu()` or
 * `leakyRelu({ alpha: 0.2 })`, and handed to a dispatcher or to kernels.
 */
export class Activation {
  /** The name, as WebNN has it: `'leakyRelu'`. */
  readonly name: string
  /** The parameters, rounded to float32: `{ alpha: 0.009999999776482582 }`. */
  readonly parameters: Parameters
  /** @internal Names the WGSL: activations that differ in numbers alone share one program. */
  readonly program: string
  /** @internal WGSL: `fn forward(x: Float) -> Float` and `fn backward(x: Float, dy: Float) -> Float`, after the functions they call. */
  readonly shader: readonly string[]
  /** @internal The WGSL for int32 in place of `shader`, where there is one. */
  readonly integerShader: readonly string[] | undefined
  /** @internal The shader's uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** @internal Whether a shut gate, where the derivative is 0, gives dx = +0 whatever dy is: NaN and Infinity too. */
  readonly zeroWhereShut: boolean
  /** @internal The error that a result may have; undefined: none, bit for bit. */
  readonly bounds: Bounds | undefined
  /** @internal The CPU reference, in float64. */
  readonly reference: Reference
  /** @internal The gate in float64, where one decides the gradient. The WGSL has it as `is_open` and `through_gate`. */
  readonly gate: Gate | undefined
  /**
   * @internal dy/dx from a y that `forward` gave, at NaN as for x = NaN; undefined where y does not tell. The WGSL has it as
   * `backward_from_y`.
   */
  readonly derivativeFromY: ((y: number, element?: number) => number) | undefined
  /** @internal The CPU's fast loops without WebAssembly, where there are some. */
  readonly loops: Loops | undefined
  /** @internal The slopes of an activation that learns them. */
  readonly channels: Channels | undefined
  /** @internal Others of the same program, with parameters that tell more of it, where it has parameters. */
  readonly selfTestVariants: (() => readonly Activation[]) | undefined
  /** The call that makes it: `'leakyRelu({ alpha: 0.009999999776482582 })'` */
  declare readonly toString: () => string
  /**
   * What it is made from, for JSON and for messages to workers, which take no functions: `library[name](parameters)` makes the same
   * again. JSON writes -0 as 0, which changes the sign of some zeros.
   */
  declare readonly toJSON: () => Pick<Activation, 'name' | 'parameters'>
  /** Made by functions alone: no other object has this type. */
  declare protected readonly type: 'activation'

  /** @internal Activations are made by their functions. */
  constructor(definition: Definition) {
    this.name = definition.name
    // With their getters: those of many numbers make them when they are asked.
    const parameters = Object.getOwnPropertyDescriptors(definition.parameters ?? {})
    this.parameters = Object.freeze(Object.defineProperties({}, parameters))
    this.program = definition.program ?? definition.name
    this.shader = Object.freeze([...definition.shader])
    this.integerShader = definition.integerShader && Object.freeze([...definition.integerShader])
    this.uniforms = Object.freeze([...(definition.uniforms ?? [])])
    this.zeroWhereShut = definition.zeroWhereShut ?? false
    this.bounds = definition.bounds
    this.reference = Object.freeze({ ...definition.reference })
    this.gate = definition.gate && Object.freeze({ ...definition.gate })
    this.derivativeFromY = definition.derivativeFromY
    this.loops = definition.loops && Object.freeze({ ...definition.loops })
    this.channels = definition.channels && Object.freeze({ ...definition.channels })
    this.selfTestVariants = definition.selfTestVariants
    describeItself(this, this.name, this.parameters)
    made.add(Object.freeze(this))
  }

  /** @internal Whether a value is one of ours. Nothing else may bring WGSL to a GPU. */
  static is(value: unknown): value is Activation {
    return typeof value === 'object' && value !== null && made.has(value)
  }
}

/** @internal What an activation has {@link COPY} by, in every copy of this module: a page may load several. */
export const MADE_BY = /* @__PURE__ */ Symbol.for('webgpu-activations')

/** @internal This copy of this module. */
export const COPY = /* @__PURE__ */ Object.freeze({ version: VERSION })

/** @internal Gives an activation what it says of itself, without `this`: whoever takes a method off it may lose the activation. */
export function describeItself(activation: object, name: string, parameters: Parameters): void {
  Object.defineProperties(activation, {
    toString: { value: () => asCall(name, parameters) },
    toJSON: { value: () => ({ name, parameters }) },
    [MADE_BY]: { value: COPY },
  })
}

/** @internal A name and parameters as the call that they stand for. */
export function asCall(name: string, parameters: Parameters): string {
  const written = Object.entries(parameters).map(([key, value]) => `${key}: ${show(value)}`)
  return written.length === 0 ? `${name}()` : `${name}({ ${written.join(', ')} })`
}
