import { shorten } from '../support/format.ts'
import { FileError } from './input.ts'
import { describeShape, describeTensor, ELEMENT_TYPES, lengthOf, type StoredTensor, type TypeName } from './tensor.ts'

// The format: https://huggingface.co/docs/safetensors, 8 bytes of length, a header of JSON, the data.
const LENGTH_BYTES = 8
/** The limit of the format. */
const LONGEST_HEADER = 100_000_000

/** The supported types. Integers are indices, or weights that need a scale. */
const TYPES = new Map<string, TypeName>([
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['F64', 'float64'],
])

const DAMAGED = 'It is damaged, or was written wrongly: copy or save it again.'

/** A tensor of a file that has several. */
export interface ListedTensor {
  readonly name: string
  /** Its type and shape, or the reason why it cannot be read. */
  readonly description: string
  /** Undefined where it cannot be read. */
  readonly tensor: StoredTensor | undefined
}

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

type Refuse = (what: string) => never

/** True for a file that begins as a .safetensors of this size does. */
export function isSafetensors(beginning: Uint8Array, size: number): boolean {
  return beginning[LENGTH_BYTES] === 0x7b && headerLength(beginning) <= size - LENGTH_BYTES
}

/** Lists the tensors of a .safetensors, at least one of which can be read. @throws FileError that names the fault */
export async function listSafetensors(name: string, file: Blob): Promise<readonly ListedTensor[]> {
  const refuse: Refuse = what => {
    throw new FileError(`${name} ${what} ${DAMAGED}`)
  }
  const beginning = new Uint8Array(await file.slice(0, LENGTH_BYTES).arrayBuffer())
  if (beginning.length < LENGTH_BYTES) refuse(`has ${file.size} bytes, and a .safetensors begins with ${LENGTH_BYTES}.`)
  const length = headerLength(beginning)
  if (length > LONGEST_HEADER) {
    refuse(`begins with a header of ${length} bytes, if it is a .safetensors, which has ${LONGEST_HEADER} at most.`)
  }
  const dataOffset = LENGTH_BYTES + Number(length)
  if (dataOffset > file.size) {
    refuse(`is cut short: its header needs ${length} bytes, and ${file.size - LENGTH_BYTES} are left.`)
  }
  const header = await file.slice(LENGTH_BYTES, dataOffset).arrayBuffer()
  const entries = readEntries(header, refuse)
  checkOffsets(entries, file.size - dataOffset, refuse)
  const listed = entries.map(entry => list(entry, dataOffset, refuse))
  if (listed.length === 0) throw new FileError(`${name} holds no tensors. Save some in it.`)
  if (listed.every(({ tensor }) => tensor === undefined)) {
    const all = listed.map(entry => `${shorten(entry.name)} (${entry.description})`)
    const found = `${all.slice(0, 3).join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}`
    throw new FileError(
      `${name} holds no tensor that can be read: ${found}. Save one that has values of F32, F16, BF16 or F64.`,
    )
  }
  return listed
}

function headerLength(beginning: Uint8Array): bigint {
  return new DataView(beginning.buffer, beginning.byteOffset).getBigUint64(0, true)
}

function readEntries(header: ArrayBuffer, refuse: Refuse): readonly Entry[] {
  let json: string
  let tensors: unknown
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
    tensors = JSON.parse(json)
  } catch (error) {
    return refuse(`has a header that is no JSON (${(error as Error).message}).`)
  }
  if (typeof tensors !== 'object' || tensors === null || Array.isArray(tensors)) {
    return refuse('has a header that is no JSON object.')
  }
  const twice = findKeyTwice(json)
  if (twice !== undefined) return refuse(`has a header that says ${quote(twice)} twice.`)
  return Object.entries(tensors)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([name, entry]) =>
        readEntry(name, entry) ?? refuse(`has a header without the type, shape and place of ${quote(name)}.`),
    )
}

function readEntry(name: string, entry: unknown): Entry | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>
  if (typeof dtype !== 'string' || !areCounts(shape) || !areCounts(offsets) || offsets.length !== 2) return undefined
  const [begin, end] = offsets as [number, number]
  return begin <= end ? { name, dtype, shape, begin, end } : undefined
}

function areCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(count => Number.isSafeInteger(count) && count >= 0)
}

/** Finds a duplicate key in valid JSON: JSON.parse silently keeps the later one. */
function findKeyTwice(json: string): string | undefined {
  const objects: Set<string>[] = []
  const colon = /\s*:/y
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '{') objects.push(new Set())
    else if (json[i] === '}') objects.pop()
    if (json[i] !== '"') continue
    const start = i
    for (i++; json[i] !== '"'; i++) if (json[i] === '\\') i++
    colon.lastIndex = i + 1
    if (!colon.test(json)) continue
    const key = JSON.parse(json.slice(start, i + 1)) as string
    if (objects.at(-1)!.has(key)) return key
    objects.at(-1)!.add(key)
  }
  return undefined
}

/** Checks that tensors are contiguous and fill the file, as the format requires. */
function checkOffsets(entries: readonly Entry[], available: number, refuse: Refuse): void {
  let end = 0
  let before = ''
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.end > available) {
      refuse(
        `is cut short: ${quote(entry.name)} ends at byte ${entry.end} of the data, of which there are ${available}.`,
      )
    }
    if (entry.begin < end) refuse(`has ${quote(entry.name)} overlap ${quote(before)}.`)
    if (entry.begin > end)
      refuse(`has ${entry.begin - end} bytes of data before ${quote(entry.name)} that belong to no tensor.`)
    end = entry.end
    before = entry.name
  }
  if (entries.length > 0 && end < available)
    refuse(`has ${available - end} bytes of data at its end that belong to no tensor.`)
}

function list({ name, dtype, shape, begin, end }: Entry, dataOffset: number, refuse: Refuse): ListedTensor {
  const type = TYPES.get(dtype)
  const length = lengthOf(shape)
  if (type === undefined) return unreadable(name, `${shorten(dtype)}, ${describeShape(shape)}, is not read here`)
  const bytes = end - begin
  if (length === undefined || length * ELEMENT_TYPES[type].bytes !== bytes) {
    return refuse(
      `has ${quote(name)} as ${dtype} of the shape [${shape.join(', ')}] in ${bytes} bytes, which do not hold just that.`,
    )
  }
  if (length === 0) return unreadable(name, `${type}, ${describeShape(shape)}, holds no values`)
  const tensor = { type, isBigEndian: false, isFortranOrder: false, shape, length, offset: dataOffset + begin }
  return { name, description: describeTensor(tensor), tensor }
}

function unreadable(name: string, description: string): ListedTensor {
  return { name, description, tensor: undefined }
}

function quote(name: string): string {
  return JSON.stringify(shorten(name))
}
