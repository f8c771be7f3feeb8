/** A device whose methods do nothing, which leaves the JavaScript of the caller. It accepts everything. */
export function stubDevice(): GPUDevice {
  const made = (): object => ({})
  const pipeline = (): object => ({ getBindGroupLayout: made })
  return {
    limits: {
      maxBufferSize: 2 ** 28,
      maxStorageBufferBindingSize: 2 ** 27,
      maxStorageBuffersPerShaderStage: 8,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupSizeX: 256,
      maxComputeWorkgroupsPerDimension: 65_535,
    },
    adapterInfo: {},
    queue: { submit: made, onSubmittedWorkDone: made },
    lost: new Promise(() => undefined),
    createBuffer: ({ size, usage }: GPUBufferDescriptor) => ({
      size,
      usage,
      mapState: 'unmapped',
      getMappedRange: () => new ArrayBuffer(size),
      unmap: made,
    }),
    createBindGroup: made,
    createBindGroupLayout: made,
    createPipelineLayout: made,
    createShaderModule: made,
    createComputePipeline: pipeline,
    createComputePipelineAsync: async () => pipeline(),
    pushErrorScope: made,
    popErrorScope: async () => null,
  } as never
}

/** A pass whose methods do nothing. */
export const stubPass = {
  setPipeline: (): void => undefined,
  setBindGroup: (): void => undefined,
  dispatchWorkgroups: (): void => undefined,
} as unknown as GPUComputePassEncoder
