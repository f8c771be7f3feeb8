import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine, UsageError } from '../tools/command-line.ts'
import { folder, missingPackages } from './packages.ts'
import { tableOf, type TableRow } from './table.ts'

const usage = `npm run models -- [words for Vitest]

Fetches the packages of test/models/package.json where they are missing (70 MB), runs published models and a training under
TensorFlow.js, each with and without this library (two minutes), and prints the tables of docs/tensorflow.md.

  -t iris    the tests with this name alone
  --help     prints this
`

await runCommandLine('models', usage, words => (words.includes('--help') ? undefined : words), run)

function run(words: readonly string[]): number {
  const fetched = fetchMissing()
  if (fetched !== 0) return fetched
  const results = mkdtempSync(join(tmpdir(), 'models-'))
  const file = join(results, 'rows')
  const test = fileURLToPath(new URL('../tools/test.ts', import.meta.url))
  const env = { ...process.env, MODELS_ROWS: file }
  const status = startNode(['--import', 'tsx', test, '--project', 'models', ...words], { env })
  if (existsSync(file)) {
    const rows = readFileSync(file, 'utf8').trim().split('\n')
    console.log(tableOf(rows.map(row => JSON.parse(row) as TableRow)))
  }
  rmSync(results, { recursive: true })
  return status
}

/** Has npm install the packages if one is missing. @returns npm's exit status */
function fetchMissing(): number {
  const missing = missingPackages()
  if (missing.length === 0) return 0
  const npm = process.env['npm_execpath']
  if (npm === undefined) throw new UsageError('npm fetches the packages: start this command by npm.')
  console.log(`Fetching ${missing.join(', ')} ...`)
  return startNode([npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
}

/** Runs Node with these words. @returns its exit status */
function startNode(words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): number {
  return spawnSync(process.execPath, words, { stdio: 'inherit', ...options }).status ?? 1
}
