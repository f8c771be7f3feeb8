import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright'
import { createServer, type ViteDevServer } from 'vite'
import { launchBrowser } from '../../tools/page.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import type { Row } from '../measure.ts'
import { PACKAGES } from './names.ts'
import type { PeerAnswer, PeerQuestion } from './page.ts'

/**
 * Vite's bundling of the libraries. TensorFlow.js depends on CommonJS modules, so it is bundled; ONNX Runtime finds its files beside
 * itself, so it is not.
 */
const PEER_DEPENDENCIES = {
  noDiscovery: true,
  include: [
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-core/dist/register_all_gradients',
    '@tensorflow/tfjs-backend-webgpu',
    '@tensorflow/tfjs-backend-wasm',
    '@tensorflow/tfjs-backend-cpu',
  ],
  exclude: ['onnxruntime-web', '@jax-js/jax'],
}

/** The results of one peer. */
export interface PeerOutcome {
  readonly description: string
  readonly rows: readonly Row[]
  /** The reason why it did not complete. */
  readonly problem: string | undefined
}

/** A headless Chromium and a local server, for one peer after the other. */
export class PeerLab {
  readonly #server: ViteDevServer
  readonly #browser: Browser
  /** The browser and the adapter that the peers run on. */
  readonly description: string

  private constructor(server: ViteDevServer, browser: Browser, description: string) {
    this.#server = server
    this.#browser = browser
    this.description = description
  }

  static async open(adapter: 'swiftshader' | 'hardware'): Promise<PeerLab> {
    const server = await createServer({
      configFile: fileURLToPath(new URL('../../../vite.config.ts', import.meta.url)),
      root: fileURLToPath(new URL('.', import.meta.url)),
      cacheDir: fileURLToPath(new URL('../../../node_modules/.vite-accuracy', import.meta.url)),
      mode: 'development',
      logLevel: 'error',
      clearScreen: false,
      server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
      optimizeDeps: PEER_DEPENDENCIES,
    })
    await server.listen()
    const browser = await launchBrowser(adapter)
    const lab = new PeerLab(server, browser, `Chromium ${browser.version()}`)
    return lab
  }

  /** Measures one peer, in a page of its own. @param tell receives its rows */
  async measure(question: PeerQuestion, tell: (rows: readonly Row[]) => void): Promise<PeerOutcome> {
    const rows: Row[] = []
    const name = PACKAGES[question.peer]
    const versions: Readonly<Record<string, string>> = packageJson.devDependencies
    let description = `${name} ${versions[name]}`
    let problem: string | undefined
    const page = await this.#browser.newPage()
    try {
      await page.exposeFunction('peerAnswer', (answer: PeerAnswer) => {
        if ('description' in answer) description += `, ${answer.description}`
        else {
          rows.push(...answer.rows)
          tell(answer.rows)
        }
      })
      const failed = new Promise<never>((_, reject) => {
        page.on('crash', () => reject(new Error('its page crashed')))
        page.on('close', () => reject(new Error('its page was closed')))
      })
      await page.goto(this.#url())
      await page.waitForFunction(() => window.measurePeer !== undefined)
      await Promise.race([page.evaluate(asked => window.measurePeer!(asked), question), failed])
    } catch (error) {
      problem = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
    } finally {
      page.removeAllListeners()
      await page.close()
    }
    return { description, rows, problem }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    await this.#server.close()
  }

  #url(): string {
    const address = this.#server.httpServer?.address()
    if (typeof address !== 'object' || address === null) throw new Error('The server of the page has no address.')
    return `http://127.0.0.1:${address.port}/`
  }
}
