import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findFirefox } from '../../tools/firefox.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firefox-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function program(name: string, status: number): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\nexit ${status}\n`)
  chmodSync(path, 0o755)
  return path
}

test.runIf(process.platform !== 'win32')('FIREFOX_PATH wins, then the first on the PATH that starts', () => {
  const mine = program('mine', 0)
  expect(findFirefox({ FIREFOX_PATH: mine, PATH: folder })).toBe(mine)
  expect(findFirefox({ PATH: folder })).toBeUndefined()
  // What asks for a snap.
  program('firefox-esr', 1)
  const other = program('firefox', 0)
  expect(findFirefox({ PATH: folder })).toBe(other)
  expect(() => findFirefox({ FIREFOX_PATH: join(folder, 'missing'), PATH: folder })).toThrow(
    `FIREFOX_PATH is ${JSON.stringify(join(folder, 'missing'))}, which does not start: install Firefox, or set FIREFOX_PATH to one`,
  )
})
