import { join } from 'node:path'
import type { App } from '../app.ts'
import { problemsOf } from '../packed.ts'

/** Checks the files in the tarball, and its source maps. */
export const PACKAGE: App = {
  name: 'package',
  version: 'library',
  built: '-',
  runs: '-',
  processors: [],
  entries: [],
  run: async ({ folder }) => ({
    reports: [],
    wrong: problemsOf(join(folder, 'node_modules/webgpu-activations')),
    entries: {},
  }),
}
