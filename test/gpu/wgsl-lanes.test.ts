import { describe, expect, test } from 'vitest'
import {
  clamp,
  createDispatcher,
  elu,
  geglu,
  gelu,
  hardSigmoid,
  hardTanh,
  isGlu,
  leakyRelu,
  prelu,
  wgsl,
} from '../../src/index.ts'
import { make, readId } from '../accuracy/subjects.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { makerNames } from '../support/maker-names.ts'
import { slopesFor } from '../support/prelu.ts'

// The functions of four lanes, and gradients from y, against the kernels of the same device: equal to the bit.

type Given = Parameters<typeof wgsl>[0]

const CHANNELS = 7
const activations: readonly Given[] = [
  ...makerNames.map(name => make(readId(name))),
  gelu({ approximate: 'tanh' }),
  geglu({ approximate: 'tanh' }),
  // A zero parameter has its own `begin`.
  leakyRelu({ alpha: 0 }),
  elu({ alpha: -0 }),
  hardTanh({ minValue: 0, maxValue: 1e-39 }),
  // So has an infinite one.
  clamp({ maxValue: 2 }),
  hardSigmoid({ alpha: -0.3 }),
  prelu({ alpha: slopesFor(CHANNELS) }),
  prelu({ alpha: slopesFor(CHANNELS).map(Math.abs) }),
]

const words = [0, 1, 0x007fffff, 0x00800000, 0x3f800000, 0x40c00000, 0x7f7fffff, 0x7f800000, 0x7fa00000, 0x7fc12345]
const signed = words.flatMap(word => [word, (word | 0x80000000) >>> 0])
const LENGTH = CHANNELS * 600

/** Special values against special values, then random ones: ordinary magnitudes and any bits. */
function operand(seed: number, special: (i: number) => number): Float32Array<ArrayBuffer> {
  const random = toBits(scrambledBits(LENGTH, seed))
  const bits = Array.from(random, (word, i) => {
    if (i < signed.length ** 2) return signed[special(i)]!
    return i % 3 === 0 ? word : ((word & 0x807fffff) | ((0x7a + (word % 11)) << 23)) >>> 0
  })
  return fromBits(bits)
}

const a = operand(1, i => i % signed.length)
const b = operand(2, i => Math.floor(i / signed.length))
const c = operand(3, i => (7 * i) % signed.length)

/** Computes the expressions of WGSL over the vectors a, b and c. */
async function compute(source: string, body: string, results: readonly string[], third: Float32Array<ArrayBuffer>) {
  const device = await testDevice()
  return inScopes(device, async use => {
    const tensors = [a, b, third].map(tensor => use(new GuardedBuffer(device, tensor)))
    const outputs = results.map(() => use(new GuardedBuffer(device, new Float32Array(LENGTH).fill(12345))))
    const buffers = [...tensors, ...outputs]
    const declared = buffers.map(
      (_, i) => `@group(0) @binding(${i}) var<storage, read_write> tensor_${i}: array<vec4<u32>>;`,
    )
    const loads = ['a', 'b', 'c'].map((name, i) => `let ${name} = bitcast<vec4<f32>>(tensor_${i}[i]);`)
    const stores = results.map((result, i) => `tensor_${i + 3}[i] = bitcast<vec4<u32>>(${result});`)
    const code = `${source}\n${declared.join('\n')}
@compute @workgroup_size(64)
fn entry(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let i = invocation.x;
  if (i < ${LENGTH / 4}u) { ${[...loads, body, ...stores].join('\n')} }
}`
    const layout = device.createBindGroupLayout({
      entries: buffers.map((_, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: 'storage' },
      })),
    })
    const pipeline = device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code }), entryPoint: 'entry' },
    })
    const entries = buffers.map((buffer, binding) => ({ binding, resource: buffer.binding }))
    const bindGroup = device.createBindGroup({ layout, entries })
    submit(device, pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(Math.ceil(LENGTH / 256))
    })
    return Promise.all(outputs.map(output => output.read()))
  })
}

/** The dispatcher that computes on the device of these tests, and of nothing else. */
async function kernelsHere() {
  return createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'off', selfTest: false })
}

// A product of two NaNs has the payload of either: lavapipe's choice depends on the code around it.
const oneNaN = (values: Float32Array): Float32Array => values.map(value => (Number.isNaN(value) ? NaN : value))

describe('four lanes have the bits of the kernels', () => {
  test.each(activations.map(activation => ({ activation, call: String(activation) })))(
    '$call',
    async ({ activation }) => {
      const dispatcher = await kernelsHere()
      const { name } = activation
      const source = wgsl(activation, { lanes: 4 })
      if (isGlu(activation)) {
        const before = `let gradients = ${name}_backward(a, b, c);`
        const results = [`${name}(a, b)`, 'gradients.dGate', 'gradients.dUp']
        const [y, dGate, dUp] = await compute(source, before, results, c)
        const gradients = await dispatcher.backward(activation, a, b, c)
        expectSameBits(oneNaN(y!), oneNaN(await dispatcher.forward(activation, a, b)), { gate: a, up: b })
        expectSameBits(oneNaN(dGate!), oneNaN(gradients.dGate), { gate: a, up: b, dy: c })
        expectSameBits(oneNaN(dUp!), oneNaN(gradients.dUp), { gate: a, up: b, dy: c })
        return
      }
      const slopes = (activation.parameters as { readonly alpha?: unknown }).alpha
      const perElement = Array.isArray(slopes) ? (slopes as number[]) : undefined
      const slope = perElement && Float32Array.from(a, (_, i) => perElement[i % CHANNELS]!)
      const last = slope === undefined ? '' : ', c'
      const fromY = activation.derivativeFromY !== undefined
      const name2 = `${name}_from_y`
      const results = [`${name}(a${last})`, `${name}_backward(a, b${last})`]
      if (fromY) results.push(`${name2}_backward(${name}(a${last}), b${last})`)
      const sources = fromY ? `${source}\n${wgsl(activation, { lanes: 4, from: 'y', name: name2 })}` : source
      const [y, dx, dxFromY] = await compute(sources, '', results, slope ?? c)
      expectSameBits(y!, await dispatcher.forward(activation, a), { x: a })
      expectSameBits(dx!, await dispatcher.backward(activation, a, b), { x: a, dy: b })
      if (fromY) expectSameBits(dxFromY!, await dispatcher.backward(activation, { y: y! }, b), { x: a, dy: b })
      expect(dispatcher.report.fallbacks).toBe(0)
    },
  )
})
