import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser, type PageServer, servePage } from '../../demo/headless/page.ts'
import type { Environment, Row } from '../../demo/rows.ts'
import { float32Bytes, npy, png } from './files.ts'

let server: PageServer
let browser: Browser
let page: Page
let errors: string[] = []
// PAGE_SCREENSHOTS names a folder to keep them in.
const kept = process.env['PAGE_SCREENSHOTS']
const folder = kept ?? mkdtempSync(join(tmpdir(), 'page-'))

beforeAll(async () => {
  server = await servePage()
  browser = await launchBrowser('swiftshader')
})

afterEach(async () => {
  await page.close()
  expect(errors).toEqual([])
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  if (kept === undefined) rmSync(folder, { recursive: true })
})

interface Opening {
  colorScheme?: 'light' | 'dark'
  /** Runs before the page's own scripts. */
  before?: () => void
}

async function open(query: string, { colorScheme = 'light', before }: Opening = {}): Promise<void> {
  errors = []
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme, acceptDownloads: true })
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('request', request => {
    if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(server.url)) errors.push(request.url())
  })
  if (before !== undefined) await page.addInitScript(before)
  await page.goto(server.url + query)
}

const choose = (name: string, buffer: Buffer) =>
  page.setInputFiles('#file', { name, mimeType: 'application/octet-stream', buffer })
const notices = () => page.locator('#notices').innerText()
const progress = (text: string | RegExp) => page.locator('#progress', { hasText: text }).waitFor({ timeout: 60_000 })
const done = () => progress(/^Done/)

/** The table as a reader sees it: for each row its cells by column. */
async function readTable(): Promise<Record<string, string>[]> {
  const columns = await page.locator('#table thead th').allInnerTexts()
  const lines = await page.locator('#table tbody tr').all()
  const cells = await Promise.all(lines.map(line => line.locator('td').allInnerTexts()))
  return cells.map(texts => Object.fromEntries(texts.map((text, i) => [columns[i], text])))
}

async function download(): Promise<{ environment: Environment; rows: Row[] }> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
  expect(file.suggestedFilename()).toMatch(/^throughput-.*\.json$/)
  return JSON.parse(readFileSync(await file.path(), 'utf8')) as { environment: Environment; rows: Row[] }
}

test('a picture that is dropped: run, table, chart, JSON, Markdown, and how it looks', async () => {
  await open('?sizes=1000,4096')
  // A bright disc on a slope: edges of both signs.
  const picture = png(40, 30, (x, y) => ((x - 20) ** 2 + (y - 15) ** 2 < 80 ? [255, 240, 200] : [40, 60, 2 * x + y]))
  const transfer = await page.evaluateHandle(
    bytes => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(bytes)], 'disc.png', { type: 'image/png' }))
      return data
    },
    [...picture],
  )
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('#choices', type, { dataTransfer: transfer })
  }
  const note = page.locator('#input-note', { hasText: 'Horizontal Sobel response of disc.png, 40 × 30: 1,200 values' })
  await note.waitFor()
  expect(await note.innerText()).toMatch(/[\d.]+% below zero\. Repeated to fill 4 Ki elements\./)
  expect(await page.locator('#response').boundingBox()).not.toBeNull()
  expect(page.url()).toContain('input=picture')

  await page.click('#run')
  await done()
  const table = await readTable()
  expect(table).toHaveLength(26)
  for (const processor of ['WebGPU', 'CPU']) {
    for (const activation of ['relu', 'leakyRelu']) {
      for (const direction of ['forward', 'backward']) {
        const ways = processor === 'CPU' ? ['roundtrip'] : ['resident', 'roundtrip']
        for (const residency of ways) {
          for (const elements of ['1,000', '4 Ki']) {
            expect(table).toContainEqual(
              expect.objectContaining({ processor, activation, direction, residency, elements }),
            )
          }
        }
      }
    }
  }
  for (const row of table) {
    expect(row['check']).toBe('✓ equal')
    expect(Number(row['GB/s'])).toBeGreaterThan(0)
    if (row['residency'] === 'resident') expect(Number(row['× copy'])).toBeGreaterThan(0)
  }
  expect(await page.locator('#summary').innerText()).toMatch(/^relu forward over 4 Ki elements: /)
  expect(await page.locator('#legend button.series').count()).toBe(13)
  expect(await page.locator('#plot canvas').count()).toBe(1)

  const { environment, rows } = await download()
  expect(Object.keys(environment)).toEqual(['adapter', 'userAgent', 'library', 'when'])
  expect(environment.adapter).toMatchObject({ vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true })
  expect(rows).toHaveLength(26)
  for (const row of rows) {
    const bytesPerElement = row.direction === 'forward' ? 8 : 12
    expect(row).toMatchObject({ format: 'f32', bytesPerElement, runs: 9 })
    expect(row.crossCheck).toEqual({ elements: row.elements, maxUlp: 0, passed: true })
    expect(row.p5Ms).toBeLessThanOrEqual(row.medianMs!)
    expect(row.medianMs).toBeLessThanOrEqual(row.p95Ms!)
    expect(row.gigabytesPerSecond).toBeCloseTo((row.elements * bytesPerElement) / row.medianMs! / 1e6)
  }

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.click('#copy')
  await page.locator('#exported', { hasText: 'Copied.' }).waitFor()
  const markdown = await page.evaluate(() => navigator.clipboard.readText())
  expect(markdown).toContain('- input: horizontal Sobel response of disc.png, 40 × 30')
  expect(markdown.match(/^\| /gm)).toHaveLength(28)

  for (const [device, width, height] of [
    ['desktop', 1280, 900],
    ['phone', 390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      // The chart is drawn anew in the next frames.
      await page.waitForTimeout(150)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
      await page.screenshot({ path: join(folder, `${device}-${colorScheme}.png`), fullPage: true })
    }
  }
})

test('a .npy that is picked: a good one is used, a bad one explained, and the page goes on', async () => {
  await open('?sizes=64&activations=relu&directions=forward&processors=cpu')
  await choose('weights.npy', npy(float32Bytes([1, -2, 3, -4]), '(2, 2)'))
  await page.locator('#input-note', { hasText: 'weights.npy, float32, 2 × 2: 4 values, 50% below zero.' }).waitFor()
  expect(page.url()).toContain('input=npy')

  const bad: [string, Buffer, string][] = [
    ['double.npy', npy(new Uint8Array(16), '(2,)', "'<f8'"), "double.npy holds float64 ('<f8'). A .npy of float32"],
    ['cut.npy', npy(float32Bytes([1]), '(9,)'), 'cut.npy is cut short'],
    ['noise.npy', Buffer.from('noise'), 'noise.npy is not a .npy file'],
    ['notes.txt', Buffer.from('text'), 'notes.txt (of type application/octet-stream) is not a picture'],
    ['empty.png', Buffer.alloc(0), 'empty.png is empty'],
  ]
  for (const [name, file, message] of bad) {
    await choose(name, file)
    await page.locator('#notices li', { hasText: message }).waitFor()
  }
  await page.click('#run')
  await done()
  expect(await readTable()).toMatchObject([{ activation: 'relu', check: '✓ equal', elements: '64' }])

  await choose('good.npy', npy(float32Bytes([1]), '(1,)'))
  await page.locator('#input-note', { hasText: 'good.npy, float32, 1: 1 value' }).waitFor()
  expect(await notices()).toBe('')
})

test('?run=1 runs by itself; a file that is missing is asked for', async () => {
  await open('?sizes=16&activations=leakyRelu&alpha=-2&directions=backward&processors=webgpu&run=1')
  await done()
  const table = await readTable()
  expect(table.map(({ library, residency }) => [library, residency])).toEqual([
    ['copy', 'resident'],
    ['webgpu-activations', 'resident'],
    ['webgpu-activations', 'roundtrip'],
  ])
  await page.locator('label', { hasText: 'A picture' }).click()
  await page.click('#run')
  await progress('Choose or drop a picture first.')
})

test('the address holds every choice: back, forward and reload restore it, and what is wrong there is noted', async () => {
  await open('?sizes=1024,77&alpha=oops')
  expect(await notices()).toBe('The address has alpha=oops: a number from -3.4e38 to 3.4e38 is needed. Ignored.')
  expect(
    await page.locator('input[name=sizes]:checked').evaluateAll(all => all.map(one => one.getAttribute('value'))),
  ).toEqual(['77', '1024'])
  const forward = page.locator('label', { hasText: /^forward$/ })
  const isChecked = () => page.locator('input[value=forward]').isChecked()
  await forward.click()
  await page.fill('input[name=alpha]', '0.25')
  await page.keyboard.press('Tab')
  expect(page.url()).toMatch(
    /\?input=normal&seed=1&sizes=77,1024&activations=relu,leakyRelu&alpha=0\.25&directions=backward&/,
  )
  await page.goBack()
  expect(await page.inputValue('input[name=alpha]')).toBe('0.01')
  await page.goBack()
  expect(await isChecked()).toBe(true)
  await page.goForward()
  expect(await isChecked()).toBe(false)
  await page.reload()
  expect(await isChecked()).toBe(false)
})

test('without WebGPU everything runs on the CPU, and the page says so', async () => {
  await open('?sizes=256&activations=relu&run=1', {
    before: () => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }),
  })
  await done()
  expect(await notices()).toBe('No WebGPU here: this browser has no WebGPU. Everything runs on the CPU.')
  expect((await readTable()).map(({ processor, check }) => [processor, check])).toEqual([
    ['CPU', '✓ equal'],
    ['CPU', '✓ equal'],
  ])
  expect((await download()).environment.adapter).toBeNull()
})

test('stop leaves the finished rows, and another run can start', async () => {
  await open('?sizes=16,4194304&activations=relu')
  await page.focus('#run')
  await page.keyboard.press('Enter')
  await page.locator('#table tbody tr').first().waitFor({ timeout: 20_000 })
  const before = Date.now()
  await page.click('#stop')
  await progress(/^Stopped after \d+ of 14 rows\.$/)
  expect(Date.now() - before).toBeLessThan(3000)
  expect((await readTable()).length).toBeGreaterThan(0)
  expect(await page.locator('#run').isVisible()).toBe(true)
  expect(await page.locator('fieldset.choices').isEnabled()).toBe(true)
})

test('a kernel that computes nonsense is red, says why, and carries no time', async () => {
  await open('?sizes=64&activations=relu&run=1', {
    before: () => {
      const { prototype } = GPUDevice
      const createShaderModule = Reflect.get(prototype, 'createShaderModule')
      prototype.createShaderModule = function (descriptor) {
        const code = descriptor.code.replace('fn forward(x: Float) -> Float {', '$&\n  return Float(1.0);')
        return createShaderModule.call(this, { ...descriptor, code })
      }
    },
  })
  await done()
  const failed = (await readTable()).filter(row => row['check']?.startsWith('✗'))
  expect(failed.map(({ direction, residency }) => [direction, residency])).toEqual([
    ['forward', 'resident'],
    ['forward', 'roundtrip'],
  ])
  for (const row of failed) {
    expect(row['check']).toMatch(/^✗ 64 of 64 elements are wrong, by up to \d+ ULP: at 0, expected /)
    expect([row['median ms'], row['GB/s']]).toEqual(['', ''])
  }
  expect(await page.locator('#table tr.failed').count()).toBe(2)
  expect(await page.locator('#summary').innerText()).toContain('2 of 7 rows failed')
  const { rows } = await download()
  const wrong = rows.filter(row => !row.crossCheck.passed)
  expect(wrong).toHaveLength(2)
  for (const row of wrong) expect(row).not.toHaveProperty('medianMs')
})

test('a size that no buffer can hold is skipped where it has to be, and split elsewhere', async () => {
  await open('?sizes=20000&activations=relu&directions=forward&run=1', {
    before: () => {
      for (const limit of ['maxBufferSize', 'maxStorageBufferBindingSize']) {
        Object.defineProperty(GPUSupportedLimits.prototype, limit, { get: () => 65_536 })
      }
    },
  })
  await done()
  const table = await readTable()
  expect(table.map(({ residency, check }) => [residency, check])).toEqual([
    ['resident', 'skipped: a buffer of 1 MiB exceeds maxBufferSize, 1 MiB'],
    ['resident', 'skipped: a buffer of 1 MiB exceeds maxBufferSize, 1 MiB'],
    ['roundtrip', '✓ equal'],
    ['roundtrip', '✓ equal'],
  ])
})

test('a device that is lost on the way is told, and the rows of the CPU go on', async () => {
  await open('?sizes=1024&activations=relu&directions=forward', {
    before: () => {
      const { prototype } = GPUAdapter
      const requestDevice = Reflect.get(prototype, 'requestDevice')
      prototype.requestDevice = async function (descriptor) {
        const device = await requestDevice.call(this, descriptor)
        document.addEventListener('throughput:row', () => device.destroy(), { once: true })
        return device
      }
    },
  })
  await page.click('#run')
  await done()
  expect(await notices()).toMatch(
    /^The GPU device was lost \(.*\): its rows fail from here on, those of the CPU go on\.$/,
  )
  const table = await readTable()
  expect(table.map(({ processor }) => processor)).toEqual(['WebGPU', 'WebGPU', 'WebGPU', 'CPU'])
  expect(table[2]?.['check']).toContain('✗ the GPU device was lost')
  expect(table[3]?.['check']).toBe('✓ equal')
})

test('a device that is refused fails the rows of WebGPU, says why, and the rows of the CPU go on', async () => {
  await open('?sizes=64&activations=relu&directions=forward&run=1', {
    before: () => {
      GPUAdapter.prototype.requestDevice = () => Promise.reject(new Error('busy'))
    },
  })
  await done()
  expect(await notices()).toBe('There is no GPU device (busy): the rows of WebGPU fail, those of the CPU go on.')
  expect((await readTable()).map(({ processor, check }) => [processor, check])).toEqual([
    ['WebGPU', '✗ there is no GPU device (busy)'],
    ['WebGPU', '✗ there is no GPU device (busy)'],
    ['WebGPU', '✗ there is no GPU device (busy)'],
    ['CPU', '✓ equal'],
  ])
  expect((await download()).rows.map(row => row.crossCheck.passed)).toEqual([false, false, false, true])
})

test('an adapter that does not answer: the CPU alone needs none, WebGPU waits for it, but not for ever', async () => {
  await open('?sizes=64&activations=relu&directions=forward&processors=cpu&run=1', {
    before: () => {
      const { prototype } = GPU
      const requestAdapter = Reflect.get(prototype, 'requestAdapter')
      const answered = new Promise<void>(resolve => {
        document.addEventListener('answer', () => resolve(), { once: true })
      })
      prototype.requestAdapter = async function (options) {
        await answered
        return requestAdapter.call(this, options)
      }
      // Nobody wants to wait as long as the page does.
      const later = window.setTimeout
      Object.assign(window, { setTimeout: (f: () => void, ms: number) => later(f, ms === 10_000 ? 300 : ms) })
    },
  })
  await done()
  expect(await page.locator('#environment').innerText()).toContain('waiting for an adapter')
  await page.locator('label', { hasText: /^WebGPU$/ }).click()
  await page.click('#run')
  await progress('Waiting for the GPU adapter …')
  await page.click('#stop')
  await progress(/^Stopped\.$/)
  expect(await readTable()).toHaveLength(1)

  await page.click('#run')
  await progress('Waiting for the GPU adapter …')
  await done()
  expect(await notices()).toBe('No WebGPU here: no adapter answered within 10 seconds. Everything runs on the CPU.')
  expect((await readTable()).map(({ processor }) => processor)).toEqual(['CPU'])

  await page.dispatchEvent('body', 'answer')
  await page.locator('#environment', { hasText: 'swiftshader' }).waitFor()
  expect(await notices()).toBe('')
})

test('?run=1 with a file says that it waits for it, and runs once it is there', async () => {
  await open('?input=npy&sizes=16&activations=relu&directions=forward&processors=cpu&run=1')
  await progress('Waiting for a .npy file: the run starts when one is chosen or dropped.')
  await page.locator('label', { hasText: 'A picture' }).click()
  await progress('Waiting for a picture: the run starts when one is chosen or dropped.')
  await choose('a.npy', npy(float32Bytes([1, -2]), '(2,)'))
  await done()
  expect(await readTable()).toHaveLength(1)
})

test('the keyboard keeps its place: at a size that is toggled, and at the button of a run', async () => {
  await open('?sizes=77,1024&activations=relu&directions=forward&processors=cpu')
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('value') ?? document.activeElement?.id)
  await page.focus('input[value="77"]')
  for (const size of ['77', '1024', '2048']) {
    expect(await focused()).toBe(size)
    await page.keyboard.press('Space')
    expect(await focused()).toBe(size)
    await page.keyboard.press('Tab')
  }
  expect(page.url()).toContain('sizes=2048&')
  await page.focus('input[name=runs]')
  await page.keyboard.press('Enter')
  await done()
  expect(await focused()).toBe('run')
})

test('a number that cannot be used stays as it was typed, says why, and nothing runs until it can', async () => {
  await open('?sizes=16&activations=relu&directions=forward&processors=cpu')
  const field = (name: string) => page.locator(`input[name=${name}]`)
  const described = async (name: string) => page.locator(`#${await field(name).getAttribute('aria-describedby')}`)
  const wrong: [string, string, string][] = [
    ['seed', '-1', 'whole number from 0 to 4294967295 is needed.'],
    ['runs', '3', 'whole number from 9 to 999 is needed.'],
    ['alpha', '', 'number from -3.4e38 to 3.4e38 is needed.'],
    ['alpha', '1e39', 'number from -3.4e38 to 3.4e38 is needed.'],
  ]
  for (const [name, text, rule] of wrong) {
    const good = await field(name).inputValue()
    await field(name).fill(text)
    await page.locator('label', { hasText: /^backward$/ }).click()
    expect(await field(name).inputValue()).toBe(text)
    expect(await field(name).getAttribute('aria-invalid')).toBe('true')
    expect(await (await described(name)).innerText()).toBe(`A ${rule}`)
    await page.click('#run')
    await progress(`${name === 'runs' ? 'timed runs' : name}: a ${rule}`)
    expect(await page.locator('#table tbody tr').count()).toBe(0)
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe(name)
    await field(name).fill(good)
    expect(await (await described(name)).innerText()).toBe('')
  }
  await field('runs').fill('3')
  await page.keyboard.press('Enter')
  await progress('timed runs: a whole number')
  await field('runs').fill('10')
  await page.keyboard.press('Enter')
  await done()
  expect(await readTable()).toMatchObject([{ runs: '10' }])

  await field('runs').fill('3')
  await page.locator('label', { hasText: /^backward$/ }).click()
  await page.goBack()
  expect(await field('runs').inputValue()).toBe('10')
  expect(await field('runs').getAttribute('aria-invalid')).toBe('false')
})

test('the smallest rate has room beside the chart, and the last column before the edge of its card', async () => {
  await open('?sizes=1&activations=relu&directions=forward&processors=webgpu&run=1')
  await done()
  const rates = (await download()).rows.map(row => row.gigabytesPerSecond!)
  const lowest = String(Number(`1e${Math.floor(Math.log10(Math.min(...rates)))}`))
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 900 })
    // The chart is drawn anew in the next frames.
    await page.waitForTimeout(150)
    const spare = await page.evaluate(label => {
      const box = (selector: string) => document.querySelector(selector)!.getBoundingClientRect()
      const plot = document.querySelector('#plot')!
      const context = document.createElement('canvas').getContext('2d')!
      context.font = `12px ${getComputedStyle(plot).fontFamily}`
      const scroller = document.querySelector('#scroller')!
      scroller.scrollLeft = scroller.scrollWidth
      const text = document.createRange()
      text.selectNodeContents(document.querySelector('#table tbody td:last-child')!)
      return {
        // A tick is 5 pixels long, with 5 between it and its label.
        chart: box('.u-over').left - box('#plot').left - 10 - context.measureText(label).width,
        table: box('#scroller').right - text.getBoundingClientRect().right,
        page: window.innerWidth - document.documentElement.scrollWidth,
      }
    }, lowest)
    expect(spare.page).toBeGreaterThanOrEqual(0)
    expect(spare.chart).toBeGreaterThanOrEqual(1)
    expect(spare.table).toBeGreaterThanOrEqual(16)
    await page.screenshot({ path: join(folder, `smallest-${width}.png`), fullPage: true })
  }
  expect(await page.locator('.method').innerText()).toContain('through the dispatcher, with cross-checks off')
})
