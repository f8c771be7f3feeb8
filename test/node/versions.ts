import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchedVersion, fetchPackages, manifestOf } from '../tools/fetched.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const platform = `${process.platform}-${process.arch}`

/** The versions of Node that have a lane each, beside the one that runs the tests. */
export const nodeVersions = ['24', '26'] as const
type NodeVersion = (typeof nodeVersions)[number]

/** The program of this version of Node as package.json names it, where it has been fetched. */
export function findNode(version: NodeVersion): string | undefined {
  const name = `node-${version}-${platform}`
  const wanted = manifestOf(folder).optionalDependencies![name]
  const fetched = join(folder, 'node_modules', name)
  const program = join(fetched, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const isThere = existsSync(program) && wanted?.endsWith(`@${fetchedVersion(fetched)}`)
  return isThere ? program : undefined
}

/** Fetches these versions by npm where they are not there yet. @returns what went wrong, or undefined */
export async function provideNode(versions: readonly NodeVersion[]): Promise<string | undefined> {
  const missing = versions.filter(version => findNode(version) === undefined)
  if (missing.length === 0) return undefined
  const failure = await fetchPackages(folder, `Node ${missing.join(' and ')}`)
  if (failure !== undefined) return failure
  const none = versions.filter(version => findNode(version) === undefined)
  return none.length === 0 ? undefined : `npm has none of ${none.join(' and ')} for ${platform}`
}
