import type { Activation, Dispatcher, GluActivation } from '../../../../src/index.ts'
import type { Parameters } from '../../../state/activation-choice.ts'
import { ACTIVATION_NAMES, ACTIVATIONS, FAMILIES } from '../../../state/choices.ts'
import { messageOf } from '../../../support/format.ts'
import { Latest } from '../../../support/latest.ts'
import { showTable } from '../../../support/table.ts'
import type { State } from '../../../state/state.ts'
import { FROM, TO, trace } from './curve.ts'
import { type ParameterControl, parameterControl } from '../../../controls/parameter.ts'
import { drawableOf } from './drawable.ts'
import { type Drawing, draw } from './drawing.ts'
import { Gallery, TILE_EDGE } from './gallery.ts'
import { describeGradient } from './gradient.ts'
import { type Shape, shapeOf } from './shape.ts'

/** The part of a state that this panel changes. */
export type Plotted = Pick<State, 'plot' | 'mean' | 'x' | 'parameters'>

interface Host {
  /** @throws InputError where the parameters do not go together */
  make(name: string, parameters: Parameters | undefined): Activation | GluActivation
  /** Receives a change by the user. `settled`: no further change follows at once, as from a slider that moves. */
  changed(next: Partial<Plotted>, settled: boolean): void
  /** Receives the activation that is drawn from now on. */
  made(activation: Activation | GluActivation): void
}

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The part of the page that draws an activation with its derivative, at the parameters of its sliders. */
export class PlotPanel {
  readonly #host: Host
  readonly #place = find('drawing')
  readonly #probe = find('probe') as HTMLInputElement
  readonly #gallery = new Gallery(find('gallery'), FAMILIES)
  readonly #controls = new Map<string, ParameterControl>()
  readonly #mean: ParameterControl
  #shown: Plotted | undefined
  readonly #dispatcher: Promise<Dispatcher>
  readonly #table = find('values').querySelector('table')!
  readonly #latest = new Latest()
  readonly #latestTiles = new Map(ACTIVATION_NAMES.map(name => [name, new Latest()]))
  #shape: Shape | undefined
  #isGated = false
  #drawing: Drawing | undefined
  /** Settled with the first drawing, or without one where the first parameters do not go together. */
  ready: Promise<void> = Promise.resolve()

  constructor(state: Plotted, dispatcher: Promise<Dispatcher>, host: Host) {
    this.#host = host
    this.#dispatcher = dispatcher
    this.#mean = parameterControl('mean', { initial: 0, slider: [-4, 4, 0.1], limits: [-10, 10] }, (mean, settled) =>
      host.changed({ mean: Number(mean) }, settled),
    )
    find('mean').append(this.#mean.element)
    find('shape').addEventListener('submit', event => event.preventDefault())
    find('gallery').addEventListener('change', ({ target }) => {
      // Arrow keys move through the activations quickly.
      host.changed({ plot: (target as HTMLInputElement).value }, false)
    })
    this.#probe.addEventListener('input', () => host.changed({ x: this.#probe.valueAsNumber }, false))
    this.#place.addEventListener('pointermove', event => this.#point(event, event.buttons > 0))
    this.#place.addEventListener('pointerdown', event => this.#point(event, true))
    find('values').addEventListener('toggle', () => this.#fillTable())
    this.show(state)
    new ResizeObserver(() => this.#draw()).observe(this.#place)
  }

  /** Shows a state; a number that cannot be used stays as it was typed. */
  show(state: Plotted): void {
    const before = this.#shown
    this.#shown = { plot: state.plot, mean: state.mean, x: state.x, parameters: state.parameters }
    if (before?.plot !== state.plot) this.#build()
    this.#mean.show(state.mean)
    for (const [name, control] of this.#controls) control.show(state.parameters[state.plot]![name]!)
    for (const name of ACTIVATION_NAMES) {
      if (before === undefined || before.parameters[name] !== state.parameters[name]) this.#redrawTile(name)
    }
    if (before?.x !== state.x) this.#probe.value = String(state.x)
    if (before?.plot === state.plot && before.parameters[state.plot] === state.parameters[state.plot]) {
      if (before.mean === state.mean) this.#showValues()
      else this.#draw()
      return
    }
    try {
      const activation = this.#host.make(state.plot, state.parameters[state.plot])
      const shape = this.#evaluate(activation)
      this.#host.made(activation)
      this.#place.setAttribute('aria-busy', 'true')
      const drawn = this.#latest.run(shape, evaluated => {
        this.#shape = evaluated
        this.#draw()
        this.#fillTable()
        this.#place.setAttribute('aria-busy', 'false')
      })
      if (before === undefined) this.ready = drawn
      find('plot-problem').textContent = ''
    } catch (error) {
      // The last valid shape stays.
      find('plot-problem').textContent = messageOf(error)
      this.#place.setAttribute('aria-busy', 'false')
      this.#draw()
    }
  }

  async #evaluate(activation: Activation | GluActivation): Promise<Shape> {
    return shapeOf(drawableOf(activation, await this.#dispatcher))
  }

  /** Shows a state and replaces what was typed. */
  restore(state: Plotted): void {
    this.show(state)
    this.#mean.restore(state.mean)
    for (const [name, control] of this.#controls) control.restore(state.parameters[state.plot]![name]!)
  }

  /** The reason why the numbers that were typed cannot be used, if so. Focuses the field. */
  check(): string | undefined {
    for (const control of this.#controls.values()) {
      const wrong = control.check()
      if (wrong === undefined) continue
      wrong.control.focus()
      return wrong.problem
    }
    return undefined
  }

  /** Creates the controls of the chosen activation. */
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
    let activation: Activation | GluActivation
    try {
      activation = this.#host.make(name, this.#shown!.parameters[name])
    } catch {
      // `show` states it where this activation is chosen.
      return
    }
    const evaluate = async () => {
      const { forward } = drawableOf(activation, await this.#dispatcher)
      return trace(forward, -TILE_EDGE, TILE_EDGE, 10)
    }
    void this.#latestTiles.get(name)!.run(evaluate(), curve => this.#gallery.draw(name, curve))
  }

  #draw(): void {
    const width = this.#place.clientWidth
    if (this.#shape === undefined || this.#shown === undefined || width === 0) return
    const { mean } = this.#shown
    const { regions } = this.#shape
    const description = describeGradient(regions, mean, this.#isGated ? 'gate' : 'x')
    const height = Math.round(Math.min(370, Math.max(270, width * 0.6)))
    this.#drawing = draw(this.#shape, { mean, width, height, description })
    this.#place.replaceChildren(this.#drawing.element)
    // The middle of its thumb moves over the x axis.
    this.#probe.style.marginLeft = `calc(${this.#drawing.left}px - var(--thumb) / 2)`
    this.#probe.style.width = `calc(${this.#drawing.right - this.#drawing.left}px + var(--thumb))`
    find('gradient').textContent = description
    for (const kind of ['none', 'faint'] as const) {
      find(`key-${kind}`).hidden = !regions.some(region => region.kind === kind && region.to > FROM && region.from < TO)
    }
    this.#showValues()
  }

  /** Moves the mark to the pointer. @param kept as a choice of the user */
  #point({ clientX }: PointerEvent, kept: boolean): void {
    if (this.#drawing === undefined) return
    const { left, right } = this.#drawing
    const share = (clientX - this.#place.getBoundingClientRect().left - left) / (right - left)
    this.#probe.value = String(FROM + (TO - FROM) * share)
    if (kept) this.#host.changed({ x: this.#probe.valueAsNumber }, false)
    else this.#showValues()
  }

  /** Fills the table of values, where it is open. */
  #fillTable(): void {
    const shape = this.#shape
    if (shape === undefined || !(find('values') as HTMLDetailsElement).open) return
    const variable = this.#isGated ? 'gate' : 'x'
    const places = Array.from({ length: 2 * (TO - FROM) + 1 }, (_, i) => FROM + i / 2)
    showTable(this.#table, {
      columns: [variable, `${shape.name}(${variable}${this.#isGated ? ', 1' : ''})`, 'derivative'],
      rows: places.map(x => [format(x, 1), ...shape.at(x).map(value => format(value, 4))]),
    })
  }

  /** Shows the values at the mark. */
  #showValues(): void {
    if (this.#shape === undefined) return
    const x = this.#probe.valueAsNumber
    const [y, slope] = this.#shape.at(x)
    this.#drawing?.mark(x)
    const value = `${this.#shape.name}(${format(x, 2)}${this.#isGated ? ', 1' : ''}) = ${format(y, 3)}`
    const derivative = `derivative ${format(slope, 3)}`
    find('value').textContent = value
    find('derivative').textContent = derivative
    this.#probe.setAttribute('aria-valuetext', `${value}, ${derivative}`)
  }
}

/** A number to so many decimals, or with an exponent where the decimals would be zeros. */
function format(value: number, decimals: number): string {
  const isTiny = value !== 0 && Math.abs(value) < 10 ** -decimals
  const text = isTiny || Math.abs(value) >= 1e6 ? value.toExponential(1) : value.toFixed(decimals)
  return text.replaceAll('-', '−')
}
