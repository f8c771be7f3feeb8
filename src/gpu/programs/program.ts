import addColumns from '../../../shaders/reductions/add-columns.wgsl?raw'
import careful from '../../../shaders/kernels/careful.wgsl?raw'
import elementwise from '../../../shaders/kernels/elementwise.wgsl?raw'
import geometry from '../../../shaders/kernels/geometry.wgsl?raw'
import plainLoop from '../../../shaders/kernels/plain-loop.wgsl?raw'
import vec4Lanes from '../../../shaders/vector-width/vec4.wgsl?raw'
import bf16 from '../../../shaders/formats/bf16.wgsl?raw'
import f16 from '../../../shaders/formats/f16.wgsl?raw'
import f32 from '../../../shaders/formats/f32.wgsl?raw'
import i32 from '../../../shaders/formats/i32.wgsl?raw'
import bits from '../../../shaders/numerics/bits.wgsl?raw'
import biasHalfWords from '../../../shaders/access/bias-half-words.wgsl?raw'
import biasWords from '../../../shaders/access/bias-words.wgsl?raw'
import columnSums from '../../../shaders/access/column-sums.wgsl?raw'
import gatherHalfWords from '../../../shaders/access/gather-half-words.wgsl?raw'
import gatherWords from '../../../shaders/access/gather-words.wgsl?raw'
import loadHalfWords from '../../../shaders/access/load-half-words.wgsl?raw'
import loadMask from '../../../shaders/access/load-mask.wgsl?raw'
import loadSums from '../../../shaders/access/load-sums.wgsl?raw'
import loadVectors from '../../../shaders/access/load-vectors.wgsl?raw'
import loadWords from '../../../shaders/access/load-words.wgsl?raw'
import pairsAnywhere from '../../../shaders/access/pairs-anywhere.wgsl?raw'
import pairsInHalves from '../../../shaders/access/pairs-in-halves.wgsl?raw'
import pairsInterleaved from '../../../shaders/access/pairs-interleaved.wgsl?raw'
import storeHalfWords from '../../../shaders/access/store-half-words.wgsl?raw'
import storeMask from '../../../shaders/access/store-mask.wgsl?raw'
import storeVectors from '../../../shaders/access/store-vectors.wgsl?raw'
import storeWords from '../../../shaders/access/store-words.wgsl?raw'
import words from '../../../shaders/access/words.wgsl?raw'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { severalChannels } from '../../activations/support/channels.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import { isSwiftShader } from '../device/device.ts'
import { declareWorkgroupSize, joiningSizeOf, workgroupSizeOf } from '../device/workgroup-size.ts'
import { declarationsOf, neededBy } from '../../wgsl/source.ts'
import { holdsElements, type KernelDescription, programOf, type Slot } from '../../operations/operation.ts'

// Declarations that replace those of float32.
const FORMATS: Readonly<Record<Format, string>> = { f32: '', f16, bf16, i32 }

const ENTRY_POINT = /\bfn\s+elementwise\b/

/**
 * The access to tensors: four aligned elements in one load or store, or single words at any offset and of any length.
 */
export type Access = 'vectors' | 'words'

/** The parts from which a program is composed. Calls with equal parts share one compiled program. */
export interface ProgramSource {
  readonly activation: AnyActivation | undefined
  readonly operation: KernelDescription
  readonly format: Format
  readonly access: Access
  /** For each slot the index of its array. */
  readonly arrayOf: readonly number[]
  /** For each array, true when it is bound `read_write`. */
  readonly writable: readonly boolean[]
}

/** Returns the kernel that reduces the partial sums of columns to a bias gradient. */
export function addColumnsOperation(accumulates: boolean): KernelDescription {
  const slots: readonly Slot[] = [
    { name: 'sums', role: 'sums', isOutput: false },
    { name: 'dbias', role: 'elements', isOutput: true },
  ]
  return { name: 'add-columns', wgsl: addColumns, slots, biased: [], reduced: [], accumulates, masked: false }
}

/** Returns the slopes that an activation reads from bind group 1. A single slope is a parameter instead. */
export function boundSlopes(activation: AnyActivation | undefined): Float32Array | undefined {
  return activation && severalChannels(activation)?.slopes
}

/** Returns the name of a program: its label and its cache key. */
export function programKey({ activation, operation, format, access, arrayOf, writable }: ProgramSource): string {
  const { name, slots, reduced, accumulates, packing } = operation
  const places = slots.map((slot, i) => `${slot.name}:${slot.role}@${arrayOf[i]}${writable[arrayOf[i]!] ? 'w' : 'r'}`)
  const extras = [
    ...reduced.map(tensor => `sums of ${tensor}`),
    ...(accumulates ? ['accumulated'] : []),
    ...(packing === undefined ? [] : [packing.layout, packing.order]),
  ]
  return [activation?.programName ?? '', name, format, access, ...places, ...extras].join(' ')
}

/**
 * Composes the WGSL of a program from format, tensors, numerics, activation and kernel. Leaves out the declarations
 * that the entry point does not need.
 */
export function compose(program: ProgramSource, device: GPUDevice): string {
  const { activation, operation, format } = program
  const { slots, reduced } = operation
  const shader = activation && programOf(activation, format).wgslSources
  const sums = reduced.map(name => `store_partial_sums_${name}(invocation);`)
  const sources = [
    declareWorkgroupSize(workgroupSizeOf(device)),
    vec4Lanes,
    f32,
    geometry,
    FORMATS[format],
    ...arraysOf(program),
    ...startsOf(slots),
    ...slots.flatMap((slot, index) => accessorsOf(program, slot, index)),
    careful,
    bits,
    ...(shader ?? []),
    `fn finish(invocation: u32) { ${sums.join(' ')} }`,
    elementwise,
    // Last, because an operation may replace the entry point of elementwise.wgsl.
    operation.wgsl,
  ]
  const declarations = declarationsOf(sources.join('\n'))
  let needed = neededBy(['elementwise'], declarations)
  const setsFlag = (name: string): boolean =>
    name !== 'elementwise' && /any_needs_exact\s*=/.test(declarations.get(name)!)
  const hasRarePath = [...needed].some(setsFlag)
  if (!hasRarePath && !ENTRY_POINT.test(operation.wgsl)) {
    for (const [name, declaration] of declarationsOf(plainLoop)) declarations.set(name, declaration)
    needed = neededBy(['elementwise'], declarations)
  }
  const joins = [...needed].some(name => /var<workgroup>/.test(declarations.get(name)!))
  // A workgroup has as many invocations as its memory has places.
  if (joins) declarations.set('WORKGROUP_SIZE', declareWorkgroupSize(joiningSizeOf(device)))
  // A barrier must not depend on what is read into a variable, as far as a compiler can see.
  else if (isSwiftShader(device)) {
    readOnce(program, needed, declarations)
    if (hasRarePath) stopByIndex(needed, declarations)
  }
  return [...declarations].map(([name, declaration]) => (needed.has(name) ? declaration : '')).join('')
}

/**
 * Has a program read its uniforms and the lengths of its arrays before the loop, for a compiler that leaves them in it:
 * leakyRelu over 64 Ki elements takes 0.85 of the time on SwiftShader, where a length is a division. On lavapipe it takes up to 1.4
 * times as long (2026-12-01).
 */
function readOnce(
  { operation, arrayOf }: ProgramSource,
  needed: ReadonlySet<string>,
  declarations: Map<string, string>,
): void {
  const statements = operation.slots.map((_, i) => `start_${i} = min(start_${i}, arrayLength(&array_${arrayOf[i]}));`)
  for (const name of needed) {
    const uniform = /var<uniform>\s*(?!geometry)(\w+)\s*:\s*(.*);/
    const [, variable, type] = uniform.exec(declarations.get(name)!) ?? []
    if (variable === undefined) continue
    const bound = declarations.get(name)!.replace(variable, `bound_${variable}`)
    declarations.set(name, `${bound}\nvar<private> ${variable}: ${type};`)
    statements.push(`${variable} = bound_${variable};`)
  }
  declarations.set('find_starts', declarations.get('find_starts')!.replace('}', `${statements.join(' ')} }`))
}

/**
 * Has the loop of a program with a rare path ask its index where it has stopped. A flag would be kept from iteration to iteration,
 * and a short circuit is a branch: leakyRelu over 64 Ki elements takes 0.95 of the time on SwiftShader, and squaredRelu over 1 Mi up
 * to 1.2 times as long on lavapipe (2026-12-01).
 */
function stopByIndex(needed: ReadonlySet<string>, declarations: Map<string, string>): void {
  for (const name of needed) {
    const declaration = declarations.get(name)!
    const stopped = name === 'elementwise' ? declaration.replace('!any_needs_exact', 'i >= end') : declaration
    declarations.set(name, stopped.replaceAll('any_needs_exact || any(', 'any_needs_exact | any('))
  }
}

/** Returns the WGSL element type of each array: `Words` for four elements, `Bits` for a vector of sums, or `u32`. */
export function elementTypesOf({ operation, access, arrayOf, writable }: ProgramSource): ('Words' | 'Bits' | 'u32')[] {
  return writable.map((_, array) => {
    const slots = operation.slots.filter((_slot, i) => arrayOf[i] === array)
    if (slots.some(({ role, isOutput }) => role === 'sums' && isOutput)) return 'Bits'
    return access === 'vectors' && slots.every(holdsElements) ? 'Words' : 'u32'
  })
}

function arraysOf(program: ProgramSource): string[] {
  return elementTypesOf(program).map((type, array) => {
    const mode = program.writable[array] ? 'read_write' : 'read'
    return `@group(0) @binding(${array + 2}) var<storage, ${mode}> array_${array}: array<${type}>;`
  })
}

// Reads the offset of each tensor in its array once, before the loop: read in every iteration, by a function of the
// slot, it took relu 14 % more time on SwiftShader (2026-11-21).
function startsOf(slots: readonly Slot[]): string[] {
  const found = slots.map((_, i) => `start_${i} = geometry.starts[${i >> 2}][${i & 3}];`)
  return [...slots.map((_, i) => `var<private> start_${i}: u32;`), `fn find_starts() { ${found.join(' ')} }`]
}

function accessorsOf(program: ProgramSource, { name, role }: Slot, slot: number): string[] {
  const { operation, format, access, arrayOf } = program
  const isHalf = BYTES_PER_ELEMENT[format] === 2
  const named = (wgsl: string, tensor = name): string =>
    wgsl.replaceAll('NAME', tensor).replaceAll('ARRAY', `array_${arrayOf[slot]}`).replaceAll('START', `start_${slot}`)
  switch (role) {
    case 'elements': {
      const load = access === 'vectors' ? loadVectors : isHalf ? loadHalfWords : loadWords
      const store = access === 'vectors' ? storeVectors : isHalf ? storeHalfWords : storeWords
      return [named(load), named(store), storeOf(operation, name)]
    }
    case 'pairs': {
      const { layout, order } = operation.packing!
      const names = name === 'x' ? ['gate', 'up'] : ['dGate', 'dUp']
      const [first, second] = (order === 'gate-up' ? names : [names[1], names[0]]) as [string, string]
      const vectors = layout === 'halves' ? pairsInHalves : pairsInterleaved
      const sources = access === 'vectors' ? [vectors] : [isHalf ? gatherHalfWords : gatherWords, pairsAnywhere]
      return [
        ...sources.map(source => named(source.replaceAll('FIRST', first).replaceAll('SECOND', second))),
        ...names.map(each => storeOf(operation, each)),
      ]
    }
    case 'mask':
      return [named(loadMask), named(storeMask)]
    case 'bias':
      return [named(isHalf ? biasHalfWords : biasWords)]
    case 'words':
      return [named(words)]
    case 'sums':
      return [
        named(loadSums),
        ...operation.reduced.map((tensor, i) => named(columnSums, tensor).replaceAll('SECTION', `${i}u`)),
      ]
  }
}

/** Returns the WGSL that stores a result, and adds it to partial sums where the operation has them. */
function storeOf({ reduced, accumulates }: KernelDescription, name: string): string {
  const accumulate = reduced.includes(name) ? `accumulate_${name}(i, elements); ` : ''
  const total = accumulates ? `sum(fetch_${name}(i), elements)` : 'elements'
  return `fn store_${name}(i: u32, elements: Float) { ${accumulate}write_${name}(i, ${total}); }`
}
