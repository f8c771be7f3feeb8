/** Requests a device that another library can share. */
export async function requestSharedDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (adapter === null) throw new Error('WebGPU found no adapter.')
  return adapter.requestDevice(sharedDevice(adapter))
}

/**
 * The descriptor of a shared device: the limits that ONNX Runtime Web and TensorFlow.js request for their own devices, for large
 * tensors, and the features that make ONNX Runtime faster.
 */
export function sharedDevice({ features, limits }: GPUAdapter): GPUDeviceDescriptor {
  const wanted: readonly GPUFeatureName[] = ['shader-f16', 'subgroups']
  return {
    requiredFeatures: wanted.filter(feature => features.has(feature)),
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupSizeZ: limits.maxComputeWorkgroupSizeZ,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  }
}

const FLOAT_BYTES = 4
const VECTOR_BYTES = 16

/** A buffer for float32 that both libraries accept as a tensor. */
export function emptyBuffer(device: GPUDevice, elements: number): GPUBuffer {
  return device.createBuffer({
    // ONNX Runtime reads and writes four elements at a time, the last few too.
    size: Math.ceil((elements * FLOAT_BYTES) / VECTOR_BYTES) * VECTOR_BYTES,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  })
}

/** A buffer of that kind, with values. */
export function storageBuffer(device: GPUDevice, values: Float32Array<ArrayBuffer>): GPUBuffer {
  const buffer = emptyBuffer(device, values.length)
  device.queue.writeBuffer(buffer, 0, values)
  return buffer
}
