import { parseArgs } from 'node:util'
import { UsageError } from './command-line.ts'

export interface Options {
  /** A version, or the part of it that grows; undefined: the version of package.json, or its next patch where that is out. */
  readonly version: string | undefined
  readonly dryRun: boolean
}

/** The state of the repository, by git. */
export interface State {
  readonly branch: string
  /** The lines of `git status --porcelain`. */
  readonly changes: readonly string[]
  readonly tags: readonly string[]
}

/** A step of a release: a program with its words, or a file with its new text. */
export type Step = { readonly does: string } & (
  { readonly command: readonly string[] } | { readonly file: string; readonly text: string }
)

export const USAGE = `Usage: npm run release -- [VERSION] [options]

Releases the main branch: runs every check, moves the section "Unreleased" of CHANGELOG.md below the version and the date,
sets the version, commits, tags, and publishes to npm with provenance. It pushes nothing.

  VERSION              1.2.3, or patch, minor or major (default: the version of package.json, or its next patch where that
                       has a tag)
  --dry-run            prints the steps, and refuses what a release would refuse; runs and writes nothing
  --help               prints this

Provenance needs a "repository" in package.json, and a CI that npm knows, such as GitHub Actions or GitLab.
Exit status: 0 when it is published, 1 when a step fails, 2 for a wrong option or a release that cannot be made.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { values, positionals } = parse(words)
  if (values.help === true) return undefined
  const [version, ...more] = positionals
  if (more.length > 0) throw new UsageError(`${JSON.stringify(more[0])}: one version at a time.`)
  return { version, dryRun: values['dry-run'] === true }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { 'dry-run': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}

const numbersOf = (version: string): number[] | undefined =>
  /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version) ? version.split('.').map(Number) : undefined

/** The version to release. @throws UsageError for one that is none, is out, or is older than that of package.json */
export function versionOf(asked: string | undefined, current: string, tags: readonly string[]): string {
  const isOut = (version: string): boolean => tags.includes(`v${version}`)
  const [major, minor, patch] = numbersOf(current) as [number, number, number]
  const next: Readonly<Record<string, string>> = {
    major: `${major + 1}.0.0`,
    minor: `${major}.${minor + 1}.0`,
    patch: `${major}.${minor}.${patch + 1}`,
  }
  const version = asked === undefined ? (isOut(current) ? next['patch']! : current) : (next[asked] ?? asked)
  const numbers = numbersOf(version)
  if (numbers === undefined) {
    throw new UsageError(`${JSON.stringify(version)}: a version such as 1.2.3, patch, minor or major is needed.`)
  }
  if (isOut(version)) throw new UsageError(`${version} has been released: there is a tag v${version}.`)
  const differs = numbers.findIndex((number, i) => number !== [major, minor, patch][i])
  if (differs >= 0 && numbers[differs]! < [major, minor, patch][differs]!) {
    throw new UsageError(`${version} is older than ${current}, the version of package.json.`)
  }
  return version
}

/** Checks what git says. @throws UsageError where nothing can be released */
export function checkState({ branch, changes }: State): void {
  if (branch !== 'main') throw new UsageError(`The branch is ${branch}: releases are made from main.`)
  if (changes.length === 0) return
  const more = changes.length > 1 ? ` and ${changes.length - 1} more` : ''
  throw new UsageError(`There are changes that are not committed: ${changes[0]!.slice(3)}${more}.`)
}

/**
 * The changelog with what is unreleased below a version and its date, and an empty section above for what comes.
 *
 * @param date 2026-11-30
 * @throws UsageError where nothing is unreleased, or the version has a section
 */
export function datedChangelog(text: string, version: string, date: string): string {
  const headings = [...text.matchAll(/^## (.*)$/gm)]
  const unreleased = headings.findIndex(([, title]) => title === 'Unreleased')
  if (unreleased === -1) throw new UsageError('CHANGELOG.md has no section "Unreleased".')
  if (headings.some(([, title]) => title!.split(' ')[0] === version)) {
    throw new UsageError(`CHANGELOG.md has a section of ${version}.`)
  }
  const start = headings[unreleased]!.index + '## Unreleased'.length
  const section = text.slice(start, headings[unreleased + 1]?.index)
  // Headings without a line below say nothing.
  if (!/^(?!#)\S/m.test(section)) throw new UsageError('CHANGELOG.md has nothing in its section "Unreleased".')
  return `${text.slice(0, start)}\n\n## ${version} - ${date}${text.slice(start)}`
}

/** The module with the library's own version, of another version. @throws Error where it has none */
function versionModule(text: string, version: string): string {
  const changed = text.replace(/VERSION = '[^']*'/, `VERSION = '${version}'`)
  if (!changed.includes(`'${version}'`)) throw new Error('src/support/version.ts has no VERSION.')
  return changed
}

/** Lists the steps of a release, in order. @param read gives the text of a file of the repository. @throws UsageError */
export function stepsOf(version: string, date: string, read: (file: string) => string): readonly Step[] {
  const changelog = 'CHANGELOG.md'
  const module = 'src/support/version.ts'
  return [
    { does: 'builds, and checks types, lint, format, package and sizes', command: ['npm', 'run', 'check'] },
    { does: 'tests every processor of this machine', command: ['npm', 'test'] },
    { does: 'tests the tarball in small apps', command: ['npm', 'run', 'apps'] },
    {
      does: `moves what is unreleased below "${version} - ${date}"`,
      file: changelog,
      text: datedChangelog(read(changelog), version, date),
    },
    { does: `sets the version to ${version}`, file: module, text: versionModule(read(module), version) },
    {
      does: 'sets the version of the package',
      command: ['npm', 'version', version, '--no-git-tag-version', '--allow-same-version'],
    },
    { does: 'commits', command: ['git', 'commit', '--all', '--message', `Release ${version}`] },
    { does: 'tags', command: ['git', 'tag', '--annotate', `v${version}`, '--message', version] },
    { does: 'publishes', command: ['npm', 'publish', '--provenance'] },
  ]
}
