import { describe, expect, test } from 'vitest'
import { createDiagnostics, type Diagnostics } from '../../src/diagnostics.ts'
import { createKernels, type Kernels, leakyRelu, prelu, relu, sigmoid, swiglu } from '../../src/index.ts'
import { counting, said } from '../support/counting.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { inScopes, submit } from '../support/gpu.ts'
import { stubPass } from '../support/stub-device.ts'

// Calls over the buffers of a pool, in combinations that no call had before, as a library with a pool of buffers makes them.

const BYTES = 4096
const POOLED = 100

type Bound = Readonly<Record<string, GPUBufferBinding>>
type Call = (pass: GPUComputePassEncoder, bound: Bound, made: { kernels: Kernels; diagnostics: Diagnostics }) => void

const part = (binding: GPUBufferBinding | undefined, offset: number, size: number): GPUBufferBinding => {
  return { ...binding!, offset, size }
}
const channels = prelu({ alpha: Array.from({ length: 16 }, (_, i) => i / 10 - 0.3), inner: 4 })

/** Calls, with the names of their buffers. */
const calls: Readonly<Record<string, readonly [names: string, call: Call]>> = {
  backward: ['x dy dx', (pass, b, { kernels }) => kernels.backward(pass, relu(), b as never)],
  'in place': ['x', (pass, { x }, { kernels }) => kernels.forward(pass, leakyRelu(), { x: x!, y: x! })],
  'from y': ['y dy dx', (pass, b, { kernels }) => kernels.backward(pass, sigmoid(), b as never)],
  'to a mask': ['x y mask', (pass, b, { kernels }) => kernels.forward(pass, leakyRelu(), b as never)],
  'from a mask': ['mask dy dx', (pass, b, { kernels }) => kernels.backward(pass, relu(), b as never)],
  'a pair': ['gate up dy dGate dUp', (pass, b, { kernels }) => kernels.backward(pass, swiglu(), b as never)],
  slopes: ['x y', (pass, b, { kernels }) => kernels.forward(pass, channels, b as never)],
  'a bias and its gradient': [
    'x dy dx bias dbias',
    (pass, { bias, dbias, ...others }, { kernels }) => {
      const columns = { bias: part(bias, 256, 64), dbias: part(dbias, 0, 64) }
      kernels.backward(pass, leakyRelu(), { ...others, ...columns } as never)
    },
  ],
  'added to gradients': [
    'x dy dx dbias',
    (pass, { dbias, ...others }, { kernels }) => {
      kernels.backward(pass, relu(), { ...others, dbias: part(dbias, 0, 128), accumulate: true } as never)
    },
  ],
  'words at an offset': [
    'x y',
    (pass, { x, y }, { kernels }) => kernels.forward(pass, relu(), { x: part(x, 4, 4012), y: part(y, 8, 4012) }),
  ],
  'vectors and a tail': [
    'x y',
    (pass, { x, y }, { kernels }) => kernels.forward(pass, relu(), { x: part(x, 0, 4012), y: part(y, 16, 4012) }),
  ],
  'two tensors in a buffer': [
    'both other',
    (pass, { both, other }, { kernels }) => {
      kernels.backward(pass, relu(), { x: part(both, 0, 1024), dy: part(both, 2048, 1024), dx: other! })
      kernels.backward(pass, relu(), { x: part(both, 0, 1024), dy: other!, dx: part(both, 2048, 1024) })
    },
  ],
  bfloat16: ['x y', (pass, { x, y }, { kernels }) => kernels.forward(pass, relu(), { x: x!, y: y!, format: 'bf16' })],
  statistics: [
    'x statistics',
    (pass, b, { diagnostics }) => diagnostics.activationStatistics(pass, relu(), { ...b, units: 4 } as never),
  ],
  'dead units': [
    'x seen',
    (pass, b, { diagnostics }) => diagnostics.deadUnits(pass, relu(), { ...b, units: 8 } as never),
  ],
  'a clipped norm': [
    'a b norm',
    (pass, { a, b, norm }, { diagnostics }) => diagnostics.clipByGlobalNorm(pass, [a!, b!], 1, { norm: norm! }),
  ],
}

describe.each([
  ['in a binding each', BYTES, Object.keys(calls)],
  [
    'longer than a binding',
    BYTES / 4,
    ['backward', 'to a mask', 'a pair', 'slopes', 'added to gradients', 'a clipped norm'],
  ],
])('tensors %s', (_, maxStorageBufferBindingSize, names) => {
  test('a call on buffers that are known makes a bind group a dispatch, in no error scope, with the same results', async () => {
    const { device, created, scopes } = counting(await ownDevice({ maxStorageBufferBindingSize }))
    const made = { kernels: createKernels(device), diagnostics: createDiagnostics(device) }
    await inScopes(device, async use => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const pool = Array.from({ length: POOLED }, () => use(device.createBuffer({ size: BYTES, usage })))
      submit(device, pass => {
        for (const buffer of pool) made.kernels.forward(pass, relu(), { x: { buffer }, y: { buffer } })
      })
      await said(device)
      let taken = 0
      for (const name of names) {
        const [tensors, call] = calls[name]!
        const contents = tensors.split(' ').map((_tensor, i) => floats(BYTES / 4, i))
        const take = (): Bound =>
          Object.fromEntries(
            tensors.split(' ').map((tensor, i) => {
              const buffer = pool[taken++ % POOLED]!
              device.queue.writeBuffer(buffer, 0, contents[i]!)
              return [tensor, { buffer }]
            }),
          )
        const [first, second] = [take(), take()]
        call(stubPass, first, made)
        created.length = 0
        scopes.length = 0
        let dispatches = 0
        submit(device, pass => {
          const dispatch = pass.dispatchWorkgroups.bind(pass)
          Object.defineProperty(pass, 'dispatchWorkgroups', { value: (n: number) => (dispatches++, dispatch(n)) })
          call(pass, second, made)
        })
        expect([name, ...created]).toEqual([name, ...Array.from({ length: dispatches }, () => 'createBindGroup')])
        expect(dispatches).toBeGreaterThan(maxStorageBufferBindingSize < BYTES ? 3 : 0)
        created.length = 0
        for (const bound of [first, second]) call(stubPass, bound, made)
        expect([name, ...created, ...scopes]).toEqual([name])
        submit(device, pass => call(pass, first, made))
        const [expected, results] = [await read(device, first), await read(device, second)]
        expectSameBits(results, expected)
        expect(results).not.toEqual(Float32Array.from(contents.flatMap(values => [...values])))
      }
    })
  })
})

/** Numbers whose sums are finite. */
function floats(length: number, seed: number): Float32Array<ArrayBuffer> {
  return scrambledBits(length, seed).map((_, i) => Math.sin((i + 1) * (seed + 1)) * 3)
}

/** The contents of buffers, one after the other. */
async function read(device: GPUDevice, bound: Bound): Promise<Float32Array<ArrayBuffer>> {
  const buffers = Object.values(bound).map(({ buffer }) => buffer)
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST
  const staging = device.createBuffer({ size: BYTES * buffers.length, usage })
  const encoder = device.createCommandEncoder()
  for (const [i, buffer] of buffers.entries()) encoder.copyBufferToBuffer(buffer, 0, staging, i * BYTES, BYTES)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)
  const values = new Float32Array(staging.getMappedRange()).slice()
  staging.destroy()
  return values
}
