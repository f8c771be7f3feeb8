import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

// A package has to hold certain files, and none that only contributors need.

/** Pages of the README that are for those who work on the library: they are in the repository alone. */
const REPOSITORY_ALONE = ['CONTRIBUTING.md', 'docs/architecture.md', 'docs/testing.md', 'docs/page.png']
const SHIPPED =
  /^(?:dist\/[\w.-]+\.(?:js|js\.map|d\.ts)|docs\/[\w-]+\.md|(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/
const SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare']

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** Lists the faults of a package as it is installed. */
export function problemsOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(file => file.replaceAll('\\', '/'))
    .filter(file => statSync(join(folder, file)).isFile())
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
  return [
    ...files.filter(file => !SHIPPED.test(file)).map(file => `${file}: no user needs it`),
    ...SCRIPTS.filter(script => script in (manifest.scripts ?? {})).map(
      script => `a script ${script} runs at the user's`,
    ),
    ...targetsOf(manifest)
      .filter(target => !files.includes(target))
      .map(target => `${target} of package.json is not there`),
    ...Object.entries(manifest.exports).flatMap(([entry, target]) =>
      typeof target === 'string' || target['types'] !== undefined ? [] : [`the entry ${entry} has no types`],
    ),
    ...files.filter(file => file.endsWith('.js')).flatMap(file => problemsOfMap(folder, file)),
    ...files.filter(file => file.endsWith('.md')).flatMap(page => deadLinks(folder, page)),
  ]
}

/** The files that package.json names. */
function targetsOf(manifest: Manifest): string[] {
  const fields = ['main', 'types', 'unpkg', 'jsdelivr'].map(field => manifest[field])
  const targets = Object.values(manifest.exports).flatMap(target =>
    typeof target === 'string' ? [target] : Object.values(target),
  )
  return [...fields, ...targets].filter(target => typeof target === 'string').map(target => target.replace('./', ''))
}

/** A map has the text of every source, and no path of the machine that built it. */
function problemsOfMap(folder: string, file: string): string[] {
  const [, name] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(join(folder, file), 'utf8')) ?? []
  const path = join(folder, dirname(file), name ?? '')
  if (name === undefined || !existsSync(path)) return [`${file} has no source map`]
  const { sources, sourcesContent = [] } = JSON.parse(readFileSync(path, 'utf8')) as {
    sources: (string | null)[]
    sourcesContent?: (string | null)[]
  }
  if (sources.length === 0) return [`the map of ${file} has no sources`]
  return sources.flatMap((source, i) => {
    if (source === null || !/^\.\.?\//.test(source)) return [`the map of ${file} has the path ${source}`]
    return sourcesContent[i] ? [] : [`the map of ${file} has no text of ${source}`]
  })
}

/** Pages link to pages that are there. Links to sources lead to the repository. */
function deadLinks(folder: string, page: string): string[] {
  const prose = readFileSync(join(folder, page), 'utf8')
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/`[^`]*`/g, 'code')
  const links = [...prose.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].map(match => match[1]!)
  return links
    .filter(link => !/^\w+:/.test(link))
    .map(link => relative(folder, join(folder, dirname(page), link)).replaceAll('\\', '/'))
    .filter(target => !/^(?:src|test|demo|shaders)\//.test(target) && !existsSync(join(folder, target)))
    .filter(target => page !== 'README.md' || !REPOSITORY_ALONE.includes(target))
    .map(target => `${page} links to ${target}, which is not there`)
}
