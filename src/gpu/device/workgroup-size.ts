import { isSwiftShader } from './device.ts'

/** Invocations per workgroup. In compatibility mode a device may allow half as many. */
const USUAL_WORKGROUP_SIZE = 256
// SwiftShader runs all code once or more for every four invocations of a workgroup, those without work too: leakyRelu over 1 Ki
// elements takes 0.76 of the time that it takes with 256 (2026-12-01).
const SIZE_ON_SWIFTSHADER = 32

/**
 * Returns the invocations per workgroup of a kernel that joins results in a workgroup: a power of two, because it joins
 * them in a binary tree. The order of additions, and so the bits of sums, depend on it.
 */
export function joiningSizeOf({ limits }: GPUDevice): number {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = limits
  const most = Math.min(USUAL_WORKGROUP_SIZE, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX)
  return 1 << (31 - Math.clz32(most))
}

/** Returns the invocations per workgroup of a kernel whose invocations have nothing to do with each other. */
export function workgroupSizeOf(device: GPUDevice): number {
  const most = joiningSizeOf(device)
  return isSwiftShader(device) ? Math.min(most, SIZE_ON_SWIFTSHADER) : most
}

export function declareWorkgroupSize(size: number): string {
  return `const WORKGROUP_SIZE = ${size}u;`
}
