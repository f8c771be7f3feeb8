import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import * as tf from '@tensorflow/tfjs-core'
import type { OpenPeer } from './peer.ts'
import { openTfjs } from './tfjs.ts'

const make = tf.findBackendFactory('wasm')

tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
// It wants to be told of all three; which it takes is settled.
const names = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm']
setWasmPaths(Object.fromEntries(names.map(name => [name, wasm])))

/** TensorFlow.js on its WebAssembly backend: one thread, SIMD, and tensors that stay in its memory. */
export const open: OpenPeer = computations =>
  openTfjs(
    { peer: 'tfjs-wasm', name: 'wasm', make, place: ({ sets }, set, which) => tf.tensor1d(sets[set]![which]) },
    computations,
  )
