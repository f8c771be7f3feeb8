import { describe, expect, test } from 'vitest'
import { clamp, createKernels, type Format, hardTanh, reglu, relu } from '../../src/index.ts'
import { Arena, type Placed } from '../support/arena.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { inScopes, submit, testDevice } from '../support/gpu.ts'
import { fromHalf, toHalf } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { ordinary } from '../support/pairs.ts'
import { reluForward } from '../support/truth.ts'

// What is fused into one pass over the data: biases, their gradients, and gradients that add up. All but one
// test use small integers, of which every format has the exact sum, so that results are the same to the bit.

const device = await testDevice()
const formats: readonly Format[] = ['f32', 'f16', 'bf16', 'i32']

/** Small integers in a format, which all of them have exactly. */
function encode(format: Format, numbers: readonly number[]): Int32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const floats = new Uint32Array(Float32Array.from(numbers).buffer)
  if (format === 'i32') return Int32Array.from(numbers)
  if (format === 'f32') return new Int32Array(floats.buffer)
  const lost = format === 'f16' ? 0x1fff : 0xffff
  expect(floats.every(bits => (bits & lost) === 0)).toBe(true)
  return Uint16Array.from(floats, bits => {
    if (format === 'bf16') return bits >>> 16
    const magnitude = bits & 0x7fffffff
    return ((bits >>> 16) & 0x8000) | (magnitude === 0 ? 0 : (magnitude - 0x38000000) >>> 13)
  })
}

const integers = (length: number, seed: number, most: number): number[] =>
  Array.from(
    { length },
    (_, i) => ((Math.imul((i + 1) * 2654435761 + seed * 40503, 0x21f0aaad) >>> 8) % (2 * most + 1)) - most,
  )
const unsigned = (numbers: readonly number[]): number[] => numbers.map(value => value || 0)

/** The sum of each column. */
function columnSums(columns: number, numbers: readonly number[], before: readonly number[] = []): number[] {
  const sums = Array.from({ length: columns }, (_, column) => before[column] ?? 0)
  for (const [i, value] of numbers.entries()) sums[i % columns]! += value
  return unsigned(sums)
}

type Call = (pass: GPUComputePassEncoder) => void

async function expectArena(on: GPUDevice, arena: Arena, calls: readonly Call[]): Promise<void> {
  await inScopes(on, async use => {
    use(arena).upload()
    submit(on, pass => {
      for (const call of calls) call(pass)
    })
    await arena.verify()
  })
}

/** relu with a bias, forward and backward, with sums of columns and added to what is there. */
function biasedCalls(
  on: GPUDevice,
  arena: Arena,
  format: Format,
  length: number,
  columns: number,
  behind: number,
): Call[] {
  const kernels = createKernels(on)
  const name = `${length} elements, ${columns} columns, ${behind} bytes behind`
  const put = (of: string, numbers: readonly number[], after = numbers): Placed =>
    arena.put(`${of}, ${name}`, encode(format, numbers), behind, encode(format, after))
  const [x, dy] = [integers(length, 1, 8), integers(length, 2, 1)]
  const bias = integers(columns, 3, 8)
  const isOpen = x.map((value, i) => value + bias[i % columns]! > 0)
  const gradient = unsigned(dy.map((value, i) => (isOpen[i] ? value : 0)))
  const [there, sumsThere] = [integers(length, 4, 8), integers(columns, 5, 8)]
  const poison = (count: number): number[] => Array.from({ length: count }, () => 77)

  const tensors = { x: put('x', x), bias: put('bias', bias), dy: put('dy', dy) }
  const y = put(
    'y',
    poison(length),
    x.map((value, i) => Math.max(0, value + bias[i % columns]!)),
  )
  const dx = put('dx', poison(length), gradient)
  const dbias = put('dbias', poison(columns), columnSums(columns, gradient))
  const added = put(
    'dx that adds up',
    there,
    there.map((value, i) => value + gradient[i]!),
  )
  const addedBias = put('dbias that adds up', sumsThere, columnSums(columns, gradient, sumsThere))
  const noBias = put(
    'dbias without a bias',
    poison(columns),
    columnSums(
      columns,
      dy.map((value, i) => (x[i]! > 0 ? value : 0)),
    ),
  )
  const unbiased = put('dx without a bias', poison(length), unsigned(dy.map((value, i) => (x[i]! > 0 ? value : 0))))
  return [
    pass => {
      const given = { x: tensors.x.binding, bias: tensors.bias.binding, format }
      const upstream = tensors.dy.binding
      kernels.forward(pass, relu(), { ...given, y: y.binding })
      kernels.backward(pass, relu(), { ...given, dy: upstream, dx: dx.binding, dbias: dbias.binding })
      kernels.backward(pass, relu(), {
        ...given,
        dy: upstream,
        dx: added.binding,
        dbias: addedBias.binding,
        accumulate: true,
      })
      kernels.backward(pass, relu(), {
        x: given.x,
        dy: upstream,
        dx: unbiased.binding,
        dbias: noBias.binding,
        format,
      })
    },
  ]
}

describe.each(casesHere(formats))('%s', format => {
  const shapes = [
    [0, 3],
    [1, 1],
    [1, 5],
    [7, 3],
    [256, 4],
    [1003, 17],
    [1024, 64],
    [1500, 6],
    [900, 1001],
    [3000, 2100],
    [4099, 1],
    [20_000, 8],
  ] as const
  test('bias, dbias and accumulate', async () => {
    const arena = new Arena(device)
    const calls = shapes.flatMap(([length, columns], i) =>
      biasedCalls(device, arena, format, length, columns, [0, 4, 8, 252][i % 4]!),
    )
    await expectArena(device, arena, calls)
  })
})

describe.each(casesHere(['f32', 'f16'] as const))('%s', format => {
  test('bias, dbias and accumulate in segments', async () => {
    const small = await ownDevice({ maxStorageBufferBindingSize: 2048 })
    const arena = new Arena(small)
    const calls = [
      [3000, 17],
      [2048, 64],
      [2001, 100],
    ].flatMap(([length, columns], i) => biasedCalls(small, arena, format, length!, columns!, 4 * i))
    await expectArena(small, arena, calls)
  })
})

describe.each(casesHere(['f32', 'f16'] as const))('a gated pair in %s', format => {
  test('biases, their gradients and accumulate', async () => {
    const arena = new Arena(device)
    const kernels = createKernels(device)
    const calls = [
      [1, 1],
      [70, 3],
      [1024, 16],
      [1003, 8],
    ].map(([length, columns]): Call => {
      const put = (of: string, numbers: readonly number[], after = numbers): Placed =>
        arena.put(`${of}, ${length}`, encode(format, numbers), 4, encode(format, after))
      const [gate, up, dy, there] = [1, 2, 3, 4].map(seed => integers(length!, seed, 3)) as [
        number[],
        number[],
        number[],
        number[],
      ]
      const [gateBias, upBias] = [integers(columns!, 5, 2), integers(columns!, 6, 2)]
      const sum = (numbers: number[], bias: number[]): number[] =>
        numbers.map((value, i) => value + bias[i % columns!]!)
      const [f, u] = [sum(gate, gateBias).map(value => Math.max(0, value)), sum(up, upBias)]
      const dGate = dy.map((value, i) => (f[i]! > 0 ? value * u[i]! : 0))
      const dUp = dy.map((value, i) => value * f[i]!)
      const poison = (count: number): number[] => Array.from({ length: count }, () => 77)
      const given = {
        gate: put('gate', gate),
        up: put('up', up),
        gateBias: put('gateBias', gateBias),
        upBias: put('upBias', upBias),
      }
      const upstream = put('dy', dy)
      const y = put(
        'y',
        poison(length!),
        f.map((value, i) => value * u[i]!),
      )
      const results = {
        dGate: put(
          'dGate',
          there,
          dGate.map((value, i) => value + there[i]!),
        ),
        dUp: put(
          'dUp',
          there,
          dUp.map((value, i) => value + there[i]!),
        ),
        dGateBias: put('dGateBias', poison(columns!), columnSums(columns!, dGate, poison(columns!))),
        dUpBias: put('dUpBias', poison(columns!), columnSums(columns!, dUp, poison(columns!))),
      }
      return pass => {
        const bind = (tensors: Record<string, Placed>): Record<string, GPUBufferBinding> =>
          Object.fromEntries(Object.entries(tensors).map(([name, { binding }]) => [name, binding]))
        kernels.forward(pass, reglu(), { ...bind(given), y: y.binding, format } as never)
        const gradients = { ...bind(given), dy: upstream.binding, ...bind(results), accumulate: true, format }
        kernels.backward(pass, reglu(), gradients as never)
      }
    })
    // Zeros of products carry signs, and these are compared by their bits.
    await expectArena(device, arena, calls)
  })
})

test.each(casesHere(['f16', 'bf16'] as const))('a bias in %s is added with all its bits', async format => {
  const [length, columns] = [1003, 17]
  const [x, bias] = [toHalf(format, ordinary(length, 8)), toHalf(format, ordinary(columns, 9))]
  const [values, added] = [fromHalf(format, x), fromHalf(format, bias)]
  const y = toHalf(format, reluForward(values.map((value, i) => value + added[i % columns]!)))
  const arena = new Arena(device)
  const [given, biased] = [arena.put('x', x, 4), arena.put('bias', bias, 4)]
  const output = arena.put('y', x, 4, y)
  const kernels = createKernels(device)
  await expectArena(device, arena, [
    pass => kernels.forward(pass, relu(), { x: given.binding, bias: biased.binding, y: output.binding, format }),
  ])
})

test('a mask tells the gradient of a bias too', async () => {
  const arena = new Arena(device)
  const kernels = createKernels(device)
  const [x, bias, dy] = [integers(1003, 1, 8), integers(17, 2, 8), integers(1003, 3, 1)]
  const gradient = unsigned(dy.map((value, i) => (x[i]! + bias[i % 17]! > 0 ? value : 0)))
  const put = (of: string, numbers: readonly number[], after = numbers): Placed =>
    arena.put(of, encode('f32', numbers), 8, encode('f32', after))
  const [given, biased, upstream] = [put('x', x), put('bias', bias), put('dy', dy)]
  const y = put(
    'y',
    x,
    x.map((value, i) => Math.max(0, value + bias[i % 17]!)),
  )
  const bits = new Uint32Array(32)
  for (const [i, value] of x.entries()) if (value + bias[i % 17]! > 0) bits[i >>> 5]! |= 1 << (i & 31)
  const mask = arena.put('mask', new Uint32Array(32).fill(7), 4, bits)
  const [dx, dbias] = [put('dx', x, gradient), put('dbias', bias, columnSums(17, gradient))]
  await expectArena(device, arena, [
    pass => {
      kernels.forward(pass, relu(), { x: given.binding, bias: biased.binding, y: y.binding, mask: mask.binding })
      const gradients = { dy: upstream.binding, dx: dx.binding, dbias: dbias.binding }
      kernels.backward(pass, relu(), { mask: mask.binding, ...gradients })
    },
  ])
})

test('int32 of clamp and hardTanh: sums are modulo 2^32', async () => {
  const length = 1003
  const columns = 17
  const wrapped = (of: number, add: (i: number) => number): Int32Array<ArrayBuffer> =>
    Int32Array.from({ length: of }, (_, i) => add(i))
  // Beyond the ends of int32 with the bias, and around the bounds without.
  const x = wrapped(length, i => (i % 2 === 0 ? 2 ** 31 - 1 - i : (i % 23) - 11))
  const bias = wrapped(columns, i => 300 * i)
  const dy = wrapped(length, i => Math.imul(i + 1, 0x9e3779b1))
  const there = wrapped(length, i => Math.imul(i + 1, 0x85ebca77))
  const sum = x.map((value, i) => value + bias[i % columns]!)
  const cases = [
    { activation: clamp({ minValue: -9, maxValue: 2 ** 30 }), first: -9, last: 2 ** 30, bounds: [-9, 2 ** 30] },
    { activation: hardTanh({ minValue: -9, maxValue: 900 }), first: -8, last: 899, bounds: [-9, 900] },
  ] as const
  const arena = new Arena(device)
  const kernels = createKernels(device)
  const calls = cases.map(({ activation, first, last, bounds }): Call => {
    const put = (of: string, words: Int32Array<ArrayBuffer>, after = words): Placed =>
      arena.put(`${of} of ${activation}`, words, 8, after)
    const dx = dy.map((value, i) => (sum[i]! >= first && sum[i]! <= last ? value : 0))
    const dbias = new Int32Array(columns)
    for (const [i, value] of dx.entries()) dbias[i % columns]! += value
    const [given, biased, upstream] = [put('x', x), put('bias', bias), put('dy', dy)]
    const y = put(
      'y',
      there,
      sum.map(value => Math.min(Math.max(value, bounds[0]), bounds[1])),
    )
    const added = put(
      'dx',
      there,
      there.map((value, i) => value + dx[i]!),
    )
    const sums = put(
      'dbias',
      bias,
      bias.map((value, i) => value + dbias[i]!),
    )
    return pass => {
      const common = { x: given.binding, bias: biased.binding, format: 'i32' as const }
      kernels.forward(pass, activation, { ...common, y: y.binding })
      const gradients = { dy: upstream.binding, dx: added.binding, dbias: sums.binding, accumulate: true }
      kernels.backward(pass, activation, { ...common, ...gradients })
    }
  })
  await expectArena(device, arena, calls)
})
