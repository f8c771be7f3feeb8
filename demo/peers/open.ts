import type { Computation } from '../measure/computation.ts'
import type { Processor } from '../state/choices.ts'
import { messageOf } from '../support/format.ts'
import { pause } from '../support/pause.ts'
import type { Environment } from '../measure/rows.ts'
import { type PeerName, PEERS } from '../state/peers.ts'
import type { OpenPeer, Peer } from './peer.ts'

// The page loads other libraries here alone, and only those that the user chose.
const LOAD: Readonly<Record<PeerName, () => Promise<{ open: OpenPeer }>>> = {
  'tfjs-webgpu': () => import('./tfjs-webgpu.ts'),
  'ort-webgpu': () => import('./ort-webgpu.ts'),
  'jax-js': () => import('./jax.ts'),
  'tfjs-wasm': () => import('./tfjs-wasm.ts'),
  'tfjs-cpu': () => import('./tfjs-cpu.ts'),
  'ort-wasm': () => import('./ort-wasm.ts'),
}

/** The libraries that a run compares with ours. */
export type Peers = readonly (Peer | MissingPeer)[]

/** A peer that could not be opened. Each of its rows states the reason. */
export interface MissingPeer {
  readonly name: PeerName
  readonly missing: string
}

/**
 * Opens the named peers that run on one of the processors, one after the other.
 *
 * @param device the page's device; without it no peer on WebGPU is opened
 * @throws Stopped
 */
export async function openPeers(
  names: readonly PeerName[],
  {
    computations,
    processors,
    threads,
  }: {
    readonly computations: readonly Computation[]
    readonly processors: readonly Processor[]
    readonly threads: number
  },
  device: GPUDevice | undefined,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Peers> {
  const opened: Peers[number][] = []
  for (const { name, title, processor } of PEERS) {
    if (!names.includes(name) || !processors.includes(processor)) continue
    if (processor === 'webgpu' && device === undefined) continue
    say(`Loading ${title} …`)
    try {
      const { open } = await LOAD[name]()
      opened.push(await open(computations, device, threads))
    } catch (error) {
      opened.push({ name, missing: messageOf(error) })
    }
    try {
      await pause(signal)
    } catch (error) {
      await closePeers(opened)
      throw error
    }
  }
  return opened
}

/** Frees the memory of the peers. */
export async function closePeers(peers: Peers): Promise<void> {
  for (const peer of peers) {
    try {
      if (!('missing' in peer)) await peer.close()
    } catch {
      // It was lost with the device.
    }
  }
}

/** The versions of the peers that could be opened. */
export function versionsOf(peers: Peers): Environment['peers'] {
  const versions = peers.flatMap(peer => ('missing' in peer ? [] : [[peer.name, peer.version] as const]))
  return versions.length === 0 ? undefined : Object.fromEntries(versions)
}
