import { describe, expect, test } from 'vitest'
import { createKernels, gelu, type Kernels, leakyRelu, prelu, relu, swiglu } from '../../src/index.ts'
import { ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit } from '../support/gpu.ts'
import { leakyReluForward } from '../support/truth.ts'

// What a call costs a device that has seen one like it before.

const CREATORS = [
  'createBuffer',
  'createShaderModule',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createBindGroup',
  'createBindGroupLayout',
  'createPipelineLayout',
] as const

/** A device that counts what is created on it, and is the device in all else. */
function counting(device: GPUDevice): { device: GPUDevice; created: string[] } {
  const created: string[] = []
  const proxy = new Proxy(device, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) => {
        if ((CREATORS as readonly PropertyKey[]).includes(name)) created.push(String(name))
        return value.apply(target, given) as unknown
      }
    },
  })
  return { device: proxy, created }
}

/** Until a device has said what it thinks of the calls before: it answers in turn. */
async function said(device: GPUDevice): Promise<void> {
  device.pushErrorScope('validation')
  await device.popErrorScope()
  await new Promise(resolve => setTimeout(resolve))
}

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

describe('what a pass is left with', () => {
  /** Whether the pass took a dispatch behind the calls, and what is in dx then. */
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

describe('a buffer of another device', () => {
  test('is refused at once where it was accepted there before', async () => {
    const [device, other] = [await ownDevice(), await ownDevice()]
    const buffer = other.createBuffer({ size: 64, usage: STORAGE })
    const own = device.createBuffer({ size: 64, usage: STORAGE })
    submit(other, pass => createKernels(other).forward(pass, relu(), { x: { buffer }, y: { buffer } }))
    await said(other)
    const pass = device.createCommandEncoder().beginComputePass()
    expect(() => createKernels(device).forward(pass, relu(), { x: { buffer }, y: { buffer: own } })).toThrow(
      expect.objectContaining({
        code: 'invalid-binding',
        message: expect.stringMatching(/x's buffer belongs to another device/),
      }),
    )
  })

  test.each(['in a scope of theirs', 'in no scope'])('is named to those who look, %s', async where => {
    const [device, other] = [await ownDevice(), await ownDevice()]
    const kernels = createKernels(device)
    await kernels.prepare([relu()])
    const x = { buffer: other.createBuffer({ label: 'of elsewhere', size: 64, usage: STORAGE }) }
    const y = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const uncaptured = new Promise<string>(resolve => {
      device.addEventListener('uncapturederror', event => {
        event.preventDefault()
        resolve(event.error.message)
      })
    })
    const isScoped = where === 'in a scope of theirs'
    if (isScoped) device.pushErrorScope('validation')
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    kernels.forward(pass, relu(), { x, y })
    const message = isScoped ? (await device.popErrorScope())?.message : await uncaptured
    expect(message).toMatch(/of elsewhere/)
    expect(message).toMatch(/associated with/)
    pass.end()
    device.pushErrorScope('validation')
    encoder.finish()
    expect((await device.popErrorScope())?.message).toMatch(/webgpu-activations relu forward/)
  })

  test('is not taken for one of this device because a tensor without elements lay in it', async () => {
    const [device, other] = [await ownDevice(), await ownDevice()]
    const buffer = other.createBuffer({ size: 64, usage: STORAGE })
    const empty = { buffer, size: 0 }
    submit(device, pass => createKernels(device).forward(pass, relu(), { x: empty, y: empty }))
    await said(device)
    await inScopes(other, async () => {
      submit(other, pass => createKernels(other).forward(pass, relu(), { x: { buffer }, y: { buffer } }))
    })
  })

  test('is asked about once: then a call on it needs no error scope', async () => {
    const { device, created } = counting(await ownDevice())
    const kernels = createKernels(device)
    const x = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const record = (size: number): void =>
      submit(device, pass => kernels.forward(pass, relu(), { x: { ...x, size }, y: { ...x, size } }))
    record(64)
    await said(device)
    const scopes: string[] = []
    const push = device.pushErrorScope.bind(device)
    Object.defineProperty(device, 'pushErrorScope', {
      value: (filter: GPUErrorFilter) => (scopes.push(filter), push(filter)),
    })
    created.length = 0
    record(32)
    expect(scopes).toEqual([])
    expect(created.filter(creator => creator === 'createBindGroup')).toHaveLength(1)
  })

  test('is refused from the second call on where the device has to say so', async () => {
    const [device, other] = [await ownDevice(), await ownDevice()]
    const kernels = createKernels(device)
    await kernels.prepare([relu()])
    const foreign = { buffer: other.createBuffer({ size: 64, usage: STORAGE }) }
    const y = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const record = (): GPUCommandBuffer => {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      kernels.forward(pass, relu(), { x: foreign, y })
      pass.end()
      return encoder.finish()
    }
    device.pushErrorScope('validation')
    record()
    expect(await device.popErrorScope()).not.toBeNull()
    await said(device)
    expect(record).toThrow(expect.objectContaining({ code: 'invalid-binding' }))
  })
})
