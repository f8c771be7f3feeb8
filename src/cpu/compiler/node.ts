/** The type of a node in WebAssembly. */
export type Type = 'v128' | 'i32' | 'f32'

/** An instruction of WebAssembly with its operands. */
export interface Node {
  readonly id: number
  /**
   * An instruction by binaryen's name, `'f32x4.add'`, or one of `'parameter'`, and `'splat'` of an i32 or an f32 to four
   * lanes.
   */
  readonly op: string
  readonly type: Type
  readonly args: readonly Node[]
  /** What else it has: the bits of a constant, lanes, the index of a parameter, of a load the tensor and an offset. */
  readonly immediate: readonly number[]
  /** Whether it is the same for every element, so that it is worked out before the loop. */
  readonly isUniform: boolean
}

/** The bits of a constant, or of all lanes of one; undefined where it is none. */
export function constantOf({ op, args, immediate }: Node): number | undefined {
  if (op === 'splat') return constantOf(args[0]!)
  return op === 'i32.const' || op === 'f32.const' ? immediate[0] : undefined
}
