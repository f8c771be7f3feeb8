import { activationOf } from '../../demo/lab/activations.ts'
import type { Dataset } from '../../demo/lab/dataset.ts'
import type { NetworkOptions } from '../../demo/lab/network.ts'
import type { ActivationChoice } from '../../demo/lab/training-setup.ts'
import { drawsOf } from '../../demo/lab/seeds.ts'

/** The description of the float64 network. Its parameters are those of `network.parameters`, in that order. */
export type Shape = Pick<
  NetworkOptions,
  'features' | 'classes' | 'width' | 'depth' | 'batchNorm' | 'dropout' | 'seed'
> & { readonly choice: ActivationChoice }

/** The loss of a network in float64, written from the definitions: no code of it is the lab's. */
function lossOf(shape: Shape, parameters: readonly Float64Array[], data: Dataset): number {
  const { classes, width, depth, batchNorm, dropout, seed, choice } = shape
  const { rows, labels } = data
  const drop = drawsOf(seed, 'dropout')
  const left = [...parameters]
  const take = (): Float64Array => left.shift()!
  let values = Array.from({ length: rows }, (_, row) =>
    Array.from(data.values.slice(row * data.features, (row + 1) * data.features)),
  )
  const dense = (outputs: number): void => {
    const weights = take()
    const bias = take()
    values = values.map(x =>
      Array.from({ length: outputs }, (_, o) => x.reduce((sum, v, i) => sum + v * weights[i * outputs + o]!, bias[o]!)),
    )
  }
  for (let layer = 0; layer < depth; layer++) {
    dense(width)
    if (batchNorm) {
      const scale = take()
      const shift = take()
      const moments = Array.from({ length: width }, (_, unit) => {
        const mean = values.reduce((sum, row) => sum + row[unit]!, 0) / rows
        return { mean, variance: values.reduce((sum, row) => sum + (row[unit]! - mean) ** 2, 0) / rows }
      })
      values = values.map(row =>
        row.map((v, unit) => {
          const { mean, variance } = moments[unit]!
          return (scale[unit]! * (v - mean)) / Math.sqrt(variance + 1e-5) + shift[unit]!
        }),
      )
    }
    if (choice.name === 'prelu') {
      const [slope] = take()
      values = values.map(row => row.map(v => (v > 0 ? v : slope! * v)))
    } else {
      const { reference } = activationOf(choice)
      values = values.map(row => row.map(v => reference.forward(v)))
    }
    if (dropout > 0) values = values.map(row => row.map(v => (drop() < 1 - dropout ? v / (1 - dropout) : 0)))
  }
  dense(classes)
  const losses = values.map((row, i) => Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)) - row[labels[i]!]!)
  return losses.reduce((sum, loss) => sum + loss, 0) / rows
}

/** The gradient of every parameter, by central differences. */
export function gradientsOf(shape: Shape, parameters: readonly Float64Array[], data: Dataset): Float64Array[] {
  const step = 1e-5
  return parameters.map(values =>
    values.map((value, i) => {
      const at = (moved: number): number => {
        values[i] = moved
        return lossOf(shape, parameters, data)
      }
      const slope = (at(value + step) - at(value - step)) / (2 * step)
      values[i] = value
      return slope
    }),
  )
}
