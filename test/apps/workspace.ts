import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../tools/command.ts'
import type { Installed } from './app.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))
/** The file that tells of which lockfile the tools are. */
const MARK = 'installed'

/**
 * Packs the library, and installs it beside a copy of the apps and of their tools: outside of the repository, as in an app of a
 * user's, where no folder above has packages. The tools stay for the next time, the library never.
 *
 * @throws Error, when npm fails
 */
export async function installTarball(say: (line: string) => void): Promise<Installed> {
  const folder = join(tmpdir(), `webgpu-activations-apps-${hashOf(REPOSITORY)}`)
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder)) {
    if (entry !== 'node_modules' && entry !== MARK) rmSync(join(folder, entry), { recursive: true, force: true })
  }
  cpSync(HERE, folder, { recursive: true, filter: path => !path.includes('node_modules') })

  const lock = hashOf(readFileSync(join(HERE, 'package-lock.json')))
  const mark = join(folder, MARK)
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
    say('Installing the tools of the apps ...')
    rmSync(mark, { force: true })
    await npm(folder, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'])
    writeFileSync(mark, lock)
  }
  say('Packing the library ...')
  await npm(REPOSITORY, ['pack', '--pack-destination', folder])
  const tarball = readdirSync(folder).find(entry => entry.endsWith('.tgz'))!
  const installed = join(folder, 'node_modules/webgpu-activations')
  for (const path of [installed, join(folder, 'node_modules/.vite'), join(folder, 'node_modules/.cache')]) {
    rmSync(path, { recursive: true, force: true })
  }
  await npm(folder, ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `./${tarball}`])

  const { version, exports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    version: string
    exports: Record<string, unknown>
  }
  const entries = Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([entry]) => entry.replace('.', 'webgpu-activations'))
  // Beside each app, where a user's would be: tools serve and build what is in the folder of the app.
  const check = readFileSync(join(HERE, 'check.js'))
  for (const app of readdirSync(HERE, { withFileTypes: true })) {
    if (!app.isDirectory() || app.name === 'node_modules') continue
    writeFileSync(join(folder, app.name, 'check.js'), check)
    writeFileSync(join(folder, app.name, 'entries.js'), entriesModule(entries))
  }
  return { folder, version, entries }
}

/** A snippet as it stands on a page of the tarball. @param fence what opens it, such as 'js arrays' */
export function packedSnippet(folder: string, page: string, fence: string): string {
  const text = readFileSync(join(folder, 'node_modules/webgpu-activations', page), 'utf8')
  const [, rest] = text.split(`\`\`\`${fence}\n`)
  if (rest === undefined) throw new Error(`${page} has no snippet \`\`\`${fence}.`)
  return rest.slice(0, rest.indexOf('```'))
}

/** A module that imports all that each entry exports. */
function entriesModule(entries: readonly string[]): string {
  const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}'\n`)
  const counts = entries.map((entry, i) => `  '${entry}': Object.keys(entry${i}).length,\n`)
  return `${imports.join('')}\nexport const entries = {\n${counts.join('')}}\n`
}

function hashOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 12)
}

async function npm(folder: string, words: readonly string[]): Promise<string> {
  // The npm that runs this, by its path: Windows runs `npm` in a shell only.
  const script = process.env['npm_execpath']
  const [command, first] = script === undefined ? ['npm', []] : [process.execPath, [script]]
  const result = await runCommand(command, [...first, ...words], { seconds: 900, folder })
  if (!result.ok) throw new Error(`npm ${words.join(' ')} failed:\n${result.output}`)
  return result.output
}
