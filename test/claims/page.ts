import { EventEmitter, on } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import type { Message } from '../../demo/lab/protocol.ts'
import { launchBrowser } from '../tools/page.ts'
import type { Options } from './options.ts'
import type { Answer } from './worker.ts'

/** Measures claims by the training worker of the demo page, in a headless Chromium. Each worker takes some of the seeds. */
export async function* measureInPage({ claims, seeds, firstSeed, workers }: Options): AsyncGenerator<Answer> {
  const server = await createServer({
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  })
  const browser = await server.listen().then(() => launchBrowser('swiftshader'))
  try {
    const page = await browser.newPage()
    const messages = new EventEmitter()
    const received = on(messages, 'message') as AsyncIterableIterator<[Message]>
    page.on('pageerror', error => messages.emit('error', error))
    page.on('crash', () => messages.emit('error', new Error('The page crashed.')))
    await page.exposeFunction('receive', (message: Message) => messages.emit('message', message))
    // Any address of the server will do: the workers are its modules.
    await page.goto(`${server.resolvedUrls!.local[0]!}lab/protocol.ts`)
    const started = Math.min(workers, seeds)
    const shares = Array.from({ length: started }, (_, k) => {
      const [from, to] = [k, k + 1].map(i => Math.round((i * seeds) / started))
      return { type: 'judge' as const, run: k, claims, firstSeed: firstSeed + from!, seeds: to! - from! }
    })
    await page.evaluate(requests => {
      const { receive } = window as unknown as { receive: (message: unknown) => Promise<void> }
      for (const request of requests) {
        const worker = new Worker('/lab/session/training-worker.ts?worker_file&type=module', { type: 'module' })
        worker.addEventListener('error', ({ message }) => {
          void receive({ type: 'failed', run: request.run, message: `The worker failed: ${message}`, fix: '' })
        })
        worker.addEventListener('message', ({ data }: MessageEvent<Message>) => void receive(data))
        worker.postMessage(request, [])
      }
    }, shares)
    let judging = started
    for await (const [message] of received) {
      if (message.type === 'failed') throw new Error(`${message.message} ${message.fix}`.trim())
      if (message.type === 'seed') yield message
      if (message.type === 'judged' && --judging === 0) return
    }
  } finally {
    await browser.close()
    await server.close()
  }
}
