import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, App, Tools } from '../app.ts'

const inChromium = { runs: 'chromium', processors: ['cpu', 'webgpu'], built: '-', version: 'library' } as const

/** Serves the workspace under a policy for scripts, and opens the page with an import map. */
async function openImportMap({ folder, serve, open }: Tools, scripts: string | undefined): Promise<Answer> {
  const [, map = ''] = /<script type="importmap">([^]*?)<\/script>/.exec(
    readFileSync(join(folder, 'import-map/index.html'), 'utf8'),
  )!
  const hash = createHash('sha256').update(map).digest('base64')
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}' ${scripts}`,
    'img-src data:',
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
  const address = await serve('.', scripts === undefined ? {} : { 'content-security-policy': policy })
  return open(`${address}import-map/index.html`)
}

/** Apps for the browser that nothing builds. */
export const UNBUNDLED: readonly App[] = [
  { ...inChromium, name: 'import-map', run: tools => openImportMap(tools, undefined) },
  { ...inChromium, name: 'csp', path: 'javascript', run: tools => openImportMap(tools, '') },
  { ...inChromium, name: 'csp-wasm', run: tools => openImportMap(tools, "'wasm-unsafe-eval'") },
]
