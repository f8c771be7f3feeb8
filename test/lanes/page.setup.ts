import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'

/** Builds the page once for all tests that open it: from its sources it takes three times as long to load. */
export default async function buildPage(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'built-page-'))
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))
  await build({ configFile, mode: 'demo', logLevel: 'error', build: { outDir: folder } })
  project.provide('page', folder)
  return () => rmSync(folder, { recursive: true })
}
