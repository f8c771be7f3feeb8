import backward from '../../shaders/kernels/pair-backward.wgsl?raw'
import backwardInPlace from '../../shaders/kernels/pair-backward-in-place.wgsl?raw'
import forward from '../../shaders/kernels/pair-forward.wgsl?raw'
import forwardOverGate from '../../shaders/kernels/pair-forward-over-gate.wgsl?raw'
import forwardOverUp from '../../shaders/kernels/pair-forward-over-up.wgsl?raw'
import products from '../../shaders/numerics/pair.wgsl?raw'
import { type Activation, asCall, type Bounds, type Kernel, SMOOTH } from './activation.ts'

// In place, every buffer is bound for writing: then gate and up may be ranges of one buffer, as a projection that
// computes both at once leaves them.
const KERNELS = {
  forward: { name: 'pair-forward', wgsl: forward, reads: 2, writes: 1 },
  forwardOverGate: { name: 'pair-forward-over-gate', wgsl: forwardOverGate, reads: 0, writes: 2 },
  forwardOverUp: { name: 'pair-forward-over-up', wgsl: forwardOverUp, reads: 0, writes: 2 },
  backward: { name: 'pair-backward', wgsl: backward, reads: 3, writes: 2 },
  backwardInPlace: { name: 'pair-backward-in-place', wgsl: backwardInPlace, reads: 0, writes: 3 },
} as const satisfies Record<string, Kernel>

const made = new WeakSet<object>()

/**
 * A gated pair, `y = f(gate) * up` with an activation f: an immutable value, made by a call such as `swiglu()`, and handed
 * to a dispatcher or to kernels together with two tensors of one length.
 */
export class GatedActivation {
  /** The name: `'swiglu'`. */
  readonly name: string
  /** The parameters, those of f: `{ approximate: 'tanh' }`. */
  readonly parameters: Activation['parameters']
  /** f, which the gate goes through. */
  readonly activation: Activation
  /** Names the WGSL: pairs that differ in numbers alone share one program. */
  readonly program: string
  /** WGSL: that of f, and what multiplies with it. */
  readonly shader: readonly string[]
  /** What the shader finds in its uniform `parameters`: up to four float32. */
  readonly uniforms: readonly number[]
  /** How far a result may lie from the reference: `forward` for y, `backward` for dGate and dUp. */
  readonly bounds: Bounds
  /** @internal */
  readonly kernels = KERNELS

  /** @internal Pairs are made by their functions. */
  constructor(name: string, activation: Activation) {
    this.name = name
    this.parameters = activation.parameters
    this.activation = activation
    this.program = activation.program.replace(activation.name, name)
    this.shader = Object.freeze([...activation.shader, products])
    this.uniforms = activation.uniforms
    this.bounds = Object.freeze({ ...SMOOTH, crossing: activation.bounds?.crossing })
    made.add(Object.freeze(this))
  }

  /** `"geglu({ approximate: 'tanh' })"` */
  toString(): string {
    return asCall(this.name, this.parameters)
  }
}

/** @internal Whether a value is a pair of ours. Nothing else may bring WGSL to a GPU. */
export function isGated(value: unknown): value is GatedActivation {
  return typeof value === 'object' && value !== null && made.has(value)
}
