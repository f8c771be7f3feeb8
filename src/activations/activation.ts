import { InputError, show } from '../errors.ts'

/** The two directions of an activation: y from x, and dx from x and dy. */
export type Direction = 'forward' | 'backward'

/** What one call computes from: x, and for `backward` the upstream gradient dy, as long as x. */
export interface Inputs {
  readonly x: Float32Array
  readonly dy?: Float32Array | undefined
}

/**
 * The truth an activation is held to, in float64. The CPU rounds it to float32 once; the cross-check compares with it.
 */
export interface Reference {
  /** y for one x. Never called with NaN: NaN passes with its payload. */
  readonly forward: (x: number) => number
  /** dy/dx at one x, at kinks and at NaN as PyTorch has it. dx = dy * derivative. */
  readonly derivative: (x: number) => number
}

/** The fast way over whole arrays, given as the bits of float32. Bit for bit the same as the reference. */
export interface Loops {
  readonly forward: (x: Int32Array, y: Int32Array) => void
  readonly backward: (x: Int32Array, dy: Int32Array, dx: Int32Array) => void
}

/** @internal What the file of one activation says about it. */
export interface Definition {
  name: string
  parameters?: Readonly<Record<string, number>>
  shader: string
  uniforms?: readonly number[]
  gated: boolean
  reference: Reference
  loops: Loops
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
  readonly parameters: Readonly<Record<string, number>>
  /** WGSL: `fn forward(x: Float) -> Float` and `fn backward(x: Float, dy: Float) -> Float`. */
  readonly shader: string
  /** What the shader finds in its uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** Where the derivative is 0 a shut gate gives dx = +0, whatever dy is: NaN and Infinity too. */
  readonly gated: boolean
  /** The CPU reference, in float64. */
  readonly reference: Reference
  /** The CPU's fast path. */
  readonly loops: Loops

  /** @internal Activations are made by their functions. */
  constructor(definition: Definition) {
    this.name = definition.name
    this.parameters = Object.freeze({ ...definition.parameters })
    this.shader = definition.shader
    this.uniforms = Object.freeze([...(definition.uniforms ?? [])])
    this.gated = definition.gated
    this.reference = Object.freeze({ ...definition.reference })
    this.loops = Object.freeze({ ...definition.loops })
    made.add(Object.freeze(this))
  }

  /** @internal Whether a value is one of ours. Nothing else may bring WGSL to a GPU. */
  static is(value: unknown): value is Activation {
    return typeof value === 'object' && value !== null && made.has(value)
  }

  /** `'leakyRelu({ alpha: 0.009999999776482582 })'` */
  toString(): string {
    const parameters = Object.entries(this.parameters).map(([name, value]) => `${name}: ${show(value)}`)
    return parameters.length === 0 ? `${this.name}()` : `${this.name}({ ${parameters.join(', ')} })`
  }
}

/** @internal Checks an options object against the options that exist, and fills in what is left out. */
export function readParameters<Name extends string>(
  activation: string,
  options: unknown,
  defaults: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const names = Object.keys(defaults) as Name[]
  const usage =
    names.length === 0 ? `${activation}()` : `${activation}({ ${names.map(n => `${n}: ${defaults[n]}`).join(', ')} })`
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options))) {
    throw new InputError(
      'invalid-argument',
      `${activation} was given ${show(options)} for its options.`,
      `Call ${usage}.`,
    )
  }
  const given = (options ?? {}) as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(defaults, name)) continue
    throw new InputError('unknown-option', `${activation} has no option ${show(name)}.`, `Call ${usage}.`)
  }
  const read: Record<Name, number> = { ...defaults }
  for (const name of names) {
    const value = given[name]
    if (value !== undefined) read[name] = float32(activation, name, value)
    else read[name] = Math.fround(defaults[name])
  }
  return read
}

function float32(activation: string, name: string, value: unknown): number {
  if (typeof value !== 'number') {
    throw new InputError('invalid-parameter', `${activation}'s ${name} is ${show(value)}.`, `Give a finite number.`)
  }
  const rounded = Math.fround(value)
  if (!Number.isFinite(rounded)) {
    const became = Number.isFinite(value) ? `, which rounds to ${rounded} in float32` : ''
    throw new InputError(
      'invalid-parameter',
      `${activation}'s ${name} is ${show(value)}${became}.`,
      'Give a number that is finite in float32.',
    )
  }
  return rounded
}
