import { entries } from './entries.js'

/**
 * Runs a recipe, and writes what was wrong where the runner reads it.
 *
 * @param {(expect: (what: string, actual: Iterable<number>, expected: number[], off?: number) => void) => Promise<void>} recipe
 */
export async function finish(recipe) {
  const wrong = []
  const expect = (what, actual, expected, off = 0) => {
    const values = [...actual]
    const isRight = (value, i) => Object.is(values[i], value) || Math.abs(values[i] - value) <= off
    if (values.length === expected.length && expected.every(isRight)) return
    wrong.push(`${what}: ${expected.join()} is expected, and it is ${values.join()}`)
  }
  try {
    await recipe(expect)
  } catch (error) {
    wrong.push(String(error?.stack ?? error))
  }
  document.documentElement.dataset.result = JSON.stringify({ reports: [], wrong, entries })
}

/** Keeps from the console what a library says that is no problem; the runner takes any warning for one. */
export function quiet(expected) {
  for (const level of ['warn', 'error']) {
    const say = console[level]
    console[level] = (...words) => expected.test(words.join(' ')) || say(...words)
  }
}
