import { Activation, type Channels } from '../activations/activation.ts'
import { type GatedActivation, isGated } from '../activations/gated.ts'
import { FORMATS_OF, type Kind, readArray, readElements } from '../arrays.ts'
import type { Tensors } from '../cpu/compute.ts'
import { InputError, show } from '../errors.ts'
import type { Format } from '../formats.ts'

/** What a call computes with: an activation and its arrays, or a gated pair and its own. */
export interface Operands {
  readonly activation: Activation | GatedActivation
  /** x, or gate and up; and backward dy. */
  readonly inputs: Tensors
  readonly format: Format
  /** What the arrays were given as. */
  readonly kind: Kind
}

/** Checks what `forward` was given: x, or gate and up, and perhaps options. @throws InputError */
export function readForward(activation: unknown, given: readonly unknown[]): Operands {
  if (isGated(activation)) return readOperands(activation, given, ['gate', 'up'])
  checkActivation(activation)
  return readOperands(activation, given, ['x'])
}

/** Checks what `backward` was given: x and dy, or gate, up and dy, and perhaps options. @throws InputError */
export function readBackward(activation: unknown, given: readonly unknown[]): Operands {
  if (isGated(activation)) return readOperands(activation, given, ['gate', 'up', 'dy'])
  checkActivation(activation)
  return readOperands(activation, given, ['x', 'dy'])
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
  given: readonly unknown[],
  names: readonly string[],
): Operands {
  const options = given[names.length]
  const hasOptions = isOptions(options)
  checkNoMore(activation, hasOptions ? given.toSpliced(names.length, 1) : given, names)
  const read = names.map((name, i) => ({ name, ...readElements(name, given[i]) }))
  const [{ kind }] = read as [(typeof read)[0]]
  const other = read.find(array => array.kind !== kind)
  if (other !== undefined) {
    const message = `${names[0]} is ${show(given[0])} and ${other.name} is ${show(given[names.indexOf(other.name)])}.`
    throw new InputError('invalid-array', message, 'Give arrays of one kind.')
  }
  const inputs = Object.fromEntries(read.map(({ name, elements }) => [name, elements]))
  checkLengths(inputs)
  const format = readFormat(kind, hasOptions ? options : {})
  if (format === 'i32' && (isGated(activation) || activation.integerShader === undefined)) {
    const message = `${activation} does not take integers, and ${names[0]} is ${show(given[0])}.`
    throw new InputError('invalid-array', message, 'Give a Float32Array; relu() alone takes an Int32Array.')
  }
  return { activation, inputs, format, kind }
}

/** Whether it is what may come after the arrays: an object, and no array, buffer or such. */
function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** The format that arrays of a kind are in, by the options. @throws InputError */
function readFormat(kind: Kind, options: Readonly<Record<string, unknown>>): Format {
  for (const name of Object.keys(options)) {
    if (name === 'format') continue
    throw new InputError('unknown-option', `There is no option ${show(name)}.`, 'The only option is format.')
  }
  const { format } = options
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

function checkLengths(inputs: Tensors): void {
  const [[first, { length }], ...others] = Object.entries(inputs) as [[string, Tensors[string]]]
  for (const [name, array] of others as [string, Tensors[string]][]) {
    if (array.length === length) continue
    const message = `${first} has ${length} elements and ${name} has ${array.length}.`
    throw new InputError('length-mismatch', message, 'Give arrays of one length.')
  }
}

/** Checks that no input was detached or cut since its call began, when all had this length. @throws InputError */
export function checkUnchanged(inputs: Tensors, length: number): void {
  if (Object.values(inputs).every(array => array.length === length)) return
  const message = 'An input was detached or resized while it was being computed.'
  throw new InputError('invalid-array', message, 'Leave it alone until the promise settles.')
}
