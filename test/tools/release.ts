import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommandLine, UsageError } from './command-line.ts'
import { readState } from './git.ts'
import { checkState, type Options, readOptions, type Step, stepsOf, USAGE, versionOf } from './release-steps.ts'

// npm run release: from the main branch to npm.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const say = (line: string): void => void process.stdout.write(`${line}\n`)

await runCommandLine('release', USAGE, readOptions, release)

function release({ version: asked, dryRun }: Options): number {
  const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
  const manifest = JSON.parse(read('package.json')) as Record<string, string>
  const state = readState(ROOT)
  const version = versionOf(asked, manifest['version']!, state.tags)
  const steps = stepsOf(version, new Date().toISOString().slice(0, 10), read)

  if (dryRun) {
    say(`The release of ${version}:`)
    for (const step of steps) say(`  ${step.does}: ${'command' in step ? step.command.join(' ') : step.file}`)
  }
  checkState(state)
  if (manifest['repository'] === undefined) {
    const message = 'package.json names no "repository", without which npm takes no provenance.'
    if (!dryRun) throw new UsageError(message)
    say(`A release would be refused now: ${message}`)
  }
  return dryRun || steps.every(carryOut) ? 0 : 1
}

/** Does a step; false where it fails. */
function carryOut(step: Step): boolean {
  say(`It ${step.does} ...`)
  if ('file' in step) {
    writeFileSync(join(ROOT, step.file), step.text)
    return true
  }
  const [program, ...words] = step.command
  // Windows runs npm in a shell only. None of npm's words has a space.
  const shell = process.platform === 'win32' && program === 'npm'
  const { status } = spawnSync(program!, words, { cwd: ROOT, stdio: 'inherit', shell })
  if (status === 0) return true
  process.stderr.write(`${step.command.join(' ')} failed. Earlier steps stay: see git status and git log.\n`)
  return false
}
