import { show } from '../../support/errors.ts'
import { VERSION } from '../../support/version.ts'

/** The two directions of an activation: y from x, and dx from x and dy. */
export type Direction = 'forward' | 'backward'

/**
 * The float64 definition of an activation. The CPU rounds its results to float32 once, and the cross-check compares GPU
 * results with it. `element` is the index of x in its tensor, for activations with a slope for each channel.
 */
export interface Reference {
  /** Returns y for one x. Callers handle NaN, which passes with its payload. */
  readonly forward: (x: number, element?: number) => number
  /** Returns dy/dx at x, at kinks and at NaN by PyTorch's convention: dx = dy * derivative. */
  readonly derivative: (x: number, element?: number) => number
}

/** A gate that decides the gradient: dy passes where the gate is open, and is scaled by a slope independent of x where it is shut. */
export interface Gate {
  /** Returns the mask bit of x: true if dy passes, at kinks and at NaN by PyTorch's convention. */
  readonly isOpen: (x: number) => boolean
  /** Returns dy/dx where the gate is shut. `element` is the index of x in its tensor. */
  readonly slope: (element?: number) => number
  /** True if the gate is shut exactly where y is 0. */
  readonly isShutWhereZero?: boolean
}

/** The error bounds of the numeric contract. A subnormal result may also be flushed to zero, and the sign of a zero is open. */
export interface Bounds {
  /** The largest error of y, in units in the last place of float32. */
  readonly forward: number
  /** The largest error of dx, in units in the last place of float32. */
  readonly backward: number
  /** The x at which the derivative crosses zero: within `reach` of it, an error of 2^-22 |dy| is allowed too. */
  readonly crossing?: number | undefined
  /** 1 when left out. */
  readonly reach?: number | undefined
}

/** Loops over whole arrays of float32 bits, faster than the reference and equal to it bit for bit. */
export interface Loops {
  /** Writes y for every element of x; y may be x. */
  readonly forward: (x: Int32Array, y: Int32Array) => void
  /** Writes dx for every element of x and dy; dx may be either. */
  readonly backward: (x: Int32Array, dy: Int32Array, dx: Int32Array) => void
}

/** An activation of int32. Its elements are the bits of a Float in WGSL, its parameters four int32. */
export interface Integers {
  /** The name of the WebAssembly kernels, which activations with the same WGSL share. */
  readonly programName: string
  /** In place of the activation's own. */
  readonly wgslSources: readonly string[]
  /** The shader's uniform `parameters`: up to four int32. */
  readonly uniforms: readonly number[]
  readonly forward: (x: number) => number
  /** Returns true if dy passes: dx is 0 elsewhere. */
  readonly isOpen: (x: number) => boolean
}

/** The parameters of an activation: numbers rounded to float32, lists of them, or one of a few strings. */
export type Parameters = Readonly<Record<string, number | string | readonly number[]>>

/** Learned slopes: element i of a tensor has the slope `slopes[floor(i / inner) % slopes.length]`. */
export interface Channels {
  /** Float32, read-only. */
  readonly slopes: Float32Array
  /** The number of adjacent elements of one channel. */
  readonly inner: number
  /** @internal WGSL of the kernel that sums the gradient of the slopes. */
  readonly gradientShader: string
  /** @internal WGSL that replaces functions of that kernel, for bindings of the caller and for arrays in 16 bits. */
  readonly gradientParts: Readonly<
    Record<'arrays' | 'bindings' | 'vectors' | 'run' | 'adjacent' | 'single' | 'biased', string>
  >
  /** @internal Returns the activation whose kernels read the slopes from a binding of the caller. */
  readonly bound: (inner: number) => Activation
}

/** @internal A user's WGSL in modules of its own, one for each width of vectors, with its text as it was given. */
export interface OwnSource {
  readonly name: string
  readonly modules: readonly {
    readonly code: string
    /** The number of lines before the user's text. */
    readonly linesBefore: number
  }[]
}

/** @internal The parts of one activation. */
export type Definition = Pick<Activation, 'name' | 'wgslSources' | 'reference'> &
  Partial<Omit<Activation, 'toString' | 'toJSON'>>

/** @internal The bounds of a smooth function, whose results are rounded more than once. */
export const SMOOTH: Bounds = /* @__PURE__ */ Object.freeze({ forward: 4, backward: 8 })

/** @internal The bounds of a smooth function whose derivative crosses zero at x = crossing. */
export function smoothWithCrossing(crossing: number, reach = 1): Bounds {
  return Object.freeze({ ...SMOOTH, crossing, reach })
}

const made = new WeakSet<object>()

/**
 * An activation function with its parameters: an immutable value, made by a call such as `relu()` or `leakyRelu({
 * alpha: 0.2 })`, and passed to a dispatcher or to kernels.
 */
export class Activation {
  /** The name, by WebNN's convention: `'leakyRelu'`. */
  readonly name: string
  /** The parameters, rounded to float32: `{ alpha: 0.009999999776482582 }`. */
  readonly parameters: Parameters
  /** @internal The name of the WGSL program: activations that differ in numbers alone share one. */
  readonly programName: string
  /** @internal WGSL: `fn forward(x: Float) -> Float` and `fn backward(x: Float, dy: Float) -> Float`, after the functions they call. */
  readonly wgslSources: readonly string[]
  /** @internal The activation of int32; undefined where it takes none. */
  readonly integers: Integers | undefined
  /** @internal The shader's uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** @internal True if a shut gate, where the derivative is 0, gives dx = +0 for every dy, NaN and Infinity too. */
  readonly zeroWhereShut: boolean
  /** @internal The error bounds of results; undefined where they match the reference bit for bit. */
  readonly bounds: Bounds | undefined
  /** @internal The CPU reference, in float64. */
  readonly reference: Reference
  /** @internal The gate in float64, if a gate decides the gradient. In WGSL it is `is_open` and `through_gate`. */
  readonly gate: Gate | undefined
  /**
   * @internal Returns dy/dx from a y of `forward`, at NaN as for x = NaN; undefined where y does not determine it. In
   * WGSL it is `backward_from_y`.
   */
  readonly derivativeFromY: ((y: number, element?: number) => number) | undefined
  /** @internal The fast loops of the CPU without WebAssembly. */
  readonly loops: Loops | undefined
  /** @internal The learned slopes, of prelu. */
  readonly channels: Channels | undefined
  /** @internal Returns activations of the same program whose parameters test more of it. */
  readonly selfTestVariants: (() => readonly Activation[]) | undefined
  /** @internal The WGSL of a user's definition, to find errors in it; undefined for the functions of this library. */
  readonly ownSource: OwnSource | undefined
  /** Returns the call that makes the activation: `'leakyRelu({ alpha: 0.009999999776482582 })'` */
  declare readonly toString: () => string
  /**
   * Returns the name and the parameters, for JSON and for messages to workers, which carry no functions:
   * `library[name](parameters)` makes an equal activation. An infinity is the string `'Infinity'`, which the function
   * takes, because JSON has none. JSON writes -0 as 0, which changes the sign of some zeros.
   */
  declare readonly toJSON: () => Pick<Activation, 'name' | 'parameters'>
  /** Brands the type: only the functions of this module make activations. */
  declare protected readonly type: 'activation'

  /** @internal Only the functions of this module make activations. */
  constructor(definition: Definition) {
    this.name = definition.name
    // Copies getters as such: prelu converts its slopes to numbers on first access.
    const parameters = Object.getOwnPropertyDescriptors(definition.parameters ?? {})
    this.parameters = Object.freeze(Object.defineProperties({}, parameters))
    this.programName = definition.programName ?? definition.name
    this.wgslSources = Object.freeze([...definition.wgslSources])
    this.integers = definition.integers && Object.freeze({ ...definition.integers })
    this.uniforms = Object.freeze([...(definition.uniforms ?? [])])
    this.zeroWhereShut = definition.zeroWhereShut ?? false
    this.bounds = definition.bounds
    this.reference = Object.freeze({ ...definition.reference })
    this.gate = definition.gate && Object.freeze({ ...definition.gate })
    this.derivativeFromY = definition.derivativeFromY
    this.loops = definition.loops && Object.freeze({ ...definition.loops })
    this.channels = definition.channels && Object.freeze({ ...definition.channels })
    this.selfTestVariants = definition.selfTestVariants
    this.ownSource = definition.ownSource
    describeItself(this, this.name, this.parameters)
    made.add(Object.freeze(this))
  }

  /** @internal Returns true if this module made the value. No other WGSL may reach a GPU. */
  static is(value: unknown): value is Activation {
    return typeof value === 'object' && value !== null && made.has(value)
  }
}

/** @internal The key of {@link COPY} on an activation, equal in every copy of this module: a page may load several. */
export const MADE_BY = /* @__PURE__ */ Symbol.for('webgpu-activations')

/** @internal Identifies this copy of the module. */
export const COPY = /* @__PURE__ */ Object.freeze({ version: VERSION })

/** @internal Defines toString and toJSON of an activation without `this`, so that both work when called detached. */
export function describeItself(activation: object, name: string, parameters: Parameters): void {
  Object.defineProperties(activation, {
    toString: { value: () => asCall(name, parameters) },
    toJSON: { value: () => ({ name, parameters: withWrittenInfinities(parameters) }) },
    [MADE_BY]: { value: COPY },
  })
}

function withWrittenInfinities(parameters: Parameters): Parameters {
  const written = (value: Parameters[string]) => (value === Infinity || value === -Infinity ? String(value) : value)
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, written(value)]))
}

/** @internal Formats a name and parameters as a call. */
export function asCall(name: string, parameters: Parameters): string {
  const written = Object.entries(parameters).map(([key, value]) => `${key}: ${show(value)}`)
  return written.length === 0 ? `${name}()` : `${name}({ ${written.join(', ')} })`
}
