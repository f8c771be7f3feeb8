import { join } from 'node:path'
import { expect, test } from 'vitest'
import { float32Bytes, npy } from './files.ts'
import { choose, done, download, fits, folder, open, page, progress, readTable, withPage } from './opened.ts'

withPage()

test('?run=1 with a file says that it waits for it, and runs once it is there', async () => {
  await open('?input=npy&sizes=16&activations=relu&directions=forward&processors=cpu&run=1')
  await progress('Waiting for a .npy or .safetensors file: the run starts when one is chosen or dropped.')
  await page.locator('label', { hasText: 'A picture' }).click()
  await progress('Waiting for a picture: the run starts when one is chosen or dropped.')
  await choose('a.npy', npy(float32Bytes([1, -2]), '(2,)'))
  await done()
  expect(await readTable()).toHaveLength(4)
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
  expect(page.url()).toContain('sizes=2048')
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
    ['runs', '', 'whole number from 9 to 999 is needed.'],
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
  expect(await page.locator('#about-table').innerText()).toContain('Medians of 10 timed runs on the CPU alone.')

  await field('runs').fill('3')
  await page.locator('label', { hasText: /^backward$/ }).click()
  await page.click('nav a[data-room=shapes]')
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
    await fits()
    const spare = await page.evaluate(label => {
      const box = (selector: string) => document.querySelector(selector)!.getBoundingClientRect()
      const plot = document.querySelector('#plot')!
      const context = document.createElement('canvas').getContext('2d')!
      context.font = `12px ${getComputedStyle(plot).fontFamily}`
      const scroller = document.querySelector('#scroller')!
      scroller.scrollLeft = scroller.scrollWidth
      const text = document.createRange()
      text.selectNodeContents(document.querySelector('#table tbody tr:last-child td:last-child')!)
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
  expect(await page.locator('#method').textContent()).toContain('This library’s cross-checks are off.')
})
