import { ACTIVATIONS, SIZES } from './choices.ts'
import { formatElements } from './format.ts'
import { type NumberName, NUMBERS, readState, type State, writeState } from './state.ts'

const NUMBER_NAMES: readonly NumberName[] = ['seed', 'alpha', 'runs']

/** The controls of the page: they show a state, and tell of the one that a user makes of it. */
export class Form {
  readonly #form: HTMLFormElement
  readonly #sizes: HTMLElement
  #state: State
  // The usual sizes, and whatever else an address has asked for.
  #offered: number[] = []

  constructor(form: HTMLFormElement, state: State, changed: (state: State) => void) {
    this.#form = form
    this.#state = state
    this.#sizes = form.querySelector<HTMLElement>('#sizes')!
    const activations = form.querySelector<HTMLElement>('#activations')!
    for (const { name, parameter } of ACTIVATIONS) {
      activations.append(chip('activations', name, name))
      if (parameter !== undefined) activations.append(numberField(parameter))
    }
    for (const [i, control] of form.querySelectorAll<HTMLInputElement>('input[type=number]').entries()) {
      const problem = document.createElement('span')
      problem.className = 'problem'
      problem.id = `problem-${i}`
      control.setAttribute('aria-describedby', problem.id)
      control.parentElement?.after(problem)
    }
    this.show(state)
    form.addEventListener('input', ({ target }) => {
      // While one types, a problem may go but not come: not before the number is complete.
      if (target instanceof HTMLInputElement && isMarked(target)) this.#mark(target)
    })
    form.addEventListener('change', event => {
      if (event.target instanceof HTMLInputElement && event.target.type === 'file') return
      this.#state = this.#read()
      changed(this.#state)
    })
  }

  /** Shows a state; a number that cannot be used stays as it was typed. */
  show(state: State): void {
    this.#state = state
    const sizes = [...new Set([...SIZES, ...this.#offered, ...state.sizes])].toSorted((a, b) => a - b)
    // Other chips than those that are there would take the keyboard's focus with them.
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
    }
    for (const control of this.#form.querySelectorAll<HTMLInputElement>('input[type=checkbox], input[type=radio]')) {
      control.checked = chosen[control.name]?.includes(control.value) ?? false
    }
    for (const name of NUMBER_NAMES) {
      for (const control of this.#numbers(name)) {
        if (!isMarked(control)) control.value = String(state[name])
      }
    }
  }

  /** Shows a state, whatever was typed. */
  restore(state: State): void {
    for (const name of NUMBER_NAMES) {
      for (const control of this.#numbers(name)) {
        control.value = String(state[name])
        this.#mark(control)
      }
    }
    this.show(state)
  }

  /** Why nothing can run with what is typed, if so; takes the user to it. */
  check(): string | undefined {
    const controls = NUMBER_NAMES.flatMap(name => [...this.#numbers(name)])
    const wrong = controls.filter(control => !this.#mark(control))[0]
    if (wrong === undefined) return undefined
    wrong.focus()
    return `${wrong.labels?.[0]?.textContent.trim()}: ${NUMBERS[wrong.name as NumberName].rule}.`
  }

  /** Whether the controls can be used: not while a run goes on. */
  enable(enabled: boolean): void {
    this.#form.querySelector<HTMLFieldSetElement>('fieldset.choices')!.disabled = !enabled
  }

  #numbers(name: string): NodeListOf<HTMLInputElement> {
    return this.#form.querySelectorAll<HTMLInputElement>(`input[type=number][name=${name}]`)
  }

  /** Whether a number can be used; says so beside it where not. */
  #mark(control: HTMLInputElement): boolean {
    const { valid, rule } = NUMBERS[control.name as NumberName]
    const usable = control.value !== '' && valid(control.valueAsNumber)
    control.setAttribute('aria-invalid', String(!usable))
    const problem = this.#form.querySelector(`#${control.getAttribute('aria-describedby')}`)!
    problem.textContent = usable ? '' : `${rule[0]!.toUpperCase()}${rule.slice(1)}.`
    return usable
  }

  #read(): State {
    const data = new FormData(this.#form)
    const numbers = { seed: this.#state.seed, alpha: this.#state.alpha, runs: this.#state.runs }
    for (const name of NUMBER_NAMES) {
      for (const control of this.#numbers(name)) {
        // In the address the last good number stays; a run waits for another one.
        if (this.#mark(control)) numbers[name] = control.valueAsNumber
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

function isMarked(control: HTMLInputElement): boolean {
  return control.getAttribute('aria-invalid') === 'true'
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
