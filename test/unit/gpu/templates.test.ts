import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { BufferUsage } from '../../../src/gpu/device/constants.ts'
import { candidatesFor, choose } from '../../../src/gpu/plan/schedule.ts'
import { createKernels, relu } from '../../../src/index.ts'
import { counting } from '../../support/counting.ts'
import { stubDevice, stubPass } from '../../support/stub-device.ts'

// createKernels asks little of a device for calls on buffers that are new to each other. The device is a stub.

const BYTES = 16_384

function setUp() {
  const { device, created, scopes } = counting(stubDevice())
  const kernels = createKernels(device)
  const buffers = (count: number): GPUBuffer[] =>
    Array.from({ length: count }, () => device.createBuffer({ size: BYTES, usage: BufferUsage.STORAGE }))
  const see = (seen: readonly GPUBuffer[]): void => {
    for (const buffer of seen) kernels.forward(stubPass, relu(), { x: { buffer }, y: { buffer } })
  }
  return { device, created, scopes, kernels, buffers, see }
}

test.each(['answered', 'pending'])('a pool of 100 buffers, with questions about them %s', async questions => {
  const { created, scopes, kernels, buffers, see } = setUp()
  const pool = buffers(100)
  see(pool)
  expect(scopes).toHaveLength(3 * pool.length)
  if (questions === 'answered') await new Promise(resolve => setTimeout(resolve))
  const record = (call: number): void => {
    const [x, dy, dx] = [0, 1 + (call % 7), 8 + (call % 11)].map(step => ({ buffer: pool[(call + step) % 100]! }))
    kernels.backward(stubPass, relu(), { x: x!, dy: dy!, dx: dx! })
  }
  record(0)
  created.length = scopes.length = 0
  for (let call = 1; call <= 500; call++) record(call)
  expect(created).toEqual(Array.from({ length: 500 }, () => 'createBindGroup'))
  created.length = 0
  for (let call = 0; call <= 500; call++) record(call)
  expect([created, scopes]).toEqual([[], []])
})

test('buffers of other sizes, sharing or order of bytes are no such call', async () => {
  const { created, kernels, buffers, see } = setUp()
  const [a, b, c, d] = buffers(4) as [GPUBuffer, GPUBuffer, GPUBuffer, GPUBuffer]
  see([a, b, c, d])
  await new Promise(resolve => setTimeout(resolve))
  const workgroups: number[] = []
  const pass = { ...stubPass, dispatchWorkgroups: (count: number) => void workgroups.push(count) } as never
  kernels.backward(pass, relu(), { x: { buffer: a }, dy: { buffer: b }, dx: { buffer: c } })
  created.length = 0
  kernels.backward(pass, relu(), { x: { buffer: a, size: 4096 }, dy: { buffer: b }, dx: { buffer: d } })
  expect(created).toContain('createBuffer')
  expect(workgroups).toEqual([4, 1])
  created.length = 0
  // In place: a program of its own.
  kernels.backward(pass, relu(), { x: { buffer: a }, dy: { buffer: d }, dx: { buffer: d } })
  expect(created).toContain('createComputePipeline')
})

test('a schedule that is chosen later applies to other buffers', async () => {
  const { device, kernels, buffers, see } = setUp()
  const [a, b, c] = buffers(3) as [GPUBuffer, GPUBuffer, GPUBuffer]
  see([a, b, c])
  await new Promise(resolve => setTimeout(resolve))
  const workgroups: number[] = []
  const pass = { ...stubPass, dispatchWorkgroups: (count: number) => void workgroups.push(count) } as never
  kernels.forward(pass, relu(), { x: { buffer: a }, y: { buffer: b } })
  choose(device, { order: 'strided', workgroups: 1, fewestVectors: 1 })
  try {
    kernels.forward(pass, relu(), { x: { buffer: a }, y: { buffer: c } })
  } finally {
    choose(device, candidatesFor(device)[0])
  }
  expect(workgroups).toEqual([4, 1])
})

test('not all are kept, and no buffer with them', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { created, kernels, buffers, see } = setUp()
  const [a, b, c] = buffers(3) as [GPUBuffer, GPUBuffer, GPUBuffer]
  see([a, b, c])
  const createdBy = (x: GPUBuffer, y: GPUBuffer, size: number): string[] => {
    created.length = 0
    kernels.forward(stubPass, relu(), { x: { buffer: x, size }, y: { buffer: y } })
    return [...created]
  }
  const dropped = (() => {
    const gone = buffers(20)
    see(gone)
    for (const buffer of gone) createdBy(a, buffer, 16)
    return gone.map(buffer => new WeakRef(buffer))
  })()
  await new Promise(resolve => setTimeout(resolve))
  for (let i = 0; i < 300; i++) createdBy(a, b, 32 + 16 * i)
  expect(createdBy(a, c, 32 + 16 * 299)).toEqual(['createBindGroup'])
  expect(createdBy(a, c, 16)).toContain('createBuffer')
  for (let i = 0; i < 3; i++) {
    await new Promise(resolve => setTimeout(resolve))
    collect()
  }
  expect(dropped.filter(reference => reference.deref() !== undefined)).toEqual([])
})
