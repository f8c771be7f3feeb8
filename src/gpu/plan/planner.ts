import { BindingError } from '../../support/errors.ts'
import { type Reference, weakly } from '../../support/platform.ts'
import { BufferUsage } from '../device/constants.ts'
import { type ConstantBuffers, float32Bits } from '../programs/constant-buffers.ts'
import { Grid, type Order } from './grid.ts'
import { BYTES_PER_ELEMENT } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import { forget } from '../bindings/buffers.ts'
import type { RecordedCall } from '../bindings/call.ts'
import type { AnyActivation, KernelDescription } from '../../operations/operation.ts'
import { type Part, type Placement, place } from '../programs/placement.ts'
import {
  type Access,
  addColumnsOperation,
  boundSlopes,
  elementTypesOf,
  type ProgramSource,
} from '../programs/program.ts'
import { partsOf, type Segment, segmentsOf } from './segments.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, LANES } from '../../operations/layout.ts'

/** What gradients of biases are summed up by, from one dispatch to the next of the same call: all calls share it. */
export interface Sums {
  readonly buffer: GPUBuffer
  /** What to forget when there is a larger one. */
  readonly dependents: Set<() => void>
}

/** A dispatch as it will be: what it runs, and what it binds. */
export interface Draft {
  readonly program: ProgramSource
  /** The buffers of bind group 0. */
  readonly bindings: readonly GPUBufferBinding[]
  readonly sums: Sums | undefined
  /** The index of its first element in the tensor, where bind group 1 has slopes. */
  readonly slopesFrom: number | undefined
  readonly workgroups: number
}

// As many starts as the shader's Geometry holds.
const MOST_SLOTS = 12
const BYTES_OF_TYPE = { u32: BYTES_PER_WORD, Bits: BYTES_PER_VECTOR } as const

// The words of the shader's Geometry before the starts of its tensors: an array of vectors begins at a whole one.
const WORDS_BEFORE_STARTS = 8

/** What a dispatch knows of its tensors and who computes what of them. */
interface Geometry {
  readonly count: number
  readonly columns: number
  readonly column: number
  readonly order: Pick<Order, 'invocations'> & Partial<Order>
}

/** Turns calls into dispatches: cuts them to what the device takes, and says where everything lies. */
export class Planner {
  readonly #device: GPUDevice
  readonly #grid: Grid
  readonly #constants: ConstantBuffers
  /** Kept by the plans that have it. */
  #sums: Reference<Sums> | undefined

  constructor(device: GPUDevice, constants: ConstantBuffers) {
    this.#device = device
    this.#grid = new Grid(device)
    this.#constants = constants
  }

  /**
   * The dispatches of a call, one after the other.
   *
   * @param start the index of the first element in its tensor, of which the call may compute a part
   * @throws BindingError
   */
  drafts(activation: AnyActivation, call: RecordedCall, start: number): Draft[] {
    const { operation, count } = call
    if (count === 0) return operation.accumulates ? [] : this.#addColumns(call, 0, start, false)
    const segments = segmentsOf(call, this.#device.limits, elements => this.#fits(call, elements))
    return segments.flatMap(segment => [
      this.#elementwise(activation, call, segment, start),
      ...this.#addColumns(call, this.#orderOf(call, segment.count).invocations, start + segment.from, segment.from > 0),
    ])
  }

  #elementwise(activation: AnyActivation, call: RecordedCall, segment: Segment, start: number): Draft {
    const { operation, format, columns } = call
    const { from, count } = segment
    const parts = partsOf(call, from, count)
    const order = this.#orderOf(call, count)
    const results = operation.reduced.length
    const sums = results === 0 ? undefined : this.#sumsFor(call, order.invocations)
    if (sums !== undefined) parts.push(sumsPart(sums, 0, order.invocations * results, true))
    const placement = place(parts)
    const slopes = boundSlopes(activation)
    const { maxStorageBuffersPerShaderStage: most } = this.#device.limits
    const buffers = placement.arrays.length + (slopes === undefined ? 0 : 1)
    if (buffers > most) {
      const message = `The call binds ${buffers} buffers, and this device takes ${most} in a dispatch.`
      throw new BindingError(message, 'Leave out a bias, or put tensors that follow each other into one buffer.')
    }
    const access = isMixed(operation, placement) ? 'words' : segment.access
    const program = programOf(activation, operation, format, access, placement)
    const geometry = { count, columns, column: (start + from) % columns, order }
    const bindings = this.#bindings(activation, program, placement, geometry)
    return { program, bindings, sums, slopesFrom: slopes && start + from, workgroups: order.workgroups }
  }

  /** The gradients of biases, from what so many invocations left. */
  #addColumns(call: RecordedCall, invocations: number, start: number, isLater: boolean): Draft[] {
    const operation = addColumnsOperation(call.operation.accumulates || isLater)
    return call.columnGradients.map((gradient: BufferRange, i) => {
      const sums = this.#sumsFor(call, invocations)
      const part = sumsPart(sums, i * invocations, invocations, false)
      const placement = place([part, { ...gradient, isOutput: true }])
      const program = programOf(undefined, operation, call.format, 'words', placement)
      const { columns } = call
      const geometry = { count: columns, columns, column: start % columns, order: { invocations } }
      return {
        program,
        bindings: this.#bindings(undefined, program, placement, geometry),
        sums,
        slopesFrom: undefined,
        workgroups: this.#grid.workgroupsFor(Math.ceil(columns / LANES)),
      }
    })
  }

  #orderOf({ operation, columns }: RecordedCall, count: number): Order {
    const groups = Math.ceil(count / LANES)
    if (operation.reduced.length > 0) return this.#grid.orderThatSums(groups, columns)
    return this.#grid.orderOf(groups, operation.masked)
  }

  /** Whether what the columns of so many elements leave has room in one binding, and in one dispatch. */
  #fits(call: RecordedCall, elements: number): boolean {
    const results = call.operation.reduced.length
    if (results === 0) return true
    const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = this.#device.limits
    const { invocations } = this.#orderOf(call, elements)
    const room = Math.floor(maxStorageBufferBindingSize / BYTES_PER_VECTOR / results)
    return invocations <= Math.min(room, maxComputeWorkgroupsPerDimension * this.#grid.workgroupSize)
  }

  /** Room for what so many invocations leave. All calls share it, for one reads what it left before another begins. */
  #sumsFor({ operation }: RecordedCall, invocations: number): Sums {
    const size = Math.max(1, invocations * operation.reduced.length) * BYTES_PER_VECTOR
    const found = this.#sums?.deref()
    if (found !== undefined && found.buffer.size >= size) return found
    if (found !== undefined) forget(found.dependents)
    const label = 'webgpu-activations sums of columns'
    // The one before is not destroyed: a pass that waits for its submission may have it.
    const buffer = this.#device.createBuffer({ label, size, usage: BufferUsage.STORAGE })
    const made = { buffer, dependents: new Set<() => void>() }
    this.#sums = weakly(made)
    return made
  }

  #bindings(
    activation: AnyActivation | undefined,
    program: ProgramSource,
    { arrays, parts }: Placement,
    { count, columns, column, order }: Geometry,
  ): GPUBufferBinding[] {
    const types = elementTypesOf(program)
    const { invocations, run = 0, stride = 0, reach = 0 } = order
    const words = new Uint32Array(WORDS_BEFORE_STARTS + MOST_SLOTS)
    words.set([count, invocations, columns, column, run, stride, reach])
    for (const [slot, { array, shift }] of parts.entries()) {
      const type = types[array]!
      const unit =
        type === 'Words' ? (BYTES_PER_VECTOR / BYTES_PER_WORD) * BYTES_PER_ELEMENT[program.format] : BYTES_OF_TYPE[type]
      words[WORDS_BEFORE_STARTS + slot] = shift / unit
    }
    const parameters = this.#constants.uniform('parameters', float32Bits(activation?.uniforms ?? []))
    return [{ buffer: parameters }, { buffer: this.#constants.uniform('geometry', words) }, ...arrays]
  }
}

/** So many vectors of sums. */
function sumsPart({ buffer }: Sums, from: number, vectors: number, isOutput: boolean): Part {
  return { buffer, offset: from * BYTES_PER_VECTOR, size: Math.max(1, vectors) * BYTES_PER_VECTOR, isOutput }
}

/** Whether a tensor shares its array with something that is bound in words. */
function isMixed({ slots }: KernelDescription, { parts }: Placement): boolean {
  const arraysOf = (isElements: boolean): number[] =>
    parts.filter((_, i) => (slots[i]!.role === 'elements') === isElements).map(({ array }) => array)
  return arraysOf(true).some(array => arraysOf(false).includes(array))
}

function programOf(
  activation: AnyActivation | undefined,
  operation: KernelDescription,
  format: ProgramSource['format'],
  access: Access,
  { arrays, parts }: Placement,
): ProgramSource {
  const arrayOf = parts.map(({ array }) => array)
  return { activation, operation, format, access, arrayOf, writable: arrays.map(({ isWritable }) => isWritable) }
}
