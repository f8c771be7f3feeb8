export type { Activation, Bounds, Direction, Parameters } from './activations/support/activation.ts'
export { celu } from './activations/celu.ts'
export { clamp } from './activations/clamp.ts'
export { elu } from './activations/elu.ts'
export { type GluActivation, isGlu } from './activations/support/glu-activation.ts'
export { geglu } from './activations/geglu.ts'
export { gelu } from './activations/gelu.ts'
export { glu } from './activations/glu.ts'
export { hardShrink } from './activations/hardShrink.ts'
export { hardSigmoid } from './activations/hardSigmoid.ts'
export { hardSwish } from './activations/hardSwish.ts'
export { hardTanh } from './activations/hardTanh.ts'
export { leakyRelu } from './activations/leakyRelu.ts'
export { logSigmoid } from './activations/logSigmoid.ts'
export { mish } from './activations/mish.ts'
export { prelu } from './activations/prelu.ts'
export { quickGelu } from './activations/quickGelu.ts'
export { reglu } from './activations/reglu.ts'
export { relu } from './activations/relu.ts'
export { relu6 } from './activations/relu6.ts'
export { selu } from './activations/selu.ts'
export { sigmoid } from './activations/sigmoid.ts'
export { silu } from './activations/silu.ts'
export { softShrink } from './activations/softShrink.ts'
export { softplus } from './activations/softplus.ts'
export { softsign } from './activations/softsign.ts'
export { sparsePlus } from './activations/sparsePlus.ts'
export { sparseSigmoid } from './activations/sparseSigmoid.ts'
export { squareplus } from './activations/squareplus.ts'
export { squaredRelu } from './activations/squaredRelu.ts'
export { step } from './activations/step.ts'
export { swiglu } from './activations/swiglu.ts'
export { swish } from './activations/swish.ts'
export { swigluClamped } from './activations/swigluClamped.ts'
export { tanh } from './activations/tanh.ts'
export { tanhShrink } from './activations/tanhShrink.ts'
export { threshold } from './activations/threshold.ts'
export {
  type ActivationDefinition,
  type ActivationMaker,
  defineActivation,
  type OptionsOf,
  type ParameterDefaults,
} from './definitions/define-activation.ts'
export { defineGlu, type GluDefinition } from './definitions/define-glu.ts'
export type { ElementArray, LikeArray, NewArray } from './support/arrays.ts'
export type { CpuReport } from './cpu/interface.ts'
export type { Mismatch } from './checking/comparison.ts'
export { createDispatcher } from './dispatcher/create.ts'
export type { CrossoverReport } from './dispatcher/crossover.ts'
export {
  type CallName,
  DeviceErrorEvent,
  DeviceLostEvent,
  type DispatcherEvents,
  FallbackEvent,
  MismatchEvent,
  QuarantineEvent,
} from './dispatcher/events.ts'
export type {
  CallOptions,
  Dispatcher,
  FormatOf,
  FormatOptions,
  ForwardOptions,
  GradientSource,
  ListenerOptions,
  MaskedOutput,
  MemoryOptions,
  GluGradients,
  PackedOptions,
  Report,
} from './dispatcher/interface.ts'
export type { DispatcherOptions, VerdictStorage } from './dispatcher/options.ts'
export {
  ActivationsError,
  BindingError,
  CrossCheckError,
  DefinitionError,
  DestroyedError,
  type ErrorCode,
  GpuError,
  InputError,
  UnavailableError,
} from './support/errors.ts'
export type { Format, HalfFormat } from './support/formats.ts'
export type { AdapterDescription } from './gpu/device/device.ts'
export {
  type BackwardBindings,
  type BackwardBindingsOf,
  type BufferBinding,
  createKernels,
  type ForwardBindings,
  type ForwardBindingsOf,
  type Kernels,
  type KernelsOptions,
  type GluBackwardBindings,
  type GluForwardBindings,
  type PackedBackwardBindings,
  type PackedForwardBindings,
  type PackedPairs,
  type SlopeBindings,
  type SlopeGradientBindings,
} from './gpu/record/kernels.ts'
export type { PrepareOptions } from './gpu/record/prepare-options.ts'
export { wgsl, type WgslOptions } from './wgsl/wgsl.ts'
