import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { withModels } from '../models/lane.ts'
import { prepareLanes } from './lanes/prepare.ts'
import { namesProject, projectFilter } from './lanes/project-filter.ts'

// Dawn says so of lavapipe in each process, and nothing here binds with dynamic offsets (npm package `webgpu` 0.6.2).
const HARMLESS = /^Warning: maxDynamic\w+BuffersPerPipelineLayout artificially reduced /

// `npm test`: prepares the lanes that --project names, or all, and runs Vitest with the same words.
const words = process.argv.slice(2)
const wants = projectFilter(words)
process.exitCode = await (namesProject(words, 'models') ? withModels(run) : run())

/** @returns the exit status */
async function run(): Promise<number> {
  if (!(await prepareLanes(wants))) {
    console.error('Cannot test: a lane that this run promises is off.')
    return 1
  }
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  // The lanes are told here: projects.ts need not repeat which are off.
  const env = { ...process.env, LANES_TOLD: '1' }
  const child = spawn(process.execPath, [vitest, 'run', ...words], { stdio: ['inherit', 'inherit', 'pipe'], env })
  const ended = once(child, 'close')
  for await (const line of createInterface({ input: child.stderr })) {
    if (!HARMLESS.test(line)) process.stderr.write(`${line}\n`)
  }
  const [status] = (await ended) as [number | null]
  return status ?? 1
}
