import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folder, missingPackages } from './packages.ts'
import { tableOf, type TableRow } from './table.ts'

/**
 * Runs tests with the lane of models on: has npm install the packages that are missing, 70 MB, and prints the tables of
 * docs/tensorflow.md at the end.
 *
 * @param run runs the tests, and returns their exit status
 * @returns the exit status, which is npm's where it cannot install them
 */
export async function withModels(run: () => Promise<number>): Promise<number> {
  const fetched = fetchMissing()
  if (fetched !== 0) return fetched
  const results = mkdtempSync(join(tmpdir(), 'models-'))
  const file = join(results, 'rows')
  process.env['MODELS_ROWS'] = file
  const status = await run()
  if (existsSync(file)) {
    const rows = readFileSync(file, 'utf8').trim().split('\n')
    console.log(tableOf(rows.map(row => JSON.parse(row) as TableRow)))
  }
  rmSync(results, { recursive: true })
  return status
}

function fetchMissing(): number {
  const missing = missingPackages()
  if (missing.length === 0) return 0
  console.log(`Fetching ${missing.join(', ')} ...`)
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  return spawnSync('npm', words, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' }).status ?? 1
}
