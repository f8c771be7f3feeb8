import { expect, test } from 'vitest'
import { BufferPool, type BufferRequest } from '../../../src/gpu/transfer/buffer-pool.ts'

// The pool by itself, over a device that only hands out buffers.

const MiB = 2 ** 20
const MOST = 64 * MiB

class Device {
  readonly limits = { maxBufferSize: 256 * MiB }
  readonly live = new Map<object, number>()
  readonly lost: Promise<void>
  made = 0
  most = 0
  lose!: () => void
  constructor() {
    this.lost = new Promise(resolve => (this.lose = resolve))
  }
  createBuffer({ size }: GPUBufferDescriptor): object {
    const buffer = { size, destroy: () => this.live.delete(buffer) }
    this.live.set(buffer, size)
    this.made++
    this.most = Math.max(this.most, this.bytes)
    return buffer
  }
  get bytes(): number {
    return [...this.live.values()].reduce((sum, size) => sum + size, 0)
  }
}

function poolWith(): { device: Device; pool: BufferPool } {
  const device = new Device()
  return { device, pool: new BufferPool(device as unknown as GPUDevice) }
}

const wanted = (...sizes: number[]): BufferRequest[] => [
  ...sizes.map(size => ({ purpose: 'device', size }) as const),
  { purpose: 'staging', size: sizes[0]! },
]

/** What promises have come to by now. */
const settle = () => new Promise(resolve => setTimeout(resolve))

test('flights of one kind have the same buffers, in the same order', async () => {
  const { device, pool } = poolWith()
  const first = await pool.reserve(wanted(5000, 100))
  const buffers = first.buffers()
  expect(first.buffers()).toEqual(buffers)
  expect(new Set(buffers).size).toBe(3)
  first.release()
  // Of those that came back in another order too.
  const other = await pool.reserve(wanted(100, 5000).toReversed())
  expect(new Set(other.buffers())).toEqual(new Set([...buffers.slice(0, 2), other.buffers()[0]]))
  other.release()
  const second = await pool.reserve(wanted(8192, 4096))
  for (const [i, buffer] of second.buffers().entries()) expect(buffer).toBe(buffers[i])
  expect(device.made).toBe(4)
})

test('a buffer is in one lease at a time', async () => {
  const { pool } = poolWith()
  const flights = await Promise.all([1, 2, 3].map(() => pool.reserve(wanted(4096))))
  expect(new Set(flights.flatMap(lease => lease.buffers())).size).toBe(6)
})

test('what is in lease is bounded: others wait, in turn', async () => {
  const { device, pool } = poolWith()
  const landed: number[] = []
  const flights = Array.from({ length: 40 }, async (_, i) => {
    const lease = await pool.reserve(wanted(2 * MiB, (i % 5) * MiB))
    lease.buffers()
    await settle()
    landed.push(i)
    lease.release()
  })
  await Promise.all(flights)
  expect(device.most).toBeLessThanOrEqual(MOST)
  expect(device.most).toBeGreaterThan(MOST / 2)
  expect(landed).toEqual(landed.toSorted((a, b) => a - b))
})

test('one that is larger than all waits until it is alone, and leaves no more than the most', async () => {
  const { device, pool } = poolWith()
  const small = await pool.reserve(wanted(MiB))
  small.buffers()
  let isIn = false
  const large = pool.reserve(wanted(128 * MiB)).then(lease => ((isIn = true), lease))
  await settle()
  expect(isIn).toBe(false)
  small.release()
  const lease = await large
  lease.buffers()
  lease.release()
  expect(device.bytes).toBeLessThanOrEqual(MOST)
})

test('what has been idle for longest makes room', async () => {
  const { device, pool } = poolWith()
  const fly = async (...mebibytes: number[]): Promise<GPUBuffer[]> => {
    const flights = await Promise.all(mebibytes.map(size => pool.reserve(wanted(size * MiB))))
    const buffers = flights.flatMap(lease => lease.buffers())
    for (const lease of flights) lease.release()
    return buffers
  }
  const recent = await fly(8, 8)
  await fly(16)
  expect(await fly(8)).toEqual(recent.slice(0, 2))
  expect(device.bytes).toBe(MOST)
  await fly(4)
  expect(device.bytes).toBe(MOST - 16 * MiB + 8 * MiB)
  expect(recent.filter(buffer => device.live.has(buffer))).toEqual(recent)
})

test('the buffers of a crashed lease are destroyed, and others get its room', async () => {
  const { device, pool } = poolWith()
  const crashed = await pool.reserve(wanted(32 * MiB))
  crashed.buffers()
  const waiting = pool.reserve(wanted(32 * MiB))
  crashed.discard()
  expect(device.live.size).toBe(0)
  const lease = await waiting
  lease.buffers()
  expect(device.made).toBe(4)
})

test('a drained pool has nothing, what is in lease neither once it lands; then it pools again', async () => {
  const { device, pool } = poolWith()
  const [idle, flying] = [await pool.reserve(wanted(4096)), await pool.reserve(wanted(4096))]
  idle.buffers()
  flying.buffers()
  idle.release()
  pool.drain()
  expect(device.live.size).toBe(2)
  flying.release()
  expect(device.live.size).toBe(0)
  const later = await pool.reserve(wanted(4096))
  later.buffers()
  later.release()
  expect(device.live.size).toBe(2)
})

test('a lost device is left nothing', async () => {
  const { device, pool } = poolWith()
  const lease = await pool.reserve(wanted(4096))
  lease.buffers()
  lease.release()
  device.lose()
  await settle()
  expect(device.live.size).toBe(0)
})

test('who waits may go, and the next comes in', async () => {
  const { device, pool } = poolWith()
  const [all, half] = [wanted(32 * MiB), wanted(16 * MiB)]
  const first = await pool.reserve(all)
  const controller = new AbortController()
  const reason = new Error('enough')
  const second = pool.reserve(all, [new AbortController().signal, controller.signal])
  const third = pool.reserve(half)
  controller.abort(reason)
  await expect(second).rejects.toBe(reason)
  await expect(pool.reserve(half, [controller.signal])).rejects.toBe(reason)
  first.release()
  ;(await third).release()
  // Nothing is taken for in lease that is not.
  const last = await pool.reserve(all)
  last.buffers()
  last.release()
  expect(device.most).toBeLessThanOrEqual(MOST)
})
