import { describe, expect, test } from 'vitest'
import { createKernels, geglu, type GluActivation, reglu, relu, swiglu } from '../../src/index.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { ordinary, regluGateGradient, regluOf } from '../support/pairs.ts'

const device = await testDevice()
const kernels = createKernels(device)
const poison = (length: number): Float32Array => new Float32Array(length).fill(12345)
// Their zeros carry the signs of their factors.
const unsigned = (array: Float32Array): Float32Array => array.map(value => value || 0)

describe('any length, and not a byte beyond it', () => {
  test.each([0, 1, 3, 4, 5, 63, 64, 67, 1027, 70_001])('%i elements', async length => {
    const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
    await inScopes(device, async use => {
      const given = [gate, up, dy].map(array => use(new GuardedBuffer(device, array)))
      const [y, dGate, dUp] = [256, 512, 1024].map(offset => use(new GuardedBuffer(device, poison(length), offset)))
      const [inGate, inUp, inDy] = given.map(({ binding }) => binding)
      submit(device, pass => {
        kernels.forward(pass, reglu(), { gate: inGate!, up: inUp!, y: y!.binding })
        const outputs = { dGate: dGate!.binding, dUp: dUp!.binding }
        kernels.backward(pass, reglu(), { gate: inGate!, up: inUp!, dy: inDy!, ...outputs })
      })
      expectSameBits(unsigned(await y!.read()), unsigned(regluOf(gate, up)))
      expectSameBits(unsigned(await dGate!.read()), unsigned(regluGateGradient(gate, up, dy)))
      expectSameBits(unsigned(await dUp!.read()), unsigned(regluOf(gate, dy)))
      for (const [i, array] of [gate, up, dy].entries()) expectSameBits(await given[i]!.read(), array)
    })
  })
})

describe('in place', () => {
  /** The inputs that the results lie over. */
  const forward = [['gate'], ['up'], ['gate', 'up']] as const
  test.each(forward)('y over %s %s', async (...over) => {
    for (const length of [1, 4, 64, 1027]) {
      const [gate, up] = [ordinary(length, 1), over.length > 1 ? ordinary(length, 1) : ordinary(length, 2)]
      await inScopes(device, async use => {
        const [first, second] = [gate, up].map(array => use(new GuardedBuffer(device, array)))
        const y = over[0] === 'gate' ? first! : second!
        const beside = over.length > 1 ? y : second!
        const bindings = { gate: first!.binding, up: beside.binding, y: y.binding }
        submit(device, pass => kernels.forward(pass, reglu(), bindings))
        expectSameBits(unsigned(await y.read()), unsigned(regluOf(gate, up)))
        if (over.length === 1) {
          const untouched = over[0] === 'gate' ? second! : first!
          expectSameBits(await untouched.read(), over[0] === 'gate' ? up : gate)
        }
      })
    }
  })

  const backward = [
    ['gate', 'up'],
    ['up', 'gate'],
    ['gate', undefined],
    [undefined, 'up'],
    ['dy', undefined],
    ['dy', 'gate'],
    [undefined, 'dy'],
  ] as const
  test.each(backward)('dGate over %s and dUp over %s', async (overGate, overUp) => {
    for (const length of [1, 64, 1027]) {
      const arrays = { gate: ordinary(length, 1), up: ordinary(length, 2), dy: ordinary(length, 3) }
      const { gate, up, dy } = arrays
      await inScopes(device, async use => {
        const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
        const given = { gate: tensor(gate), up: tensor(up), dy: tensor(dy) }
        const [dGate, dUp] = [overGate, overUp].map(over => (over === undefined ? tensor(poison(length)) : given[over]))
        const bindings = {
          gate: given.gate.binding,
          up: given.up.binding,
          dy: given.dy.binding,
          dGate: dGate!.binding,
          dUp: dUp!.binding,
        }
        submit(device, pass => kernels.backward(pass, reglu(), bindings))
        expectSameBits(unsigned(await dGate!.read()), unsigned(regluGateGradient(gate, up, dy)))
        expectSameBits(unsigned(await dUp!.read()), unsigned(regluOf(gate, dy)))
        for (const name of ['gate', 'up', 'dy'] as const) {
          if (name !== overGate && name !== overUp) expectSameBits(await given[name].read(), arrays[name])
        }
      })
    }
  })

  // As a projection leaves them that computes gate and up at once.
  test('gate and up as halves of one buffer, and so their gradients', async () => {
    const length = 128
    const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
    const whole = new Float32Array([...gate, ...up])
    const halves = ({ binding: { buffer, offset } }: GuardedBuffer): [GPUBufferBinding, GPUBufferBinding] => {
      const size = length * 4
      return [
        { buffer, offset, size },
        { buffer, offset: offset + size, size },
      ]
    }
    const y = regluOf(gate, up)
    const gradients = [...regluGateGradient(gate, up, dy), ...regluOf(gate, dy)]
    await inScopes(device, async use => {
      const [apart, overGate, overUp, inPlace, output] = Array.from({ length: 5 }, () =>
        use(new GuardedBuffer(device, whole)),
      )
      const result = use(new GuardedBuffer(device, poison(length)))
      const upstream = use(new GuardedBuffer(device, dy))
      submit(device, pass => {
        for (const [tensor, over] of [
          [apart, undefined],
          [overGate, 0],
          [overUp, 1],
        ] as const) {
          const both = halves(tensor!)
          kernels.forward(pass, reglu(), {
            gate: both[0],
            up: both[1],
            y: over === undefined ? result.binding : both[over],
          })
        }
        const [first, second] = halves(apart!)
        const [dGate, dUp] = halves(output!)
        kernels.backward(pass, reglu(), { gate: first, up: second, dy: upstream.binding, dGate, dUp })
        const [over, under] = halves(inPlace!)
        kernels.backward(pass, reglu(), { gate: over, up: under, dy: upstream.binding, dGate: over, dUp: under })
      })
      expectSameBits(unsigned(await result.read()), unsigned(y))
      expectSameBits(unsigned(await overGate!.read()), unsigned(new Float32Array([...y, ...up])))
      expectSameBits(unsigned(await overUp!.read()), unsigned(new Float32Array([...gate, ...y])))
      expectSameBits(unsigned(await output!.read()), unsigned(Float32Array.from(gradients)))
      expectSameBits(unsigned(await inPlace!.read()), unsigned(Float32Array.from(gradients)))
    })
  })
})

test('longer than a binding may be', async () => {
  const small = await ownDevice({ maxStorageBufferBindingSize: 4096 + 4 })
  const length = 5003
  const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
  await inScopes(small, async use => {
    const [dGate, dUp, upstream] = [gate, up, dy].map(array => use(new GuardedBuffer(small, array)).binding)
    const bindings = { gate: dGate!, up: dUp!, dy: upstream!, dGate: dGate!, dUp: dUp! }
    const [first, second] = [gate, up].map(array => use(new GuardedBuffer(small, array)))
    submit(small, pass => {
      createKernels(small).backward(pass, reglu(), {
        ...bindings,
        gate: first!.binding,
        dGate: first!.binding,
        up: second!.binding,
        dUp: second!.binding,
      })
    })
    expectSameBits(unsigned(await first!.read()), unsigned(regluGateGradient(gate, up, dy)))
    expectSameBits(unsigned(await second!.read()), unsigned(regluOf(gate, dy)))
  })
})

describe('refused', () => {
  const usage = GPUBufferUsage.STORAGE
  const make = (): GPUBuffer => device.createBuffer({ size: 1024, usage })
  const [a, b, c, d, e] = [make(), make(), make(), make(), make()].map(buffer => ({ buffer, size: 512 })) as [
    GPUBufferBinding,
    ...GPUBufferBinding[],
  ] as GPUBufferBinding[]
  const shifted = { ...a!, offset: 256 }
  const pass = device.createCommandEncoder().beginComputePass()

  const forward: readonly [string, object, string, RegExp][] = [
    ['no up', { gate: a, y: c }, 'invalid-binding', /up is undefined/],
    ['the bindings of an activation', { x: a, y: c }, 'invalid-argument', /columns is undefined.* gate and up in one/],
    ['lengths that differ', { gate: a, up: { ...b, size: 256 }, y: c }, 'length-mismatch', /512 bytes and up has 256/],
    ['y over gate and a part of up', { gate: a, up: shifted, y: a }, 'invalid-binding', /share 256 bytes/],
    ['y over up and a part of gate', { gate: shifted, up: a, y: a }, 'invalid-binding', /share 256 bytes/],
    ['y over a part of gate', { gate: a, up: b, y: shifted }, 'invalid-binding', /y .* and gate .* share 256 bytes/],
    ['y over a part of up', { gate: b, up: a, y: shifted }, 'invalid-binding', /y .* and up .* share 256 bytes/],
  ]
  test.each(forward)('forward: %s', (_, bindings, code, message) => {
    const record = (): void => kernels.forward(pass, swiglu(), bindings as never)
    expect(record).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  const backward: readonly [string, object, string, RegExp][] = [
    ['no dUp', { gate: a, up: b, dy: c, dGate: d }, 'invalid-binding', /dUp is undefined/],
    [
      'in place and accumulating',
      { gate: a, up: b, dy: c, dGate: a, dUp: e, accumulate: true },
      'invalid-binding',
      /dGate .* and gate .* share/,
    ],
    [
      'one range for both',
      { gate: a, up: b, dy: c, dGate: d, dUp: d },
      'invalid-binding',
      /dGate .* and dUp .* share 512/,
    ],
    ['gate and up as one, in place', { gate: a, up: a, dy: c, dGate: a, dUp: a }, 'invalid-binding', /share 512/],
    [
      'dy in the way',
      { gate: a, up: b, dy: shifted, dGate: a, dUp: b },
      'invalid-binding',
      /dGate .* and dy .* share 256/,
    ],
    ['dy in the way of dUp', { gate: b, up: a, dy: shifted, dGate: b, dUp: a }, 'invalid-binding', /dUp .* and dy/],
  ]
  test.each(backward)('backward: %s', (_, bindings, code, message) => {
    const record = (): void => kernels.backward(pass, swiglu(), bindings as never)
    expect(record).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })

  test('a pair of another making, and a pair where an activation is due', () => {
    const impostor = { ...swiglu() } as GluActivation
    expect(() => kernels.forward(pass, impostor, { gate: a!, up: b!, y: c! })).toThrow(/The activation is/)
    expect(() => kernels.forward(pass, relu(), { gate: a, up: b, y: c } as never)).toThrow(
      /no binding "gate".*{ x, y, mask, bias }/,
    )
  })
})

test('prepare compiles all that a pair may need', async () => {
  const own = await ownDevice()
  const recorder = createKernels(own)
  await recorder.prepare([geglu()])
  const compiled: string[] = []
  Object.defineProperty(own, 'createComputePipeline', {
    value: ({ label }: GPUComputePipelineDescriptor) => compiled.push(label ?? ''),
  })
  await inScopes(own, async use => {
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(seed => use(new GuardedBuffer(own, ordinary(70, seed))).binding)
    submit(own, pass => {
      recorder.forward(pass, geglu(), { gate: a!, up: b!, y: c! })
      recorder.forward(pass, geglu(), { gate: a!, up: b!, y: a! })
      recorder.forward(pass, geglu(), { gate: a!, up: b!, y: b! })
      recorder.backward(pass, geglu(), { gate: a!, up: b!, dy: c!, dGate: d!, dUp: e! })
      recorder.backward(pass, geglu(), { gate: a!, up: b!, dy: c!, dGate: a!, dUp: b! })
    })
    await own.queue.onSubmittedWorkDone()
  })
  expect(compiled).toEqual([])
})
