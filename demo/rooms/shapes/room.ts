import * as library from '../../../src/index.ts'
import { softwareBadge } from '../../shell/environment.ts'
import type { Open, Room, Shell } from '../../shell/room.ts'
import { ACTIVATION_NAMES, makeActivation } from '../../state/choices.ts'
import { type State, writeState } from '../../state/state.ts'
import { Code } from './code/code.ts'
import { drawableOf } from './plot/drawable.ts'
import { PlotPanel } from './plot/panel.ts'
import { PropertyCard } from './properties/card.ts'
import html from './room.html?raw'
import { Sample } from './sample/sample.ts'
import './shapes.css'

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The room in which activations are drawn. */
export const open: Open = (place, shell) => {
  place.innerHTML = html
  place.classList.add('waiting')
  const room = new Shapes(shell)
  void room.ready.finally(() => place.classList.remove('waiting'))
  return room
}

class Shapes implements Room {
  readonly #shell: Shell
  readonly #dispatcher = library.createDispatcher({ processor: 'cpu' })
  readonly #properties = new PropertyCard(find('properties'))
  readonly #code = new Code()
  readonly #sample: Sample
  readonly #plot: PlotPanel
  #described: Promise<unknown> = Promise.resolve()
  /** Settled once everything has been shown. */
  readonly ready: Promise<unknown>

  constructor(shell: Shell) {
    this.#shell = shell
    this.#sample = new Sample({
      refused: why => shell.notify('file', why),
      dispatcher: this.#dispatcher,
      every: () => this.#every(),
    })
    for (const figure of ['figure', 'sample']) find(figure).append(softwareBadge(shell.surroundings))
    this.#plot = new PlotPanel(shell.state, this.#dispatcher, {
      make: (name, parameters) => makeActivation(library, name, parameters),
      changed: (next, settled) => shell.change({ ...next, run: false }, settled ? 'replace' : 'settling'),
      made: activation => {
        this.#described = this.#describe(activation)
      },
    })
    this.ready = Promise.all([this.#plot.ready, this.#described])
  }

  show(state: State, how: 'changed' | 'restored'): void {
    if (how === 'restored') this.#plot.restore(state)
    else this.#plot.show(state)
  }

  close(): void {
    // Nothing runs but for an answer to the user.
  }

  take = (file: File): void => this.#sample.take(file)

  /** All activations of one tensor, at their present parameters; without those whose parameters do not go together. */
  #every(): library.Activation[] {
    const { parameters } = this.#shell.state
    return ACTIVATION_NAMES.flatMap(name => {
      try {
        const made = makeActivation(library, name, parameters[name])
        return library.isGlu(made) ? [] : [made]
      } catch (error) {
        if (error instanceof library.InputError) return []
        throw error
      }
    })
  }

  async #describe(activation: library.Activation | library.GluActivation): Promise<unknown> {
    const { state } = this.#shell
    this.#code.show(activation, state.parameters[activation.name] ?? {})
    const measured = { ...state, room: 'throughput', activations: [activation.name], run: false } as const
    find('measure').setAttribute('href', writeState(measured))
    const drawable = drawableOf(activation, await this.#dispatcher)
    const variable = library.isGlu(activation) ? 'gate' : 'x'
    return Promise.all([
      this.#properties.show(drawable, variable),
      this.#sample.show({ activation, drawable, variable }),
    ])
  }
}
