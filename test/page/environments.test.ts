import type { OutgoingHttpHeaders } from 'node:http'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { chromiumArguments, provideChromium } from '../tools/chromium.ts'
import { type PageServer, serveBuiltPage } from '../tools/page.ts'
import type * as body from './environments/body.ts'
import { hiddenTab } from './environments/hidden-tab.ts'
import { serveLibrary } from './environments/serve.ts'

// The library in pages that forbid something or lack it: served with real headers, in a real browser.

type Arguments = Parameters<typeof body.compute>

/** The headers of each page, by its path. */
const pages = new Map<string, OutgoingHttpHeaders>()
let server: PageServer
let demo: PageServer
let browser: Browser
let url: string

beforeAll(async () => {
  const served = await Promise.all([serveLibrary(pages), serveBuiltPage(inject('page')), provideChromium()])
  const executablePath = served[2]
  ;[server, demo] = served
  url = server.url
  browser = await chromium.launch({
    executablePath,
    args: [...chromiumArguments({ adapter: 'swiftshader' }), '--host-resolver-rules=MAP insecure.test 127.0.0.1'],
    // Playwright has hidden tabs go on as if they were seen.
    ignoreDefaultArgs: [
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  })
})

afterAll(async () => {
  await browser?.close()
  await demo?.close()
  await server?.close()
})

interface Opening {
  readonly headers?: OutgoingHttpHeaders
  readonly origin?: string
  /** Runs before anything else. */
  readonly before?: () => void
}

/** A page of its own, in a window of its own. */
async function open({ headers = {}, origin = url, before }: Opening = {}): Promise<Page> {
  const path = `/page${pages.size}`
  pages.set(path, headers)
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  if (before !== undefined) await page.addInitScript(before)
  await page.goto(origin + path)
  return page
}

const computeIn = (page: Page, ...given: Arguments): Promise<body.Outcome> =>
  page.evaluate(values => (globalThis as unknown as typeof body).compute(...values), given)

async function computeWith(opening: Opening, ...given: Arguments): Promise<body.Outcome> {
  return computeIn(await open(opening), ...given)
}

/** Computes in a worklet, whose module is at this path. */
async function computeInWorklet(path: string): Promise<body.Outcome> {
  const page = await open()
  return page.evaluate(async module => {
    const context = new OfflineAudioContext(1, 128, 8000)
    await context.audioWorklet.addModule(module)
    const node = new AudioWorkletNode(context, 'computing', {
      processorOptions: [{ worker: true }, { length: 1000 }],
    })
    const said = new Promise<body.Outcome>(resolve => {
      node.port.addEventListener('message', ({ data }: MessageEvent<body.Outcome>) => resolve(data))
      node.port.start()
    })
    await context.startRendering()
    return said
  }, path)
}

const right = { wrong: 0, results: expect.any(Number) as number }

describe('what may be forbidden', () => {
  const csp = (policy: string) => ({ headers: { 'content-security-policy': policy } })

  test('WebAssembly and workers of blobs', async () => {
    const outcome = await computeWith(csp("default-src 'self'"), { processor: 'cpu', worker: true })
    const reason = expect.stringMatching(/^WebAssembly does not compile here: .*Content Security Policy/) as string
    expect(outcome).toMatchObject({ ...right, report: { cpu: { path: 'javascript', worker: false, reason } } })
  })

  test('workers of blobs', async () => {
    const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
    const outcome = await computeWith(csp(policy), { processor: 'cpu', worker: true })
    const reason = expect.stringMatching(/the worker cannot be used/) as string
    expect(outcome).toMatchObject({ ...right, report: { cpu: { path: 'wasm', worker: false, reason } } })
  })

  test('nothing that the library needs', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:"
    const outcome = await computeWith(csp(policy), { processor: 'cpu', worker: true })
    expect(outcome).toMatchObject({ ...right, report: { cpu: { path: 'wasm', worker: true } } })
  })

  test('everything but scripts, which is enough for WebGPU', async () => {
    const policy = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'"
    const outcome = await computeWith(csp(policy), { processor: 'webgpu', crossCheck: 'full' })
    expect(outcome).toMatchObject({
      ...right,
      report: { processor: 'webgpu', fallbacks: 0, cpu: { path: 'javascript' } },
    })
  })

  test('an origin: storage throws', async () => {
    const headers = { 'content-security-policy': 'sandbox allow-scripts' }
    const page = await open({ headers })
    const error = await page.evaluate(() => {
      try {
        return localStorage.length
      } catch (refusal) {
        return (refusal as Error).name
      }
    })
    expect(error).toBe('SecurityError')
    expect(await computeIn(page, {})).toMatchObject(right)
  })
})

describe('what may be missing', () => {
  test('a secure context', async () => {
    const { port } = new URL(url)
    const page = await open({ origin: `http://insecure.test:${port}` })
    const outcome = await computeIn(page, { worker: true })
    const reason = expect.stringMatching(/navigator\.gpu is missing/) as string
    expect(outcome).toMatchObject({ ...right, report: { processor: 'cpu', reason, cpu: { path: 'wasm' } } })
  })

  test('WebAssembly', async () => {
    const outcome = await computeWith({ before: () => Reflect.deleteProperty(globalThis, 'WebAssembly') }, {})
    const reason = 'There is no WebAssembly here.'
    expect(outcome).toMatchObject({ ...right, report: { cpu: { path: 'javascript', reason } } })
  })

  test('timers, clocks, workers and more: in an AudioWorklet', async () => {
    const outcome = await computeInWorklet('/worklet.js')
    expect(outcome).toMatchObject({
      ...right,
      report: { processor: 'cpu', reason: expect.stringMatching(/navigator\.gpu is missing/) as string },
    })
    for (const name of ['setTimeout', 'clearTimeout', 'performance', 'Worker', 'structuredClone']) {
      expect(outcome.report.missing.join('\n')).toContain(`There is no ${name}: `)
    }
    expect(outcome.report.missing.join('\n')).not.toMatch(/Event|WeakRef/)
  })

  const withoutLaterFiles = expect.stringMatching(/cannot be loaded: .*'webgpu-activations\/single-file'/) as string

  test('import(): in an AudioWorklet', async () => {
    const outcome = await computeInWorklet('/split-worklet.js')
    expect(outcome).toMatchObject({ ...right, report: { cpu: { path: 'javascript', reason: withoutLaterFiles } } })
  })

  test.each([
    ['/service-worker.js', 'cpu', { path: 'javascript', reason: withoutLaterFiles }],
    ['/single-service-worker.js', 'cpu', { path: 'wasm' }],
    ['/single-service-worker.js', 'webgpu', { reason: expect.stringMatching(/loaded when the CPU has to/) as string }],
  ])('import(): in a service worker, %s on %s', async (script, processor, cpu) => {
    const page = await open()
    const outcome = await page.evaluate(
      async ([path, wanted]) => {
        const { active, installing } = await navigator.serviceWorker.register(path, { scope: path, type: 'module' })
        const said = new Promise<body.Outcome>(resolve => {
          navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<body.Outcome>) => resolve(data))
          navigator.serviceWorker.startMessages()
        })
        const options = wanted === 'webgpu' ? { processor: wanted } : {}
        ;(active ?? installing)!.postMessage([options, { length: 1000 }], [])
        return said
      },
      [script, processor] as const,
    )
    expect(outcome).toMatchObject({ ...right, report: { processor, cpu } })
  })

  test('the freedom to change intrinsics', async () => {
    const before = (): void => {
      const globals = Object.getOwnPropertyNames(globalThis).filter(name => /^[A-Z]/.test(name))
      const intrinsics = [...globals.map(name => Reflect.get(globalThis, name) as unknown), Math, JSON, Reflect]
      const typed = Object.getPrototypeOf(Uint8Array) as { prototype: object }
      for (const intrinsic of [...intrinsics, typed]) {
        if (typeof intrinsic === 'function' && intrinsic.prototype) Object.freeze(intrinsic.prototype)
        if ((typeof intrinsic === 'function' || typeof intrinsic === 'object') && intrinsic !== globalThis) {
          Object.freeze(intrinsic)
        }
      }
    }
    const page = await open({ before })
    for (const processor of ['cpu', 'webgpu'] as const) {
      const outcome = await computeIn(page, { processor, worker: true })
      expect(outcome).toMatchObject({
        ...right,
        report: { processor, fallbacks: 0, cpu: { path: 'wasm', worker: true } },
      })
    }
    expect(await page.evaluate(() => Object.isFrozen(Array.prototype) && Object.isFrozen(GPUDevice.prototype))).toBe(
      true,
    )
  })
})

describe('cross-origin isolation', () => {
  test.each([true, false])('%s', async isIsolated => {
    const isolation = {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    }
    const page = await open(isIsolated ? { headers: isolation } : {})
    expect(await page.evaluate(() => [crossOriginIsolated, 'SharedArrayBuffer' in globalThis])).toEqual([
      isIsolated,
      isIsolated,
    ])
    for (const processor of ['cpu', 'webgpu'] as const) {
      const outcome = await computeIn(page, { processor, worker: 2 }, { isShared: isIsolated })
      const threads = isIsolated ? 2 : 1
      expect(outcome).toMatchObject({
        ...right,
        report: { processor, fallbacks: 0, cpu: { path: 'wasm', worker: true, threads } },
      })
    }
  })
})

test('several tabs, and several workers in each, at the same time', async () => {
  const tabs = await Promise.all([1, 2].map(() => open()))
  const outcomes = await Promise.all(
    tabs.map((page, tab) =>
      page.evaluate(base => {
        const { compute } = globalThis as unknown as typeof body
        const given = (seed: number): Arguments => [
          { processor: 'webgpu' },
          { seed: base + seed, length: 30_000, rounds: 3 },
        ]
        const inWorkers = [1, 2].map(seed => {
          const worker = new Worker('/worker.js', { type: 'module' })
          return new Promise<body.Outcome>((resolve, reject) => {
            worker.addEventListener('message', ({ data }: MessageEvent<body.Outcome>) => resolve(data))
            worker.addEventListener('error', ({ message }) => reject(new Error(message)))
            worker.postMessage(given(seed), [])
          })
        })
        return Promise.all([compute(...given(0)), ...inWorkers])
      }, 10 * tab),
    ),
  )
  expect(outcomes.flat()).toHaveLength(6)
  for (const outcome of outcomes.flat()) {
    expect(outcome).toMatchObject({ ...right, report: { processor: 'webgpu', fallbacks: 0, deviceLosses: 0 } })
  }
})

describe('in a hidden tab', () => {
  test('arrays are computed', async () => {
    const tab = await hiddenTab(browser, `${url}/hidden`)
    for (const processor of ['cpu', 'webgpu']) {
      const outcome = await tab.evaluate(`compute({ processor: '${processor}', worker: true }, { rounds: 3 })`)
      expect(outcome).toMatchObject({ ...right, report: { processor, fallbacks: 0, cpu: { worker: true } } })
    }
    expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
  })

  test('the page measures, without timestamps and storage too', async () => {
    const before = `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })
      Object.defineProperty(GPUAdapter.prototype, 'features', { get: () => new Set() })`
    const tab = await hiddenTab(browser, `${demo.url}?sizes=1024&activations=relu&directions=forward`, before)
    // The room loads after the page.
    await expect.poll(() => tab.evaluate(`document.getElementById('run') !== null`), { timeout: 20_000 }).toBe(true)
    const end = await tab.evaluate(`new Promise(resolve => {
      const rows = []
      document.addEventListener('throughput:row', ({ detail }) => rows.push(detail))
      document.addEventListener('throughput:end', ({ detail }) => resolve({ ...detail, rows }))
      document.getElementById('run').click()
    })`)
    expect(end).toMatchObject({ finished: true })
    const { rows } = end as { rows: { medianMs?: number; processor: string; crossCheck: { passed: boolean } }[] }
    expect(rows.map(({ processor }) => processor)).toContain('webgpu')
    expect(rows.filter(({ medianMs, crossCheck }) => !(medianMs! > 0 && crossCheck.passed))).toEqual([])
    expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
  })

  test('a network is trained to its end, and seen once the tab is', async () => {
    const before = `window.ended = new Promise(resolve => {
      const OnlyWorker = Worker
      window.Worker = function (...given) {
        const worker = new OnlyWorker(...given)
        worker.addEventListener('message', ({ data }) => data.type === 'finished' && resolve(data.step))
        return worker
      }
    })`
    const tab = await hiddenTab(browser, `${demo.url}?room=lab&story=free&depth=1&steps=60&run=1`, before)
    expect(await tab.evaluate('window.ended')).toBe(60)
    expect(await tab.evaluate('document.visibilityState')).toBe('hidden')
    await tab.show()
    const progress = () => tab.evaluate(`document.getElementById('lab-progress').textContent`)
    await expect.poll(progress, { timeout: 20_000 }).toBe('step 60 of 60 · seed 1 · done')
    expect(await tab.evaluate(`document.querySelectorAll('.plot canvas').length`)).toBe(2)
  })
})

// Last, for no other page of the browser survives it unharmed.
test('the GPU process crashes while calls wait', async () => {
  const page = await open()
  const computed = page.evaluate(() => {
    const { compute } = globalThis as unknown as typeof body
    const untilLost = true
    const [own, adopted] = [
      { untilLost, length: 2 ** 20 + 5 },
      { untilLost, adopts: true },
    ]
    return Promise.all([own, adopted].map(given => compute({ processor: 'webgpu' }, given)))
  })
  await page.evaluate(() => new Promise(resolve => addEventListener('round', resolve, { once: true })))
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  process.kill(processInfo.find(({ type }) => type === 'GPU')!.id, 'SIGKILL')
  const [own, adopted] = await computed
  expect(own).toMatchObject({ ...right, report: { deviceLosses: 1 } })
  expect(adopted).toMatchObject({ ...right, report: { deviceLosses: 1, processor: 'cpu' } })
})
