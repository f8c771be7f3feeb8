import type { Activation, Direction, Inputs } from '../activations/activation.ts'
import { bitsView } from './reference.ts'

/** Computes arrays on the CPU, by the fast path of the activation. */
export function computeOnCpu(
  activation: Activation,
  direction: Direction,
  { x, dy }: Inputs,
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(x.length)
  if (direction === 'forward') activation.loops.forward(bitsView(x), bitsView(result))
  else activation.loops.backward(bitsView(x), bitsView(dy ?? x), bitsView(result))
  return result
}
