import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ACTIVATIONS } from '../../demo/state/choices.ts'
import { done, download, drawn, fits, folder, notices, open, page, progress, readTable, withPage } from './opened.ts'

withPage()

const pathsOf = async (kind: string) => {
  await drawn()
  return page.locator(`#drawing .curve.${kind} path`).evaluateAll(paths => paths.map(path => path.getAttribute('d')!))
}
const slider = (name: string) => page.locator(`input[type=range][aria-label="${name}, slider"]`)
const choosePlot = async (name: string) => {
  await page.locator('#gallery label', { hasText: new RegExp(`^${name}$`) }).click()
  await drawn()
}

test('every activation is offered, and drawn with its derivative, its formula and its parameters', async () => {
  await open('?plot=tanh')
  const names = ACTIVATIONS.map(({ name }) => name)
  expect(await page.locator('#gallery label').allInnerTexts()).toEqual(names)
  const seen = new Set<string>()
  for (const { name, parameters = {} } of ACTIVATIONS) {
    await choosePlot(name)
    expect(await page.locator('#formula').innerText()).toMatch(new RegExp(`^${name}\\((x|gate, up)\\) = `))
    expect(await page.locator('#drawing svg[role=img] > title').textContent()).toBe(`${name} and its derivative`)
    const [value, derivative] = [await pathsOf('value'), await pathsOf('derivative')]
    expect(`${value.join('')}${derivative.join('')}`).not.toMatch(/NaN|Infinity/)
    seen.add(`${value.join('')} ${derivative.join('')}`)
    const controls = page.locator('#parameters .parameter')
    expect(await controls.count()).toBe(Object.keys(parameters).length)
    for (const text of Object.keys(parameters)) expect(await controls.filter({ hasText: text }).count()).toBe(1)
  }
  await page.waitForURL(/\?room=shapes&plot=kneeSwish$/)
  // celu is elu at alpha = 1, swish is silu at beta = 1, and the four gated pairs are what their gates go through.
  expect(seen.size).toBe(names.length - 6)
})

test('the keyboard goes through the activations: the address follows, and the history has one step a room', async () => {
  await open('?plot=prelu')
  await page.click('nav a[data-room=shapes]')
  await page.focus('#gallery input:checked')
  for (const name of ['relu6', 'squaredRelu', 'threshold']) {
    await page.keyboard.press('ArrowRight')
    expect(await page.locator('#formula').innerText()).toMatch(new RegExp(`^${name}`))
  }
  await page.waitForURL(/\?room=shapes&plot=threshold$/)
  await page.click('nav a[data-room=lab]')
  expect(await page.locator('.room:visible').getAttribute('class')).toBe('room lab')
  await page.goBack()
  expect(await page.locator('#formula').innerText()).toMatch(/^threshold\(/)
  expect(await page.getAttribute('nav a[data-room=shapes]', 'aria-current')).toBe('page')
  await page.goBack()
  expect(await page.locator('#formula').innerText()).toMatch(/^prelu\(/)
})

test('a slider moves the curve at once, its number with it, and the address when it rests', async () => {
  await open('?plot=leakyRelu')
  const before = await pathsOf('value')
  await slider('alpha').focus()
  // In one go: moves that are further apart, as keys from here may be on a loaded machine, are steps of their own.
  await slider('alpha').evaluate(input => {
    for (let i = 0; i < 20; i++) {
      ;(input as HTMLInputElement).stepUp()
      input.dispatchEvent(new Event('input', { bubbles: true }))
    }
  })
  expect(await page.inputValue('input[name=alpha]')).toBe('0.21')
  const after = await pathsOf('value')
  expect(after).not.toEqual(before)
  await page.waitForURL(/&leakyRelu\.alpha=0\.21$/)

  await page.fill('input[name=alpha]', '0.5')
  expect(await slider('alpha').inputValue()).toBe('0.5')
  await page.keyboard.press('Tab')
  expect(page.url()).toMatch(/&leakyRelu\.alpha=0\.5$/)
  await page.click('nav a[data-room=throughput]')
  expect(await page.locator('#measured-parameters').textContent()).toBe('leakyRelu.alpha = 0.5')
})

test('a jump is a break: no piece of a curve is steep, and each end is marked', async () => {
  await open('?plot=step')
  const expected: [string, number, number, number][] = [
    ['step', 2, 1, 2],
    ['hardShrink', 3, 3, 8],
    ['threshold', 2, 2, 4],
    ['relu', 1, 2, 2],
    ['sigmoid', 1, 1, 0],
  ]
  for (const [name, values, derivatives, ends] of expected) {
    await choosePlot(name)
    const pieces = [await pathsOf('value'), await pathsOf('derivative')]
    expect([name, ...pieces.map(paths => paths.length)]).toEqual([name, values, derivatives])
    expect(await page.locator('#drawing .curve circle').count()).toBe(ends)
    for (const piece of pieces.flat()) {
      const points = piece
        .split(/[ML]/)
        .slice(1)
        .map(point => point.split(' ').map(Number))
      for (const [i, [, y]] of points.entries()) expect(Math.abs(y! - (points[i - 1]?.[1] ?? y!))).toBeLessThan(12)
    }
  }
})

test('where the gradient dies is shaded and told, and the share moves with the input', async () => {
  await open('')
  const shaded = () =>
    page.evaluate(() => {
      const widths = (selector: string) =>
        [...document.querySelectorAll(selector)].map(one => one.getBoundingClientRect().width)
      const whole = Math.max(...widths('#drawing .zero'))
      return widths('#drawing .shade rect').map(width => width / whole)
    })
  const told = () => page.locator('#gradient').innerText()
  expect(await told()).toContain('No gradient where x ≤ 0: 50% of a standard normal input.')
  expect(await page.locator('#drawing svg desc').textContent()).toBe(await told())
  expect(await shaded()).toEqual([expect.closeTo(0.5)])
  await page.fill('input[name=mean]', '-3')
  await page.keyboard.press('Tab')
  expect(await told()).toContain('99.9% of a normal input of mean −3.')
  expect(page.url()).toMatch(/\?room=shapes&mean=-3$/)
  await choosePlot('step')
  expect(await shaded()).toEqual([expect.closeTo(1)])
  await choosePlot('leakyRelu')
  expect(await shaded()).toEqual([])
  expect(await page.locator('#key-none').isVisible()).toBe(false)
})

test('the values at x: by pointer, by keyboard, and at the end of the axis', async () => {
  await open('?plot=relu')
  const values = async () => [await page.locator('#value').innerText(), await page.locator('#derivative').innerText()]
  expect(await values()).toEqual(['relu(−2.00) = 0.000', 'derivative 0.000'])
  await page.focus('#probe')
  await page.keyboard.press('End')
  expect(await values()).toEqual(['relu(6.00) = 6.000', 'derivative 1.000'])
  expect(await page.getAttribute('#probe', 'aria-valuetext')).toBe('relu(6.00) = 6.000, derivative 1.000')
  const zero = (await page.locator('#drawing .zero').first().boundingBox())!
  await page.mouse.move(zero.x + zero.width / 2, zero.y + 40)
  expect(await values()).toEqual(['relu(0.00) = 0.000', 'derivative 0.000'])
  const thumb = await page.evaluate(() => {
    const probe = document.querySelector<HTMLInputElement>('#probe')!
    return probe.getBoundingClientRect().left + probe.getBoundingClientRect().width / 2
  })
  expect(thumb).toBeCloseTo(zero.x + zero.width / 2, 0)
})

test('parameters that do not go together are told, and nothing runs with them', async () => {
  await open('?plot=hardTanh&minValue=2&activations=hardTanh&sizes=16&directions=forward&processors=cpu')
  const problem = "hardTanh's minValue is 2 and its maxValue 1. Give a minValue that is not above maxValue."
  await page.click('#run')
  await progress(problem)
  await page.click('nav a[data-room=shapes]')
  expect(await page.locator('#plot-problem').innerText()).toBe(problem)
  await page.fill('input[name=maxValue]', '3')
  expect(await page.locator('#plot-problem').innerText()).toBe('')
  await page.keyboard.press('Enter')
  await page.click('nav a[data-room=throughput]')
  await page.click('#run')
  await done()
  expect((await readTable())[1]).toMatchObject({ activation: 'hardTanh', check: '✓ equal' })
})

test('a smooth activation is measured within its bounds, with its parameters', async () => {
  await open('?activations=softplus,gelu,kneeSwish&softplus.beta=2.5&approximate=tanh&knee=0.7&sizes=4096&run=1')
  expect(await notices()).toBe('')
  await done()
  const { rows, environment } = await download()
  expect(rows).toHaveLength(34)
  expect(environment.cpu?.inJavaScript).toEqual(['kneeSwish forward', 'kneeSwish backward'])
  for (const { activation, direction, crossCheck, error } of rows) {
    expect({ activation, direction, error, passed: crossCheck.passed }).toMatchObject({ passed: true })
    expect(crossCheck.maxUlp).toBeLessThanOrEqual(direction === 'forward' ? 4 : 8)
  }
  for (const row of await readTable()) expect(row['check']).toMatch(/^✓ (equal|within [1-8] ULP)$/)
})

test('gated pairs are drawn over their gate, and measured with both of their gradients', async () => {
  await open('?plot=swiglu&activations=prelu,geglu&geglu.approximate=tanh&sizes=1001&run=1')
  await done()
  const { rows } = await download()
  expect(rows.filter(({ error, skipped }) => error !== undefined || skipped !== undefined)).toEqual([])
  expect(rows).toHaveLength(24)
  for (const { activation, direction, elements, bytesPerElement, crossCheck } of rows) {
    const isPair = activation.endsWith('glu')
    if (direction === 'backward') expect(bytesPerElement).toBe(isPair ? 20 : 12)
    else expect(bytesPerElement).toBe(isPair ? 12 : 8)
    expect(crossCheck.elements).toBe(isPair && direction === 'backward' ? 2 * elements : elements)
  }
  await page.click('nav a[data-room=shapes]')
  await drawn()
  expect(await page.locator('#drawn-over').innerText()).toBe('over gate, for up = 1')
  expect(await page.locator('#value').innerText()).toBe('swiglu(−2.00, 1) = −0.238')
})

test('it fits: desktop and phone, light and dark', async () => {
  await open('?plot=hardTanh')
  for (const [device, width, height] of [
    ['desktop', 1280, 900],
    ['phone', 390, 844],
    ['small', 320, 640],
  ] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(150)
      await fits()
      const beyond = await page.evaluate(() => {
        const panel = document.querySelector('.shape > .panel')!
        const card = panel.getBoundingClientRect()
        const inside = [...panel.querySelectorAll('text, input, li, p')]
        const boxes = inside.map(one => one.getBoundingClientRect()).filter(box => box.width > 0)
        return {
          page: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
          panel: boxes.filter(box => box.left < card.left || box.right > card.right).length,
        }
      })
      expect(beyond).toEqual({ page: 0, panel: 0 })
      await page.screenshot({ path: join(folder, `plot-${device}-${colorScheme}.png`) })
    }
  }
})
