import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'
import { createServer } from 'vite'
import { chromiumArguments, provideChromium } from './chromium.ts'

/** The throughput page, served on this machine only. */
export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

export async function servePage(): Promise<PageServer> {
  const server = await createServer({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    mode: 'development',
    logLevel: 'error',
    clearScreen: false,
    // A file that changes meanwhile, or a dependency that is bundled on the way, would reload the page under a run.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  })
  await server.listen()
  const address = server.httpServer?.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server of the page has no address.')
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() }
}

/** A headless Chromium with WebGPU. `more` are further command-line arguments. */
export async function launchBrowser(
  adapter: 'swiftshader' | 'hardware',
  more: readonly string[] = [],
): Promise<Browser> {
  const executablePath = await provideChromium()
  return chromium.launch({ executablePath, args: [...chromiumArguments({ adapter }), ...more] })
}
