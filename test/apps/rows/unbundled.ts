import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, App, Tools } from '../app.ts'
import { packedSnippet } from '../workspace.ts'

const inChromium = { runs: 'chromium', processors: ['cpu', 'webgpu'], built: '-', version: 'library' } as const
const IMPORT_MAP = /<script type="importmap">([^]*?)<\/script>/

/** Apps for the browser that nothing builds. */
export const UNBUNDLED: readonly App[] = [
  {
    ...inChromium,
    name: 'import-map',
    run: async ({ serve, open }) => open(`${await serve('.')}import-map/index.html`),
  },
  { ...inChromium, name: 'csp', path: 'javascript', run: tools => openStrictly(tools, "'self'") },
  { ...inChromium, name: 'csp-wasm', run: tools => openStrictly(tools, "'self' 'wasm-unsafe-eval'") },
  { ...inChromium, name: 'cdn', run: openFromCdn },
  // `auto` takes the CPU where the GPU is software.
  { ...inChromium, name: 'readme', processors: ['cpu'], entries: [], run: openReadme },
]

/** Opens the page with the import map under a strict policy. */
async function openStrictly({ folder, serve, open }: Tools, scripts: string): Promise<Answer> {
  const [, map = ''] = IMPORT_MAP.exec(readFileSync(join(folder, 'import-map/index.html'), 'utf8'))!
  const hash = createHash('sha256').update(map).digest('base64')
  const policy = [
    "default-src 'none'",
    `script-src ${scripts} 'sha256-${hash}'`,
    'img-src data:',
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ]
  const address = await serve('.', { 'content-security-policy': policy.join('; ') })
  return open(`${address}import-map/index.html`)
}

/** Opens a page that takes the single file from another site, as CDNs serve it. */
async function openFromCdn({ folder, serve, open }: Tools): Promise<Answer> {
  const library = join(folder, 'node_modules/webgpu-activations')
  const { jsdelivr, unpkg } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as Record<string, string>
  if (jsdelivr === undefined || unpkg !== jsdelivr) throw new Error(`CDNs serve ${jsdelivr} and ${unpkg}`)
  // The file alone: whatever it would import is not there.
  mkdirSync(join(folder, 'cdn/site'))
  writeFileSync(join(folder, 'cdn/site/library.js'), readFileSync(join(library, jsdelivr)))
  const site = await serve('cdn/site', { 'access-control-allow-origin': '*' })
  const page = join(folder, 'cdn/index.html')
  const text = readFileSync(page, 'utf8').replaceAll('https://cdn.example/webgpu-activations', `${site}library.js`)
  writeFileSync(page, text)
  return open(await serve('cdn'))
}

/** Opens a page that has the first snippet of the README as it stands. */
async function openReadme({ folder, serve, open }: Tools): Promise<Answer> {
  const snippet = packedSnippet(folder, 'README.md', 'js arrays')
  const page = readFileSync(join(folder, 'import-map/index.html'), 'utf8')
  mkdirSync(join(folder, 'readme'))
  writeFileSync(join(folder, 'readme/index.html'), page)
  const expected = { y: Float32Array.of(-0.2, -0, 3, NaN), dx: Float32Array.of(0.1, 0.1, 1, 0.1) }
  const answer = `
const { report: { processor, reason, cpu: { path } } } = dispatcher
const wrong = [[y, '${expected.y.join()}'], [dx, '${expected.dx.join()}']].filter(([is, was]) => is.join() !== was)
document.documentElement.dataset.result = JSON.stringify({ reports: [{ processor, reason, path }], wrong, entries: {} })
`
  writeFileSync(join(folder, 'readme/main.js'), `${snippet}${answer}`)
  return open(`${await serve('.')}readme/index.html`)
}
