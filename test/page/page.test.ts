import { join } from 'node:path'
import { expect, test } from 'vitest'
import { float32Bytes, npy, png, tensorFile } from './files.ts'
import {
  choose,
  done,
  download,
  fits,
  folder,
  notices,
  open,
  openChoices,
  page,
  progress,
  readTable,
  withPage,
} from './opened.ts'

withPage()

test('a picture that is dropped: run, table, chart, JSON, Markdown, and how it looks', async () => {
  await open('?sizes=1000,4096&activations=relu')
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
  expect(table).toHaveLength(28)
  const onCpu = ['roundtrip', 'roundtrip, out', 'resident, in place']
  for (const processor of ['WebGPU', 'CPU']) {
    for (const direction of ['forward', 'backward']) {
      for (const residency of processor === 'CPU' ? onCpu : ['resident', 'roundtrip']) {
        for (const elements of ['1,000', '4 Ki']) {
          const about = { processor, activation: 'relu', direction, residency, elements }
          expect(table).toContainEqual(expect.objectContaining(about))
        }
      }
    }
  }
  for (const row of table) {
    expect(row['check']).toBe('✓ equal')
    expect(Number(row['GB/s']?.replaceAll(',', ''))).toBeGreaterThan(0)
    if (row['residency'] === 'resident' || row['processor'] === 'CPU') {
      expect(Number(row['× copy']?.replaceAll(',', ''))).toBeGreaterThan(0)
    }
  }
  // The answer first; what only other libraries need is absent.
  expect(Object.keys(table[0]!).slice(0, 4)).toEqual(['activation', 'direction', 'GB/s', 'median ms'])
  for (const column of ['library', '× ours', 'clock', 'runs']) expect(table[0]).not.toHaveProperty(column)
  const floors = table.filter(({ activation, elements }) => activation !== 'relu' && elements === '4 Ki')
  expect(floors.map(({ activation, direction }) => [activation, direction])).toEqual([
    ['copy', 'forward'],
    ['copy', 'backward'],
    ['copyBufferToBuffer', 'forward'],
    ['set', 'forward'],
  ])
  expect(await page.locator('#choice').innerText()).toMatch(
    /^Left the choice, the library takes the CPU: The adapter is a software one \(.*\).* The CPU computes in WebAssembly\.$/,
  )
  expect(await page.locator('#conclusion').innerText()).toMatch(
    /^A software adapter .* From array to array, WebGPU is (slower|faster) than the CPU for relu (for|back)ward.* at 4 Ki elements\./,
  )
  expect(await page.locator('#verdicts th').allInnerTexts()).toEqual(['relu forward\n4 Ki', 'relu backward\n4 Ki'])
  expect(await page.locator('#verdicts small.slower, #verdicts small.faster').count()).toBe(4)
  expect(await page.locator('#legend button.series').allInnerTexts()).toEqual([
    'WebGPU, resident',
    'WebGPU, round trip',
    'CPU',
    'CPU, in place',
    'plain copy',
  ])
  await page.selectOption('#kernel', 'relu backward')
  expect(await page.locator('#crossovers').innerText()).toMatch(/^From array to array, relu backward on WebGPU is /)
  expect(await page.locator('#program-text').textContent()).toMatch(/fn backward\(x: Float, dy: Float\) -> Float/)
  for (const badge of ['#results-badge', '#chart-badge']) {
    expect(await page.locator(badge).innerText()).toBe('software adapter')
  }
  expect(await page.locator('#plot canvas').count()).toBe(1)

  const { environment, rows } = await download()
  expect(Object.keys(environment)).toEqual(['adapter', 'userAgent', 'library', 'when', 'cpu', 'auto', 'threads'])
  expect(environment).toMatchObject({ cpu: { path: 'wasm' }, auto: { processor: 'cpu', crossover: null } })
  expect(environment.adapter).toMatchObject({ vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true })
  expect(rows).toHaveLength(28)
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
  expect(markdown).toContain('- A software adapter computes on the CPU: its times say nothing about a GPU.')
  expect(markdown).toContain('- input: horizontal Sobel response of disc.png, 40 × 30')
  expect(markdown.match(/^\| /gm)).toHaveLength(30)

  for (const [device, width, height] of [
    ['desktop', 1280, 900],
    ['phone', 390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      // The chart is drawn anew in the next frames.
      await page.waitForTimeout(150)
      await fits()
      const hidden = await page.evaluate(() => {
        const { right } = document.querySelector('#scroller')!.getBoundingClientRect()
        const cells = [...document.querySelectorAll('#table tbody tr:last-child td')].slice(0, 4)
        return cells.filter(cell => cell.getBoundingClientRect().right > right).length
      })
      expect(hidden).toBe(0)
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
    ['complex.npy', npy(new Uint8Array(16), '(2,)', "'<c8'"), "complex.npy holds complex numbers ('<c8'). Save a part"],
    ['cut.npy', npy(float32Bytes([1]), '(9,)'), 'cut.npy is cut short'],
    ['noise.npy', Buffer.from('noise'), 'noise.npy is not a .npy file'],
    ['notes.txt', Buffer.from('text'), 'notes.txt is text. Of a table of numbers, in Python: numpy.save('],
    ['arrays.npz', tensorFile('arrays.npz'), 'arrays.npz is a zip of .npy files (weights.npy, bias.npy). Unzip it'],
    ['graph.pb', Buffer.from([0x0a, 1, 0]), 'graph.pb is, by its name, a file of Protocol Buffers'],
    [
      'x.y',
      Buffer.from([1, 0, 2]),
      'x.y (of type application/octet-stream) is nothing that is read here: a picture (PNG',
    ],
    ['empty.png', Buffer.alloc(0), 'empty.png is empty'],
  ]
  for (const [name, file, message] of bad) {
    await choose(name, file)
    await page.locator('#notices li', { hasText: message }).waitFor()
  }
  await page.click('#run')
  await done()
  expect((await readTable())[1]).toMatchObject({ activation: 'relu', check: '✓ equal', elements: '64' })

  await choose('good.npy', npy(float32Bytes([1]), '(1,)'))
  await page.locator('#input-note', { hasText: 'good.npy, float32, 1: 1 value' }).waitFor()
  expect(await notices()).toBe('')
})

test('?run=1 runs by itself; a file that is missing is asked for', async () => {
  await open('?sizes=16&activations=leakyRelu&alpha=-2&directions=backward&processors=webgpu&run=1')
  await done()
  const table = await readTable()
  expect(table.map(({ activation, residency }) => [activation, residency])).toEqual([
    ['copy', 'resident'],
    ['copy', 'resident'],
    ['copyBufferToBuffer', 'resident'],
    ['leakyRelu', 'resident'],
    ['leakyRelu', 'roundtrip'],
  ])
  await openChoices()
  await page.locator('label', { hasText: 'A picture' }).click()
  await page.click('#run')
  await progress('Choose or drop a picture first.')
})

test('the address holds every choice that differs: reload restores it, and what is wrong there is noted', async () => {
  await open('?plot=leakyRelu&sizes=1024,77&leakyRelu.alpha=0.25&mean=oops')
  expect(await notices()).toBe('The address has mean=oops: a number from -10 to 10 is needed. Ignored.')
  expect(
    await page.locator('input[name=sizes]:checked').evaluateAll(all => all.map(one => one.getAttribute('value'))),
  ).toEqual(['77', '1024'])
  await page.locator('label', { hasText: /^forward$/ }).click()
  expect(await notices()).toBe('')
  expect(page.url()).toMatch(/\?room=throughput&sizes=77,1024&directions=backward&leakyRelu\.alpha=0\.25$/)
  await page.reload()
  expect(await page.locator('input[value=forward]').isChecked()).toBe(false)
  await page.click('nav a[data-room=shapes]')
  await page.goBack()
  expect(await page.locator('input[value=forward]').isChecked()).toBe(false)
  expect(await page.locator('input[value="77"]').isChecked()).toBe(true)

  // A chip replaces the address, a preset adds one to go back from.
  const entries = () => page.evaluate(() => history.length)
  const before = await entries()
  for (const label of [/^forward$/, /^77$/, /^backward$/]) await page.locator('label', { hasText: label }).click()
  const chosen = page.url()
  await page.click('[data-preset=quick]')
  expect(page.url()).toMatch(/\?room=throughput&sizes=1048576&activations=relu&leakyRelu\.alpha=0\.25$/)
  expect(await page.locator('[data-preset=quick]').getAttribute('aria-pressed')).toBe('true')
  expect(await page.locator('#estimate').innerText()).toMatch(/^14 rows, about \d+ s$/)
  expect(await entries()).toBeLessThanOrEqual(before + 1)
  await page.goBack()
  expect(page.url()).toBe(chosen)
})

test('stop leaves the finished rows, a run goes on with the missing ones, another request adds a run', async () => {
  await open('?sizes=16,262144&activations=relu')
  await page.focus('#run')
  await page.keyboard.press('Enter')
  await page.locator('#table tbody tr').first().waitFor({ timeout: 20_000 })
  const before = Date.now()
  await page.click('#stop')
  await progress(/^Stopped after \d+ of 28 rows\.$/)
  expect(Date.now() - before).toBeLessThan(3000)
  const first = await readTable()
  expect(first.length).toBeGreaterThan(0)
  expect(first.length).toBeLessThan(28)
  expect(await page.locator('#run').innerText()).toBe('Go on')
  expect(await page.locator('#estimate').innerText()).toMatch(
    new RegExp(`^${28 - first.length} of 28 rows left: about `),
  )
  expect(await page.locator('fieldset.choices').isEnabled()).toBe(true)
  expect(page.url()).toMatch(/&run=1$/)

  await page.click('#run')
  await done()
  const all = await readTable()
  expect(all).toHaveLength(28)
  expect(all.slice(0, first.length).map(row => row['median ms'])).toEqual(first.map(row => row['median ms']))
  expect((await download()).rows.map(({ elements }) => elements)).toEqual([
    ...Array.from({ length: 14 }, () => 16),
    ...Array.from({ length: 14 }, () => 262_144),
  ])
  expect(await page.locator('#run').innerText()).toBe('Run again')

  await page.locator('label', { hasText: /^256 Ki$/ }).click()
  await page.click('#run')
  await done()
  expect(await readTable()).toHaveLength(14)
  await page.selectOption('#other-run', '1')
  for (const row of await readTable()) expect(Number(row['× run 1']?.replaceAll(',', ''))).toBeGreaterThan(0)
  await page.selectOption('#shown-run', '1')
  expect(await readTable()).toHaveLength(28)
  const sort = page.locator('#table thead button', { hasText: 'GB/s' })
  await sort.click()
  const rates = (await readTable()).map(row => Number(row['GB/s']?.replaceAll(',', '')))
  expect(rates).toEqual(rates.toSorted((a, b) => b - a))
  await page.click('#clear')
  expect(await page.locator('#results').isVisible()).toBe(false)
  expect(await page.locator('#run').innerText()).toBe('Run')
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
    ['resident', 'skipped: a buffer of 1 MiB exceeds maxBufferSize, 1 MiB'],
    ['roundtrip', '✓ equal'],
    ['roundtrip', '✓ equal'],
    ['roundtrip', '✓ equal'],
    ['roundtrip, out', '✓ equal'],
    ['resident, in place', '✓ equal'],
  ])
})
