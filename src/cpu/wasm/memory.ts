import { ActivationsError } from '../../support/errors.ts'
import { makeBench, SCRATCH_BYTES } from './chunks.js'
import type { WasmInstance, WasmCall } from './plan.ts'

const PAGE_BYTES = 2 ** 16
const MOST_PAGES = 2 ** 16
const ARENA_BYTES = 64 * 2 ** 20
const CACHE_LINE_BYTES = 64

// By what its arrays call their buffer: an arena lives as long as one of them does.
const arenas = new WeakMap<ArrayBufferLike, WasmInstance>()
const benches = new WeakMap<WebAssembly.Module, WasmInstance>()

/** The kernels' own memory, for arrays that lie elsewhere. @throws RangeError when memory runs out */
export function scratchInstance(module: WebAssembly.Module): WasmInstance {
  const bench = benches.get(module) ?? makeBench(module, pagesFor(SCRATCH_BYTES))
  benches.set(module, bench)
  return bench
}

/** The kernels beside the tensors of a plan: those of the first arena that one of them lies in. */
export function instanceFor(module: WebAssembly.Module, { tensors }: WasmCall): WasmInstance {
  const isInScratch = ({ bytes }: WasmCall['tensors'][number]): boolean => {
    return arenas.has(bytes.buffer) && bytes.byteOffset < SCRATCH_BYTES
  }
  // Who has an array of an arena has the whole of its buffer. What is put where the kernels have their scratch must not be
  // computed with there.
  if (tensors.some(isInScratch)) return scratchInstance(module)
  const home = tensors.find(({ bytes }) => arenas.has(bytes.buffer))
  return home === undefined ? scratchInstance(module) : arenas.get(home.bytes.buffer)!
}

/**
 * Hands out arrays in the kernels' memory, one behind the other. A memory that grew would detach all arrays in it, so where one
 * is full there is another.
 */
export class Allocator {
  readonly #module: WebAssembly.Module
  #arena: WasmInstance | undefined
  #end = 0

  constructor(module: WebAssembly.Module) {
    this.#module = module
  }

  /** Holds no memory any more: the arrays that there are do. */
  release(): void {
    this.#arena = undefined
  }

  /** Zeros; undefined where the kernels get no memory, for another reason than that it runs out. @throws ActivationsError when it does */
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

  /** With room for more of its kind, or else for this one alone. */
  #makeArena(bytes: number, length: number): WasmInstance | undefined {
    const needed = pagesFor(bytes + SCRATCH_BYTES + CACHE_LINE_BYTES)
    let pages = Math.min(pagesFor(Math.max(ARENA_BYTES, 4 * bytes)), MOST_PAGES)
    let cause: unknown
    while (pages >= needed) {
      try {
        return makeBench(this.#module, pages)
      } catch (error) {
        // Not for want of memory: then there are no kernels to be had that would be beside it.
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
