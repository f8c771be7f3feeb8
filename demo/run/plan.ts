import type { Processor } from '../state/choices.ts'
import { PEERS } from '../state/peers.ts'
import type { MissingPeer, Peers } from '../peers/open.ts'
import type { Peer } from '../peers/peer.ts'
import { type Subject, subject } from '../report/rows.ts'
import type { Computation } from '../measure/computation.ts'

/** What is to become a row. */
export type Entry = OurEntry | PeerEntry | FloorEntry

interface OurEntry {
  readonly kind: 'ours'
  readonly subject: Subject
  readonly computation: Computation
}

export interface PeerEntry {
  readonly kind: 'peer'
  readonly subject: Subject
  readonly computation: Computation
  readonly peer: Peer | MissingPeer
}

interface FloorEntry {
  readonly kind: 'floor'
  readonly subject: Subject
}

/** What takes turns with each other, at one size. */
export interface Plan {
  /** On WebGPU, with the data there already. */
  readonly resident: readonly Entry[]
  /** On WebGPU, array to array. */
  readonly roundtrip: readonly Entry[]
  readonly cpu: readonly Entry[]
}

type Place = Pick<Subject, 'processor' | 'residency' | 'clock'>

const RESIDENT: Place = { processor: 'webgpu', residency: 'resident', clock: 'submit to done' }
const ROUNDTRIP: Place = { processor: 'webgpu', residency: 'roundtrip', clock: 'call to result' }
const CPU: Place = { processor: 'cpu', residency: 'roundtrip', clock: 'call to result' }
const CPU_RESIDENT: Place = { ...CPU, residency: 'resident' }

/** What is measured at one size: floors first, then each computation, ours and the peers'. */
export function planOf(
  computations: readonly Computation[],
  processors: readonly Processor[],
  peers: Peers,
  elements: number,
): Plan {
  const hasBackward = computations.some(({ direction }) => direction === 'backward')
  const floor = (activation: string, place: Place, direction: Subject['direction'] = 'forward'): Entry => {
    const bytesPerElement = direction === 'forward' ? 8 : 12
    const about = { library: 'copy', activation, direction, elements, bytesPerElement, ...place } as const
    return { kind: 'floor', subject: subject(about) }
  }
  const entries = (computation: Computation, place: Place): Entry[] => {
    const { activation, direction, bytesPerElement } = computation
    const about = subject({ activation: activation.name, direction, elements, bytesPerElement, ...place })
    const ours = outputsOf(place).map((output): Entry => ({
      kind: 'ours',
      subject: output === undefined ? about : { ...about, output },
      computation,
    }))
    const clock = place.clock === 'submit to done' ? 'call to done' : place.clock
    const others = peers
      .filter(peer => doesCompete(peer, computation, place))
      .map((peer): Entry => ({ kind: 'peer', subject: { ...about, library: peer.name, clock }, computation, peer }))
    return [...ours, ...others]
  }

  const resident = [
    floor('copy', RESIDENT),
    ...(hasBackward ? [floor('copy', RESIDENT, 'backward')] : []),
    floor('copyBufferToBuffer', RESIDENT),
    ...computations.flatMap(computation => entries(computation, RESIDENT)),
  ]
  const roundtrip = computations.flatMap(computation => entries(computation, ROUNDTRIP))
  const cpu = [
    floor('set', CPU),
    ...computations.flatMap(computation => [...entries(computation, CPU), ...entries(computation, CPU_RESIDENT)]),
  ]
  return {
    resident: processors.includes('webgpu') ? resident : [],
    roundtrip: processors.includes('webgpu') ? roundtrip : [],
    cpu: processors.includes('cpu') ? cpu : [],
  }
}

/** Where results of ours go: on the CPU a caller can say. */
function outputsOf({ processor, residency }: Place): readonly Subject['output'][] {
  if (processor === 'webgpu') return [undefined]
  return residency === 'resident' ? ['in place'] : [undefined, 'out']
}

/** Whether a peer takes part: one that could not be opened does so where it would have, to say why. */
function doesCompete(peer: Peer | MissingPeer, computation: Computation, { processor, residency }: Place): boolean {
  if (PEERS.find(({ name }) => name === peer.name)!.processor !== processor) return false
  if ('missing' in peer) return residency === 'roundtrip' || processor === 'webgpu'
  return peer.has(computation) && (residency === 'roundtrip' || peer.reside !== undefined)
}
