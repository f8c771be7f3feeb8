import type { Activation } from '../../src/index.ts'

/** The identity of an activation. */
export type Subject = Pick<Activation, 'name' | 'parameters'>

const [ALPHA, GAMMA] = [1.6732632423543772, 1.0507009873554805]

/** The parameters of a selu, and whether they are the constants of its paper, which most libraries have alone. */
export function seluParameters({ parameters: { alpha = ALPHA, gamma = GAMMA } }: Subject): {
  readonly alpha: number
  readonly gamma: number
  readonly isUsual: boolean
} {
  const [a, g] = [Number(alpha), Number(gamma)]
  const isUsual = Math.fround(a) === Math.fround(ALPHA) && Math.fround(g) === Math.fround(GAMMA)
  return { alpha: a, gamma: g, isUsual }
}
