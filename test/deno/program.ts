import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorLine, runCommand } from '../tools/command.ts'

// Deno is no dependency of the repository: 40 MB that would come with every `npm ci`. Its package.json is beside this file.

const folder = fileURLToPath(new URL('.', import.meta.url))

/** The program of Deno in the version that package.json names, where it has been fetched. */
export function findDeno(): string | undefined {
  const { dependencies } = manifestOf(join(folder, 'package.json'))
  const file = process.platform === 'win32' ? 'deno.exe' : 'deno'
  const platform = `${process.platform}-${process.arch}`
  const found = [`${platform}-glibc`, platform]
    .map(name => join(folder, 'node_modules', '@deno', name))
    .find(
      each => existsSync(join(each, file)) && manifestOf(join(each, 'package.json')).version === dependencies!['deno'],
    )
  return found && join(found, file)
}

/** Fetches Deno by npm where it is not there yet. @returns what went wrong, or undefined */
export async function provideDeno(): Promise<string | undefined> {
  if (findDeno() !== undefined) return undefined
  process.stderr.write('No Deno here: fetching it (npm) ...\n')
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  // Windows starts npm's script by a shell alone, so that the npm which runs this is preferred.
  const npm = process.env['npm_execpath']
  const [command, ...before] = npm === undefined ? ['npm'] : [process.execPath, npm]
  const result = await runCommand(command, [...before, ...words], { seconds: 300, folder })
  if (!result.ok) return errorLine(result)
  return findDeno() === undefined ? `npm has no Deno for ${process.platform}-${process.arch}` : undefined
}

function manifestOf(path: string): { version?: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(path, 'utf8')) as { version?: string; dependencies?: Record<string, string> }
}
