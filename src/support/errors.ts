import type { ErrorOptions } from './platform-types.ts'

/** The codes of all errors of this library. */
export type ErrorCode =
  | 'invalid-argument'
  | 'invalid-parameter'
  | 'invalid-definition'
  | 'unknown-option'
  | 'invalid-array'
  | 'length-mismatch'
  | 'invalid-binding'
  | 'destroyed'
  | 'webgpu-unavailable'
  | 'gpu-failure'
  | 'cross-check'
  | 'out-of-memory'
  | 'worker-failure'
  | 'timeout'

/**
 * The base of all errors that this library throws.
 *
 * `code` is stable and made for `switch`; `message` names the offending value; `fix` says how to correct the call. Where a page
 * loads two copies of this module, compare `name` and `code`: the errors of one copy are not instances of the classes of the other.
 */
export class ActivationsError extends Error {
  // A literal, because minifiers rename classes.
  /** The name of the class, also after minification. */
  override readonly name: string = 'ActivationsError'
  /** The kind of the error, stable and made for `switch`. */
  readonly code: ErrorCode
  /** The correction of the call, as a sentence. */
  readonly fix: string

  constructor(code: ErrorCode, message: string, fix: string, options?: ErrorOptions) {
    // After a message of several lines `fix` has a line of its own.
    super(`${message}${message.includes('\n') ? '\n' : ' '}${fix}`, options)
    this.code = code
    this.fix = fix
  }
}

/**
 * An invalid call: a wrong type, a parameter out of range, an unknown option, an array that is detached or of another
 * length. Thrown, or rejected with, before any work starts.
 */
export class InputError extends ActivationsError {
  override readonly name = 'InputError'
}

/**
 * An activation of the caller's own that cannot be made: by its name, its parameters, its WGSL or its reference. Thrown when
 * it is defined; where a device finds the error in the WGSL, by what compiles it.
 */
export class DefinitionError extends ActivationsError {
  override readonly name = 'DefinitionError'
  declare readonly code: 'invalid-definition'
  /** The line of the error in the caller's WGSL, from 1 on; undefined where it is none of its WGSL, or has no place. */
  readonly line: number | undefined
  /** The column of the error in that line, in UTF-16 code units, from 1 on. */
  readonly column: number | undefined

  constructor(
    message: string,
    fix: string,
    place?: { readonly line: number; readonly column: number },
    cause?: unknown,
  ) {
    super('invalid-definition', message, fix, cause === undefined ? undefined : { cause })
    this.line = place?.line
    this.column = place?.column
  }
}

/** An invalid binding of a GPU buffer. Thrown before anything is encoded. */
export class BindingError extends ActivationsError {
  override readonly name = 'BindingError'
  declare readonly code: 'invalid-binding'

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super('invalid-binding', message, fix, options)
  }
}

/** The dispatcher or the device was destroyed, or the device was lost. */
export class DestroyedError extends ActivationsError {
  override readonly name = 'DestroyedError'
  declare readonly code: 'destroyed'

  constructor(message: string, fix: string) {
    super('destroyed', message, fix)
  }
}

/** The fix for a file that the library loads later and that does not come. Service workers and worklets load none. */
export const LATER_FILES =
  "Serve all files of the package; in a service worker or a worklet import 'webgpu-activations/single-file'."

/** WebGPU is unavailable with `processor: 'webgpu'`: there is no WebGPU, no adapter, or no device. */
export class UnavailableError extends ActivationsError {
  override readonly name = 'UnavailableError'
  declare readonly code: 'webgpu-unavailable'

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super('webgpu-unavailable', message, fix, options)
  }
}

/**
 * A failure of the GPU: it refused or failed a piece of work (`code` is `'gpu-failure'`), had no memory for it
 * (`'out-of-memory'`) or did not answer in time (`'timeout'`). A dispatcher answers from the CPU instead of throwing a
 * GpuError.
 */
export class GpuError extends ActivationsError {
  override readonly name = 'GpuError'
  declare readonly code: 'gpu-failure' | 'out-of-memory' | 'timeout'

  constructor(message: string, options?: ErrorOptions, code: GpuError['code'] = 'gpu-failure') {
    super(code, message, 'Compute on the CPU, or try again on another device.', options)
  }
}

/** @internal A GpuError of a device that reported an error, and so is not lost. */
export class GpuRefusal extends GpuError {}

/** The GPU's result differs from the CPU reference. Thrown with `onMismatch: 'throw'`; `message` holds the whole report. */
export class CrossCheckError extends ActivationsError {
  override readonly name = 'CrossCheckError'
  declare readonly code: 'cross-check'

  constructor(report: string) {
    super('cross-check', report, "Use onMismatch: 'fallback' to be answered by the CPU.")
  }
}

const MOST_SHOWN = 80

/** Formats any value for an error message, unambiguously and in few characters. */
export function show(value: unknown): string {
  try {
    return shorten(describe(value))
  } catch {
    // The value is a revoked proxy, or a getter throws.
    return 'an object that cannot be looked at'
  }
}

/** Shortens a text of the caller for an error message. */
export function shorten(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** Formats a thrown value for a report; of an Error the message. */
export function messageOf(thrown: unknown): string {
  return textOf(thrown, () => (thrown instanceof Error ? thrown.message : String(thrown)))
}

/** Formats a thrown value with its kind. The value may be anything, and its conversion to a string may throw. */
export function textOf(thrown: unknown, read: (thrown: unknown) => string = String): string {
  try {
    return read(thrown)
  } catch {
    return show(thrown)
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  // The conversion of a long bigint takes minutes.
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? `${value}n` : 'a long bigint'
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value !== 'object' || value === null) return String(value)
  const type = Object.prototype.toString.call(value).slice(8, -1)
  if (Array.isArray(value)) return `Array(${value.length})`
  if (ArrayBuffer.isView(value)) return `${type}(${'length' in value ? String(value.length) : value.byteLength})`
  return `an object of type ${type}`
}
