import { spawnSync } from 'node:child_process'
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
  const { status, stdout, stderr } = accuracy('--activations', 'relu', '--processor', 'cpu', '--peers', 'none')
  expect(stderr).toBe('Measuring on CPU ...\n')
  expect(stdout).toMatch(/^relu +forward +0\.0, 17\/17$/m)
  expect(stdout).toMatch(/^relu +backward +0\.0, 102\/102$/m)
  expect(status).toBe(0)
})

test('a wrong option is one line and status 2', { timeout: 60_000 }, () => {
  expect(accuracy('--exhaustive', 'nope')).toEqual({
    status: 2,
    stdout: '',
    stderr: '--exhaustive "nope": there is no activation "nope". See npm run accuracy -- --help\n',
  })
})
