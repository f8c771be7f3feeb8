import { createHash, type Hash } from 'node:crypto'
import type { Node } from '../../../src/cpu/compiler/node.ts'
import { kernelOf } from '../../../src/cpu/compiler/kernels.ts'
import { operationOf } from '../../../src/operations/operation.ts'
import type { Activation, Direction } from '../../../src/index.ts'
import { declarationsOf, neededBy } from '../../../src/wgsl/source.ts'
import { composedFor } from '../../tools/composed.ts'
import type { Processor } from '../processors.ts'
import { truthOf } from '../truth.ts'

/**
 * A hash of what a processor computes for an element, and of what is right: another arithmetic has another. The loop over the
 * elements, which every kernel has, is no part of it.
 */
export function fingerprintOf(activation: Activation, direction: Direction, processor: Processor): string {
  const hash = createHash('sha256')
  if (processor === 'cpu') addWebAssembly(hash, activation, direction)
  else addWgsl(hash, activation, direction)
  hash.update(JSON.stringify([activation.parameters, activation.bounds]))
  addReference(hash, activation, direction)
  return hash.digest('hex').slice(0, 16)
}

function addWgsl(hash: Hash, activation: Activation, direction: Direction): void {
  const declarations = declarationsOf(composedFor(activation, direction))
  for (const name of neededBy(['result'], declarations)) hash.update(declarations.get(name)!.replace(/\s+/g, ' '))
}

/** Adds the instructions of the last loop, which has the fewest vectors. */
function addWebAssembly(hash: Hash, activation: Activation, direction: Direction): void {
  const { stores, careful } = kernelOf(activation, operationOf(activation, direction), 'f32').loops.at(-1)!
  // Ids depend on what else the graph has, and the order of arguments is the order of evaluation.
  const places = new Map<Node, number>()
  const placeOf = (node: Node): number => {
    const known = places.get(node)
    if (known !== undefined) return known
    const args = node.args.map(placeOf)
    hash.update(JSON.stringify([node.op, args, node.immediate]))
    places.set(node, places.size)
    return places.size - 1
  }
  const roots = [...stores, ...(careful?.stores ?? [])].map(({ value }) => value)
  hash.update(JSON.stringify(roots.map(placeOf)))
  if (careful !== undefined) hash.update(String(placeOf(careful.anyNeedsExact)))
}

const SAMPLES = 2 ** 16

/** Adds what the reference computes at every 2^16th float32. */
function addReference(hash: Hash, activation: Activation, direction: Direction): void {
  const x = new Float32Array(Uint32Array.from({ length: SAMPLES }, (_, i) => (i << 16) | 0x5555).buffer)
  const { values } = truthOf(activation, x, direction === 'forward' ? undefined : new Float32Array(SAMPLES).fill(1))
  // An engine may give a NaN any payload.
  for (let i = 0; i < SAMPLES; i++) if (Number.isNaN(values[i]!)) values[i] = NaN
  hash.update(new Uint8Array(values.buffer))
}
