import { preview } from 'vite'
import { inject } from 'vitest'
import type { PageServer } from '../../demo/headless/page.ts'

/** The page as it was built for this run. */
export async function serveBuiltPage(): Promise<PageServer> {
  const server = await preview({
    configFile: false,
    logLevel: 'error',
    build: { outDir: inject('page') },
    preview: { host: '127.0.0.1', port: 0 },
  })
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
}
