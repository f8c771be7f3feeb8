// The values are those of https://www.w3.org/TR/webgpu/. Windows and workers have globals for them; Node does not,
// where an application may define `navigator.gpu` alone.
export const BufferUsage = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const
export const ShaderStage = { COMPUTE: 0x4 } as const
export const MapMode = { READ: 0x1 } as const
