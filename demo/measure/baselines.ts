import type { Direction } from '../../src/index.ts'
import type { Subject } from './rows.ts'
import { bitsView } from '../support/float32.ts'
import type { BufferSet, ResidentData } from './buffers.ts'
import { checkResults, type Expectation } from './check.ts'
import type { Data } from './computation.ts'
import { createCopy, gridOf, type RecordCopy } from './copy.ts'
import type { Workload } from './workload.ts'
import type { Work } from './resident.ts'
import { inTurn } from './rotation.ts'
import { exactDeviation } from './tolerance.ts'
import type { Candidate } from './interleaved.ts'

// Copies: no computation that reads and writes as many bytes can be faster.

const MOST_REPEATS = 16_384

/** The work of a baseline on WebGPU. */
export async function baselineWork({ activation, direction }: Subject, data: ResidentData): Promise<Work> {
  return activation === 'copy' ? copyKernelWork(direction, data) : bufferCopyWork(data)
}

/** A WGSL kernel in the order of the library's: forward it copies x, backward it reads x and dy and writes one result. */
async function copyKernelWork(direction: Direction, data: ResidentData): Promise<Work> {
  const { device, adapter } = data.gpu
  const isForward = direction === 'forward'
  const prepare = await createCopy(device, isForward ? 'copy' : 'copy_of_two', gridOf(device, adapter))
  const copies = new Map<BufferSet, RecordCopy>(
    data.sets.map(set => {
      const { x, dy, results } = set
      return [set, prepare(results[0], isForward ? [x] : [x, dy], data.bytes)]
    }),
  )
  return {
    record(encoder, sets) {
      const pass = encoder.beginComputePass()
      for (const set of sets) copies.get(set)!(pass)
      pass.end()
    },
  }
}

/** WebGPU's own copy. */
function bufferCopyWork(data: ResidentData): Work {
  return {
    record(encoder, sets) {
      for (const { x, results } of sets) encoder.copyBufferToBuffer(x, 0, results[0], 0, data.bytes)
    },
  }
}

/** The expected result of a baseline. */
export function copiedFrom({ x, dy }: Data, direction: Direction): Expectation[] {
  const [from, other] = [bitsView(x), bitsView(dy)]
  const expectedAt = direction === 'forward' ? (i: number) => from[i]! : (i: number) => from[i]! ^ other[i]!
  return [{ name: 'y', expectedAt, deviationAt: (_, expected, actual) => exactDeviation(expected, actual) }]
}

/** `set` of a typed array, into an existing one: JavaScript's memcpy. */
export function setCandidate(subject: Subject, { sets, rotation, signal }: Workload): Candidate {
  let targets: Float32Array[]
  return {
    subject,
    mostRepeats: MOST_REPEATS,
    check() {
      targets = sets.map(({ x }) => new Float32Array(x.length).fill(NaN))
      targets[0]!.set(sets[0]!.x)
      return checkResults([targets[0]!], copiedFrom(sets[0]!, 'forward'), subject.elements, signal)
    },
    async time(repeats) {
      const start = performance.now()
      for (let i = 0; i < repeats; i++) {
        const turn = rotation.next()
        inTurn(targets, turn).set(inTurn(sets, turn).x)
      }
      return performance.now() - start
    },
  }
}
