import { join } from 'node:path'
import { expect, test } from 'vitest'
import { violations } from './axe.ts'
import { fits, folder, open, page, requests, withPage } from './opened.ts'

withPage()

// The story of the lab that TensorFlow.js trains.

const progress = (text: string | RegExp) => page.locator('#comparison-progress', { hasText: text }).waitFor()
const button = (name: string) => page.locator('#lab-comparison button', { hasText: name })
const loadedTensorFlow = () => requests.some(request => request.includes('comparison-worker'))

/** The table of latest values: a row of both networks by its name. */
async function latest(): Promise<Record<string, [string, string]>> {
  const rows = await page.locator('#comparison-latest tbody tr').all()
  const cells = await Promise.all(rows.map(row => row.locator('th, td').allInnerTexts()))
  return Object.fromEntries(cells.map(([name, ...values]) => [name!, values as [string, string]]))
}

test('two networks train under TensorFlow.js, with the same losses and fewer dispatches with this library', async () => {
  await open('?room=lab')
  expect(loadedTensorFlow()).toBe(false)
  const link = page.locator('.stories a', { hasText: 'TensorFlow.js' })
  await link.focus()
  await page.keyboard.press('Enter')
  expect(new URL(page.url()).search).toBe('?room=lab&story=tensorflow')
  await progress(/^step 0 of 100 · seed 1 · TensorFlow\.js 4\.\d+\.\d+$/)
  expect(loadedTensorFlow()).toBe(true)
  expect(await page.locator('#lab-form, .verdicts, #lab-run').filter({ visible: true }).count()).toBe(0)

  await button('Step').focus()
  await page.keyboard.press('Enter')
  await progress('step 1 of 100')
  await button('Go on').focus()
  await page.keyboard.press('Enter')
  await progress(/^step [4-9] of 100/)
  expect(await button('Pause').evaluate(element => element === document.activeElement)).toBe(true)
  await page.keyboard.press('Enter')
  await button('Go on').waitFor()

  const { loss, dispatches, ...others } = await latest()
  expect(Number(loss![0])).toBeGreaterThan(0)
  expect(loss![1]).toBe(loss![0])
  expect(Number(dispatches![1])).toBeLessThan(Number(dispatches![0]))
  // relu, three times in each direction.
  expect(others["of them this library's"]).toEqual(['0', '6'])
  await page.click('#lab-comparison summary')
  const losses = page.locator('#lab-comparison details tbody tr')
  // It is drawn once it is open.
  await losses.nth(3).waitFor()
  expect(new Set(await losses.locator('td:last-child').allInnerTexts())).toEqual(new Set(['0']))
  await page.click('#lab-comparison summary')
  expect(await page.locator('#comparison-verdict').innerText()).toMatch(/^The same loss in each of \d+ steps, bit for/)
  expect(await page.locator('#comparison-findings').innerText()).toMatch(
    /^\d+ dispatches a step in place of \d+; 6 of them are this library's\. \d+ % less GPU memory/,
  )

  expect(await violations()).toEqual([])
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
    [320, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    await fits()
    if (colorScheme === 'dark') expect(await violations(['color-contrast'])).toEqual([])
    await page.screenshot({ path: join(folder, `comparison-${width}-${colorScheme}.png`), fullPage: true })
  }

  await page.selectOption('#comparison-activation', 'selu')
  expect(new URL(page.url()).search).toBe('?room=lab&story=tensorflow&activations=selu')
  await progress('step 0 of 100')
  expect(await page.locator('#comparison-verdict').innerText()).toBe('No step yet')
  await page.goBack()
  await page.locator('#lab-form').waitFor()
  expect(await page.locator('#lab-comparison').isVisible()).toBe(false)
})

test('without WebGPU there is nothing to compare, and the story says so', async () => {
  await open('?room=lab&story=tensorflow', {
    before: () => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined }),
  })
  await page
    .locator('#comparison-problem', {
      hasText:
        /^No WebGPU here: this browser has no WebGPU\. This library works .* nothing to compare\. Current versions/,
    })
    .waitFor()
  expect(await button('Run').isDisabled()).toBe(true)
  expect(loadedTensorFlow()).toBe(false)
})
