import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, App, Tools } from '../app.ts'
import { packedSnippet } from '../workspace.ts'

const both = ['cpu', 'webgpu'] as const

const inChromium = { runs: 'chromium', processors: both, built: 'build' } as const

/** Bundles by esbuild's command line, beside a copy of the page, and opens it. */
async function esbuild({ run, serve, open }: Tools, app: string, files: readonly string[]): Promise<Answer> {
  const options = [
    '--bundle',
    '--format=esm',
    '--minify',
    '--outdir=dist',
    '--loader:.html=copy',
    '--log-level=warning',
  ]
  await run(app, 'esbuild', ['index.html', ...files, ...options])
  return open(await serve(`${app}/dist`))
}

async function parcel({ run, serve, open }: Tools, app: string): Promise<Answer> {
  await run(app, 'parcel', ['build', 'index.html', '--dist-dir', 'dist', '--no-cache', '--log-level', 'warn'])
  return open(await serve(`${app}/dist`))
}

/** Opens the page of the service worker, with a worker of one file, because service workers refuse `import()`. */
async function openServiceWorker({ folder, serve, open }: Tools): Promise<Answer> {
  for (const file of ['index.html', 'main.js']) {
    cpSync(join(folder, 'service-worker', file), join(folder, 'service-worker/built', file))
  }
  return open(await serve('service-worker/built'))
}

/** Apps for the browser that a bundler builds. */
export const BUNDLED: readonly App[] = [
  {
    ...inChromium,
    name: 'vite',
    version: 'vite',
    async run({ run, serve, open }) {
      await run('vite', 'vite', ['build', '--logLevel', 'warn'])
      return open(await serve('vite/dist'))
    },
  },
  {
    ...inChromium,
    name: 'vite-dev',
    version: 'vite',
    built: 'dev',
    async run({ start, open }) {
      return open(await start('vite', 'vite', ['--host', '127.0.0.1', '--port', '0', '--force']))
    },
  },
  {
    ...inChromium,
    name: 'webpack',
    version: 'webpack',
    async run({ run, serve, open }) {
      await run('webpack', 'webpack', ['--mode', 'production', '--entry', './main.js'])
      return open(await serve('webpack'))
    },
  },
  {
    ...inChromium,
    name: 'esbuild',
    version: 'esbuild',
    run: tools => esbuild(tools, 'esbuild', ['main.js']),
  },
  {
    ...inChromium,
    name: 'rollup',
    version: 'rollup',
    async run({ run, serve, open }) {
      await run('rollup', 'rollup', ['main.js', '--dir', 'dist', '--plugin', 'node-resolve', '--silent'])
      return open(await serve('rollup'))
    },
  },
  {
    ...inChromium,
    name: 'parcel',
    version: 'parcel',
    // Subpaths need the next row's option.
    entries: ['webgpu-activations'],
    run: tools => parcel(tools, 'parcel'),
  },
  { ...inChromium, name: 'parcel-exports', version: 'parcel', run: tools => parcel(tools, 'parcel-exports') },
  {
    ...inChromium,
    name: 'react',
    version: 'react',
    // StrictMode runs effects twice in development only.
    built: 'vite dev',
    async run({ folder, start, open }) {
      const hook = packedSnippet(folder, 'docs/install.md', 'jsx use-dispatcher')
      writeFileSync(join(folder, 'react/use-dispatcher.jsx'), hook)
      return open(await start('react', 'vite', ['--host', '127.0.0.1', '--port', '0', '--force']))
    },
  },
  {
    ...inChromium,
    name: 'next',
    version: 'next',
    // On the server, then in the browser.
    processors: ['cpu', ...both],
    async run({ run, start, open }) {
      const environment = { NEXT_TELEMETRY_DISABLED: '1' }
      await run('next', 'next', ['build'], environment)
      return open(await start('next', 'next', ['start', '--hostname', '127.0.0.1', '--port', '0'], environment))
    },
  },
  ...['worker', 'shared-worker', 'service-worker'].map((name): App => ({
    ...inChromium,
    name,
    version: 'esbuild',
    built: 'esbuild',
    run: tools => esbuild(tools, name, ['main.js', 'worker.js']),
  })),
  {
    ...inChromium,
    name: 'service-worker-rollup',
    version: 'rollup',
    async run(tools) {
      const options = ['--file', 'built/worker.js', '--format', 'iife', '--plugin', 'node-resolve', '--silent']
      await tools.run('service-worker', 'rollup', ['worker.js', ...options, '--inlineDynamicImports'])
      return openServiceWorker(tools)
    },
  },
  {
    ...inChromium,
    name: 'service-worker-webpack',
    version: 'webpack',
    async run(tools) {
      const options = ['--mode', 'production', '--target', 'webworker', '--output-path', 'built']
      const oneFile = ['--output-filename', 'worker.js', '--module-parser-javascript-dynamic-import-mode', 'eager']
      await tools.run('service-worker', 'webpack', ['--entry', './worker.js', ...options, ...oneFile])
      return openServiceWorker(tools)
    },
  },
  {
    ...inChromium,
    name: 'worker-vite',
    version: 'vite',
    async run({ run, serve, open }) {
      await run('worker', 'vite', ['build', '--logLevel', 'warn', '--outDir', 'built'])
      return open(await serve('worker/built'))
    },
  },
]
