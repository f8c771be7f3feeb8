import { describe, expect, test } from 'vitest'
import { createKernels, gelu, type Kernels, relu } from '../../src/index.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { GuardedBuffer, submit } from '../support/gpu.ts'

// The pipeline and bind groups of the caller's pass after a call.

const STORAGE = GPUBufferUsage.STORAGE

describe('what a pass is left with', () => {
  /** Tells whether the pass accepts a dispatch after the calls, and gives dx then. */
  async function dispatchAfter(record: (kernels: Kernels, pass: GPUComputePassEncoder, at: Bindings) => void) {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const [x, dy, dx] = [
      [1, 2],
      [1, 1],
      [0, 0],
    ].map(values => new GuardedBuffer(device, Float32Array.from(values)))
    device.pushErrorScope('validation')
    submit(device, pass => {
      record(kernels, pass, { x: x!.binding, dy: dy!.binding, dx: dx!.binding })
      pass.dispatchWorkgroups(1)
    })
    const message = (await device.popErrorScope())?.message
    return { message, dx: [...(await dx!.read())] }
  }
  interface Bindings {
    readonly x: GPUBufferBinding
    readonly dy: GPUBufferBinding
    readonly dx: GPUBufferBinding
  }

  test('a dispatch that forgets its pipeline and bind groups is refused where it would add once more', async () => {
    const after = await dispatchAfter((kernels, pass, at) =>
      kernels.backward(pass, relu(), { ...at, accumulate: true }),
    )
    expect(after.message).toMatch(/bind group/i)
    expect(after.dx).toEqual([0, 0])
  })

  test('or compute in place once more', async () => {
    const after = await dispatchAfter((kernels, pass, { x }) => kernels.forward(pass, gelu(), { x, y: x }))
    expect(after.message).toMatch(/bind group/i)
  })

  test('and computes the same again where nothing changes', async () => {
    const after = await dispatchAfter((kernels, pass, at) => kernels.backward(pass, relu(), at))
    expect(after).toEqual({ message: undefined, dx: [1, 1] })
  })

  test('nothing is touched by a call that records nothing', async () => {
    const calls: unknown[] = []
    const kernels = createKernels(await ownDevice())
    const note = (...given: unknown[]): void => void calls.push(given)
    const pass = { setPipeline: note, setBindGroup: note, dispatchWorkgroups: note }
    const device = await ownDevice()
    const buffer = device.createBuffer({ size: 64, usage: STORAGE })
    kernels.forward(pass as never, relu(), { x: { buffer, size: 0 }, y: { buffer, size: 0 } })
    expect(calls).toEqual([])
  })

  test('an engine that takes no null for a bind group is served all the same', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const binding = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const calls: unknown[][] = []
    const note = (...given: unknown[]): void => {
      calls.push(given)
      if (given[1] === null) throw new TypeError('null is no GPUBindGroup')
    }
    const pass = { setPipeline: note, setBindGroup: note, dispatchWorkgroups: note } as never
    kernels.forward(pass, relu(), { x: binding, y: binding })
    kernels.forward(pass, relu(), { x: binding, y: binding })
    expect(calls.filter(([, group]) => group === null)).toHaveLength(1)
    expect(calls).toHaveLength(7)
  })
})
