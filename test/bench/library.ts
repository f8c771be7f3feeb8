import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Subject } from '../accuracy/subjects.ts'
import type { AnyActivation } from '../../src/activations/support/glu-activation.ts'
import { createKernels } from '../../src/index.ts'
import { make } from '../accuracy/subjects.ts'

/** A version of the library. */
export interface Library {
  readonly createKernels: typeof createKernels
  /** Returns undefined where there is no such activation. */
  readonly make: (subject: Subject) => AnyActivation | undefined
}

export const here: Library = { createKernels, make }

type Exports = Pick<Library, 'createKernels'> & Readonly<Record<string, (options?: unknown) => AnyActivation>>

/** The library of another checkout, which has to be built. */
export async function libraryIn(folder: string): Promise<Library> {
  const { href } = pathToFileURL(resolve(folder, 'dist/index.js'))
  const exports = (await import(href)) as Exports
  return {
    createKernels: exports.createKernels,
    make({ name, parameters }) {
      const isDefault = Object.keys(parameters).length === 0
      return Object.hasOwn(exports, name) ? exports[name]!(isDefault ? undefined : parameters) : undefined
    },
  }
}
