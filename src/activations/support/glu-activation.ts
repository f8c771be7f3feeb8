import backward from '../../../shaders/kernels/glu-backward.wgsl?raw'
import forward from '../../../shaders/kernels/glu-forward.wgsl?raw'
import products from '../../../shaders/numerics/pair.wgsl?raw'
import { type Activation, type Bounds, describeItself, SMOOTH } from './activation.ts'

const KERNELS = /* @__PURE__ */ Object.freeze({ forward, backward })

const made = new WeakSet<object>()

/**
 * A gated pair, `y = f(gate) * up` with an activation f: an immutable value, made by a call such as `swiglu()`, and handed
 * to a dispatcher or to kernels together with two tensors of one length.
 */
export class GluActivation {
  /** The name: `'swiglu'`. */
  readonly name: string
  /** The parameters, those of f: `{ approximate: 'tanh' }`. */
  readonly parameters: Activation['parameters']
  /** @internal f, the activation of the gate. */
  readonly activation: Activation
  /** @internal Names the WGSL: GLUs that differ in numbers alone share one program. */
  readonly program: string
  /** @internal WGSL: that of f, and its product with up. */
  readonly shader: readonly string[]
  /** @internal The shader's uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** @internal The error that a result may have: `forward` for y, `backward` for dGate and dUp. */
  readonly bounds: Bounds
  /** @internal WGSL: the kernels of its two directions. */
  readonly kernels = KERNELS
  /** The call that makes it: `"geglu({ approximate: 'tanh' })"` */
  declare readonly toString: Activation['toString']
  /** What it is made from: as that of an activation. */
  declare readonly toJSON: Activation['toJSON']
  /** Made by functions alone: no other object has this type. */
  declare protected readonly type: 'glu'

  /** @internal Pairs are made by their functions. */
  constructor(name: string, activation: Activation) {
    this.name = name
    this.parameters = activation.parameters
    this.activation = activation
    this.program = activation.program.replace(activation.name, name)
    this.shader = Object.freeze([...activation.shader, products])
    this.uniforms = activation.uniforms
    this.bounds = Object.freeze({ ...SMOOTH, crossing: activation.bounds?.crossing })
    describeItself(this, this.name, this.parameters)
    made.add(Object.freeze(this))
  }
}

/**
 * Whether a value is a gated pair, made by a call such as `swiglu()`: it takes gate and up where an activation takes x. A copy of
 * one is none.
 */
export function isGlu(value: unknown): value is GluActivation {
  return typeof value === 'object' && value !== null && made.has(value)
}
