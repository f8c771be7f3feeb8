import { InputError } from '../../src/index.ts'
import { activationOf, LAB_ACTIVATIONS } from './activations.ts'
import { LabError } from './errors.ts'
import { checkOwnData, MOST_ROWS } from './own-data.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'

/** The ranges of a setup's numbers, ends included. */
export const RANGES = {
  width: [1, 64],
  depth: [1, 10],
  gain: [0, 100],
  rate: [0, 100],
  momentum: [0, 0.999],
  dropout: [0, 0.95],
  batch: [1, MOST_ROWS],
  steps: [1, 100_000],
  seed: [0, 2 ** 28],
} as const satisfies Partial<Record<keyof Setup, readonly [number, number]>>

const WHOLE: readonly string[] = ['width', 'depth', 'batch', 'steps', 'seed']
const MOST_TEST_ROWS = 500
const MOST_ACTIVATIONS = 3

/** @throws LabError that names the value of a setup that cannot be trained, and its range */
export function checkSetup(setup: Setup): void {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = setup[name as keyof typeof RANGES]
    const isWhole = WHOLE.includes(name)
    if (!(value >= least && value <= most) || (isWhole && !Number.isInteger(value))) {
      refuse(`${name} is ${value}`, `Take ${isWhole ? 'a whole number' : 'a number'} from ${least} to ${most}.`)
    }
  }
  const { activations, bias, clip, data, first, noise, optimiser, weights } = setup
  if (!Number.isFinite(bias.value)) refuse(`bias is ${bias.value}`, 'Take a finite number.')
  if (clip !== null && !(clip > 0)) refuse(`clip is ${clip}`, 'Take a number above 0, or null.')
  if (noise !== undefined && !(noise >= 0)) refuse(`noise is ${noise}`, 'Take a number from 0.')
  oneOf('optimiser', optimiser, ['sgd', 'adam'])
  oneOf('weights', weights, ['suited', 'he', 'xavier', 'small'])
  oneOf('data', data.name, ['circles', 'spirals', 'xor', 'digits', 'own'])
  if (activations.length < 1 || activations.length > MOST_ACTIVATIONS) {
    refuse(`activations are ${activations.length}`, `Take one to ${MOST_ACTIVATIONS}.`)
  }
  activations.forEach(checkActivation)
  if (first !== undefined) {
    checkActivation(first.activation)
    checkWhole('first.steps', first.steps, 1, RANGES.steps[1])
  }
  if (data.name === 'own') checkOwnData(data)
  else checkWhole('rows', data.rows, 1, MOST_ROWS)
  if (data.name === 'digits') checkWhole('testRows', data.testRows ?? 0, 0, MOST_TEST_ROWS)
}

function checkActivation(choice: ActivationChoice): void {
  oneOf('activation', choice.name, LAB_ACTIVATIONS)
  const [least, most] = RANGES.rate
  const { rate = least } = choice
  if (!(rate >= least && rate <= most)) {
    refuse(`rate of ${choice.name} is ${rate}`, `Take a number from ${least} to ${most}.`)
  }
  try {
    activationOf(choice)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    throw new LabError('invalid-setup', error.message.replace(error.fix, '').trim(), error.fix)
  }
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    refuse(`${name} is ${value}`, `Take a whole number from ${least} to ${most}.`)
  }
}

function oneOf(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) refuse(`${name} is ${JSON.stringify(value)}`, `There is ${choices.join(', ')}.`)
}

function refuse(message: string, fix: string): never {
  throw new LabError('invalid-setup', `The setup's ${message}.`, fix)
}
