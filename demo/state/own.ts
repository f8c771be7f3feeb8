import type { Activation } from '../../src/index.ts'
import type { ActivationChoice, Library } from './activation-choice.ts'

// Types only: the command line imports this module too, and cannot load WGSL.

/** An activation that the library does not have. */
export interface OwnActivation extends Omit<ActivationChoice, 'name'> {
  readonly name: string
  /** Defines it. The page shows the text of this call. */
  readonly define: (library: Pick<Library, 'defineActivation'>) => (options?: never) => Activation
}

/** The activations that are defined here, as a user defines one. To offer another one, add its entry. */
export const OWN_ACTIVATIONS: readonly OwnActivation[] = [
  {
    name: 'kneeSwish',
    formula: 'x * min(1, max(0, (x + knee) / knee))',
    parameters: { knee: { initial: 3, slider: [0.1, 6, 0.1], limits: [1 / 64, 3.4e38] } },
    define: ({ defineActivation }) =>
      defineActivation({
        name: 'kneeSwish',
        parameters: { knee: 3 },
        check({ knee }) {
          if (knee < 1 / 64) throw new RangeError(`kneeSwish's knee is ${knee}: give one from 1/64 on.`)
        },
        wgsl: `
          fn forward(x: Float) -> Float {
            let gate = clamp((x + parameters.knee) / parameters.knee, Float(0), Float(1));
            return select(x * gate, Float(0), x <= Float(-parameters.knee));
          }
          fn backward(x: Float, dy: Float) -> Float {
            let slope = (2 * x + parameters.knee) / parameters.knee;
            let above = select(slope, Float(1), x >= Float(0));
            return dy * select(above, Float(0), x <= Float(-parameters.knee));
          }`,
        reference: {
          forward: (x, { knee }) => (x <= -knee ? 0 : x >= 0 ? x : (x * (x + knee)) / knee),
          derivative: (x, { knee }) => (x <= -knee ? 0 : x >= 0 ? 1 : (2 * x + knee) / knee),
        },
      }),
  },
]

/** One of these activations; undefined for those of the library. */
export function ownActivation(name: string): OwnActivation | undefined {
  return OWN_ACTIVATIONS.find(one => one.name === name)
}
