import { PAGE_EVENTS, type PageEvents } from '../../demo/shell/events.ts'
import { findLavapipe, driverEnvironment } from '../tools/lanes/drivers.ts'
import { provideMesa } from '../tools/lanes/mesa.ts'
import type { Options } from './options.ts'

interface Ears {
  readonly event: <Type extends keyof PageEvents>(type: Type, detail: PageEvents[Type]) => void
  readonly complaint: (text: string) => void
  readonly failure: (error: Error) => void
}

/** A page that is empty yet, in a headless browser of its own. */
export interface EmptyPage {
  /** Tells the events of the page, its console's errors, and that there is no hope of more. */
  listen(ears: Ears): Promise<void>
  open(url: string): Promise<void>
  /** Gives the page a file as its reader would. */
  choose(file: string): Promise<void>
  close(): Promise<void>
}

/** Runs in the page before its own scripts. */
function forward(types: typeof PAGE_EVENTS): void {
  const { pageEvent } = window as unknown as { pageEvent: (type: string, detail: unknown) => Promise<void> }
  for (const type of types) {
    document.addEventListener(type, event => void pageEvent(type, (event as CustomEvent<unknown>).detail))
  }
}

const CRASHED = 'The page crashed: it may have run out of memory.'
const CLOSED = 'The browser closed the page.'
const FILE_INPUT = 'input[type=file]'

export function openPage({ browser, adapter }: Options): Promise<EmptyPage> {
  return browser === 'chromium' ? inChromium(adapter === 'hardware' ? adapter : 'swiftshader') : inFirefox(adapter)
}

async function inChromium(adapter: 'swiftshader' | 'hardware'): Promise<EmptyPage> {
  const { launchBrowser } = await import('../tools/page.ts')
  const browser = await launchBrowser(adapter)
  const page = await browser.newPage()
  return {
    async listen({ event, complaint, failure }) {
      page.on('crash', () => failure(new Error(CRASHED)))
      page.on('close', () => failure(new Error(CLOSED)))
      page.on('pageerror', error => failure(new Error(`The page failed: ${error.message}`)))
      page.on('console', message => message.type() === 'error' && complaint(message.text()))
      await page.exposeFunction('pageEvent', event)
      await page.addInitScript(forward, PAGE_EVENTS)
    },
    open: async url => void (await page.goto(url)),
    choose: file => page.locator(FILE_INPUT).setInputFiles(file),
    close: () => browser.close(),
  }
}

async function inFirefox(adapter: Options['adapter']): Promise<EmptyPage> {
  const { launchFirefox, provideFirefox } = await import('../tools/firefox.ts')
  const program = await provideFirefox()
  const browser = await launchFirefox(program, adapter === 'hardware' ? {} : await lavapipe())
  const page = await browser.newPage()
  return {
    async listen({ event, complaint, failure }) {
      page.on('error', () => failure(new Error(CRASHED)))
      page.on('close', () => failure(new Error(CLOSED)))
      page.on('pageerror', error => failure(new Error(`The page failed: ${String(error)}`)))
      page.on('console', message => message.type() === 'error' && complaint(message.text()))
      await page.exposeFunction('pageEvent', event)
      await page.evaluateOnNewDocument(forward, PAGE_EVENTS)
    },
    open: async url => void (await page.goto(url)),
    async choose(file) {
      const input = await page.waitForSelector(FILE_INPUT)
      await input!.uploadFile(file)
    },
    close: () => browser.close(),
  }
}

async function lavapipe(): Promise<Record<string, string>> {
  const problem = findLavapipe() === undefined ? await provideMesa() : undefined
  const driver = findLavapipe()
  if (driver === undefined) throw new Error(`No Mesa lavapipe: ${problem ?? "install Mesa's Vulkan drivers"}`)
  return driverEnvironment(driver)
}
