import { expect, test } from 'vitest'
import { type Smooth, smooth } from '../../support/smooth.ts'
import { numbers, type Vectors, vectorsIn } from '../../support/vectors.ts'

// What the tests of the formats take for the truth, held to values of 60 digits.

const vectors = vectorsIn<Vectors<'x' | 'y' | 'derivative'>>(
  import.meta.glob(['../../conformance/*.json', '!../../conformance/{pair,prelu}-*.json'], {
    eager: true,
    import: 'default',
  }),
)

function formulaOf(activation: string, parameters: Readonly<Record<string, unknown>>): Smooth | undefined {
  if (parameters['approximate'] === 'tanh') return smooth.geluTanh
  if (parameters['beta'] !== undefined && parameters['beta'] !== 1) return undefined
  const formula = smooth[activation as 'elu' | 'tanh']
  return typeof formula === 'function' ? formula(Math.fround(Number(parameters['alpha']))) : formula
}

const cases = vectors.flatMap(({ file, activation, parameters, ...columns }) => {
  const formula = formulaOf(activation, parameters)
  return formula === undefined ? [] : [{ file, formula, ...columns }]
})

test('there are vectors for every formula', () => {
  expect(new Set(cases.map(({ formula }) => formula)).size).toBeGreaterThan(Object.keys(smooth).length)
})

/** In units of the truth; of 1 where a derivative goes through zero, and of nothing where the truth is below 2^-200. */
const isNear = (value: number, truth: number, absolute = 0): boolean =>
  value === truth || Math.abs(value - truth) <= Math.max(1e-11 * Math.abs(truth), absolute, 2 ** -200)

test.each(cases)('$file', ({ formula, x, y, derivative }) => {
  const at = numbers(x)
  const wrong = at.flatMap((value, i) => {
    if (Number.isNaN(value)) return []
    const [results, truths] = [
      [formula.value(value), formula.derivative(value)] as const,
      [Number(y[i]), Number(derivative[i])] as const,
    ]
    const isRight = isNear(results[0], truths[0]) && isNear(results[1], truths[1], Math.abs(value) < 3 ? 1e-15 : 0)
    return isRight ? [] : [{ x: value, results, truths }]
  })
  expect(wrong).toEqual([])
})
