import { describe, expect, test } from 'vitest'
import { createKernels, type Format, relu } from '../../src/index.ts'
import { Arena } from '../support/arena.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { type Elements, maskOf, reluGradientOf, reluOf, scrambled } from '../support/elements.ts'
import { inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'

// Any length at any offset, bit for bit, and not a byte beyond it.

const device = await testDevice()
const formats: readonly Format[] = ['f32', 'f16', 'bf16', 'i32']
const upTo = (most: number): number[] => Array.from({ length: most + 1 }, (_, i) => i)
const lengths = [...upTo(9), 31, 32, 33, 63, 64, 65, 255, 256, 257, 1023, 1024, 1025, 5003]
const offsets = [0, 4, 8, 252, 256, 260]

/** Every length at every offset, each tensor of a call at another. */
function* cases(format: Format, among: readonly number[]) {
  for (const length of among) {
    for (const [i, offset] of offsets.entries()) {
      const next = (step: number): number => offsets[(i * step + length + step) % offsets.length]!
      const x = scrambled(format, length, offset)
      const dy = scrambled(format, length, offset + 1)
      yield { name: `${length} at ${offset}`, length, offset, next, x, dy }
    }
  }
}

const poison = (like: Elements): Elements => like.map(() => 0x5a5a)
const bits = (length: number): Uint32Array<ArrayBuffer> => new Uint32Array(Math.ceil(length / 32)).fill(0x5a5a5a5a)

/** Records all calls into one pass over the arenas, and expects all bytes of them to be right. */
async function expectArenas(
  on: GPUDevice,
  arenas: readonly Arena[],
  calls: readonly ((pass: GPUComputePassEncoder) => void)[],
): Promise<void> {
  await inScopes(on, async use => {
    for (const arena of arenas) use(arena).upload()
    submit(on, pass => {
      for (const call of calls) call(pass)
    })
    for (const arena of arenas) await arena.verify()
  })
}

type Call = (pass: GPUComputePassEncoder) => void

/** y = relu(x) and dx, by all three ways, for every case. `arenas` are those that x, dy and the results lie in. */
function callsOf(
  on: GPUDevice,
  format: Format,
  among: readonly number[],
  arenas: readonly [Arena, Arena, Arena],
): Call[] {
  const kernels = createKernels(on)
  const [inputs, gradients, results] = arenas
  return [...cases(format, among)].flatMap(({ name, length, offset, next, x, dy }) => {
    const given = inputs.put(`x, ${name}`, x, offset)
    const upstream = gradients.put(`dy, ${name}`, dy, next(1))
    const gradient = reluGradientOf(format, x, dy)
    const result = (of: string, expected: Elements, step: number) =>
      results.put(`${of}, ${name}`, poison(expected), next(step), expected)
    const y = result('y', reluOf(format, x), 2)
    const besideMask = result('y beside a mask', reluOf(format, x), 3)
    const mask = results.put(`mask, ${name}`, bits(length), next(1), maskOf(format, x))
    const [dx, fromY, fromMask] = ['dx', 'dx from y', 'dx from a mask'].map((of, i) => result(of, gradient, i + 2))
    return [
      pass => {
        kernels.forward(pass, relu(), { x: given.binding, y: y.binding, format })
        kernels.forward(pass, relu(), { x: given.binding, y: besideMask.binding, mask: mask.binding, format })
        kernels.backward(pass, relu(), { x: given.binding, dy: upstream.binding, dx: dx!.binding, format })
        kernels.backward(pass, relu(), { y: y.binding, dy: upstream.binding, dx: fromY!.binding, format })
        kernels.backward(pass, relu(), { mask: mask.binding, dy: upstream.binding, dx: fromMask!.binding, format })
      },
    ] satisfies Call[]
  })
}

describe.each(casesHere(formats))('%s', format => {
  test('tensors in buffers of their own', async () => {
    const arenas = [new Arena(device), new Arena(device), new Arena(device)] as const
    await expectArenas(device, arenas, callsOf(device, format, lengths, arenas))
  })

  test('around the most that one binding holds, and beyond', async () => {
    const small = await ownDevice({ maxStorageBufferBindingSize: 2048 })
    const most = format === 'f32' || format === 'i32' ? 512 : 1024
    const among = [most - 1, most, most + 1, 3 * most - 64, 3 * most + 5]
    const arenas = [new Arena(small), new Arena(small), new Arena(small)] as const
    await expectArenas(small, arenas, callsOf(small, format, among, arenas))
    const arena = new Arena(small)
    await expectArenas(small, [arena], callsOf(small, format, among, [arena, arena, arena]))
  })
})

// Those of 32 bits lie alike, and those of 16.
describe.each(casesHere(['f32', 'f16'] as const))('%s', format => {
  test('all tensors in one buffer', async () => {
    const arena = new Arena(device)
    await expectArenas(device, [arena], callsOf(device, format, lengths, [arena, arena, arena]))
  })

  test('in place, over x and over dy', async () => {
    const arena = new Arena(device)
    const kernels = createKernels(device)
    const calls = [...cases(format, lengths)].map(({ name, length, offset, next, x, dy }): Call => {
      const y = arena.put(`y over x, ${name}`, x, offset, reluOf(format, x))
      const mask = arena.put(`mask, ${name}`, bits(length), next(1), maskOf(format, x))
      const gradient = reluGradientOf(format, x, dy)
      const overX = arena.put(`dx over x, ${name}`, x, next(2), gradient)
      const upstream = arena.put(`dy, ${name}`, dy, next(3))
      const given = arena.put(`x, ${name}`, x, offset)
      const overDy = arena.put(`dx over dy, ${name}`, dy, next(4), gradient)
      return pass => {
        kernels.forward(pass, relu(), { x: y.binding, y: y.binding, mask: mask.binding, format })
        kernels.backward(pass, relu(), { x: overX.binding, dy: upstream.binding, dx: overX.binding, format })
        kernels.backward(pass, relu(), { x: given.binding, dy: overDy.binding, dx: overDy.binding, format })
      }
    })
    await expectArenas(device, [arena], calls)
  })

  // Where no binding can begin between two tensors, they are bound as one.
  test('tensors with nothing between them', async () => {
    const arena = new Arena(device)
    const kernels = createKernels(device)
    const calls = [...cases(format, lengths)].map(({ name, offset, x, dy }): Call => {
      const given = arena.put(`x, ${name}`, x, offset)
      const y = arena.putNext(`y, ${name}`, poison(x), reluOf(format, x))
      const dx = arena.putNext(`dx, ${name}`, poison(x), reluGradientOf(format, x, dy))
      const upstream = arena.putNext(`dy, ${name}`, dy)
      return pass => {
        kernels.forward(pass, relu(), { x: given.binding, y: y.binding, format })
        kernels.backward(pass, relu(), { x: given.binding, dy: upstream.binding, dx: dx.binding, format })
      }
    })
    await expectArenas(device, [arena], calls)
  })

  test('one tensor for both inputs', async () => {
    const arena = new Arena(device)
    const x = scrambled(format, 100, 1)
    const given = arena.put('x', x, 4)
    const dx = arena.put('dx', poison(x), 8, reluGradientOf(format, x, x))
    const over = arena.put('dx over both', x, 12, reluGradientOf(format, x, x))
    const kernels = createKernels(device)
    await expectArenas(
      device,
      [arena],
      [
        pass => {
          kernels.backward(pass, relu(), { x: given.binding, dy: given.binding, dx: dx.binding, format })
          kernels.backward(pass, relu(), { x: over.binding, dy: over.binding, dx: over.binding, format })
        },
      ],
    )
  })
})

test('there is an odd number of elements at an odd place among them', () => {
  expect([...cases('f16', lengths)].some(({ length, offset }) => length % 2 === 1 && offset % 8 === 4)).toBe(true)
})
