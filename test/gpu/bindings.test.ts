import { afterAll, describe, expect, test } from 'vitest'
import {
  type BackwardBindings,
  clamp,
  createKernels,
  type ForwardBindings,
  gelu,
  hardTanh,
  leakyRelu,
  relu,
  squaredRelu,
} from '../../src/index.ts'
import { requestDevice } from '../../src/gpu/device/device.ts'
import { ownDevice } from '../support/dispatcher.ts'
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
const third = make(1024)
const bits = make(64)
const odd = make(1026)
const mapped = device.createBuffer({ size: 1024, usage: STORAGE, mappedAtCreation: true })
afterAll(() => {
  for (const made of [buffer, other, third, bits, without, small, odd, mapped]) made.destroy()
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
    ['an offset that is not aligned', { x: { buffer, offset: 6 }, y }, 'invalid-binding', /x's offset is 6/],
    ['a negative offset', { x: { buffer, offset: -256 }, y }, 'invalid-binding', /x's offset is -256/],
    ['an offset that is no number', { x: { buffer, offset: '0' }, y }, 'invalid-binding', /x's offset is "0"/],
    ['an offset beyond the end', { x: { buffer, offset: 2048 }, y }, 'invalid-binding', /buffer has 1024/],
    [
      'a size beyond the end',
      { x: { buffer, size: 1028 }, y },
      'invalid-binding',
      /x needs 1028 bytes from offset 0 on/,
    ],
    ['a size that is null', { x: { buffer, size: null }, y }, 'invalid-binding', /x needs null bytes/],
    ['a size that is negative', { x: { buffer, size: -1 }, y }, 'invalid-binding', /x needs -1 bytes/],
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
      'ranges that overlap',
      { x: { buffer, size: 256 }, y: { buffer, offset: 252, size: 256 } },
      'invalid-binding',
      /y \(offset 252\) and x \(offset 0\) share 4 bytes/,
    ],
    [
      'the first half of x',
      { x: { buffer, size: 256 }, y: { buffer, size: 252 } },
      'length-mismatch',
      /256 bytes and y has 252/,
    ],
    ['a format that does not exist', { x, y, format: 'f64' }, 'invalid-argument', /format is "f64"/],
    [
      'a size that cuts an element of f16',
      { x: { buffer, size: 3 }, y, format: 'f16' },
      'invalid-binding',
      /x has 3 bytes/,
    ],
    [
      'an offset at an odd element',
      { x: { buffer, offset: 2, size: 4 }, y, format: 'bf16' },
      'invalid-binding',
      /x's offset is 2/,
    ],
    [
      'a buffer that ends within a word',
      { x: { buffer: odd, size: 1026 }, y, format: 'f16' },
      'invalid-binding',
      /x's buffer has 1026 bytes and ends within the last word/,
    ],
    [
      'a mask that is too small',
      { x, y, mask: { buffer: bits, size: 28 } },
      'invalid-binding',
      /mask has 28 bytes.*need 32/,
    ],
    ['a mask over x', { x, y, mask: { buffer, size: 32 } }, 'invalid-binding', /mask .* and x .* share 32 bytes/],
    [
      'a mask over y',
      { x, y, mask: { buffer: other, size: 32 } },
      'invalid-binding',
      /y .* and mask .* share 32 bytes/,
    ],
    ['a mask that cuts a word', { x, y, mask: { buffer: bits, size: 30 } }, 'invalid-binding', /mask has 30 bytes/],
    ['a bias of no length', { x, y, bias: { buffer: bits, size: 0 } }, 'invalid-binding', /bias has no elements/],
    ['a bias over y', { x, y, bias: { buffer: other } }, 'invalid-binding', /y .* and bias .* share 1024 bytes/],
    ['a bias that cuts an element', { x, y, bias: { buffer: bits, size: 10 } }, 'invalid-binding', /bias has 10 bytes/],
    ['bindings of backward', { x, y, accumulate: true }, 'unknown-option', /"accumulate"/],
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

describe('what an activation does not have', () => {
  const [x, y, mask] = [{ buffer }, { buffer: other }, { buffer: bits }]
  const dy = { buffer: third }
  const dx = { buffer: other }
  const cases: readonly [string, (pass: GPUComputePassEncoder) => void, RegExp][] = [
    [
      'a mask of squaredRelu',
      pass => kernels.forward(pass, squaredRelu(), { x, y, mask }),
      /squaredRelu\(\) has no mask/,
    ],
    ['a gradient of gelu from a mask', pass => kernels.backward(pass, gelu(), { mask, dy, dx }), /gelu.* has no mask/],
    [
      'a gradient of gelu from y',
      pass => kernels.backward(pass, gelu(), { y: x, dy, dx }),
      /gelu.*cannot be told from y/,
    ],
    [
      'a gradient of a falling leakyRelu from y',
      pass => kernels.backward(pass, leakyRelu({ alpha: -0.5 }), { y: x, dy, dx }),
      /leakyRelu\({ alpha: -0.5 }\) cannot be told from y/,
    ],
    [
      'a gradient from a y that was rounded in 16 bits',
      pass => kernels.backward(pass, hardTanh({ minValue: -0.1, maxValue: 1 }), { y: x, dy, dx }),
      /hardTanh.*cannot be told from y/,
    ],
    [
      'integers of a clamp with none between its bounds',
      pass => kernels.forward(pass, clamp({ minValue: 0.2, maxValue: 0.8 }), { x, y, format: 'i32' }),
      /clamp.* does not take i32/,
    ],
    ['integers of gelu', pass => kernels.forward(pass, gelu(), { x, y, format: 'i32' }), /gelu.*does not take i32/],
  ]
  test.each(cases)('%s', (_, record, message) => {
    const error = refused(record)
    expect(error).toMatchObject({ code: 'invalid-argument', encoded: 0 })
    expect(error.message).toMatch(message)
  })
})

describe('backward refuses', () => {
  const [x, dy, dx] = [{ buffer }, { buffer: other }, { buffer: third }]
  const small = { buffer: bits, size: 8 }
  const cases: readonly [string, unknown, string, RegExp][] = [
    ['no x, y or mask', { dy, dx }, 'invalid-binding', /x is undefined/],
    ['two of them', { x, y: x, dy, dx }, 'invalid-argument', /given x and y/],
    ['a bias where there is no x', { y: x, bias: small, dy, dx }, 'invalid-argument', /given bias and y/],
    ['accumulate that is null', { x, dy, dx, accumulate: null }, 'invalid-argument', /accumulate is null/],
    ['accumulate that is no boolean', { x, dy, dx, accumulate: 1 }, 'invalid-argument', /accumulate is 1/],
    ['accumulate over dy', { x, dy, dx: dy, accumulate: true }, 'invalid-binding', /dx .* and dy .* share 1024 bytes/],
    [
      'dbias of another length than bias',
      { x, dy, dx, bias: { ...small, size: 4 }, dbias: { ...small, offset: 8 } },
      'length-mismatch',
      /bias has 4 bytes and dbias has 8/,
    ],
    [
      'dbias over bias',
      { x, dy, dx, bias: small, dbias: small },
      'invalid-binding',
      /dbias .* and bias .* share 8 bytes/,
    ],
    ['dbias over dx', { x, dy, dx, dbias: dx }, 'invalid-binding', /dx .* and dbias .* share 1024 bytes/],
    ['a mask that is too small', { mask: { buffer: bits, size: 28 }, dy, dx }, 'invalid-binding', /mask has 28 bytes/],
    ['dx over the mask', { mask: { buffer: third, size: 32 }, dy, dx }, 'invalid-binding', /dx .* and mask .* share/],
  ]
  test.each(cases)('%s', (_, bindings, code, message) => {
    const error = refused(pass => kernels.backward(pass, relu(), bindings as BackwardBindings))
    expect(error).toMatchObject({ code, encoded: 0 })
    expect(error.message).toMatch(message)
  })
})

test('what was accepted is not mistaken for what is like it', () => {
  const [x, y] = [{ buffer }, { buffer: other }]
  const pass = device.createCommandEncoder().beginComputePass()
  kernels.forward(pass, relu(), { x, y })
  kernels.forward(pass, relu(), { x, y, format: 'f32' })
  const alike: object[] = [
    { x: { ...x, size: -1 }, y },
    { ['format=string f32 x']: x, y },
    { x, y, z: undefined, format: ['f32'] },
    { x: { ...x, offset: '0' }, y },
  ]
  for (const bindings of alike) {
    expect(() => kernels.forward(pass, relu(), bindings as ForwardBindings)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^invalid|unknown/) }),
    )
  }
  // Neither are names that a class has and not its objects: they are not looked for.
  class Inherited {
    get x(): GPUBufferBinding {
      return x
    }
    get y(): GPUBufferBinding {
      return y
    }
  }
  expect(() => kernels.forward(pass, relu(), new Inherited())).toThrow(/x is undefined/)
  pass.end()
})

test('a bias, or its gradient, that no binding holds', async () => {
  const small = await ownDevice({ maxStorageBufferBindingSize: 512 })
  const own = createKernels(small)
  const [x, y, bias] = [1, 2, 3].map(() => ({ buffer: small.createBuffer({ size: 1024, usage: STORAGE }) }))
  const pass = small.createCommandEncoder().beginComputePass()
  const gradients = { x: { ...x!, size: 64 }, dy: { ...y!, size: 64 }, dx: { ...y!, offset: 512, size: 64 } }
  expect(() => own.backward(pass, relu(), { ...gradients, dbias: bias! })).toThrow(/dbias has 1024 bytes, which/)
  expect(() => own.forward(pass, relu(), { x: x!, y: y!, bias: bias! })).toThrow(
    expect.objectContaining({
      code: 'invalid-binding',
      message: expect.stringMatching(/bias has 1024 bytes, which/),
    }),
  )
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
