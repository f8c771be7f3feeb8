import { onAbort, type Signal, throwIfAborted } from '../../support/deadlines.ts'
import { weakly } from '../../support/platform.ts'
import { BufferUsage } from '../device/constants.ts'
import { whenLost } from '../device/device.ts'

type Purpose = 'device' | 'staging'

/** A buffer that a transfer needs, of at least so many bytes. */
export interface BufferRequest {
  readonly purpose: Purpose
  readonly size: number
}

interface Pooled extends BufferRequest {
  readonly id: number
  readonly buffer: GPUBuffer
}

/** A lease of the buffers for one transfer. It ends with `release` or with `discard`. */
export interface BufferLease {
  /** Returns the buffers in the order of the requests, and creates those that are missing. */
  buffers(): GPUBuffer[]
  /** Returns the buffers to the pool. The device must be done with them, and none may be mapped. */
  release(): void
  /** Destroys the buffers, after a failure that leaves their state unknown. */
  discard(): void
}

const USAGES: Readonly<Record<Purpose, number>> = {
  device: BufferUsage.STORAGE | BufferUsage.UNIFORM | BufferUsage.COPY_DST | BufferUsage.COPY_SRC,
  staging: BufferUsage.MAP_READ | BufferUsage.COPY_DST,
}

// The pool's limit, leased and idle buffers together. An engine may tell only milliseconds later that a transfer is
// over, so 8 of relu's largest fit. With 3 of them 16 Mi elements took 12 to 18 % longer in Chromium on SwiftShader,
// and with 16 no less in Node (2026-11-21).
const MOST_BYTES = 64 * 2 ** 20
// A common minimum, so that all calls on few elements share buffers.
const SMALLEST = 4096

/**
 * The buffers of a device's array calls, kept from one call to the next. A buffer serves one transfer at a time and is
 * not cleared between transfers. The pool is capped at {@link MOST_BYTES}; further transfers queue.
 */
export class BufferPool {
  readonly #device: GPUDevice
  /** Keyed by purpose and size, least recently returned first. */
  readonly #idle = new Map<string, Pooled[]>()
  readonly #queue: { readonly bytes: number; readonly admit: () => void }[] = []
  #idleBytes = 0
  #bytesLeased = 0
  #lastId = 0
  #generation = 0

  constructor(device: GPUDevice) {
    this.#device = device
    const weak = weakly(this)
    whenLost(device, () => weak.deref()?.drain())
  }

  /** Leases buffers as soon as the pool has room for them. @throws the reason of a signal that ends the wait */
  async reserve(wanted: readonly BufferRequest[], signals: readonly Signal[] = []): Promise<BufferLease> {
    throwIfAborted(signals)
    const kinds = wanted.map(({ purpose, size }) => ({ purpose, size: this.#sizeFor(size) }))
    const bytes = kinds.reduce((sum, { size }) => sum + size, 0)
    if (this.#queue.length > 0 || !this.#hasRoomFor(bytes)) {
      await this.#wait(bytes, signals)
    } else {
      this.#bytesLeased += bytes
    }
    // Undefined for those that are created on demand.
    const found = kinds.map(kind => this.#takeIdle(kind))
    const generation = this.#generation
    this.#trim(MOST_BYTES - this.#bytesLeased)
    const pooled = (): Pooled[] => found.filter(buffer => buffer !== undefined)
    return {
      buffers: () => kinds.map((kind, i) => (found[i] ??= this.#make(kind)).buffer),
      release: () => {
        for (const each of pooled()) this.#giveBack(each, generation)
        this.#release(bytes)
      },
      discard: () => {
        for (const { buffer } of pooled()) buffer.destroy()
        this.#release(bytes)
      },
    }
  }

  /** Destroys idle buffers now, and leased ones when they are released. */
  drain(): void {
    this.#generation++
    this.#trim(0)
  }

  #make({ purpose, size }: BufferRequest): Pooled {
    const label = `webgpu-activations ${purpose}`
    const buffer = this.#device.createBuffer({ label, size, usage: USAGES[purpose] })
    return { id: ++this.#lastId, buffer, purpose, size }
  }

  /** @param generation the number of times that the pool had been drained when the buffer was leased */
  #giveBack(pooled: Pooled, generation: number): void {
    if (generation !== this.#generation) return pooled.buffer.destroy()
    const kind = kindOf(pooled)
    const idle = this.#idle.get(kind) ?? []
    idle.push(pooled)
    this.#idle.delete(kind)
    this.#idle.set(kind, idle)
    this.#idleBytes += pooled.size
  }

  #release(bytes: number): void {
    this.#bytesLeased -= bytes
    this.#trim(MOST_BYTES - this.#bytesLeased)
    this.#admit()
  }

  async #wait(bytes: number, signals: readonly Signal[]): Promise<void> {
    let ends: (() => void)[] = []
    try {
      await new Promise<void>((admit, reject) => {
        const request = { bytes, admit }
        this.#queue.push(request)
        ends = signals.map(signal =>
          onAbort(signal, reason => {
            const place = this.#queue.indexOf(request)
            // A request that was admitted at the same moment keeps its lease.
            if (place < 0) return
            this.#queue.splice(place, 1)
            reject(reason)
            this.#admit()
          }),
        )
      })
    } finally {
      for (const end of ends) end()
    }
  }

  #admit(): void {
    while (this.#queue.length > 0 && this.#hasRoomFor(this.#queue[0]!.bytes)) {
      const next = this.#queue.shift()!
      this.#bytesLeased += next.bytes
      next.admit()
    }
  }

  // A transfer above the limit runs alone.
  #hasRoomFor(bytes: number): boolean {
    return this.#bytesLeased === 0 || this.#bytesLeased + bytes <= MOST_BYTES
  }

  // The oldest buffer, so that equal calls get equal buffers, for which the recorder has bind groups.
  #takeIdle(kind: BufferRequest): Pooled | undefined {
    const idle = this.#idle.get(kindOf(kind))
    if (idle === undefined || idle.length === 0) return undefined
    const oldest = idle.reduce((one, other) => (other.id < one.id ? other : one))
    idle.splice(idle.indexOf(oldest), 1)
    this.#idleBytes -= oldest.size
    return oldest
  }

  /** Destroys idle buffers, least recently returned first, until at most so many bytes are idle. */
  #trim(most: number): void {
    for (const [kind, idle] of this.#idle) {
      while (this.#idleBytes > most && idle.length > 0) {
        const { buffer, size } = idle.pop()!
        this.#idleBytes -= size
        buffer.destroy()
      }
      if (idle.length > 0) return
      this.#idle.delete(kind)
    }
  }

  /** Rounds up to a power of two, as far as the device allows. */
  #sizeFor(bytes: number): number {
    const power = 2 ** Math.ceil(Math.log2(Math.max(bytes, SMALLEST)))
    return Math.max(bytes, Math.min(power, this.#device.limits.maxBufferSize))
  }
}

function kindOf({ purpose, size }: BufferRequest): string {
  return `${purpose} ${size}`
}
