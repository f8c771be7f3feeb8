import { describe, expect, test } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import { isGlu } from '../../src/activations/support/glu-activation.ts'
import { elu, hardTanh, leakyRelu, prelu, threshold, wgsl } from '../../src/index.ts'
import { clampsOf } from '../activations/lookup.ts'
import { backwardFault, forwardFault, pairGateFault, pairValueFault } from '../support/contract.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { casesHere } from '../support/lanes.ts'
import { expectPair, knownPairs } from '../support/pairs.ts'
import { preluBackward, preluForward, slopesFor } from '../support/prelu.ts'
import {
  hardTanhBackward,
  hardTanhForward,
  leakyReluBackward,
  leakyReluForward,
  stepForward,
  thresholdBackward,
  thresholdForward,
} from '../support/truth.ts'
import { expectNoFaults, float32, madeFor, numbers, type Vectors, vectorsIn } from '../support/vectors.ts'

// The functions that wgsl() writes, called from a kernel of the test's own, against the same truth as the kernels.

type Spliced = Parameters<typeof wgsl>[0]

const BACKWARD_ULPS = 8
const largest = 3.4028234663852886e38
const smallest = 2 ** -149
const gradients = [NaN, Infinity, -Infinity, 0, -0, largest, -largest, 1.2e-38]

/** What a kernel stores, as expressions over its three operands a, b and c; and what it computes before. */
function callsOf(activation: Spliced, name: string): [calls: readonly string[], before?: string] {
  if (isGlu(activation)) {
    return [[`${name}(a, b)`, 'gradients.x', 'gradients.y'], `let gradients = ${name}_backward(a, b, c);`]
  }
  if (!hasSlopes(activation)) return [[`${name}(a)`, `${name}_backward(a, b)`]]
  // Of the other sign, so that no call can live on the slope of the one before.
  const other = 'bitcast<f32>(bitcast<u32>(c) ^ 0x80000000u)'
  return [[`${name}(a, c)`, `${name}_backward(a, b, ${other})`]]
}

function hasSlopes(activation: Activation): boolean {
  return (activation.channels?.slopes.length ?? 0) > 1
}

const bindings = [0, 1, 2]
  .flatMap(i => [
    `@group(0) @binding(${i}) var<storage, read> operand_${i}: array<u32>;`,
    `@group(0) @binding(${i + 3}) var<storage, read_write> result_${i}: array<u32>;`,
  ])
  .join('\n')

function entryPoint(name: string, calls: readonly string[], before = ''): string {
  return `
@compute @workgroup_size(64)
fn ${name}(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let i = invocation.x;
  if (i < arrayLength(&operand_0)) {
    let a = bitcast<f32>(operand_0[i]);
    let b = bitcast<f32>(operand_1[i]);
    let c = bitcast<f32>(operand_2[i]);
    ${before}
    ${calls.map((call, i) => `result_${i}[i] = bitcast<u32>(${call});`).join('\n    ')}
  }
}`
}

/** Runs an entry point over operands of one length, and gives what it stored. */
async function run(
  code: string,
  entryPoint: string,
  operands: readonly [Float32Array, ...Float32Array[]],
): Promise<[Float32Array, Float32Array, Float32Array]> {
  const device = await testDevice()
  return inScopes(device, async use => {
    const layout = device.createBindGroupLayout({
      entries: [0, 1, 2, 3, 4, 5].map(binding => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: binding < 3 ? 'read-only-storage' : 'storage' },
      })),
    })
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code }), entryPoint },
    })
    const { length } = operands[0]
    const tensors = [0, 1, 2].map(i => use(new GuardedBuffer(device, operands[i] ?? operands[0])))
    const results = [0, 1, 2].map(() => use(new GuardedBuffer(device, new Float32Array(length).fill(12345))))
    const entries = [...tensors, ...results].map((buffer, binding) => ({ binding, resource: buffer.binding }))
    const bindGroup = device.createBindGroup({ layout, entries })
    submit(device, pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(Math.ceil(length / 64))
    })
    return (await Promise.all(results.map(result => result.read()))) as [Float32Array, Float32Array, Float32Array]
  })
}

/** Runs an activation's functions, alone in their module. */
function compute(
  activation: Spliced,
  ...operands: [Float32Array, ...Float32Array[]]
): Promise<[Float32Array, Float32Array, Float32Array]> {
  const code = [wgsl(activation), bindings, entryPoint('test_entry', ...callsOf(activation, activation.name))].join(
    '\n',
  )
  return run(code, 'test_entry', operands)
}

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['../conformance/*.json', '!../conformance/pair-*.json', '!../conformance/prelu-*.json'], {
    eager: true,
    import: 'default',
  }),
)
const pairs = vectorsIn<Vectors<'gate' | 'up' | 'dy' | 'y' | 'dGate' | 'dUp'> & { readonly gated: boolean }>(
  import.meta.glob('../conformance/pair-*.json', { eager: true, import: 'default' }),
)

describe('true values', () => {
  // With the vectors' dy, and once more with each of the special ones.
  test.each(casesHere(vectors))('$file', async named => {
    const length = named.x.length
    const x = Float32Array.from({ length: length * (1 + gradients.length) }, (_, i) => Number(named.x[i % length]))
    const dy = Float32Array.from(x, (_, i) =>
      i < length ? Number(named.dy[i]) : gradients[Math.floor(i / length) - 1]!,
    )
    const [y, dx] = await compute(madeFor(named) as Activation, x, dy)
    const [xBits, dyBits, slopes] = [toBits(x), toBits(dy), numbers(named.derivative)]
    expectNoFaults(y.subarray(0, length), numbers(named.y), { x }, (i, actual, truth) =>
      forwardFault(named, xBits[i]!, truth, actual),
    )
    const truth = [...dy].map((gradient, i) => gradient * slopes[i % length]!)
    expectNoFaults(dx, truth, { x, dy }, (i, actual) =>
      backwardFault(named, xBits[i]!, dyBits[i]!, slopes[i % length]!, actual),
    )
  })

  test.each(casesHere(pairs))('$file', async named => {
    const [gate, up, dy] = [float32(named.gate), float32(named.up), float32(named.dy)]
    const [y, dGate, dUp] = await compute(madeFor(named) as Spliced, gate, up, dy)
    expectNoFaults(y, numbers(named.y), { gate, up }, (i, actual, truth) =>
      pairValueFault(clampsOf(named.activation, named.parameters).factor(up[i]!), truth, actual),
    )
    expectNoFaults(dGate, numbers(named.dGate), { gate, up, dy }, (i, actual, truth) =>
      pairGateFault(named, { gate: gate[i]!, up: up[i]!, dy: dy[i]! }, truth, actual),
    )
    expectNoFaults(dUp, numbers(named.dUp), { gate, dy }, (i, actual, truth) =>
      pairValueFault(dy[i]!, truth, actual, BACKWARD_ULPS),
    )
  })
})

// A parameter is a constant of the source here, and compilers know what to do with constants: NaN * 0 becomes 0, and -0
// becomes +0.
describe('bit for bit', () => {
  const magnitudes = [
    0, 1, 5, 0x007fffff, 0x00800000, 0x3f800000, 0x40a00000, 0x7f7fffff, 0x7f800000, 0x7fa00000, 0x7fc12345,
  ]
  const words = magnitudes.flatMap(bits => [bits, (bits | 0x80000000) >>> 0])
  const x = fromBits([...words.flatMap(() => words), ...toBits(scrambledBits(5003, 1))])
  const dy = fromBits([...words.flatMap(bits => words.map(() => bits)), ...toBits(scrambledBits(5003, 2))])

  test.each([0.01, 0, -0, 1, -1, -0.5, 3.7, 2 ** -126, smallest, -1e-40, largest])(
    'leakyRelu, alpha %s',
    async alpha => {
      const [y, dx] = await compute(leakyRelu({ alpha }), x, dy)
      expectSameBits(y, leakyReluForward(alpha, x), { x })
      expectSameBits(dx, leakyReluBackward(alpha, x, dy), { x, dy })
    },
  )

  test('prelu with one slope', async () => {
    const [y, dx] = await compute(prelu({ alpha: -0 }), x, dy)
    expectSameBits(y, leakyReluForward(-0, x), { x })
    expectSameBits(dx, leakyReluBackward(-0, x, dy), { x, dy })
  })

  test('prelu with several slopes, each handed over', async () => {
    const alpha = slopesFor(37)
    const slope = Float32Array.from(x, (_, i) => alpha[i % 37]!)
    const [y, dx] = await compute(prelu({ alpha }), x, dy, slope)
    expectSameBits(y, preluForward({ alpha, inner: 1 }, x), { x, slope })
    const negated = { alpha: alpha.map(value => -value), inner: 1 }
    expectSameBits(dx, preluBackward(negated, x, dy), { x, dy, slope })
  })

  test.each([
    [-0, 1],
    [0, -0],
    [-smallest, smallest],
    [-1e-40, 1e-39],
  ])('hardTanh, minValue %s, maxValue %s', async (minValue, maxValue) => {
    const [y, dx] = await compute(hardTanh({ minValue, maxValue }), x, dy)
    expectSameBits(y, hardTanhForward(minValue, maxValue, x), { x })
    expectSameBits(dx, hardTanhBackward(minValue, maxValue, x, dy), { x, dy })
  })

  test('a gradient alone, of a parameter that is zero', async () => {
    const code = [
      wgsl(hardTanh({ minValue: -1, maxValue: 0 })),
      bindings,
      entryPoint('test_entry', ['hardTanh_backward(a, b)']),
    ]
    const [dx] = await run(code.join('\n'), 'test_entry', [x, dy])
    expectSameBits(dx, hardTanhBackward(-1, 0, x, dy), { x, dy })
  })

  test.each([
    [0.1, 20],
    [-0, -0],
    [smallest, -smallest],
    [5, 1e-40],
  ])('threshold, threshold %s, value %s', async (limit, value) => {
    const [y, dx] = await compute(threshold({ threshold: limit, value }), x, dy)
    expectSameBits(y, thresholdForward(limit, value, x), { x })
    expectSameBits(dx, thresholdBackward(limit, x, dy), { x, dy })
  })

  // Not to the bit, but NaN and Infinity times zero are NaN.
  test.each([0, -0])('elu, alpha %s', async alpha => {
    const [y, dx] = await compute(elu({ alpha }), x, dy)
    const withoutSign = (values: Float32Array): number[] => Array.from(values, value => (value === 0 ? 0 : value))
    expect(withoutSign(y)).toEqual(withoutSign(x.map(value => (value <= 0 ? 0 : value))))
    const expected = x.map((value, i) => (value > 0 ? dy[i]! : value <= 0 ? alpha * dy[i]! : NaN))
    expect(withoutSign(dx)).toEqual(withoutSign(expected))
  })
})

test.each(casesHere(knownPairs))('$pair.name of factors of any size', async known => {
  const [gate, up, dy] = [scrambledBits(9001, 1), scrambledBits(9001, 2), scrambledBits(9001, 3)]
  for (const gates of [gate, gate.map((_, i) => Math.sin(i) * 30)]) {
    const [y, dGate, dUp] = await compute(known.pair, gates, up, dy)
    expectPair(known, { gate: gates, up, dy, y, dGate, dUp })
  }
})

test('every activation and every set of parameters fits into one module', async () => {
  const sources = new Map<string, string>()
  for (const named of [...vectors, ...pairs]) {
    // tanh and step are builtins, which these hide from all others.
    const name = sources.has(named.activation) ? named.file.replace(/\W/g, '_') : named.activation
    sources.set(name, wgsl(madeFor(named) as Spliced, { name }))
  }
  const leaky = wgsl(leakyRelu({ alpha: 0.2 }), { name: 'leaky' })
  const calls = ['tanh(a)', 'step(a)', 'leaky_backward(a, b)']
  const code = [...sources.values(), leaky, bindings, entryPoint('test_entry', calls)].join('\n')
  const [x, dy] = [scrambledBits(5003, 1), scrambledBits(5003, 2)]
  const [y, gate, dx] = await run(code, 'test_entry', [x, dy])
  const bits = toBits(x)
  expectNoFaults(y, [...x].map(Math.tanh), { x }, (i, actual, truth) =>
    forwardFault({ activation: 'tanh', parameters: {} }, bits[i]!, truth, actual),
  )
  expectSameBits(gate, stepForward(x), { x })
  expectSameBits(dx, leakyReluBackward(0.2, x, dy), { x, dy })
})
