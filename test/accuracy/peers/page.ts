import { describeAdapter } from '../../tools/lanes/promise.ts'
import type { Direction } from '../../../src/index.ts'
import { measure, type Candidate, type Row } from '../measure.ts'
import type { Subject } from '../subjects.ts'
import type { PeerName } from './names.ts'

/** The request of the command to the page. */
export interface PeerQuestion {
  readonly peer: PeerName
  readonly subjects: readonly Subject[]
  readonly directions: readonly Direction[]
}

/** The messages of the page. */
export type PeerAnswer = { readonly description: string } | { readonly rows: readonly Row[] }

declare global {
  interface Window {
    measurePeer?: (question: PeerQuestion) => Promise<void>
    /** The command's. */
    peerAnswer?: (answer: PeerAnswer) => Promise<void>
  }
}

const OPEN: Readonly<Record<PeerName, () => Promise<Candidate>>> = {
  tfjs: async () => (await import('./tfjs.ts')).openTfjs(),
  ort: async () => (await import('./ort.ts')).openOrt(),
  'jax-js': async () => (await import('./jax.ts')).openJax(),
}

window.measurePeer = async ({ peer, subjects, directions }) => {
  const candidate = await OPEN[peer]()
  const adapter = await navigator.gpu.requestAdapter()
  const on = adapter === null ? 'no adapter' : describeAdapter(adapter.info)
  await window.peerAnswer!({ description: `${candidate.description} on ${on}` })
  for (const subject of subjects) {
    const rows = await measure(subject, peer, candidate, directions, false)
    await window.peerAnswer!({ rows })
  }
}
