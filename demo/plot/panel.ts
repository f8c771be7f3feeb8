import type { Activation, GluActivation } from '../../src/index.ts'
import { ACTIVATION_NAMES, ACTIVATIONS, type Parameters } from '../state/choices.ts'
import { messageOf } from '../measure/gpu.ts'
import type { State } from '../state/state.ts'
import { FROM, TO } from './curve.ts'
import { type ParameterControl, parameterControl } from './controls.ts'
import { type Drawable, drawableOf, type Drawing, draw } from './drawing.ts'
import { Gallery } from './gallery.ts'
import { describeGradient, regionsWithoutGradient } from './gradient.ts'

/** What of a state is chosen here. */
export type Plotted = Pick<State, 'plot' | 'mean' | 'parameters'>

interface Host {
  /** @throws InputError where the parameters do not go together */
  make(name: string, parameters: Parameters | undefined): Activation | GluActivation
  /** A user has changed something; `settled` unless more of it may follow at once. */
  changed(next: Partial<Plotted>, settled: boolean): void
}

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The part of the page that draws an activation with its derivative, at the parameters of its sliders. */
export class PlotPanel {
  readonly #host: Host
  readonly #place = find('drawing')
  readonly #probe = find('probe') as HTMLInputElement
  readonly #gallery = new Gallery(find('gallery'), ACTIVATION_NAMES)
  readonly #controls = new Map<string, ParameterControl>()
  readonly #mean: ParameterControl
  #shown: Plotted | undefined
  #activation: Drawable | undefined
  #isGated = false
  #drawing: Drawing | undefined

  constructor(state: Plotted, host: Host) {
    this.#host = host
    this.#mean = parameterControl('mean', { initial: 0, slider: [-4, 4, 0.1], limits: [-10, 10] }, (mean, settled) =>
      host.changed({ mean: Number(mean) }, settled),
    )
    find('mean').append(this.#mean.element)
    find('shape').addEventListener('submit', event => event.preventDefault())
    find('gallery').addEventListener('change', ({ target }) => {
      // With an arrow key one runs through all of them.
      host.changed({ plot: (target as HTMLInputElement).value }, false)
    })
    this.#probe.addEventListener('input', () => this.#showValues())
    this.#place.addEventListener('pointermove', event => this.#point(event))
    this.#place.addEventListener('pointerdown', event => this.#point(event))
    this.show(state)
    new ResizeObserver(() => this.#draw()).observe(this.#place)
  }

  /** Shows a state; a number that cannot be used stays as it was typed. */
  show(state: Plotted): void {
    const before = this.#shown
    this.#shown = { plot: state.plot, mean: state.mean, parameters: state.parameters }
    if (before?.plot !== state.plot) this.#build()
    this.#mean.show(state.mean)
    for (const [name, control] of this.#controls) control.show(state.parameters[state.plot]![name]!)
    for (const name of ACTIVATION_NAMES) {
      if (before === undefined || before.parameters[name] !== state.parameters[name]) this.#redrawTile(name)
    }
    try {
      this.#activation = drawableOf(this.#host.make(state.plot, state.parameters[state.plot]))
      find('plot-problem').textContent = ''
    } catch (error) {
      // The last one that could be made stays.
      find('plot-problem').textContent = messageOf(error)
    }
    this.#draw()
  }

  /** Shows a state, whatever was typed. */
  restore(state: Plotted): void {
    this.show(state)
    this.#mean.restore(state.mean)
    for (const [name, control] of this.#controls) control.restore(state.parameters[state.plot]![name]!)
  }

  /** Why nothing can run with what is typed, if so; takes the user to it. */
  check(): string | undefined {
    for (const control of this.#controls.values()) {
      const wrong = control.check()
      if (wrong === undefined) continue
      wrong.control.focus()
      return wrong.problem
    }
    return undefined
  }

  /** Puts up the controls of the activation that is chosen. */
  #build(): void {
    const { plot } = this.#shown!
    const { formula, gated = false, parameters = {} } = ACTIVATIONS.find(({ name }) => name === plot)!
    this.#isGated = gated
    find('formula').textContent = `${plot}(${gated ? 'gate, up' : 'x'}) = ${formula}`
    find('drawn-over').hidden = !gated
    this.#gallery.choose(plot)
    this.#controls.clear()
    for (const [name, parameter] of Object.entries(parameters)) {
      const control = parameterControl(name, parameter, (value, settled) => {
        const all = this.#shown!.parameters
        this.#host.changed({ parameters: { ...all, [plot]: { ...all[plot], [name]: value } } }, settled)
      })
      this.#controls.set(name, control)
    }
    find('parameters').replaceChildren(...[...this.#controls.values()].map(({ element }) => element))
    find('parameters').hidden = this.#controls.size === 0
  }

  #redrawTile(name: string): void {
    try {
      this.#gallery.draw(drawableOf(this.#host.make(name, this.#shown!.parameters[name])))
    } catch {
      // It is told where the activation is chosen.
    }
  }

  #draw(): void {
    const width = this.#place.clientWidth
    if (this.#activation === undefined || this.#shown === undefined || width === 0) return
    const { mean } = this.#shown
    const regions = regionsWithoutGradient(this.#activation.reference.derivative)
    const description = describeGradient(regions, mean, this.#isGated ? 'gate' : 'x')
    const height = Math.round(Math.min(370, Math.max(270, width * 0.52)))
    this.#drawing = draw(this.#activation, { mean, width, height, description })
    this.#place.replaceChildren(this.#drawing.element)
    // The middle of its thumb goes from where x begins to where it ends.
    this.#probe.style.marginLeft = `calc(${this.#drawing.left}px - var(--thumb) / 2)`
    this.#probe.style.width = `calc(${this.#drawing.right - this.#drawing.left}px + var(--thumb))`
    find('gradient').textContent = description
    for (const kind of ['none', 'faint'] as const) {
      find(`key-${kind}`).hidden = !regions.some(region => region.kind === kind && region.to > FROM && region.from < TO)
    }
    this.#showValues()
  }

  #point({ clientX }: PointerEvent): void {
    if (this.#drawing === undefined) return
    const { left, right } = this.#drawing
    const share = (clientX - this.#place.getBoundingClientRect().left - left) / (right - left)
    this.#probe.value = String(FROM + (TO - FROM) * share)
    this.#showValues()
  }

  /** Shows the values at the mark. */
  #showValues(): void {
    if (this.#activation === undefined) return
    const { name, reference } = this.#activation
    const x = this.#probe.valueAsNumber
    this.#drawing?.mark(x)
    const value = `${name}(${format(x, 2)}${this.#isGated ? ', 1' : ''}) = ${format(reference.forward(x), 3)}`
    const derivative = `derivative ${format(reference.derivative(x), 3)}`
    find('value').textContent = value
    find('derivative').textContent = derivative
    this.#probe.setAttribute('aria-valuetext', `${value}, ${derivative}`)
  }
}

/** A number to so many decimals, or with an exponent where those would be zeros. */
function format(value: number, decimals: number): string {
  const isTiny = value !== 0 && Math.abs(value) < 10 ** -decimals
  const text = isTiny || Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toFixed(decimals)
  return text.replaceAll('-', '−')
}
