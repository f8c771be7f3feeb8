import { normal } from '../support/random.ts'
import { activationOf } from './activations.ts'
import { matrix, multiply } from './matrix.ts'
import type { Lab } from './measurements.ts'
import type { ActivationChoice, Setup } from './training-setup.ts'
import { drawsOf } from './seeds.ts'

const RUNS = 30
/** So many calls take some milliseconds: clocks of browsers tell 100 microseconds apart. */
const CALLS = { activation: 40, product: 5 }

/** The time of an activation over normal values, forward and backward together: the mean of 40 calls, the fastest of 30 times. */
export async function secondsOfActivation(
  { dispatcher, pause }: Lab,
  { seed }: Setup,
  choice: ActivationChoice,
  elements: number,
): Promise<number> {
  const activation = activationOf(choice)
  const [x, dy, out] = [1, 2, 3].map(() => dispatcher.allocate(elements))
  const next = normal(drawsOf(seed, 'data'))
  for (let i = 0; i < elements; i++) x![i] = next()
  dy!.set(x!)
  let fastest = Infinity
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    for (let call = 0; call < CALLS.activation; call++) {
      await dispatcher.forward(activation, x!, { out: out! })
      await dispatcher.backward(activation, x!, dy!, { out: out! })
    }
    fastest = Math.min(fastest, performance.now() - start)
    await pause()
  }
  return fastest / CALLS.activation / 1000
}

/** The time of a product whose first matrix is half zeros, over that of one without zeros, by two loops. */
export async function sparseProducts(
  { pause }: Lab,
  { seed }: Setup,
  size: number,
): Promise<{ skipping: number; tiled: number }> {
  const next = normal(drawsOf(seed, 'data'))
  const dense = Float32Array.from({ length: size ** 2 }, next)
  const sparse = dense.map(value => Math.max(value, 0))
  const other = Float32Array.from({ length: size ** 2 }, next)
  const out = new Float32Array(size ** 2)
  const tiled = (x: Float32Array): void => multiply(matrix(x, size, size), matrix(other, size, size), out)
  const skipping = (x: Float32Array): void => multiplySkippingZeros(x, other, out, size)
  const ratio = async (product: (x: Float32Array) => void): Promise<number> => {
    const fastest = { dense: Infinity, sparse: Infinity }
    // In turn, so that both have the same machine.
    for (let run = 0; run < RUNS; run++) {
      fastest.dense = Math.min(
        fastest.dense,
        millisecondsOf(() => product(dense)),
      )
      fastest.sparse = Math.min(
        fastest.sparse,
        millisecondsOf(() => product(sparse)),
      )
      await pause()
    }
    return fastest.sparse / fastest.dense
  }
  return { skipping: await ratio(skipping), tiled: await ratio(tiled) }
}

/** The product of two square matrices, without the terms of zeros in the first one. */
function multiplySkippingZeros(x: Float32Array, other: Float32Array, out: Float32Array, size: number): void {
  out.fill(0)
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const value = x[i * size + k]!
      if (value === 0) continue
      for (let j = 0; j < size; j++) out[i * size + j]! += value * other[k * size + j]!
    }
  }
}

/** The time of a few calls. */
function millisecondsOf(call: () => void): number {
  const start = performance.now()
  for (let i = 0; i < CALLS.product; i++) call()
  return performance.now() - start
}
