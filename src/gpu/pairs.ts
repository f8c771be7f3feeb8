import type { Kernel } from '../activations/activation.ts'
import type { GatedActivation } from '../activations/gated.ts'
import { BindingError } from '../errors.ts'
import { type BufferRange, readBindings, refuseOverlap, sameRange } from './bindings.ts'

/** Where `forward` of a gated pair finds its inputs and puts y: ranges of float32, of one length. */
export interface PairForwardBindings {
  /** What goes through the activation. Without `size`: from its offset to the end of its buffer. */
  readonly gate: GPUBufferBinding
  /** What it is multiplied with. Without `size`: as long as gate. It may lie in gate's buffer. */
  readonly up: GPUBufferBinding
  /** The result. Without `size`: as long as gate. The very range of gate or of up is fine: in place. */
  readonly y: GPUBufferBinding
}

/** Where `backward` of a gated pair finds its inputs and puts its two results: ranges of float32, of one length. */
export interface PairBackwardBindings {
  /** What went through the activation. Without `size`: from its offset to the end of its buffer. */
  readonly gate: GPUBufferBinding
  /** What it was multiplied with. Without `size`: as long as gate. It may lie in gate's buffer. */
  readonly up: GPUBufferBinding
  /** The upstream gradient, dL/dy. Without `size`: as long as gate. */
  readonly dy: GPUBufferBinding
  /** dL/dgate. Without `size`: as long as gate. The very range of gate, where dUp has that of up: in place. */
  readonly dGate: GPUBufferBinding
  /** dL/dup. Without `size`: as long as gate. The very range of up, where dGate has that of gate. */
  readonly dUp: GPUBufferBinding
}

/** A kernel, and what it binds, in that order. */
type Choice = readonly [kernel: Kernel, ranges: readonly BufferRange[]]

/** The kernel for these bindings. @throws BindingError InputError */
export function chooseForward({ kernels }: GatedActivation, bindings: unknown): Choice {
  const { gate, up, y } = readBindings(bindings, ['gate', 'up', 'y'])
  if (isRange(y, gate)) {
    refuseOverlap('y', y, 'up', up)
    return [kernels.forwardOverGate, [up, y]]
  }
  if (isRange(y, up)) {
    refuseOverlap('y', y, 'gate', gate)
    return [kernels.forwardOverUp, [gate, y]]
  }
  sameRange('y', y, 'gate', gate)
  sameRange('y', y, 'up', up)
  return [kernels.forward, [gate, up, y]]
}

/** The kernel for these bindings. @throws BindingError InputError */
export function chooseBackward({ kernels }: GatedActivation, bindings: unknown): Choice {
  const { gate, up, dy, dGate, dUp } = readBindings(bindings, ['gate', 'up', 'dy', 'dGate', 'dUp'])
  refuseOverlap('dGate', dGate, 'dUp', dUp)
  if (isRange(dGate, gate) && isRange(dUp, up)) {
    refuseOverlap('dGate', dGate, 'dy', dy)
    refuseOverlap('dUp', dUp, 'dy', dy)
    return [kernels.backwardInPlace, [dy, dGate, dUp]]
  }
  for (const [outputName, output] of Object.entries({ dGate, dUp })) {
    for (const [inputName, input] of Object.entries({ gate, up, dy })) {
      if (!sameRange(outputName, output, inputName, input)) continue
      throw new BindingError(
        `${outputName} is the range of ${inputName}, and not both results are in place.`,
        'Bind dGate over gate and dUp over up, or both to buffers of their own.',
      )
    }
  }
  return [kernels.backward, [gate, up, dy, dGate, dUp]]
}

function isRange(output: BufferRange, input: BufferRange): boolean {
  return output.buffer === input.buffer && output.offset === input.offset && output.size > 0
}
