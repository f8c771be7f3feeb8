import { constantOf, type Node } from './node.ts'

/** A store at an offset from a tensor's current address, in bytes. */
export interface Store {
  /** `'v128.store'` or another store. */
  readonly op: string
  readonly tensor: number
  readonly offset: number
  readonly value: Node
}

/** A loop over a tensor, as the body of one iteration. */
export interface Loop {
  /** The number of vec4 in an iteration: a power of two. */
  readonly vectors: number
  readonly stores: readonly Store[]
  /** The flag for the careful computation, and the stores with its values. */
  readonly careful?: { readonly anyNeedsExact: Node; readonly stores: readonly Store[] } | undefined
}

/** A function that loops over tensors from beginning to end. */
export interface Kernel {
  readonly name: string
  /** The type of the parameters. */
  readonly parameters: 'f32' | 'i32'
  /** For each tensor the bytes of a vec4. */
  readonly strides: readonly number[]
  /** The loops, in order: each takes as many vectors as it can, and the last one the rest. */
  readonly loops: readonly Loop[]
}

/** Tells whether a node needs no local: scalar constants and parameters. */
export function isImmediate(node: Node): boolean {
  return node.op === 'parameter' || (node.type !== 'v128' && constantOf(node) !== undefined)
}

/** Returns the uniform nodes of an iteration, without those of the careful computation, which is rare. */
export function uniformsOf({ stores, careful }: Loop): Node[] {
  const found = new Set<Node>()
  const seen = new Set<Node>()
  const visit = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (!node.isUniform) node.args.forEach(visit)
    else if (!isImmediate(node)) found.add(node)
  }
  for (const { value } of stores) visit(value)
  if (careful !== undefined) visit(careful.anyNeedsExact)
  return [...found]
}

/** Returns a value and its operands that vary by element, in an order of evaluation. */
export function operandsOf(value: Node): Node[] {
  const found = new Set<Node>()
  const visit = (node: Node): void => {
    if (node.isUniform || found.has(node)) return
    node.args.forEach(visit)
    found.add(node)
  }
  visit(value)
  return [...found]
}

/** Returns the number of instructions in an iteration, without those of the careful computation. */
export function lengthOf({ stores }: Loop): number {
  return new Set(stores.flatMap(({ value }) => operandsOf(value))).size
}

/** Returns the bits of the constants that need a local in a kernel's loops. */
export function constantsOf({ loops }: Kernel): number[] {
  const found = new Set<number>()
  for (const loop of loops) {
    for (const node of uniformsOf(loop)) {
      const bits = constantOf(node)
      if (bits !== undefined) found.add(bits)
    }
  }
  return [...found]
}
