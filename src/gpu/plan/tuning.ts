import probe from '../../../shaders/kernels/probe.wgsl?raw'
import { waitFor } from '../../support/deadlines.ts'
import { GpuError } from '../../support/errors.ts'
import { once } from '../../support/once.ts'
import { now } from '../../support/platform.ts'
import { COARSEST_STEP_MS, stepOf } from '../../support/timing.ts'
import { BufferUsage } from '../device/constants.ts'
import { isSoftware, lossOf } from '../device/device.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import { partitionOf } from './grid.ts'
import { declareWorkgroupSize, workgroupSizeOf } from '../device/workgroup-size.ts'
import { poll } from '../device/polling.ts'
import { compile } from '../programs/programs.ts'
import { candidatesFor, choose, keyOf, type Schedule } from './schedule.ts'
import { BYTES_PER_VECTOR, BYTES_PER_WORD } from '../../operations/layout.ts'

// More than most caches hold: in a cache the order matters less. A software adapter takes milliseconds for less.
const BYTES_PER_TENSOR = 16 * 2 ** 20
const BYTES_PER_TENSOR_IN_SOFTWARE = 8 * 2 ** 20
const ROUNDS = 5
// Long enough for a device that answers within 1 ms, and for a clock whose steps are not mistaken for a difference: of 1 ms in Firefox.
const SHORTEST_RUN_MS = 4
const STEPS_OF_RUN = 20
const MOST_REPEATS = 256
// A smaller difference is noise: the likeliest schedule stays.
const CLEARLY_FASTER = 0.92

// A device that takes so long is not one to wait for.
const WAITING = { signals: [], timeLimit: 30_000 }

const tunings = new Map<string, Promise<void>>()

/**
 * Measures once for an adapter which schedule suits it, and has all calls that are new from then on use that. Takes about
 * 0.1 s and 48 MiB, which it frees. Where it fails the schedule stays as it is.
 */
export function tune(device: GPUDevice): Promise<void> {
  const key = keyOf(device)
  return once(tunings, key, () =>
    waitFor(measureSchedules(device), WAITING, () => new GpuError('The device does not answer.')).then(
      schedule => choose(device, schedule),
      // Another device on the adapter may do better.
      () => void tunings.delete(key),
    ),
  )
}

/** The schedule that is fastest on a device. Frees all it made. @throws GpuError */
export async function measureSchedules(device: GPUDevice): Promise<Schedule> {
  const candidates = candidatesFor(device)
  const step = stepOf()
  if (step === undefined || step > COARSEST_STEP_MS) return candidates[0]
  const made: GPUBuffer[] = []
  const workgroupSize = workgroupSizeOf(device)
  const code = `${declareWorkgroupSize(workgroupSize)}\n${probe}`
  const pipeline = await compile(device, 'probe', () => ({
    label: 'webgpu-activations probe',
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'probe' },
  }))
  try {
    const [run, accepted] = inErrorScopes(device, 'tuning', () => {
      const create = (usage: number, size: number): GPUBuffer => {
        const buffer = device.createBuffer({ label: 'webgpu-activations tuning', size, usage })
        made.push(buffer)
        return buffer
      }
      const { maxBufferSize, maxStorageBufferBindingSize } = device.limits
      const most = isSoftware(device) ? BYTES_PER_TENSOR_IN_SOFTWARE : BYTES_PER_TENSOR
      const vectors = Math.floor(Math.min(most, maxBufferSize, maxStorageBufferBindingSize) / BYTES_PER_VECTOR)
      const tensors = [0, 1, 2].map(() => create(BufferUsage.STORAGE, vectors * BYTES_PER_VECTOR))
      const prepared = candidates.map(schedule => {
        const { workgroups, invocationStride, loopStride, span } = partitionOf(schedule, vectors, workgroupSize)
        const uniform = create(BufferUsage.UNIFORM | BufferUsage.COPY_DST, 4 * BYTES_PER_WORD)
        device.queue.writeBuffer(uniform, 0, Uint32Array.of(invocationStride, loopStride, span))
        const entries = [uniform, ...tensors].map((buffer, binding) => ({ binding, resource: { buffer } }))
        return { workgroups, bindGroup: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }) }
      })
      return async (candidate: number, repeats: number): Promise<number> => {
        const { workgroups, bindGroup } = prepared[candidate]!
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindGroup)
        for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(workgroups)
        pass.end()
        const commands = encoder.finish()
        const start = now()
        device.queue.submit([commands])
        const done = device.queue.onSubmittedWorkDone()
        poll(device, done)
        await done
        return now() - start
      }
    })
    await accepted
    const fastest = await fastestOf(candidates.length, run, Math.max(SHORTEST_RUN_MS, STEPS_OF_RUN * step))
    // A lost device is done with anything at once.
    const lost = await lossOf(device)
    if (lost !== undefined) throw new GpuError(`The device was lost (${lost.reason}: ${lost.message}).`)
    return candidates[fastest]!
  } finally {
    for (const buffer of made) buffer.destroy()
  }
}

/**
 * The index of the fastest of so many candidates, the first unless another is clearly faster. They take turns, so that whatever
 * else the machine does meets all of them alike.
 *
 * @param run runs a candidate so many times and tells the milliseconds it took
 * @param shortestRun milliseconds that a run takes at least, where no more repeats are needed for it than there may be
 */
export async function fastestOf(
  candidates: number,
  run: (candidate: number, repeats: number) => Promise<number>,
  shortestRun = SHORTEST_RUN_MS,
): Promise<number> {
  let repeats = 1
  // The first run of all is slow, for it touches new memory.
  await run(0, 1)
  while (repeats < MOST_REPEATS && (await run(0, repeats)) < shortestRun) repeats *= 4
  const best = Array<number>(candidates).fill(Infinity)
  for (let round = 0; round < ROUNDS; round++) {
    for (let candidate = 0; candidate < candidates; candidate++) {
      best[candidate] = Math.min(best[candidate]!, await run(candidate, repeats))
    }
  }
  const fastest = best.indexOf(Math.min(...best))
  return best[fastest]! < best[0]! * CLEARLY_FASTER ? fastest : 0
}
