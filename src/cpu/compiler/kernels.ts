import { severalChannels } from '../../activations/support/channels.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import type { HalfFormat } from '../../support/formats.ts'
import { BYTES_PER_VECTOR } from '../../operations/layout.ts'
import type { Operation, Slot } from '../../operations/operation.ts'
import { CompileError, type Place, withDetails } from './errors.ts'
import { Evaluator } from './evaluator.ts'
import { Graph } from './graph.ts'
import { hostOf } from './host.ts'
import { type Kernel, lengthOf, type Loop, type Store } from './kernel.ts'
import type { Node } from './node.ts'
import { readSource, type Source, sourceOf } from './sources.ts'
import { parse, type Shader, signatureOf } from './syntax.ts'
import type { Numeric } from './values.ts'

const shader = (path: string): Source => readSource(`shaders/${path}.wgsl`)

const vec4 = shader('vector-width/vec4')
const common = [vec4, shader('formats/f32'), shader('kernels/careful'), shader('numerics/bits')]
const strict = readSource('src/cpu/compiler/strict.wgsl')
const masked = readSource('src/cpu/compiler/masked.wgsl')

const replacements = parse([vec4, strict, masked])
const idle = new Set(replacements.functions.keys())

/**
 * Checks that each function of strict.wgsl and masked.wgsl has replaced a function of a shader.
 *
 * @throws CompileError
 */
export function checkIdleReplacements(): void {
  for (const name of idle) throw new CompileError(`${name} replaces what no shader has`, { place: replacementAt(name) })
}

function replacementAt(name: string): Place | undefined {
  return replacements.placeOf(replacements.functions.get(name)!.line)
}

/** Checks that replacements have the signatures of the functions they replace. @throws CompileError */
function checkReplacements({ functions }: Shader): void {
  for (const [name, replacement] of replacements.functions) {
    const replaced = functions.get(name)
    if (replaced === undefined) continue
    idle.delete(name)
    const [was, is] = [signatureOf(replaced), signatureOf(replacement)]
    if (was !== is) throw new CompileError(`${name}${is} replaces ${name}${was}`, { place: replacementAt(name) })
  }
}

/**
 * Returns the kernel of an operation on an activation. The WGSL is composed as for a GPU, with the replacements of
 * strict.wgsl.
 *
 * @throws CompileError when a shader has a construct that the compiler does not know
 */
export function kernelOf(activation: AnyActivation, operation: Operation, format: 'f32' | 'i32'): Kernel {
  try {
    return composed(activation, operation, format)
  } catch (error) {
    throw withDetails(error, { program: `${activation}, ${operation.name}` })
  }
}

function composed(activation: AnyActivation, operation: Operation, format: 'f32' | 'i32'): Kernel {
  const { programName, wgslSources: own } = format === 'i32' ? activation.integers! : activation
  const sources = [...common, ...own.map(sourceOf), sourceOf(operation.wgsl)]
  checkReplacements(parse(sources))
  const parsed = parse([...sources, strict, ...(operation.masked ? [masked] : [])])
  const slots = slotsOf(activation, operation)
  const graph = new Graph()
  return {
    name: `${programName} ${operation.name}${format === 'i32' ? ' i32' : ''}`,
    parameters: format,
    // A vector of four elements has four bits in a mask.
    strides: slots.map(({ role }) => (role === 'mask' ? 0.5 : BYTES_PER_VECTOR)),
    loops: loopsOf(slots, vectors => loopOf(parsed, graph, format, slots, vectors)),
  }
}

function slotsOf(activation: AnyActivation, { slots }: Operation): readonly Slot[] {
  const hasSlopes = severalChannels(activation) !== undefined
  return hasSlopes ? [...slots, { name: 'slopes', role: 'elements', isOutput: false }] : slots
}

/** Returns the kernel `unpack` or `pack` of a format. */
export function conversionOf(direction: 'unpack' | 'pack', format: HalfFormat): Kernel {
  const parsed = parse([vec4, shader(`formats/${format}`)])
  const [from, to] = direction === 'unpack' ? [8, 16] : [16, 8]
  const graph = new Graph()
  const evaluator = new Evaluator(parsed, graph, {})
  const convert = (vectors: number): Loop => {
    const stores = Array.from({ length: vectors }, (_, vector): Store => {
      const loaded: Numeric =
        direction === 'unpack'
          ? { kind: 'u32', width: 2, node: graph.load('v128.load64_zero', 0, from * vector) }
          : { kind: 'f32', width: 4, node: graph.load('v128.load', 0, from * vector) }
      const value = (evaluator.call(direction, [loaded]) as Numeric).node
      return { op: to === 16 ? 'v128.store' : 'v128.store64_lane', tensor: 1, offset: to * vector, value }
    })
    return { vectors, stores }
  }
  return { name: `${direction} ${format}`, parameters: 'f32', strides: [from, to], loops: loopsOf([], convert) }
}

// The most instructions of a short iteration, with one input and with more, and of one that may take two vectors.
const SHORT = 60
const SHORT_OF_MORE = 32
const LONG = 80

// Unrolls loops over several vectors: short loops are otherwise bound by loop overhead, and longer ones by latency. relu
// backward takes 0.68 of the time with four, tanh 0.83; silu backward 0.82 with two (Node 20, 2026-11-21). More vectors
// need too many registers.
function loopsOf(slots: readonly Slot[], loopWith: (vectors: number) => Loop): Loop[] {
  const single = loopWith(1)
  // chunks.js passes whole words of a mask, so no loop for a rest is needed.
  if (slots.some(({ role }) => role === 'mask')) return [loopWith(single.careful === undefined ? 4 : 2)]
  const length = lengthOf(single)
  if (length <= (slots.length <= 2 ? SHORT : SHORT_OF_MORE)) return [loopWith(4), single]
  return length <= LONG && slots.length <= 3 ? [loopWith(2), single] : [single]
}

function loopOf(parsed: Shader, graph: Graph, format: 'f32' | 'i32', slots: readonly Slot[], vectors: number): Loop {
  const compute = (careful: boolean) => evaluate(parsed, graph, format, slots, vectors, careful)
  const { stores, anyNeedsExact } = compute(false)
  if (anyNeedsExact.op === 'i32.const') return { vectors, stores }
  return { vectors, stores, careful: { anyNeedsExact, stores: compute(true).stores } }
}

/** Evaluates one iteration of the loop in kernels/elementwise.wgsl. */
function evaluate(
  parsed: Shader,
  graph: Graph,
  format: 'f32' | 'i32',
  slots: readonly Slot[],
  vectors: number,
  careful: boolean,
): { readonly stores: Store[]; readonly anyNeedsExact: Node } {
  const stores: Store[] = []
  let anyNeedsExact: Node = graph.constant('i32', 0)
  for (let vector = 0; vector < vectors; vector++) {
    const { functions, globals } = hostOf(graph, format, slots, vector, careful, store => stores.push(store))
    const evaluator = new Evaluator(parsed, graph, functions)
    for (const [name, value] of Object.entries(globals)) evaluator.globals.set(name, value)
    const i = globals['vector_index']!
    const result = evaluator.call('result', [i])!
    anyNeedsExact = graph.make('i32.or', [anyNeedsExact, (evaluator.globals.get('any_needs_exact') as Numeric).node])
    evaluator.call('store', [i, result])
  }
  return { stores: joined(graph, stores), anyNeedsExact }
}

/** Combines stores to the same address, which are the bits of a mask. */
function joined(graph: Graph, stores: readonly Store[]): Store[] {
  const byPlace = new Map<string, Store>()
  for (const store of stores) {
    const place = `${store.tensor} ${store.offset}`
    const other = byPlace.get(place)
    const value = other === undefined ? store.value : graph.make('i32.or', [other.value, store.value])
    byPlace.set(place, { ...store, value })
  }
  return [...byPlace.values()]
}
