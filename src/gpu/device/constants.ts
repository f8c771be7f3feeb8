// The numbers are WebGPU's own (https://www.w3.org/TR/webgpu/). The globals that hold them exist in windows and workers
// but not in Node, where an app may put no more than `navigator.gpu`.
export const BufferUsage = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, UNIFORM: 0x40, STORAGE: 0x80 } as const
export const ShaderStage = { COMPUTE: 0x4 } as const
export const MapMode = { READ: 0x1 } as const
