export type { Activation, Direction, Loops, Reference } from './activations/activation.ts'
export { leakyRelu } from './activations/leakyRelu.ts'
export { relu } from './activations/relu.ts'
export type { Mismatch } from './cross-check.ts'
export { createDispatcher, type Dispatcher, type Report } from './dispatcher.ts'
export { FallbackEvent, MismatchEvent } from './dispatcher/events.ts'
export type { DispatcherOptions } from './dispatcher/options.ts'
export {
  ActivationsError,
  BindingError,
  CrossCheckError,
  DestroyedError,
  type ErrorCode,
  GpuError,
  InputError,
  UnavailableError,
} from './errors.ts'
export type { AdapterDescription } from './gpu/device.ts'
export { type BackwardBindings, createKernels, type ForwardBindings, type Kernels } from './gpu/kernels.ts'
