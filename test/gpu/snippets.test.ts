import { expect, test } from 'vitest'
import * as diagnostics from '../../src/diagnostics.ts'
import { requestDevice } from '../../src/gpu/device/device.ts'
import * as library from '../../src/index.ts'
import { expectSameBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { runSnippet } from '../support/snippets.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

test("the README's pass computes on the caller's buffers", async () => {
  const device = await testDevice()
  const x = scrambledBits(500, 1)
  const dy = scrambledBits(500, 2)
  await inScopes(device, async use => {
    // The snippet binds whole buffers, so there is no room for guards in them.
    const whole = (array: Float32Array<ArrayBuffer>): GPUBuffer => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const buffer = use(device.createBuffer({ size: array.byteLength, usage }))
      device.queue.writeBuffer(buffer, 0, array)
      return buffer
    }
    const [input, gradient, output] = [whole(x), whole(dy), whole(new Float32Array(500))]
    await runSnippet('README.md', 'buffers', [], { ...library, device, input, gradient, output })
    const read = async (buffer: GPUBuffer): Promise<Float32Array> => {
      const copy = use(new GuardedBuffer(device, new Float32Array(500)))
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, copy.binding.buffer, copy.binding.offset, 2000)
      device.queue.submit([encoder.finish()])
      return copy.read()
    }
    expectSameBits(await read(output), reluForward(x), { x })
    expectSameBits(await read(gradient), reluBackward(x, dy), { x, dy })
  })
})

test('an application as in docs/embedding.md computes, and goes on after a lost device', async () => {
  const names = ['activations', 'kernelsFor']
  const start = (await runSnippet('docs/embedding.md', 'start', names, library)) as {
    activations: library.Activation[]
    kernelsFor: (device: GPUDevice) => Promise<library.Kernels>
  }
  const { record } = (await runSnippet('docs/embedding.md', 'pass', ['record'], {})) as {
    record: (encoder: GPUCommandEncoder, kernels: library.Kernels, ...rest: unknown[]) => void
  }
  const { withKernels } = (await runSnippet('docs/embedding.md', 'lost', ['withKernels'], start)) as {
    withKernels: (
      requestDevice: () => Promise<GPUDevice>,
      ready: (device: GPUDevice, kernels: library.Kernels) => void,
    ) => Promise<void>
  }
  const computed: number[][] = []
  /** Computes on the device, and then loses it: by another reason once, and by `destroy` at the end. */
  const compute = async (device: GPUDevice, kernels: library.Kernels): Promise<number[]> => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const tensor = device.createBuffer({ size: 400, usage })
    device.queue.writeBuffer(
      tensor,
      0,
      Float32Array.from({ length: 100 }, (_, i) => i - 50),
    )
    const code = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
      @compute @workgroup_size(64) fn double(@builtin(global_invocation_id) id: vec3<u32>) {
        if (id.x < arrayLength(&x)) { x[id.x] = 2 * x[id.x]; }
      }`
    const module = device.createShaderModule({ code })
    const double = device.createComputePipeline({ layout: 'auto', compute: { module } })
    const entries = [{ binding: 0, resource: { buffer: tensor } }]
    const bindGroup = device.createBindGroup({ layout: double.getBindGroupLayout(0), entries })
    const encoder = device.createCommandEncoder()
    record(encoder, kernels, start.activations[0], tensor, double, bindGroup)
    const copy = device.createBuffer({ size: 400, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    encoder.copyBufferToBuffer(tensor, 0, copy, 0, 400)
    device.queue.submit([encoder.finish()])
    await copy.mapAsync(GPUMapMode.READ)
    return [...new Float32Array(copy.getMappedRange().slice(0))]
  }
  let requested = 0
  const request = async (): Promise<GPUDevice> => {
    const device = await requestDevice()
    // WebGPU has no way to lose a device but `destroy`, whose reason is the end of an application.
    if (requested++ === 0) {
      const { lost } = device
      const value = lost.then(() => ({ reason: 'unknown', message: 'a driver update' }))
      Object.defineProperty(device, 'lost', { configurable: true, value })
    }
    return device
  }
  await withKernels(request, (device, kernels) => {
    void compute(device, kernels).then(values => {
      computed.push(values)
      device.destroy()
    })
  })
  const alpha = Math.fround(0.1)
  const right = Array.from({ length: 100 }, (_, i) =>
    i < 50 ? Math.fround(Math.fround(2 * (i - 50)) * alpha) * 2 : 4 * (i - 50),
  )
  expect(computed).toEqual([right, right])
})

test('the float16 layer of docs/kernels.md has a bias, a mask and a gradient of its bias', async () => {
  const device = await testDevice()
  const half = (numbers: readonly (1 | -1 | 2 | 3)[]): Uint16Array<ArrayBuffer> =>
    Uint16Array.from(numbers, number => ({ [-1]: 0xbc00, 1: 0x3c00, 2: 0x4000, 3: 0x4200 })[number])
  await inScopes(device, async use => {
    const tensor = (words: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): GuardedBuffer =>
      use(new GuardedBuffer(device, new Float32Array(words.buffer), 0))
    const [input, output] = [tensor(half([1, -1, 1, 1])), tensor(half([1, 1, 1, 1]))]
    const [gradient, bias, dbias] = [tensor(half([1, 1, 1, 1])), tensor(half([1, -1])), tensor(half([3, 3]))]
    const mask = tensor(Uint32Array.of(7))
    const buffers = Object.entries({ input, output, gradient, bias, dbias, mask }).map(([name, { binding }]) => {
      // The snippet binds whole buffers.
      const { size } = binding
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const buffer = use(device.createBuffer({ size, usage }))
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(binding.buffer, 0, buffer, 0, size)
      device.queue.submit([encoder.finish()])
      return [name, buffer] as const
    })
    await runSnippet('docs/kernels.md', 'layer', [], { ...library, device, ...Object.fromEntries(buffers) })
    const read = async (name: string): Promise<Uint32Array> => {
      const buffer = Object.fromEntries(buffers)[name]!
      const copy = use(new GuardedBuffer(device, new Float32Array(buffer.size / 4)))
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, copy.binding.buffer, copy.binding.offset, buffer.size)
      device.queue.submit([encoder.finish()])
      return toBits(await copy.read())
    }
    // x + bias is 2, -2, 2, 0, and 0.01 times 0 is 0; -0.02 in float16 is 0xa51f.
    expect([...(await read('output'))]).toEqual([0xa51f4000, 0x00004000])
    expect([...(await read('mask'))]).toEqual([0b0101])
    // 1 where the gate is open, 0.01, or 0x211f, where it is shut; sums of columns are 2 and 0.02.
    expect([...(await read('gradient'))]).toEqual([0x211f3c00, 0x211f3c00])
    expect([...(await read('dbias'))]).toEqual([0x251f4000])
  })
})

/** Runs a module's entry point over x and other tensors, and beside it the kernel of gelu over `expected`. */
async function expectGelu(
  device: GPUDevice,
  module: GPUShaderModule,
  x: Float32Array<ArrayBuffer>,
  others: readonly Float32Array<ArrayBuffer>[],
  expected: Float32Array<ArrayBuffer>,
): Promise<void> {
  await inScopes(device, async use => {
    const [tensor, separate, ...more] = [x, expected, ...others].map(array => use(new GuardedBuffer(device, array)))
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
    const entries = [tensor!, ...more].map(({ binding }, index) => ({ binding: index, resource: binding }))
    submit(device, pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
      pass.dispatchWorkgroups(2)
      const { gelu, createKernels } = library
      createKernels(device).forward(pass, gelu(), { x: separate!.binding, y: separate!.binding })
    })
    const [spliced, alone] = await Promise.all([tensor!.read(), separate!.read()])
    for (const [i, value] of spliced.entries()) expect(value).toBeCloseTo(alone[i]!, 5)
  })
}

test('the kernel of the README computes gelu', async () => {
  const device = await testDevice()
  const x = Float32Array.from({ length: 70 }, (_, i) => (i - 35) / 8)
  const given = { ...library, device }
  const { module } = (await runSnippet('README.md', 'formula', ['module'], given)) as { module: GPUShaderModule }
  await expectGelu(
    device,
    module,
    x,
    [],
    x.map(value => value + 1),
  )
})

test('the kernel of docs/wgsl.md adds a bias and computes gelu', async () => {
  const device = await testDevice()
  const x = Float32Array.from({ length: 70 }, (_, i) => (i - 35) / 8)
  const bias = Float32Array.of(0, 1, -1)
  const given = { ...library, device }
  const { module } = (await runSnippet('docs/wgsl.md', 'epilogue', ['module'], given)) as { module: GPUShaderModule }
  await expectGelu(
    device,
    module,
    x,
    [bias],
    x.map((value, i) => value + bias[i % 3]!),
  )
})

test('the pass of docs/diagnostics.md sees all batches, and clips', async () => {
  const device = await testDevice()
  await inScopes(device, async use => {
    const whole = (array: Float32Array<ArrayBuffer>): GPUBuffer => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
      const buffer = use(device.createBuffer({ size: array.byteLength, usage }))
      device.queue.writeBuffer(buffer, 0, array)
      return buffer
    }
    // Unit 7 is below zero in all batches, all others are 1 in the second.
    const batches = [-1, 1].map(value =>
      whole(Float32Array.from({ length: 128 }, (_, i) => (i % 64 === 7 ? -2 : value))),
    )
    const given = { ...library, ...diagnostics, device, batches, gradients: [whole(Float32Array.of(3, 4))] }
    const results = await runSnippet('docs/diagnostics.md', 'train', ['mean', 'deviation', 'dead'], given)
    expect(results).toEqual({ mean: 126 / 256, deviation: expect.closeTo(0.49994, 4), dead: 1 })
  })
})
