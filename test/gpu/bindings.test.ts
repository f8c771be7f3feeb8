import { afterAll, describe, expect, test } from 'vitest'
import { createKernels, type ForwardBindings, relu } from '../../src/index.ts'
import { requestDevice } from '../../src/gpu/device.ts'
import { testDevice } from '../support/gpu.ts'

// Every one of these is refused before anything is encoded: the pass counts what reaches it.

const device = await testDevice()
const kernels = createKernels(device)
const { STORAGE, COPY_DST, MAP_READ } = GPUBufferUsage
const make = (size: number, usage: number = STORAGE | COPY_DST): GPUBuffer => device.createBuffer({ size, usage })
const buffer = make(1024)
const other = make(1024)
const without = make(1024, COPY_DST)
const small = make(512)
const odd = make(1026)
const mapped = device.createBuffer({ size: 1024, usage: STORAGE, mappedAtCreation: true })
afterAll(() => {
  for (const made of [buffer, other, without, small, odd, mapped]) made.destroy()
})

function refused(record: (pass: GPUComputePassEncoder) => void): {
  code: string
  message: string
  fix: string
  encoded: number
} {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  let encoded = 0
  for (const method of ['setPipeline', 'setBindGroup', 'dispatchWorkgroups'] as const) {
    Object.defineProperty(pass, method, { value: () => encoded++ })
  }
  try {
    record(pass)
  } catch (error) {
    const { code, message, fix } = error as { code: string; message: string; fix: string }
    return { code, message, fix, encoded }
  } finally {
    pass.end()
  }
  throw new Error('nothing was refused')
}

describe('forward refuses', () => {
  const x = { buffer }
  const y = { buffer: other }
  const cases: readonly [string, unknown, string, RegExp][] = [
    ['no bindings', undefined, 'invalid-argument', /undefined/],
    ['a missing binding', { x }, 'invalid-binding', /y is undefined/],
    ['an unknown binding', { x, y, z: y }, 'unknown-option', /"z"/],
    ['a buffer in place of a binding', { x: buffer, y }, 'invalid-binding', /x is an object of type/],
    ['an array in place of a buffer', { x: { buffer: new Float32Array(4) }, y }, 'invalid-binding', /x is/],
    [
      'what looks like a buffer',
      { x, y: { buffer: { usage: 128, size: 1024, mapState: 'unmapped' } } },
      'invalid-binding',
      /takes no such binding/,
    ],
    [
      'a buffer without STORAGE',
      { x: { buffer: without }, y },
      'invalid-binding',
      /x's buffer has usage 8, without STORAGE/,
    ],
    ['a mapped buffer', { x, y: { buffer: mapped } }, 'invalid-binding', /y's buffer is mapped/],
    ['an offset that is not aligned', { x: { buffer, offset: 4 }, y }, 'invalid-binding', /x's offset is 4/],
    ['a negative offset', { x: { buffer, offset: -256 }, y }, 'invalid-binding', /x's offset is -256/],
    ['an offset that is no number', { x: { buffer, offset: '0' }, y }, 'invalid-binding', /x's offset is "0"/],
    ['an offset beyond the end', { x: { buffer, offset: 2048 }, y }, 'invalid-binding', /buffer has 1024/],
    [
      'a size beyond the end',
      { x: { buffer, size: 1028 }, y },
      'invalid-binding',
      /x needs 1028 bytes from offset 0 on/,
    ],
    ['a size that is NaN', { x: { buffer, size: NaN }, y }, 'invalid-binding', /x needs NaN bytes/],
    ['a size that cuts an element', { x: { buffer, size: 6 }, y }, 'invalid-binding', /x has 6 bytes/],
    ['a buffer that ends within an element', { x: { buffer: odd }, y }, 'invalid-binding', /x has 1026 bytes/],
    ['a result that is too small', { x, y: { buffer: small } }, 'invalid-binding', /y needs 1024 bytes .* 512/],
    [
      'ranges of different sizes',
      { x, y: { buffer: other, size: 512 } },
      'length-mismatch',
      /x has 1024 bytes and y has 512/,
    ],
    [
      'different ranges of one buffer',
      { x: { buffer, size: 256 }, y: { buffer, offset: 256, size: 256 } },
      'invalid-binding',
      /y \(offset 256\) and x \(offset 0\)/,
    ],
  ]
  test.each(cases)('%s', (_, bindings, code, message) => {
    const error = refused(pass => kernels.forward(pass, relu(), bindings as ForwardBindings))
    expect(error).toMatchObject({ code, encoded: 0 })
    expect(error.message).toMatch(message)
    expect(error.message).toContain(error.fix)
  })

  test('an activation of another making', () => {
    const impostor = { ...relu(), shader: 'evil' } as unknown as ReturnType<typeof relu>
    expect(refused(pass => kernels.forward(pass, impostor, { x, y }))).toMatchObject({
      code: 'invalid-argument',
      encoded: 0,
    })
  })

  test('a pass that is none', () => {
    const encoder = device.createCommandEncoder() as unknown as GPUComputePassEncoder
    expect(() => kernels.forward(encoder, relu(), { x, y })).toThrow(/GPUComputePassEncoder/)
  })
})

test('backward refuses one range for all three', () => {
  const range = { buffer }
  const error = refused(pass => kernels.backward(pass, relu(), { x: range, dy: range, dx: range }))
  expect(error).toMatchObject({ code: 'invalid-binding', encoded: 0 })
})

test('createKernels refuses what is no device', () => {
  for (const value of [undefined, null, {}, navigator.gpu]) {
    expect(() => createKernels(value as GPUDevice)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  }
})

test('kernels of a lost device refuse', async () => {
  const doomed = await requestDevice()
  const late = createKernels(doomed)
  doomed.destroy()
  await doomed.lost
  expect(refused(pass => late.forward(pass, relu(), { x: { buffer }, y: { buffer: other } }))).toMatchObject({
    code: 'destroyed',
  })
  await expect(late.prepare([relu()])).rejects.toMatchObject({ code: 'destroyed' })
  const alreadyLost = await requestDevice()
  alreadyLost.destroy()
  await alreadyLost.lost
  await expect(createKernels(alreadyLost).prepare([relu()])).rejects.toMatchObject({ code: 'destroyed' })
})

test('a program that was refused once is compiled again by prepare', async () => {
  const flaky = await requestDevice()
  const late = createKernels(flaky)
  const create = flaky.createShaderModule.bind(flaky)
  Object.defineProperty(flaky, 'createShaderModule', { configurable: true, value: () => create({ code: 'no WGSL' }) })
  const tensor = flaky.createBuffer({ size: 64, usage: STORAGE })
  const record = (): Promise<GPUError | null> => {
    flaky.pushErrorScope('validation')
    const encoder = flaky.createCommandEncoder()
    const pass = encoder.beginComputePass()
    late.forward(pass, relu(), { x: { buffer: tensor }, y: { buffer: tensor } })
    pass.end()
    encoder.finish()
    return flaky.popErrorScope()
  }
  expect(await record()).not.toBeNull()
  await expect(late.prepare([relu()])).rejects.toMatchObject({ code: 'gpu-failure' })
  Reflect.deleteProperty(flaky, 'createShaderModule')
  await late.prepare([relu()])
  expect(await record()).toBeNull()
  flaky.destroy()
})

test('MAP_READ is not STORAGE', () => {
  const readable = make(1024, MAP_READ | COPY_DST)
  expect(refused(pass => kernels.forward(pass, relu(), { x: { buffer: readable }, y: { buffer } }))).toMatchObject({
    encoded: 0,
  })
  readable.destroy()
})
