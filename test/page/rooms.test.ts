import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { float32Bytes, npy } from './files.ts'
import { done, drawn, fits, folder, notices, open, page, requests, withPage } from './opened.ts'

withPage()

/** Checks all rules in the light scheme, and the colours in the dark one. */
async function violationsInBothSchemes(name: string): Promise<string[]> {
  const light = await violations()
  await page.screenshot({ path: `${folder}/room-${name}-light.png`, fullPage: true })
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await violations(['color-contrast'])
  await page.screenshot({ path: `${folder}/room-${name}-dark.png`, fullPage: true })
  return [...light, ...dark]
}

/** The files loaded before a room: the page, its style sheets, its script, and what that imports at once. */
async function shellFiles(url: URL, files = new Map<string, string>()): Promise<Map<string, string>> {
  if (files.has(url.href)) return files
  const text = await (await fetch(url)).text()
  files.set(url.href, text)
  const isPage = !/\.(js|css)$/.test(url.pathname)
  const others = isPage ? /(?:src|href)="(\.[^"]+\.(?:js|css))"/g : /\b(?:from|import)\s*"(\.[^"]+)"/g
  for (const [, other] of text.matchAll(others)) await shellFiles(new URL(other!, url), files)
  return files
}

/** Runs in the page: adds up the layout shifts. */
function watchShifts(): void {
  const observed = { shift: 0 }
  Object.assign(window, { observed })
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) observed.shift += (entry as unknown as { value: number }).value
  }).observe({ type: 'layout-shift', buffered: true })
}
const shift = () => page.evaluate(() => (window as unknown as { observed: { shift: number } }).observed.shift)

test('Shapes is where one comes in: nothing moves, no other room is loaded, and the page around it is small', async () => {
  await open('', { before: watchShifts })
  expect(await page.locator('h1:visible').innerText()).toMatch(/^What activation functions look like/)
  expect(await page.locator('#environment summary').innerText()).toMatch(
    /^CPU, WebAssembly · google swiftshader · \d+ cores?\s+software adapter$/,
  )
  // In the line, and in the corner of each chart.
  expect(await page.locator('.badge:visible').allInnerTexts()).toEqual(
    Array.from({ length: 3 }, () => 'software adapter'),
  )
  expect(await shift()).toBe(0)
  expect(requests.filter(url => /\/room-.*\.js$/.test(url))).toHaveLength(1)
  const shell = await shellFiles(new URL(page.url()))
  expect(shell.size).toBeGreaterThan(2)
  const bytes = [...shell.values()].map(text => brotliCompressSync(text).length)
  expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThan(20_000)

  await page.click('#environment summary')
  for (const text of ['its times say nothing about a GPU', 'maxBufferSize', 'timestamp-query']) {
    expect(await page.locator('#environment dl').innerText()).toContain(text)
  }
  expect(await violationsInBothSchemes('shapes')).toEqual([])
})

test('the other rooms: accessible with a notice and with results, in both schemes, in forced colours, and where it is narrow', async () => {
  await open('?room=cellar&sizes=16&activations=relu&directions=forward&processors=cpu&run=1', { before: watchShifts })
  await done()
  expect(await notices()).toBe('The address has room=cellar: there is shapes, lab, throughput. Ignored.')
  expect(await violationsInBothSchemes('throughput')).toEqual([])
  await page.click('#notices button')
  expect(await page.locator('#notices *').count()).toBe(0)
  await page.click('nav a[data-room=lab]')
  await page.locator('.lab h1').waitFor()
  expect(await violationsInBothSchemes('lab')).toEqual([])

  await page.setViewportSize({ width: 320, height: 640 })
  await page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active' })
  for (const room of ['lab', 'throughput', 'shapes']) {
    await page.click(`nav a[data-room=${room}]`)
    await page.locator(`.${room} h1:visible`).waitFor()
    await fits()
  }
  await drawn()
  await page.screenshot({ path: `${folder}/room-shapes-forced.png`, fullPage: true })
  // The results of the run are still there.
  await page.click('nav a[data-room=throughput]')
  expect(await page.locator('#table tbody tr').count()).toBe(4)
})

test('Shapes: the code, the values, and what becomes of a tensor and a picture', async () => {
  await open('?room=shapes&plot=leakyRelu&leakyRelu.alpha=0.5&x=2')
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText())
  expect(await page.locator('#value').innerText()).toBe('leakyRelu(2.00) = 2.000')
  await page.click('#copy-code')
  await page.locator('#copied', { hasText: 'Copied.' }).waitFor()
  expect(await clipboard()).toContain('dispatcher.forward(leakyRelu({ alpha: 0.5 }), x)')
  await page.click('#show-wgsl')
  expect(await page.locator('#wgsl-source').innerText()).toMatch(
    /fn leakyRelu\(x: f32\) -> f32 \{[^]*fn leakyRelu_backward/,
  )
  await page.keyboard.press('Escape')
  expect(await page.locator('#wgsl').isVisible()).toBe(false)
  await page.click('#values summary')
  const values = page.locator('#values tbody tr')
  await values.nth(24).waitFor()
  expect(await values.nth(0).locator('th, td').allInnerTexts()).toEqual(['−6.0', '−3.0000', '0.5000'])
  const properties = async () => (await page.locator('#properties dd').allInnerTexts()).join(' | ')
  expect(await properties()).toMatch(
    /^−∞ to ∞ \| yes, it never falls \| on neither side \| value 0, slope 0\.5 \(0\.5 on the left, 1 on/,
  )

  const rows = async () => {
    const lines = await page.locator('#sample-table tbody tr').all()
    return Promise.all(lines.map(line => line.locator('th, td').allInnerTexts()))
  }
  const file = (name: string, buffer: Buffer) =>
    page.setInputFiles('#sample-file', { name, mimeType: 'application/octet-stream', buffer })
  expect(await page.locator('#sample-figures canvas').count()).toBe(3)
  await file('layer.npy', npy(float32Bytes([-2, 0, 1, NaN]), '(4,)'))
  await page
    .locator('#sample-note', { hasText: 'layer.npy, float32, 4: 3 values, 33.3% below zero. 1 more is not finite' })
    .waitFor()
  expect(await page.locator('#sample-figures canvas').count()).toBe(0)
  expect(await page.locator('#sample-figures svg').count()).toBe(3)
  expect(await rows()).toEqual([
    ['x', '−2', '−0.333', '1', '33.3%', '33.3%'],
    ['leakyRelu(x)', '−1', '0', '1', '33.3%', '33.3%'],
    ['its derivative', '0.5', '0.667', '1', '0%', '0%'],
  ])
  await file('noise.png', Buffer.from('noise'))
  await page.locator('#notices li', { hasText: 'noise.png is text.' }).waitFor()
  expect((await rows())[0]).toEqual(['x', '−2', '−0.333', '1', '33.3%', '33.3%'])

  await page.locator('#gallery label', { hasText: /^kneeSwish$/ }).click()
  await page.locator('#sample-table', { hasText: 'kneeSwish(x)' }).waitFor()
  expect((await rows())[1]).toEqual(['kneeSwish(x)', '−0.667', '0.111', '1', '33.3%', '33.3%'])
  expect(await page.locator('#code').textContent()).toContain(
    "const kneeSwish = defineActivation({\n  name: 'kneeSwish',",
  )
  expect(await page.locator('#evaluated').textContent()).toBe('reference')
  expect(await page.locator('#wgsl-source').textContent()).toMatch(/fn kneeSwish\(x: f32\)[^]*fn kneeSwish_backward/)
  await page.locator('#gallery label', { hasText: /^relu$/ }).click()
  await page.locator('#sample-note', { hasText: '66.7% come out as 0; to 66.7% no gradient comes back.' }).waitFor()

  await page.focus('#probe')
  await page.keyboard.press('Home')
  await page.waitForURL(/\?room=shapes&x=-6&leakyRelu\.alpha=0\.5$/)
  await page.reload()
  await drawn()
  expect(await page.locator('#value').innerText()).toBe('relu(−6.00) = 0.000')
  await page.click('#measure')
  await page.waitForURL(/\?room=throughput&activations=relu&leakyRelu\.alpha=0\.5$/)
  expect(await page.title()).toBe('Throughput: webgpu-activations')
})
