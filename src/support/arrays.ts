import { floatOf } from './bits.ts'
import { InputError, show } from './errors.ts'
import { type Elements, type Format, WORDS } from './formats.ts'
import type { Float16Array, NewFloat16Array } from './platform-types.ts'
import { platform } from './platform.ts'

interface ArrayOfKind {
  readonly Float32Array: Float32Array
  readonly Float16Array: Float16Array
  /** The bits of float16 or bfloat16. */
  readonly Uint16Array: Uint16Array
  readonly Int32Array: Int32Array
}

export type Kind = keyof ArrayOfKind

/** The array types that a dispatcher accepts: `Float32Array`, `Float16Array`, `Uint16Array` or `Int32Array`. */
export type ElementArray = ArrayOfKind[Kind]

// A property lookup, because TypeScript assigns arrays to it where `Given` is a type parameter. It assigns none to a
// bare conditional type.
/** The same array type, over an ArrayBuffer or a SharedArrayBuffer. */
export type LikeArray<Given> = (Given extends Float32Array
  ? { like: Float32Array }
  : Given extends Uint16Array
    ? { like: Uint16Array }
    : Given extends Int32Array
      ? { like: Int32Array }
      : { like: Float16Array })['like']

/** The same array type, over a new ArrayBuffer. */
export type NewArray<Given> = Given extends Float32Array
  ? Float32Array<ArrayBuffer>
  : Given extends Uint16Array
    ? Uint16Array<ArrayBuffer>
    : Given extends Int32Array
      ? Int32Array<ArrayBuffer>
      : NewFloat16Array

// The intrinsic getters of typed arrays. A subclass may override them, and an array of another window or worker is not
// an instance of the Float32Array of this realm. The annotations let bundlers drop them where nothing reads arrays.
const intrinsics: object = /* @__PURE__ */ Object.getPrototypeOf(Float32Array.prototype) as object
type Intrinsic = (this: unknown) => unknown
const getter = (key: PropertyKey) => Reflect.get(Object.getOwnPropertyDescriptor(intrinsics, key)!, 'get') as Intrinsic
const typeOf = /* @__PURE__ */ getter(Symbol.toStringTag)
const bufferOf = /* @__PURE__ */ getter('buffer')
const byteOffsetOf = /* @__PURE__ */ getter('byteOffset')
const lengthOf = /* @__PURE__ */ getter('length')
// Throws for an array that is detached, or out of the bounds of a shrunken buffer. A property access, not a descriptor,
// because frozen intrinsics (SES, Node's --frozen-intrinsics) turn methods into accessors.
const valuesOf = /* @__PURE__ */ Reflect.get(intrinsics, 'values') as (this: unknown) => IterableIterator<unknown>

export const FORMATS_OF: Readonly<Record<Kind, readonly [Format, ...Format[]]>> = {
  Float32Array: ['f32'],
  Float16Array: ['f16'],
  Uint16Array: ['f16', 'bf16'],
  Int32Array: ['i32'],
}

/** Views an array as plain elements over the same memory, with its kind. @throws InputError for another value, or a detached array */
export function readElements(name: string, array: unknown): { readonly kind: Kind; readonly elements: Elements } {
  const kind = typeOf.call(array)
  // Another realm may have Float16Array where this one lacks it.
  if (!isKind(kind) || (kind === 'Float16Array' && halves() === undefined)) {
    const kinds = "a Float32Array, a Float16Array, a Uint16Array with { format: 'f16' } or 'bf16', or an Int32Array"
    throw new InputError('invalid-array', `${name} is ${show(array)}.`, `Give ${kinds}.`)
  }
  const constructors = { Float32Array, Float16Array: Uint16Array, Uint16Array, Int32Array }
  return { kind, elements: view<Elements>(name, array, constructors[kind]) }
}

/** Reads the numbers of a float array of any realm; undefined for another value. @throws InputError for a detached array */
export function readFloats(name: string, array: unknown): ArrayLike<number> | undefined {
  switch (typeOf.call(array)) {
    case 'Float32Array':
      return view(name, array, Float32Array)
    case 'Float64Array':
      return view(name, array, Float64Array)
    case 'Float16Array':
      return Array.from(view(name, array, Uint16Array), word => floatOf(WORDS.f16.toFloat32(word)))
    default:
      return undefined
  }
}

/** Views a mask as a plain Uint32Array over the same memory. @throws InputError for another value, or a detached array */
export function readMaskWords(mask: unknown): Uint32Array {
  if (typeOf.call(mask) !== 'Uint32Array') {
    throw new InputError('invalid-array', `mask is ${show(mask)}.`, 'Give the Uint32Array that forward gave.')
  }
  return view('mask', mask, Uint32Array)
}

function isKind(name: unknown): name is Kind {
  return typeof name === 'string' && Object.hasOwn(FORMATS_OF, name)
}

export function asKind(kind: Kind, elements: Elements): unknown {
  if (kind !== 'Float16Array') return elements
  return new (halves()!)(elements.buffer)
}

function halves(): (new (buffer: ArrayBufferLike) => unknown) | undefined {
  return platform('Float16Array' as keyof typeof globalThis) as ReturnType<typeof halves>
}

function view<Plain>(
  name: string,
  array: unknown,
  Constructor: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => Plain,
): Plain {
  try {
    valuesOf.call(array)
  } catch (cause) {
    const message = `${name} is detached, or its buffer has shrunk below its end.`
    throw new InputError('invalid-array', message, 'Give an array that still has its elements.', { cause })
  }
  const [buffer, byteOffset, length] = [bufferOf, byteOffsetOf, lengthOf].map(get => get.call(array))
  return new Constructor(buffer as ArrayBufferLike, byteOffset as number, length as number)
}
