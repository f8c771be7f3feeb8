import { defineBrowserProvider } from '@vitest/browser'
import type { Browser } from 'puppeteer-core'
import type { BrowserProvider, BrowserProviderOption } from 'vitest/node'
import { launchFirefox } from '../firefox.ts'

/** Has Vitest run test files in Firefox, which Playwright cannot drive unless it built it. */
export function firefoxProvider(
  executablePath: string,
  environment: Readonly<Record<string, string>>,
): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'puppeteer',
    supportedBrowser: ['firefox'],
    providerFactory: () => new FirefoxProvider(() => launchFirefox(executablePath, environment)),
  })
}

class FirefoxProvider implements BrowserProvider {
  readonly name = 'puppeteer'
  readonly supportsParallelism = true
  readonly #launch: () => Promise<Browser>
  #browser: Promise<Browser> | undefined

  constructor(launch: () => Promise<Browser>) {
    this.#launch = launch
  }

  getCommandsContext(): Record<string, unknown> {
    return {}
  }

  async openPage(_sessionId: string, url: string): Promise<void> {
    this.#browser ??= this.#launch()
    const page = await (await this.#browser).newPage()
    await page.goto(url, { timeout: 0 })
  }

  async close(): Promise<void> {
    const browser = await this.#browser
    this.#browser = undefined
    await browser?.close()
  }
}
