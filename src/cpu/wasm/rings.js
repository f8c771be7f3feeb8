// @ts-check
// Shares the chunks of a call with helping threads, through rings of slots in shared memory. A worker gets this file as text,
// after that of chunks.js: hence no other imports.
import {
  buffersOf,
  CHUNK,
  chunksOf,
  computeInChunks,
  fail,
  instanceOver,
  makeInstance,
  REGION_BYTES,
  SCRATCH_BYTES,
} from './chunks.js'

/** @import { WasmInstance, WasmCall, WorkerScope, Help, Ring } from './wasm-call.ts' */

// So many chunks wait for a helper that it need not wait for them, and fit into the L2 cache.
const SLOTS = 8
const SLOT_BYTES = 3 * REGION_BYTES
// Words of a ring: the call that shares chunks; a count of the chunks that were offered, which wakes the helper; for each slot
// its state and the elements of its chunk. After them the index of the first element, for the slopes.
const CALL = 0
const OFFERED = 1
const STATE = 2
const COUNT = STATE + SLOTS
const PLACES_BYTES = 128
const CONTROL_BYTES = 256
const RING_BYTES = CONTROL_BYTES + SLOTS * SLOT_BYTES
// A helper has a ring for the thread that calls, and one for the worker that computes transferred arrays.
const RINGS = 2
/** The bytes of a helper's memory. */
export const HELPER_BYTES = SCRATCH_BYTES + RINGS * RING_BYTES

// The state of a slot is the number of its call, and one of these. Only the thread that offers chunks leaves EMPTY and DONE.
const EMPTY = 0
const WAITING = 1
const TAKEN = 2
const DONE = 3
/** @type {(call: number, phase: number) => number} */
const stateOf = (call, phase) => 4 * call + phase
const MOST_CALLS = 2 ** 28

// Some tens of microseconds, in which the other thread probably goes on.
const SPINS = 2000
const LONGEST_WAIT_MS = 1

/**
 * Returns a ring of a helper's memory.
 *
 * @param {ArrayBufferLike} buffer
 * @param {number} index
 * @param {Ring['wake']} wake sends the helper a message
 * @returns {Ring}
 */
export function ringOf(buffer, index, wake) {
  const start = SCRATCH_BYTES + index * RING_BYTES
  return {
    memory: new Uint8Array(buffer),
    words: new Int32Array(buffer, start, PLACES_BYTES / 4),
    places: new Float64Array(buffer, start + PLACES_BYTES, SLOTS),
    slots: start + CONTROL_BYTES,
    wake,
    calls: 0,
  }
}

/**
 * Computes a call, whose chunks this thread and helpers take. Waits for no helper: a chunk that one does not finish is computed
 * here, from inputs that nobody has overwritten, because results are copied out of the slots here alone.
 *
 * @param {WasmInstance} instance
 * @param {WasmCall} call
 * @param {readonly Ring[]} rings
 */
export function computeShared(instance, call, rings) {
  const chunks = chunksOf(instance, call, true)
  const computeHere = (/** @type {number} */ start, /** @type {number} */ count) => chunks.compute(start, count)
  const offers = rings.map(ring => new Offers(ring, call, chunks))
  try {
    for (let next = 0; next < call.length;) {
      let collected = 0
      for (const one of offers) {
        collected += one.collect()
        for (let count = 0; next < call.length; next += count) {
          count = chunks.countFrom(next)
          if (!chunks.isWhole(count) || !one.add(next, count)) break
        }
      }
      // Results that wait come first: then the helpers that computed them have a place for further chunks.
      if (collected > 0 || next >= call.length) continue
      const count = chunks.countFrom(next)
      computeHere(next, count)
      next += count
    }
    for (const one of offers) one.takeBack(computeHere)
    for (const one of offers) one.finish(computeHere)
  } finally {
    for (const one of offers) one.end()
  }
}

/** The chunks of one call that one helper may take. */
class Offers {
  /**
   * @param {Ring} ring
   * @param {WasmCall} call
   * @param {ReturnType<typeof chunksOf>} chunks
   */
  constructor(ring, { kernel, format, parameters, slopes, tensors }, chunks) {
    this.ring = ring
    this.chunks = chunks
    ring.calls = (ring.calls + 1) % MOST_CALLS
    this.call = ring.calls
    /** @type {({ start: number, count: number } | undefined)[]} */
    this.offered = Array.from({ length: SLOTS }, () => undefined)
    Atomics.store(ring.words, CALL, this.call)
    ring.wake({
      call: this.call,
      kernel,
      format,
      parameters,
      slopes,
      tensors: tensors.map(({ isOutput, isMask, region }) => ({ isOutput, isMask, region })),
    })
  }

  /**
   * Offers a chunk; false where no slot is empty.
   *
   * @param {number} start
   * @param {number} count
   */
  add(start, count) {
    const { words, places, memory } = this.ring
    const slot = this.offered.findIndex((offer, i) => offer === undefined && !this.#isLeft(i))
    if (slot === -1) return false
    for (const tensor of this.chunks.tensors) {
      if (!tensor.isOutput) this.chunks.copyIn(tensor, memory, addressOf(this.ring, slot, tensor.region), start, count)
    }
    places[slot] = start
    words[COUNT + slot] = count
    this.offered[slot] = { start, count }
    Atomics.store(words, STATE + slot, stateOf(this.call, WAITING))
    Atomics.add(words, OFFERED, 1)
    Atomics.notify(words, OFFERED)
    return true
  }

  /** Copies finished results out; returns the number of chunks. */
  collect() {
    return this.offered.filter((offer, slot) => offer !== undefined && this.#collect(slot, offer)).length
  }

  /**
   * Takes chunks back that the helper has not begun.
   *
   * @param {(start: number, count: number) => void} compute
   */
  takeBack(compute) {
    for (const [slot, offer] of this.offered.entries()) {
      const [waiting, empty] = [stateOf(this.call, WAITING), stateOf(this.call, EMPTY)]
      if (offer === undefined) continue
      if (Atomics.compareExchange(this.ring.words, STATE + slot, waiting, empty) !== waiting) continue
      this.offered[slot] = undefined
      compute(offer.start, offer.count)
    }
  }

  /**
   * Waits for the chunks that the helper has begun, but not for longer than they take here.
   *
   * @param {(start: number, count: number) => void} compute
   */
  finish(compute) {
    for (const [slot, offer] of this.offered.entries()) {
      if (offer === undefined) continue
      let isDone = false
      for (let spin = 0; spin < SPINS && !isDone; spin++) isDone = this.#collect(slot, offer)
      if (!isDone) compute(offer.start, offer.count)
    }
  }

  /** Tells the helper that no chunk follows. */
  end() {
    Atomics.store(this.ring.words, CALL, -1)
    Atomics.notify(this.ring.words, OFFERED)
  }

  /**
   * @param {number} slot
   * @param {{ start: number, count: number }} offer
   */
  #collect(slot, { start, count }) {
    const { words, memory } = this.ring
    if (Atomics.load(words, STATE + slot) !== stateOf(this.call, DONE)) return false
    for (const tensor of this.chunks.tensors) {
      if (tensor.isOutput) this.chunks.copyOut(tensor, memory, addressOf(this.ring, slot, tensor.region), start, count)
    }
    this.offered[slot] = undefined
    return true
  }

  /**
   * True while a helper still writes into a slot, for an earlier call.
   *
   * @param {number} slot
   */
  #isLeft(slot) {
    return Atomics.load(this.ring.words, STATE + slot) % 4 === TAKEN
  }
}

/** @type {(ring: Ring, slot: number, region: number) => number} */
const addressOf = ({ slots }, slot, region) => slots + slot * SLOT_BYTES + region * REGION_BYTES

/**
 * Computes chunks of a call until no more follow.
 *
 * @param {WasmInstance} instance
 * @param {Ring} ring
 * @param {Help} help
 */
function helpWith(instance, ring, { call, ...about }) {
  const { words, places } = ring
  const chunks = Array.from({ length: SLOTS }, (_, slot) => {
    const tensors = about.tensors.map(tensor => {
      const address = addressOf(ring, slot, tensor.region)
      return { ...tensor, bytes: instance.memory.subarray(address, address + REGION_BYTES), run: undefined }
    })
    return chunksOf(instance, { ...about, tensors, length: CHUNK })
  })
  for (let spins = 0; ; spins++) {
    const offered = Atomics.load(words, OFFERED)
    for (let slot = 0; slot < SLOTS; slot++) {
      const waiting = stateOf(call, WAITING)
      if (Atomics.compareExchange(words, STATE + slot, waiting, stateOf(call, TAKEN)) !== waiting) continue
      chunks[slot]?.compute(0, words[COUNT + slot] ?? 0, places[slot])
      Atomics.store(words, STATE + slot, stateOf(call, DONE))
      spins = 0
    }
    if (Atomics.load(words, CALL) !== call) return
    if (spins > SPINS) Atomics.wait(words, OFFERED, offered, LONGEST_WAIT_MS)
  }
}

/**
 * Serves a worker: receives the kernels, then calls. Replies to each call with its tensors, and a failure if any. A helper
 * receives shared memory too, and computes chunks of the calls of other threads.
 *
 * @public called by the worker's script, which is this file and that call
 * @param {WorkerScope} scope
 */
export function serveCalls(scope) {
  /** @type {WasmInstance | undefined} */
  let instance
  /** @type {Ring[]} */
  let rings = []
  scope.addEventListener('message', ({ data }) => {
    if ('memory' in data) {
      const { module, memory, port } = data
      const helper = instanceOver(module, memory)
      const [first, second] = [0, 1].map(index => ringOf(memory.buffer, index, () => {}))
      port.addEventListener('message', event => helpWith(helper, /** @type {Ring} */ (second), event.data))
      port.start()
      scope.addEventListener('message', event => {
        if ('call' in event.data) helpWith(helper, /** @type {Ring} */ (first), event.data)
      })
      scope.postMessage('ready', [])
    } else if ('module' in data) {
      instance = makeInstance(data.module, data.pages)
      rings = data.helpers.map(({ buffer, port }) => ringOf(buffer, 1, help => port.postMessage(help)))
      scope.postMessage('ready', [])
    } else if ('id' in data) scope.postMessage(replyTo(data, instance, rings), buffersOf(data))
  })
  scope.addEventListener('messageerror', () => fail('A message to the worker cannot be read.'))
}

/**
 * @param {WasmCall} call
 * @param {WasmInstance | undefined} instance
 * @param {readonly Ring[]} rings
 */
function replyTo(call, instance = fail('There are no kernels yet.'), rings) {
  if (rings.length > 0 && call.isShared) {
    // A failure ends the worker: nobody would know which chunks are computed.
    computeShared(instance, call, rings)
    return { call, failure: undefined }
  }
  try {
    computeInChunks(instance, call)
    return { call, failure: undefined }
  } catch (error) {
    return { call, failure: String(error) }
  }
}
