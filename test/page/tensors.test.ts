import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOptions } from '../throughput/options.ts'
import { float32Bytes, npy, safetensors, tensorFile } from './files.ts'
import { choose, done, drawn, fits, folder, notices, open, page, readTable, requests, withPage } from './opened.ts'

withPage()

const list = () => page.getByRole('combobox', { name: 'tensor', exact: true })
const chosen = () => page.locator('#tensors option:checked').innerText()
const note = (text: string) => page.locator('#input-note', { hasText: text }).waitFor()

test('a .safetensors that is dropped: its first tensor is taken, another by the list, and how it looks', async () => {
  await open('?sizes=64&activations=relu&directions=forward&processors=cpu')
  const transfer = await page.evaluateHandle(
    bytes => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(bytes)], 'model.safetensors'))
      return data
    },
    [...tensorFile('model.safetensors')],
  )
  await page.dispatchEvent('#choices', 'drop', { dataTransfer: transfer })
  const sum = 'layers.0.sum, float64, rounded to float32, 2'
  await note(`model.safetensors, ${sum}: 2 values, 50% below zero. Repeated to fill 64 elements.`)
  expect(page.url()).toContain('input=npy')
  expect(await chosen()).toBe('layers.0.sum: float64, rounded to float32, 2')
  const disabled = await page.locator('#tensors option:disabled').allInnerTexts()
  expect(disabled.toSorted()).toEqual([
    'embeddings.position_ids: I64, 3, is not read here',
    'layers.0.none: float32, 0 × 2, holds no values',
    'layers.0.quantized: F8_E4M3, 2, is not read here',
  ])

  const address = page.url()
  await list().focus()
  await page.keyboard.press('ArrowDown')
  await note('model.safetensors, layers.0.scale, float32, a scalar: 1 value, 100% below zero.')
  await page.keyboard.press('ArrowDown')
  await note('model.safetensors, layers.0.weight, bfloat16, 2 × 3: 6 values, 50% below zero.')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('tensors')
  expect(page.url()).toBe(address)
  await page.click('#run')
  await done()
  expect((await readTable())[1]).toMatchObject({ activation: 'relu', check: '✓ equal', elements: '64' })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.click('#copy')
  await page.locator('#exported', { hasText: 'Copied.' }).waitFor()
  const markdown = await page.evaluate(() => navigator.clipboard.readText())
  expect(markdown).toContain('- input: model.safetensors, layers.0.weight, bfloat16, 2 × 3\n')

  const long = `model.decoder.${'block.'.repeat(20)}weight`
  const header = {
    [long]: { dtype: 'F16', shape: [1, 1], data_offsets: [0, 2] },
    bias: { dtype: 'F16', shape: [1], data_offsets: [2, 4] },
  }
  await choose('model.safetensors', safetensors(header, new Uint8Array(4)))
  await note(long)
  for (const [device, width, height] of [
    ['desktop', 1280, 900],
    ['phone', 390, 844],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await fits()
      await page.locator('#choices').screenshot({ path: join(folder, `tensors-${device}-${colorScheme}.png`) })
    }
  }
  await inspectLayer()
})

/** Drops a layer on the room Shapes, which loads what finds its dead channels only now. */
async function inspectLayer(): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.getByRole('link', { name: 'Shapes' }).click()
  await drawn()
  const drop = async (name: string, buffer: Buffer): Promise<void> =>
    page.setInputFiles('#sample-file', { name, mimeType: 'application/octet-stream', buffer })
  const said = (text: string) => page.locator('#channels-note', { hasText: text }).waitFor()
  const rows = () => page.locator('#channels-table tbody tr')
  const isLoaded = () => requests.some(address => /\/channels-[\w-]+\.js$/.test(address))
  expect(await page.locator('#channels').isVisible()).toBe(false)
  expect(isLoaded()).toBe(false)
  // Along the last axis the channels 1 and 3 are negative; along the first one none is.
  const values = Array.from({ length: 96 }, (_, i) => (i % 2 === 1 ? -1 - (i % 7) : Math.sin(i)))
  values[2] = 2
  values[6] = NaN
  await drop('layer.npy', npy(float32Bytes(values), '(8, 3, 4)'))
  await said('4 channels of 24 values. By relu no gradient comes back to any value of 2 channels: 1, 3.')
  expect(isLoaded()).toBe(true)
  const [x, relu] = await Promise.all([0, 1].map(row => rows().nth(row).locator('th, td').allInnerTexts()))
  expect(x!.filter((_, i) => i !== 5 && i !== 6)).toEqual(['x', '1%', '', '', '', '−7', '2', '1', '0'])
  expect(relu!.slice(3, 5)).toEqual(['2', '2'])
  expect(await page.locator('#channels-strip .dead').count()).toBe(2)
  expect(await page.locator('#channels-strip rect').count()).toBe(4)

  await page.getByRole('combobox', { name: 'channels along' }).selectOption({ label: 'axis 0: 8' })
  await said('8 channels of 12 values. No channel dies by relu.')
  await page.getByRole('combobox', { name: 'channels along' }).selectOption({ label: 'axis 2: 4' })
  await page.locator('#gallery label', { hasText: /^leakyRelu$/ }).click()
  await said('4 channels of 24 values. No channel dies by leakyRelu. Never open, but with a gradient: 1, 3.')
  await page.locator('#gallery label', { hasText: /^swiglu$/ }).click()
  await said('swiglu has two inputs, gate and up, and this is one tensor: choose the activation of its gate, silu.')
  await page.locator('#gallery label', { hasText: /^relu$/ }).click()
  await page.getByRole('checkbox', { name: 'compare all activations' }).check()
  await rows().nth(26).waitFor()
  expect(await rows().locator('th').allInnerTexts()).toContain('softShrink')
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [320, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 })
    await page.emulateMedia({ colorScheme })
    await fits()
    await page.locator('.sample').screenshot({ path: join(folder, `channels-${width}-${colorScheme}.png`) })
  }
}

test('the list is there for the file that has several tensors, and for none else', async () => {
  await open('?sizes=64&activations=relu')
  const isListed = () => page.locator('#tensors').isVisible()
  await choose('model.safetensors', tensorFile('model.safetensors'))
  await note('layers.0.sum')
  await list().selectOption({ label: 'layers.0.bias: float16, 3' })
  await note('layers.0.bias')
  expect(await isListed()).toBe(true)
  await page.locator('label', { hasText: 'Random normal' }).click()
  expect(await isListed()).toBe(false)
  await page.locator('label', { hasText: 'A .npy or .safetensors' }).click()
  await note('layers.0.bias')
  expect(await chosen()).toBe('layers.0.bias: float16, 3')

  // A file that is refused changes nothing.
  await choose('arrays.npz', tensorFile('arrays.npz'))
  await page.locator('#notices li', { hasText: 'arrays.npz is a zip of .npy files' }).waitFor()
  await list().selectOption({ label: 'layers.0.scale: float32, a scalar' })
  await note('layers.0.scale')
  expect(await notices()).toBe('')

  await choose('big-endian.npy', tensorFile('float64-big-endian.npy'))
  await note('big-endian.npy, float64, rounded to float32, 2 × 3: 6 values, 16.7% below zero.')
  expect(await isListed()).toBe(false)
  const one = { x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }
  await choose('one.safetensors', safetensors(one, float32Bytes([-1])))
  await note('one.safetensors, x, float32, 1: 1 value, 100% below zero.')
  expect(await isListed()).toBe(false)
})

/** Runs in the page: what is read of a file waits for `window.answer`, where there is one. */
function readLate(): void {
  const read = Reflect.get(Blob.prototype, 'arrayBuffer')
  Blob.prototype.arrayBuffer = async function () {
    if ('answer' in window) await (window.answer as Promise<void>)
    return read.call(this)
  }
}

test('a file that was changed on disk after it was listed: the page says so, and keeps what it has', async () => {
  await open('?sizes=64&activations=relu', { before: readLate })
  await choose('model.safetensors', tensorFile('model.safetensors'))
  await note('layers.0.sum')
  await page.evaluate(() => {
    const answer = Promise.reject(new DOMException('It could not be read.', 'NotReadableError'))
    answer.catch(() => undefined)
    Object.assign(window, { answer })
  })
  await list().selectOption({ label: 'layers.0.bias: float16, 3' })
  await page.locator('#notices li', { hasText: 'model.safetensors cannot be read: NotReadableError' }).waitFor()
  expect(await chosen()).toBe('layers.0.sum: float64, rounded to float32, 2')
  await note('layers.0.sum')
})

test('what was chosen last stays, though something else is read later', async () => {
  await open('?sizes=64&activations=relu', { before: readLate })
  await choose('model.safetensors', tensorFile('model.safetensors'))
  await note('layers.0.sum')
  await page.evaluate(() => {
    const answer = new Promise<void>(resolve => Object.assign(window, { release: resolve }))
    Object.assign(window, { answer })
  })
  await list().selectOption({ label: 'layers.0.bias: float16, 3' })
  await page.evaluate(() => Reflect.deleteProperty(window, 'answer'))
  await list().selectOption({ label: 'layers.0.scale: float32, a scalar' })
  await note('layers.0.scale')
  await page.evaluate(async () => {
    Reflect.get(window, 'release')()
    // Until whoever waits for it has read.
    await new Blob(['x']).arrayBuffer()
    await new Promise(resolve => setTimeout(resolve))
  })
  await note('layers.0.scale')
  expect(await chosen()).toBe('layers.0.scale: float32, a scalar')
})

test('the command line takes tensors by their names', () => {
  const inputOf = (path: string) => readOptions(['--input', path])?.state.input
  const path = new URL('tensor-files/', import.meta.url).pathname
  expect(inputOf(`${path}model.safetensors`)).toBe('npy')
  expect(inputOf(`${path}float64.npy`)).toBe('npy')
})
