import type { Activation, Direction, Inputs, Loops, PairInputs } from '../activations/activation.ts'
import type { GatedActivation } from '../activations/gated.ts'
import { ActivationsError } from '../errors.ts'
import { bitsView, type PairResult, pairBits, referenceBits } from './reference.ts'

/** Computes arrays on the CPU, by the fast path of the activation, or else by its reference. @throws ActivationsError when memory runs out */
export function computeOnCpu(
  activation: Activation,
  direction: Direction,
  { x, dy }: Inputs,
): Float32Array<ArrayBuffer> {
  const result = allocate(x.length)
  const loops = activation.loops ?? loopsOver(activation)
  if (direction === 'forward') loops.forward(bitsView(x), bitsView(result))
  else loops.backward(bitsView(x), bitsView(dy ?? x), bitsView(result))
  return result
}

/** The same for one result of a gated pair, by its reference. @throws ActivationsError when memory runs out */
export function computePairOnCpu(
  pair: GatedActivation,
  wanted: PairResult,
  inputs: PairInputs,
): Float32Array<ArrayBuffer> {
  const result = allocate(inputs.gate.length)
  const bits = bitsView(result)
  const gate = bitsView(inputs.gate)
  const up = bitsView(inputs.up)
  const dy = bitsView(inputs.dy ?? inputs.up)
  for (let i = 0; i < bits.length; i++) bits[i] = pairBits(pair, wanted, gate[i]!, up[i]!, dy[i]!)
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

function loopsOver(activation: Activation): Loops {
  return {
    forward(x, y) {
      for (let i = 0; i < x.length; i++) y[i] = referenceBits(activation, 'forward', x[i]!, 0, i)
    },
    backward(x, dy, dx) {
      for (let i = 0; i < x.length; i++) dx[i] = referenceBits(activation, 'backward', x[i]!, dy[i]!, i)
    },
  }
}
