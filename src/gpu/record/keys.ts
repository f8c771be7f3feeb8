import type { AnyActivation } from '../../activations/support/glu-activation.ts'
import type { Direction } from '../../activations/support/activation.ts'
import { BINDING_NAMES } from '../bindings/call.ts'
import { type KnownBuffer, known } from '../bindings/buffers.ts'
import { choicesOfSchedule } from '../plan/schedule.ts'
import { float32Bits } from '../programs/constant-buffers.ts'
import { boundSlopes } from '../programs/program.ts'

/** A buffer of a call, and what is known about it. */
export interface CallBuffer {
  readonly buffer: GPUBuffer
  readonly about: KnownBuffer
}

/** The part that a call shares with the same call on other buffers, and its own buffers. Filled while its key is read. */
export interface CallShape {
  /** As the key of the call, with the places of buffers in `buffers`, and their sizes, instead of their identities. */
  key: string
  /** Each buffer of the call once, in the order of its bindings. */
  readonly buffers: CallBuffer[]
}

/** Reads the key of a call, and its shape where one is given; undefined where no plan can exist, or a buffer is mapped. */
export type KeyReader = (shape?: CallShape) => string | undefined

/** Starts the reading of a call's shape. A schedule that is chosen later makes all shapes other ones. */
export function newShape(): CallShape {
  return { key: `${choicesOfSchedule()} `, buffers: [] }
}

/**
 * Reads the key of a call.
 *
 * @param prefix tells what else the plan of the call depends on
 * @param bindings tensors and options by their names; a list where `names` is undefined
 * @param names the names of bindings, undefined where all are
 * @throws whatever reading the bindings throws
 */
export function keyOf(
  prefix: string,
  bindings: object,
  names: ReadonlySet<string> | undefined,
  shape?: CallShape,
): string | undefined {
  let key = prefix
  if (shape !== undefined) shape.key += prefix
  const given = bindings as Readonly<Record<string, unknown>>
  for (const name of Object.keys(given ?? {})) {
    const value = given[name]
    if (value === undefined) continue
    if (names?.has(name) === false) return undefined
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
      const part = ` ${name}=${typeof value} ${value}`
      key += part
      if (shape !== undefined) shape.key += part
      continue
    }
    const part = keyOfRange(name, value, shape)
    if (part === undefined) return undefined
    key += part
  }
  return key
}

/** Reads the key of a call of `forward` or `backward`. */
export function keyOfCall(
  direction: Direction,
  activation: AnyActivation,
  bindings: object,
  start: number,
  shape?: CallShape,
): string | undefined {
  return keyOf(`${direction} ${start} ${keyOfActivation(activation)}`, bindings, BINDING_NAMES, shape)
}

/** Returns the properties of an activation on which a plan depends: of several slopes the number, but not their values. */
export function keyOfActivation(activation: AnyActivation): string {
  const { programName, uniforms } = activation
  const slopes = boundSlopes(activation)
  const { channels, derivativeFromY } = activation
  if (slopes === undefined) {
    if (uniforms.length === 0) return programName
    // Of one slope `inner` matters where more are bound.
    return `${programName}(${float32Bits(uniforms)}${channels === undefined ? '' : ` ${channels.inner}`})`
  }
  return `${programName}(${slopes.length} ${channels!.inner} ${derivativeFromY === undefined})`
}

/** Returns the key that a call gives; undefined where it cannot be read: the reader of the bindings reports that. */
export function knownKey(read: KeyReader, shape?: CallShape): string | undefined {
  try {
    return read(shape)
  } catch {
    return undefined
  }
}

/** Returns a binding's part of the key, and adds it to the shape; undefined where no plan can exist. */
function keyOfRange(name: string, binding: unknown, shape: CallShape | undefined): string | undefined {
  const { buffer, offset = 0, size } = (binding ?? {}) as Partial<GPUBufferBinding>
  const about = buffer && known(buffer)
  if (about === undefined || typeof offset !== 'number' || (size !== undefined && typeof size !== 'number'))
    return undefined
  if (buffer!.mapState !== 'unmapped') return undefined
  if (shape !== undefined) {
    let place = shape.buffers.findIndex(other => other.about === about)
    if (place === -1) place = shape.buffers.push({ buffer: buffer!, about }) - 1
    shape.key += ` ${name}=${place}/${about.size}+${offset}:${size}`
  }
  const range = offset === 0 && size === undefined ? about.whole : `=${about.id}+${offset}:${size}`
  return ` ${name}${range}`
}
