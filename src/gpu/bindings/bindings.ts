import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import { BindingError, InputError, show } from '../../support/errors.ts'
import { choice, reading } from '../../support/reading.ts'
import { BufferUsage } from '../device/constants.ts'
import { BYTES_PER_WORD, maskLength } from '../../operations/layout.ts'

/** A checked range of a buffer, in bytes. */
export interface BufferRange {
  readonly name: string
  readonly buffer: GPUBuffer
  readonly offset: number
  readonly size: number
}

/** The own properties of a call's bindings, each read once: the plan cache's key depends on exactly these. */
export type Bindings = Readonly<Record<string, unknown>>

/** Takes a snapshot of a binding, so that a caller's getter is read once. */
function snapshotOf(original: object) {
  const { buffer, offset, size } = original as Partial<GPUBufferBinding>
  const facts = isObject(buffer) && { buffer, usage: buffer.usage, bufferSize: buffer.size, mapState: buffer.mapState }
  return { original, offset, size, ...facts }
}

/** Reads and checks the bindings of one call. All methods throw BindingError or InputError. */
export class BindingReader {
  readonly format: Format
  readonly given: Bindings
  #first: BufferRange | undefined
  /** The bytes of a tensor that has one element for each element of the call. */
  #bytes = 0
  #columns: BufferRange | undefined

  /**
   * @param names the bindings allowed beside `format`
   * @param hint follows their list in an error
   */
  constructor(bindings: unknown, names: readonly string[], hint = '') {
    const fix = `Give { ${names.join(', ')} }.${hint}`
    if (!isObject(bindings)) throw new InputError('invalid-argument', `The bindings are ${show(bindings)}.`, fix)
    this.given = reading('A binding', () => {
      const entries = Object.entries(bindings)
      return Object.fromEntries(entries.map(([name, value]) => [name, isObject(value) ? snapshotOf(value) : value]))
    })
    for (const key of Object.keys(this.given)) {
      if (names.includes(key) || key === 'format') continue
      throw new InputError('unknown-option', `There is no binding ${show(key)}.`, fix)
    }
    this.format = readFormat('format', this.given['format'])
  }

  has(name: string): boolean {
    return this.given[name] !== undefined
  }

  get count(): number {
    return this.#bytes / BYTES_PER_ELEMENT[this.format]
  }

  /**
   * Reads a tensor. The first one sets the length; a later one without `size` has as many elements.
   *
   * @param share the elements of the tensor for each element of the call: 2 for pairs
   */
  elements(name: string, share = 1): BufferRange {
    const range = this.#range(name, this.format, this.#first && this.#bytes * share)
    if (this.#first === undefined) {
      this.#first = range
      this.#bytes = range.size / share
    }
    if (range.size === this.#bytes * share) return range
    throw new InputError(
      'length-mismatch',
      `${this.#first.name} has ${this.#first.size} bytes and ${name} has ${range.size}.`,
      this.#first.size === this.#bytes * share ? 'Bind ranges of one size.' : 'Bind two elements of x for each one.',
    )
  }

  /** Reads a mask, one bit per element. The range may be longer than needed. */
  mask(): BufferRange {
    const needed = maskLength(this.count) * BYTES_PER_WORD
    const range = this.#range('mask', 'i32', undefined)
    if (range.size >= needed) return { ...range, size: needed }
    throw new BindingError(
      `mask has ${range.size} bytes, and ${this.count} elements need ${needed}.`,
      'Bind a bit an element, in whole words of 4 bytes.',
    )
  }

  /** Reads a bias or its gradient, one element per column. The first one sets the number of columns. */
  columns(name: string): BufferRange {
    const range = this.#range(name, this.format, this.#columns?.size)
    this.#columns ??= range
    if (range.size === 0) throw new BindingError(`${name} has no elements.`, 'Bind at least one, or leave it out.')
    if (range.size === this.#columns.size) return range
    throw new InputError(
      'length-mismatch',
      `${this.#columns.name} has ${this.#columns.size} bytes and ${name} has ${range.size}.`,
      'Give each column one element in both.',
    )
  }

  /**
   * Reads slopes or their gradient, a float32 for each channel in every format.
   *
   * @param size the bytes of all slopes, where they are known
   */
  slopes(name: string, size: number | undefined): BufferRange {
    const range = this.#range(name, 'f32', size)
    if (range.size === 0) throw new BindingError(`${name} has no elements.`, 'Bind at least one, or leave it out.')
    if (size === undefined || range.size === size) return range
    const message = `${name} has ${range.size / BYTES_PER_WORD} elements, and there are ${size / BYTES_PER_WORD} slopes.`
    throw new InputError('length-mismatch', message, 'Bind one float32 for each slope.')
  }

  #range(name: string, format: Format, usualSize: number | undefined): BufferRange {
    const bytesPerElement = BYTES_PER_ELEMENT[format]
    const given = this.given[name]
    const {
      original,
      buffer,
      usage,
      bufferSize,
      mapState,
      offset = 0,
      size,
    }: Partial<ReturnType<typeof snapshotOf>> = isObject(given) ? given : { original: given as undefined }
    if (buffer === undefined || typeof usage !== 'number' || typeof bufferSize !== 'number') {
      throw new BindingError(`${name} is ${show(original)}.`, 'Give { buffer: GPUBuffer, offset?, size? }.')
    }
    if ((usage & BufferUsage.STORAGE) === 0) {
      throw new BindingError(
        `${name}'s buffer has usage ${usage}, without STORAGE.`,
        'Create it with GPUBufferUsage.STORAGE.',
      )
    }
    if (mapState !== 'unmapped') {
      throw new BindingError(
        `${name}'s buffer is ${mapState === 'pending' ? 'being mapped' : 'mapped'}.`,
        'Unmap it first.',
      )
    }
    if (!isSize(offset) || offset % BYTES_PER_WORD !== 0) {
      throw new BindingError(`${name}'s offset is ${show(offset)}.`, `Use a multiple of ${BYTES_PER_WORD} bytes.`)
    }
    const room = bufferSize - offset
    const bytes = size === undefined ? (usualSize ?? room) : size
    if (!isSize(bytes) || bytes > room) {
      throw new BindingError(
        `${name} needs ${show(bytes)} bytes from offset ${offset} on, and its buffer has ${bufferSize}.`,
        'Use a larger buffer or a smaller size.',
      )
    }
    if (bytes % bytesPerElement !== 0) {
      throw new BindingError(
        `${name} has ${bytes} bytes, which cuts an element of ${format}.`,
        `Use a multiple of ${bytesPerElement} bytes.`,
      )
    }
    if (bytes % BYTES_PER_WORD !== 0 && room - bytes < BYTES_PER_WORD - (bytes % BYTES_PER_WORD)) {
      throw new BindingError(
        `${name}'s buffer has ${bufferSize} bytes and ends within the last word of 4 bytes.`,
        'Create it with a multiple of 4 bytes.',
      )
    }
    return { name, buffer, offset, size: bytes }
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

export const readFormat = /* @__PURE__ */ choice('f32', 'f16', 'bf16', 'i32')

/**
 * Refuses ranges that share bytes where one of them is written. In place, an output may have exactly the range of an
 * input.
 *
 * @param isInPlace tells whether an output may have the range of an input
 * @throws BindingError
 */
export function checkOverlaps(
  outputs: readonly BufferRange[],
  inputs: readonly BufferRange[],
  isInPlace: (output: BufferRange, input: BufferRange) => boolean,
): void {
  for (const [i, output] of outputs.entries()) {
    for (const other of [...outputs.slice(i + 1), ...inputs]) {
      const shared =
        Math.min(output.offset + output.size, other.offset + other.size) - Math.max(output.offset, other.offset)
      if (output.buffer !== other.buffer || shared <= 0) continue
      const isSame = output.offset === other.offset && output.size === other.size
      if (isSame && inputs.includes(other) && isInPlace(output, other)) continue
      throw new BindingError(
        `${output.name} (offset ${output.offset}) and ${other.name} (offset ${other.offset}) share ${shared} bytes.`,
        'Bind ranges that do not overlap, or a tensor over another of the very same range.',
      )
    }
  }
}
