import type { Node } from './node.ts'

/** What an element of a value is. Of `'number'` are literals, which become what they meet. */
export type Kind = 'f32' | 'u32' | 'i32' | 'bool' | 'number'

/** What a type says of a value; undefined of a struct. */
export interface Shape {
  readonly kind: Exclude<Kind, 'number'> | undefined
  readonly width: 1 | 2 | 4
}

/** A scalar or a vector. */
export interface Numeric {
  readonly kind: Exclude<Kind, 'number'>
  readonly width: 1 | 2 | 4
  /** A bool is 0 or 1, a vector of them a mask. */
  readonly node: Node
}

/** A number as exact as float64 has it. */
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
