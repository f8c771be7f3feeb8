import { messageOf } from '../measure/gpu.ts'
import type { Request } from '../run/measure.ts'
import { pause } from '../support/pause.ts'
import type { Environment } from '../report/rows.ts'
import { type PeerName, PEERS } from '../state/peers.ts'
import type { OpenPeer, Peer } from './peer.ts'

// Here and nowhere else the page loads other libraries, and only those that are asked for.
const LOAD: Readonly<Record<PeerName, () => Promise<{ open: OpenPeer }>>> = {
  'tfjs-webgpu': () => import('./tfjs-webgpu.ts'),
  'ort-webgpu': () => import('./ort-webgpu.ts'),
  'jax-js': () => import('./jax.ts'),
  'tfjs-wasm': () => import('./tfjs-wasm.ts'),
  'tfjs-cpu': () => import('./tfjs-cpu.ts'),
  'ort-wasm': () => import('./ort-wasm.ts'),
}

/** The libraries that take part in a run. */
export type Peers = readonly (Peer | MissingPeer)[]

/** A peer that could not be opened, which all its rows will say. */
export interface MissingPeer {
  readonly name: PeerName
  readonly missing: string
}

/**
 * Opens those of the peers that run on what is measured, one after the other.
 *
 * @param device the page's, where there is one: without it none runs on WebGPU
 * @throws Stopped
 */
export async function openPeers(
  names: readonly PeerName[],
  { computations, processors }: Pick<Request, 'computations' | 'processors'>,
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
      opened.push(await open(computations, device))
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

/** Lets the peers free what they hold. */
export async function closePeers(peers: Peers): Promise<void> {
  for (const peer of peers) {
    try {
      if (!('missing' in peer)) await peer.close()
    } catch {
      // It went with the device.
    }
  }
}

/** The versions of the peers that are there, for the record. */
export function versionsOf(peers: Peers): Environment['peers'] {
  const versions = peers.flatMap(peer => ('missing' in peer ? [] : [[peer.name, peer.version] as const]))
  return versions.length === 0 ? undefined : Object.fromEntries(versions)
}
