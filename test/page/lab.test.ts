import { join } from 'node:path'
import type { Locator } from 'playwright'
import { expect, test } from 'vitest'
import { STORIES } from '../../demo/lab/stories.ts'
import { fits, folder, notices, open, page, withPage } from './opened.ts'

withPage()

const progress = (text: string | RegExp) => page.locator('#lab-progress', { hasText: text }).waitFor()
const address = () => new URL(page.url()).search
const csv = (name: string, text: string) =>
  page.setInputFiles('#lab-file', { name, mimeType: 'text/csv', buffer: Buffer.from(text) })

/** Reaches an element by the Tab key alone, in at most 150 presses: three times round the room. */
async function tabTo(target: Locator): Promise<void> {
  await page.evaluate(() => {
    const kept = window as unknown as { goal?: Element | null }
    if (kept.goal !== undefined) return
    // Presses are sent ten at a time, which paints less: those behind the goal go nowhere.
    const stop = (event: KeyboardEvent) => {
      if (event.key === 'Tab' && !event.shiftKey && document.activeElement === kept.goal) event.preventDefault()
    }
    document.addEventListener('keydown', stop, true)
  })
  for (let presses = 0; presses < 150; presses += 10) {
    // The room may draw its links again meanwhile, so that the goal is another element.
    await target.evaluate(element => Object.assign(window, { goal: element }))
    await Promise.all(Array.from({ length: 10 }, () => page.keyboard.press('Tab')))
    if (await hasFocus(target)) return
  }
  throw new Error(`The Tab key does not reach ${target}.`)
}

const hasFocus = (target: Locator) => target.evaluate(element => element === document.activeElement)

test('a story from its preset to its verdict, and the address on the way', async () => {
  await open('?room=lab&story=attic&width=8&steps=30&seeds=3')
  expect(await notices()).toMatch(/^The address has story=attic: there is dying, revive, .* Ignored\.$/)
  expect(await page.locator('.stories [aria-current]').innerText()).toBe(
    'A unit dies learning rate 2'.replace(' l', '\nl'),
  )
  expect(await page.locator('#lab-changes').innerText()).toBe(
    'No longer the preset: width 8, steps 30. Back to the preset',
  )
  await page.click('#lab-changes a')
  await expect.poll(address).toBe('?room=lab&seeds=3')
  expect(await page.locator('input[name=width]').inputValue()).toBe('16')

  await page.click('text=Not centred')
  await expect.poll(address).toBe('?room=lab&story=centre&seeds=3')
  await page.click('text=More choices')
  await page.fill('input[name=steps]', '40')
  await page.locator('input[name=steps]').dispatchEvent('change')
  await expect.poll(address).toBe('?room=lab&story=centre&steps=40&seeds=3')
  await progress('step 0 of 40')
  await page.click('#lab-step')
  await progress('step 1 of 40')
  await page.locator('#lab-run', { hasText: 'Go on' }).waitFor()
  await page.click('#lab-run')
  await progress('step 40 of 40 · seed 1 · done')
  await expect.poll(address).toBe('?room=lab&story=centre&steps=40&seeds=3&run=1')
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
  await expect.poll(address).toBe('?room=lab&story=centre&rate=0.1&batch=32&seeds=3')
  await progress('step 0 of 300')
  await page.goBack()
  await expect.poll(address).toBe('?room=lab&story=centre&steps=40&seeds=3&run=1')
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
  await expect.poll(address).toBe('?room=lab&story=free&depth=1&steps=2000&run=1')

  await tabTo(page.locator('.stories a', { hasText: 'Gradients explode' }))
  await page.keyboard.press('Enter')
  await expect.poll(address).toBe('?room=lab&story=exploding')
  expect(await page.locator('.stories a:focus').innerText()).toMatch(/^Gradients explode/)
  await tabTo(page.locator('[aria-label="activation 3"]'))
  await page.keyboard.press('Home')
  await expect.poll(address).toBe('?room=lab&story=exploding&activations=relu,leakyRelu')
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
  await expect.poll(address).toBe('?room=lab&story=exploding&activations=relu,leakyRelu')

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
  await expect.poll(address).toBe('?room=lab&story=exploding&activations=relu,leakyRelu&rate=0.001')
  await page.locator('#lab-own').waitFor({ state: 'hidden' })
})

/** What the Tab key has reached. @returns null where it was reached before */
const inspectStop = () =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement
    if (element.dataset['stop'] !== undefined) return null
    element.dataset['stop'] = 'seen'
    const name = element.id || element.getAttribute('name') || element.ariaLabel || element.textContent
    // Between the last one and the first.
    if (element === document.body) return { name, place: '', isOutOfSight: false, isMarked: true }
    const seen = element.closest<HTMLElement>('.button') ?? element
    const { left, right, top, bottom } = seen.getBoundingClientRect()
    const isOutOfSight = left < 0 || top < 0 || right > innerWidth || bottom > innerHeight
    const place = `${[left, top, right, bottom].map(Math.round)} of ${innerWidth},${innerHeight}`
    const { outlineStyle, outlineWidth } = getComputedStyle(seen)
    return { name, place, isOutOfSight, isMarked: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 }
  })

/** Goes through the page by the Tab key, once: gives the number of its stops, and what is wrong. */
async function goRound(): Promise<{ stops: number; faults: string[] }> {
  const faults: string[] = []
  await page.evaluate(() => Object.assign(window, { goal: null }))
  for (let stops = 0; stops < 100; stops++) {
    await page.keyboard.press('Tab')
    let found = await inspectStop()
    // Charts above it that are drawn only now move it: pressed again once they are there, the key scrolls to where it is then.
    for (let tries = 0; tries < 20 && found?.isOutOfSight; tries++) {
      await page.evaluate(() => new Promise(resolve => requestIdleCallback(resolve)))
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.press('Tab')
      await page.evaluate(() => delete (document.activeElement as HTMLElement).dataset['stop'])
      found = await inspectStop()
    }
    if (found === null) {
      const missed = await page.evaluate(() => {
        const all = document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [tabindex="0"]')
        const left = [...all].filter(one => one.checkVisibility() && !one.matches('[data-stop], :disabled'))
        for (const one of [document.body, ...all]) delete one.dataset['stop']
        return left.map(one => `${one.id || one.textContent} is not reached`)
      })
      return { stops, faults: [...faults, ...missed] }
    }
    if (found.isOutOfSight) faults.push(`${found.name} is out of sight: ${found.place}`)
    if (!found.isMarked) faults.push(`${found.name} has no outline`)
  }
  throw new Error('The Tab key does not come round.')
}

const FREE_PLAY = { id: 'free', title: 'Free play', sentence: 'Free play' }

test('every story by keyboard alone on a desktop, and some on a phone', async () => {
  // So many take long enough to be stopped.
  await open('?room=lab')
  const [run, judge] = [page.locator('#lab-run'), page.locator('#lab-judge')]
  const current = page.locator('.stories [aria-current]')
  const counter = page.locator('.counter a')
  const expectFocus = async (target: Locator): Promise<void> => {
    await expect.poll(() => hasFocus(target)).toBe(true)
  }
  const press = async (target: Locator): Promise<void> => {
    await tabTo(target)
    await page.keyboard.press('Enter')
  }
  // Stories differ in what they say and choose, and not in what a phone lays out.
  for (const [width, height, stories] of [
    [1280, 800, [FREE_PLAY, ...STORIES]],
    [390, 844, [FREE_PLAY, STORIES.at(0)!, STORIES.at(-1)!]],
  ] as const) {
    await page.setViewportSize({ width, height })
    for (const { id, title, sentence } of stories) {
      await press(page.locator('.stories a', { hasText: title }))
      await expect.poll(address).toBe(`?room=lab${id === 'dying' ? '' : `&story=${id}`}`)
      await expect.poll(() => page.locator('#lab-sentence').innerText()).toBe(sentence)
      await expectFocus(current)
      await progress(/^step 0 of/)

      await press(page.locator('#lab-step'))
      await progress(/^step 1 of/)
      await page.keyboard.press('Shift+Tab')
      await expectFocus(run)
      // It runs, and pauses.
      await page.keyboard.press('Enter')
      await page.keyboard.press('Space')
      await progress(/^step ([2-9]|\d\d)/)
      await page.locator('#lab-run', { hasText: /^(Go on|Run)$/ }).waitFor()
      await expectFocus(run)
      await press(page.locator('#lab-reset'))
      await progress(/^step 0 of/)
      if (id === 'free') {
        expect(await judge.isVisible()).toBe(false)
        continue
      }
      await press(judge)
      await page.locator('#lab-judge', { hasText: 'Stop' }).waitFor()
      await page.keyboard.press('Enter')
      await page.locator('#lab-judge', { hasText: '20 seeds' }).waitFor()
      await expectFocus(judge)

      const preset = address()
      await press(counter)
      await expect.poll(() => counter.innerText()).toBe('Back to the preset')
      await expect.poll(address).not.toBe(preset)
      await expectFocus(counter)
      await page.keyboard.press('Enter')
      await expect.poll(() => counter.innerText()).toBe('Try it')
      await expectFocus(counter)
    }
    await progress(/^step 0 of/)
    const { stops, faults } = await goRound()
    expect(faults).toEqual([])
    expect(stops).toBeLessThan(50)
  }
})
