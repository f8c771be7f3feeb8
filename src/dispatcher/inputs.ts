import { Activation, type Channels, type Inputs, type PairInputs } from '../activations/activation.ts'
import { type GatedActivation, isGated } from '../activations/gated.ts'
import { readArray } from '../arrays.ts'
import { InputError, show } from '../errors.ts'

/** What a call computes with: an activation and its arrays, or a gated pair and its own. */
export interface Operands {
  readonly activation: Activation | GatedActivation
  readonly inputs: Inputs | PairInputs
}

/** Checks what `forward` was given: x, or gate and up. @throws InputError */
export function readForward(activation: unknown, arrays: readonly unknown[]): Operands {
  if (isGated(activation)) {
    const [gate, up] = readArrays(activation, arrays, ['gate', 'up'])
    return { activation, inputs: { gate, up } }
  }
  checkActivation(activation)
  const [x] = readArrays(activation, arrays, ['x'])
  return { activation, inputs: { x } }
}

/** Checks what `backward` was given: x and dy, or gate, up and dy. @throws InputError */
export function readBackward(activation: unknown, arrays: readonly unknown[]): Operands {
  if (isGated(activation)) {
    const [gate, up, dy] = readArrays(activation, arrays, ['gate', 'up', 'dy'])
    return { activation, inputs: { gate, up, dy } }
  }
  checkActivation(activation)
  const [x, dy] = readArrays(activation, arrays, ['x', 'dy'])
  return { activation, inputs: { x, dy } }
}

/** An activation that learns its slopes, and the arrays of its backward call. */
export interface AlphaOperands {
  readonly activation: Activation
  readonly channels: Channels
  readonly inputs: { readonly x: Float32Array; readonly dy: Float32Array }
}

/** Checks what `backwardAlpha` was given. @throws InputError */
export function readBackwardAlpha(activation: unknown, arrays: readonly unknown[]): AlphaOperands {
  if (!isGated(activation)) checkActivation(activation)
  if (isGated(activation) || activation.channels === undefined) {
    throw new InputError('invalid-argument', `${activation} has no alpha that is learned.`, 'Give a prelu(...).')
  }
  const [x, dy] = readArrays(activation, arrays, ['x', 'dy'])
  return { activation, channels: activation.channels, inputs: { x, dy } }
}

function checkActivation(value: unknown): asserts value is Activation {
  if (Activation.is(value)) return
  throw new InputError('invalid-argument', `The activation is ${show(value)}.`, 'Give one made here, such as relu().')
}

type Arrays<Names extends readonly string[]> = { [Index in keyof Names]: Float32Array }

function readArrays<const Names extends readonly string[]>(
  activation: Activation | GatedActivation,
  given: readonly unknown[],
  names: Names,
): Arrays<Names> {
  const extra = given.slice(names.length).find(array => array !== undefined)
  if (extra !== undefined) {
    const message = `${activation} takes ${names.join(', ')} here, and was also given ${show(extra)}.`
    throw new InputError('invalid-argument', message, 'Leave out what it does not take.')
  }
  const arrays = names.map((name, i) => readArray(name, given[i]))
  for (const [i, { length }] of arrays.entries()) {
    if (length === arrays[0]!.length) continue
    const message = `${names[0]} has ${arrays[0]!.length} elements and ${names[i]} has ${length}.`
    throw new InputError('length-mismatch', message, 'Give arrays of one length.')
  }
  return arrays as Arrays<Names>
}

/** Checks that no input was detached or cut since its call began, when all had this length. @throws InputError */
export function checkUnchanged(inputs: Inputs | PairInputs, length: number): void {
  const arrays = Object.values(inputs) as (Float32Array | undefined)[]
  if (arrays.every(array => array === undefined || array.length === length)) return
  const message = 'An input was detached or resized while it was being computed.'
  throw new InputError('invalid-array', message, 'Leave it alone until the promise settles.')
}
