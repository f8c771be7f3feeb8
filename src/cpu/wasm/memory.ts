import { ActivationsError } from '../../support/errors.ts'
import { makeInstance, SCRATCH_BYTES } from './chunks.js'
import type { WasmInstance, WasmCall } from './wasm-call.ts'

const PAGE_BYTES = 2 ** 16
const MOST_PAGES = 2 ** 16
const ARENA_BYTES = 64 * 2 ** 20
const CACHE_LINE_BYTES = 64

// Keyed by the buffer of the arena's arrays: an arena lives as long as one of its arrays.
const arenas = new WeakMap<ArrayBufferLike, WasmInstance>()
const instances = new WeakMap<WebAssembly.Module, WasmInstance>()

/** Returns the instance for arrays outside WebAssembly memory, created once. @throws RangeError when memory runs out */
export function scratchInstance(module: WebAssembly.Module): WasmInstance {
  const instance = instances.get(module) ?? makeInstance(module, pagesFor(SCRATCH_BYTES))
  instances.set(module, instance)
  return instance
}

/** Returns the instance for a call: that of the first tensor in an arena, so that the tensor is computed in place. */
export function instanceFor(
  module: WebAssembly.Module,
  { tensors }: { readonly tensors: readonly Pick<WasmCall['tensors'][number], 'bytes'>[] },
): WasmInstance {
  const isInScratch = ({ bytes }: (typeof tensors)[number]): boolean => {
    return arenas.has(bytes.buffer) && bytes.byteOffset < SCRATCH_BYTES
  }
  // An arena's buffer is visible to users: an array that a user makes over its scratch must be computed in another
  // instance.
  if (tensors.some(isInScratch)) return scratchInstance(module)
  const inArena = tensors.find(({ bytes }) => arenas.has(bytes.buffer))
  return inArena === undefined ? scratchInstance(module) : arenas.get(inArena.bytes.buffer)!
}

/**
 * Allocates arrays in WebAssembly memory, one after the other. Creates another arena when one is full, because growth
 * would detach all arrays in it.
 */
export class Allocator {
  readonly #module: WebAssembly.Module
  #arena: WasmInstance | undefined
  #end = 0

  constructor(module: WebAssembly.Module) {
    this.#module = module
  }

  /** Drops the reference to the arena. Its arrays keep it alive. */
  release(): void {
    this.#arena = undefined
  }

  /** Allocates zeros; undefined where the engine refuses an instance. @throws ActivationsError when memory runs out */
  allocate(length: number): Float32Array<ArrayBuffer> | undefined {
    const bytes = Math.ceil((length * Float32Array.BYTES_PER_ELEMENT) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES
    if (this.#arena === undefined || this.#end + bytes > this.#arena.memory.byteLength) {
      this.#arena = this.#makeArena(bytes, length)
      if (this.#arena === undefined) return undefined
      this.#end = Math.ceil(SCRATCH_BYTES / CACHE_LINE_BYTES) * CACHE_LINE_BYTES
      arenas.set(this.#arena.memory.buffer, this.#arena)
    }
    const array = new Float32Array(this.#arena.memory.buffer as ArrayBuffer, this.#end, length)
    this.#end += bytes
    return array
  }

  /** Creates an arena with room for further arrays, or else for this array alone. */
  #makeArena(bytes: number, length: number): WasmInstance | undefined {
    const needed = pagesFor(bytes + SCRATCH_BYTES + CACHE_LINE_BYTES)
    let pages = Math.min(pagesFor(Math.max(ARENA_BYTES, 4 * bytes)), MOST_PAGES)
    let cause: unknown
    while (pages >= needed) {
      try {
        return makeInstance(this.#module, pages)
      } catch (error) {
        // Any other error means that the engine gives no instance at all.
        if (!(error instanceof RangeError)) return undefined
        cause = error
      }
      if (pages === needed) break
      pages = Math.max(Math.floor(pages / 2), needed)
    }
    const message = `There is no memory for an array of ${length} elements.`
    throw new ActivationsError('out-of-memory', message, 'Allocate less, or drop arrays that are not needed.', {
      cause,
    })
  }
}

function pagesFor(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES)
}
