import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { VERSION } from '../../../src/support/version.ts'

test("verdicts are kept by the package's version", () => {
  expect(VERSION).toBe(packageJson.version)
})
