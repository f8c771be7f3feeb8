import { Tensor } from 'onnxruntime-common'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Activation,
  createDispatcher,
  createKernels,
  elu,
  gelu,
  type GluActivation,
  leakyRelu,
  prelu,
  relu,
  sigmoid,
  swiglu,
} from '../../src/index.ts'
import { activate, type GpuTensor } from '../../src/onnxruntime.ts'
import { said } from '../support/counting.ts'
import { ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { bitsOf, scrambledBits, toBits } from '../support/float32.ts'
import { inScopes, submit, testDevice } from '../support/gpu.ts'
import { shuffledWords } from '../support/half.ts'

// ONNX Runtime's own tensors, over buffers of these tests. test/page/neighbours.test.ts has its sessions.

const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage

const SPECIAL = [NaN, 0, -0, Infinity, -Infinity, 1e-40, -1e-40, 1, -1]

type Type = 'float32' | 'float16'

interface Made {
  readonly dims?: readonly number[]
  readonly type?: Type | 'int32'
  /** Bytes of the buffer after the tensor. */
  readonly more?: number
  readonly usage?: number
}

/** A tensor over a buffer that ends with its test. */
function tensorOf(
  device: GPUDevice,
  values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
  { dims = [values.length], type = 'float32', more = 0, usage = STORAGE | COPY_SRC | COPY_DST }: Made = {},
): Tensor {
  const bytes = new Uint8Array(Math.ceil((values.byteLength + more) / 4) * 4 || 4).fill(0xa5)
  bytes.set(new Uint8Array(values.buffer))
  const buffer = device.createBuffer({ size: bytes.length, usage })
  onTestFinished(() => buffer.destroy())
  if ((usage & COPY_DST) !== 0) device.queue.writeBuffer(buffer, 0, bytes)
  return Tensor.fromGpuBuffer(buffer, { dataType: type, dims })
}

async function wordsOf(tensor: GpuTensor): Promise<Uint32Array | Uint16Array> {
  const data = (await tensor.getData()) as Float32Array
  const { buffer, byteOffset, length } = data
  return data instanceof Float32Array ? toBits(data) : new Uint16Array(buffer, byteOffset, length)
}

const device = await testDevice()
const kernels = createKernels(device)
const dispatcher = await createDispatcher({ processor: 'webgpu', device, crossCheck: 'off', selfTest: false })

describe('a tensor has the bits that the dispatcher gives', () => {
  const lengths = [1, 2, 3, 5, 8, 63, 1027]
  const activations = [relu(), leakyRelu({ alpha: 0.3 }), gelu(), elu(), prelu({ alpha: Float32Array.of(0.25, -2) })]

  test.each(activations)('%s, float32', async activation => {
    await inScopes(device, async () => {
      for (const [i, length] of lengths.entries()) {
        if (activation.name === 'prelu' && length % 2 === 1) continue
        const x = scrambledBits(length, i)
        toBits(x).set(SPECIAL.slice(0, length).map(bitsOf))
        const tensor = tensorOf(device, x, { more: 4 * i })
        const y = recorded(tensor, activation)
        expect(await wordsOf(y)).toEqual(toBits(await dispatcher.forward(activation, x)))
        y.dispose()
      }
    })
  })

  test.each([relu(), gelu()])('%s, float16', async activation => {
    await inScopes(device, async () => {
      for (const [i, length] of lengths.entries()) {
        const x = shuffledWords(i).slice(0, length)
        const y = recorded(tensorOf(device, x, { type: 'float16', more: 4 * i }), activation)
        expect(y.type).toBe('float16')
        expect(await wordsOf(y)).toEqual(await dispatcher.forward(activation, x, { format: 'f16' }))
        y.dispose()
      }
    })
  })

  test('a gated pair', async () => {
    await inScopes(device, async () => {
      const [gate, up] = [scrambledBits(35, 1), scrambledBits(35, 2)]
      const given = { gate: tensorOf(device, gate, { dims: [5, 7], more: 16 }), up: tensorOf(device, up, { more: 4 }) }
      const y = recorded(given, swiglu())
      expect(y.dims).toEqual([5, 7])
      expect(await wordsOf(y)).toEqual(toBits(await dispatcher.forward(swiglu(), gate, up)))
      y.dispose()
    })
  })

  function recorded(tensor: Tensor, activation: Activation): Tensor
  function recorded(tensor: { gate: Tensor; up: Tensor }, activation: GluActivation): Tensor
  function recorded(tensor: Tensor | { gate: Tensor; up: Tensor }, activation: Activation | GluActivation): Tensor {
    let y: Tensor
    submit(device, pass => (y = activate(kernels, pass, tensor as Tensor, activation as Activation)))
    return y!
  }
})

describe('the result', () => {
  test('is a tensor of the same class, shape and type, in a buffer that a session takes', () => {
    // As of another copy of ONNX Runtime.
    class Other {
      readonly location = 'gpu-buffer'
      readonly type = 'float32'
      readonly size = 6
      declare readonly dims: readonly number[]
      declare readonly gpuBuffer: GPUBuffer
      declare readonly getData: () => Promise<unknown>
      declare readonly dispose: () => void

      static fromGpuBuffer(gpuBuffer: GPUBuffer, given: object): Other {
        return Object.assign(new Other(), { gpuBuffer, ...given })
      }
    }
    const buffer = device.createBuffer({ size: 64, usage: STORAGE })
    const x = Other.fromGpuBuffer(buffer, { dims: [1, 3, 2] })
    let y: Other
    submit(device, pass => (y = activate(kernels, pass, x, relu())))
    expect(y!).toBeInstanceOf(Other)
    expect(y!).toMatchObject({ dataType: 'float32', dims: [1, 3, 2] })
    expect(y!.dims).not.toBe(x.dims)
    // ONNX Runtime takes four float32 at a time.
    expect(y!.gpuBuffer).toMatchObject({ size: 32, usage: STORAGE | COPY_SRC | COPY_DST })
    y!.dispose()
    buffer.destroy()
  })

  test('goes into a tensor of the caller, also in place', async () => {
    await inScopes(device, async use => {
      const x = Float32Array.of(-1, 2, NaN, -0)
      const [input, out] = [tensorOf(device, x), tensorOf(device, new Float32Array(4), { more: 8 })]
      submit(device, pass => {
        expect(activate(kernels, pass, input, relu(), { out })).toBe(out)
        expect(activate(kernels, pass, input, leakyRelu({ alpha: 0.5 }), { out: input })).toBe(input)
      })
      const read = (tensor: Tensor): Promise<Float32Array> => {
        const copy = use(device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | COPY_DST }))
        const encoder = device.createCommandEncoder()
        encoder.copyBufferToBuffer(tensor.gpuBuffer, 0, copy, 0, 16)
        device.queue.submit([encoder.finish()])
        return copy.mapAsync(GPUMapMode.READ).then(() => new Float32Array(copy.getMappedRange()).slice())
      }
      expect(await read(out)).toEqual(Float32Array.of(0, 2, NaN, -0))
      expect(await read(input)).toEqual(Float32Array.of(-0.5, 2, NaN, -0))
      expect(out.location).toBe('gpu-buffer')
    })
  })

  test('of a tensor without elements has none, wherever ONNX Runtime has it', async () => {
    const onCpu = new Tensor('float16', new Uint16Array(0), [0, 3])
    const onGpu = tensorOf(device, new Float32Array(0), { dims: [2, 0] })
    await inScopes(device, async () => {
      const pass = device.createCommandEncoder().beginComputePass()
      const results = [activate(kernels, pass, onCpu, gelu()), activate(kernels, pass, onGpu, gelu())]
      expect(results).toMatchObject([
        { type: 'float16', dims: [0, 3] },
        { type: 'float32', dims: [2, 0] },
      ])
      for (const result of results) expect(await result.getData()).toHaveLength(0)
      expect(activate(kernels, pass, onGpu, relu(), { out: onGpu })).toBe(onGpu)
    })
  })

  test('frees its buffer with dispose, and with getData(true); downloads leave nothing', async () => {
    const own = await ownDevice()
    const { live } = trackBuffers(own)
    const x = tensorOf(own, Float32Array.of(-1, 1))
    const kernelsOfOwn = createKernels(own)
    const record = (): Tensor => {
      let y: Tensor
      submit(own, pass => (y = activate(kernelsOfOwn, pass, x, relu())))
      return y!
    }
    const warm = record()
    await warm.getData(true)
    const before = live.size
    const disposed = record()
    const downloaded = record()
    expect(live.size).toBe(before + 2)
    disposed.dispose()
    expect(await downloaded.getData()).toEqual(Float32Array.of(0, 1))
    expect(live.size).toBe(before + 1)
    downloaded.dispose()
    expect(live.size).toBe(before)
    expect(() => activate(kernelsOfOwn, undefined as never, x, relu())).toThrow(/The pass is undefined/)
    expect(live.size).toBe(before)
  })

  test('is made without an error scope once the device is known to have the tensor', async () => {
    const own = await ownDevice()
    let scopes = 0
    const push = own.pushErrorScope.bind(own)
    Object.defineProperty(own, 'pushErrorScope', { value: (filter: GPUErrorFilter) => (scopes++, push(filter)) })
    const x = tensorOf(own, Float32Array.of(-1, 1))
    const kernelsOfOwn = createKernels(own)
    const chain = (): void =>
      submit(own, pass => void activate(kernelsOfOwn, pass, activate(kernelsOfOwn, pass, x, relu()), gelu()))
    chain()
    await said(own)
    scopes = 0
    chain()
    expect(scopes).toBe(0)
  })

  test('rejects its download with a DestroyedError where the device is lost', async () => {
    const own = await ownDevice()
    const x = tensorOf(own, Float32Array.of(-1, 1))
    let y: Tensor
    submit(own, pass => (y = activate(createKernels(own), pass, x, relu())))
    own.destroy()
    await expect(y!.getData()).rejects.toMatchObject({ name: 'DestroyedError', code: 'destroyed' })
  })
})

describe('bad input is an error before anything is recorded', () => {
  const x = (): Tensor => tensorOf(device, Float32Array.of(1, 2))
  const untouched = new Proxy({} as GPUComputePassEncoder, {
    get: (_, name) => () => {
      throw new Error(`${String(name)} was called`)
    },
  })
  const disposed = (tensor = x()): Tensor => {
    tensor.dispose()
    return tensor
  }
  const cases: [string, () => unknown, string, RegExp][] = [
    ['a session without GPU tensors', () => new Tensor(Float32Array.of(1)), 'invalid-argument', /"cpu".*preferredOut/],
    ['a texture', () => Tensor.fromTexture({}, { width: 1, height: 1 }), 'invalid-argument', /"texture"/],
    ['a disposed tensor', () => disposed(), 'invalid-argument', /is disposed/],
    ['a disposed tensor of the CPU', () => disposed(new Tensor(Float32Array.of(1))), 'invalid-argument', /is disposed/],
    ['integers', () => tensorOf(device, new Float32Array(2), { type: 'int32' }), 'invalid-argument', /"int32"/],
    ['integers of the CPU', () => new Tensor('int64', [1]), 'invalid-argument', /"int64"/],
    ['a number', () => 1, 'invalid-argument', /The tensor is 1/],
    ['null', () => null, 'invalid-argument', /The tensor is null/],
    ['an array', () => Float32Array.of(1), 'invalid-argument', /Float32Array\(1\).*ONNX Runtime/],
    ['a tensor of transformers.js', () => ({ ort_tensor: x(), dims: [2], size: 2 }), 'invalid-argument', /ort_tensor/],
    ['a pair', () => ({ gate: x(), up: x() }), 'invalid-argument', /The tensor is an object/],
    [
      'a buffer without STORAGE',
      () => tensorOf(device, new Float32Array(2), { usage: COPY_DST }),
      'invalid-binding',
      /without STORAGE/,
    ],
    ['a short buffer', () => tensorOf(device, new Float32Array(2), { dims: [3] }), 'invalid-binding', /needs 12 bytes/],
    [
      'a getter that throws',
      () => Object.defineProperty(x(), 'dims', { get: () => JSON.parse('{') as never }),
      'invalid-argument',
      /cannot be read/,
    ],
  ]
  test.each(cases)('%s', (_, make, code, message) => {
    const given = make() as Tensor
    const { live } = trackBuffers(device)
    onTestFinished(() => void Reflect.deleteProperty(device, 'createBuffer'))
    expect(() => activate(kernels, untouched, given, relu())).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
    expect([...live]).toEqual([])
  })

  test('of the other arguments', () => {
    const refused = (call: () => unknown, code: string, message: RegExp): void =>
      expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
    const call = activate as (...given: unknown[]) => unknown
    const half = tensorOf(device, new Uint16Array(2), { type: 'float16' })
    const long = tensorOf(device, new Float32Array(3))
    const invalid = 'invalid-argument'
    refused(() => call({ ...kernels }, untouched, x(), relu()), invalid, /createKernels/)
    refused(() => call(undefined, untouched, x(), relu()), invalid, /The kernels are undefined/)
    refused(() => call(kernels, untouched, x(), 'relu'), invalid, /relu\(\)/)
    refused(() => call(kernels, untouched, x(), relu(), { into: x() }), 'unknown-option', /"into"/)
    refused(() => call(kernels, untouched, x(), relu(), { out: half }), invalid, /float32 and out 2 of float16/)
    refused(() => call(kernels, untouched, x(), relu(), { out: long }), 'length-mismatch', /2 elements.*out 3/)
    refused(() => call(kernels, untouched, x(), relu(), { out: disposed() }), invalid, /out is disposed/)
    refused(() => call(kernels, untouched, x(), swiglu()), invalid, /swiglu.* \{ gate, up \}/)
    refused(() => call(kernels, untouched, null, swiglu()), invalid, /was given null/)
    refused(() => call(kernels, untouched, { gate: x(), up: long }, swiglu()), 'length-mismatch', /up 3/)
    refused(() => call(kernels, untouched, { gate: x(), up: disposed() }, swiglu()), invalid, /up is disposed/)
  })

  test('a tensor of another device: known at once where that device has taken it', async () => {
    const other = await ownDevice()
    const foreign = tensorOf(other, Float32Array.of(1, 2))
    submit(other, pass => void activate(createKernels(other), pass, foreign, relu()))
    await said(other)
    for (const record of [
      () => activate(kernels, untouched, foreign, sigmoid()),
      () => activate(kernels, untouched, x(), sigmoid(), { out: foreign }),
    ]) {
      expect(record).toThrow(
        expect.objectContaining({ code: 'invalid-binding', fix: expect.stringMatching(/useDevice\(ort, device\)/) }),
      )
    }
  })

  test('a tensor of another device: the device, its result and the next call say so', async () => {
    const own = await ownDevice()
    const foreign = tensorOf(await ownDevice(), Float32Array.of(1, 2))
    const strange = { code: 'invalid-binding', message: expect.stringMatching(/'onnxruntime-web' ignores/) as string }
    const kernelsOfOwn = createKernels(own)
    own.pushErrorScope('validation')
    const pass = own.createCommandEncoder().beginComputePass()
    const y = activate(kernelsOfOwn, pass, foreign, relu())
    expect((await own.popErrorScope())?.message).toMatch(/associated with/)
    await expect(y.getData()).rejects.toMatchObject(strange)
    y.dispose()
    expect(() => activate(kernelsOfOwn, untouched, foreign, relu())).toThrow(expect.objectContaining(strange))
    const out = tensorOf(own, new Float32Array(2))
    expect(() => activate(kernelsOfOwn, untouched, foreign, relu(), { out })).toThrow(expect.objectContaining(strange))
  })
})
