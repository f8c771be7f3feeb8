import { ACTIVATIONS, SIZES } from './choices.ts'
import { formatElements } from './format.ts'
import { isAlpha, isRuns, isSeed, readState, type State, writeState } from './state.ts'

/** The controls of the page: they show a state, and tell of the one that a user makes of it. */
export class Form {
  readonly #form: HTMLFormElement
  readonly #sizes: HTMLElement
  #state: State

  constructor(form: HTMLFormElement, state: State, changed: (state: State) => void) {
    this.#form = form
    this.#state = state
    this.#sizes = form.querySelector<HTMLElement>('#sizes')!
    const activations = form.querySelector<HTMLElement>('#activations')!
    for (const { name, parameter } of ACTIVATIONS) {
      activations.append(chip('activations', name, name))
      if (parameter !== undefined) activations.append(numberField(parameter))
    }
    this.show(state)
    form.addEventListener('change', event => {
      if (event.target instanceof HTMLInputElement && event.target.type === 'file') return
      this.#state = this.#read()
      changed(this.#state)
    })
  }

  show(state: State): void {
    this.#state = state
    // The usual sizes, and whatever else the address asks for.
    const sizes = [...new Set([...SIZES, ...state.sizes])].toSorted((a, b) => a - b)
    this.#sizes.replaceChildren(...sizes.map(size => chip('sizes', String(size), formatElements(size))))
    const chosen: Readonly<Record<string, readonly string[]>> = {
      input: [state.input],
      sizes: state.sizes.map(String),
      activations: state.activations,
      directions: state.directions,
      processors: state.processors,
    }
    for (const control of this.#form.querySelectorAll<HTMLInputElement>('input[type=checkbox], input[type=radio]')) {
      control.checked = chosen[control.name]?.includes(control.value) ?? false
    }
    for (const name of ['seed', 'alpha', 'runs'] as const) {
      for (const control of this.#numbers(name)) control.value = String(state[name])
    }
  }

  /** Whether the controls can be used: not while a run goes on. */
  enable(enabled: boolean): void {
    this.#form.querySelector<HTMLFieldSetElement>('fieldset.choices')!.disabled = !enabled
  }

  #numbers(name: string): NodeListOf<HTMLInputElement> {
    return this.#form.querySelectorAll<HTMLInputElement>(`input[type=number][name=${name}]`)
  }

  #read(): State {
    const data = new FormData(this.#form)
    const valid: Readonly<Record<'seed' | 'alpha' | 'runs', (value: number) => boolean>> = {
      seed: isSeed,
      alpha: isAlpha,
      runs: isRuns,
    }
    const numbers = { seed: this.#state.seed, alpha: this.#state.alpha, runs: this.#state.runs }
    for (const name of ['seed', 'alpha', 'runs'] as const) {
      for (const control of this.#numbers(name)) {
        // A number that cannot be used is marked, and the last good one stays.
        const usable = control.value !== '' && valid[name](control.valueAsNumber)
        control.setAttribute('aria-invalid', String(!usable))
        if (usable) numbers[name] = control.valueAsNumber
      }
    }
    const words = (name: string): string => data.getAll(name).map(String).join()
    const lists = ['sizes', 'activations', 'directions', 'processors'].map(name => `${name}=${words(name)}`)
    const { state } = readState(`?input=${words('input')}&${lists.join('&')}`)
    return { ...state, ...numbers, run: false }
  }
}

/** The address of the page with this state. */
export function addressOf(state: State): string {
  return `${location.pathname}${writeState(state)}`
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

function numberField(name: string): HTMLLabelElement {
  const label = document.createElement('label')
  label.className = 'field'
  const control = document.createElement('input')
  control.type = 'number'
  control.name = name
  control.step = 'any'
  label.append(`${name} `, control)
  return label
}
