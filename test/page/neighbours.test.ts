import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright'
import { createServer, type Plugin, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snippetModule } from '../support/snippet-module.ts'
import { snippetOf } from '../support/snippets.ts'
import { launchBrowser } from '../tools/page.ts'

// The examples of demo/examples as `npm run dev` serves them, with every call to WebGPU that matters here written down.

declare global {
  interface Window {
    calls?: string[]
  }
}

const snippetModules: Plugin = {
  name: 'snippets',
  resolveId: id => (id.startsWith('snippet:') ? `\0${id}` : undefined),
  load(id) {
    if (!id.startsWith('\0snippet:')) return undefined
    const [page = '', name = '', given = '', variables = ''] = id.slice('\0snippet:'.length).split(':')
    return snippetModule(snippetOf(page.replaceAll('|', '/'), name), given.split(','), variables.split(','))
  },
}

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
// The exports of the package @tensorflow/tfjs, from the packages that are installed here.
const tensorflow: Plugin = {
  name: 'tensorflow',
  enforce: 'pre',
  resolveId: id => (id === '@tensorflow/tfjs' ? `\0${id}` : undefined),
  load: id =>
    id === '\0@tensorflow/tfjs'
      ? `import '@tensorflow/tfjs-core/dist/register_all_gradients'
         export * from '@tensorflow/tfjs-core'
         export * from '@tensorflow/tfjs-layers'`
      : undefined,
}

let server: ViteDevServer
let browser: Browser

beforeAll(async () => {
  server = await createServer({
    configFile: fromHere('../../vite.config.ts'),
    mode: 'development',
    logLevel: 'error',
    clearScreen: false,
    // The bundled neighbours, apart from what other servers keep.
    cacheDir: fromHere('../../node_modules/.vite-examples'),
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    plugins: [snippetModules, tensorflow],
    resolve: {
      alias: [
        { find: /^webgpu-activations$/, replacement: fromHere('../../src/index.ts') },
        { find: /^webgpu-activations\/onnxruntime$/, replacement: fromHere('../../src/onnxruntime.ts') },
        { find: 'webgpu-activations/tensorflow', replacement: fromHere('../../src/tensorflow.ts') },
      ],
    },
    // Found while a snippet runs, a dependency makes Vite reload the page under it.
    optimizeDeps: { include: ['@tensorflow/tfjs-core/dist/register_all_gradients', '@tensorflow/tfjs-layers'] },
  })
  await server.listen()
  browser = await launchBrowser('swiftshader')
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Runs in the page, before its own scripts. */
function writeCallsDown(): void {
  const calls: string[] = []
  window.calls = calls
  const watch = <T extends object>(type: { prototype: T }, method: keyof T, name: (...given: never[]) => string) => {
    const original = type.prototype[method] as (...given: unknown[]) => unknown
    type.prototype[method] = function (this: T, ...given: never[]) {
      calls.push(name(...given))
      return original.apply(this, given)
    } as T[keyof T]
  }
  watch(Performance, 'mark', (mark: string) => mark)
  watch(GPUAdapter, 'requestDevice', () => 'device')
  watch(GPUBuffer, 'mapAsync', (mode: number) => (mode === GPUMapMode.READ ? 'map for reading' : 'map for writing'))
  watch(GPUDevice, 'createBuffer', ({ usage }: GPUBufferDescriptor) =>
    (usage & GPUBufferUsage.MAP_READ) === 0 ? 'buffer' : 'buffer to read',
  )
  watch(GPUCommandEncoder, 'copyBufferToBuffer', () => 'copy')
  watch(GPUCommandEncoder, 'copyBufferToTexture', () => 'copy to a texture')
  watch(GPUComputePassEncoder, 'setPipeline', ({ label }: GPUComputePipeline) =>
    label.startsWith('webgpu-activations') ? label : 'pipeline of the neighbour',
  )
  watch(GPUQueue, 'submit', () => 'submit')
}

/** Opens an example and waits for its end: what it shows, line by line, and the calls it made. */
async function run(example: string): Promise<{ shown: Record<string, string>; calls: string[] }> {
  const address = server.httpServer!.address()
  if (typeof address !== 'object' || address === null) throw new Error('The server of the examples has no address.')
  const url = `http://127.0.0.1:${address.port}/`
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', error => problems.push(error.message))
  // Chromium warns of what WebGPU found to be wrong.
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('request', request => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(url)) problems.push(request.url())
  })
  await page.addInitScript(writeCallsDown)
  await page.goto(`${url}examples/${example}.html`)
  await page.locator('#status', { hasText: /^(Done|Failed)/ }).waitFor({ timeout: 60_000 })
  problems.push(...(await page.locator('#status', { hasText: 'Failed' }).allInnerTexts()))
  expect(problems).toEqual([])
  const shown = await shownIn(page)
  const calls = await page.evaluate(() => window.calls!)
  await page.close()
  return { shown, calls }
}

async function shownIn(page: Page): Promise<Record<string, string>> {
  const names = await page.locator('#outcome dt').allInnerTexts()
  const values = await page.locator('#outcome dd').allInnerTexts()
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]))
}

/** The calls of each run of the network, from the picture to the tensor that the neighbour has computed from ours. */
function networksIn(calls: readonly string[]): string[][] {
  const starts = calls.flatMap((call, i) => (call === 'network starts' ? [i] : []))
  return starts.map(start => calls.slice(start, calls.indexOf('network ends', start)))
}

const count = (calls: readonly string[], call: string): number => calls.filter(other => other === call).length

test.concurrent.each([
  // TensorFlow.js gives away a copy of a tensor only. Its relu lets NaN through; ONNX Runtime's makes it 0.
  { example: 'onnxruntime', neighbour: 'ONNX Runtime Web', copies: 0, theirNaN: '0' },
  { example: 'tensorflow', neighbour: 'TensorFlow.js', copies: 1, theirNaN: '50' },
])('relu within a network of $neighbour, on one device and without a readback', async given => {
  const { shown, calls } = await run(given.example)
  expect(shown).toEqual({
    [given.neighbour]: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    // 31 rows of 33 pixels, two channels.
    'Elements in the result': '2046',
    'Largest difference from a network with its own relu': '0',
    // Two convolutions of 3 by 3 carry it to 5 by 5 pixels, in both channels.
    'NaN in the result when one pixel is NaN': '50',
    'The same with its own relu': given.theirNaN,
  })
  expect(count(calls, 'device')).toBe(1)

  const networks = networksIn(calls)
  expect(networks).toHaveLength(2)
  for (const network of networks) {
    for (const call of ['map for reading', 'buffer to read', 'copy to a texture']) expect(count(network, call)).toBe(0)
    expect(count(network, 'copy')).toBe(given.copies)
    const pipelines = network.filter(call => call.includes('pipeline') || call.startsWith('webgpu-activations'))
    expect(pipelines.at(0)).toBe('pipeline of the neighbour')
    expect(pipelines.filter(call => call.startsWith('webgpu-activations relu')).length).toBeGreaterThan(0)
    expect(pipelines.at(-1)).toBe('pipeline of the neighbour')
  }
  // The four results, each after its network: so the reading would have been seen.
  expect(count(calls, 'map for reading')).toBe(4)
  expect(count(calls, 'buffer to read')).toBeGreaterThan(0)
})

test.concurrent('a worker without a window uses both doors of the library', async () => {
  const { shown } = await run('worker')
  expect(shown).toEqual({
    'window in the worker': 'none',
    'Processor of the dispatcher': 'webgpu',
    'Calls that the CPU took over': '0',
    'leakyRelu({ alpha: 0.5 }) by the dispatcher': '-1, -0, 3, Infinity, NaN',
    'Its gradient': '0.5, 1, 3, 4, 2.5',
    'relu by kernels, on an encoder of the worker': '0, -0, 3, Infinity, NaN',
  })
})

/** Opens a page that loads the neighbour, with the modules that a snippet needs. */
async function openForSnippet(example: string): Promise<Page> {
  const page = await browser.newPage()
  const { port } = server.httpServer!.address() as { port: number }
  await page.goto(`http://127.0.0.1:${port}/examples/${example}.html`)
  // Its run ends before the snippet's begins: each sets up the neighbour.
  await page.locator('#status', { hasText: /^(Done|Failed)/ }).waitFor({ timeout: 60_000 })
  return page
}

/** Runs a snippet in the page: `given` is the text of a function that gives what the snippet takes for granted, `read` one that reads. */
async function runSnippetInPage(
  page: string,
  name: string,
  variables: readonly string[],
  { opened, given, make, read }: { opened: Page; given: readonly string[]; make: string; read: string },
): Promise<unknown> {
  const id = `snippet:${page.replaceAll('/', '|')}:${name}:${given.join(',')}:${variables.join(',')}`
  const url = `/@id/__x00__${id}`
  return opened.evaluate(`(async () => {
    const given = await (${make})()
    const { run } = await import(${JSON.stringify(url)})
    return (${read})(await run(given), given)
  })()`)
}

const ORT = `/@fs${fromHere('../../node_modules/onnxruntime-web/dist')}`
const LIBRARY = `/@fs${fromHere('../../src/index.ts')}`
const LIBRARY_FOR_ORT = `/@fs${fromHere('../../src/onnxruntime.ts')}`
const NUMBERS = [-2, 3, -0.5, 4, 5, -6, 7, -8]

/** An empty page of the server. */
async function openEmpty(): Promise<Page> {
  const page = await browser.newPage()
  await page.route('**/empty', route => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }))
  const { port } = server.httpServer!.address() as { port: number }
  await page.goto(`http://127.0.0.1:${port}/empty`)
  return page
}

test.concurrent('the snippet of ONNX Runtime Web activates what a session gave, for a second session', async () => {
  const opened = await openEmpty()
  const result = await runSnippetInPage('docs/onnxruntime.md', 'onnxruntime', ['device', 'features', 'activated'], {
    opened,
    given: ['model', 'picture'],
    make: `async () => {
      const { onnxModel } = await import('/examples/onnx-model.ts')
      const ort = await import('/@id/onnxruntime-web/webgpu')
      ort.env.wasm.wasmPaths = { wasm: '${ORT}/ort-wasm-simd-threaded.asyncify.wasm' }
      const dims = [1, 1, 2, 4]
      const halves = { shape: [1, 1, 1, 1], weights: Float32Array.of(0.5) }
      const model = onnxModel(dims, [halves])
      return { ort, model, picture: new ort.Tensor('float32', Float32Array.from(${JSON.stringify(NUMBERS)}), dims) }
    }`,
    read: `async ({ device, features, activated }, { ort, model, picture }) => {
      const { createDispatcher, createKernels, gelu, relu } = await import('${LIBRARY}')
      const { activate, useDevice } = await import('${LIBRARY_FOR_ORT}')
      const second = await ort.InferenceSession.create(model, useDevice(ort, device))
      const { y } = await second.run({ x: activated })
      const dispatcher = await createDispatcher({ processor: 'webgpu', device, crossCheck: 'off' })
      const data = await features.getData(true)
      const expected = await dispatcher.forward(gelu(), data)
      const found = { features: [...data], longer: activated.gpuBuffer.size, dims: activated.dims }
      found.second = [...(await y.getData(true))].every((value, i) => value === Math.fround(expected[i] / 2))
      found.activated = [...(await activated.getData(true))].every((value, i) => Object.is(value, expected[i]))

      // A session that was not given the device.
      const options = { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' }
      const stranger = await ort.InferenceSession.create(model, options)
      const { y: foreign } = await stranger.run({ x: picture })
      device.pushErrorScope('validation')
      const pass = device.createCommandEncoder().beginComputePass()
      const attempt = () => activate(createKernels(device), pass, foreign, relu())
      found.foreign = await attempt().getData().catch(error => [error.code, error.fix])
      found.said = (await device.popErrorScope()) !== null
      try { attempt() } catch (error) { found.again = error.code }
      return found
    }`,
  })
  expect(result).toEqual({
    features: NUMBERS.map(x => x / 2),
    activated: true,
    second: true,
    longer: 32,
    dims: [1, 1, 2, 4],
    foreign: ['invalid-binding', expect.stringMatching(/^Call useDevice\(ort, device\) before the first session/)],
    said: true,
    again: 'invalid-binding',
  })
  await opened.close()
})

test.concurrent('useDevice gives its device to the plain build of ONNX Runtime Web too', async () => {
  const opened = await openEmpty()
  const result = await opened.evaluate(`(async () => {
    const ort = await import('${ORT}/ort.bundle.min.mjs')
    const { createKernels, squaredRelu } = await import('${LIBRARY}')
    const { activate, useDevice } = await import('${LIBRARY_FOR_ORT}')
    const { onnxModel } = await import('/examples/onnx-model.ts')
    const { requestSharedDevice } = await import('/examples/device.ts')
    const device = await requestSharedDevice()
    const problems = []
    device.addEventListener('uncapturederror', ({ error }) => problems.push(error.message))
    const dims = [1, 1, 2, 4]
    const model = onnxModel(dims, ['relu'])
    const sessions = []
    for (let i = 0; i < 2; i++) sessions.push(await ort.InferenceSession.create(model, useDevice(ort, device)))
    let x = new ort.Tensor('float32', Float32Array.from(${JSON.stringify(NUMBERS)}), dims)
    for (const session of sessions) {
      const { y } = await session.run({ x })
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      x = activate(createKernels(device), pass, y, squaredRelu())
      pass.end()
      device.queue.submit([encoder.finish()])
    }
    const other = await requestSharedDevice()
    try { useDevice(ort, other) } catch (error) { problems.push(error.code) }
    return { values: [...(await x.getData(true))], problems }
  })()`)
  expect(result).toEqual({ values: NUMBERS.map(x => Math.max(x, 0) ** 4), problems: ['invalid-argument'] })
  await opened.close()
})

test.concurrent('the snippet of TensorFlow.js activates a tensor', async () => {
  const opened = await openForSnippet('tensorflow')
  const result = await runSnippetInPage('docs/integrations.md', 'tensorflow', ['tensorRef'], {
    opened,
    given: ['device'],
    make: `async () => {
      const { requestSharedDevice } = await import('/examples/device.ts')
      return { device: await requestSharedDevice() }
    }`,
    read: `async ({ tensorRef }) => [...(await tensorRef.data())]`,
  })
  expect(result).toEqual([0, NaN, 6])
  await opened.close()
})

test.concurrent('the snippet of the plug-in for TensorFlow.js trains a model', async () => {
  const opened = await openForSnippet('tensorflow')
  const result = await runSnippetInPage('docs/tensorflow.md', 'plug-in', ['tf', 'history', 'y', 'restore'], {
    opened,
    given: [],
    make: 'async () => ({})',
    read: `async ({ tf, history, y, restore }) => {
      const isOurs = () => tf.getKernel('WebgpuActivationsGelu', 'webgpu') !== undefined
      const was = isOurs()
      restore()
      return { losses: history.loss, y: [...(await y.data())], was, is: isOurs() }
    }`,
  })
  const y = [expect.closeTo(-0.158655, 5) as number, NaN, expect.closeTo(0.841345, 5) as number]
  expect(result).toMatchObject({ y, was: true, is: false })
  const { losses } = result as { losses: number[] }
  expect(losses).toHaveLength(3)
  expect(losses.every(Number.isFinite)).toBe(true)
  await opened.close()
})
