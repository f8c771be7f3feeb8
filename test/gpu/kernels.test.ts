import { fc } from '../support/fast-check.ts'
import { describe, expect, test } from 'vitest'
import { createKernels, leakyRelu, relu } from '../../src/index.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { leakyReluBackward, leakyReluForward, reluBackward, reluForward } from '../support/truth.ts'

const device = await testDevice()
const kernels = createKernels(device)

const poison = (length: number): Float32Array => new Float32Array(length).fill(12345)

async function expectForward(length: number, offsets: readonly [number, number]): Promise<void> {
  const x = scrambledBits(length, length)
  await inScopes(device, async use => {
    const input = use(new GuardedBuffer(device, x, offsets[0]))
    const output = use(new GuardedBuffer(device, poison(length), offsets[1]))
    submit(device, pass => kernels.forward(pass, leakyRelu(), { x: input.binding, y: output.binding }))
    expectSameBits(await output.read(), leakyReluForward(Math.fround(0.01), x), { x })
    expectSameBits(await input.read(), x)
  })
}

async function expectBackward(length: number, offsets: readonly [number, number, number]): Promise<void> {
  const x = scrambledBits(length, length)
  const dy = scrambledBits(length, length + 1)
  await inScopes(device, async use => {
    const input = use(new GuardedBuffer(device, x, offsets[0]))
    const gradient = use(new GuardedBuffer(device, dy, offsets[1]))
    const output = use(new GuardedBuffer(device, poison(length), offsets[2]))
    submit(device, pass =>
      kernels.backward(pass, relu(), { x: input.binding, dy: gradient.binding, dx: output.binding }),
    )
    expectSameBits(await output.read(), reluBackward(x, dy), { x, dy })
    expectSameBits(await input.read(), x)
    expectSameBits(await gradient.read(), dy)
  })
}

describe('any length, and not a byte beyond it', () => {
  const lengths = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 63, 64, 65, 66, 67, 68, 255, 256, 257, 1023, 1024, 1025, 70_001]
  test.each(lengths)('%i elements', async length => {
    await expectForward(length, [256, 256])
    await expectForward(length, [512, 256])
    await expectBackward(length, [256, 256, 256])
    await expectBackward(length, [256, 512, 1024])
  })

  test('lengths and aligned offsets at random', async () => {
    const offset = fc.integer({ min: 1, max: 9 }).map(n => n * 256)
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 5000 }), offset, offset, offset, async (length, a, b, c) => {
        await expectForward(length, [a, b])
        await expectBackward(length, [a, b, c])
      }),
      { numRuns: 20 },
    )
  })
})

describe('in place', () => {
  test.each([1, 4, 63, 64, 1027])('%i elements', async length => {
    const x = scrambledBits(length, 3)
    const dy = scrambledBits(length, 4)
    await inScopes(device, async use => {
      const both = use(new GuardedBuffer(device, x))
      submit(device, pass => kernels.forward(pass, relu(), { x: both.binding, y: both.binding }))
      expectSameBits(await both.read(), reluForward(x), { x })

      const input = use(new GuardedBuffer(device, x))
      const overDy = use(new GuardedBuffer(device, dy))
      submit(device, pass =>
        kernels.backward(pass, relu(), { x: input.binding, dy: overDy.binding, dx: overDy.binding }),
      )
      expectSameBits(await overDy.read(), reluBackward(x, dy), { x, dy })
      expectSameBits(await input.read(), x)

      const overX = use(new GuardedBuffer(device, x))
      const gradient = use(new GuardedBuffer(device, dy))
      const leaky = leakyRelu({ alpha: -0.5 })
      submit(device, pass =>
        kernels.backward(pass, leaky, { x: overX.binding, dy: gradient.binding, dx: overX.binding }),
      )
      expectSameBits(await overX.read(), leakyReluBackward(-0.5, x, dy), { x, dy })
      expectSameBits(await gradient.read(), dy)
    })
  })
})

test('several activations and alphas in one pass, one after the other', async () => {
  const x = scrambledBits(1000, 5)
  await inScopes(device, async use => {
    const input = use(new GuardedBuffer(device, x))
    const alphas = [0.1, 0.2, -3]
    const outputs = alphas.map(() => use(new GuardedBuffer(device, poison(1000))))
    const last = use(new GuardedBuffer(device, poison(1000)))
    submit(device, pass => {
      for (const [i, alpha] of alphas.entries()) {
        kernels.forward(pass, leakyRelu({ alpha }), { x: input.binding, y: outputs[i]!.binding })
      }
      kernels.forward(pass, relu(), { x: outputs[2]!.binding, y: last.binding })
    })
    for (const [i, alpha] of alphas.entries()) {
      expectSameBits(await outputs[i]!.read(), leakyReluForward(Math.fround(alpha), x), { x })
    }
    expectSameBits(await last.read(), reluForward(leakyReluForward(-3, x)), { x })
  })
})

// More than twice what a binding holds on a device with the default limits, and than 65,535 workgroups reach without a stride.
test('300 MiB where a binding holds 128 MiB', async () => {
  const adapter = await navigator.gpu.requestAdapter()
  const large = await adapter!.requestDevice({ requiredLimits: { maxBufferSize: 320 * 2 ** 20 } })
  expect(large.limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20)
  const size = 300 * 2 ** 20
  // A prime number of elements, so that an element from elsewhere is another one.
  const block = scrambledBits(1_000_003, 6)
  const [before, after] = [block, reluForward(block)].map(array => new Uint8Array(array.buffer))
  await inScopes(large, async use => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const buffer = use(large.createBuffer({ size, usage }))
    for (let at = 0; at < size; at += before!.length) {
      large.queue.writeBuffer(buffer, at, before!, 0, Math.min(before!.length, size - at))
    }
    submit(large, pass => createKernels(large).forward(pass, relu(), { x: { buffer }, y: { buffer } }))
    const staging = use(large.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }))
    const encoder = large.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, size)
    large.queue.submit([encoder.finish()])
    await staging.mapAsync(GPUMapMode.READ)
    const mapped = staging.getMappedRange()
    for (let at = 0; at < size; at += after!.length) {
      const elements = Math.min(after!.length, size - at) / 4
      expectSameBits(new Float32Array(mapped, at, elements), new Float32Array(after!.buffer, 0, elements))
    }
  })
  large.destroy()
})

test('one compilation serves every length and alpha', async () => {
  const created: string[] = []
  const counting = await testDevice()
  const original = counting.createComputePipeline.bind(counting)
  await kernels.prepare([leakyRelu(), relu()])
  Object.defineProperty(counting, 'createComputePipeline', {
    configurable: true,
    value: (descriptor: GPUComputePipelineDescriptor) => {
      created.push(descriptor.label ?? '')
      return original(descriptor)
    },
  })
  try {
    for (const alpha of [0.3, 0.4]) {
      for (const length of [4, 70, 4096]) {
        const x = scrambledBits(length, 7)
        await inScopes(counting, async use => {
          const buffer = use(new GuardedBuffer(counting, x))
          submit(device, pass => kernels.forward(pass, leakyRelu({ alpha }), { x: buffer.binding, y: buffer.binding }))
          expectSameBits(await buffer.read(), leakyReluForward(Math.fround(alpha), x), { x })
        })
      }
    }
  } finally {
    Reflect.deleteProperty(counting, 'createComputePipeline')
  }
  expect(created).toEqual([])
})
