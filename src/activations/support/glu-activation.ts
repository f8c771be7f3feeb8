import backward from '../../../shaders/kernels/glu-backward.wgsl?raw'
import clampedBackward from '../../../shaders/kernels/glu-clamped-backward.wgsl?raw'
import clampedForward from '../../../shaders/kernels/glu-clamped-forward.wgsl?raw'
import forward from '../../../shaders/kernels/glu-forward.wgsl?raw'
import exactProduct from '../../../shaders/numerics/exact-product.wgsl?raw'
import glu from '../../../shaders/numerics/glu.wgsl?raw'
import { type Activation, type Bounds, describeItself, SMOOTH } from './activation.ts'

const KERNELS = /* @__PURE__ */ Object.freeze({ forward, backward })
const CLAMPED_KERNELS = /* @__PURE__ */ Object.freeze({ forward: clampedForward, backward: clampedBackward })

const made = new WeakSet<object>()

/**
 * @internal Clamps of the inputs of a GLU: y = f(gate(g)) * factor(u) for a g and a u. In WGSL they are `clamped_gate`,
 * `factor_of`, `is_gate_open` and `is_up_open`, in the sources of f.
 */
export interface Clamps {
  readonly gate: (gate: number) => number
  readonly factor: (up: number) => number
  /** Tells whether the gradient passes, with a derivative of 1. Elsewhere it is exactly +0. */
  readonly isGateOpen: (gate: number) => boolean
  readonly isUpOpen: (up: number) => boolean
}

/**
 * A gated linear unit (GLU), `y = f(gate) * up` with an activation f: an immutable value, made by a call such as
 * `swiglu()`, and passed to a dispatcher or to kernels together with two tensors of one length.
 */
export class GluActivation {
  /** The name: `'swiglu'`. */
  readonly name: string
  /** The parameters, those of f: `{ approximate: 'tanh' }`. */
  readonly parameters: Activation['parameters']
  /** @internal f, the activation of the gate. */
  readonly activation: Activation
  /** @internal The name of the WGSL program: GLUs that differ in numbers alone share one. */
  readonly programName: string
  /** @internal WGSL: that of f, and the product with up. */
  readonly wgslSources: readonly string[]
  /** @internal The shader's uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** @internal The error bounds of results: `forward` for y, `backward` for dGate and dUp. */
  readonly bounds: Bounds
  /** @internal The WGSL of a user's definition of f; undefined for the functions of this library. */
  readonly ownSource: Activation['ownSource']
  /** @internal The clamps of the inputs, if there are any. */
  readonly clamps: Clamps | undefined
  /** @internal WGSL of the forward and the backward kernel. */
  readonly kernels: typeof KERNELS
  /** Returns the call that makes the GLU: `"geglu({ approximate: 'tanh' })"` */
  declare readonly toString: Activation['toString']
  /** Returns the name and the parameters, as `Activation.toJSON` does. */
  declare readonly toJSON: Activation['toJSON']
  /** Brands the type: only the functions of this module make GLUs. */
  declare protected readonly type: 'glu'

  /** @internal Only the functions of this module make GLUs. */
  constructor(
    name: string,
    activation: Activation,
    others: Partial<Pick<GluActivation, 'parameters' | 'programName' | 'clamps'>> = {},
  ) {
    this.name = name
    this.parameters = Object.freeze({ ...(others.parameters ?? activation.parameters) })
    this.activation = activation
    this.programName = others.programName ?? activation.programName.replace(activation.name, name)
    this.clamps = others.clamps
    this.kernels = others.clamps === undefined ? KERNELS : CLAMPED_KERNELS
    this.wgslSources = Object.freeze([...activation.wgslSources, exactProduct, glu])
    this.uniforms = activation.uniforms
    this.ownSource = activation.ownSource
    this.bounds = Object.freeze({
      ...activation.bounds,
      forward: Math.max(SMOOTH.forward, activation.bounds?.forward ?? 0),
      backward: Math.max(SMOOTH.backward, activation.bounds?.backward ?? 0),
    })
    describeItself(this, this.name, this.parameters)
    made.add(Object.freeze(this))
  }
}

/** A function of one tensor, or a gated linear unit, a function of two. */
export type AnyActivation =
  | Activation
  | (GluActivation & {
      readonly [Part in 'integers' | 'gate' | 'derivativeFromY' | 'channels' | 'loops' | 'selfTestVariants']?: undefined
    })

/**
 * Returns true if a value is a GLU, made by a call such as `swiglu()`. A GLU takes gate and up where an activation
 * takes x. A clone of a GLU is not a GLU.
 */
export function isGlu(value: unknown): value is GluActivation {
  return typeof value === 'object' && value !== null && made.has(value)
}
