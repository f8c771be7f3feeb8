import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { fetchedVersion, manifestOf } from '../tools/fetched.ts'

/** The folder with the package.json that names the models, and with the models once they are fetched. */
export const folder = fileURLToPath(new URL('.', import.meta.url))

/** Loads a package, or a file of it, that is in the folder. The compiler does not know of it: it may be missing. */
export const load = createRequire(import.meta.url)

/** The path of a file in a package of the folder. */
export function pathOf(file: string): string {
  return `${folder}node_modules/${file}`
}

/** The packages that are not there in the version that package.json names. */
export function missingPackages(): string[] {
  const { dependencies } = manifestOf(folder)
  return Object.entries(dependencies!).flatMap(([name, version]) =>
    fetchedVersion(pathOf(name)) === version ? [] : [name],
  )
}
