import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu'
import type { OpenPeer } from './peer.ts'
import { openTfjs } from './tfjs.ts'

/** TensorFlow.js in plain JavaScript. */
export const open: OpenPeer = computations =>
  openTfjs({ peer: 'tfjs-cpu', name: 'cpu', make: () => new MathBackendCPU() }, computations)
