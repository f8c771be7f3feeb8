import { describe, expect, test } from 'vitest'
import { type BackwardBindings, createKernels, type ForwardBindings, prelu, relu, swiglu } from '../../src/index.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'
import { expectSameWords, fromHalf, toHalf } from '../support/half.ts'
import { ordinary } from '../support/pairs.ts'
import { runSnippet } from '../support/snippets.ts'
import { preluBackward, preluForward, slopesFor, wholePeriods } from '../support/prelu.ts'

// Slopes that a kernel reads from the caller's buffer, and their gradient in the same pass.

const device = await testDevice()
const kernels = createKernels(device)

type Use = Parameters<Parameters<typeof inScopes>[1]>[0]

/** Tensors at a shift of so many words from a multiple of 256 bytes. */
const placing =
  (own: GPUDevice, use: Use) =>
  (array: Float32Array, shift = 0): GuardedBuffer =>
    use(new GuardedBuffer(own, array, 256 + 4 * shift))

/** For each slope the sum of x * dy in float64, and what its error is a multiple of. */
function truthOf(count: number, inner: number, x: Float32Array, dy: Float32Array) {
  const sums = new Float64Array(count)
  const units = new Float64Array(count)
  for (let i = 0; i < x.length; i++) {
    if (x[i]! > 0) continue
    const channel = Math.floor(i / inner) % count
    sums[channel]! += x[i]! * dy[i]!
    units[channel]! += Math.abs(x[i]! * dy[i]!) * 2 ** -24
  }
  return { sums, units }
}

/** Expects each gradient within so many units of the magnitudes that it adds up. 60 are documented for short tensors. */
function expectSums(found: Float32Array, count: number, inner: number, x: Float32Array, dy: Float32Array, most = 8) {
  const { sums, units } = truthOf(count, inner, x, dy)
  const wrong = [...found].flatMap((sum, c) =>
    Math.abs(sum - sums[c]!) <= most * units[c]! ? [] : [[c, sum, sums[c]]],
  )
  expect(found.length).toBe(count)
  expect(wrong).toEqual([])
}

const shapes = [
  { count: 1, inner: 1, least: 100_003, shift: 1 },
  { count: 1, inner: 7, least: 4096, shift: 0 },
  { count: 2, inner: 1, least: 1001, shift: 3 },
  { count: 3, inner: 5, least: 40_000, shift: 2 },
  { count: 64, inner: 1, least: 70_000, shift: 0 },
  { count: 64, inner: 49, least: 100_000, shift: 0 },
  { count: 64, inner: 784, least: 100_000, shift: 0 },
  { count: 5, inner: 300, least: 100_000, shift: 1 },
  { count: 4096, inner: 1, least: 100_000, shift: 0 },
  { count: 4096, inner: 16, least: 70_000, shift: 0 },
  { count: 4095, inner: 3, least: 30_000, shift: 0 },
]

describe.each(casesHere(shapes))('$count slopes of $inner, $least elements or more, $shift words off', shape => {
  const { count, inner, least, shift } = shape
  const slopes = { alpha: slopesFor(count), inner }
  const length = wholePeriods(least, slopes)

  test('forward, with a mask, and backward, from x and from the mask, have the bits of the same slopes as values', async () => {
    const [x, dy] = [scrambledBits(length, 1), scrambledBits(length, 2)]
    await inScopes(device, async use => {
      const place = placing(device, use)
      const nothing = new Float32Array(length)
      const [input, gradient, y, dx, fromMask] = [x, dy, nothing, nothing, nothing].map(array => place(array, shift))
      const alpha = place(slopes.alpha, 1).binding
      const mask = place(new Float32Array(Math.ceil(length / 32))).binding
      submit(device, pass => {
        kernels.forward(pass, prelu({ inner }), { x: input!.binding, alpha, y: y!.binding, mask })
        kernels.backward(pass, prelu({ inner }), { x: input!.binding, alpha, dy: gradient!.binding, dx: dx!.binding })
        kernels.backward(pass, prelu(slopes), { mask, alpha, dy: gradient!.binding, dx: fromMask!.binding })
      })
      expectSameBits(await y!.read(), preluForward(slopes, x), { x })
      for (const result of [dx, fromMask]) expectSameBits(await result!.read(), preluBackward(slopes, x, dy), { x, dy })
    })
  })

  test('dalpha, alone and with dx in place of x, overwritten and accumulated', async () => {
    const [x, dy] = [ordinary(length, 3), ordinary(length, 4)]
    await inScopes(device, async use => {
      const place = placing(device, use)
      const [input, gradient] = [x, dy].map(array => place(array, shift))
      const alpha = place(slopes.alpha).binding
      const [first, second] = [0, 1].map(i => place(new Float32Array(count).fill(1e9), i))
      const given = { x: input!.binding, dy: gradient!.binding }
      submit(device, pass => {
        kernels.backward(pass, prelu({ inner }), { ...given, alpha, dalpha: first!.binding })
        kernels.backward(pass, prelu(slopes), { ...given, dalpha: second!.binding })
        kernels.backward(pass, prelu({ inner }), { ...given, alpha, dalpha: second!.binding, accumulate: true })
        kernels.backward(pass, prelu({ inner }), { ...given, alpha, dalpha: first!.binding, dx: input!.binding })
      })
      const sums = await first!.read()
      expectSums(sums, count, inner, x, dy)
      expectSameBits(
        await second!.read(),
        sums.map(sum => 2 * sum),
      )
      expectSameBits(await input!.read(), preluBackward(slopes, x, dy), { x, dy })
    })
  })
})

const halves = [
  { format: 'f16', count: 3, inner: 5 },
  { format: 'bf16', count: 8, inner: 1 },
  { format: 'bf16', count: 3, inner: 5 },
  { format: 'f16', count: 5, inner: 4 },
] as const

test.each(casesHere(halves))('$format tensors, $count float32 slopes of $inner', async ({ format, count, inner }) => {
  const slopes = { alpha: slopesFor(count), inner }
  const length = 1200
  const words = [5, 6].map(seed => toHalf(format, ordinary(length, seed)))
  const [x, dy] = words.map(each => fromHalf(format, each)) as [Float32Array, Float32Array]
  await inScopes(device, async use => {
    const place = placing(device, use)
    const [input, gradient, y, dx] = [...words, new Uint16Array(length), new Uint16Array(length)].map(array =>
      place(new Float32Array(array.buffer), 1),
    )
    const alpha = place(slopes.alpha).binding
    const dalpha = place(new Float32Array(count))
    const given = { x: input!.binding, alpha, format }
    submit(device, pass => {
      kernels.forward(pass, prelu({ inner }), { ...given, y: y!.binding })
      const bindings = { ...given, dy: gradient!.binding, dx: dx!.binding, dalpha: dalpha.binding }
      kernels.backward(pass, prelu({ inner }), bindings)
    })
    expectSums(await dalpha.read(), count, inner, x, dy)
    const wordsOf = ({ buffer, byteOffset }: Float32Array): Uint16Array => new Uint16Array(buffer, byteOffset, length)
    expectSameWords(format, wordsOf(await y!.read()), toHalf(format, preluForward(slopes, x)))
    expectSameWords(format, wordsOf(await dx!.read()), toHalf(format, preluBackward(slopes, x, dy)))
  })
})

const biases = [
  { count: 3, inner: 5, columns: 10 },
  { count: 8, inner: 1, columns: 8 },
  { count: 2, inner: 8, columns: 3 },
]

test.each(casesHere(biases))(
  'a bias of $columns is added first, for $count slopes of $inner too',
  async ({ count, inner, columns }) => {
    const slopes = { alpha: slopesFor(count), inner }
    const [x, dy, bias] = [ordinary(2400, 7), ordinary(2400, 8), ordinary(columns, 9)]
    const sum = x.map((value, i) => value + bias[i % columns]!)
    await inScopes(device, async use => {
      const place = placing(device, use)
      const [input, gradient, dx, added, dbias] = [x, dy, dy, bias, bias].map(array => place(array))
      const dalpha = place(new Float32Array(count))
      submit(device, pass =>
        kernels.backward(pass, prelu({ inner }), {
          x: input!.binding,
          dy: gradient!.binding,
          dx: dx!.binding,
          bias: added!.binding,
          dbias: dbias!.binding,
          alpha: place(slopes.alpha).binding,
          dalpha: dalpha.binding,
        }),
      )
      expectSums(await dalpha.read(), count, inner, sum, dy)
      const gradients = preluBackward(slopes, sum, dy)
      expectSameBits(await dx!.read(), gradients)
      const total = (await dbias!.read())[0]!
      expect(total).toBeCloseTo(
        gradients.filter((_, i) => i % columns === 0).reduce((a, b) => a + b, 0),
        1,
      )
    })
  },
)

const longer = [
  { count: 3, inner: 50 },
  { count: 3, inner: 5000 },
  { count: 2, inner: 4000 },
  { count: 700, inner: 9 },
  { count: 8000, inner: 1 },
  { count: 6001, inner: 1 },
  { count: 1, inner: 1 },
]

// One device for all of them, because it compiles the programs.
test('tensors longer than a binding', async () => {
  const own = await ownDevice({ maxStorageBufferBindingSize: 32_768 + 4 })
  const recorder = createKernels(own)
  for (const { count, inner } of casesHere(longer)) {
    const slopes = { alpha: slopesFor(count), inner }
    const length = wholePeriods(40_021, slopes)
    const words = [10, 11].map(seed => toHalf('bf16', ordinary(length, seed)))
    const [x, dy] = words.map(each => fromHalf('bf16', each)) as [Float32Array, Float32Array]
    await inScopes(own, async use => {
      const place = placing(own, use)
      const [input, gradient, dx] = [x, dy, dy].map(array => place(array))
      const [halfX, halfDy] = words.map(each => {
        const { binding } = place(new Float32Array(Uint16Array.of(...each, 0, 0).buffer, 0, Math.ceil(length / 2)))
        return { ...binding, size: 2 * length }
      })
      const dalpha = [1, 2].map(() => place(new Float32Array(count)))
      const [first, second] = dalpha.map(({ binding }) => binding)
      const alpha = place(slopes.alpha).binding
      submit(own, pass => {
        const tensors = { x: input!.binding, dy: gradient!.binding, dx: dx!.binding }
        recorder.backward(pass, prelu({ inner }), { ...tensors, alpha, dalpha: first! })
        recorder.backward(pass, prelu({ inner }), { x: halfX!, dy: halfDy!, alpha, dalpha: second!, format: 'bf16' })
      })
      for (const each of dalpha) expectSums(await each.read(), count, inner, x, dy)
      expectSameBits(await dx!.read(), preluBackward(slopes, x, dy), { x, dy })
    })
  }
})

test('the same bits run after run, whatever the buffers and the number of workgroups', async () => {
  const [x, dy] = [ordinary(90_000, 12), ordinary(90_000, 13)]
  const sumsOn = (own: GPUDevice, inner: number): Promise<Float32Array> =>
    inScopes(own, async use => {
      const place = placing(own, use)
      const dalpha = place(new Float32Array(9))
      const [input, gradient] = [place(x).binding, place(dy).binding]
      const alpha = place(slopesFor(9)).binding
      submit(own, pass =>
        createKernels(own).backward(pass, prelu({ inner }), { x: input, dy: gradient, alpha, dalpha: dalpha.binding }),
      )
      return dalpha.read()
    })
  const own = await ownDevice({ maxComputeWorkgroupsPerDimension: 1 })
  for (const inner of [1, 100]) {
    const sums = await sumsOn(device, inner)
    expectSameBits(await sumsOn(device, inner), sums)
    expectSameBits(await sumsOn(own, inner), sums)
  }
})

test('slopes that are no finite numbers, and an infinite product, reach their own channel alone', async () => {
  const slopes = Float32Array.of(NaN, Infinity, -Infinity, 0.5)
  new Uint32Array(slopes.buffer)[0] = 0x7fc12345
  const values = [-2, 0, -1e-40, NaN, 3, -Infinity]
  const x = Float32Array.from({ length: 24 }, (_, i) => values[i >> 2]!)
  const dy = Float32Array.from(x, (_, i) => (i < 4 ? Infinity : -1))
  await inScopes(device, async use => {
    const place = placing(device, use)
    const [input, gradient, y, dx] = [x, dy, dy, dy].map(array => place(array))
    const dalpha = place(slopes)
    const given = { x: input!.binding, alpha: place(slopes).binding }
    submit(device, pass => {
      kernels.forward(pass, prelu(), { ...given, y: y!.binding })
      kernels.backward(pass, prelu(), { ...given, dy: gradient!.binding, dx: dx!.binding, dalpha: dalpha.binding })
    })
    const [forward, backward] = [await y!.read(), await dx!.read()]
    const row = (array: Float32Array, i: number): number[] => [...array.subarray(4 * i, 4 * i + 4)]
    expect([0, 1, 2, 3, 4, 5].map(i => row(forward, i))).toEqual([
      [NaN, -Infinity, Infinity, -1],
      [NaN, NaN, NaN, 0],
      [NaN, -Infinity, Infinity, Math.fround(-5e-41)],
      [NaN, NaN, NaN, NaN],
      [3, 3, 3, 3],
      [NaN, -Infinity, Infinity, -Infinity],
    ])
    expect(new Uint32Array(forward.buffer, forward.byteOffset, 1)[0]).toBe(0x7fc12345)
    expect(row(backward, 0)).toEqual([NaN, Infinity, -Infinity, Infinity])
    expect([...(await dalpha.read())]).toEqual([NaN, NaN, NaN, NaN])
  })
})

test('no elements: dalpha becomes 0, or stays where it accumulates', async () => {
  await inScopes(device, async use => {
    const place = placing(device, use)
    const empty = { ...place(Float32Array.of(0)).binding, size: 0 }
    const [zeroed, kept] = [1, 2].map(() => place(Float32Array.of(1, 2, 3)))
    submit(device, pass => {
      const given = { x: empty, dy: empty, alpha: place(Float32Array.of(1, 2, 3)).binding }
      kernels.backward(pass, prelu(), { ...given, dalpha: zeroed!.binding })
      kernels.backward(pass, prelu(), { ...given, dalpha: kept!.binding, accumulate: true })
    })
    expect([...(await zeroed!.read()), ...(await kept!.read())]).toEqual([0, 0, 0, 1, 2, 3])
  })
})

describe('refused before anything is recorded', () => {
  const buffer = device.createBuffer({ size: 4096, usage: GPUBufferUsage.STORAGE })
  const at = (place: number, size = 48): GPUBufferBinding => ({ buffer, offset: 256 * place, size })
  const [x, y, dy, dx, alpha] = [at(0), at(1), at(2), at(3), at(4, 16)] as const
  const mask = at(6, 4)
  const dalpha = at(5, 16)
  const forward = (bindings: object, activation = prelu()) => ['forward', activation, bindings] as const
  const backward = (bindings: object, activation = prelu()) => ['backward', activation, bindings] as const
  const refusals = [
    ['more slopes than periods', forward({ x, y, alpha: at(4, 20) }), 'length-mismatch', /12 elements.*5 slopes/],
    ['inner', forward({ x, y, alpha }, prelu({ inner: 2 })), 'length-mismatch', /12 elements.*4 slopes of inner 2/],
    [
      'others than its own',
      forward({ x, y, alpha }, prelu({ alpha: [1, 2, 3] })),
      'length-mismatch',
      /alpha has 4 .* 3/,
    ],
    ['none', forward({ x, y, alpha: at(4, 0) }), 'invalid-binding', /alpha has no elements/],
    ['half of one', forward({ x, y, alpha: at(4, 6), format: 'f16' }), 'invalid-binding', /cuts an element of f32/],
    ['no buffer', forward({ x, y, alpha: {} }), 'invalid-binding', /alpha is/],
    [
      'under y',
      forward({ x, y, alpha: y }, prelu({ inner: 1 })),
      'invalid-binding',
      /y .* and alpha .* share 48 bytes/,
    ],
    ['under the mask', forward({ x, y, mask, alpha: mask }), 'invalid-binding', /mask .* and alpha .* share/],
    ['of relu', ['forward', relu(), { x, y, alpha }], 'unknown-option', /alpha/],
    ['of a GLU', ['forward', swiglu(), { gate: x, up: dy, y, alpha }], 'unknown-option', /alpha/],
    ['dalpha forward', forward({ x, y, alpha, dalpha }), 'unknown-option', /dalpha/],
    ['y with slopes that may be negative', backward({ y, dy, dx, alpha }), 'invalid-argument', /cannot be told from y/],
    ['dalpha from y', backward({ y, dy, dx, dalpha: at(5, 4) }), 'invalid-argument', /dalpha and y/],
    ['dalpha from a mask', backward({ mask, dy, dx, alpha, dalpha }), 'invalid-argument', /dalpha and mask/],
    ['dalpha longer', backward({ x, dy, dx, alpha, dalpha: at(5, 20) }), 'length-mismatch', /dalpha has 5 .* 4 slopes/],
    ['dalpha of one slope', backward({ x, dy, dx, dalpha }), 'length-mismatch', /dalpha has 4 .* 1 slopes/],
    ['dalpha over alpha', backward({ x, dy, dx, alpha, dalpha: alpha }), 'invalid-binding', /dalpha .* alpha .* share/],
    ['dalpha over dx', backward({ x, dy, dx, alpha, dalpha: at(3, 16) }), 'invalid-binding', /dx .* dalpha .* share/],
    ['dalpha over x', backward({ x, dy, dx, alpha, dalpha: at(0, 16) }), 'invalid-binding', /dalpha .* x .* share/],
    ['dbias without dx', backward({ x, dy, alpha, dalpha, dbias: at(7, 16) }), 'invalid-argument', /dbias without dx/],
    ['neither dx nor dalpha', backward({ x, dy, alpha }), 'invalid-binding', /dx is undefined/],
  ] as const

  test.each(refusals)('%s', (_, [direction, activation, bindings], code, message) => {
    let recorded = 0
    const record = (): void => void recorded++
    const pass = {
      setPipeline: record,
      setBindGroup: record,
      dispatchWorkgroups: record,
    } as unknown as GPUComputePassEncoder
    const call = (): void =>
      direction === 'forward'
        ? kernels.forward(pass, activation as ReturnType<typeof prelu>, bindings as ForwardBindings)
        : kernels.backward(pass, activation, bindings as BackwardBindings)
    expect(call).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message), fix: expect.any(String) }),
    )
    expect(recorded).toBe(0)
  })
})

test('docs/kernels.md learns slopes', async () => {
  const [count, width, height] = [3, 2, 5]
  const inner = width * height
  const [input, gradient] = [3, 4].map(seed => ordinary(2 * count * inner, seed)) as [Float32Array, Float32Array]
  await inScopes(device, async use => {
    const place = placing(device, use)
    const slopes = slopesFor(count)
    const [x, dy, alpha] = [input, gradient, slopes].map(array => place(array))
    const [y, dx, dalpha] = [input, input, slopes].map(array => place(array.map(() => 0)))
    const buffers = { x, dy, alpha, y, dx, dalpha }
    const bindings = Object.fromEntries(Object.entries(buffers).map(([name, buffer]) => [name, buffer!.binding]))
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    await runSnippet('docs/kernels.md', 'slopes', [], {
      createKernels,
      prelu,
      device,
      pass,
      width,
      height,
      ...bindings,
    })
    pass.end()
    device.queue.submit([encoder.finish()])
    expectSameBits(await y!.read(), preluForward({ alpha: slopes, inner }, input))
    // The last line adds the gradient once more.
    const sums = (await dalpha!.read()).map(sum => sum / 2)
    expectSums(sums, count, inner, input, gradient)
  })
})
