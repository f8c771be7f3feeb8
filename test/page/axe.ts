import { createRequire } from 'node:module'
import type axe from 'axe-core'
import { page } from './opened.ts'

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** The findings of the accessibility checker, a line each. */
export async function violations(rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axePath })
  return page.evaluate(async some => {
    const { axe: checker } = window as unknown as { axe: typeof axe }
    const found = await checker.run(some === undefined ? {} : { runOnly: [...some] })
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
  }, rules)
}
