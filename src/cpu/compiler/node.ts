/** The WebAssembly type of a node. */
export type Type = 'v128' | 'i32' | 'f32'

/** A WebAssembly instruction with its operands. */
export interface Node {
  readonly id: number
  /**
   * Binaryen's name of an instruction, as `'f32x4.add'`; or `'parameter'`; or `'splat'`, of an i32 or an f32 to four
   * lanes.
   */
  readonly op: string
  readonly type: Type
  readonly args: readonly Node[]
  /** Immediates: the bits of a constant, lanes, the index of a parameter, or the tensor and the offset of a load. */
  readonly immediate: readonly number[]
  /** True when the value is the same for every element, so that it is computed before the loop. */
  readonly isUniform: boolean
}

/** Returns the bits of a scalar constant, or of the lanes of its splat; undefined for other nodes. */
export function constantOf({ op, args, immediate }: Node): number | undefined {
  if (op === 'splat') return constantOf(args[0]!)
  return op === 'i32.const' || op === 'f32.const' ? immediate[0] : undefined
}
