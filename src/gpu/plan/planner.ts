import { BindingError } from '../../support/errors.ts'
import { type WeakReference, weakly } from '../../support/platform.ts'
import { BufferUsage } from '../device/constants.ts'
import { type ConstantBuffers, float32Bits } from '../programs/constant-buffers.ts'
import { Grid, type Partition, VECTORS_PER_MASK_WORD } from './grid.ts'
import { BYTES_PER_ELEMENT } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import { forget } from '../bindings/buffers.ts'
import type { RecordedCall } from '../bindings/call.ts'
import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import { holdsElements, isPairsOutput, type KernelDescription, programOf } from '../../operations/operation.ts'
import { type Part, type Placement, place } from '../programs/placement.ts'
import { placementOf } from '../programs/slope-buffers.ts'
import {
  type Access,
  addColumnsOperation,
  boundSlopes,
  elementTypesOf,
  type ProgramSource,
} from '../programs/program.ts'
import { partsOf, type Segment, segmentsOf } from './segments.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, LANES } from '../../operations/layout.ts'

/**
 * The buffer of partial sums for bias gradients, from one dispatch to the next of a call. All calls share the buffer.
 */
export interface Sums {
  readonly buffer: GPUBuffer
  /** Callbacks for the replacement by a larger buffer. */
  readonly dependents: Set<() => void>
}

/** A planned dispatch: its program and its bindings. */
export interface Draft {
  readonly program: ProgramSource
  /** The bindings of bind group 0: first these, then the arrays. */
  readonly uniforms: readonly GPUBufferBinding[]
  readonly arrays: Placement['arrays']
  readonly sums: Sums | undefined
  /** The index of the dispatch's first element in the tensor, where bind group 1 has slopes. */
  readonly slopesFrom: number | undefined
  readonly workgroups: number
}

// The length of `starts` in the shader's Geometry, in words.
const MOST_SLOTS = 12
const BYTES_OF_TYPE = { u32: BYTES_PER_WORD, Bits: BYTES_PER_VECTOR } as const

// The words of the shader's Geometry before `starts`: WGSL aligns an array of vec4 to 16 bytes.
const WORDS_BEFORE_STARTS = 8

/** The contents of the shader's Geometry, except `starts`. */
interface Geometry {
  readonly count: number
  readonly columns: number
  readonly column: number
  readonly partition: Pick<Partition, 'invocations'> & Partial<Partition>
}

/** A dispatch to plan: an operation, with a part of a buffer for each of its slots. */
interface DispatchRequest {
  readonly activation?: AnyActivation | undefined
  readonly operation: KernelDescription
  readonly format: ProgramSource['format']
  readonly parts: readonly Part[]
  readonly access: Access
  readonly geometry: Geometry
  /** The first uniform, where it is not the parameters of the activation: words, or numbers that become float32. */
  readonly parameters?: readonly number[] | Uint32Array | undefined
  readonly sums: Sums | undefined
  readonly slopesFrom?: number | undefined
  readonly workgroups: number
}

/** The reduction of partial sums, four of each of so many invocations, from a first one in their buffer on. */
interface ColumnSums extends Pick<Geometry, 'columns' | 'column'> {
  readonly sums: Sums
  readonly from: number
  readonly invocations: number
  readonly into: BufferRange
  readonly format: ProgramSource['format']
  readonly accumulates: boolean
}

/** Turns calls into dispatches: splits them by the limits of the device, and assigns bindings and offsets. */
export class Planner {
  readonly device: GPUDevice
  readonly grid: Grid
  readonly #constants: ConstantBuffers
  /** Weak: the plans that use the buffer keep it alive. */
  #sums: WeakReference<Sums> | undefined

  constructor(device: GPUDevice, constants: ConstantBuffers) {
    this.device = device
    this.grid = new Grid(device)
    this.#constants = constants
  }

  /**
   * Returns the dispatches of a call, in order.
   *
   * @param start the index of the call's first element in the whole tensor
   * @throws BindingError when the device cannot bind the call's buffers
   */
  drafts(call: RecordedCall, start: number): Draft[] {
    const { operation, count } = call
    if (!operation.slots.some(({ isOutput }) => isOutput)) return []
    if (count === 0) return operation.accumulates ? [] : this.#addColumns(call, 0, start, false)
    const segments = segmentsOf(call, this.device.limits, elements => this.#fits(call, elements))
    return segments.flatMap(segment => [
      this.#elementwise(call, segment, start),
      ...this.#addColumns(
        call,
        this.#partitionOf(call, segment.count).invocations,
        start + segment.from,
        segment.from > 0,
      ),
    ])
  }

  #elementwise(call: RecordedCall, segment: Segment, start: number): Draft {
    const { activation, operation, format, columns, slopes } = call
    const { from, count, access } = segment
    const parts = partsOf(call, from, count)
    const partition = this.#partitionOf(call, count)
    const results = operation.reduced.length
    const sums = results === 0 ? undefined : this.#sumsFor(call, partition.invocations)
    if (sums !== undefined) parts.push(sumsPart(sums, 0, partition.invocations * results, true))
    const geometry = { count, columns, column: (start + from) % columns, partition }
    const slopesFrom = boundSlopes(activation) && start + from
    return this.draft({
      activation,
      operation,
      format,
      parts,
      access,
      geometry,
      parameters: slopes?.alpha && placementOf(slopes, start + from),
      sums,
      slopesFrom,
      workgroups: partition.workgroups,
    })
  }

  /** Reduces the partial sums of so many invocations to the bias gradients. */
  #addColumns(call: RecordedCall, invocations: number, start: number, isLater: boolean): Draft[] {
    const { columns, format } = call
    const accumulates = call.operation.accumulates || isLater
    return call.columnGradients.map((into: BufferRange, i) => {
      const sums = this.#sumsFor(call, invocations)
      const column = start % columns
      return this.addColumns({ sums, from: i * invocations, invocations, into, format, columns, column, accumulates })
    })
  }

  /** Reduces rows of partial sums to a sum for each column. */
  addColumns(request: ColumnSums): Draft {
    const { sums, from, invocations, into, format, columns, column, accumulates } = request
    return this.draft({
      operation: addColumnsOperation(accumulates),
      format,
      parts: [sumsPart(sums, from, invocations, false), { ...into, isOutput: true }],
      access: 'words',
      geometry: { count: columns, columns, column, partition: { invocations } },
      sums,
      workgroups: this.grid.workgroupsFor(Math.ceil(columns / LANES)),
    })
  }

  /** Plans one dispatch. @throws BindingError when it binds more buffers than the device takes */
  draft(request: DispatchRequest): Draft {
    const { activation, operation, format, parts, geometry, parameters, sums, slopesFrom, workgroups } = request
    const placement = place(parts)
    const { maxStorageBuffersPerShaderStage: most } = this.device.limits
    const buffers = placement.arrays.length + (slopesFrom === undefined ? 0 : 1)
    if (buffers > most) {
      const message = `The call binds ${buffers} buffers, and this device takes ${most} in a dispatch.`
      throw new BindingError(message, 'Leave out a bias, or put tensors that follow each other into one buffer.')
    }
    const access = isMixed(operation, placement) ? 'words' : request.access
    const { arrayOf, writable } = placement
    const program: ProgramSource = { activation, operation, format, access, arrayOf, writable }
    const values = parameters ?? (activation && programOf(activation, format).uniforms) ?? []
    const uniforms = this.#uniforms(values, program, placement, geometry)
    return { program, uniforms, arrays: placement.arrays, sums, slopesFrom, workgroups }
  }

  #partitionOf(call: RecordedCall, count: number): Partition {
    const { operation, columns } = call
    const vectors = Math.ceil(count / LANES)
    if (operation.reduced.length > 0) return this.grid.summingPartition(vectors, columns)
    return this.grid.partitionOf(vectors, operation.masked ? VECTORS_PER_MASK_WORD : splitsWords(call) ? columns : 1)
  }

  /**
   * Tells whether the partial sums of so many elements fit into one binding, and their invocations into one dispatch.
   */
  #fits(call: RecordedCall, elements: number): boolean {
    const results = call.operation.reduced.length
    if (results === 0) return true
    const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = this.device.limits
    const { invocations } = this.#partitionOf(call, elements)
    const room = Math.floor(maxStorageBufferBindingSize / BYTES_PER_VECTOR / results)
    return invocations <= Math.min(room, maxComputeWorkgroupsPerDimension * this.grid.workgroupSize)
  }

  /** Returns a buffer for the partial sums of so many invocations. */
  #sumsFor({ operation }: RecordedCall, invocations: number): Sums {
    return this.sumsOf(Math.max(1, invocations * operation.reduced.length) * BYTES_PER_VECTOR)
  }

  /** Destroys the buffer of partial sums. Submitted passes may still use it, and no plan may. */
  free(): void {
    this.#sums?.deref()?.buffer.destroy()
    this.#sums = undefined
  }

  /** Returns a buffer for partial sums of so many bytes. Calls can share it: each call reads its sums before the next. */
  sumsOf(size: number): Sums {
    const found = this.#sums?.deref()
    if (found !== undefined && found.buffer.size >= size) return found
    if (found !== undefined) forget(found.dependents)
    const label = 'webgpu-activations sums of columns'
    // The smaller buffer is not destroyed: a pass that is not submitted yet may use it.
    const buffer = this.device.createBuffer({ label, size, usage: BufferUsage.STORAGE })
    const made = { buffer, dependents: new Set<() => void>() }
    this.#sums = weakly(made)
    return made
  }

  #uniforms(
    values: readonly number[] | Uint32Array,
    program: ProgramSource,
    { arrayOf, shifts }: Placement,
    { count, columns, column, partition }: Geometry,
  ): GPUBufferBinding[] {
    const types = elementTypesOf(program)
    const { invocations, invocationStride = 0, loopStride = 0, span = 0 } = partition
    const words = new Uint32Array(WORDS_BEFORE_STARTS + MOST_SLOTS)
    words.set([count, invocations, columns, column, invocationStride, loopStride, span])
    for (const [slot, shift] of shifts.entries()) {
      const type = types[arrayOf[slot]!]!
      const unit =
        type === 'Words' ? (BYTES_PER_VECTOR / BYTES_PER_WORD) * BYTES_PER_ELEMENT[program.format] : BYTES_OF_TYPE[type]
      words[WORDS_BEFORE_STARTS + slot] = shift / unit
    }
    const parameters = this.#constants.uniform(
      'parameters',
      values instanceof Uint32Array
        ? values
        : program.format === 'i32'
          ? Uint32Array.from(values)
          : float32Bits(values),
    )
    return [{ buffer: parameters }, { buffer: this.#constants.uniform('geometry', words) }]
  }
}

/** Returns the part of the partial sums from an invocation on. */
export function sumsPart({ buffer }: Sums, from: number, vectors: number, isOutput: boolean): Part {
  return { buffer, offset: from * BYTES_PER_VECTOR, size: Math.max(1, vectors) * BYTES_PER_VECTOR, isOutput }
}

/** Tells whether a second run of a kernel may change results, because it reads an array that it writes. */
export function isChangedAgain({ operation: { slots, accumulates }, arrayOf }: ProgramSource): boolean {
  const arraysOf = (outputs: boolean): number[] => arrayOf.filter((_, i) => slots[i]!.isOutput === outputs)
  return accumulates || arraysOf(true).some(array => arraysOf(false).includes(array))
}

/**
 * Tells whether results of two vectors may share a word: those of pairs in odd runs of two elements to a word. Four runs have as
 * many vectors as a run has elements, and end with a word.
 */
function splitsWords({ operation, format, columns }: RecordedCall): boolean {
  const isOdd = columns > 1 && columns % 2 === 1
  return isOdd && BYTES_PER_ELEMENT[format] < BYTES_PER_WORD && operation.slots.some(isPairsOutput)
}

/** Tells whether a tensor shares its array with a slot that is accessed by words. */
function isMixed({ slots }: KernelDescription, { arrayOf }: Placement): boolean {
  const arraysOf = (isElements: boolean): number[] => arrayOf.filter((_, i) => holdsElements(slots[i]!) === isElements)
  return arraysOf(true).some(array => arraysOf(false).includes(array))
}
