import { join } from 'node:path'
import type { Locator } from 'playwright'
import { expect, test } from 'vitest'
import { fits, folder, notices, open, page } from './opened.ts'

const progress = (text: string | RegExp) => page.locator('#lab-progress', { hasText: text }).waitFor()
const address = () => new URL(page.url()).search
const csv = (name: string, text: string) =>
  page.setInputFiles('#lab-file', { name, mimeType: 'text/csv', buffer: Buffer.from(text) })

/** Reaches an element by the Tab key alone. */
async function tabTo(target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate(element => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The Tab key does not reach ${target}.`)
}

test('a story from its preset to its verdict, and the address on the way', async () => {
  await open('?room=lab&story=attic&width=8&steps=30&seeds=3')
  await page.locator('.lab:not(.waiting)').waitFor()
  expect(await notices()).toMatch(/^The address has story=attic: there is dying, revive, .* Ignored\.$/)
  expect(await page.locator('.stories [aria-current]').innerText()).toBe(
    'A unit dies learning rate 2'.replace(' l', '\nl'),
  )
  expect(await page.locator('#lab-changes').innerText()).toBe(
    'No longer the preset: width 8, steps 30. Back to the preset',
  )
  await page.click('#lab-changes a')
  expect(address()).toBe('?room=lab&seeds=3')
  expect(await page.locator('input[name=width]').inputValue()).toBe('16')

  await page.click('text=Not centred')
  expect(address()).toBe('?room=lab&story=centre&seeds=3')
  await page.click('text=More choices')
  await page.fill('input[name=steps]', '40')
  await page.locator('input[name=steps]').dispatchEvent('change')
  expect(address()).toBe('?room=lab&story=centre&steps=40&seeds=3')
  await progress('step 0 of 40')
  await page.click('#lab-step')
  await progress('step 1 of 40')
  await page.locator('#lab-run', { hasText: 'Go on' }).waitFor()
  await page.click('#lab-run')
  await progress('step 40 of 40 · seed 1 · done')
  expect(address()).toBe('?room=lab&story=centre&steps=40&seeds=3&run=1')
  const legend = await page.locator('#lab-legend tbody tr').allInnerTexts()
  expect(legend.map(line => line.trim().split(/\s/)[0])).toEqual(['relu', 'tanh', 'elu'])
  expect(await page.locator('.plot canvas').count()).toBe(2)
  expect(await page.locator('[data-figure=units] canvas').first().getAttribute('aria-label')).toMatch(
    /^Units of relu: \d+ of 96 shut/,
  )
  expect(await page.locator('[data-figure=gradients] tbody tr').count()).toBe(5)
  await page.click('text=All points')
  await page.locator('.latest details table tbody tr').nth(10).waitFor()
  await page.click('text=All points')
  expect(await page.locator('#lab-processor').innerText()).toMatch(/^This library computes .* on the CPU\./)

  await page.click('#lab-judge')
  const first = page.locator('.claim.first')
  await first.locator('h2', { hasText: 'Holds here' }).waitFor()
  await page.locator('#lab-judged', { hasText: '9 of 9 runs of 3 claims' }).waitFor()
  expect(await first.locator('.squares .passed').count()).toBe(3)
  expect(await first.innerText()).toMatch(
    /3 of 3 seeds pass\.[^]*relu: 0\.\d+ \[0\.\d+ 0\.\d+\][^]*Needed in each seed: /,
  )
  expect(await page.locator('[data-claim=one-sign-batch] h3').innerText()).toMatch(/^Does not hold here; /)
  expect(await page.locator('.verdicts').innerText()).not.toMatch(/prove/i)

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.click('#lab-markdown')
  await page.locator('#lab-copied', { hasText: 'Copied.' }).waitFor()
  const markdown = await page.evaluate(() => navigator.clipboard.readText())
  expect(markdown).toMatch(/software adapter\n- differs from the preset: steps 40\n- step 40 of 40, seed 1\n/)
  expect(markdown).toContain('- seeds: 3 of 3 pass\n')

  for (const [device, width, height] of [
    ['desktop', 1280, 800],
    ['phone', 390, 844],
    ['narrow', 320, 700],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await fits()
      await page.screenshot({ path: join(folder, `lab-${device}-${colorScheme}.png`), fullPage: true })
    }
  }

  await page.click('text=Try it')
  expect(address()).toBe('?room=lab&story=centre&rate=0.1&batch=32&seeds=3')
  await progress('step 0 of 300')
  await page.goBack()
  expect(address()).toBe('?room=lab&story=centre&steps=40&seeds=3&run=1')
  expect(await page.locator('input[name=batch]').inputValue()).toBe('1')
  await progress('step 40 of 40 · seed 1 · done')
})

test('by keyboard alone on a phone: a network that diverges, own data, another room and back', async () => {
  await open('?room=lab&story=free&depth=1&steps=2000')
  await page.setViewportSize({ width: 390, height: 844 })
  await progress('step 0 of 2,000')
  const run = page.locator('#lab-run')
  await tabTo(run)
  await page.keyboard.press('Enter')
  await page.locator('#lab-run', { hasText: 'Pause' }).waitFor()
  await tabTo(page.locator('nav a[data-room=shapes]'))
  await page.keyboard.press('Enter')
  await page.locator('#drawing[aria-busy=false]').waitFor({ state: 'attached' })
  await tabTo(page.locator('nav a[data-room=lab]'))
  await page.keyboard.press('Enter')
  await page.locator('#lab-run', { hasText: /Go on|Run/ }).waitFor()
  expect(address()).toBe('?room=lab&story=free&depth=1&steps=2000&run=1')

  await tabTo(page.locator('.stories a', { hasText: 'Gradients explode' }))
  await page.keyboard.press('Enter')
  expect(address()).toBe('?room=lab&story=exploding')
  expect(await page.locator('.stories a:focus').innerText()).toMatch(/^Gradients explode/)
  await tabTo(page.locator('[aria-label="activation 3"]'))
  await page.keyboard.press('Home')
  expect(address()).toBe('?room=lab&story=exploding&activations=relu,leakyRelu')
  await tabTo(run)
  await page.keyboard.press('Enter')
  await progress(/^step \d of 300 · seed 1 · every network diverged, the run ended$/)
  expect(await page.locator('.diverged').allInnerTexts()).toEqual([
    expect.stringMatching(/^diverged at step \d$/),
    expect.stringMatching(/^diverged at step \d$/),
  ])
  expect(await run.innerText()).toBe('Run')

  await csv('one.csv', 'x,y,class\n1,2,a\n3,4,a\n')
  await page.locator('#notices li', { hasText: 'one.csv has one class, "a"' }).waitFor()
  expect(await page.locator('select[name=data]').inputValue()).toBe('circles')
  await csv('mine.csv', 'x,y,class\n1,2,a\n3,4,b\n2,1,a\n4,4,b\n')
  await page
    .locator('#lab-own', { hasText: 'mine.csv: 4 rows, 2 features, 2 classes. It stays on this machine' })
    .waitFor()
  expect(await notices()).toBe('')
  expect(await page.locator('select[name=data]').inputValue()).toBe('own')
  expect(address()).toBe('?room=lab&story=exploding&activations=relu,leakyRelu')

  await tabTo(page.locator('input[name=rate]'))
  await page.keyboard.type('-')
  await tabTo(run)
  await page.keyboard.press('Enter')
  await page.locator('#lab-problem', { hasText: 'rate: a number from 0 to 100 is needed.' }).waitFor()
  expect(await page.locator('input[name=rate]:focus').count()).toBe(1)
  await page.keyboard.press('Control+A')
  await page.keyboard.type('0.001')
  await tabTo(page.locator('select[name=data]'))
  await page.keyboard.press('Home')
  expect(address()).toBe('?room=lab&story=exploding&activations=relu,leakyRelu&rate=0.001')
  await page.locator('#lab-own').waitFor({ state: 'hidden' })
})
