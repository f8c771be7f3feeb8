import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folder, missingPackages } from './packages.ts'
import { tableOf, type TableRow } from './table.ts'

// `npm run models`: fetches the packages of package.json here where they are missing, runs the lane `models`, and prints what it
// measured. More words go to Vitest.

const npm = process.env['npm_execpath']
if (npm === undefined) throw new Error('Start it by `npm run models`: it needs npm.')

const missing = missingPackages()
if (missing.length > 0) {
  console.log(`Fetching ${missing.join(', ')} ...`)
  const fetched = run([npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder })
  if (fetched !== 0) process.exit(fetched)
}
const results = mkdtempSync(join(tmpdir(), 'models-'))
const file = join(results, 'rows')
const test = fileURLToPath(new URL('../tools/test.ts', import.meta.url))
process.exitCode = run(['--import', 'tsx', test, '--project', 'models', ...process.argv.slice(2)], {
  env: { ...process.env, MODELS_ROWS: file },
})
if (existsSync(file)) {
  const rows = readFileSync(file, 'utf8').trim().split('\n')
  console.log(tableOf(rows.map(row => JSON.parse(row) as TableRow)))
}
rmSync(results, { recursive: true })

/** Runs Node with these words. @returns its exit status */
function run(words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): number {
  return spawnSync(process.execPath, words, { stdio: 'inherit', ...options }).status ?? 1
}
