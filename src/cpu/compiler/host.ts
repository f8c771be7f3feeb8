import { BYTES_PER_VECTOR } from '../../operations/layout.ts'
import type { Slot } from '../../operations/operation.ts'
import type { HostFunction } from './evaluator.ts'
import { ALL, type Graph } from './graph.ts'
import type { Store } from './kernel.ts'
import type { Numeric, Value } from './values.ts'

// The environment of shaders/kernels: on a GPU, shaders/access and the loop of elementwise.wgsl provide it.

/**
 * Returns the functions and variables for one vector of a loop iteration.
 *
 * @param keep receives each store
 */
export function hostOf(
  graph: Graph,
  format: 'f32' | 'i32',
  slots: readonly Slot[],
  vector: number,
  careful: boolean,
  keep: (store: Store) => void,
): { readonly functions: Record<string, HostFunction>; readonly globals: Record<string, Value> } {
  const offset = BYTES_PER_VECTOR * vector
  const functions: Record<string, HostFunction> = {
    // chunks.js passes whole vectors only.
    within: () => ({ kind: 'bool', width: 4, node: graph.splatOf(ALL) }),
  }
  for (const [tensor, { name, role, isOutput }] of slots.entries()) {
    if (role === 'mask') Object.assign(functions, maskFunctions(graph, tensor, vector, keep))
    else if (isOutput) {
      functions[`store_${name}`] = ([, elements]) => {
        keep({ op: 'v128.store', tensor, offset, value: (elements as Numeric).node })
        return undefined
      }
    } else {
      functions[`load_${name}`] = () => ({ kind: 'f32', width: 4, node: graph.load('v128.load', tensor, offset) })
    }
  }
  const flag = (set: boolean): Numeric => ({ kind: 'bool', width: 1, node: graph.constant('i32', Number(set)) })
  const parameters = ['x', 'y', 'z', 'w'].map((name, index): [string, Value] => [
    name,
    { kind: format, width: 1, node: graph.parameter(format, index) },
  ])
  const globals: Record<string, Value> = {
    careful: flag(careful),
    any_needs_exact: flag(false),
    // Unused: loads and stores have fixed offsets.
    vector_index: { kind: 'u32', width: 1, node: graph.constant('i32', 0) },
    parameters: { kind: 'struct', members: Object.fromEntries(parameters) },
  }
  return { functions, globals }
}

/** Returns the functions of a mask, in which two vectors share a byte. */
function maskFunctions(
  graph: Graph,
  tensor: number,
  vector: number,
  keep: (store: Store) => void,
): Record<string, HostFunction> {
  const offset = vector >> 1
  const place = (vector & 1) * 4
  return {
    mask_bits: () => {
      const byte = graph.load('v128.load8_splat', tensor, offset)
      const bits = graph.make('v128.and', [byte, graph.constants([1, 2, 4, 8].map(bit => bit << place))])
      return { kind: 'bool', width: 4, node: graph.make('i32x4.ne', [bits, graph.splatOf(0)]) }
    },
    write_mask: ([, open]) => {
      const bits = graph.make('i32x4.bitmask', [(open as Numeric).node])
      const value = graph.make('i32.shl', [bits, graph.constant('i32', place)])
      keep({ op: 'i32.store8', tensor, offset, value })
      return undefined
    },
  }
}
