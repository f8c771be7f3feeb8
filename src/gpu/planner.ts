import type { Activation } from '../activations/activation.ts'
import { BindingError } from '../errors.ts'
import { BufferUsage } from './constants.ts'
import { ConstantBuffers, float32Bits } from './constant-buffers.ts'
import { Grid, type Order } from './grid.ts'
import { BYTES_PER_ELEMENT } from '../formats.ts'
import type { BufferRange } from './bindings.ts'
import type { Call } from './call.ts'
import type { Operation, Programmed } from './operation.ts'
import { type Part, type Placement, place } from './placement.ts'
import { type Access, addColumnsOperation, boundSlopes, elementTypesOf, type Program } from './program.ts'
import { partsOf, type Segment, segmentsOf } from './segments.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD, LANES } from './units.ts'

/** A dispatch as it will be: what it runs, and what it binds. */
export interface Draft {
  readonly program: Program
  /** The buffers of bind group 0, and of bind group 1 where there is one. */
  readonly groups: readonly (readonly GPUBufferBinding[])[]
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
  #slopes = new WeakMap<Programmed, GPUBuffer>()
  #sums: GPUBuffer | undefined

  /** @param ownsConstants whether all that is planned is submitted here, as {@link ConstantBuffers} have it */
  constructor(device: GPUDevice, ownsConstants: boolean) {
    this.#device = device
    this.#grid = new Grid(device)
    this.#constants = new ConstantBuffers(device, ownsConstants)
  }

  /** Whether so many constants are kept that they had better be freed. */
  get isFull(): boolean {
    return this.#constants.areMany
  }

  /** Destroys the constants that plans refer to, where they are owned. */
  free(): void {
    this.#slopes = new WeakMap()
    this.#constants.free()
  }

  /**
   * The dispatches of a call, one after the other.
   *
   * @param start the index of the first element in its tensor, of which the call may compute a part
   * @throws BindingError
   */
  drafts(activation: Programmed, call: Call, start: number): Draft[] {
    const { operation, count } = call
    if (count === 0) return operation.accumulates ? [] : this.#addColumns(call, 0, start, false)
    const segments = segmentsOf(call, this.#device.limits, elements => this.#fits(call, elements))
    return segments.flatMap(segment => [
      this.#elementwise(activation, call, segment, start),
      ...this.#addColumns(call, this.#orderOf(call, segment.count).invocations, start + segment.from, segment.from > 0),
    ])
  }

  #elementwise(activation: Programmed, call: Call, segment: Segment, start: number): Draft {
    const { operation, format, columns } = call
    const { from, count } = segment
    const parts = partsOf(call, from, count)
    const order = this.#orderOf(call, count)
    if (operation.tallied.length > 0) {
      parts.push(this.#sumsPart(call, order.invocations, 0, order.invocations * operation.tallied.length, true))
    }
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
    const groupsOfBindings = [this.#bindings(activation, program, placement, geometry)]
    if (slopes !== undefined) groupsOfBindings.push(this.#slopesOf(activation as Activation, slopes, start + from))
    return { program, groups: groupsOfBindings, workgroups: order.workgroups }
  }

  /** The gradients of biases, from what so many invocations left. */
  #addColumns(call: Call, invocations: number, start: number, isLater: boolean): Draft[] {
    const operation = addColumnsOperation(call.operation.accumulates || isLater)
    return call.columnGradients.map((gradient: BufferRange, i) => {
      const sums = this.#sumsPart(call, invocations, i * invocations, invocations, false)
      const placement = place([sums, { ...gradient, isOutput: true }])
      const program = programOf(undefined, operation, call.format, 'words', placement)
      const { columns } = call
      const geometry = { count: columns, columns, column: start % columns, order: { invocations } }
      return {
        program,
        groups: [this.#bindings(undefined, program, placement, geometry)],
        workgroups: this.#grid.workgroupsFor(Math.ceil(columns / LANES)),
      }
    })
  }

  #orderOf({ operation, columns }: Call, count: number): Order {
    const groups = Math.ceil(count / LANES)
    if (operation.tallied.length > 0) return this.#grid.orderThatSums(groups, columns)
    return this.#grid.orderOf(groups, operation.masked)
  }

  /** Whether what the columns of so many elements leave has room in one binding, and in one dispatch. */
  #fits(call: Call, elements: number): boolean {
    const results = call.operation.tallied.length
    if (results === 0) return true
    const { maxComputeWorkgroupsPerDimension, maxStorageBufferBindingSize } = this.#device.limits
    const { invocations } = this.#orderOf(call, elements)
    const room = Math.floor(maxStorageBufferBindingSize / BYTES_PER_VECTOR / results)
    return invocations <= Math.min(room, maxComputeWorkgroupsPerDimension * this.#grid.workgroupSize)
  }

  /** So many vectors of sums. All calls share them, for one reads what it left before another begins. */
  #sumsPart({ operation }: Call, invocations: number, from: number, vectors: number, isOutput: boolean): Part {
    const needed = Math.max(1, invocations * operation.tallied.length) * BYTES_PER_VECTOR
    if (this.#sums === undefined || this.#sums.size < needed) {
      const label = 'webgpu-activations sums of columns'
      // The one before is not destroyed: a pass that waits for its submission may have it.
      this.#sums = this.#device.createBuffer({ label, size: needed, usage: BufferUsage.STORAGE })
    }
    const size = Math.max(1, vectors) * BYTES_PER_VECTOR
    return { buffer: this.#sums, offset: from * BYTES_PER_VECTOR, size, isOutput }
  }

  #bindings(
    activation: Programmed | undefined,
    program: Program,
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

  #slopesOf(activation: Activation, slopes: readonly number[], element: number): GPUBufferBinding[] {
    let buffer = this.#slopes.get(activation)
    if (buffer === undefined) {
      buffer = this.#constants.make(`slopes of ${activation}`, BufferUsage.STORAGE, float32Bits(slopes))
      this.#slopes.set(activation, buffer)
    }
    const { inner } = activation.channels!
    const placement = Uint32Array.of(inner, Math.floor(element / inner) % slopes.length, element % inner)
    const size = slopes.length * BYTES_PER_WORD
    return [{ buffer, size }, { buffer: this.#constants.uniform('placement', placement) }]
  }
}

/** Whether a tensor shares its array with something that is bound in words. */
function isMixed({ slots }: Operation, { parts }: Placement): boolean {
  const arraysOf = (isElements: boolean): number[] =>
    parts.filter((_, i) => (slots[i]!.role === 'elements') === isElements).map(({ array }) => array)
  return arraysOf(true).some(array => arraysOf(false).includes(array))
}

function programOf(
  activation: Programmed | undefined,
  operation: Operation,
  format: Program['format'],
  access: Access,
  { arrays, parts }: Placement,
): Program {
  const arrayOf = parts.map(({ array }) => array)
  return { activation, operation, format, access, arrayOf, writable: arrays.map(({ isWritable }) => isWritable) }
}
