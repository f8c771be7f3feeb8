import type { Computation, Data } from '../measure/computation.ts'
import type { ResidentData } from '../measure/buffers.ts'
import type { PeerName } from '../state/peers.ts'

/** A library that one could use instead, on one processor, warm and ready for the computations it was opened for. */
export interface Peer {
  readonly name: PeerName
  readonly version: string
  /** Whether it has an operator for this one. */
  has(computation: Computation): boolean
  /** To be called before others, where libraries share what is global. Not timed. */
  select?(): Promise<void>
  /** Array in, array out. */
  call(computation: Computation, data: Data): Promise<Float32Array>
  /** Puts data of one size where the library computes, where it can keep it there. */
  reside?(data: PeerData): Promise<ResidentPeer>
  /** Frees what it holds. */
  close(): Promise<void>
}

/** Data of one size, in sets that take turns. */
export interface PeerData {
  readonly sets: readonly Data[]
  /** The same on the GPU, for a library that can use the page's device. */
  readonly buffers: ResidentData | undefined
}

/** A library with data of one size in place. */
export interface ResidentPeer {
  /** Starts a computation over the set whose turn it is, as far as the library does so by itself. */
  start(computation: Computation, turn: number): Promise<unknown> | void
  /** Submits what has been started, and waits until the device is done with it. */
  finish(): Promise<void>
  /** Reads back the last result. */
  result(signal: AbortSignal): Promise<Float32Array>
  /** Frees the data and the results. */
  close(): void
}

/** What opens a peer: loads its library, on the page's device if it has a use for one. */
export type OpenPeer = (computations: readonly Computation[], device: GPUDevice | undefined) => Promise<Peer>
