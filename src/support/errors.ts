import type { ErrorOptions } from './platform-types.ts'

/** What every error of this library carries beside its message. */
export type ErrorCode =
  | 'invalid-argument'
  | 'invalid-parameter'
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
 * The base of all errors thrown here.
 *
 * `code` is stable and made for `switch`; `message` names the offending value; `fix` says what to do about it. Where a page has two
 * copies of this module, errors of the other are no instances of these classes: `name` and `code` tell them.
 */
export class ActivationsError extends Error {
  // Written out: minifiers rename classes.
  /** The name of the class, also after a minifier has renamed it. */
  override readonly name: string = 'ActivationsError'
  /** The kind of the error: stable, made for `switch`. */
  readonly code: ErrorCode
  /** What to do about it, a sentence. */
  readonly fix: string

  constructor(code: ErrorCode, message: string, fix: string, options?: ErrorOptions) {
    // A report of several lines keeps its last line to itself.
    super(`${message}${message.includes('\n') ? '\n' : ' '}${fix}`, options)
    this.code = code
    this.fix = fix
  }
}

/**
 * A call that cannot be carried out as it is written: a wrong type, a parameter out of range, an option that does not
 * exist, an array that is detached or of another length. Thrown (or rejected with) before any work starts.
 */
export class InputError extends ActivationsError {
  override readonly name = 'InputError'
}

/** A GPU buffer binding that does not fit the call. Thrown before anything is encoded. */
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

/** `processor: 'webgpu'` was asked for, and there is no WebGPU, no adapter, or no device. */
export class UnavailableError extends ActivationsError {
  override readonly name = 'UnavailableError'
  declare readonly code: 'webgpu-unavailable'

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super('webgpu-unavailable', message, fix, options)
  }
}

/**
 * The GPU refused or failed a piece of work (`code` is `'gpu-failure'`), had no memory for it (`'out-of-memory'`) or did not
 * answer in time (`'timeout'`). A dispatcher answers from the CPU instead of passing this on.
 */
export class GpuError extends ActivationsError {
  override readonly name = 'GpuError'
  declare readonly code: 'gpu-failure' | 'out-of-memory' | 'timeout'

  constructor(
    message: string,
    options?: ErrorOptions,
    code: 'gpu-failure' | 'out-of-memory' | 'timeout' = 'gpu-failure',
  ) {
    super(code, message, 'Compute on the CPU, or try again on another device.', options)
  }
}

/** @internal The same of a device that lives, for it said what it objects to. */
export class GpuRefusal extends GpuError {}

/** With `onMismatch: 'throw'`: the GPU's result differs from the CPU reference. `message` holds the whole report. */
export class CrossCheckError extends ActivationsError {
  override readonly name = 'CrossCheckError'
  declare readonly code: 'cross-check'

  constructor(report: string) {
    super('cross-check', report, "Use onMismatch: 'fallback' to be answered by the CPU.")
  }
}

const MOST_SHOWN = 80

/** How a value reads in an error message: short, and unmistakable. */
export function show(value: unknown): string {
  try {
    return shorten(describe(value))
  } catch {
    // A revoked proxy, or a getter that throws.
    return 'an object that cannot be looked at'
  }
}

/** A text that came from the caller, as long as a message can bear. */
export function shorten(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** What was thrown, as a report has it: of an error its message. */
export function messageOf(thrown: unknown): string {
  return textOf(thrown, () => (thrown instanceof Error ? thrown.message : String(thrown)))
}

/** What was thrown, with the kind of error: anything, which may not even become a text. */
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
  // The digits of a long one take minutes.
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? `${value}n` : 'a long bigint'
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value !== 'object' || value === null) return String(value)
  const type = Object.prototype.toString.call(value).slice(8, -1)
  if (Array.isArray(value)) return `Array(${value.length})`
  if (ArrayBuffer.isView(value)) return `${type}(${'length' in value ? String(value.length) : value.byteLength})`
  return `an object of type ${type}`
}
