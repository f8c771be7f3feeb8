import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BufferUsage } from '../../src/gpu/device/constants.ts'
import { createKernels, relu } from '../../src/index.ts'
import { said } from '../support/counting.ts'
import { stubDevice, stubPass } from '../support/stub-device.ts'
import { BYTES, CALLS, type Task } from './overhead-tasks.ts'

// As many buffers of one size as TensorFlow.js's BufferManager keeps for a small network.
const POOLED = 100

/**
 * Adds calls over buffers that come out of a pool, each combination new to the plan cache, beside the bind group that
 * TensorFlow.js makes for each of its calls. Their passes do nothing.
 */
export async function addMisses(tasks: Task[], device: GPUDevice): Promise<void> {
  await addMissesOn(tasks, stubDevice(), ', stub device')
  await addMissesOn(tasks, device, '')
}

async function addMissesOn(tasks: Task[], device: GPUDevice, suffix: string): Promise<void> {
  const kernels = createKernels(device)
  const activation = relu()
  const pool = Array.from({ length: POOLED }, () => device.createBuffer({ size: BYTES, usage: BufferUsage.STORAGE }))
  for (const buffer of pool) kernels.forward(stubPass, activation, { x: { buffer }, y: { buffer } })
  await said(device)
  const next = combinations(pool)
  const pipeline = await threeTensors(device)
  const uniforms = device.createBuffer({ size: 16, usage: BufferUsage.UNIFORM })
  const after = collector(device)
  tasks.push(
    {
      name: `backward, buffers new to each other${suffix}`,
      run() {
        for (let i = 0; i < CALLS; i++) {
          const [x, dy, dx] = next()
          kernels.backward(stubPass, activation, { x: { buffer: x }, dy: { buffer: dy }, dx: { buffer: dx } })
        }
      },
      after,
    },
    {
      name: `createBindGroup as TensorFlow.js calls it${suffix}`,
      run() {
        for (let i = 0; i < CALLS; i++) {
          const [a, b, result] = next()
          const bindings = [{ buffer: result }, { buffer: a }, { buffer: b }, { offset: 0, size: 16, buffer: uniforms }]
          device.createBindGroup({
            layout: pipeline.getBindGroupLayout(0),
            entries: bindings.map((resource, binding) => ({ binding, resource })),
          })
        }
      },
      after,
    },
  )
}

/** Returns a function that gives three different buffers, the same again after 970,200 calls. */
function combinations(pool: readonly GPUBuffer[]): () => [GPUBuffer, GPUBuffer, GPUBuffer] {
  let call = 0
  return () => {
    const first = call % POOLED
    const second = Math.floor(call / POOLED) % (POOLED - 1)
    const third = Math.floor(call / POOLED / (POOLED - 1)) % (POOLED - 2)
    call++
    const at = (place: number): GPUBuffer => pool[(first + place) % POOLED]!
    return [at(0), at(1 + second), at(1 + ((second + 1 + third) % (POOLED - 1)))]
  }
}

/**
 * Returns a hook that has bind groups collected after every tenth run. Dawn frees them at a submission after their
 * collection, and the process ends with SIGSEGV when lavapipe has about 65,000.
 */
function collector(device: GPUDevice): () => Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let runs = 0
  return async () => {
    if (++runs % 10 !== 0) return
    collect()
    device.queue.submit([])
    await device.queue.onSubmittedWorkDone()
  }
}

/** A pipeline with the bindings of a TensorFlow.js program of two inputs: the result, the inputs, the uniforms. */
function threeTensors(device: GPUDevice): Promise<GPUComputePipeline> {
  const code = `
    @group(0) @binding(0) var<storage, read_write> result: array<vec4f>;
    @group(0) @binding(1) var<storage, read> a: array<vec4f>;
    @group(0) @binding(2) var<storage, read> b: array<vec4f>;
    @group(0) @binding(3) var<uniform> uniforms: vec4f;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
      result[id.x] = a[id.x] * b[id.x] + uniforms;
    }`
  const module = device.createShaderModule({ code })
  return device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
}
