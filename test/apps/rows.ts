import type { App } from './app.ts'

/** The apps, in the order of the table. Each has a folder of its name, and a row here. */
export const APPS: readonly App[] = [
  {
    name: 'vite',
    version: 'vite',
    built: 'build',
    runs: 'chromium',
    processors: ['cpu', 'webgpu'],
    async run({ run, serve, open }) {
      await run('vite', 'vite', ['build', '--logLevel', 'warn'])
      return open(await serve('vite/dist'))
    },
  },
]
