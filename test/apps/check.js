import { createDispatcher, leakyRelu, relu } from 'webgpu-activations'

// Every app computes this. The relu family is exact, so that a wrong bit of any app shows.
const x = [-Infinity, -2, -0, 0, 3, Infinity, NaN]
const dy = [1, NaN, -1, 1, -0, 2, 5]
const alpha = 0.25
const expected = [
  [relu(), [0, 0, -0, 0, 3, Infinity, NaN], [0, 0, 0, 0, -0, 2, 5]],
  [leakyRelu({ alpha }), [-Infinity, -0.5, -0, 0, 3, Infinity, NaN], [0.25, NaN, -0.25, 0.25, -0, 2, 1.25]],
]

/** Numbers in a line, which tells -0 from 0. */
const show = values => Array.from(values, value => (Object.is(value, -0) ? '-0' : String(value))).join()

/**
 * Computes on every processor that is here.
 *
 * @param {Record<string, number>} [entries] how many names each entry of the package exports
 */
export async function check(entries = {}) {
  const processors = ['cpu']
  if (await globalThis.navigator?.gpu?.requestAdapter()) processors.push('webgpu')
  const wrong = []
  const reports = []
  for (const processor of processors) {
    const dispatcher = await createDispatcher({ processor })
    for (const [activation, y, dx] of expected) {
      compare(`${activation} forward`, await dispatcher.forward(activation, Float32Array.from(x)), y)
      const gradient = await dispatcher.backward(activation, Float32Array.from(x), Float32Array.from(dy))
      compare(`${activation} backward`, gradient, dx)
    }
    const { report } = dispatcher
    if (report.processor !== processor)
      wrong.push(`computed on ${report.processor}, not ${processor}: ${report.reason}`)
    if (report.fallbacks > 0) wrong.push(`${report.fallbacks} fallbacks: ${report.reason}`)
    reports.push({ processor, reason: report.reason, path: report.cpu.path })
    dispatcher.destroy()

    function compare(what, actual, values) {
      if (show(actual) === show(values)) return
      wrong.push(`${what} on ${processor}: ${show(values)} is expected, and it is ${show(actual)}`)
    }
  }
  return { reports, wrong, entries }
}
