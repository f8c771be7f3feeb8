import type { Node } from './node.ts'

/** The element type of a value. `'number'` is that of a literal, which takes the type of the other operand. */
export type Kind = 'f32' | 'u32' | 'i32' | 'bool' | 'number'

/** The kind and the width of a type. The kind is undefined where an operand determines it. */
export interface Shape {
  readonly kind: Exclude<Kind, 'number'> | undefined
  readonly width: 1 | 2 | 4
}

/** A scalar or a vector. */
export interface Numeric {
  readonly kind: Exclude<Kind, 'number'>
  readonly width: 1 | 2 | 4
  /** A bool is 0 or 1; a vector of bools is a mask. */
  readonly node: Node
}

/** A literal or a constant expression, in float64. */
export interface Literal {
  readonly kind: 'number'
  readonly isFloat: boolean
  readonly value: number
}

interface Struct {
  readonly kind: 'struct'
  readonly members: Readonly<Record<string, Value>>
}

export type Value = Numeric | Literal | Struct
