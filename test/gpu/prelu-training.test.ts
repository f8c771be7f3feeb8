import { expect, test } from 'vitest'
import { createKernels, prelu, relu } from '../../src/index.ts'
import { counting } from '../support/counting.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { ordinary } from '../support/pairs.ts'

// Slopes that are learned on the GPU: prelu(x) becomes a prelu with other slopes. Nothing is read back on the way.

const STEPS = 1000
const STEPS_OF_A_PASS = 50
const RATE = 0.5
const ROWS = 60

const WGSL = `
  @group(0) @binding(0) var<storage, read> a: array<f32>;
  @group(0) @binding(1) var<storage, read_write> b: array<f32>;

  // The gradient of the squared error: b = 2 (b - a) / rows, where b is y.
  @compute @workgroup_size(64) fn error(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < arrayLength(&b)) { b[id.x] = 2.0 * (b[id.x] - a[id.x]) / ${ROWS}.0; }
  }

  // Gradient descent: b -= rate * a, where b is alpha.
  @compute @workgroup_size(64) fn descend(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < arrayLength(&b)) { b[id.x] -= ${RATE} * a[id.x]; }
  }`

/** The same in float64. */
function learnedInFloat64(x: Float32Array, wanted: Float32Array, count: number, inner: number): number[] {
  const alpha = Array.from({ length: count }, () => 0.25)
  const channel = (i: number): number => Math.floor(i / inner) % count
  for (let step = 0; step < STEPS; step++) {
    const gradients = alpha.map(() => 0)
    x.forEach((value, i) => {
      if (value <= 0) gradients[channel(i)]! += ((2 * (alpha[channel(i)]! * value - wanted[i]!)) / ROWS) * value
    })
    gradients.forEach((gradient, c) => (alpha[c]! -= RATE * gradient))
  }
  return alpha
}

test('1,000 steps make nothing after the first pass, read nothing back, and give the slopes of float64', async () => {
  const { device, created } = counting(await ownDevice())
  const kernels = createKernels(device)
  const pipelineOf = (entryPoint: string): GPUComputePipeline =>
    device.createComputePipeline({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: WGSL }), entryPoint },
    })
  const [error, descend] = [pipelineOf('error'), pipelineOf('descend')]
  await inScopes(device, async use => {
    const layers = [
      { count: 8, inner: 1 },
      { count: 3, inner: 5 },
    ].map(({ count, inner }, layer) => {
      const length = ROWS * count * inner
      const x = ordinary(length, layer + 1).map(value => Math.max(-1, Math.min(1, value)))
      const truth = Float32Array.from({ length: count }, (_, i) => (i - 1) / 4)
      const wanted = x.map((value, i) => (value > 0 ? value : value * truth[Math.floor(i / inner) % count]!))
      const place = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
      const alpha = place(new Float32Array(count).fill(0.25))
      const [input, target, y, dalpha] = [x, wanted, x, alpha].map(given =>
        given instanceof GuardedBuffer ? place(new Float32Array(count)).binding : place(given).binding,
      ) as [GPUBufferBinding, GPUBufferBinding, GPUBufferBinding, GPUBufferBinding]
      const groupOf = (pipeline: GPUComputePipeline, a: GPUBufferBinding, b: GPUBufferBinding): GPUBindGroup =>
        device.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: [a, b].map((resource, binding) => ({ binding, resource })),
        })
      const groups = [groupOf(error, target, y), groupOf(descend, dalpha, alpha.binding)]
      const step = (pass: GPUComputePassEncoder): void => {
        kernels.forward(pass, prelu({ inner }), { x: input, alpha: alpha.binding, y })
        pass.setPipeline(error)
        pass.setBindGroup(0, groups[0])
        pass.dispatchWorkgroups(Math.ceil(length / 64))
        kernels.backward(pass, prelu({ inner }), { x: input, alpha: alpha.binding, dy: y, dx: y, dalpha })
        pass.setPipeline(descend)
        pass.setBindGroup(0, groups[1])
        pass.dispatchWorkgroups(1)
      }
      return { step, alpha, expected: learnedInFloat64(x, wanted, count, inner), truth }
    })
    for (let done = 0; done < STEPS; done += STEPS_OF_A_PASS) {
      submit(device, pass => {
        for (let i = 0; i < STEPS_OF_A_PASS; i++) for (const { step } of layers) step(pass)
      })
      if (done === 0) created.length = 0
    }
    await device.queue.onSubmittedWorkDone()
    expect(created).toEqual([])
    for (const { alpha, expected, truth } of layers) {
      const learned = await alpha.read()
      const errors = [...learned].map((slope, c) => Math.abs(slope - expected[c]!))
      expect(Math.max(...errors)).toBeLessThan(1e-5)
      expect(Math.max(...truth.map((slope, c) => Math.abs(slope - learned[c]!)))).toBeLessThan(0.01)
    }
  })
})

test('prepare compiles what calls with slopes in a binding need', async () => {
  const { device, created } = counting(await ownDevice())
  const kernels = createKernels(device, { tune: false })
  await kernels.prepare([prelu({ inner: 4 })], { alpha: true, dalpha: true })
  created.length = 0
  const tensor = (): GPUBufferBinding => ({ buffer: device.createBuffer({ size: 96, usage: GPUBufferUsage.STORAGE }) })
  const [x, y, dy, alpha, dalpha] = [tensor(), tensor(), tensor(), { ...tensor(), size: 12 }, { ...tensor(), size: 12 }]
  await inScopes(device, async () => {
    submit(device, pass => {
      kernels.forward(pass, prelu({ inner: 4 }), { x, y, alpha })
      kernels.backward(pass, prelu({ inner: 4 }), { x, dy, dx: dy, alpha, dalpha })
    })
  })
  expect(created.filter(name => name.includes('Pipeline') || name.includes('Shader'))).toEqual([])
})

test.each([{ alpha: true }, { dalpha: true }])('prepare refuses %j without slopes to learn', async options => {
  const preparing = createKernels(await testDevice()).prepare([relu()], options)
  await expect(preparing).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/relu\(\) has no slopes/),
  })
})
