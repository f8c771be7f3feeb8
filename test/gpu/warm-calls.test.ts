import { describe, expect, test } from 'vitest'
import { createKernels, gelu, type Kernels, leakyRelu, prelu, relu, swiglu } from '../../src/index.ts'
import { counting, said } from '../support/counting.ts'
import { ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit } from '../support/gpu.ts'
import { leakyReluForward } from '../support/truth.ts'

// What a call costs a device that has seen one like it before.

const STORAGE = GPUBufferUsage.STORAGE

/** A call of each kind, over buffers of their own. */
function callsOn(device: GPUDevice, kernels: Kernels): ((pass: GPUComputePassEncoder) => void)[] {
  const tensor = (): GPUBufferBinding => ({
    buffer: device.createBuffer({ size: 4 * 1027, usage: STORAGE }),
    offset: 4,
    size: 4 * 1003,
  })
  const [x, y, dy, dx, up, dUp] = [tensor(), tensor(), tensor(), tensor(), tensor(), tensor()]
  const mask = { buffer: device.createBuffer({ size: 128, usage: STORAGE }) }
  const bias = { buffer: device.createBuffer({ size: 68, usage: STORAGE }) }
  const dbias = { buffer: device.createBuffer({ size: 68, usage: STORAGE }) }
  const channels = prelu({ alpha: Array.from({ length: 17 }, (_, i) => i / 10), inner: 59 })
  return [
    pass => kernels.forward(pass, relu(), { x, y }),
    pass => kernels.forward(pass, leakyRelu({ alpha: 0.2 }), { x, y: x, mask }),
    pass => kernels.forward(pass, relu(), { x: { ...x, size: 2002 }, y: { ...y, size: 2002 }, format: 'f16' }),
    pass => kernels.backward(pass, relu(), { x, dy, dx, bias, dbias, accumulate: true }),
    pass => kernels.backward(pass, relu(), { mask, dy, dx: dy }),
    pass => kernels.forward(pass, channels, { x, y }),
    pass => kernels.backward(pass, swiglu(), { gate: x, up, dy, dGate: dx, dUp }),
  ]
}

describe('after the first call', () => {
  test('1,000 calls create nothing', async () => {
    const { device, created } = counting(await ownDevice())
    const calls = callsOn(device, createKernels(device))
    const round = (): void => submit(device, pass => calls.forEach(call => call(pass)))
    await inScopes(device, async () => {
      round()
      expect(created).toContain('createBindGroup')
      created.length = 0
      for (let i = 0; i < 1000 / calls.length; i++) round()
      await device.queue.onSubmittedWorkDone()
    })
    expect(created).toEqual([])
  })

  test('as for a call before it, whatever made its activation', async () => {
    const { device, created } = counting(await ownDevice())
    const kernels = createKernels(device)
    const [x, y] = [1, 2].map(() => ({ buffer: device.createBuffer({ size: 64, usage: STORAGE }) }))
    const record = (alpha: number): void =>
      submit(device, pass => kernels.forward(pass, leakyRelu({ alpha }), { x: x!, y: y! }))
    record(0)
    created.length = 0
    record(0)
    expect(created).toEqual([])
    // Another sign, and so other results.
    record(-0)
    expect(created).toContain('createBindGroup')
  })
})

test('prepare compiles what calls with such features need', async () => {
  const { device, created } = counting(await ownDevice())
  const kernels = createKernels(device)
  const features = { format: 'f16', direction: 'backward', bias: true, dbias: true, accumulate: true } as const
  await kernels.prepare([leakyRelu()], features)
  await kernels.prepare([relu()], { format: 'bf16', direction: 'forward', mask: true })
  await kernels.prepare([relu()], { from: 'mask', direction: 'backward' })
  created.length = 0
  const [x, y, dy, dx, mask, bias, dbias] = Array.from({ length: 7 }, () => ({
    buffer: device.createBuffer({ size: 256, usage: STORAGE }),
  }))
  const columns = { bias: { ...bias!, size: 6 }, dbias: { ...dbias!, size: 6 } }
  const bindings = { x: x!, dy: dy!, dx: dx! }
  submit(device, pass => {
    kernels.backward(pass, leakyRelu(), { ...bindings, ...columns, accumulate: true, format: 'f16' })
    kernels.forward(pass, relu(), { x: x!, y: y!, mask: mask!, format: 'bf16' })
    kernels.forward(pass, relu(), { x: x!, y: x!, mask: mask!, format: 'bf16' })
    kernels.backward(pass, relu(), { mask: mask!, dy: dy!, dx: dx! })
    kernels.backward(pass, relu(), { mask: mask!, dy: dy!, dx: { ...dy! } })
  })
  expect(created.filter(creator => !/Buffer|BindGroup$/.test(creator))).toEqual([])
})

test.each([
  [{ from: 'dx' }, 'invalid-argument', /from is "dx"/],
  [{ mask: 1 }, 'invalid-argument', /mask is 1/],
  [{ size: 4 }, 'unknown-option', /"size"/],
  [{ format: 'f64' }, 'invalid-argument', /format is "f64"/],
  [{ format: 'i32' }, 'invalid-argument', /gelu.*does not take i32/],
  [{ mask: true }, 'invalid-argument', /gelu.*has no mask/],
  ['f16', 'invalid-argument', /prepare was given "f16"/],
])('prepare refuses %j', async (options, code, message) => {
  const device = await ownDevice()
  const preparing = createKernels(device).prepare([gelu()], options as never)
  await expect(preparing).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
})

describe('what is kept', () => {
  test('WebGPU refuses a destroyed buffer at each submission, and other calls go on', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const [x, y, other] = [1, 2, 3].map(() => device.createBuffer({ size: 64, usage: STORAGE }))
    const record = (): void =>
      submit(device, pass => kernels.forward(pass, relu(), { x: { buffer: x! }, y: { buffer: y! } }))
    record()
    y!.destroy()
    for (let i = 0; i < 2; i++) {
      device.pushErrorScope('validation')
      record()
      expect((await device.popErrorScope())?.message).toMatch(/destroyed/i)
    }
    await inScopes(device, async () =>
      submit(device, pass => kernels.forward(pass, relu(), { x: { buffer: x! }, y: { buffer: other! } })),
    )
  })

  test('is right again after very many other calls', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const x = scrambledBits(64, 1)
    await inScopes(device, async use => {
      const input = use(new GuardedBuffer(device, x))
      const outputs = [1, 2].map(() => use(new GuardedBuffer(device, new Float32Array(64))))
      const many = use(device.createBuffer({ size: 4 * 3000, usage: STORAGE }))
      const first = (): void =>
        submit(device, pass => kernels.forward(pass, leakyRelu(), { x: input.binding, y: outputs[0]!.binding }))
      first()
      submit(device, pass => {
        // More than are kept.
        for (let offset = 0; offset < 4 * 2100; offset += 4) {
          const binding = { buffer: many, offset, size: 4 }
          kernels.forward(pass, relu(), { x: binding, y: binding })
        }
      })
      submit(device, pass => kernels.forward(pass, leakyRelu(), { x: input.binding, y: outputs[1]!.binding }))
      const expected = leakyReluForward(Math.fround(0.01), x)
      for (const output of outputs) expectSameBits(await output.read(), expected, { x })
    })
  })

  test('is one buffer for all sums of columns, the largest', async () => {
    const device = await ownDevice()
    const { labels } = trackBuffers(device)
    const kernels = createKernels(device)
    const tensor = (): GPUBuffer => device.createBuffer({ size: 4096, usage: STORAGE })
    const [x, dy, dx, dbias] = [tensor(), tensor(), tensor(), tensor()]
    const record = (size: number): void =>
      submit(device, pass => {
        const bindings = {
          x: { buffer: x, size },
          dy: { buffer: dy },
          dx: { buffer: dx },
          dbias: { buffer: dbias, size: 16 },
        }
        kernels.backward(pass, relu(), bindings)
      })
    let groups = 0
    const create = device.createBindGroup.bind(device)
    Object.defineProperty(device, 'createBindGroup', {
      value: (descriptor: GPUBindGroupDescriptor) => (groups++, create(descriptor)),
    })
    await inScopes(device, async () => {
      record(64)
      record(4096)
      await said(device)
      groups = 0
      // Once more, for what it had is gone.
      record(64)
      expect(groups).toBe(2)
      record(64)
      record(4096)
      expect(groups).toBe(2)
    })
    expect(labels.filter(label => label.includes('sums'))).toHaveLength(2)
  })

  test('does not outlive the mapping of a buffer', async () => {
    const device = await ownDevice()
    const kernels = createKernels(device)
    const x = device.createBuffer({ size: 64, usage: STORAGE, mappedAtCreation: true })
    const y = device.createBuffer({ size: 64, usage: STORAGE })
    const record = (): void =>
      submit(device, pass => kernels.forward(pass, relu(), { x: { buffer: x }, y: { buffer: y } }))
    expect(record).toThrow(/x's buffer is mapped/)
    x.unmap()
    record()
  })
})
