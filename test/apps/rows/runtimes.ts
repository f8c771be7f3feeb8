import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../tools/apt.ts'
import { driverEnvironment, findLavapipe } from '../../tools/lanes/drivers.ts'
import type { Answer, App, Installed } from '../app.ts'
import { packedSnippet } from '../workspace.ts'

const node = process.versions.node

/** The last line of a program's output. */
function answerOf(output: string): Answer {
  const line = output.split('\n').findLast(text => text.startsWith('{'))
  if (line === undefined) throw new Error(`no result: ${output}`)
  return JSON.parse(line) as Answer
}

/** The program of a runtime: from the packages that npm has for each platform, or else the machine's own. */
function runtime(name: string, packages: readonly string[], folder = ''): (installed: Installed) => string | undefined {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  return installed => {
    const paths = packages.map(each => join(installed.folder, 'node_modules', each, folder, file))
    return paths.find(path => existsSync(path)) ?? onPath(name)
  }
}

const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
const deno = runtime('deno', [
  `@deno/${process.platform}-${process.arch}-glibc`,
  `@deno/${process.platform}-${process.arch}`,
])
const bun = runtime('bun', [`@oven/bun-${platform}`], 'bin')

const lavapipe = findLavapipe()
const withLavapipe = driverEnvironment(lavapipe)

/** Apps for Node, Deno and Bun. */
export const RUNTIMES: readonly App[] = [
  {
    name: 'node',
    version: node,
    built: '-',
    runs: 'node',
    processors: ['cpu'],
    run: async ({ command }) => answerOf(await command('node', process.execPath, ['main.js'])),
  },
  {
    name: 'node-require',
    version: node,
    built: '-',
    runs: 'node',
    processors: ['cpu'],
    run: async ({ command }) => answerOf(await command('node-require', process.execPath, ['main.cjs'])),
  },
  {
    name: 'node-webgpu',
    version: 'webgpu',
    built: '-',
    runs: 'node',
    processors: ['cpu', 'webgpu'],
    absent: () =>
      lavapipe === undefined ? 'there is no lavapipe: install Mesa 25, or run npm test, which does' : undefined,
    async run({ folder, command }) {
      writeFileSync(join(folder, 'node-webgpu/snippet.js'), packedSnippet(folder, 'docs/install.md', 'js node'))
      return answerOf(await command('node-webgpu', process.execPath, ['main.js'], withLavapipe))
    },
  },
  {
    name: 'jest',
    version: 'jest',
    built: '-',
    runs: 'node',
    processors: ['cpu'],
    async run({ folder, run }) {
      await run('jest', 'jest', [], { NODE_OPTIONS: '--experimental-vm-modules' })
      return JSON.parse(readFileSync(join(folder, 'jest/answer.json'), 'utf8')) as Answer
    },
  },
  {
    name: 'deno',
    version: 'deno',
    built: '-',
    runs: 'deno',
    processors: lavapipe === undefined ? ['cpu'] : ['cpu', 'webgpu'],
    absent: installed => (deno(installed) ? undefined : 'npm has no Deno for this platform: install it from deno.com'),
    async run(tools) {
      const words = ['run', '--no-prompt', '--cached-only', 'main.js']
      return answerOf(await tools.command('deno', deno(tools)!, words, withLavapipe))
    },
  },
  {
    name: 'bun',
    version: 'bun',
    built: '-',
    runs: 'bun',
    processors: ['cpu'],
    absent: installed => (bun(installed) ? undefined : 'npm has no Bun for this platform: install it from bun.com'),
    run: async tools => answerOf(await tools.command('bun', bun(tools)!, ['main.js'])),
  },
]
