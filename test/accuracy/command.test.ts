import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }

const root = fileURLToPath(new URL('../..', import.meta.url))

function accuracy(...options: readonly string[]) {
  const [, ...words] = packageJson.scripts.accuracy.split(' ')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...words, ...options], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

test('the command measures in a process of its own and prints a table', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'accuracy-'))
  const file = join(folder, 'accuracy.md')
  writeFileSync(file, '# Accuracy\n\n<!-- begin accuracy -->\nold\n<!-- end accuracy -->\n\nMore.\n')
  const words = ['--activations', 'relu', '--processor', 'cpu', '--peers', 'none', '--write', file]
  const { status, stdout, stderr } = accuracy(...words)
  const written = readFileSync(file, 'utf8')
  rmSync(folder, { recursive: true })
  expect(stderr).toBe('Measuring on CPU ...\n')
  expect(stdout).toMatch(/^relu +forward +0\.0, 17\/17$/m)
  expect(stdout).toMatch(/^relu +backward +0\.0, 102\/102$/m)
  expect(status).toBe(0)
  expect(written).toMatch(
    /^# Accuracy\n\n<!-- begin accuracy -->\n\n\| activation .*\n\n<!-- end accuracy -->\n\nMore.\n$/s,
  )
  expect(written).toMatch(/^\| relu +\| forward +\| 0\.0, 17\/17 +\|$/m)
  expect(written).not.toContain('old')
})

test('a wrong option is one line and status 2', { timeout: 60_000 }, () => {
  expect(accuracy('--exhaustive', 'nope')).toEqual({
    status: 2,
    stdout: '',
    stderr: '--exhaustive "nope": there is no activation "nope". See npm run accuracy -- --help\n',
  })
})
