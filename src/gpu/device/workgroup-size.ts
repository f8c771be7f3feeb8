/** Invocations in a workgroup, where the device takes so many: in compatibility mode it may take half. */
const USUAL_WORKGROUP_SIZE = 256

/** Invocations in a workgroup on a device: a power of two, over which kernels build trees of sums. */
export function workgroupSizeOf({ limits }: GPUDevice): number {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = limits
  const most = Math.min(USUAL_WORKGROUP_SIZE, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)
  return 1 << (31 - Math.clz32(most))
}

/** The line of WGSL from which a kernel knows how many invocations its workgroups have. */
export function declareWorkgroupSize(size: number): string {
  return `const WORKGROUP_SIZE = ${size}u;`
}
