import { ACTIVATION_NAMES, SIZES } from '../../state/choices.ts'
import { formatElements } from '../../support/format.ts'
import { NumberField } from '../../controls/number-field.ts'
import { changedParameters } from '../../state/parameters.ts'
import { PEERS } from '../../state/peers.ts'
import { readState, type State } from '../../state/state.ts'
import { NUMBERS } from '../../state/throughput.ts'

/** The controls of a measurement. They show a state and report the user's changes of it. */
export class Form {
  readonly #form: HTMLFormElement
  readonly #sizes: HTMLElement
  readonly #parameters: HTMLElement
  readonly #numbers: Readonly<Record<'seed' | 'runs', NumberField>>
  #state: State
  // The usual sizes, and those of addresses.
  #offered: number[] = []

  constructor(form: HTMLFormElement, state: State, changed: (state: State) => void) {
    this.#form = form
    this.#state = state
    this.#sizes = form.querySelector<HTMLElement>('#sizes')!
    this.#parameters = form.querySelector<HTMLElement>('#measured-parameters')!
    form
      .querySelector<HTMLElement>('#activations')!
      .append(...ACTIVATION_NAMES.map(name => chip('activations', name, name)))
    form.querySelector<HTMLElement>('#peers')!.append(...PEERS.map(({ name, title }) => chip('peers', name, title)))
    const field = (name: 'seed' | 'runs'): NumberField =>
      new NumberField(form.querySelector<HTMLInputElement>(`input[name=${name}]`)!, NUMBERS[name])
    this.#numbers = { seed: field('seed'), runs: field('runs') }
    this.show(state)
    form.addEventListener('change', event => {
      // The chooser handles files and their tensors.
      if (event.target instanceof Element && event.target.closest('#drop') !== null) return
      this.#state = this.#read()
      changed(this.#state)
    })
  }

  /** Shows a state; a number that cannot be used stays as it was typed. */
  show(state: State): void {
    this.#state = state
    const sizes = [...new Set([...SIZES, ...this.#offered, ...state.sizes])].toSorted((a, b) => a - b)
    // Replacing chips would lose the keyboard focus.
    if (sizes.length !== this.#offered.length) {
      this.#sizes.replaceChildren(...sizes.map(size => chip('sizes', String(size), formatElements(size))))
      this.#offered = sizes
    }
    const chosen: Readonly<Record<string, readonly string[]>> = {
      input: [state.input],
      sizes: state.sizes.map(String),
      activations: state.activations,
      directions: state.directions,
      processors: state.processors,
      peers: state.peers,
    }
    for (const control of this.#form.querySelectorAll<HTMLInputElement>('input[type=checkbox], input[type=radio]')) {
      control.checked = chosen[control.name]?.includes(control.value) ?? false
    }
    this.#numbers.seed.show(state.seed)
    this.#numbers.runs.show(state.runs)
    const changed = changedParameters(state.parameters).filter(({ activation }) =>
      state.activations.includes(activation),
    )
    this.#parameters.textContent = changed.map(({ key, value }) => `${key} = ${value}`).join(', ')
  }

  /** Shows a state and replaces what was typed. */
  restore(state: State): void {
    this.#numbers.seed.restore(state.seed)
    this.#numbers.runs.restore(state.runs)
    this.show(state)
  }

  /** The reason why the numbers that were typed cannot be used, if so. Focuses the field. */
  check(): string | undefined {
    const problems = Object.values(this.#numbers).map(field => ({ field, problem: field.check() }))
    const first = problems.find(({ problem }) => problem !== undefined)
    first?.field.control.focus()
    return first?.problem
  }

  /** Enables the controls, or disables them during a run. */
  enable(enabled: boolean): void {
    this.#form.querySelector<HTMLFieldSetElement>('fieldset.choices')!.disabled = !enabled
  }

  #read(): State {
    const data = new FormData(this.#form)
    const words = (name: string): string => data.getAll(name).map(String).join()
    const lists = ['sizes', 'activations', 'directions', 'processors', 'peers'].map(name => `${name}=${words(name)}`)
    const { state } = readState(`?room=throughput&input=${words('input')}&${lists.join('&')}`, this.#state)
    const { parameters } = this.#state
    // The address keeps the last valid number. A run does not start before the number is valid.
    const number = (name: 'seed' | 'runs'): number => {
      const field = this.#numbers[name]
      return field.mark() ? field.control.valueAsNumber : this.#state[name]
    }
    return { ...state, parameters, seed: number('seed'), runs: number('runs'), run: false }
  }
}

function chip(name: string, value: string, text: string): HTMLLabelElement {
  const label = document.createElement('label')
  label.className = 'chip'
  const control = document.createElement('input')
  control.type = 'checkbox'
  control.name = name
  control.value = value
  const span = document.createElement('span')
  span.textContent = text
  label.append(control, span)
  return label
}
