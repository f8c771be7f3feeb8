import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchedVersion, fetchPackages, manifestOf } from '../tools/fetched.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** The program of Deno in the version that package.json names, where it has been fetched. */
export function findDeno(): string | undefined {
  const wanted = manifestOf(folder).dependencies!['deno']
  const file = process.platform === 'win32' ? 'deno.exe' : 'deno'
  const platform = `${process.platform}-${process.arch}`
  const found = [`${platform}-glibc`, platform]
    .map(name => join(folder, 'node_modules', '@deno', name))
    .find(each => existsSync(join(each, file)) && fetchedVersion(each) === wanted)
  return found && join(found, file)
}

/** Fetches Deno by npm where it is not there yet. @returns what went wrong, or undefined */
export async function provideDeno(): Promise<string | undefined> {
  if (findDeno() !== undefined) return undefined
  const failure = await fetchPackages(folder, 'Deno')
  if (failure !== undefined) return failure
  return findDeno() === undefined ? `npm has no Deno for ${process.platform}-${process.arch}` : undefined
}
