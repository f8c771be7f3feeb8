import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { allActivations, allGlus, valuesOf } from '../activations/lookup.ts'
import type { ActivationRecord, Options } from '../activations/record.ts'
import { bitsOf, numberOf } from '../support/float32.ts'

// Which vectors there are, for generate.py: the parameters of the catalogue, and the float32 at which each activation is hard to get
// right. It has no values: those are worked out in Python, by other formulas.

export const INPUTS_FILE = 'test/conformance/inputs.jsonl'

/** The contents of that file. */
export function inputsText(): string {
  const activations = allActivations.flatMap(record =>
    record.vectors.map(options => {
      return { name: record.name, parameters: written(options), hard: hardPlaces(record, options) }
    }),
  )
  const pairs = allGlus.flatMap(({ name, of }) =>
    of.vectors.map(parameters => ({ name, parameters, of: of.name, hard: hardPlaces(of, parameters) })),
  )
  return [...activations, ...pairs].map(one => `${JSON.stringify(one)}\n`).join('')
}

/** Parameters as JSON has them, which has no infinity. */
function written(options: Options): Options {
  const text = (value: unknown): unknown => (value === Infinity || value === -Infinity ? String(value) : value)
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, text(value)]))
}

/** Each float32 as the shortest decimal that is rounded to it. */
function hardPlaces(record: ActivationRecord, parameters: Options): (number | string)[] {
  return record.hard(valuesOf(record, parameters)).map(place => {
    const float = numberOf(bitsOf(place))
    if (Object.is(float, -0)) return '-0'
    const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9].find(count => Math.fround(Number(float.toPrecision(count))) === float)!
    return Number(float.toPrecision(digits))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL(`../../${INPUTS_FILE}`, import.meta.url)), inputsText())
}
