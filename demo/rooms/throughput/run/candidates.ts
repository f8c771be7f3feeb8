import type { Dispatcher } from '../../../../src/index.ts'
import { baselineWork, copiedFrom, setCandidate } from '../../../measure/baselines.ts'
import type { ResidentData } from '../../../measure/buffers.ts'
import { type Expectation, expectationsOf } from '../../../measure/check.ts'
import type { Data } from '../../../measure/computation.ts'
import { CpuMemory } from '../../../measure/cpu-memory.ts'
import type { Candidate } from '../../../measure/interleaved.ts'
import { type Reference, ReferenceResults } from '../../../measure/reference.ts'
import { kernelWork, residentCandidate } from '../../../measure/resident.ts'
import { Rotation } from '../../../measure/rotation.ts'
import { dispatcherCandidate } from '../../../measure/roundtrip.ts'
import type { Workload } from '../../../measure/workload.ts'
import { missingCandidate, peerCallCandidate, residentPeerCandidate } from '../../../peers/candidates.ts'
import { lenientExpectations } from '../../../peers/leniency.ts'
import type { Peer, PeerData, ResidentPeer } from '../../../peers/peer.ts'
import type { Entry, PeerEntry } from './plan.ts'

/** Makes the candidates that are planned for one size. */
export class Candidates {
  readonly workload: Workload
  readonly #reference: Reference
  readonly #references: ReferenceResults
  readonly #placed = new Map<Peer, Promise<ResidentPeer>>()

  constructor(sets: readonly Data[], reference: Reference, signal: AbortSignal) {
    this.workload = { sets, rotation: new Rotation(), signal }
    this.#reference = reference
    this.#references = new ReferenceResults(sets[0]!, reference)
  }

  /** Candidates that compute on data in GPU buffers. */
  onGpu(entries: readonly Entry[], buffers: ResidentData): Candidate[] {
    return entries.map(entry => {
      if (entry.kind === 'peer') return this.#peer(entry, buffers)
      const makeWork = () =>
        entry.kind === 'ours' ? kernelWork(entry.computation, buffers) : baselineWork(entry.subject, buffers)
      return residentCandidate(entry.subject, makeWork, () => this.#expect(entry), buffers, this.workload)
    })
  }

  /** Candidates that take arrays. */
  withArrays(entries: readonly Entry[], dispatcher: Dispatcher): Candidate[] {
    const memory = new CpuMemory(dispatcher, this.workload.sets)
    return entries.map(entry => {
      if (entry.kind === 'peer') return this.#peer(entry, undefined)
      if (entry.kind === 'baseline') return setCandidate(entry.subject, this.workload)
      const { subject, computation } = entry
      return dispatcherCandidate(subject, computation, dispatcher, memory, () => this.#expect(entry), this.workload)
    })
  }

  /** Frees the data that peers hold of this size. */
  async clear(): Promise<void> {
    const placed = [...this.#placed.values()]
    this.#placed.clear()
    for (const one of placed) {
      try {
        const resident = await one
        resident.close()
      } catch {
        // It holds nothing: the upload failed, or the device is lost.
      }
    }
  }

  #peer(entry: PeerEntry, buffers: ResidentData | undefined): Candidate {
    const { subject, computation, peer } = entry
    const expect = () => this.#expect(entry)
    if ('missing' in peer) return missingCandidate(subject, peer.missing)
    if (subject.residency === 'roundtrip') return peerCallCandidate(subject, computation, peer, expect, this.workload)
    const data: PeerData = { sets: this.workload.sets, buffers }
    const place = (): Promise<ResidentPeer> => {
      const placed = this.#placed.get(peer) ?? peer.reside!(data)
      this.#placed.set(peer, placed)
      return placed
    }
    return residentPeerCandidate(subject, computation, peer, place, expect, data, this.workload)
  }

  async #expect(entry: Entry): Promise<readonly Expectation[]> {
    const { sets, signal } = this.workload
    if (entry.kind === 'baseline') return copiedFrom(sets[0]!, entry.subject.direction)
    const { computation } = entry
    const references = await this.#references.of(computation, signal)
    return entry.kind === 'peer'
      ? lenientExpectations(computation, sets[0]!, references, this.#reference)
      : expectationsOf(computation, sets[0]!, references)
  }
}
