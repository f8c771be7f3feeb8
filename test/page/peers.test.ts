import { expect, test } from 'vitest'
import { done, download, open, page, readTable, requests, withPage } from './opened.ts'

withPage()

const OTHERS = /onnxruntime|tensorflow|tfjs|jax|\/ort|\.wasm/

/** Puts a library of the test's own in the place of one. */
const pretend = (code: string) =>
  page.route('**/assets/ort-wasm-*.js', route => route.fulfill({ contentType: 'text/javascript', body: code }))

const choosePeer = () => page.locator('#peers label', { hasText: 'ONNX Runtime Web, WASM' }).click()
const rowsOfPeer = async () => (await readTable()).filter(({ library }) => library === 'ort-wasm')

test('other libraries are loaded when one is chosen and not before', async () => {
  await open('?sizes=16&activations=relu&directions=forward&processors=cpu')
  expect(await page.locator('#peers input:checked').count()).toBe(0)
  await page.click('#run')
  await done()
  expect(requests.length).toBeGreaterThan(5)
  expect(requests.filter(url => OTHERS.test(url))).toEqual([])
  expect((await download()).environment).not.toHaveProperty('peers')

  await choosePeer()
  expect(page.url()).toContain('&processors=cpu&peers=ort-wasm')
  await page.click('#run')
  await done()
  expect(requests.filter(url => OTHERS.test(url)).join()).toMatch(/ort-wasm.*\.wasm/)
  expect(requests.filter(url => /tensorflow|tfjs|jax|webgpu/.test(url) && OTHERS.test(url))).toEqual([])
  const [row] = await rowsOfPeer()
  expect(row).toMatchObject({ activation: 'relu', check: '✓ equal', residency: 'roundtrip' })
  expect(Number(row!['× ours'])).toBeGreaterThan(0)
  expect(await page.locator('#conclusion').innerText()).toMatch(/On the CPU ort-wasm took [\d.]+ times as long\.$/)
  expect((await download()).environment.peers).toEqual({ 'ort-wasm': expect.stringMatching(/^\d+\.\d+\.\d+$/) })
})

test('a library that cannot be loaded has a row that says so, and the others go on', async () => {
  await open('?sizes=16&activations=relu&directions=forward&processors=cpu&peers=ort-wasm')
  await pretend(`export const open = () => { throw new Error('out of order') }`)
  await page.click('#run')
  await done()
  const table = await readTable()
  expect(table.map(({ library, check }) => [library, check])).toEqual([
    ['copy', '✓ equal'],
    ['webgpu-activations', '✓ equal'],
    ['webgpu-activations', '✓ equal'],
    ['ort-wasm', '✗ out of order'],
    ['webgpu-activations', '✓ equal'],
  ])
})

test('a library that is inaccurate has a time, one that computes something else has none, and both say how far off', async () => {
  const library = (compute: string) => `
    export const open = async () => ({
      name: 'ort-wasm',
      version: '0',
      has: ({ direction }) => direction === 'forward',
      call: async (computation, { x }) => x.map(value => ${compute}),
      close: async () => {},
    })`
  await open('?sizes=16&activations=relu&processors=cpu&peers=ort-wasm')
  await pretend(library('value > 0 ? value * 1.0001 : 0'))
  await page.click('#run')
  await done()
  const inaccurate = await rowsOfPeer()
  expect(inaccurate).toMatchObject([
    { direction: 'forward', check: expect.stringMatching(/^off by up to [\d,]+ ULP$/) },
  ])
  expect(Number(inaccurate[0]!['median ms'])).toBeGreaterThan(0)

  await open('?sizes=16&activations=relu&processors=cpu&peers=ort-wasm')
  await pretend(library('value'))
  await page.click('#run')
  await done()
  const wrong = await rowsOfPeer()
  expect(wrong).toMatchObject([{ check: expect.stringMatching(/^✗ \d+ of 16 elements are wrong/), 'median ms': '' }])
  expect(wrong[0]!['× ours']).toBe('')
})
