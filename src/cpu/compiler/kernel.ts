import { constantOf, type Node } from './node.ts'

/** A store to where a tensor has got to. */
export interface Store {
  /** `'v128.store'` or another one. */
  readonly op: string
  readonly tensor: number
  readonly offset: number
  readonly value: Node
}

/** What is done in one turn of a loop. */
export interface Turn {
  /** How many groups of lanes it takes: a power of two. */
  readonly groups: number
  readonly stores: readonly Store[]
  /** A flag, and the same stores with the values for where it is set. */
  readonly careful?: { readonly anyNeedsExact: Node; readonly stores: readonly Store[] } | undefined
}

/** A function that goes through tensors from their beginning to their end. */
export interface Kernel {
  readonly name: string
  /** For each tensor how many bytes a group has. */
  readonly strides: readonly number[]
  /** The first takes as many groups as it can, the next what is left. */
  readonly turns: readonly Turn[]
}

/** Whether it is no more than an operand: scalar constants and parameters. */
export function isImmediate(node: Node): boolean {
  return node.op === 'parameter' || (node.type !== 'v128' && constantOf(node) !== undefined)
}

/** What a turn needs of what is the same for all elements, but for what is seldom done. */
export function uniformsOf({ stores, careful }: Turn): Node[] {
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

/** A value and what it is worked out from, in the order in which that can be done. */
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

/** How many instructions a turn takes, but for what is seldom done. */
export function lengthOf({ stores }: Turn): number {
  return new Set(stores.flatMap(({ value }) => operandsOf(value))).size
}

/** The constants of a kernel's loops, by their bits: those that are worth a local. */
export function constantsOf({ turns }: Kernel): number[] {
  const found = new Set<number>()
  for (const turn of turns) {
    for (const node of uniformsOf(turn)) {
      const bits = constantOf(node)
      if (bits !== undefined) found.add(bits)
    }
  }
  return [...found]
}
