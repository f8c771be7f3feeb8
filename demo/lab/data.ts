import { normal } from '../support/random.ts'
import type { Dataset, Problem } from './dataset.ts'
import { type Digits, drawDigits, testDigits } from './digits.ts'
import type { DataChoice, OwnData } from './training-setup.ts'
import { drawsOf } from './seeds.ts'

/** Draws the data of a setup. @param loadDigits is asked where the digits are needed */
export async function drawProblem(
  choice: DataChoice,
  seed: number,
  loadDigits: () => Promise<Digits>,
): Promise<Problem> {
  switch (choice.name) {
    case 'circles':
      return { training: circles(choice.rows, seed), test: null }
    case 'spirals':
      return { training: spirals(choice.rows, seed, choice.turns), test: null }
    case 'xor':
      return { training: xor(choice.rows, seed), test: null }
    case 'digits': {
      const { rows, testRows = 0 } = choice
      const digits = await loadDigits()
      return {
        training: drawDigits(digits, rows, seed),
        test: testRows === 0 ? null : testDigits(digits, testRows, seed),
      }
    }
    case 'own':
      return { training: standardised(choice), test: null }
  }
}

/** Two circles around the origin, of radius 1.25 and 0.5, with noise of deviation 0.1. */
export function circles(rows: number, seed: number): Dataset {
  const next = drawsOf(seed, 'data')
  const noise = normal(next)
  return points(rows, i => {
    const label = i % 2
    const radius = label === 1 ? 0.5 : 1.25
    const angle = 2 * Math.PI * next()
    return { x: radius * Math.cos(angle) + 0.1 * noise(), y: radius * Math.sin(angle) + 0.1 * noise(), label }
  })
}

/** Two spirals from the origin to a radius of 1.5, half a turn apart, with noise of deviation 0.02. */
export function spirals(rows: number, seed: number, turns = 1.5): Dataset {
  const next = drawsOf(seed, 'data')
  const noise = normal(next)
  return points(rows, i => {
    const label = i % 2
    const distance = Math.sqrt(next())
    const angle = Math.PI * (2 * distance * turns + label)
    const radius = 1.5 * distance
    return { x: radius * Math.sin(angle) + 0.02 * noise(), y: radius * Math.cos(angle) + 0.02 * noise(), label }
  })
}

/** Points of a square, whose class is 1 where their coordinates have one sign. */
export function xor(rows: number, seed: number): Dataset {
  const next = drawsOf(seed, 'data')
  return points(rows, () => {
    const x = 3 * next() - 1.5
    const y = 3 * next() - 1.5
    return { x, y, label: x * y > 0 ? 1 : 0 }
  })
}

/** Own examples with mean 0 and deviation 1 in each column. A constant column becomes 0. */
function standardised({ values, labels, features, classes }: OwnData): Dataset {
  const rows = labels.length
  const result = new Float32Array(values.length)
  for (let column = 0; column < features; column++) {
    let sum = 0
    for (let i = column; i < values.length; i += features) sum += values[i]!
    const mean = sum / rows
    let squares = 0
    for (let i = column; i < values.length; i += features) squares += (values[i]! - mean) ** 2
    const deviation = Math.sqrt(squares / rows)
    for (let i = column; i < values.length; i += features) {
      result[i] = deviation > 0 ? (values[i]! - mean) / deviation : 0
    }
  }
  return { values: result, labels, rows, features, classes: classes.length }
}

function points(rows: number, draw: (i: number) => { x: number; y: number; label: number }): Dataset {
  const values = new Float32Array(2 * rows)
  const labels = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const { x, y, label } = draw(i)
    values[2 * i] = x
    values[2 * i + 1] = y
    labels[i] = label
  }
  return { values, labels, rows, features: 2, classes: 2 }
}
