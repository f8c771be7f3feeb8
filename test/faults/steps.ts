/** Where a fault can strike: everything that array calls ask of WebGPU. A step of buffers goes by what the buffer is for. */
export const STEPS = [
  'requestAdapter',
  'requestDevice',
  'device.lost',
  'uncapturederror',
  'pushErrorScope',
  'popErrorScope',
  'createBuffer (device)',
  'createBuffer (staging)',
  'createBuffer (constants)',
  'createShaderModule',
  'createBindGroupLayout',
  'createPipelineLayout',
  'createComputePipelineAsync',
  'createBindGroup',
  'writeBuffer',
  'createCommandEncoder',
  'beginComputePass',
  'setPipeline',
  'setBindGroup',
  'dispatchWorkgroups',
  'end',
  'copyBufferToBuffer',
  'finish',
  'submit',
  'onSubmittedWorkDone',
  'mapAsync',
  'getMappedRange (staging)',
  'getMappedRange (constants)',
  'unmap (staging)',
  'unmap (constants)',
  'destroy (buffer)',
  'destroy (device)',
] as const

export type Step = (typeof STEPS)[number]

/** What a buffer is for. */
export type Purpose = 'device' | 'staging' | 'constants'

const MAP_READ = 1

export function purposeOf({ usage, mappedAtCreation }: GPUBufferDescriptor): Purpose {
  if (mappedAtCreation === true) return 'constants'
  return (usage & MAP_READ) === 0 ? 'device' : 'staging'
}
