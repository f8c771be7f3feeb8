import { expect, test } from 'vitest'
import { done, download, notices, open, openChoices, page, progress, readTable, withPage } from './opened.ts'

withPage()

test('without WebGPU everything runs on the CPU, and the page says so', async () => {
  await open('?sizes=256&activations=relu&directions=forward&run=1', {
    before: () => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }),
  })
  await done()
  expect(await notices()).toMatch(
    /^No WebGPU here: this browser has no WebGPU\. Everything runs on the CPU\. Current versions of Chrome, Edge and Safari/,
  )
  // The copy, and three ways of ours.
  expect((await readTable()).map(({ processor, check }) => [processor, check])).toEqual(
    Array.from({ length: 4 }, () => ['CPU', '✓ equal']),
  )
  expect((await download()).environment.adapter).toBeNull()
  await openChoices()
  expect(await page.locator('input[value=webgpu]').isDisabled()).toBe(true)
  expect(await page.locator('#webgpu-note').innerText()).toMatch(/^Not here: this browser has no WebGPU\. .*Chrome/)
  // Elsewhere the same address has WebGPU.
  await page.locator('label', { hasText: /^backward$/ }).click()
  expect(page.url()).not.toContain('processors')
  expect(await page.locator('#estimate').innerText()).toMatch(/^7 rows, about \d+ s$/)
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
  expect(failed[0]!['check']).toMatch(/^✗ 64 of 64 elements are wrong, by up to \d+ ULP: at 0, expected /)
  expect(failed[1]!['check']).toMatch(/^✗ Self-test of relu\(\) forward: \d+ of 1203 elements /)
  for (const row of failed) expect([row['median ms'], row['GB/s']]).toEqual(['', ''])
  expect(await page.locator('#table tr.failed').count()).toBe(2)
  expect(await page.locator('#summary').innerText()).toContain('2 of 14 rows failed')
  const { rows } = await download()
  const wrong = rows.filter(row => !row.crossCheck.passed)
  expect(wrong).toHaveLength(2)
  for (const row of wrong) expect(row).not.toHaveProperty('medianMs')
})

test('a CPU that computes nonsense is red too: the reference shares no code with its kernels', async () => {
  await open('?sizes=64&activations=relu&directions=forward&processors=cpu&run=1', {
    before: () => {
      const { Instance } = WebAssembly
      WebAssembly.Instance = new Proxy(Instance, {
        construct(_, given: ConstructorParameters<typeof Instance>) {
          const exports = { ...new Instance(...given).exports }
          for (const name of Object.keys(exports)) if (name.startsWith('relu')) exports[name] = () => 0
          return { exports }
        },
      })
    },
  })
  await done()
  const [copy, ...ours] = (await readTable()).map(({ check }) => check)
  expect(copy).toBe('✓ equal')
  expect(ours).toHaveLength(3)
  for (const check of ours) expect(check).toMatch(/^✗ \d+ of 64 elements are wrong, by up to \d+ ULP: at /)
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
  expect(table.map(({ processor }) => processor).join()).toBe('WebGPU,WebGPU,WebGPU,WebGPU,CPU,CPU,CPU,CPU')
  expect(table[3]?.['check']).toContain('✗ the GPU device was lost')
  expect(table[5]?.['check']).toBe('✓ equal')
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
    ...Array.from({ length: 4 }, () => ['WebGPU', '✗ there is no GPU device (busy)']),
    ...Array.from({ length: 4 }, () => ['CPU', '✓ equal']),
  ])
  const passed = (await download()).rows.map(row => row.crossCheck.passed)
  expect(passed).toEqual([false, false, false, false, true, true, true, true])
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
  await openChoices()
  await page.locator('label', { hasText: /^WebGPU$/ }).click()
  // Both at once: on a busy machine the page would have given up before a second click.
  await page.evaluate(() => {
    for (const id of ['run', 'stop']) document.getElementById(id)!.click()
  })
  await progress(/^Stopped\.$/)
  expect(await readTable()).toHaveLength(4)

  await page.click('#run')
  // On a busy machine the ten seconds are over by now.
  await progress(/^(Waiting for the GPU adapter …|Done.*)$/)
  await done()
  expect(await notices()).toContain(
    'No WebGPU here: no adapter answered within 10 seconds. Everything runs on the CPU.',
  )
  expect((await readTable()).map(({ processor }) => processor)).toEqual(['CPU', 'CPU', 'CPU', 'CPU'])

  await page.dispatchEvent('body', 'answer')
  await page.locator('#environment', { hasText: 'swiftshader' }).waitFor()
  expect(await notices()).toBe('')
})
