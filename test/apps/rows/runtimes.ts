import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** The program of a package that brings one for each platform, as its install script would choose it. */
function binaryOf({ folder }: Installed, packages: readonly string[], file: string): string | undefined {
  return packages.map(name => join(folder, 'node_modules', name, file)).find(path => existsSync(path))
}

const denoOf = (installed: Installed): string | undefined =>
  binaryOf(
    installed,
    [`@deno/${process.platform}-${process.arch}-glibc`, `@deno/${process.platform}-${process.arch}`],
    'deno',
  )
const bunOf = (installed: Installed): string | undefined =>
  binaryOf(installed, [`@oven/bun-${process.platform}-${process.arch}`], 'bin/bun')

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
    absent: () => (lavapipe === undefined ? 'there is no lavapipe: install Mesa, or run npm test once' : undefined),
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
    absent: installed => (denoOf(installed) ? undefined : 'the npm package deno has no program for this platform'),
    async run(tools) {
      const words = ['run', '--no-prompt', '--cached-only', '--unstable-webgpu', 'main.js']
      return answerOf(await tools.command('deno', denoOf(tools)!, words, withLavapipe))
    },
  },
  {
    name: 'bun',
    version: 'bun',
    built: '-',
    runs: 'bun',
    processors: ['cpu'],
    absent: installed => (bunOf(installed) ? undefined : 'the npm package bun has no program for this platform'),
    run: async tools => answerOf(await tools.command('bun', bunOf(tools)!, ['main.js'])),
  },
]
