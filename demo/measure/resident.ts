import { createKernels } from '../../src/index.ts'
import type { Subject } from './rows.ts'
import type { BufferSet, ResidentData } from './buffers.ts'
import { checkResults, type Expectation } from './check.ts'
import type { Bindings, Computation } from './computation.ts'
import { assertAlive, scoped, untilDone } from './gpu.ts'
import type { Workload } from './workload.ts'
import { inTurn } from './rotation.ts'
import type { Candidate } from './interleaved.ts'

const MOST_REPEATS = 2048

/** GPU work that is recorded before it is timed: a kernel of the library, or a copy. */
export interface Work {
  /** Records it once for each set. */
  record(encoder: GPUCommandEncoder, sets: readonly BufferSet[]): void
}

/** The library's kernel for a computation, compiled. */
export async function kernelWork(computation: Computation, data: ResidentData): Promise<Work> {
  const kernels = createKernels(data.gpu.device)
  await kernels.prepare([computation.activation])
  const at = (buffer: GPUBuffer): GPUBufferBinding => ({ buffer, size: Math.min(buffer.size, data.elements * 4) })
  const bindings = new Map(
    data.sets.map(set => {
      const { x, dy, up, results } = set
      const bound: Bindings = { x: at(x), dy: at(dy), up: at(up), results: [at(results[0]), at(results[1])] }
      return [set, bound]
    }),
  )
  return {
    record(encoder, sets) {
      const pass = encoder.beginComputePass()
      for (const set of sets) computation.record(kernels, pass, bindings.get(set)!)
      pass.end()
    },
  }
}

/** Work over data in GPU buffers: timed from one submit until the device is done. */
export function residentCandidate(
  subject: Subject,
  makeWork: () => Promise<Work>,
  expect: () => Promise<readonly Expectation[]>,
  data: ResidentData,
  { rotation, signal }: Workload,
): Candidate {
  const { gpu, sets, elements } = data
  const { device } = gpu
  let work: Work
  const encode = (taken: readonly BufferSet[]): GPUCommandBuffer => {
    const encoder = device.createCommandEncoder()
    work.record(encoder, taken)
    return encoder.finish()
  }
  return {
    subject,
    mostRepeats: MOST_REPEATS,
    async check() {
      work = await makeWork()
      const expectations = await expect()
      const first = sets[0]!
      await data.poison(first)
      await scoped(device, () => device.queue.submit([encode([first])]))
      const actual: Float32Array[] = []
      for (const i of expectations.keys()) actual.push(await data.read(first.results[i]!, signal))
      assertAlive(gpu)
      return checkResults(actual, expectations, elements, signal)
    },
    async time(repeats) {
      const taken = Array.from({ length: repeats }, () => inTurn(sets, rotation.next()))
      const commands = await scoped(device, () => encode(taken))
      // The GPU process has received the recorded commands, and has no other work.
      await untilDone(device)
      const start = performance.now()
      await Promise.all([scoped(device, () => device.queue.submit([commands])), untilDone(device)])
      const elapsed = performance.now() - start
      assertAlive(gpu)
      return elapsed
    },
  }
}
