import { checkResults, type Expectation } from '../measure/check.ts'
import type { Computation } from '../measure/computation.ts'
import type { Workload } from '../measure/workload.ts'
import { callCandidate } from '../measure/roundtrip.ts'
import type { Candidate } from '../measure/interleaved.ts'
import type { Subject } from '../measure/rows.ts'
import type { Peer, PeerData, ResidentPeer } from './peer.ts'

const MOST_REPEATS = 2048

/** A peer that computes from array to array. */
export function peerCallCandidate(
  subject: Subject,
  computation: Computation,
  peer: Peer,
  expect: () => Promise<readonly Expectation[]>,
  workload: Workload,
): Candidate {
  const begin = async () => {
    await peer.select?.()
    return undefined
  }
  return callCandidate(subject, { begin, call: async data => [await peer.call(computation, data)] }, expect, workload)
}

/** A peer over data that it holds: timed from the first call until the device is done. */
export function residentPeerCandidate(
  subject: Subject,
  computation: Computation,
  peer: Peer,
  place: () => Promise<ResidentPeer>,
  expect: () => Promise<readonly Expectation[]>,
  { buffers }: PeerData,
  { rotation, signal }: Workload,
): Candidate {
  let resident: ResidentPeer
  return {
    subject,
    mostRepeats: MOST_REPEATS,
    async check() {
      const expectations = await expect()
      resident = await place()
      await peer.select?.()
      if (buffers !== undefined) await buffers.poison(buffers.sets[0]!)
      await resident.start(computation, 0)
      await resident.finish()
      return checkResults([await resident.result(signal)], expectations, subject.elements, signal)
    },
    async time(repeats) {
      await peer.select?.()
      // No earlier work is pending.
      await resident.finish()
      const start = performance.now()
      for (let i = 0; i < repeats; i++) {
        const started = resident.start(computation, rotation.next())
        if (started !== undefined) await started
      }
      await resident.finish()
      return performance.now() - start
    },
  }
}

/** A peer that could not be opened. */
export function missingCandidate(subject: Subject, why: string): Candidate {
  const refuse = () => Promise.reject(new Error(why))
  return { subject, mostRepeats: 1, check: refuse, time: refuse }
}
