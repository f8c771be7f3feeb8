import type { ActivationChoice, Setup } from './training-setup.ts'

export const RELU: ActivationChoice = { name: 'relu' }
export const LEAKY_RELU: ActivationChoice = { name: 'leakyRelu', parameters: { alpha: 0.01 } }
export const PRELU: ActivationChoice = { name: 'prelu', parameters: { alpha: 0.25 } }
export const ELU: ActivationChoice = { name: 'elu' }
export const TANH: ActivationChoice = { name: 'tanh' }
export const SIGMOID: ActivationChoice = { name: 'sigmoid' }

/** 300 digits, two hidden layers of 16 units, plain SGD. */
export const DIGITS: Setup = {
  data: { name: 'digits', rows: 300 },
  activations: [RELU],
  width: 16,
  depth: 2,
  weights: 'suited',
  gain: 1,
  bias: { value: 0 },
  optimiser: 'sgd',
  rate: 0.1,
  momentum: 0,
  batchNorm: false,
  dropout: 0,
  clip: null,
  batch: 32,
  steps: 300,
  seed: 1,
}

/** 256 points of two circles, one around the other. */
export const CIRCLES: Setup = { ...DIGITS, data: { name: 'circles', rows: 256 } }

/** 256 points of two spirals of one and a half turns. */
export const SPIRALS: Setup = { ...DIGITS, data: { name: 'spirals', rows: 256 } }

/** Every unit of the first hidden layer is shut for every digit. */
export const SHUT: Setup = { ...DIGITS, bias: { value: -5, layers: 'first' }, steps: 400 }

/** Trained with relu for 100 steps; the other activations take over what it leaves. */
export const REVIVAL: Setup = {
  ...SHUT,
  first: { activation: RELU, steps: 100 },
  activations: [RELU, LEAKY_RELU, ELU],
  optimiser: 'adam',
  rate: 0.01,
}

/** Eight hidden layers at initialisation. */
export const DEEP_SPIRALS: Setup = { ...SPIRALS, width: 32, depth: 8, activations: [RELU, TANH, SIGMOID] }

/** Eight hidden layers, whose weights are twice as large as they should be. */
export const LARGE_WEIGHTS: Setup = { ...CIRCLES, depth: 8, gain: 2, activations: [RELU, LEAKY_RELU, TANH] }

/** SGD with momentum, each activation at the best of three rates. */
export const RACE: Setup = {
  ...CIRCLES,
  activations: [
    { ...RELU, rate: 0.3 },
    { ...TANH, rate: 0.3 },
    { ...SIGMOID, rate: 0.3 },
  ],
  rate: 0.3,
  momentum: 0.9,
  steps: 600,
}

/** The same on spirals of one turn, with a layer more. */
export const SPIRALS_RACE: Setup = {
  ...RACE,
  data: { name: 'spirals', rows: 256, turns: 1 },
  activations: [
    { ...RELU, rate: 0.1 },
    { ...TANH, rate: 0.3 },
    { ...SIGMOID, rate: 0.3 },
  ],
  depth: 3,
}

/** The same on digits. */
export const DIGITS_RACE: Setup = {
  ...RACE,
  data: DIGITS.data,
  activations: [
    { ...RELU, rate: 0.03 },
    { ...TANH, rate: 0.1 },
    { ...SIGMOID, rate: 0.3 },
  ],
  steps: 400,
}

/** Trained to a loss of 0.1; then noise of deviation 0.1 is added to the pixels. */
export const NOISE: Setup = {
  ...DIGITS,
  data: { name: 'digits', rows: 300, testRows: 500 },
  activations: [RELU, TANH, { ...SIGMOID, rate: 1 }],
  steps: 1000,
  stopAtLoss: 0.1,
  noise: 0.1,
}

/** Few digits and many units: trained to a loss of 0.05. */
export const FEW_DIGITS: Setup = {
  ...DIGITS,
  data: { name: 'digits', rows: 150, testRows: 500 },
  activations: [RELU, TANH, { ...SIGMOID, rate: 1 }],
  width: 32,
  steps: 1600,
  stopAtLoss: 0.05,
}
