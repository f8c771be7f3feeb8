import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../tools/command-line.ts'
import { readState } from '../../tools/git.ts'
import { checkState, datedChangelog, readOptions, stepsOf, versionOf } from '../../tools/release-steps.ts'

describe('the version', () => {
  test.each([
    ['0.1.0', undefined, '0.1.0', []],
    ['0.1.1', undefined, '0.1.0', ['v0.1.0']],
    ['0.1.10', 'patch', '0.1.9', []],
    ['0.2.0', 'minor', '0.1.9', ['v0.1.9']],
    ['1.0.0', 'major', '0.1.9', []],
    ['0.10.0', '0.10.0', '0.9.3', []],
    ['2.0.0', '2.0.0', '1.9.3', ['v1.9.3', 'v20.0.0']],
  ])('is %s for %s after %s', (version, asked, current, tags) => {
    expect(versionOf(asked, current, tags)).toBe(version)
  })

  test.each([
    ['next', '0.1.0', [], /^"next": a version such as/],
    ['1.2', '0.1.0', [], /^"1\.2": a version/],
    ['1.02.0', '0.1.0', [], /^"1\.02\.0": a version/],
    ['1.2.3 --tag x', '0.1.0', [], /a version such as/],
    ['', '0.1.0', [], /^"": a version/],
    ['0.1.0', '0.1.0', ['v0.1.0'], /^0\.1\.0 has been released/],
    ['patch', '0.1.0', ['v0.1.1'], /^0\.1\.1 has been released/],
    ['0.9.9', '0.10.0', [], /^0\.9\.9 is older than 0\.10\.0/],
    ['1.9.9', '2.0.0', [], /^1\.9\.9 is older/],
  ])('%j after %s is refused', (asked, current, tags, message) => {
    expect(() => versionOf(asked, current, tags)).toThrow(UsageError)
    expect(() => versionOf(asked, current, tags)).toThrow(message)
  })
})

describe('the changelog', () => {
  const older = '## 0.1.0 - 2026-01-02\n\n### Added\n\n- All.\n'
  const text = `# Changelog\n\nForm.\n\n## Unreleased\n\n### Fixed\n\n- A slip.\n\n${older}`

  test('gets a section of the version, and an empty one above', () => {
    expect(datedChangelog(text, '0.2.0', '2026-11-30')).toBe(
      `# Changelog\n\nForm.\n\n## Unreleased\n\n## 0.2.0 - 2026-11-30\n\n### Fixed\n\n- A slip.\n\n${older}`,
    )
  })

  test('of a release that was made has nothing more', () => {
    const released = datedChangelog(text, '0.2.0', '2026-11-30')
    expect(() => datedChangelog(released, '0.3.0', '2026-11-30')).toThrow(/nothing in its section "Unreleased"/)
  })

  test.each([
    ['no section', `# Changelog\n\n${older}`, /no section "Unreleased"/],
    ['headings alone', `## Unreleased\n\n### Added\n\n${older}`, /nothing in its section/],
    ['headings alone at the end', '## Unreleased\n\n### Added\n', /nothing in its section/],
    ['a section of the version', `${text}\n## 0.2.0 - 2026-03-04\n\n- It.\n`, /has a section of 0\.2\.0/],
  ])('with %s is refused', (_, given, message) => {
    expect(() => datedChangelog(given, '0.2.0', '2026-11-30')).toThrow(UsageError)
    expect(() => datedChangelog(given, '0.2.0', '2026-11-30')).toThrow(message)
  })
})

test('a release is refused with changes, and on another branch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'release-'))
  const git = (...words: string[]): void => {
    const person = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'commit.gpgSign=false']
    execFileSync('git', [...person, ...words], { cwd: folder, stdio: 'ignore' })
  }
  git('init', '--initial-branch=main')
  git('commit', '--allow-empty', '--message', 'First')
  git('tag', 'v0.1.0')
  const clean = readState(folder)
  writeFileSync(join(folder, 'new.txt'), '')
  writeFileSync(join(folder, 'other.txt'), '')
  const dirty = readState(folder)
  git('switch', '--create', 'topic')
  const topic = readState(folder)
  git('switch', '--detach')
  const detached = readState(folder)
  rmSync(folder, { recursive: true })

  expect(clean).toEqual({ branch: 'main', changes: [], tags: ['v0.1.0'] })
  expect(() => checkState(clean)).not.toThrow()
  expect(() => checkState(dirty)).toThrow(
    new UsageError('There are changes that are not committed: new.txt and 1 more.'),
  )
  expect(() => checkState(topic)).toThrow(/^The branch is topic/)
  expect(() => checkState(detached)).toThrow(/^The branch is none/)
})

test('everything is checked before anything is written, and published last, with provenance', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const read = (file: string): string =>
    file === 'CHANGELOG.md' ? '## Unreleased\n\n- A slip.\n' : readFileSync(join(root, file), 'utf8')
  const steps = stepsOf('1.2.3', '2026-11-30', read)
  expect(steps.map(step => ('file' in step ? step.file : step.command.join(' ')))).toEqual([
    'npm run check',
    'npm test',
    'npm run apps',
    'CHANGELOG.md',
    'src/support/version.ts',
    'npm version 1.2.3 --no-git-tag-version --allow-same-version',
    'git commit --all --message Release 1.2.3',
    'git tag --annotate v1.2.3 --message 1.2.3',
    'npm publish --provenance',
  ])
  const texts = steps.flatMap(step => ('file' in step ? [step.text] : []))
  expect(texts[0]).toBe('## Unreleased\n\n## 1.2.3 - 2026-11-30\n\n- A slip.\n')
  expect(texts[1]).toContain("export const VERSION = '1.2.3'\n")
})

test('a wrong option is a usage error', () => {
  expect(readOptions(['--dry-run'])).toEqual({ version: undefined, dryRun: true })
  expect(readOptions(['minor'])).toEqual({ version: 'minor', dryRun: false })
  expect(readOptions(['--help'])).toBeUndefined()
  expect(() => readOptions(['--dryrun'])).toThrow(UsageError)
  expect(() => readOptions(['1.0.0', '2.0.0'])).toThrow(/^"2\.0\.0": one version/)
})
