import { bitsView } from '../../src/reference/reference.ts'
import { createKernels, type Direction } from '../../src/index.ts'
import type { Subject } from '../report/rows.ts'
import type { BufferSet, ResidentData } from './buffers.ts'
import { checkResults, type Expectation } from './check.ts'
import type { Data } from './computation.ts'
import { createCopy, createCopyOfTwo, type RecordCopy } from './copy.ts'
import type { Ground } from '../run/candidates.ts'
import type { Work } from './resident.ts'
import { inTurn } from './rotation.ts'
import type { Contender } from './interleaved.ts'

// What moves bytes and computes nothing: nothing that reads and writes as many can be faster.

const MOST_REPEATS = 16_384

/** The work of a floor on WebGPU. */
export async function floorWork({ activation, direction }: Subject, data: ResidentData): Promise<Work> {
  return activation === 'copy' ? copyKernelWork(direction, data) : bufferCopyWork(data)
}

/** A WGSL kernel of the shape of the library's: forward it copies x, backward it reads x and dy and writes as much as x. */
async function copyKernelWork(direction: Direction, data: ResidentData): Promise<Work> {
  const { device } = data.gpu
  // Finds the order that suits the adapter, which the copies are to take, too.
  await createKernels(device).prepare([])
  const copies = new Map<BufferSet, RecordCopy>()
  if (direction === 'forward') {
    const copy = await createCopy(device)
    for (const set of data.sets) copies.set(set, copy(set.x, set.results[0], data.bytes))
  } else {
    const copy = await createCopyOfTwo(device)
    for (const set of data.sets) copies.set(set, copy(set.x, set.dy, set.results[0], data.bytes))
  }
  return {
    record(encoder, sets) {
      const pass = encoder.beginComputePass()
      for (const set of sets) copies.get(set)!(pass)
      pass.end()
    },
  }
}

/** What WebGPU itself copies with. */
function bufferCopyWork(data: ResidentData): Work {
  return {
    record(encoder, sets) {
      for (const { x, results } of sets) encoder.copyBufferToBuffer(x, 0, results[0], 0, data.bytes)
    },
  }
}

/** What has to come of a floor. */
export function copiedFrom({ x, dy }: Data, direction: Direction): Expectation[] {
  const [from, other] = [bitsView(x), bitsView(dy)]
  const expected = direction === 'forward' ? (i: number) => from[i]! : (i: number) => from[i]! ^ other[i]!
  return [{ name: 'y', expected }]
}

/** `set` of a typed array, into one that is there already: what JavaScript has for memcpy. */
export function setContender(subject: Subject, { sets, turns, signal }: Ground): Contender {
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
        const turn = turns.next()
        inTurn(targets, turn).set(inTurn(sets, turn).x)
      }
      return performance.now() - start
    },
  }
}
