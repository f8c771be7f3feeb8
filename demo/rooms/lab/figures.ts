import type { Story } from '../../lab/story.ts'
import { softwareBadge, type Surroundings } from '../../shell/environment.ts'
import { formatWhole } from '../../support/format.ts'
import { CurvesFigure } from './figures/curves.ts'
import { GradientsFigure, NoiseFigure, ZerosFigure } from './figures/layers.ts'
import { SurfaceFigure } from './figures/surface.ts'
import { swatch } from './figures/swatch.ts'
import { type Cell, table } from './figures/table.ts'
import { UnitsFigure } from './figures/units.ts'
import { nameOf, percent, twoDigits } from './figures/words.ts'
import type { RunModel } from './run/run-model.ts'

type FigureName = Story['figure'] | 'surface'

/** All figures of a run. The curves come first, then the one that leads, then the others. */
export class Figures {
  readonly #place: HTMLElement
  readonly #curves = new CurvesFigure()
  readonly #units = new UnitsFigure()
  readonly #gradients = new GradientsFigure()
  readonly #zeros = new ZerosFigure()
  readonly #surface = new SurfaceFigure()
  readonly #noise = new NoiseFigure()
  #model: RunModel | undefined
  /** The part of the model that has been drawn. */
  #additions = 0
  #networks: RunModel['networks'] = []

  constructor(place: HTMLElement, surroundings: Promise<Surroundings>) {
    this.#place = place
    const elements = {
      curves: this.#curves.element,
      units: this.#units.element,
      gradients: this.#gradients.element,
      zeros: this.#zeros.element,
      surface: this.#surface.element,
      noise: this.#noise.element,
    }
    for (const [name, element] of Object.entries(elements)) {
      const section = this.#section(name as FigureName)
      section.querySelector('h2')!.after(element)
      section.prepend(softwareBadge(surroundings))
    }
    place.querySelector('.latest')!.append(this.#curves.table.element)
    new ResizeObserver(() => this.#redraw()).observe(place)
    for (const colours of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) {
      matchMedia(colours).addEventListener('change', () => this.#redraw())
    }
  }

  /** Puts a figure below the curves. */
  lead(name: FigureName): void {
    const curves = this.#section('curves')
    // With the curves in front, the decisions are what is to be seen of two inputs.
    const second = this.#section(name === 'curves' ? 'surface' : name)
    for (const other of this.#place.querySelectorAll('section')) other.classList.toggle('leading', other === second)
    curves.after(second)
  }

  /** Draws what has changed since the last call. */
  draw(model: RunModel): void {
    const isOther = model !== this.#model
    this.#model = model
    if (isOther || model.additions !== this.#additions) this.#drawCurves(model)
    if (isOther || model.networks !== this.#networks) this.#drawNetworks(model)
  }

  #drawCurves(model: RunModel): void {
    this.#additions = model.additions
    this.#curves.draw(model)
    this.#drawLegend(model)
  }

  #drawNetworks(model: RunModel): void {
    this.#networks = model.networks
    this.#units.draw(model)
    this.#gradients.draw(model)
    this.#section('gradients').querySelector('small')!.textContent = this.#gradients.scale
    this.#zeros.draw(model)
    this.#noise.draw(model)
    this.#section('surface').hidden = !this.#surface.draw(model)
    this.#section('noise').hidden = model.setup.noise === undefined
    // Makes an overflow reachable by keyboard.
    for (const scroller of this.#place.querySelectorAll<HTMLElement>('.scroller')) {
      if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0
      else scroller.removeAttribute('tabindex')
    }
  }

  #redraw(): void {
    if (this.#model === undefined) return
    this.#curves.redraw()
    this.#drawNetworks(this.#model)
  }

  #section(name: FigureName): HTMLElement {
    return this.#place.querySelector<HTMLElement>(`section[data-figure=${name}]`)!
  }

  /** The latest values of the curves. */
  #drawLegend({ setup, curves, step }: RunModel): void {
    const tested = curves.some(({ testLoss }) => testLoss.length > 0)
    const columns = ['activation', 'loss', 'right', ...(tested ? ['test loss', 'right in the test'] : []), 'steps / s']
    const rows = setup.activations.map((choice, i): Cell[] => {
      const curve = curves[i]!
      const last = (values: readonly number[]): number => values.at(-1) ?? NaN
      const name = document.createElement('span')
      name.append(swatch(i), ` ${nameOf(choice)}`, ...stateOf(curve))
      const rate = curve.stepsPerSecond
      return [
        name,
        twoDigits(last(curve.loss)),
        percent(last(curve.accuracy)),
        ...(tested ? [twoDigits(last(curve.testLoss)), percent(last(curve.testAccuracy))] : []),
        Number.isFinite(rate) ? formatWhole(Math.round(rate)) : '–',
      ]
    })
    const legend = table(`At step ${step}`, columns, rows)
    legend.id = 'lab-legend'
    legend.caption!.className = 'visually-hidden'
    document.getElementById('lab-legend')!.replaceWith(legend)
  }
}

/** Describes the end of a network that ended before the others. */
function stateOf({ divergedAt, stoppedAt }: RunModel['curves'][number]): HTMLElement[] {
  const step = divergedAt ?? stoppedAt
  if (step === null) return []
  const state = document.createElement('span')
  state.className = divergedAt === null ? 'state' : 'state diverged'
  state.textContent = `${divergedAt === null ? 'there' : 'diverged'} at step ${formatWhole(step)}`
  return [state]
}
