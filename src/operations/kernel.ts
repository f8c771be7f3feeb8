import type { KernelDescription, Slot } from './operation.ts'

/** Describes a kernel that is no function of an activation. */
export function kernel(name: string, wgsl: readonly string[], slots: readonly Slot[]): KernelDescription {
  return { name, wgsl: wgsl.join('\n'), slots, biased: [], reduced: [], accumulates: false, masked: false }
}
