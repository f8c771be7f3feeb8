import { afterEach, describe, expect, test, vi } from 'vitest'
import probe from '../../shaders/kernels/probe.wgsl?raw'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import { partitionOf } from '../../src/gpu/plan/grid.ts'
import { declareWorkgroupSize } from '../../src/gpu/device/workgroup-size.ts'
import { candidatesFor, choose, type Schedule, scheduleOf } from '../../src/gpu/plan/schedule.ts'
import { measureSchedules, tune } from '../../src/gpu/plan/tuning.ts'
import { createKernels, leakyRelu, relu } from '../../src/index.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { leakyReluForward, reluBackward } from '../support/truth.ts'

const device = await testDevice()
const kernels = createKernels(device, { tune: false })
const usual = scheduleOf(device)

afterEach(() => choose(device, usual))

describe('the same results in every order', () => {
  const schedules: Schedule[] = (['strided', 'blocked'] as const).flatMap(order =>
    [1, 3, 16, 65535].map(workgroups => ({ order, workgroups, fewestVectors: workgroups === 16 ? 16 : 1 })),
  )

  test.each(schedules)('$order over $workgroups workgroups', async schedule => {
    choose(device, schedule)
    for (const length of [1, 37, 4099, 140_000]) {
      const x = scrambledBits(length, 1)
      const dy = scrambledBits(length, 2)
      await inScopes(device, async use => {
        const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
        const [given, upstream, y, dx] = [x, dy, dy, dy].map(tensor) as [
          GuardedBuffer,
          GuardedBuffer,
          GuardedBuffer,
          GuardedBuffer,
        ]
        const mask = tensor(new Float32Array(Math.ceil(length / 32)).fill(NaN))
        submit(device, pass => {
          kernels.forward(pass, leakyRelu(), { x: given.binding, y: y.binding, mask: mask.binding })
          kernels.backward(pass, relu(), { x: given.binding, dy: upstream.binding, dx: dx.binding })
        })
        expectSameBits(await y.read(), leakyReluForward(Math.fround(0.01), x), { x })
        expectSameBits(await dx.read(), reluBackward(x, dy), { x, dy })
        const words = toBits(await mask.read())
        const open = Array.from(x, (_, i) => ((words[i >>> 5]! >>> (i & 31)) & 1) === 1)
        expect(open).toEqual(Array.from(x, value => value > 0))
      })
    }
  })
})

const WORKGROUP_SIZE = 64
const UNTOUCHED = 12345

/** Runs what is timed over vectors of x and z, or some of its workgroups. */
async function runProbe(schedule: Schedule, x: Float32Array, z: Float32Array, some = Infinity) {
  const { workgroups, invocationStride, loopStride, span } = partitionOf(schedule, x.length / 4, WORKGROUP_SIZE)
  const module = device.createShaderModule({ code: `${declareWorkgroupSize(WORKGROUP_SIZE)}\n${probe}` })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'probe' } })
  return inScopes(device, async use => {
    const uniform = use(device.createBuffer({ size: 16, usage: BufferUsage.UNIFORM | BufferUsage.COPY_DST }))
    device.queue.writeBuffer(uniform, 0, Uint32Array.of(invocationStride, loopStride, span))
    const y = use(
      new GuardedBuffer(
        device,
        x.map(() => UNTOUCHED),
      ),
    )
    const given = [x, z].map(array => use(new GuardedBuffer(device, array)).binding)
    const entries = [{ buffer: uniform }, ...given, y.binding].map((resource, binding) => ({ binding, resource }))
    submit(device, pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
      pass.dispatchWorkgroups(Math.min(workgroups, some))
    })
    return y.read()
  })
}

describe('tuning', () => {
  test.each(['strided', 'blocked'] as const)('times a kernel that takes every vector: %s', async order => {
    for (const vectors of [1, 37, 5003]) {
      const [x, z] = [scrambledBits(4 * vectors, 1), scrambledBits(4 * vectors, 2)]
      const [xBits, zBits] = [toBits(x), toBits(z)]
      const y = await runProbe({ order, workgroups: 3, fewestVectors: 1 }, x, z)
      expectSameBits(y, fromBits(xBits.map((bits, i) => bits ^ zBits[i]!)), { x, z })
    }
  })

  test.each([
    ['strided', (vector: number): boolean => vector % (3 * WORKGROUP_SIZE) < WORKGROUP_SIZE],
    ['blocked', (vector: number): boolean => vector < WORKGROUP_SIZE * Math.ceil(5003 / (3 * WORKGROUP_SIZE))],
  ] as const)('one of three workgroups takes its own vectors, and no others: %s', async (order, isTaken) => {
    const [x, z] = [new Float32Array(4 * 5003).fill(1), new Float32Array(4 * 5003)]
    const y = await runProbe({ order, workgroups: 3, fewestVectors: 1 }, x, z, 1)
    expect([...y]).toEqual(Array.from(y, (_, i) => (isTaken(Math.floor(i / 4)) ? 1 : UNTOUCHED)))
  })

  test('finds one of the candidates, and frees what it made', async () => {
    const sample = device.createBuffer({ size: 4, usage: BufferUsage.STORAGE })
    const created = vi.spyOn(device, 'createBuffer')
    const destroyed = vi.spyOn(Object.getPrototypeOf(sample) as GPUBuffer, 'destroy')
    try {
      const found = await measureSchedules(device)
      expect(candidatesFor(device)).toContainEqual(found)
      const buffers = created.mock.results.map(({ value }) => value as GPUBuffer)
      expect(buffers.length).toBeGreaterThan(3)
      expect(new Set(destroyed.mock.contexts)).toEqual(new Set(buffers))
    } finally {
      created.mockRestore()
      destroyed.mockRestore()
      sample.destroy()
    }
  })

  test('is done once for an adapter', async () => {
    await Promise.all([tune(device), tune(device)])
    const submitted = vi.spyOn(device.queue, 'submit')
    try {
      await tune(device)
      await createKernels(device).prepare([relu()])
      expect(submitted).not.toHaveBeenCalled()
    } finally {
      submitted.mockRestore()
    }
  })

  test('is off where it is not wanted', async () => {
    const submitted = vi.spyOn(device.queue, 'submit')
    try {
      await createKernels(device, { tune: false }).prepare([relu()])
      expect(submitted).not.toHaveBeenCalled()
    } finally {
      submitted.mockRestore()
    }
  })

  test.each([
    [{ tune: 1 }, 'tune is 1.'],
    [{ tuned: true }, 'createKernels has no option "tuned".'],
    [null, 'createKernels was given null for its options.'],
  ])('createKernels refuses %o', (options, message) => {
    expect(() => createKernels(device, options as never)).toThrow(message)
  })
})
