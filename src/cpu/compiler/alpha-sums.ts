import { BYTES_PER_VECTOR } from '../../operations/layout.ts'
import { Graph } from './graph.ts'
import type { Kernel, Loop, Store } from './kernel.ts'
import type { Node } from './node.ts'

// The gradient of the slopes of prelu has no WGSL here: WebAssembly adds up in float64, where products of float32 are exact.

const BYTES_OF_SUMS = 2 * BYTES_PER_VECTOR
// Independent additions: a sum otherwise waits for the store of the one before.
const VECTORS_AT_ONCE = 4

/**
 * Returns kernels of three tensors: x, dy and sums. Each adds x * dy of the elements that are not positive to float64 sums:
 * `prelu alpha columns` to one for each element, `prelu alpha run` to 16, of which each takes every 16th element.
 */
export function alphaKernels(): Kernel[] {
  return [kernelOf('prelu alpha columns', BYTES_OF_SUMS), kernelOf('prelu alpha run', 0)]
}

function kernelOf(name: string, stride: number): Kernel {
  const graph = new Graph()
  const loops = [VECTORS_AT_ONCE, 1].map((vectors): Loop => {
    const all = Array.from({ length: vectors }, (_, vector) => storesOf(graph, vector))
    return { vectors, stores: all.flat() }
  })
  return { name, parameters: 'f32', strides: [BYTES_PER_VECTOR, BYTES_PER_VECTOR, stride], loops }
}

function storesOf(graph: Graph, vector: number): Store[] {
  const [x, dy] = [0, 1].map(tensor => graph.load('v128.load', tensor, BYTES_PER_VECTOR * vector)) as [Node, Node]
  const isPositive = graph.make('f32x4.gt', [x, graph.splatOf(0)])
  // Both factors become +0 where x is positive, because 0 * NaN is no 0.
  const factors = [x, dy].map(factor => graph.make('v128.andnot', [factor, isPositive]))
  return [0, 2].map(lane => {
    const [a, b] = factors.map(factor => {
      const pair = lane === 0 ? factor : graph.shuffle(factor, factor, [2, 3, 2, 3])
      return graph.make('f64x2.promote_low_f32x4', [pair])
    }) as [Node, Node]
    const offset = BYTES_OF_SUMS * vector + 8 * lane
    const sum = graph.make('f64x2.add', [graph.load('v128.load', 2, offset), graph.make('f64x2.mul', [a, b])])
    return { op: 'v128.store', tensor: 2, offset, value: sum }
  })
}
