import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Answer, App, Tools } from '../app.ts'

const CONSUMERS = fileURLToPath(new URL('../../types/consumers', import.meta.url))
const ARRAYS = ['arrays', 'generic', 'values', 'events']
const WEBGPU = [...ARRAYS, 'webgpu', 'constants']

/** A setting of docs/install.md for types: the files of test/types/consumers that compile, and the options with which they do. */
interface Setting {
  readonly files: readonly string[]
  readonly types: readonly string[]
  readonly skipLibCheck: boolean
}

const SETTINGS: Readonly<Record<string, readonly Setting[]>> = {
  '5.7': [
    { files: ARRAYS, types: [], skipLibCheck: false },
    { files: WEBGPU, types: ['@webgpu/types'], skipLibCheck: false },
  ],
  '5.9': [
    { files: ARRAYS, types: [], skipLibCheck: false },
    { files: WEBGPU, types: ['@webgpu/types'], skipLibCheck: false },
  ],
  '6.0': [
    { files: [...ARRAYS, 'webgpu'], types: [], skipLibCheck: false },
    { files: WEBGPU, types: ['@webgpu/types'], skipLibCheck: true },
  ],
}

/** TypeScript's versions, each with the module resolution of bundlers and of Node. */
export const TYPED: readonly App[] = Object.entries(SETTINGS).map(([version, settings]) => ({
  name: `typescript-${version}`,
  version: `typescript-${version}`,
  built: 'bundler, nodenext',
  runs: 'tsc',
  processors: [],
  entries: [],
  run: tools => compile(tools, `typescript-${version}`, settings),
}))

async function compile({ folder, run }: Tools, typescript: string, settings: readonly Setting[]): Promise<Answer> {
  cpSync(CONSUMERS, join(folder, typescript), { recursive: true })
  for (const { files, types, skipLibCheck } of settings) {
    for (const module of ['bundler', 'nodenext']) {
      const compilerOptions = {
        strict: true,
        noUncheckedIndexedAccess: true,
        exactOptionalPropertyTypes: true,
        target: 'ES2022',
        lib: ['ES2022', 'DOM'],
        types,
        module: module === 'nodenext' ? 'nodenext' : 'esnext',
        moduleResolution: module,
        skipLibCheck,
        noEmit: true,
        // The consumers import each other so.
        allowImportingTsExtensions: true,
      }
      const project = { compilerOptions, files: files.map(file => `${file}.ts`) }
      writeFileSync(join(folder, typescript, 'tsconfig.json'), JSON.stringify(project))
      await run(typescript, `${typescript} tsc`, ['--project', '.'])
    }
  }
  return { reports: [], wrong: [], entries: {} }
}
