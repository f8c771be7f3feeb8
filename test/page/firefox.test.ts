import { expect, inject, test } from 'vitest'
import { findFirefox, launchFirefox } from '../tools/firefox.ts'
import { driverEnvironment, findLavapipe } from '../tools/lanes/drivers.ts'
import { serveBuiltPage } from '../tools/page.ts'

// The other files open the page in Chromium. Here it has another engine, and another implementation of WebGPU.

test('Firefox measures both processors, without an error', async () => {
  const server = await serveBuiltPage(inject('page'))
  const browser = await launchFirefox(findFirefox()!, driverEnvironment(findLavapipe()))
  try {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', error => errors.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'error') errors.push(message.text())
    })
    await page.goto(`${server.url}?sizes=16&activations=gelu&directions=backward&run=1`)
    await page.waitForFunction(() => document.querySelector('#progress')?.textContent.startsWith('Done'))
    const rows = await page.$$eval('#table tbody tr', lines =>
      lines.map(line => Array.from(line.querySelectorAll('td'), cell => cell.innerText)),
    )
    expect(rows.filter(cells => cells.includes('WebGPU')).length).toBeGreaterThan(1)
    expect(rows.filter(cells => cells.includes('CPU')).length).toBeGreaterThan(0)
    for (const cells of rows) expect(cells.some(text => text.startsWith('✓'))).toBe(true)
    expect(errors).toEqual([])
  } finally {
    await browser.close()
    await server.close()
  }
})
