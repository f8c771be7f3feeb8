import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { Answer, App, Tools } from '../app.ts'
import { packedSnippet } from '../workspace.ts'

const inChromium = { runs: 'chromium', processors: ['cpu', 'webgpu'], built: '-', version: 'library' } as const
/** Apps for the browser that nothing builds. */
export const UNBUNDLED: readonly App[] = [
  {
    ...inChromium,
    name: 'import-map',
    async run(tools) {
      writeImportMap(tools, 'import-map', fileOf)
      return tools.open(`${await tools.serve('.')}import-map/index.html`)
    },
  },
  { ...inChromium, name: 'csp', path: 'javascript', run: tools => openStrictly(tools, "'self'") },
  { ...inChromium, name: 'csp-wasm', run: tools => openStrictly(tools, "'self' 'wasm-unsafe-eval'") },
  { ...inChromium, name: 'cdn', run: openFromCdn },
  // `auto` takes the CPU where the GPU is software.
  { ...inChromium, name: 'readme', processors: ['cpu'], entries: [], run: openReadme },
]

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly default: string }>>
  readonly jsdelivr: string
  readonly unpkg: string
}

const library = 'node_modules/webgpu-activations'
const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, library, 'package.json'), 'utf8')) as Manifest

/** The address of an entry's file, where the server has the workspace. */
function fileOf(entry: string, { exports }: Manifest): string {
  return posix.join('/', library, exports[entry.replace('webgpu-activations', '.')]!.default)
}

/** Names every entry of the package in the import map of a page. @returns the map */
function writeImportMap(
  { folder, entries }: Tools,
  app: string,
  addressOf: (entry: string, manifest: Manifest) => string,
): string {
  const manifest = manifestOf(folder)
  const imports = Object.fromEntries(entries.map(entry => [entry, addressOf(entry, manifest)]))
  const map = JSON.stringify({ imports }, null, 2)
  const page = join(folder, app, 'index.html')
  const [before, rest] = readFileSync(page, 'utf8').split('<script type="importmap">') as [string, string]
  writeFileSync(page, `${before}<script type="importmap">${map}${rest.slice(rest.indexOf('</script>'))}`)
  return map
}

/** Opens the page with the import map under a strict policy. */
async function openStrictly(tools: Tools, scripts: string): Promise<Answer> {
  const map = writeImportMap(tools, 'import-map', fileOf)
  const hash = createHash('sha256').update(map).digest('base64')
  const policy = [
    "default-src 'none'",
    `script-src ${scripts} 'sha256-${hash}'`,
    'img-src data:',
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ]
  const address = await tools.serve('.', { 'content-security-policy': policy.join('; ') })
  return tools.open(`${address}import-map/index.html`)
}

/** Opens a page that takes the single file from another site, as CDNs serve it. */
async function openFromCdn(tools: Tools): Promise<Answer> {
  const { folder, serve, open } = tools
  const { jsdelivr, unpkg } = manifestOf(folder)
  if (unpkg !== jsdelivr) throw new Error(`CDNs serve ${jsdelivr} and ${unpkg}`)
  // The file alone: what it might import is not there.
  mkdirSync(join(folder, 'cdn/site'))
  cpSync(join(folder, library, jsdelivr), join(folder, 'cdn/site/library.js'))
  const site = await serve('cdn/site', { 'access-control-allow-origin': '*' })
  writeImportMap(tools, 'cdn', () => `${site}library.js`)
  return open(await serve('cdn'))
}

/** Opens a page that has the first snippet of the README as it stands. */
async function openReadme(tools: Tools): Promise<Answer> {
  const { folder, serve, open } = tools
  const snippet = packedSnippet(folder, 'README.md', 'js arrays')
  cpSync(join(folder, 'import-map'), join(folder, 'readme'), { recursive: true })
  writeImportMap(tools, 'readme', fileOf)
  const answer = `
const { report: { processor, reason, cpu: { path } } } = dispatcher
const expected = [[y, [-0.2, -0, 3, NaN]], [dx, [0.1, 0.1, 1, 0.1]]]
const wrong = expected.filter(([is, was]) => !was.every((value, i) => Object.is(is[i], Math.fround(value)))).map(pair => pair.join(' is not '))
document.documentElement.dataset.result = JSON.stringify({ reports: [{ processor, reason, path }], wrong, entries: {} })
`
  writeFileSync(join(folder, 'readme/main.js'), `${snippet}${answer}`)
  return open(`${await serve('.')}readme/index.html`)
}
