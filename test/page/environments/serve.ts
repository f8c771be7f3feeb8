import { createServer, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import type { PageServer } from '../../tools/page.ts'
import { bareSources, kernels, nothingLater } from '../../../vite.config.ts'

/** A node of an audio graph that computes on its thread, and says what came of it. */
const WORKLET = `import '/body.js'
registerProcessor('computing', class extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super()
    const say = outcome => this.port.postMessage(outcome)
    compute(...processorOptions).then(say, error => say(String(error)))
  }
  process() {
    return false
  }
})`

/** Serves an empty page with the library, under every path. @param headers the headers of pages, by path */
export async function serveLibrary(headers: ReadonlyMap<string, OutgoingHttpHeaders>): Promise<PageServer> {
  const files = new Map([
    ['/body.js', await bundle()],
    ['/worklet.js', WORKLET],
    ['/worker.js', "import '/body.js'; onmessage = async ({ data }) => postMessage(await compute(...data))"],
  ])
  const server = createServer(({ url: path = '' }, response) => {
    const file = files.get(path)
    // A page in a sandbox has another origin than its script.
    const ours = {
      'content-type': file === undefined ? 'text/html' : 'text/javascript',
      'access-control-allow-origin': '*',
    }
    response.writeHead(200, { ...ours, ...headers.get(path) })
    response.end(file ?? '<!doctype html><title>environment</title><script type="module" src="/body.js"></script>')
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close }
}

async function bundle(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [bareSources, kernels, nothingLater],
    build: {
      write: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('body.ts', import.meta.url)), formats: ['es'] },
    },
  })
  return (output as Rollup.RollupOutput[])[0]!.output[0].code
}
