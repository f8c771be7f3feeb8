/**
 * The builtin functions of WGSL that the shaders may call. The WebAssembly compiler implements each, and `wgsl` names
 * no function like one, because the name would shadow the builtin. `exp`, `log` and `tanh` are missing, because WGSL
 * leaves their accuracy open.
 */
export const WGSL_BUILTINS = ['abs', 'any', 'countLeadingZeros', 'max', 'min', 'round', 'select', 'sqrt'] as const
