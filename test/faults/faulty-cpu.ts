import type { WasmCall } from '../../src/cpu/wasm/wasm-call.ts'

/** A way in which what the CPU's kernels need fails. */
export interface CpuFailure {
  readonly name: string
  /** Makes it so from now on; what it returns takes it back. @param strike is called whenever it fails */
  readonly arm: (strike: () => void) => () => void
}

const errors = {
  TypeError: () => new TypeError('That is not to be had here.'),
  RangeError: () => new RangeError('Out of memory.'),
  CompileError: () => new WebAssembly.CompileError('That violates the Content-Security-Policy.'),
  SecurityError: () => new DOMException('That violates the Content-Security-Policy.', 'SecurityError'),
  DataCloneError: () => new DOMException('That could not be cloned.', 'DataCloneError'),
} as const
type ErrorName = keyof typeof errors

/** A global, or what a global has, by its path. */
function put(path: string, replacement: (native: unknown) => unknown): () => void {
  const names = path.split('.')
  const name = names.pop()!
  const owner = names.reduce<object>((object, key) => Reflect.get(object, key) as object, globalThis)
  const before = Object.getOwnPropertyDescriptor(owner, name)
  const value = replacement(Reflect.get(owner, name))
  Object.defineProperty(owner, name, { configurable: true, writable: true, value })
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name)
    else Object.defineProperty(owner, name, before)
  }
}

/** What can be called and constructed, and does this either way. */
function doing(what: () => unknown): unknown {
  return function struck() {
    return what()
  }
}

export function isMissing(path: string): CpuFailure {
  return {
    name: 'is missing',
    arm(strike) {
      // Nobody can tell whether it was looked for.
      strike()
      return put(path, () => undefined)
    },
  }
}

export function throwsError(path: string, error: ErrorName): CpuFailure {
  return {
    name: `throws ${error}`,
    arm(strike) {
      const fail = (): never => {
        strike()
        throw errors[error]()
      }
      return put(path, () => doing(fail))
    },
  }
}

export function rejectsWith(path: string, error: ErrorName): CpuFailure {
  return {
    name: `rejects ${error}`,
    arm(strike) {
      const fail = (): Promise<never> => {
        strike()
        return Promise.reject(errors[error]())
      }
      return put(path, () => doing(fail))
    },
  }
}

export const refuses: CpuFailure = {
  name: 'answers false',
  arm(strike) {
    const refuse = (): boolean => {
      strike()
      return false
    }
    return put('WebAssembly.validate', () => doing(refuse))
  },
}

export const streamBreaks: CpuFailure = {
  name: 'breaks half-way',
  arm(strike) {
    const breaking = (): unknown => {
      strike()
      return new TransformStream({
        transform: (_, controller) => controller.error(new TypeError('The data is not deflated.')),
      })
    }
    return put('DecompressionStream', () => doing(breaking))
  },
}

const MOST_ELEMENTS = 200

/** There is no memory for new arrays of elements, but for very small ones. */
export const hasNoMemory: CpuFailure = {
  name: 'run out of memory',
  arm(strike) {
    const kinds = ['Float32Array', 'Uint16Array']
    const restore = kinds.map(kind =>
      put(kind, native => {
        return new Proxy(native as Float32ArrayConstructor, {
          construct(target, given: unknown[], as) {
            if (typeof given[0] !== 'number' || given[0] < MOST_ELEMENTS) return Reflect.construct(target, given, as)
            strike()
            throw new RangeError('Array buffer allocation failed')
          },
        })
      }),
    )
    return () => {
      for (const undo of restore) undo()
    }
  },
}

const SLOW_MS = 20

type WorkerManner =
  | 'cannot be sent to'
  | 'has an error'
  | 'cannot be read'
  | 'never answers'
  | 'answers late'
  | 'fails half-way'
  | 'fails at once'

/** A worker that starts, or meets a call, in some manner of its own. */
export function workerThat(at: 'start' | 'call', manner: WorkerManner): CpuFailure {
  return {
    name: manner,
    arm(strike) {
      return put('Worker', native => {
        const Native = native as typeof Worker
        return class extends Native {
          override postMessage(message: unknown, given?: Transferable[] | StructuredSerializeOptions): void {
            const transfer = (given ?? []) as Transferable[]
            const isStart = 'module' in (message as object)
            if (isStart !== (at === 'start')) {
              super.postMessage(message, transfer)
              return
            }
            strike()
            if (manner === 'cannot be sent to') throw errors.DataCloneError()
            if (manner === 'answers late') {
              const sent = isStart ? message : structuredClone(message, { transfer })
              setTimeout(() => super.postMessage(sent, []), SLOW_MS)
              return
            }
            // What is transferred is gone, whatever becomes of it.
            const sent = isStart ? undefined : structuredClone(message, { transfer })
            setTimeout(() => meet(this, manner, sent as WasmCall | undefined))
          }
        }
      })
    },
  }
}

function meet(worker: EventTarget, manner: WorkerManner, call: WasmCall | undefined): void {
  const say = (type: string, what: object): void => void worker.dispatchEvent(Object.assign(new Event(type), what))
  if (manner === 'has an error') say('error', { message: 'The worker ran out of memory.' })
  if (manner === 'cannot be read') say('messageerror', {})
  if (call === undefined || !manner.startsWith('fails')) return
  // As far as it says that it came it has to be right: here it came nowhere, and left garbage in the results.
  for (const { bytes, isOutput } of call.tensors) {
    const isInputToo = call.tensors.some(tensor => !tensor.isOutput && tensor.bytes.buffer === bytes.buffer)
    if (manner === 'fails half-way' && isOutput && !isInputToo) bytes.fill(0xa5)
  }
  say('message', { data: { call, failure: 'RuntimeError: unreachable' } })
}
