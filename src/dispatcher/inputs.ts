import { readSignal } from '../support/deadlines.ts'
import type { Activation, Channels, Direction } from '../activations/support/activation.ts'
import { checkPeriods } from '../activations/support/channels.ts'
import { checkActivation } from '../activations/support/check.ts'
import { type AnyActivation, isGlu } from '../activations/support/glu-activation.ts'
import { FORMATS_OF, type Kind, readElements, readMaskWords } from '../support/arrays.ts'
import { resultNamesOf, type Task } from '../operations/task.ts'
import { checkRows, PACKING, type Packing, readPacking } from '../operations/packing.ts'
import { maskLength } from '../operations/layout.ts'
import { InputError, shorten, show } from '../support/errors.ts'
import type { Elements, FloatArray, FloatFormat, Format } from '../support/formats.ts'
import { operationOf, TAKES_INTEGERS, takesFormat, tensorsOf, type Variant } from '../operations/operation.ts'
import { flag, reading, readOptions } from '../support/reading.ts'
import { readOut, readTargets } from './out.ts'

export interface Operands extends Task {
  /** The array type of the inputs. */
  readonly kind: Kind
  /** The arrays of `out` as the caller passed them, by the names of the results. */
  readonly given: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal | undefined
}

/** Checks the arguments of `forward`: x, or gate and up, and perhaps options; or x of a GLU and options. @throws InputError */
export function readForward(activation: unknown, given: readonly unknown[]): Operands {
  checkActivation(activation)
  const inputs = isPacked(activation, given[1]) ? ['x'] : Object.keys(tensorsOf(activation).inputs)
  return readOperands(activation, 'forward', given, inputs)
}

/**
 * Checks the arguments of `backward`: x, `{ y }` or `{ mask }`, and dy; or gate, up and dy; and perhaps options; or x and
 * dy of a GLU, and options.
 *
 * @throws InputError
 */
export function readBackward(activation: unknown, given: readonly unknown[]): Operands {
  checkActivation(activation)
  const [source, ...others] = given
  if (isPacked(activation, given[2])) return readOperands(activation, 'backward', given, ['x', 'dy'])
  if (isGlu(activation) || !isSource(source)) {
    return readOperands(activation, 'backward', given, [...Object.keys(tensorsOf(activation).inputs), 'dy'])
  }
  const [from, array] = readSource(source)
  if (from === 'y') return readOperands(activation, 'backward', [array, ...others], ['y', 'dy'], from)
  return readOperands(activation, 'backward', others, ['dy'], from, array)
}

/** Returns true if a GLU was given options in place of up, or of dy: gate and up lie in one array. */
function isPacked(activation: AnyActivation, given: unknown): boolean {
  try {
    // An array without a prototype has no tag.
    return isGlu(activation) && isPlainObject(given) && !ArrayBuffer.isView(given)
  } catch {
    // Its tag throws. It is refused as an array.
    return false
  }
}

/** Returns true for an object with a source in place of x. Any other value is treated, and refused, as x. */
function isSource(value: unknown): value is object {
  try {
    return isPlainObject(value) && ('mask' in value || 'y' in value)
  } catch {
    // A revoked proxy.
    return false
  }
}

/** Reads the source in place of x: y or a mask, with its name. @throws InputError */
function readSource(source: object): readonly [name: 'y' | 'mask', array: unknown] {
  const given = Object.entries(reading('What stands for x', () => ({ ...source })))
  const entries = given.filter(([, array]) => array !== undefined)
  const [[name, array] = []] = entries
  if (entries.length === 1 && (name === 'y' || name === 'mask')) return [name, array]
  const message = `backward was given { ${shorten(entries.map(([other]) => other).join(', '))} } in place of x.`
  throw new InputError('invalid-argument', message, 'Give { mask }, or { y }, or x itself.')
}

/** Reads as many words of a mask as the elements need. @throws InputError */
function readMask(mask: unknown, elements: number): Uint32Array {
  const words = readMaskWords(mask)
  const needed = maskLength(elements)
  if (words.length >= needed) return words.subarray(0, needed)
  const message = `mask has ${words.length} words, and ${elements} elements need ${needed}.`
  throw new InputError('length-mismatch', message, 'Give a bit an element, in whole words.')
}

export interface AlphaOperands {
  readonly activation: Activation
  readonly channels: Channels
  readonly format: FloatFormat
  readonly inputs: Readonly<Record<'x' | 'dy', FloatArray>>
  readonly signal: AbortSignal | undefined
}

export function readBackwardAlpha(activation: unknown, arrays: readonly unknown[]): AlphaOperands {
  checkActivation(activation)
  if (isGlu(activation) || activation.channels === undefined) {
    throw new InputError('invalid-argument', `${activation} has no alpha that is learned.`, 'Give a prelu(...).')
  }
  const names = ['x', 'dy'] as const
  const options = readLast(activation, 'backwardAlpha', arrays, names, ['format', 'signal'])
  const signal = readSignal(options.signal)
  const { kind, elements } = readOneKind(names, arrays)
  checkLengths(activation, elements)
  const format = readFormat(kind, options.format)
  checkTakes(activation, format, 'x', arrays[0])
  const inputs = elements as AlphaOperands['inputs']
  return { activation, channels: activation.channels, format: format as FloatFormat, inputs, signal }
}

/** Reads arrays, all of one kind. @throws InputError */
function readOneKind(names: readonly string[], given: readonly unknown[]) {
  const read = names.map((name, i) => ({ name, ...readElements(name, given[i]) }))
  const [{ kind }] = read as [(typeof read)[0]]
  const other = read.find(array => array.kind !== kind)
  if (other !== undefined) {
    const message = `${names[0]} is ${show(given[0])} and ${other.name} is ${show(given[names.indexOf(other.name)])}.`
    throw new InputError('invalid-array', message, 'Give arrays of one kind.')
  }
  return { kind, elements: Object.fromEntries(read.map(({ name, elements }) => [name, elements])) }
}

/** @throws InputError for integers, where the activation takes none */
function checkTakes(activation: AnyActivation, format: Format, name: string, given: unknown): void {
  if (takesFormat(activation, format)) return
  const message = `${activation} does not take integers, and ${name} is ${show(given)}.`
  throw new InputError('invalid-array', message, `Give a Float32Array; ${TAKES_INTEGERS}.`)
}

/** Reads the options after the arrays of a call. @throws InputError for unknown options and further arguments */
function readLast<Name extends string>(
  activation: AnyActivation,
  call: string,
  given: readonly unknown[],
  arrays: readonly string[],
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  const last = given[arrays.length]
  const isOptions = reading('The last argument', () => isPlainObject(last))
  const extra = given.slice(arrays.length + (isOptions ? 1 : 0)).find(value => value !== undefined)
  if (extra === undefined)
    return readOptions(call, isOptions ? last : undefined, names, `Give { ${names.join(', ')} }.`)
  const message = `${activation} takes ${arrays.join(', ')} here, and was also given ${show(extra)}.`
  throw new InputError('invalid-argument', message, 'Leave out what it does not take.')
}

function readOperands(
  activation: AnyActivation,
  direction: Direction,
  given: readonly unknown[],
  names: readonly string[],
  from?: 'y' | 'mask',
  mask?: unknown,
): Operands {
  const isForward = direction === 'forward'
  const arePairs = isGlu(activation) && names[0] === 'x'
  const own = isForward ? (['format', 'mask'] as const) : (['format'] as const)
  const further = arePairs ? PACKING : []
  const options = readLast(activation, direction, given, names, [...own, ...further, 'out', 'transfer', 'signal'])
  const masked = flag(false)('mask', isForward ? options.mask : undefined)
  const packing = arePairs ? readPacking(options) : undefined
  const variant: Variant = { ...(isForward ? { masked } : from && { from }), packing }
  const operation = operationOf(activation, direction, variant)
  const targets = readTargets(
    options.out,
    resultNamesOf(operation).filter(name => name !== 'mask'),
  )
  const transfer = flag(false)('transfer', options.transfer)
  const signal = readSignal(options.signal)
  // No code of the caller runs from here on, so no array can be detached after its check.
  const { kind, elements: arrays } = readOneKind(names, given)
  const length = packing === undefined ? checkLengths(activation, arrays) : checkPairs(packing, arrays)
  const format = readFormat(kind, options.format)
  checkTakes(activation, format, names[0]!, given[0])
  const inputs = from === 'mask' ? { mask: readMask(mask, length), ...arrays } : arrays
  const out = readOut(targets, kind, arePairs && !isForward ? 2 * length : length, inputs)
  return {
    activation,
    operation,
    inputs,
    length,
    format,
    kind,
    transfer,
    out,
    given: targets,
    signal,
  }
}

/** Returns true for an object that is not an array, a buffer or the like. */
function isPlainObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** Determines the format of arrays of a kind. @throws InputError when the option is missing, or is not a format of the kind */
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

/** Checks that all elements have one length, and returns it. @throws InputError */
function checkLengths(activation: AnyActivation, inputs: Readonly<Record<string, Elements>>): number {
  const [[first, { length }], ...others] = Object.entries(inputs) as [[string, Elements], ...[string, Elements][]]
  for (const [name, array] of others) {
    if (array.length === length) continue
    const message = `${first} has ${length} elements and ${name} has ${array.length}.`
    throw new InputError('length-mismatch', message, 'Give arrays of one length.')
  }
  checkPeriods(activation, first, length)
  return length
}

/** Checks that x has whole rows of pairs, and dy one element for each. Returns the number of pairs. @throws InputError */
function checkPairs(packing: Packing, { x, dy }: Readonly<Record<string, Elements>>): number {
  checkRows(packing, x!.length)
  if (dy === undefined || x!.length === 2 * dy.length) return x!.length / 2
  const message = `x has ${x!.length} elements and dy has ${dy.length}.`
  throw new InputError('length-mismatch', message, 'Give a dy of half the length of x.')
}

export function readLength(length: unknown): number {
  if (Number.isSafeInteger(length) && (length as number) >= 0) return length as number
  throw new InputError(
    'invalid-argument',
    `The length is ${show(length)}.`,
    'Give how many elements: an integer, 0 or more.',
  )
}
