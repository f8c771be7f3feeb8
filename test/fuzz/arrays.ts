import fc from 'fast-check'
import { Recipe, throwing } from './recipe.ts'
import { anything } from './values.ts'

// What the language itself knows of an array, whatever that says of itself.
const intrinsics = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(Float32Array.prototype) as Float32Array)
const own = (name: keyof typeof intrinsics, array: unknown): unknown => Reflect.apply(intrinsics[name]!.get!, array, [])

export const bufferOf = (array: unknown): ArrayBufferLike => own('buffer', array) as ArrayBufferLike
export const offsetOf = (array: unknown): number => own('byteOffset', array) as number
export const lengthOf = (array: unknown): number => own('length', array) as number
export const kindOf = (array: unknown): unknown => own(Symbol.toStringTag, array)

/** Words of an array, from which it is made in many ways. */
export type Words = Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer>
type WordsConstructor = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => Words

interface Resizable {
  new (length: number, options: { maxByteLength: number }): ArrayBuffer & { resize(length: number): void }
}

const constructorOf = (words: Words): WordsConstructor => Object.getPrototypeOf(words).constructor as WordsConstructor

function copiedTo(words: Words, buffer: ArrayBufferLike, byteOffset = 0): Words {
  const copy = new (constructorOf(words))(buffer, byteOffset, words.length)
  copy.set(words)
  return copy
}

function resizable(bytes: number): ArrayBuffer & { resize(length: number): void } {
  return new (ArrayBuffer as unknown as Resizable)(bytes, { maxByteLength: bytes + 64 })
}

/** A subclass that says what is not so. */
function lying(words: Words): Words {
  const Base = constructorOf(words) as unknown as new (source: Words) => object
  class Lying extends Base {
    static get [Symbol.species](): never {
      return throwing('Symbol.species')()
    }
    get length(): number {
      return 1e9
    }
    get buffer(): never {
      return throwing('buffer')()
    }
    get byteOffset(): number {
      return 3
    }
    get [Symbol.toStringTag](): string {
      return 'Array'
    }
    subarray(): never {
      return throwing('subarray')()
    }
    slice(): never {
      return throwing('slice')()
    }
  }
  return new Lying(words) as object as Words
}

function overridden(words: Words): Words {
  const array = words.slice()
  for (const name of ['length', 'buffer', 'byteOffset', 'byteLength', 'constructor', 'set', 'subarray', 'slice']) {
    Object.defineProperty(array, name, { get: throwing(name) })
  }
  Object.defineProperty(array, Symbol.iterator, { get: throwing('an iterator') })
  Object.defineProperty(array, Symbol.toStringTag, { get: throwing('a tag') })
  return Object.preventExtensions(array)
}

const SHARED = 'in shared memory'

/** Where an array may lie, and how it may look: all of them are right. */
const homes: Readonly<Record<string, (words: Words) => Words>> = {
  'an array': words => words.slice(),
  'a view': words => copiedTo(words, new ArrayBuffer(words.byteLength + 24), 8),
  [SHARED]: words => copiedTo(words, new SharedArrayBuffer(words.byteLength + 8), 4),
  'in a resizable buffer': words => copiedTo(words, resizable(words.byteLength + 8), 4),
  'to the end of a resizable buffer': words => {
    const array = new (constructorOf(words))(resizable(words.byteLength))
    array.set(words)
    return array
  },
  'in memory of WebAssembly'(words) {
    const pages = Math.ceil((words.byteLength + 12) / 2 ** 16)
    return copiedTo(words, new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer, 12)
  },
  'a subclass that lies': lying,
  'overridden and not extensible': overridden,
  'without a prototype': words => Object.setPrototypeOf(words.slice(), null) as Words,
}

/** A way to make an array. */
export type Home = Recipe<(words: Words) => Words>

/** @param others more ways, by their names */
export function arrayLike(others: Readonly<Record<string, (words: Words) => Words>> = {}): fc.Arbitrary<Home> {
  // Pages have shared memory only where they are isolated from other origins.
  const all = Object.entries({ ...homes, ...others })
    .filter(([name]) => typeof SharedArrayBuffer !== 'undefined' || name !== SHARED)
    .map(([name, put]) => new Recipe(name, 'right', () => put))
  return fc.oneof(fc.constant(all[0]!), fc.constantFrom(...all))
}

/** Makes an array that has to be refused, out of the words that a right one would have. */
const ruins: Readonly<Record<string, (words: Words) => unknown>> = {
  detached(words) {
    const array = words.slice()
    structuredClone(array, { transfer: [array.buffer] })
    return array
  },
  'in a buffer that was cut'(words) {
    const buffer = resizable(words.byteLength + 4)
    const array = new (constructorOf(words))(buffer, 4, words.length)
    buffer.resize(0)
    return array
  },
  'a proxy of an array': words => new Proxy(words.slice(), {}),
  'an array of numbers': words => Array.from(words),
  'an array-like object': words => ({ ...words, length: words.length }),
  'a Float64Array': words => Float64Array.from(words),
  'a BigInt64Array': words => new BigInt64Array(words.length),
  'a DataView': words => new DataView(words.slice().buffer),
  'a buffer': words => words.slice().buffer,
  'a prototype': words => Object.getPrototypeOf(words) as unknown,
  'an object that was an array': words => Object.create(words.slice()) as unknown,
  'another array by its tag': words =>
    Object.defineProperty(new Float64Array(words.length), Symbol.toStringTag, { value: 'Float32Array' }),
  // Of Uint16Array and of others the formats differ.
  'another kind of array': words => (words instanceof Uint16Array ? Float32Array : Uint16Array).from(words),
}

/** What is made of the words of an array, to stand in its place. */
export type Ruin = Recipe<(words: Words) => unknown>

/** What stands in place of an array, and has to be refused. */
export const ruin: fc.Arbitrary<Ruin> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...Object.entries(ruins)).map(([name, make]) => new Recipe(name, 'refused', () => make)),
  },
  { weight: 2, arbitrary: anything.map(({ name, make }) => new Recipe(name, 'refused' as const, () => make)) },
  { weight: 1, arbitrary: fc.constant(new Recipe('undefined', 'refused' as const, () => () => undefined)) },
)

/** The bits of float32, special and ordinary ones. */
export const anyBits: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 0x80000000, 1, 0x807fffff, 0x800000, 0x3f800000, 0xbf800000, 0x7f7fffff, 0xff7fffff),
  fc.constantFrom(0x7f800000, 0xff800000, 0x7f800001, 0xffc12345, 0x40c00000, 0x40400000, 0xc0400000),
  fc.float({ min: -30, max: 30, noNaN: true }).map(value => new Uint32Array(Float32Array.of(value).buffer)[0]!),
  fc.nat({ max: 0xffffffff }),
)

/** What others may do to an array while a call is under way. */
export const mischief: fc.Arbitrary<Recipe<(array: Words) => void>> = fc.constantFrom(
  new Recipe('detaches', 'either', () => ({ buffer }: Words) => {
    // Memory of WebAssembly stays where it is.
    if (buffer instanceof ArrayBuffer && !('pages' in buffer)) structuredClone(buffer, { transfer: [buffer] })
  }),
  new Recipe('shrinks', 'either', () => (array: Words) => resize(array, () => 0)),
  new Recipe('grows', 'either', () => (array: Words) => resize(array, bytes => bytes + 8)),
)

function resize({ buffer }: Words, to: (bytes: number) => number): void {
  const { resizable: isResizable, resize: change } = buffer as Partial<ReturnType<typeof resizable>> & {
    resizable?: boolean
  }
  if (isResizable === true) change!.call(buffer, to(buffer.byteLength))
}
