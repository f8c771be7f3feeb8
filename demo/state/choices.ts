import type { Activation, Direction, GluActivation } from '../../src/index.ts'
import type { ActivationChoice, ActivationName, Library, NumberParameter, Parameters } from './activation-choice.ts'
import { OWN_ACTIVATIONS, type OwnActivation, ownActivation } from './own.ts'

type Choice = ActivationChoice | OwnActivation

const NOT_NEGATIVE = [0, 3.4e38] as const

/** The activations that the page offers, in families. To offer another one, add its line. */
export const FAMILIES: readonly { readonly title: string; readonly activations: readonly Choice[] }[] = [
  {
    title: 'ReLU and its relatives',
    activations: [
      { name: 'relu', formula: 'x < 0 ? 0 : x', exact: true },
      {
        name: 'leakyRelu',
        formula: 'x > 0 ? x : alpha * x',
        exact: true,
        parameters: { alpha: slider(0.01, -1, 1, 0.01) },
      },
      {
        name: 'prelu',
        formula: 'x > 0 ? x : alpha * x',
        exact: true,
        parameters: { alpha: slider(0.25, -1, 1, 0.01) },
      },
      { name: 'relu6', formula: 'min(max(x, 0), 6)', exact: true },
      { name: 'squaredRelu', formula: 'max(x, 0)^2' },
      {
        name: 'threshold',
        formula: 'x > threshold ? x : value',
        exact: true,
        parameters: { threshold: own(slider(1, -4, 4, 0.1)), value: own(slider(0, -4, 4, 0.1)) },
      },
    ],
  },
  {
    title: 'Exponential and soft',
    activations: [
      {
        name: 'elu',
        formula: 'x > 0 ? x : alpha * (exp(x) - 1)',
        parameters: { alpha: slider(1, 0, 4, 0.05, [-1e30, 1e30]) },
      },
      {
        name: 'celu',
        formula: 'x > 0 ? x : alpha * (exp(x / alpha) - 1)',
        parameters: { alpha: slider(1, 0.05, 4, 0.05, [1e-30, 1e30]) },
      },
      {
        name: 'selu',
        formula: 'gamma * (x > 0 ? x : alpha * (exp(x) - 1))',
        parameters: {
          alpha: slider(1.6732632, 0, 4, 0.05, [-1e15, 1e15]),
          gamma: slider(1.050701, 0.05, 4, 0.05, [1e-15, 1e15]),
        },
      },
      {
        name: 'softplus',
        formula: 'log(1 + exp(beta * x)) / beta',
        parameters: { beta: slider(1, 0.1, 10, 0.1, [1e-7, 1e7]) },
      },
      {
        name: 'squareplus',
        formula: '(x + sqrt(x^2 + b)) / 2',
        parameters: { b: slider(4, 0, 16, 0.25, NOT_NEGATIVE) },
      },
      { name: 'sparsePlus', formula: 'x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2 / 4' },
    ],
  },
  {
    title: 'Gated by themselves',
    activations: [
      { name: 'gelu', formula: 'x * Phi(x)', parameters: { approximate: { words: ['none', 'tanh'] } } },
      { name: 'quickGelu', formula: 'x * sigmoid(1.702 * x)' },
      { name: 'silu', formula: 'x * sigmoid(x)' },
      {
        name: 'swish',
        formula: 'x * sigmoid(beta * x)',
        parameters: { beta: slider(1, -4, 10, 0.1, [-1e19, 1e19]) },
      },
      { name: 'mish', formula: 'x * tanh(log(1 + exp(x)))' },
      { name: 'hardSwish', formula: 'x * min(max(x + 3, 0), 6) / 6' },
    ],
  },
  {
    title: 'Sigmoids and steps',
    activations: [
      { name: 'sigmoid', formula: '1 / (1 + exp(-x))' },
      {
        name: 'hardSigmoid',
        formula: 'min(max(alpha * x + beta, 0), 1)',
        parameters: {
          alpha: slider(0.16666667, 0.01, 1, 0.01, [-1e7, 1e7]),
          beta: slider(0.5, 0, 1, 0.05, [-1e7, 1e7]),
        },
      },
      { name: 'sparseSigmoid', formula: 'min(max(x + 1, 0), 2) / 2' },
      { name: 'logSigmoid', formula: '-log(1 + exp(-x))' },
      { name: 'tanh', formula: '(exp(2 * x) - 1) / (exp(2 * x) + 1)' },
      {
        name: 'hardTanh',
        formula: 'min(max(x, minValue), maxValue)',
        exact: true,
        parameters: { minValue: slider(-1, -4, 0, 0.1), maxValue: slider(1, 0, 4, 0.1) },
      },
      {
        name: 'clamp',
        formula: 'min(max(x, minValue), maxValue)',
        exact: true,
        parameters: { minValue: own(slider(-1, -4, 0, 0.1)), maxValue: own(slider(1, 0, 4, 0.1)) },
      },
      { name: 'softsign', formula: 'x / (1 + abs(x))' },
      { name: 'step', formula: 'x > 0 ? 1 : 0', exact: true },
    ],
  },
  {
    title: 'Shrink',
    activations: [
      {
        name: 'hardShrink',
        formula: 'abs(x) > lambda ? x : 0',
        exact: true,
        parameters: { lambda: slider(0.5, 0, 4, 0.05, NOT_NEGATIVE) },
      },
      {
        name: 'softShrink',
        formula: 'x > lambda ? x - lambda : x < -lambda ? x + lambda : 0',
        parameters: { lambda: slider(0.5, 0, 4, 0.05, NOT_NEGATIVE) },
      },
      { name: 'tanhShrink', formula: 'x - tanh(x)' },
    ],
  },
  {
    title: 'Gated pairs',
    activations: [
      { name: 'glu', formula: 'sigmoid(gate) * up', gated: true },
      { name: 'reglu', formula: 'relu(gate) * up', gated: true },
      {
        name: 'geglu',
        formula: 'gelu(gate) * up',
        gated: true,
        parameters: { approximate: { words: ['none', 'tanh', 'sigmoid'] } },
      },
      { name: 'swiglu', formula: 'silu(gate) * up', gated: true },
      {
        name: 'swigluClamped',
        formula: 'g * sigmoid(alpha * g) * (u + 1), g = min(gate, limit), u = min(max(up, -limit), limit)',
        gated: true,
        parameters: {
          alpha: slider(1.702, 0.25, 4, 0.001, [0.25, 65_536]),
          limit: slider(7, 0, 20, 0.5, NOT_NEGATIVE),
        },
      },
    ],
  },
  { title: 'Your own', activations: OWN_ACTIVATIONS },
]

export const ACTIVATIONS: readonly Choice[] = FAMILIES.flatMap(({ activations }) => activations)

/** The parameters that a call gives: those that differ from the library's defaults. */
export function givenParameters(name: string, parameters: Parameters): Parameters {
  const known = ACTIVATIONS.find(one => one.name === name)?.parameters ?? {}
  const isGiven = ([key, value]: [string, number | string]): boolean => {
    const parameter = known[key]
    if (parameter === undefined) return true
    return 'words' in parameter ? value !== parameter.words[0] : parameter.own === true || value !== parameter.initial
  }
  return Object.fromEntries(Object.entries(parameters).filter(isGiven))
}

/** Makes an activation. @throws InputError where the parameters do not go together */
export function makeActivation(
  library: Library,
  name: string,
  parameters: Parameters | undefined,
): Activation | GluActivation {
  return makerOf(library, name)(parameters && givenParameters(name, parameters))
}

type Maker = (options?: Parameters) => Activation | GluActivation

// A definition is checked when it is made: once for each of them.
const defined = new Map<string, Maker>()

function makerOf(library: Library, name: string): Maker {
  const one = ownActivation(name)
  if (one === undefined) return library[name as ActivationName] as Maker
  const maker = defined.get(name) ?? (one.define(library) as Maker)
  defined.set(name, maker)
  return maker
}

export const ACTIVATION_NAMES: readonly string[] = ACTIVATIONS.map(({ name }) => name)
export const EXACT_ACTIVATIONS: readonly string[] = ACTIVATIONS.filter(({ exact }) => exact).map(({ name }) => name)
/** The activations that are measured by default: all of them would take long. */
export const COMMON_ACTIVATIONS: readonly string[] = ['relu', 'leakyRelu']
export const DIRECTIONS: readonly Direction[] = ['forward', 'backward']
export const PROCESSORS: readonly Processor[] = ['webgpu', 'cpu']
export const INPUTS: readonly InputKind[] = ['normal', 'picture', 'npy']
export const SIZES: readonly number[] = Array.from({ length: 17 }, (_, i) => 2 ** (10 + i))
export const LARGEST_SIZE = 2 ** 26
export const FEWEST_RUNS = 9
export const MOST_RUNS = 999

export type Processor = 'webgpu' | 'cpu'
/** `npy` is any file of tensors: addresses have the name of the first format. */
export type InputKind = 'normal' | 'picture' | 'npy'

function slider(
  initial: number,
  from: number,
  to: number,
  step: number,
  limits?: NumberParameter['limits'],
): NumberParameter {
  return { initial, slider: [from, to, step], ...(limits !== undefined && { limits }) }
}

function own(parameter: NumberParameter): NumberParameter {
  return { ...parameter, own: true }
}
