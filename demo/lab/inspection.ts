import { normal } from '../support/random.ts'
import type { Dataset } from './dataset.ts'
import type { ActivationLayer } from './layers.ts'
import { likeliestClasses, softmax } from './loss.ts'
import type { Network } from './network.ts'
import { gradientNorm } from './optimiser.ts'
import type { Inspection, LayerInspection, NoiseInspection, Surface } from './protocol.ts'
import { drawsOf } from './seeds.ts'

const SURFACE_SIDE = 48
/** Drawn data lies within it. */
const LEAST_EXTENT = 1.8

/** Inspects a network over all examples of a set. Changes nothing in it. */
export async function inspect(
  network: Network,
  data: Dataset,
  { noise }: { readonly noise: NoiseInspection | null },
): Promise<Inspection> {
  const layers = await inspectLayers(network, data)
  const surface = data.features === 2 ? await surfaceOf(network, data) : null
  const { gradientNorms, norm } = await inspectGradients(network, data)
  return { layers, gradientNorms, gradientNorm: norm, surface, noise }
}

/** Counts how often the units of hidden layers are open, and the activations and derivatives that are 0. */
export async function inspectLayers(network: Network, { values, rows }: Dataset): Promise<readonly LayerInspection[]> {
  await network.forward(values, rows, 'inference')
  const layers: LayerInspection[] = []
  for (const layer of network.activations) layers.push(await inspectLayer(layer, rows))
  return layers
}

async function inspectLayer(layer: ActivationLayer, rows: number): Promise<LayerInspection> {
  const { x, y } = layer
  const derivative = await layer.derivative()
  const width = x.length / rows
  const open = new Float32Array(width)
  const gradientless = new Uint8Array(width)
  let zeros = 0
  let zeroDerivatives = 0
  let sum = 0
  let squares = 0
  for (let unit = 0; unit < width; unit++) {
    let opened = 0
    let flat = 0
    for (let i = unit; i < x.length; i += width) {
      if (x[i]! > 0) opened++
      if (derivative[i] === 0) flat++
      if (y[i] === 0) zeros++
      sum += y[i]!
      squares += y[i]! ** 2
    }
    open[unit] = opened / rows
    gradientless[unit] = flat === rows ? 1 : 0
    zeroDerivatives += flat
  }
  return {
    open,
    gradientless,
    zeros: zeros / x.length,
    zeroGradient: zeroDerivatives / x.length,
    shut: open.filter(share => share === 0).length / width,
    mean: sum / x.length,
    rootMeanSquare: Math.sqrt(squares / x.length),
  }
}

/** The norm of the weight gradient of each layer, and of all gradients; NaN where the network has diverged. */
export async function inspectGradients(
  network: Network,
  data: Dataset,
): Promise<{ gradientNorms: readonly number[]; norm: number }> {
  const { loss } = await network.gradients(data.values, data.labels, 'probe')
  if (!Number.isFinite(loss)) return { gradientNorms: network.dense.map(() => NaN), norm: NaN }
  return {
    gradientNorms: network.dense.map(({ weights }) => gradientNorm([weights])),
    norm: gradientNorm(network.parameters),
  }
}

/** Measures the change of hidden activations and answers by noise of a deviation. */
export async function inspectNoise(
  network: Network,
  { values, rows }: Dataset,
  deviation: number,
  seed: number,
): Promise<NoiseInspection> {
  const answers = async (x: Float32Array) => {
    const logits = await network.forward(x, rows, 'inference')
    return { probabilities: softmax(logits, network.classes), hidden: network.activations.map(({ y }) => y.slice()) }
  }
  const next = normal(drawsOf(seed, 'noise'))
  const quiet = await answers(values)
  const noisy = await answers(values.map(value => value + deviation * next()))
  let unchanged = 0
  let elements = 0
  quiet.hidden.forEach((layer, k) => {
    for (let i = 0; i < layer.length; i++) if (layer[i] === noisy.hidden[k]![i]) unchanged++
    elements += layer.length
  })
  let moved = 0
  for (let i = 0; i < quiet.probabilities.length; i++) {
    moved += Math.abs(quiet.probabilities[i]! - noisy.probabilities[i]!)
  }
  return { unchanged: unchanged / elements, moved: moved / 2 / rows }
}

async function surfaceOf(network: Network, data: Dataset): Promise<Surface> {
  const extent = data.values.reduce((most, value) => Math.max(most, Math.abs(value)), LEAST_EXTENT)
  const coordinate = (i: number): number => extent * ((2 * i) / (SURFACE_SIDE - 1) - 1)
  const values = new Float32Array(2 * SURFACE_SIDE ** 2)
  for (let i = 0; i < SURFACE_SIDE ** 2; i++) {
    values[2 * i] = coordinate(i % SURFACE_SIDE)
    values[2 * i + 1] = coordinate(Math.floor(i / SURFACE_SIDE))
  }
  const { classes } = network
  const probabilities = softmax(await network.forward(values, SURFACE_SIDE ** 2, 'inference'), classes)
  const likeliest = likeliestClasses(probabilities, classes)
  return {
    side: SURFACE_SIDE,
    extent,
    classes: likeliest,
    probabilities: Float32Array.from(likeliest, (label, i) => probabilities[i * classes + label]!),
  }
}
