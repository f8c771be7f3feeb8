import { formulaOf, recordOf, valuesOf } from './lookup.ts'
import type { Formula, Options } from './record.ts'

const LEAST = -(2 ** 31)
const MOST = 2 ** 31 - 1

/** The formula of a function for int32, whose parameters become integers; undefined where it takes none. */
export function integerFormulaOf(name: string, options: Options = {}): Formula | undefined {
  if (name === 'relu' || name === 'relu6') return formulaOf(name)
  if (!['clamp', 'hardTanh', 'threshold'].includes(name)) return undefined
  const values = valuesOf(recordOf(name), options)
  if (name === 'threshold') {
    const value = values['value'] as number
    return Number.isInteger(value) && value >= LEAST && value <= MOST ? formulaOf(name, values) : undefined
  }
  const [least, most] = [Math.ceil(values['minValue'] as number), Math.floor(values['maxValue'] as number)]
  if (least > most || least > MOST || most < LEAST) return undefined
  return formulaOf(name, { minValue: least < LEAST ? -Infinity : least, maxValue: most > MOST ? Infinity : most })
}
