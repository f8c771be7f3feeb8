/** Programs whose WebGPU is wgpu with the compiler naga, and not Dawn. */
export const ENGINES = ['deno', 'firefox'] as const
export type EngineName = (typeof ENGINES)[number]

export const ENGINE_TITLES: Readonly<Record<EngineName, string>> = { deno: 'Deno', firefox: 'Firefox' }
