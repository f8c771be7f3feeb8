// Lets Node import the text of a shader or of another file, `import text from './x.wgsl?raw'`, and the WebAssembly that is made
// of the shaders, as Vite does. A plain module, for `node --import`.
import { register } from 'node:module'

const hooks = `
import { readFileSync } from 'node:fs'
import { kernelsModule } from ${JSON.stringify(new URL('../../src/cpu/compiler/cached.js', import.meta.url).href)}

export async function resolve(specifier, context, next) {
  return specifier === 'virtual:kernels' ? { url: specifier, shortCircuit: true } : next(specifier, context)
}

export async function load(url, context, next) {
  if (url === 'virtual:kernels') return { format: 'module', source: kernelsModule(), shortCircuit: true }
  // As it is: tsx takes 5 seconds to read its 15 MB.
  if (url.endsWith('/binaryen/index.js')) return { format: 'module', source: readFileSync(new URL(url)), shortCircuit: true }
  if (!url.endsWith('?raw')) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: 'export default ' + JSON.stringify(text), shortCircuit: true }
}`

register(`data:text/javascript,${encodeURIComponent(hooks)}`)
