import {
  accuracyOf,
  changeOfDeadWeights,
  generalisation,
  gradientRatio,
  initialLayers,
  type Lab,
  mean,
  noiseAfterTraining,
  oneSignShare,
  revival,
  stepsTo,
  trained,
  trainedAccuracy,
  trainedLayers,
} from './measurements.ts'
import {
  DEEP_SPIRALS,
  DIGITS,
  DIGITS_RACE,
  ELU,
  FEW_DIGITS,
  LARGE_WEIGHTS,
  LEAKY_RELU,
  NOISE,
  PRELU,
  RACE,
  RELU,
  REVIVAL,
  SHUT,
  SIGMOID,
  SPIRALS,
  SPIRALS_RACE,
  TANH,
} from './presets.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'
import type { ClaimName } from './story.ts'
import { secondsOfActivation, sparseProducts } from './timing.ts'

/** A claim about ReLU, as something to measure. Thresholds of the page, of `npm run claims` and of tests are these. */
export interface Claim<Key extends string = string> {
  readonly name: ClaimName
  /** The claim as it is tested. */
  readonly sentence: string
  /** The preset in words: data, hidden layers, optimiser, and what is varied. */
  readonly preset: string
  readonly setup: Setup
  /** The measured values in words. A `%` in front marks a share. */
  readonly labels: Readonly<Record<Key, string>>
  /** Measures one seed. @param setup that of the claim, with the seed */
  measure(lab: Lab, setup: Setup): Promise<Readonly<Record<Key, number>>>
  /** The condition for a seed to pass, in words. */
  readonly threshold: string
  passes(measured: Readonly<Record<Key, number>>): boolean
  /** The condition of the verdict, after "Holds here": `, with Adam`. */
  readonly condition?: string
  /** The finding instead, after "Does not hold here". */
  readonly instead?: string
  /** The claim that shows the opposite, or what helps. */
  readonly counterExample: ClaimName | null
}

const SPARSITY: readonly Claim[] = [
  claim({
    name: 'sparse-init',
    sentence: "About half of ReLU's activations are zero, and none of leaky ReLU, tanh and sigmoid.",
    preset: 'digits, 2 x 16, at initialisation',
    setup: DIGITS,
    labels: { relu: '% zeros of relu', leakyRelu: '% leakyRelu', tanh: '% tanh', sigmoid: '% sigmoid' },
    async measure(lab, setup) {
      const zeros = async (choice: ActivationChoice) =>
        mean((await initialLayers(lab, setup, choice)).map(layer => layer.zeros))
      return {
        relu: await zeros(RELU),
        leakyRelu: await zeros(LEAKY_RELU),
        tanh: await zeros(TANH),
        sigmoid: await zeros(SIGMOID),
      }
    },
    threshold: 'relu 25 to 75 %, the others below 0.1 % together',
    passes: m => m.relu > 0.25 && m.relu < 0.75 && m.leakyRelu + m.tanh + m.sigmoid < 0.001,
    counterExample: 'dynamic-size',
  }),
  claim({
    name: 'sparse-trained',
    sentence: "ReLU's activations stay sparse when the network is trained.",
    preset: 'digits, 2 x 16, SGD 0.1, 300 steps',
    setup: DIGITS,
    labels: { zeros: '% zeros', accuracy: '% right' },
    async measure(lab, setup) {
      const { zeros, accuracy } = await trainedLayers(lab, setup, RELU)
      return { zeros, accuracy }
    },
    threshold: 'zeros above 30 %',
    passes: m => m.zeros > 0.3,
    counterExample: 'dynamic-size',
  }),
  claim({
    name: 'dynamic-size',
    sentence: 'A network of ReLU learns how many units it needs, whatever its width.',
    preset: 'digits, width 16 and 64, SGD 0.1 to a loss of 0.1',
    setup: { ...DIGITS, steps: 600, stopAtLoss: 0.1 },
    labels: { narrow: 'active units of 32', wide: 'active units of 128' },
    async measure(lab, setup) {
      const active = async (width: number) =>
        (1 - (await trainedLayers(lab, { ...setup, width }, RELU)).zeros) * width * setup.depth
      return { narrow: await active(16), wide: await active(64) }
    },
    threshold: 'the wide network has less than 1.25 times the active units of the narrow one',
    passes: m => m.wide < 1.25 * m.narrow,
    instead: 'a wider network uses more units',
    counterExample: 'sparse-trained',
  }),
]

const DYING: readonly Claim[] = [
  claim({
    name: 'dying-rate',
    sentence: "A high learning rate kills ReLU's units.",
    preset: 'digits, 2 x 16, SGD 0.1 and 2, 300 steps',
    setup: DIGITS,
    labels: {
      shutLow: '% shut at rate 0.1',
      accuracyLow: '% right',
      shutHigh: '% shut at rate 2',
      accuracyHigh: '% right at rate 2',
    },
    async measure(lab, setup) {
      const low = await trainedLayers(lab, setup, RELU)
      const high = await trainedLayers(lab, { ...setup, rate: 2 }, RELU)
      return { shutLow: low.shut, accuracyLow: low.accuracy, shutHigh: high.shut, accuracyHigh: high.accuracy }
    },
    threshold: 'at most 20 % shut at rate 0.1, at least 50 % at rate 2, and 40 points fewer right',
    passes: m => m.shutLow <= 0.2 && m.shutHigh >= 0.5 && m.accuracyLow > m.accuracyHigh + 0.4,
    counterExample: 'bn-dying',
  }),
  claim({
    name: 'leaky-at-high-rate',
    sentence: 'Leaky ReLU, PReLU or ELU survive that rate.',
    preset: 'digits, 2 x 16, SGD 2, 300 steps',
    setup: { ...DIGITS, rate: 2 },
    labels: { leakyRelu: '% right with leakyRelu', prelu: '% prelu', elu: '% elu', tanh: '% tanh' },
    measure: async (lab, setup) => ({
      leakyRelu: await trainedAccuracy(lab, setup, LEAKY_RELU),
      prelu: await trainedAccuracy(lab, setup, PRELU),
      elu: await trainedAccuracy(lab, setup, ELU),
      tanh: await trainedAccuracy(lab, setup, TANH),
    }),
    threshold: 'one of leakyRelu, prelu and elu is 90 % right or more',
    passes: m => m.leakyRelu >= 0.9 || m.prelu >= 0.9 || m.elu >= 0.9,
    instead: 'batch normalisation helps',
    counterExample: 'bn-dying',
  }),
  claim({
    name: 'dying-bias',
    sentence: 'A large negative bias kills units of ReLU for good.',
    preset: 'digits, 2 x 16, bias -5 in layer 1, SGD 0.1, 400 steps',
    setup: SHUT,
    labels: { before: '% shut before', after: '% after', revived: 'revived of 16', accuracy: '% right' },
    async measure(lab, setup) {
      const result = await trained(lab, setup, RELU)
      const { before, after, revived } = await revival(result)
      return { before, after, revived, accuracy: await accuracyOf(result) }
    },
    threshold: 'none revived, at least 50 % shut, less than 70 % right',
    passes: m => m.revived === 0 && m.after >= 0.5 && m.accuracy < 0.7,
    counterExample: 'revival-adam',
  }),
  claim({
    name: 'revival-adam',
    sentence: 'Leaky ReLU, PReLU and ELU bring dead units back.',
    preset: 'digits, 2 x 16, bias -5 in layer 1, 100 steps of relu, then 400 of each, Adam 0.01',
    setup: { ...REVIVAL, activations: [RELU, LEAKY_RELU, PRELU] },
    labels: {
      relu: 'revived of 16 by relu',
      leakyRelu: 'leakyRelu',
      prelu: 'prelu',
      elu: 'elu',
      reluAccuracy: '% right with relu',
      leakyReluAccuracy: '% leakyRelu',
    },
    async measure(lab, setup) {
      const relu = await trained(lab, setup, RELU)
      const leakyRelu = await trained(lab, setup, LEAKY_RELU)
      return {
        relu: (await revival(relu)).revived,
        leakyRelu: (await revival(leakyRelu)).revived,
        prelu: (await revival(await trained(lab, setup, PRELU))).revived,
        elu: (await revival(await trained(lab, setup, ELU))).revived,
        reluAccuracy: await accuracyOf(relu),
        leakyReluAccuracy: await accuracyOf(leakyRelu),
      }
    },
    threshold: 'relu revives none, each other at least 4; relu less than 80 % right, leakyRelu more than 90 %',
    passes: m =>
      m.relu === 0 && Math.min(m.leakyRelu, m.prelu, m.elu) >= 4 && m.reluAccuracy < 0.8 && m.leakyReluAccuracy > 0.9,
    condition: ', with Adam',
    counterExample: 'revival-sgd',
  }),
  claim({
    name: 'revival-sgd',
    sentence: 'Leaky ReLU with a slope of 0.01 brings dead units back with plain SGD, too.',
    preset: 'digits, 2 x 16, bias -5 in layer 1, 100 steps of relu, then 400 of leakyRelu, SGD 0.1, clipped at 5',
    setup: { ...REVIVAL, optimiser: 'sgd', rate: 0.1, clip: 5, activations: [RELU, LEAKY_RELU] },
    labels: { revived: 'revived of 16', accuracy: '% right' },
    async measure(lab, setup) {
      const result = await trained(lab, setup, LEAKY_RELU)
      return { revived: (await revival(result)).revived, accuracy: await accuracyOf(result) }
    },
    threshold: 'at least 4 revived',
    passes: m => m.revived >= 4,
    instead: 'Adam, PReLU or a slope of 0.1 does it',
    counterExample: 'revival-adam',
  }),
  claim({
    name: 'collapse',
    sentence: 'A dead unit does not drag its layers down: its own weights freeze, the rest trains on.',
    preset: 'digits, 2 x 16, 4 of 16 units killed, SGD 0.1, 300 steps',
    setup: { ...DIGITS, bias: { value: -20, layers: 'first', units: 4 } },
    labels: { into: 'change of weights into dead units', outOf: 'out of them', accuracy: '% right' },
    measure: (lab, setup) => changeOfDeadWeights(lab, setup, RELU, setup.bias.units!),
    threshold: 'both changes exactly 0, more than 80 % right',
    passes: m => m.into === 0 && m.outOf === 0 && m.accuracy > 0.8,
    counterExample: 'dying-rate',
  }),
]

const GRADIENTS: readonly Claim[] = [
  claim({
    name: 'vanish-init',
    sentence: "The sigmoid's gradient vanishes in deep networks, ReLU's does not.",
    preset: 'spirals, 8 x 32, at initialisation',
    setup: DEEP_SPIRALS,
    labels: { sigmoid: 'gradient of layer 2 over that of layer 8: sigmoid', tanh: 'tanh', relu: 'relu' },
    measure: async (lab, setup) => ({
      sigmoid: await gradientRatio(lab, setup, SIGMOID),
      tanh: await gradientRatio(lab, setup, TANH),
      relu: await gradientRatio(lab, setup, RELU),
    }),
    threshold: 'sigmoid below 0.001, relu above 0.1',
    passes: m => m.sigmoid < 0.001 && m.relu > 0.1,
    condition: ', with the weights of He',
    counterExample: 'vanish-init-tanh',
  }),
  claim({
    name: 'vanish-init-tanh',
    sentence: 'The gradient of tanh vanishes, too.',
    preset: 'spirals, 8 x 32, Xavier, at initialisation',
    setup: { ...DEEP_SPIRALS, activations: [TANH] },
    labels: { tanh: 'gradient of layer 2 over that of layer 8' },
    measure: async (lab, setup) => ({ tanh: await gradientRatio(lab, setup, TANH) }),
    threshold: 'below 0.1',
    passes: m => m.tanh < 0.1,
    instead: 'with the weights of Xavier it stays',
    counterExample: 'vanish-init',
  }),
  claim({
    name: 'vanish-train',
    sentence: 'A deep network of sigmoid does not learn, one of ReLU does.',
    preset: 'digits, 8 x 16, SGD 0.1, 300 steps',
    setup: { ...DIGITS, depth: 8, activations: [RELU, TANH, SIGMOID] },
    labels: { relu: '% right with relu', tanh: '% tanh', sigmoid: '% sigmoid', small: '% relu with small weights' },
    measure: async (lab, setup) => ({
      relu: await trainedAccuracy(lab, setup, RELU),
      tanh: await trainedAccuracy(lab, setup, TANH),
      sigmoid: await trainedAccuracy(lab, setup, SIGMOID),
      small: await trainedAccuracy(lab, { ...setup, weights: 'small' }, RELU),
    }),
    threshold: 'sigmoid less than 20 % right, relu 20 points more',
    passes: m => m.sigmoid < 0.2 && m.relu > m.sigmoid + 0.2,
    condition: ', with the weights of He',
    counterExample: 'bn-sigmoid',
  }),
  claim({
    name: 'explode',
    sentence: "ReLU's gradients explode; clipping their norm at 5.0 or batch normalisation helps.",
    preset: 'circles, 8 x 16, weights 2 x He, SGD 0.1, 300 steps',
    setup: LARGE_WEIGHTS,
    labels: {
      relu: '% right with relu',
      leakyRelu: '% leakyRelu',
      reluClipped: '% relu clipped',
      leakyReluClipped: '% leakyRelu clipped',
      reluNormalised: '% relu with batch normalisation',
      tanh: '% tanh',
    },
    measure: async (lab, setup) => ({
      relu: await trainedAccuracy(lab, setup, RELU),
      leakyRelu: await trainedAccuracy(lab, setup, LEAKY_RELU),
      reluClipped: await trainedAccuracy(lab, { ...setup, clip: 5 }, RELU),
      leakyReluClipped: await trainedAccuracy(lab, { ...setup, clip: 5 }, LEAKY_RELU),
      reluNormalised: await trainedAccuracy(lab, { ...setup, batchNorm: true }, RELU),
      tanh: await trainedAccuracy(lab, setup, TANH),
    }),
    threshold:
      'relu and leakyRelu diverge or are at most 70 % right; relu clipped is finite; leakyRelu clipped, relu with batch normalisation and tanh are more than 95 % right',
    passes: m =>
      !(m.relu > 0.7) &&
      !(m.leakyRelu > 0.7) &&
      !Number.isNaN(m.reluClipped) &&
      Math.min(m.leakyReluClipped, m.reluNormalised, m.tanh) > 0.95,
    condition: ', at this gain and rate',
    counterExample: 'vanish-init',
  }),
  claim({
    name: 'bn-sigmoid',
    sentence: 'With batch normalisation a deep network of sigmoid learns.',
    preset: 'digits, 6 x 16, SGD 0.1, 300 steps, without and with',
    setup: { ...DIGITS, depth: 6, activations: [SIGMOID], batchNorm: true },
    labels: { without: '% right without', normalised: '% with' },
    measure: async (lab, setup) => ({
      without: await trainedAccuracy(lab, { ...setup, batchNorm: false }, SIGMOID),
      normalised: await trainedAccuracy(lab, setup, SIGMOID),
    }),
    threshold: 'less than 20 % right without, more than 70 % with',
    passes: m => m.without < 0.2 && m.normalised > 0.7,
    counterExample: 'vanish-train',
  }),
  claim({
    name: 'bn-dying',
    sentence: 'With batch normalisation units survive a high learning rate.',
    preset: 'digits, 2 x 16, SGD 2, 300 steps, without and with',
    setup: { ...DIGITS, rate: 2, batchNorm: true },
    labels: {
      shut: '% shut without',
      accuracy: '% right without',
      shutNormalised: '% shut with',
      accuracyNormalised: '% right with',
    },
    async measure(lab, setup) {
      const without = await trainedLayers(lab, { ...setup, batchNorm: false }, RELU)
      const normalised = await trainedLayers(lab, setup, RELU)
      return {
        shut: without.shut,
        accuracy: without.accuracy,
        shutNormalised: normalised.shut,
        accuracyNormalised: normalised.accuracy,
      }
    },
    threshold: 'at least 50 % shut without; less than 15 % shut and more than 85 % right with',
    passes: m => m.shut >= 0.5 && m.shutNormalised < 0.15 && m.accuracyNormalised > 0.85,
    counterExample: 'dying-rate',
  }),
]

const CENTRE: readonly Claim[] = [
  claim({
    name: 'centre',
    sentence: "ReLU's activations are not centred on zero, those of tanh are.",
    preset: 'spirals, 3 x 32, layer 2 at initialisation',
    setup: { ...SPIRALS, width: 32, depth: 3, activations: [RELU, TANH, SIGMOID] },
    labels: { relu: 'mean over root mean square: relu', sigmoid: 'sigmoid', elu: 'elu', tanh: 'tanh' },
    async measure(lab, setup) {
      const offset = async (choice: ActivationChoice) => {
        const layer = (await initialLayers(lab, setup, choice))[1]!
        return layer.mean / layer.rootMeanSquare
      }
      return {
        relu: await offset(RELU),
        sigmoid: await offset(SIGMOID),
        elu: await offset(ELU),
        tanh: await offset(TANH),
      }
    },
    threshold: 'relu above 0.3, tanh within 0.15 of 0',
    passes: m => m.relu > 0.3 && Math.abs(m.tanh) < 0.15,
    counterExample: 'one-sign-batch',
  }),
  claim({
    name: 'one-sign',
    sentence: 'So all weights of a neuron behind ReLU move in one direction in a step.',
    preset: 'spirals, 3 x 32, layer 3, one example a step',
    setup: { ...SPIRALS, data: { name: 'spirals', rows: 1 }, width: 32, depth: 3, batch: 1, activations: [RELU, TANH] },
    labels: { relu: '% neurons with one sign: relu', tanh: '% tanh' },
    measure: async (lab, setup) => ({
      relu: await oneSignShare(lab, setup, RELU, 2),
      tanh: await oneSignShare(lab, setup, TANH, 2),
    }),
    threshold: 'relu 100 %, tanh 0 %',
    passes: m => m.relu === 1 && m.tanh === 0,
    condition: ', for a single example',
    counterExample: 'one-sign-batch',
  }),
  claim({
    name: 'one-sign-batch',
    sentence: 'They move in one direction with 32 examples a step, too.',
    preset: 'spirals, 3 x 32, layer 3, 32 examples a step',
    setup: { ...SPIRALS, data: { name: 'spirals', rows: 32 }, width: 32, depth: 3, activations: [RELU, SIGMOID] },
    labels: { relu: '% neurons with one sign: relu' },
    measure: async (lab, setup) => ({ relu: await oneSignShare(lab, setup, RELU, 2) }),
    threshold: 'at least 90 %',
    passes: m => m.relu >= 0.9,
    instead: 'the gradients of several examples differ in sign',
    counterExample: 'one-sign',
  }),
]

const SPEED: readonly Claim[] = [
  claim({
    name: 'faster-circles',
    sentence: 'ReLU needs fewer steps than tanh, and tanh fewer than sigmoid.',
    preset: 'circles, 2 x 16, momentum 0.9, each at its best of three rates',
    ...race(RACE),
    threshold: 'relu before tanh before sigmoid',
    passes: m => m.relu < m.tanh && m.tanh < m.sigmoid,
    counterExample: 'faster-digits',
  }),
  claim({
    name: 'faster-spirals',
    sentence: 'On spirals, too, ReLU needs fewer steps than tanh, and tanh fewer than sigmoid.',
    preset: 'spirals of one turn, 3 x 16, momentum 0.9, each at its best of three rates',
    ...race(SPIRALS_RACE),
    threshold: 'relu before tanh before sigmoid',
    passes: m => m.relu < m.tanh && m.tanh < m.sigmoid,
    counterExample: 'faster-digits',
  }),
  claim({
    name: 'faster-digits',
    sentence: 'On digits, too, ReLU needs the fewest steps.',
    preset: 'digits, 2 x 16, momentum 0.9, each at its best of three rates',
    ...race(DIGITS_RACE),
    threshold: 'relu before tanh and sigmoid',
    passes: m => m.relu < m.tanh && m.relu < m.sigmoid,
    instead: 'tanh is as fast or faster',
    counterExample: 'faster-circles',
  }),
]

const GENERALISATION: readonly Claim[] = [
  claim({
    name: 'robust-unit',
    sentence: 'Below zero a small change of the input changes nothing behind ReLU.',
    preset: 'digits, 2 x 16, SGD 0.1 to a loss of 0.1, noise 0.1',
    setup: NOISE,
    labels: { relu: '% hidden values unchanged: relu', tanh: '% tanh' },
    measure: async (lab, setup) => ({
      relu: (await noiseAfterTraining(lab, setup, RELU)).unchanged,
      tanh: (await noiseAfterTraining(lab, setup, TANH)).unchanged,
    }),
    threshold: 'relu above 30 %, tanh below 1 %',
    passes: m => m.relu > 0.3 && m.tanh < 0.01,
    condition: ', for units',
    counterExample: 'robust-net',
  }),
  claim({
    name: 'robust-net',
    sentence: 'So the answer of a network of ReLU moves less than that of tanh and sigmoid.',
    preset: 'digits, 2 x 16, SGD 0.1 (sigmoid 1) to a loss of 0.1, noise 0.1',
    setup: NOISE,
    labels: { relu: '% the answer moves: relu', tanh: '% tanh', sigmoid: '% sigmoid' },
    measure: async (lab, setup) => ({
      relu: (await noiseAfterTraining(lab, setup, RELU)).moved,
      tanh: (await noiseAfterTraining(lab, setup, TANH)).moved,
      sigmoid: (await noiseAfterTraining(lab, setup, { ...SIGMOID, rate: 1 })).moved,
    }),
    threshold: 'relu less than both others',
    passes: m => m.relu < m.tanh && m.relu < m.sigmoid,
    counterExample: 'robust-unit',
  }),
  claim({
    name: 'overfit-tanh',
    sentence: 'ReLU overfits more than tanh.',
    preset: '150 digits, 2 x 32, SGD 0.1 to a loss of 0.05',
    ...overfitting(TANH),
    threshold: 'the gap of relu is larger',
    passes: m => m.reluGap > m.otherGap,
    counterExample: 'overfit-sigmoid',
  }),
  claim({
    name: 'overfit-sigmoid',
    sentence: 'ReLU overfits more than sigmoid.',
    preset: '150 digits, 2 x 32, SGD 0.1 (sigmoid 1) to a loss of 0.05',
    ...overfitting({ ...SIGMOID, rate: 1 }),
    threshold: 'the gap of relu is larger',
    passes: m => m.reluGap > m.otherGap,
    counterExample: 'overfit-tanh',
  }),
  claim({
    name: 'dropout',
    sentence: 'Dropout of 0.3 gets more of the test right.',
    preset: '150 digits, 2 x 32, SGD 0.1 to a loss of 0.05, without and with',
    setup: { ...FEW_DIGITS, dropout: 0.3, activations: [RELU] },
    labels: { without: '% right in the test without', dropped: '% with' },
    measure: async (lab, setup) => ({
      without: (await generalisation(lab, { ...setup, dropout: 0 }, RELU)).testAccuracy,
      dropped: (await generalisation(lab, setup, RELU)).testAccuracy,
    }),
    threshold: 'more right with dropout',
    passes: m => m.dropped > m.without,
    counterExample: 'overfit-tanh',
  }),
]

/** The time of the fastest of many calls: machines differ in it, and not all that they do is measured. */
const COST: readonly Claim[] = [
  claim({
    name: 'cheap',
    sentence: 'ReLU takes less time than tanh and sigmoid.',
    preset: '65,536 normal values, forward and backward by the dispatcher',
    setup: DIGITS,
    labels: { relu: 'ns an element: relu', tanh: 'tanh', sigmoid: 'sigmoid' },
    async measure(lab, setup) {
      const nanoseconds = async (choice: ActivationChoice) =>
        (1e9 * (await secondsOfActivation(lab, setup, choice, 2 ** 16))) / 2 ** 16
      return { relu: await nanoseconds(RELU), tanh: await nanoseconds(TANH), sigmoid: await nanoseconds(SIGMOID) }
    },
    threshold: 'relu less than both others',
    passes: m => m.relu < m.tanh && m.relu < m.sigmoid,
    counterExample: 'sparse-faster',
  }),
  claim({
    name: 'sparse-faster',
    sentence: 'Zeros make the product behind ReLU faster.',
    preset: 'product of 64 x 64 by 64 x 64, half zeros over none',
    setup: DIGITS,
    labels: { skipping: 'time of a loop that skips zeros', tiled: 'of one that does not' },
    measure: (lab, setup) => sparseProducts(lab, setup, 64),
    threshold: 'below 0.8 in a loop that skips zeros',
    passes: m => m.skipping < 0.8,
    condition: ', only in a loop that skips zeros',
    counterExample: 'cheap',
  }),
]

/** All claims, by subject. */
export const CLAIMS: readonly Claim[] = [
  ...SPARSITY,
  ...DYING,
  ...GRADIENTS,
  ...CENTRE,
  ...SPEED,
  ...GENERALISATION,
  ...COST,
]

/** The claim of a name. */
export function claimOf(name: ClaimName): Claim {
  return CLAIMS.find(one => one.name === name)!
}

/** Keeps the names of measured values together in one claim. */
function claim<Key extends string>(one: Claim<Key>): Claim {
  return one
}

function race(setup: Setup) {
  return {
    setup,
    labels: { relu: 'steps to 95 % right: relu', tanh: 'tanh', sigmoid: 'sigmoid' },
    async measure(lab: Lab, seeded: Setup) {
      const [relu, tanh, sigmoid] = seeded.activations
      return {
        relu: await stepsTo(0.95, lab, seeded, relu!),
        tanh: await stepsTo(0.95, lab, seeded, tanh!),
        sigmoid: await stepsTo(0.95, lab, seeded, sigmoid!),
      }
    },
  }
}

function overfitting(other: ActivationChoice) {
  return {
    setup: { ...FEW_DIGITS, activations: [RELU, other] },
    labels: {
      reluGap: 'test loss - training loss: relu',
      otherGap: other.name,
      reluAccuracy: '% right in the test: relu',
      otherAccuracy: `% ${other.name}`,
    },
    async measure(lab: Lab, setup: Setup) {
      const relu = await generalisation(lab, setup, RELU)
      const compared = await generalisation(lab, setup, other)
      return {
        reluGap: relu.gap,
        otherGap: compared.gap,
        reluAccuracy: relu.testAccuracy,
        otherAccuracy: compared.testAccuracy,
      }
    },
  }
}
