import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright'
import { createServer } from 'vite'
import { chromiumArguments, provideChromium } from './chromium.ts'

/** The throughput page, served on this machine only. */
export interface PageServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * What Vite has to know of the libraries that the page compares with: modules of CommonJS are among what TensorFlow.js needs;
 * ONNX Runtime finds its files beside itself.
 */
export const PEER_DEPENDENCIES = {
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

/** @param withPeers whether the page may be asked to load other libraries: bundling them takes a few seconds, once */
export async function servePage(withPeers = false): Promise<PageServer> {
  const server = await createServer({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    mode: 'development',
    logLevel: 'error',
    clearScreen: false,
    // A file that changes meanwhile, or a dependency that is bundled on the way, would reload the page under a run.
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    ...(withPeers ? { cacheDir: fileURLToPath(new URL('../../node_modules/.vite-peers', import.meta.url)) } : {}),
    optimizeDeps: withPeers ? PEER_DEPENDENCIES : { noDiscovery: true, include: [] },
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
