import type { Dispatcher } from '../../src/index.ts'
import { missingContender, peerCallContender, residentPeerContender } from '../peers/candidates.ts'
import { lenientExpectations } from '../peers/leniency.ts'
import type { Peer, PeerData, ResidentPeer } from '../peers/peer.ts'
import type { ResidentData } from '../measure/buffers.ts'
import { type Expectation, expectationsOf } from '../measure/check.ts'
import type { Data } from '../measure/computation.ts'
import { CpuMemory } from '../measure/cpu-memory.ts'
import { copiedFrom, floorWork, setContender } from '../measure/baselines.ts'
import type { Entry, PeerEntry } from './plan.ts'
import { kernelWork, residentContender } from '../measure/resident.ts'
import { Turns } from '../measure/rotation.ts'
import { dispatcherContender } from '../measure/roundtrip.ts'
import { Truths } from '../measure/truth.ts'
import type { Contender } from '../measure/interleaved.ts'

/** What all contenders of one size share. */
export interface Ground {
  /** The same data several times over. */
  readonly sets: readonly Data[]
  readonly turns: Turns
  readonly signal: AbortSignal
}

/** Makes contenders of what is planned for one size. */
export class Lineup {
  readonly ground: Ground
  readonly #truths: Truths
  readonly #placed = new Map<Peer, Promise<ResidentPeer>>()

  constructor(sets: readonly Data[], signal: AbortSignal) {
    this.ground = { sets, turns: new Turns(), signal }
    this.#truths = new Truths(sets[0]!)
  }

  /** Of what computes on data that is on the GPU. */
  onGpu(entries: readonly Entry[], buffers: ResidentData): Contender[] {
    return entries.map(entry => {
      if (entry.kind === 'peer') return this.#peer(entry, buffers)
      const makeWork = () =>
        entry.kind === 'ours' ? kernelWork(entry.computation, buffers) : floorWork(entry.subject, buffers)
      return residentContender(entry.subject, makeWork, () => this.#expect(entry), buffers, this.ground)
    })
  }

  /** Of what takes arrays. */
  withArrays(entries: readonly Entry[], dispatcher: Dispatcher): Contender[] {
    const memory = new CpuMemory(dispatcher, this.ground.sets)
    return entries.map(entry => {
      if (entry.kind === 'peer') return this.#peer(entry, undefined)
      if (entry.kind === 'floor') return setContender(entry.subject, this.ground)
      const { subject, computation } = entry
      return dispatcherContender(subject, computation, dispatcher, memory, () => this.#expect(entry), this.ground)
    })
  }

  /** Lets the peers free the data of this size. */
  async clear(): Promise<void> {
    const placed = [...this.#placed.values()]
    this.#placed.clear()
    for (const one of placed) {
      try {
        const resident = await one
        resident.close()
      } catch {
        // Nothing was put there, or it went with the device.
      }
    }
  }

  #peer(entry: PeerEntry, buffers: ResidentData | undefined): Contender {
    const { subject, computation, peer } = entry
    const expect = () => this.#expect(entry)
    if ('missing' in peer) return missingContender(subject, peer.missing)
    if (subject.residency === 'roundtrip') return peerCallContender(subject, computation, peer, expect, this.ground)
    const data: PeerData = { sets: this.ground.sets, buffers }
    const place = (): Promise<ResidentPeer> => {
      const placed = this.#placed.get(peer) ?? peer.reside!(data)
      this.#placed.set(peer, placed)
      return placed
    }
    return residentPeerContender(subject, computation, peer, place, expect, data, this.ground)
  }

  async #expect(entry: Entry): Promise<readonly Expectation[]> {
    const { sets, signal } = this.ground
    if (entry.kind === 'floor') return copiedFrom(sets[0]!, entry.subject.direction)
    const truths = await this.#truths.of(entry.computation, signal)
    return entry.kind === 'peer'
      ? lenientExpectations(entry.computation, sets[0]!, truths)
      : expectationsOf(entry.computation, sets[0]!, truths)
  }
}
