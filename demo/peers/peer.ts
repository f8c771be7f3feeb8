import type { Computation, Data } from '../measure/computation.ts'
import type { ResidentData } from '../measure/buffers.ts'
import type { PeerName } from '../state/peers.ts'

/** Another library on one processor, opened for some computations. */
export interface Peer {
  readonly name: PeerName
  readonly version: string
  /** True where it has an operator for the computation. */
  has(computation: Computation): boolean
  /** Makes this peer current, where peers share global state. Not timed. */
  select?(): Promise<void>
  /** Computes from arrays to a new array. */
  call(computation: Computation, data: Data): Promise<Float32Array>
  /** Uploads data of one size; absent where the library cannot keep data. */
  reside?(data: PeerData): Promise<ResidentPeer>
  /** Frees its memory. */
  close(): Promise<void>
}

/** Data of one size, in sets for runs in rotation. */
export interface PeerData {
  readonly sets: readonly Data[]
  /** The same data in GPU buffers, for a library that uses the page's device. */
  readonly buffers: ResidentData | undefined
}

/** A library that holds data of one size. */
export interface ResidentPeer {
  /** Starts a computation over the set of a turn. The library may defer it. */
  start(computation: Computation, turn: number): Promise<unknown> | void
  /** Submits all computations and waits until the device is done. */
  finish(): Promise<void>
  /** Reads the last result back. */
  result(signal: AbortSignal): Promise<Float32Array>
  /** Frees the data and the results. */
  close(): void
}

/** Opens a peer, on the page's device where its library can use one, or on so many threads where it can use them. */
export type OpenPeer = (
  computations: readonly Computation[],
  device: GPUDevice | undefined,
  threads: number,
) => Promise<Peer>
