import { describe, expect, test } from 'vitest'
import { createKernels, relu } from '../../src/index.ts'
import { counting, said } from '../support/counting.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { inScopes, submit } from '../support/gpu.ts'

// A buffer of another device is refused, and the caller is told which.

const STORAGE = GPUBufferUsage.STORAGE

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
    const refusal = {
      code: 'invalid-binding',
      message: expect.stringMatching(
        /^x's buffer is refused by the device: .*associated with.*\. Bind live buffers of this device\.$/,
      ),
    }
    expect(record).toThrow(expect.objectContaining(refusal))
    // It is the buffer that is refused, beside whichever others, and as a result too.
    const others = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const bind = (bindings: { x: GPUBufferBinding; y: GPUBufferBinding }) => (): void => {
      kernels.forward(device.createCommandEncoder().beginComputePass(), relu(), bindings)
    }
    expect(bind({ x: foreign, y: others })).toThrow(expect.objectContaining(refusal))
    const asResult = { message: expect.stringMatching(/^y's buffer is refused/) }
    expect(bind({ x: others, y: foreign })).toThrow(expect.objectContaining(asResult))
    await inScopes(device, async () => bind({ x: others, y })())
  })

  test('is refused where the device was being asked about it, and what it was asked with is accepted', async () => {
    const [device, other] = [await ownDevice(), await ownDevice()]
    const kernels = createKernels(device)
    await kernels.prepare([relu()])
    const foreign = { buffer: other.createBuffer({ size: 64, usage: STORAGE }) }
    const own = { buffer: device.createBuffer({ size: 64, usage: STORAGE }) }
    const record = (bindings: { x: GPUBufferBinding; y: GPUBufferBinding }) => (): void => {
      kernels.forward(device.createCommandEncoder().beginComputePass(), relu(), bindings)
    }
    device.pushErrorScope('validation')
    record({ x: foreign, y: own })()
    const later = record({ x: own, y: foreign })
    const fine = record({ x: own, y: own })
    later()
    fine()
    expect(await device.popErrorScope()).not.toBeNull()
    await said(device)
    await said(device)
    expect(later).toThrow(expect.objectContaining({ code: 'invalid-binding' }))
    await inScopes(device, async () => fine())
  })
})
