import { afterEach, describe, expect, test, vi } from 'vitest'
import { BufferUsage } from '../../src/gpu/constants.ts'
import { candidatesFor, choose, type Schedule, scheduleOf } from '../../src/gpu/schedule.ts'
import { measureSchedules, tune } from '../../src/gpu/tuning.ts'
import { createKernels, leakyRelu, relu } from '../../src/index.ts'
import { expectSameBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { leakyReluForward, reluBackward } from '../support/truth.ts'

const device = await testDevice()
const kernels = createKernels(device, { tune: false })
const usual = scheduleOf(device)

afterEach(() => choose(device, usual))

describe('the same results in every order', () => {
  const schedules: Schedule[] = (['strided', 'blocked'] as const).flatMap(order =>
    [1, 3, 16, 65535].map(workgroups => ({ order, workgroups, fewestGroups: workgroups === 16 ? 16 : 1 })),
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

describe('tuning', () => {
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
    [null, 'The options of createKernels are null.'],
  ])('createKernels refuses %o', (options, message) => {
    expect(() => createKernels(device, options as never)).toThrow(message)
  })
})
