import binaryen from 'binaryen'
import { CompileError } from './errors.ts'
import type { Node, Type } from './node.ts'

/** Binaryen's values for the types. */
export const TYPES: Readonly<Record<Type, binaryen.Type>> = {
  i32: binaryen.i32,
  f32: binaryen.f32,
  v128: binaryen.v128,
}

// Few enough that most locals have an index of one byte.
const ROTATING = 32
const OTHERS = 32

/**
 * Allocates the locals of a function: fixed ones for common constants, then reusable vectors, then scalars. Similar
 * code compresses well, so the search for a free local starts at an index that depends on the instruction alone.
 */
export class Locals {
  readonly #start: number
  readonly #fixed: number
  readonly #taken = new Set<number>()
  readonly #scalars: Type[] = []

  /** @param start the number of parameters @param fixed the number of constants with a fixed local */
  constructor(start: number, fixed: number) {
    this.#start = start
    this.#fixed = fixed
  }

  get types(): binaryen.Type[] {
    const vectors = Array<binaryen.Type>(this.#fixed + ROTATING + OTHERS).fill(TYPES.v128)
    return [...vectors, ...this.#scalars.map(type => TYPES[type])]
  }

  fixed(place: number): number {
    return this.#start + place
  }

  /** Takes a free local for the value of a node. */
  take({ op, type, isUniform }: Node): number {
    if (type !== 'v128') return this.scalar(type)
    const first = this.#start + this.#fixed
    const rotating = isUniform ? [] : Array.from({ length: ROTATING }, (_, i) => first + ((placeOf(op) + i) % ROTATING))
    const others = Array.from({ length: OTHERS }, (_, i) => first + ROTATING + i)
    const local = this.#free([...rotating, ...others])
    if (local === undefined) throw new CompileError(`it needs more than ${ROTATING + OTHERS} values at a time`)
    return local
  }

  scalar(type: Exclude<Type, 'v128'>): number {
    const first = this.#start + this.#fixed + ROTATING + OTHERS
    const known = this.#free(this.#scalars.flatMap((other, i) => (other === type ? first + i : [])))
    if (known !== undefined) return known
    const local = first + this.#scalars.push(type) - 1
    this.#taken.add(local)
    return local
  }

  giveBack(local: number): void {
    this.#taken.delete(local)
  }

  #free(locals: readonly number[]): number | undefined {
    const local = locals.find(candidate => !this.#taken.has(candidate))
    if (local !== undefined) this.#taken.add(local)
    return local
  }
}

function placeOf(op: string): number {
  return Array.from(op).reduce((place, letter) => (place * 31 + letter.charCodeAt(0)) % ROTATING, 0)
}
