import { execFileSync } from 'node:child_process'
import type { State } from './release-steps.ts'

/** Asks git for the state of a repository. @throws Error where git is missing, or the folder is in no repository */
export function readState(folder: string): State {
  const lines = (...words: string[]): string[] =>
    execFileSync('git', words, { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .filter(line => line !== '')
  // A detached HEAD has no branch.
  const [branch = 'none'] = lines('branch', '--show-current')
  return { branch, changes: lines('status', '--porcelain'), tags: lines('tag', '--list') }
}

/** The commit of the working tree, with `+` where a file of these folders has changed since. */
export function readCommit(folders: readonly string[]): string {
  const git = (...words: string[]): string => execFileSync('git', words, { encoding: 'utf8' }).trim()
  const changes = git('status', '--porcelain', '--', ...folders)
  return `${git('rev-parse', '--short=10', 'HEAD')}${changes === '' ? '' : '+'}`
}
