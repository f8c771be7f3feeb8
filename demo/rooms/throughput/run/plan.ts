import type { Processor } from '../../../state/choices.ts'
import { PEERS } from '../../../state/peers.ts'
import type { MissingPeer, Peers } from '../../../peers/open.ts'
import type { Peer } from '../../../peers/peer.ts'
import { type Subject, subject } from '../../../measure/rows.ts'
import type { Computation } from '../../../measure/computation.ts'

/** A row to be measured. */
export type Entry = OurEntry | PeerEntry | BaselineEntry

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

interface BaselineEntry {
  readonly kind: 'baseline'
  readonly subject: Subject
}

/** The entries of one size, in groups that are timed alternately. */
export interface Plan {
  /** On WebGPU, with the data in GPU buffers. */
  readonly resident: readonly Entry[]
  /** On WebGPU, from array to array. */
  readonly roundtrip: readonly Entry[]
  readonly cpu: readonly Entry[]
}

type Place = Pick<Subject, 'processor' | 'residency' | 'clock'>

const RESIDENT: Place = { processor: 'webgpu', residency: 'resident', clock: 'submit to done' }
const ROUNDTRIP: Place = { processor: 'webgpu', residency: 'roundtrip', clock: 'call to result' }
const CPU: Place = { processor: 'cpu', residency: 'roundtrip', clock: 'call to result' }
const CPU_RESIDENT: Place = { ...CPU, residency: 'resident' }

/** Plans one size: the baselines first, then each computation by this library and by the peers. */
export function planOf(
  computations: readonly Computation[],
  processors: readonly Processor[],
  peers: Peers,
  elements: number,
): Plan {
  const hasBackward = computations.some(({ direction }) => direction === 'backward')
  const baseline = (activation: string, place: Place, direction: Subject['direction'] = 'forward'): Entry => {
    const bytesPerElement = direction === 'forward' ? 8 : 12
    const about = { library: 'copy', activation, direction, elements, bytesPerElement, ...place } as const
    return { kind: 'baseline', subject: subject(about) }
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
    baseline('copy', RESIDENT),
    ...(hasBackward ? [baseline('copy', RESIDENT, 'backward')] : []),
    baseline('copyBufferToBuffer', RESIDENT),
    ...computations.flatMap(computation => entries(computation, RESIDENT)),
  ]
  const roundtrip = computations.flatMap(computation => entries(computation, ROUNDTRIP))
  const cpu = [
    baseline('set', CPU),
    ...computations.flatMap(computation => [...entries(computation, CPU), ...entries(computation, CPU_RESIDENT)]),
  ]
  return {
    resident: processors.includes('webgpu') ? resident : [],
    roundtrip: processors.includes('webgpu') ? roundtrip : [],
    cpu: processors.includes('cpu') ? cpu : [],
  }
}

/** All entries of a plan, in the order in which they are measured. */
export function entriesOf({ resident, roundtrip, cpu }: Plan): Entry[] {
  return [...resident, ...roundtrip, ...cpu]
}

/** A plan without the entries that are measured already. */
export function planWithout({ resident, roundtrip, cpu }: Plan, isMeasured: (subject: Subject) => boolean): Plan {
  const missing = (entries: readonly Entry[]): Entry[] => entries.filter(({ subject: about }) => !isMeasured(about))
  return { resident: missing(resident), roundtrip: missing(roundtrip), cpu: missing(cpu) }
}

/** The places for this library's results. On the CPU the caller can choose one. */
function outputsOf({ processor, residency }: Place): readonly Subject['output'][] {
  if (processor === 'webgpu') return [undefined]
  return residency === 'resident' ? ['in place'] : [undefined, 'out']
}

/** True where a peer has a row. One that could not be opened has the rows that it would have had, which state the reason. */
function doesCompete(peer: Peer | MissingPeer, computation: Computation, { processor, residency }: Place): boolean {
  if (PEERS.find(({ name }) => name === peer.name)!.processor !== processor) return false
  if ('missing' in peer) return residency === 'roundtrip' || processor === 'webgpu'
  return peer.has(computation) && (residency === 'roundtrip' || peer.reside !== undefined)
}
