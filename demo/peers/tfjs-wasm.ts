import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url'
import * as tf from '@tensorflow/tfjs-core'
import type { OpenPeer } from './peer.ts'
import { openTfjs } from './tfjs.ts'

const make = tf.findBackendFactory('wasm')

// It wants to be told of all three; which it takes is settled.
setWasmPaths({
  'tfjs-backend-wasm.wasm': wasm,
  'tfjs-backend-wasm-simd.wasm': wasm,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
})

/** TensorFlow.js on its WebAssembly backend: SIMD, and tensors that stay in its memory. */
export const open: OpenPeer = async (computations, _, threads) => {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1)
  setThreadsCount(threads)
  // It takes half of these threads at most.
  Object.defineProperty(navigator, 'hardwareConcurrency', { configurable: true, value: 2 * threads })
  const peer = await openTfjs(
    { peer: 'tfjs-wasm', name: 'wasm', make, place: ({ sets }, set, which) => tf.tensor1d(sets[set]![which]) },
    computations,
  )
  Reflect.deleteProperty(navigator, 'hardwareConcurrency')
  if (threads > 1 && getThreadsCount() !== threads) throw new Error(`it has ${getThreadsCount()} threads`)
  return peer
}
