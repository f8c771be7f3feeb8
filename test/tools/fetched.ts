import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorLine, runCommand } from './command.ts'

// The packages of a few lanes are no dependencies of the repository, which would come with every `npm ci`. Folders of their own
// have a package.json that names them.

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Reads the package.json of a folder. */
export function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The version of the package that npm put into this folder; undefined where there is none. */
export function fetchedVersion(folder: string): string | undefined {
  return existsSync(join(folder, 'package.json')) ? manifestOf(folder).version : undefined
}

/** Has npm fetch what the package.json of a folder names. @returns what went wrong, or undefined */
export async function fetchPackages(folder: string, title: string): Promise<string | undefined> {
  process.stderr.write(`No ${title} here: fetching it (npm) ...\n`)
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  // Windows starts npm's script by a shell alone, so that the npm which runs this is preferred.
  const npm = process.env['npm_execpath']
  const [command, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm]
  const result = await runCommand(command, [...before, ...words], { seconds: 300, folder })
  return result.ok ? undefined : errorLine(result)
}
