import type { Slot } from '../../operations/operation.ts'
import type { HostFunction } from './evaluator.ts'
import { ALL, type Graph } from './graph.ts'
import type { Store } from './kernel.ts'
import type { Numeric, Value } from './values.ts'

// What the kernels of shaders/kernels find outside of themselves: on a GPU that is shaders/access and the loop.

/** Of a tensor of float32. */
export const BYTES_PER_GROUP = 16

/**
 * The functions and the variables for one of the groups of a turn.
 *
 * @param keep is given the stores that are made
 */
export function hostOf(
  graph: Graph,
  slots: readonly Slot[],
  group: number,
  careful: boolean,
  keep: (store: Store) => void,
): { readonly functions: Record<string, HostFunction>; readonly globals: Record<string, Value> } {
  const offset = BYTES_PER_GROUP * group
  const functions: Record<string, HostFunction> = {
    // The last group is a whole one.
    within: () => ({ kind: 'bool', width: 4, node: graph.splatOf(ALL) }),
  }
  for (const [tensor, { name, role, isOutput }] of slots.entries()) {
    if (role === 'mask') Object.assign(functions, maskFunctions(graph, tensor, group, keep))
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
    { kind: 'f32', width: 1, node: graph.parameter(index) },
  ])
  const globals: Record<string, Value> = {
    careful: flag(careful),
    any_needs_exact: flag(false),
    // Of no account: loads and stores know their group.
    group_of_lanes: { kind: 'u32', width: 1, node: graph.constant('i32', 0) },
    parameters: { kind: 'struct', members: Object.fromEntries(parameters) },
  }
  return { functions, globals }
}

/** Two groups have their bits in a byte. */
function maskFunctions(
  graph: Graph,
  tensor: number,
  group: number,
  keep: (store: Store) => void,
): Record<string, HostFunction> {
  const offset = group >> 1
  const place = (group & 1) * 4
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
