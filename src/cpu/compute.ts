import type { Activation, Direction, Inputs } from '../activations/activation.ts'
import { ActivationsError } from '../errors.ts'
import { bitsView } from './reference.ts'

/** Computes arrays on the CPU, by the fast path of the activation. @throws ActivationsError when memory runs out */
export function computeOnCpu(
  activation: Activation,
  direction: Direction,
  { x, dy }: Inputs,
): Float32Array<ArrayBuffer> {
  const result = allocate(x.length)
  if (direction === 'forward') activation.loops.forward(bitsView(x), bitsView(result))
  else activation.loops.backward(bitsView(x), bitsView(dy ?? x), bitsView(result))
  return result
}

function allocate(length: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length)
  } catch (cause) {
    const message = `There is no memory for a result of ${length} float32.`
    throw new ActivationsError('out-of-memory', message, 'Compute smaller arrays, or free some.', { cause })
  }
}
