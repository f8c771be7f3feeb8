/** Elements in a group, which an invocation takes at a time: the lanes of shaders/vector-width/vec4.wgsl. */
export const LANES = 4
export const BYTES_PER_WORD = 4
export const BYTES_PER_VECTOR = 16
export const ELEMENTS_PER_MASK_WORD = 32
