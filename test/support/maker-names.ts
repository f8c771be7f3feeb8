import * as library from '../../src/index.ts'

/** The names of the functions that make an activation or a pair: what the library exports in lower case, but for what has another end. */
export const makerNames: readonly string[] = Object.keys(library).filter(
  name => /^[a-z]/.test(name) && !/^(?:create[A-Z]|define[A-Z]|is[A-Z]|wgsl$)/.test(name),
)
