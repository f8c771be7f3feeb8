// Lets Node import a shader's text, `import text from './x.wgsl?raw'`, as Vite does. A plain module, for `node --import`.
import { register } from 'node:module'

const hooks = `
import { readFileSync } from 'node:fs'

export async function load(url, context, next) {
  if (!url.endsWith('.wgsl?raw')) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: 'export default ' + JSON.stringify(text), shortCircuit: true }
}`

register(`data:text/javascript,${encodeURIComponent(hooks)}`)
