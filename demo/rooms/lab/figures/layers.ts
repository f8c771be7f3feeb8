import type { RunModel } from '../run/run-model.ts'
import { barCell, table } from './table.ts'
import { nameOf, percent, twoDigits } from './words.ts'

/** The norm of the gradient of each layer: a table with bars on a log scale. */
export class GradientsFigure {
  readonly element = scroller()
  /** The scale of the bars, in words. */
  scale = ''

  draw({ networks, finite, setup }: RunModel): void {
    // Of a network that diverged, what led there says more than its NaN.
    const shown = networks.map((inspection, i) =>
      Number.isFinite(inspection.gradientNorm) || finite[i] === undefined ? { inspection } : finite[i],
    )
    const names = shown.map((one, i) => nameOf(setup.activations[i]!) + ('step' in one ? `, at step ${one.step}` : ''))
    const norms = shown.map(({ inspection }) => inspection.gradientNorms)
    const positive = norms.flat().filter(norm => norm > 0 && Number.isFinite(norm))
    // Norms that hardly differ are not to look as if they did: at least four decades.
    const highest = Math.ceil(Math.log10(Math.max(...positive, Number.MIN_VALUE)))
    const lowest = Math.min(highest - 4, Math.floor(Math.log10(Math.min(...positive, Number.MAX_VALUE))))
    const share = (norm: number): number =>
      norm > 0 ? Math.max(0.02, (Math.log10(norm) - lowest) / (highest - lowest)) : 0
    const layers = norms[0]?.length ?? 0
    const rows = Array.from({ length: layers }, (_, layer) => [
      layer === layers - 1 ? 'out' : String(layer + 1),
      ...norms.map((all, network) => barCell(twoDigits(all[layer]!), share(all[layer]!), network)),
    ])
    const all = ['all', ...shown.map(({ inspection }) => twoDigits(inspection.gradientNorm))]
    this.scale =
      positive.length === 0 ? 'norm by layer' : `norm by layer, bars from 1e${lowest} to 1e${highest}, log scale`
    const result = table('Norm of the gradient by layer', ['layer', ...names], [...rows, all])
    result.caption!.className = 'visually-hidden'
    this.element.replaceChildren(result)
  }
}

/** Zeros, derivatives that are 0, shut units, and how far from centred each layer is. */
export class ZerosFigure {
  readonly element = document.createElement('div')
  readonly #tables = document.createElement('div')

  constructor() {
    this.#tables.className = 'blocks scroller'
    const key = document.createElement('p')
    key.className = 'note'
    key.textContent =
      'Zeros among activations; f′ = 0 among derivatives; units that are shut for all examples; the mean over the root mean square, 0 where centred.'
    this.element.append(this.#tables, key)
  }

  draw({ networks, setup }: RunModel): void {
    this.#tables.style.setProperty('--blocks', String(networks.length))
    const tables = networks.map(({ layers }, network) => {
      const rows = layers.map(({ zeros, zeroGradient, shut, mean, rootMeanSquare }, layer) => [
        String(layer + 1),
        barCell(percent(zeros), zeros, network),
        percent(zeroGradient),
        percent(shut),
        centreOf(mean, rootMeanSquare),
      ])
      return table(
        nameOf(setup.activations[network]!),
        ['layer', 'zeros', 'f′\u00a0=\u00a00', 'shut', 'mean / rms'],
        rows,
      )
    })
    this.#tables.replaceChildren(...tables)
  }
}

/** Draws the effect of noise on the input. */
export class NoiseFigure {
  readonly element = scroller()

  draw({ networks, setup }: RunModel): void {
    const hasNoise = networks.some(({ noise }) => noise !== null)
    const row = (title: string, value: 'unchanged' | 'moved'): (string | HTMLElement)[] => [
      title,
      ...networks.map(({ noise }, i) =>
        noise === null
          ? 'NaN'
          : barCell(
              noise[value] < 0.1 ? `${(100 * noise[value]).toFixed(1)} %` : percent(noise[value]),
              noise[value],
              i,
            ),
      ),
    ]
    const rows = [row('hidden values unchanged', 'unchanged'), row('the answer moves by', 'moved')]
    const caption = `Noise of deviation ${setup.noise ?? 0} on the input`
    if (hasNoise) this.element.replaceChildren(table(caption, ['what changes', ...setup.activations.map(nameOf)], rows))
    else this.element.replaceChildren('No noise is added: set “noise” among more choices.')
  }
}

function centreOf(mean: number, rootMeanSquare: number): string {
  const text = (rootMeanSquare === 0 ? 0 : mean / rootMeanSquare).toFixed(2)
  return text === '-0.00' ? '0.00' : text
}

function scroller(): HTMLElement {
  const element = document.createElement('div')
  element.className = 'scroller'
  return element
}
