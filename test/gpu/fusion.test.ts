import { describe, expect, inject, test } from 'vitest'
import { createKernels, type Format, gelu, leakyRelu, reglu, relu, swiglu } from '../../src/index.ts'
import { Arena, type Placed } from '../support/arena.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { fromHalf, toHalf } from '../support/half.ts'
import { ordinary } from '../support/pairs.ts'
import { reluForward } from '../support/truth.ts'

// What is fused into one pass over the data: biases, their gradients, and gradients that add up. Most tests use small
// integers, of which every format has the exact sum, so that results are the same to the bit.

const device = await testDevice()
// Chromium's SwiftShader has a lane of its own for them all.
const formats: readonly Format[] = inject('lane') === 'browser' ? ['f16'] : ['f32', 'f16', 'bf16', 'i32']

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

describe.each(formats)('%s', format => {
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

describe.each(['f32', 'f16'] as const)('%s', format => {
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

describe.each(['f32', 'f16'] as const)('a gated pair in %s', format => {
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

test('a bias of ordinary numbers is added in float32, and rounded before the activation', async () => {
  const [length, columns] = [1003, 17]
  const [x, bias, dy] = [ordinary(length, 1), ordinary(columns, 2), ordinary(length, 3)]
  const sum = x.map((value, i) => value + bias[i % columns]!)
  const kernels = createKernels(device)
  for (const activation of [gelu(), leakyRelu()]) {
    await inScopes(device, async use => {
      const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
      const [fused, unfused, fusedGradient, unfusedGradient] = [1, 2, 3, 4].map(() => tensor(new Float32Array(length)))
      const [given, added, biased, upstream] = [x, sum, bias, dy].map(tensor)
      submit(device, pass => {
        kernels.forward(pass, activation, { x: given!.binding, bias: biased!.binding, y: fused!.binding })
        kernels.forward(pass, activation, { x: added!.binding, y: unfused!.binding })
        const gradients = { dy: upstream!.binding, dx: fusedGradient!.binding }
        kernels.backward(pass, activation, { x: given!.binding, bias: biased!.binding, ...gradients })
        kernels.backward(pass, activation, { x: added!.binding, dy: upstream!.binding, dx: unfusedGradient!.binding })
      })
      expectSameBits(await fused!.read(), await unfused!.read(), { sum })
      expectSameBits(await fusedGradient!.read(), await unfusedGradient!.read(), { sum, dy })
    })
  }
})

test.each(['f16', 'bf16'] as const)('a bias in %s is added with all its bits', async format => {
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

describe('sums of columns', () => {
  /** dbias of relu where every gate is open, so that dx is dy. */
  async function sumsOf(dy: Float32Array, columns: number, accumulate = false): Promise<Float32Array> {
    const kernels = createKernels(device)
    return inScopes(device, async use => {
      const [x, upstream] = [dy.map(() => 1), dy].map(array => use(new GuardedBuffer(device, array)))
      const dx = use(new GuardedBuffer(device, new Float32Array(dy.length)))
      const dbias = use(new GuardedBuffer(device, new Float32Array(columns)))
      const bindings = { x: x!.binding, dy: upstream!.binding, dx: dx.binding, dbias: dbias.binding, accumulate }
      submit(device, pass => kernels.backward(pass, relu(), bindings))
      return dbias.read()
    })
  }

  test.each([
    [1_000_001, 1],
    [1_000_000, 3],
    [1_048_576, 1024],
    [300_000, 77_777],
  ])('of %i elements in %i columns are off by little, the same every time', async (length, columns) => {
    const dy = ordinary(length, 7).map((value, i) => value * 2 ** ((i % 40) - 20))
    const sums = await sumsOf(dy, columns)
    const truth = new Float64Array(columns)
    const magnitude = new Float64Array(columns)
    for (const [i, value] of dy.entries()) {
      truth[i % columns]! += value
      magnitude[i % columns]! += Math.abs(value)
    }
    // As few roundings of 2^-24 as a tree of 1,000,000 numbers that adds up 32 at a time can have: the README says 200.
    const worst = sums.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i]!) / magnitude[i]!), 0)
    expect(worst).toBeLessThan(200 * 2 ** -24)
    expectSameBits(await sumsOf(dy, columns), sums)
  })

  test('keep NaN and Infinity in their columns', async () => {
    const dy = new Float32Array(1000).fill(1)
    dy[7] = NaN
    dy[18] = Infinity
    const sums = await sumsOf(dy, 10)
    expect([...sums]).toEqual([100, 100, 100, 100, 100, 100, 100, NaN, Infinity, 100])
  })
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

test('the pair of a smooth function takes biases as sums', async () => {
  const [length, columns] = [500, 20]
  const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
  const [gateBias, upBias] = [ordinary(columns, 4), ordinary(columns, 5)]
  const sum = (numbers: Float32Array, bias: Float32Array): Float32Array =>
    numbers.map((value, i) => value + bias[i % columns]!)
  const kernels = createKernels(device)
  await inScopes(device, async use => {
    const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
    const bind = (arrays: Record<string, Float32Array>): Record<string, GPUBufferBinding> =>
      Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, tensor(array).binding]))
    const results = [1, 2].map(() => ({
      dGate: tensor(new Float32Array(length)),
      dUp: tensor(new Float32Array(length)),
    }))
    const upstream = tensor(dy).binding
    submit(device, pass => {
      for (const [i, given] of [
        bind({ gate, up, gateBias, upBias }),
        bind({ gate: sum(gate, gateBias), up: sum(up, upBias) }),
      ].entries()) {
        const { dGate, dUp } = results[i]!
        kernels.backward(pass, swiglu(), { ...given, dy: upstream, dGate: dGate.binding, dUp: dUp.binding } as never)
      }
    })
    for (const name of ['dGate', 'dUp'] as const)
      expectSameBits(await results[0]![name].read(), await results[1]![name].read())
  })
})
