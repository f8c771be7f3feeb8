import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readOptions } from '../throughput/options.ts'
import { float32Bytes, safetensors, tensorFile } from './files.ts'
import { choose, done, folder, notices, open, page, readTable } from './opened.ts'

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
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(overflow).toBeLessThanOrEqual(0)
      await page.locator('#choices').screenshot({ path: join(folder, `tensors-${device}-${colorScheme}.png`) })
    }
  }
})

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
