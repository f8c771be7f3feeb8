import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'
import { build, type Plugin, preview } from 'vite'
import { chromiumArguments, provideChromium } from './chromium.ts'

/** The throughput page, served on this machine only. */
export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

/** Builds the page into a folder. */
export async function buildPage(folder: string, plugins: readonly Plugin[] = []): Promise<void> {
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url))
  await build({ configFile, plugins: [...plugins], mode: 'demo', logLevel: 'error', build: { outDir: folder } })
}

/** Serves the page that was built into a folder. `headers` are sent with every file. */
export async function serveBuiltPage(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<PageServer> {
  const server = await preview({
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port: 0, headers },
  })
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() }
}

/** The headers of a cross-origin isolated page, whose threads can share memory. */
export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const

/** Builds the page and serves it. `headers` are sent with every file. */
export async function servePage(headers: Readonly<Record<string, string>> = {}): Promise<PageServer> {
  const folder = mkdtempSync(join(tmpdir(), 'throughput-page-'))
  // Also after an interrupt, of which Playwright makes an exit.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await buildPage(folder)
  return serveBuiltPage(folder, headers)
}

/** A headless Chromium with WebGPU. `more` are further command-line arguments. */
export async function launchBrowser(
  adapter: 'swiftshader' | 'hardware',
  more: readonly string[] = [],
): Promise<Browser> {
  const executablePath = await provideChromium()
  return chromium.launch({ executablePath, args: [...chromiumArguments({ adapter }), ...more] })
}
