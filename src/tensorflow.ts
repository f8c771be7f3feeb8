export { applyActivation } from './tensorflow/operations.ts'
export type { TensorFlow } from './tensorflow/types.ts'
export { useActivations, type UseActivationsOptions } from './tensorflow/use-activations.ts'
