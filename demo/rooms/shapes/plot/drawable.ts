import { type Activation, type Dispatcher, type GluActivation, isGlu } from '../../../../src/index.ts'

/** Evaluates a function at each x, in float32. */
export type Evaluate = (x: Float32Array<ArrayBuffer>) => Promise<Float32Array>

/** A function of one variable, with its derivative. */
export interface Drawable {
  readonly name: string
  readonly forward: Evaluate
  readonly derivative: Evaluate
}

/** An activation as the library computes it. The derivative is dx for dy = 1; a gated pair is a function of its gate, for up = 1. */
export function drawableOf(activation: Activation | GluActivation, dispatcher: Dispatcher): Drawable {
  const { name } = activation
  const onesFor = ({ length }: Float32Array): Float32Array<ArrayBuffer> => new Float32Array(length).fill(1)
  if (!isGlu(activation)) {
    return {
      name,
      forward: x => dispatcher.forward(activation, x),
      derivative: x => dispatcher.backward(activation, x, onesFor(x)),
    }
  }
  return {
    name,
    forward: x => dispatcher.forward(activation, x, onesFor(x)),
    derivative: async x => (await dispatcher.backward(activation, x, onesFor(x), onesFor(x))).dGate,
  }
}
