import { COMPARED, type ComparisonSetup } from '../../../lab/tensorflow/protocol.ts'
import { type LabState, readActivation } from '../../../state/lab.ts'

/** The story that has TensorFlow.js train its networks: it has figures and controls of its own. */
export const COMPARISON = {
  id: 'tensorflow',
  title: 'TensorFlow.js',
  subtitle: 'with and without',
  sentence: 'Under TensorFlow.js, a network trains as before, in fewer dispatches.',
  account:
    'A convolutional network on digits, by TensorFlow.js: convolutions of 4 and 8 filters, a dense layer of 32, 8 digits a step, SGD at rate 0.05. Two networks from the same weights see the same digits, one of them with this library under it.',
} as const

const STEPS = 100

/** Makes the setup to train of an address. What it has of other stories is left out. */
export function comparisonOf({ activations = [], seed = 1, steps = STEPS }: LabState): ComparisonSetup {
  const named = activations.map(word => readActivation(word)?.name)
  return { activation: COMPARED.find(name => named.includes(name)) ?? 'relu', seed, steps }
}
