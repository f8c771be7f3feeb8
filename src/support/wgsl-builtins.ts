/**
 * The builtin functions of WGSL that the shaders may call. The compiler knows each, and no function that `wgsl` writes may have
 * such a name, which would hide it. `exp`, `log` and `tanh` are none of them: WGSL leaves their accuracy open.
 */
export const WGSL_BUILTINS = [
  'abs',
  'any',
  'clamp',
  'countLeadingZeros',
  'max',
  'min',
  'round',
  'select',
  'sqrt',
] as const
