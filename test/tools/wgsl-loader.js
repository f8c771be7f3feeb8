// Lets Node import the text of a shader or of another file, `import text from './x.wgsl?raw'`, and the WebAssembly that is made
// of the shaders, as Vite does. A plain module, for `node --import`.
import { readFileSync } from 'node:fs'
import * as modules from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { kernelsModule } from '../../src/cpu/compiler/cached.js'

/** @type {import('node:module').ResolveHookSync} */
export function resolve(specifier, context, next) {
  return specifier === 'virtual:kernels' ? { url: specifier, shortCircuit: true } : next(specifier, context)
}

/** @type {import('node:module').LoadHookSync} */
export function load(url, context, next) {
  if (url === 'virtual:kernels') return { format: 'module', source: kernelsModule(), shortCircuit: true }
  // As it is: tsx takes 5 seconds to read its 15 MB.
  if (url.endsWith('/binaryen/index.js'))
    return { format: 'module', source: readFileSync(new URL(url)), shortCircuit: true }
  if (!url.endsWith('?raw')) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: `export default ${JSON.stringify(text)}`, shortCircuit: true }
}

// Node 26 warns of register(), and Node 20 has nothing else: it runs these functions in a thread of their own.
if (modules.registerHooks !== undefined) modules.registerHooks({ resolve, load })
else if (isMainThread) modules.register(import.meta.url)
