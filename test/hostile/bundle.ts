import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import { bareSources, kernels, nothingLater } from '../../vite.config.ts'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The library as it is published for CDNs, each in one file: as a module and as a script that declares `library`. */
export async function bundleLibrary(): Promise<{ readonly module: string; readonly script: string }> {
  const outputs = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [bareSources, kernels, nothingLater],
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: fromHere('../../src/index.ts'), formats: ['es', 'iife'], name: 'library' },
    },
  })) as Rollup.RollupOutput[]
  const [module, script] = outputs.map(({ output }) => output[0].code)
  return { module: module!, script: script! }
}
