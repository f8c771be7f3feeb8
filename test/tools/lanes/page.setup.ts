import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildPage } from '../page.ts'
import { fastClock } from './fast-clock.ts'

/** Builds the page once for all tests that open it: from its sources it takes three times as long to load. */
export default async function providePage(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'built-page-'))
  await buildPage(folder, [fastClock])
  project.provide('page', folder)
  return () => rmSync(folder, { recursive: true })
}
