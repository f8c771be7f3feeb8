import { fileURLToPath } from 'node:url'
import { launchBrowser, servePage } from './page.ts'

/** Writes docs/page.png, the picture of the README: the top of the built page. */
export async function takePicture(): Promise<void> {
  const server = await servePage()
  try {
    const browser = await launchBrowser('swiftshader')
    try {
      const page = await browser.newPage({ viewport: { width: 1200, height: 860 } })
      await page.goto(`${server.url}?room=shapes&plot=relu`)
      await page.locator('#drawing svg').waitFor()
      await page.evaluate(() => document.fonts.ready)
      await page.screenshot({ path: fileURLToPath(new URL('../../docs/page.png', import.meta.url)) })
    } finally {
      await browser.close()
    }
  } finally {
    await server.close()
  }
}
