import { Activation, type Channels, type Direction } from '../activations/activation.ts'
import { type GatedActivation, isGated } from '../activations/gated.ts'
import { FORMATS_OF, type Kind, readArray, readElements } from '../arrays.ts'
import type { Task } from '../cpu/task.ts'
import { maskLength } from '../cpu/tensors.ts'
import { InputError, show } from '../errors.ts'
import type { Elements, Format } from '../formats.ts'
import { type Features, operationWith } from '../gpu/operation.ts'
import { readOut } from './out.ts'

/** What a call computes with: an activation and its arrays, or a gated pair and its own. */
export interface Operands extends Task {
  /** What the arrays were given as. */
  readonly kind: Kind
  /** What `out` was given as, by the same names. */
  readonly given: Readonly<Record<string, unknown>>
}

/** Checks what `forward` was given: x, or gate and up, and perhaps options. @throws InputError */
export function readForward(activation: unknown, given: readonly unknown[]): Operands {
  if (isGated(activation)) return readOperands(activation, 'forward', given, ['gate', 'up'])
  checkActivation(activation)
  return readOperands(activation, 'forward', given, ['x'])
}

/**
 * Checks what `backward` was given: x, or y or mask by its name, and dy, or gate, up and dy, and perhaps options.
 *
 * @throws InputError
 */
export function readBackward(activation: unknown, given: readonly unknown[]): Operands {
  if (isGated(activation)) return readOperands(activation, 'backward', given, ['gate', 'up', 'dy'])
  checkActivation(activation)
  const [source, ...others] = given
  if (!isSource(source)) return readOperands(activation, 'backward', given, ['x', 'dy'])
  const from = readSource(source)
  if (from === 'y') return readOperands(activation, 'backward', [source['y'], ...others], ['y', 'dy'], from)
  return readOperands(activation, 'backward', others, ['dy'], from, source['mask'])
}

/** Whether it names what stands for x. What does not is taken for x, and refused as such. */
function isSource(value: unknown): value is Readonly<Record<string, unknown>> {
  try {
    return isPlainObject(value) && ('mask' in value || 'y' in value)
  } catch {
    // A revoked proxy.
    return false
  }
}

/** What stands for x. @throws InputError */
function readSource(source: Readonly<Record<string, unknown>>): 'y' | 'mask' {
  const names = Object.keys(source).filter(name => source[name] !== undefined)
  const [name] = names
  if (names.length === 1 && (name === 'y' || name === 'mask')) return name
  const message = `backward was given { ${names.join(', ')} } in place of x.`
  throw new InputError('invalid-argument', message, 'Give { mask }, or { y }, or x itself.')
}

/** The words of a mask that so many elements need. @throws InputError */
function readMask(mask: unknown, elements: number): Uint32Array {
  if (!ArrayBuffer.isView(mask) || Object.prototype.toString.call(mask) !== '[object Uint32Array]') {
    throw new InputError('invalid-array', `mask is ${show(mask)}.`, 'Give the Uint32Array that forward gave.')
  }
  const { buffer, byteOffset, length } = mask as Uint32Array
  const needed = maskLength(elements)
  // A view of a buffer that is detached cannot be made, not even of no words.
  if (length >= needed) return needed === 0 ? new Uint32Array(0) : new Uint32Array(buffer, byteOffset, needed)
  const message = `mask has ${length} words, and ${elements} elements need ${needed}.`
  throw new InputError('length-mismatch', message, 'Give a bit an element, in whole words.')
}

/** An activation that learns its slopes, and the arrays of its backward call. */
export interface AlphaOperands {
  readonly activation: Activation
  readonly channels: Channels
  readonly inputs: Readonly<Record<'x' | 'dy', Float32Array>>
}

/** Checks what `backwardAlpha` was given. @throws InputError */
export function readBackwardAlpha(activation: unknown, arrays: readonly unknown[]): AlphaOperands {
  if (!isGated(activation)) checkActivation(activation)
  if (isGated(activation) || activation.channels === undefined) {
    throw new InputError('invalid-argument', `${activation} has no alpha that is learned.`, 'Give a prelu(...).')
  }
  const names = ['x', 'dy'] as const
  checkNoMore(activation, arrays, names)
  const [x, dy] = names.map((name, i) => readArray(name, arrays[i])) as [Float32Array, Float32Array]
  const inputs = { x, dy }
  checkLengths(inputs)
  return { activation, channels: activation.channels, inputs }
}

function checkActivation(value: unknown): asserts value is Activation {
  if (Activation.is(value)) return
  throw new InputError('invalid-argument', `The activation is ${show(value)}.`, 'Give one made here, such as relu().')
}

function readOperands(
  activation: Activation | GatedActivation,
  direction: Direction,
  given: readonly unknown[],
  names: readonly string[],
  from?: 'y' | 'mask',
  mask?: unknown,
): Operands {
  const last = given[names.length]
  const options = isPlainObject(last) ? last : {}
  checkNoMore(activation, isPlainObject(last) ? given.toSpliced(names.length, 1) : given, names)
  checkOptions(options, [...(direction === 'forward' ? ['format', 'mask'] : ['format']), 'out', 'transfer'])
  const features: Features = direction === 'forward' ? { mask: readFlag('mask', options['mask']) } : { from }
  // Refuses an activation that has no mask, or whose y does not tell its gradient.
  operationWith(activation, direction, features)
  const read = names.map((name, i) => ({ name, ...readElements(name, given[i]) }))
  const [{ kind }] = read as [(typeof read)[0]]
  const other = read.find(array => array.kind !== kind)
  if (other !== undefined) {
    const message = `${names[0]} is ${show(given[0])} and ${other.name} is ${show(given[names.indexOf(other.name)])}.`
    throw new InputError('invalid-array', message, 'Give arrays of one kind.')
  }
  const arrays = Object.fromEntries(read.map(({ name, elements }) => [name, elements]))
  const length = checkLengths(arrays)
  const format = readFormat(kind, options['format'])
  if (format === 'i32' && (isGated(activation) || activation.integerShader === undefined)) {
    const message = `${activation} does not take integers, and ${names[0]} is ${show(given[0])}.`
    throw new InputError('invalid-array', message, 'Give a Float32Array; relu() alone takes an Int32Array.')
  }
  const inputs = from === 'mask' ? { mask: readMask(mask, length), ...arrays } : arrays
  const results = direction === 'forward' ? ['y'] : isGated(activation) ? ['dGate', 'dUp'] : ['dx']
  const out = readOut(options['out'], results, kind, length, inputs)
  const transfer = readFlag('transfer', options['transfer'])
  return {
    activation,
    direction,
    inputs,
    length,
    features,
    format,
    kind,
    transfer,
    out: out.elements,
    given: out.given,
  }
}

/** Whether it is an object, and no array, buffer or such. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function checkOptions(options: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  const unknown = Object.keys(options).find(name => !names.includes(name))
  if (unknown === undefined) return
  throw new InputError('unknown-option', `There is no option ${show(unknown)}.`, `Give { ${names.join(', ')} }.`)
}

function readFlag(name: string, value: unknown = false): boolean {
  if (typeof value === 'boolean') return value
  throw new InputError('invalid-argument', `${name} is ${show(value)}.`, 'Give true or false.')
}

/** The format that arrays of a kind are in. @throws InputError */
function readFormat(kind: Kind, format: unknown): Format {
  const formats = FORMATS_OF[kind]
  const choices = formats.map(choice => `{ format: '${choice}' }`).join(' or ')
  if (format === undefined && formats.length === 1) return formats[0]
  if (format === undefined) {
    const message = `The arrays are ${kind}s, which may be in more than one format.`
    throw new InputError('invalid-argument', message, `Give ${choices} as the last argument.`)
  }
  const found = formats.find(choice => choice === format)
  if (found !== undefined) return found
  const message = `The format is ${show(format)}, and the arrays are ${kind}s.`
  throw new InputError('invalid-argument', message, `Give ${choices}, or arrays of another kind.`)
}

function checkNoMore(
  activation: Activation | GatedActivation,
  given: readonly unknown[],
  names: readonly string[],
): void {
  const extra = given.slice(names.length).find(value => value !== undefined)
  if (extra === undefined) return
  const message = `${activation} takes ${names.join(', ')} here, and was also given ${show(extra)}.`
  throw new InputError('invalid-argument', message, 'Leave out what it does not take.')
}

/** The one length of all elements. @throws InputError */
function checkLengths(inputs: Readonly<Record<string, Elements>>): number {
  const [[first, { length }], ...others] = Object.entries(inputs) as [[string, Elements], ...[string, Elements][]]
  for (const [name, array] of others) {
    if (array.length === length) continue
    const message = `${first} has ${length} elements and ${name} has ${array.length}.`
    throw new InputError('length-mismatch', message, 'Give arrays of one length.')
  }
  return length
}

/** Checks how many elements are to be allocated. @throws InputError */
export function readLength(length: unknown): number {
  if (Number.isSafeInteger(length) && (length as number) >= 0) return length as number
  throw new InputError(
    'invalid-argument',
    `The length is ${show(length)}.`,
    'Give how many elements: an integer, 0 or more.',
  )
}
