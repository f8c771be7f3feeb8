import { describe, test } from 'vitest'
import bf16 from '../../shaders/formats/bf16.wgsl?raw'
import f16 from '../../shaders/formats/f16.wgsl?raw'
import vec4 from '../../shaders/vector-width/vec4.wgsl?raw'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { everyWord, expectSameWords, fromHalf, hardToRound, toHalf } from '../support/half.ts'

// The conversions on their own: kernels meet few of the float32 that are hard to round.

const PACK = `
  @group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
  @group(0) @binding(1) var<storage, read_write> y: array<Words>;
  fn convert(i: u32) { y[i] = pack(bitcast<Float>(x[i])); }`
const UNPACK = `
  @group(0) @binding(0) var<storage, read> x: array<Words>;
  @group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
  fn convert(i: u32) { y[i] = bitcast<vec4<u32>>(unpack(x[i])); }`
const MAIN = `
  @compute @workgroup_size(64)
  fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
    for (var i = id.x; i < arrayLength(&y); i += workgroups.x * 64u) { convert(i); }
  }`

/** @param resultBytes how long the result is @returns its bytes */
async function convert(wgsl: string, x: Float32Array, resultBytes: number): Promise<ArrayBuffer> {
  const device = await testDevice()
  return inScopes(device, async use => {
    const module = device.createShaderModule({ code: `${vec4}\n${wgsl}\n${MAIN}` })
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
    const input = use(new GuardedBuffer(device, x))
    const output = use(new GuardedBuffer(device, new Float32Array(resultBytes / 4).fill(12345)))
    const entries = [input, output].map(({ binding }, i) => ({ binding: i, resource: binding }))
    submit(device, pass => {
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
      pass.dispatchWorkgroups(256)
    })
    const result = await output.read()
    return result.buffer.slice(result.byteOffset, result.byteOffset + resultBytes)
  })
}

describe.each([['f16', f16] as const, ['bf16', bf16] as const])('%s', (format, wgsl) => {
  test('all 65,536 words as float32', async () => {
    const words = everyWord.slice()
    const result = await convert(`${wgsl}\n${UNPACK}`, new Float32Array(words.buffer), 4 * words.length)
    expectSameBits(new Float32Array(result), fromHalf(format, words))
  })

  test('rounds to nearest even', async () => {
    for (const elements of [hardToRound(format), scrambledBits(2 ** 16, 1)]) {
      const result = await convert(`${wgsl}\n${PACK}`, elements, 2 * elements.length)
      expectSameWords(format, new Uint16Array(result), toHalf(format, elements))
    }
  })
})
