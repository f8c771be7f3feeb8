import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'
import { launchBrowser, type PageServer, serveBuiltPage } from '../tools/page.ts'
import type { Environment, Row } from '../../demo/measure/rows.ts'

// The page, built, served and opened in Chromium. Files of the lane share a process, and in each its browser and its server: to
// start them and to import Playwright for each file took a tenth of the lane.

let server: PageServer | undefined
let browser: Browser | undefined
export let page: Page
/** What the page has asked for, by address, since it was opened. */
export let requests: string[] = []
let errors: string[] = []
// PAGE_SCREENSHOTS names a folder to keep them in.
const kept = process.env['PAGE_SCREENSHOTS']
export let folder: string

/** Gives the test file that calls this a page to open. */
export function withPage(): void {
  beforeAll(async () => {
    server ??= await serveBuiltPage(inject('page'))
    browser ??= await launchBrowser('swiftshader')
    folder = kept ?? mkdtempSync(join(tmpdir(), 'page-'))
  })

  afterEach(async () => {
    await page.close()
    expect(errors).toEqual([])
  })

  afterAll(() => {
    if (kept === undefined) rmSync(folder, { recursive: true })
  })
}

interface Opening {
  colorScheme?: 'light' | 'dark'
  /** Runs before the page's own scripts. */
  before?: () => void
}

export async function open(query: string, { colorScheme = 'light', before }: Opening = {}): Promise<void> {
  const { url } = server!
  errors = []
  requests = []
  page = await browser!.newPage({ viewport: { width: 1280, height: 900 }, colorScheme, acceptDownloads: true })
  page.on('pageerror', error => errors.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('request', request => {
    requests.push(request.url())
    if (!/^(data:|blob:)/.test(request.url()) && !request.url().startsWith(url)) errors.push(request.url())
  })
  if (before !== undefined) await page.addInitScript(before)
  await page.goto(url + query)
  await page.locator('#drawing[aria-busy=false], .throughput h1, .lab:not(.waiting) h1').waitFor({ state: 'attached' })
}

/** Waits until nothing is wider than the window. Charts follow a new width only when the page has been laid out. */
export async function fits(): Promise<void> {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  await expect.poll(overflow, { timeout: 5000 }).toBeLessThanOrEqual(0)
}

/** Opens the choices of the room Throughput. */
export const openChoices = () => page.click('#own:not([open]) > summary')
/** Waits until the drawing shows what is chosen. */
export const drawn = () => page.locator('#drawing[aria-busy=false]').waitFor({ state: 'attached' })
export const choose = (name: string, buffer: Buffer) =>
  page.setInputFiles('#file', { name, mimeType: 'application/octet-stream', buffer })
export const notices = () => page.locator('#notices').innerText()
export const progress = (text: string | RegExp) =>
  page.locator('#progress', { hasText: text }).waitFor({ timeout: 60_000 })
export const done = () => progress(/^Done/)

/** The table as a reader sees it: for each row its cells by column. */
export async function readTable(): Promise<Record<string, string>[]> {
  const columns = await page.locator('#table thead th').allInnerTexts()
  const lines = await page.locator('#table tbody tr').all()
  const cells = await Promise.all(lines.map(line => line.locator('td').allInnerTexts()))
  return cells.map(texts => Object.fromEntries(texts.map((text, i) => [columns[i], text])))
}

export async function download(): Promise<{ environment: Environment; rows: Row[] }> {
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
  expect(file.suggestedFilename()).toMatch(/^throughput-.*\.json$/)
  return JSON.parse(readFileSync(await file.path(), 'utf8')) as { environment: Environment; rows: Row[] }
}
