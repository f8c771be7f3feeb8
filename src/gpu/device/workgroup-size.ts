/** Invocations per workgroup. In compatibility mode a device may allow half as many. */
const USUAL_WORKGROUP_SIZE = 256

/**
 * Returns the invocations per workgroup on a device: a power of two, because kernels reduce over it in a binary tree.
 */
export function workgroupSizeOf({ limits }: GPUDevice): number {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = limits
  const most = Math.min(USUAL_WORKGROUP_SIZE, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)
  return 1 << (31 - Math.clz32(most))
}

export function declareWorkgroupSize(size: number): string {
  return `const WORKGROUP_SIZE = ${size}u;`
}
