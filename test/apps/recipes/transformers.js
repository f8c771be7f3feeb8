import { env } from '@huggingface/transformers'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import mjs from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'
import { finish, quiet } from './finish.js'
import { run } from './transformers.snippet.js'

// Everything from here, nothing from the network.
env.allowLocalModels = true
env.allowRemoteModels = false
env.localModelPath = new URL('./models/', location.href).href
env.backends.onnx.wasm.wasmPaths = { wasm: new URL(wasm, location.href).href, mjs: new URL(mjs, location.href).href }

quiet(/^Unknown model class "tiny"/)

await finish(async expect => {
  const { activated } = await run({ name: 'tiny' })
  expect('relu', await activated.getData(), [0, 0.5, 2])
})
