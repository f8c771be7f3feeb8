import { type Array, nn, numpy } from '@jax-js/jax'
import { seluParameters, type Subject } from './subject.ts'

export type JaxOperator = (x: Array) => Array

const SAME: Readonly<Record<string, JaxOperator>> = {
  relu: nn.relu,
  relu6: nn.relu6,
  sigmoid: nn.sigmoid,
  logSigmoid: nn.logSigmoid,
  tanh: numpy.tanh,
  softsign: nn.softSign,
  silu: nn.silu,
  mish: nn.mish,
  hardSwish: nn.hardSwish,
  sparsePlus: nn.sparsePlus,
  sparseSigmoid: nn.sparseSigmoid,
}

/** The function of jax-js for an activation; undefined where it has none. */
export function jaxOperator(subject: Subject): JaxOperator | undefined {
  const { name, parameters } = subject
  const number = (key: string, fallback: number): number => Number(parameters[key] ?? fallback)
  if (Object.hasOwn(SAME, name)) return SAME[name]
  switch (name) {
    case 'leakyRelu':
      return x => nn.leakyRelu(x, number('alpha', 0.01))
    case 'elu':
      return x => nn.elu(x, number('alpha', 1))
    case 'selu':
      return seluParameters(subject).isUsual ? nn.selu : undefined
    case 'celu':
      return x => nn.celu(x, number('alpha', 1))
    case 'gelu':
      return x => nn.gelu(x, { approximate: parameters['approximate'] === 'tanh' })
    case 'softplus':
      return number('beta', 1) === 1 ? nn.softplus : undefined
    case 'hardSigmoid':
      return parameters['alpha'] === undefined ? nn.hardSigmoid : undefined
    case 'hardTanh':
      return number('minValue', -1) === -1 && number('maxValue', 1) === 1 ? nn.hardTanh : undefined
    default:
      return undefined
  }
}
