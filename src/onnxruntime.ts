export { activate, type ActivateOptions, type GluTensors } from './onnxruntime/activate.ts'
export type { GpuTensor } from './onnxruntime/tensors.ts'
export { type Runtime, type SessionOptions, useDevice } from './onnxruntime/use-device.ts'
