import type { Browser } from 'playwright'
import { expect, onTestFinished } from 'vitest'

interface Tab {
  /** The value of an expression, or of its promise. */
  evaluate(expression: string): Promise<unknown>
  /** Brings it to the front. */
  show(): Promise<void>
}

/** A tab behind another one. Not a page of Playwright's, which all pass for visible. */
export async function hiddenTab(browser: Browser, address: string, before = ''): Promise<Tab> {
  const session = await browser.newBrowserCDPSession()
  const { targetId } = await session.send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
  let sent = 0
  const send = (method: string, params: object): Promise<object> =>
    new Promise((resolve, reject) => {
      const id = ++sent
      const hear = (event: { message: string }): void => {
        const answer = JSON.parse(event.message) as { id?: number; result?: object; error?: { message: string } }
        if (answer.id !== id) return
        session.off('Target.receivedMessageFromTarget', hear)
        if (answer.result === undefined) reject(new Error(answer.error?.message))
        else resolve(answer.result)
      }
      session.on('Target.receivedMessageFromTarget', hear)
      session
        .send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) })
        .catch(reject)
    })
  const tab: Tab = {
    async evaluate(expression) {
      const params = { expression, awaitPromise: true, returnByValue: true }
      const answer = (await send('Runtime.evaluate', params)) as {
        result: { value?: unknown }
        exceptionDetails?: { text: string; exception?: { description?: string } }
      }
      const { exceptionDetails: thrown } = answer
      if (thrown !== undefined) throw new Error(thrown.exception?.description ?? thrown.text)
      return answer.result.value
    },
    async show() {
      await session.send('Target.activateTarget', { targetId })
    },
  }
  await send('Page.enable', {})
  await send('Page.addScriptToEvaluateOnNewDocument', { source: before })
  await send('Page.navigate', { url: address })
  const loaded = () => tab.evaluate('[location.href, document.readyState]')
  await expect.poll(loaded, { timeout: 20_000 }).toEqual([address, 'complete'])
  const { targetId: inFront } = await session.send('Target.createTarget', { url: 'about:blank' })
  onTestFinished(async () => {
    for (const id of [targetId, inFront]) await session.send('Target.closeTarget', { targetId: id })
  })
  await expect.poll(() => tab.evaluate('document.visibilityState'), { timeout: 20_000 }).toBe('hidden')
  return tab
}
