import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chromiumArguments, findChromium } from '../../tools/chromium.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chromium-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function program(name: string, status: number): string {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\nexit ${status}\n`)
  chmodSync(path, 0o755)
  return path
}

test.runIf(process.platform !== 'win32')(
  'CHROMIUM_PATH wins, and one that does not start is an error in one line',
  () => {
    expect(findChromium({ CHROMIUM_PATH: program('mine', 0) })).toBe(join(folder, 'mine'))
    for (const path of [program('broken', 1), join(folder, 'missing')]) {
      expect(() => findChromium({ CHROMIUM_PATH: path })).toThrow(
        `CHROMIUM_PATH is ${JSON.stringify(path)}, which does not start: install Chromium or Google Chrome, or set CHROMIUM_PATH to one`,
      )
    }
  },
)

test('the adapter decides the arguments', () => {
  expect(chromiumArguments({ adapter: 'swiftshader' })).toContain('--use-webgpu-adapter=swiftshader')
  expect(chromiumArguments({ adapter: 'hardware' }).join(' ')).not.toContain('swiftshader')
})
