import { FAMILIES, PROCESSORS, SIZES } from '../../state/choices.ts'
import { formatElements } from '../../support/format.ts'
import { NumberField } from '../../controls/number-field.ts'
import { changedParameters } from '../../state/parameters.ts'
import { PEERS } from '../../state/peers.ts'
import { readState, type State } from '../../state/state.ts'
import { NUMBERS, THROUGHPUT_DEFAULTS } from '../../state/throughput.ts'
import { hasChoices, PRESETS } from './presets.ts'

interface Listener {
  /** The user changed a choice. */
  changed(state: State): void
  /** The user took a preset. */
  preset(state: State): void
}

/** The controls of a measurement. They show a state and report the user's changes of it. */
export class Form {
  readonly #form: HTMLFormElement
  readonly #sizes: HTMLElement
  readonly #presets: readonly HTMLButtonElement[]
  readonly #own: HTMLDetailsElement
  readonly #numbers: Readonly<Record<'seed' | 'runs', NumberField>>
  #state: State
  // The usual sizes, and those of addresses.
  #offered: number[] = []

  constructor(form: HTMLFormElement, state: State, listener: Listener) {
    this.#form = form
    this.#state = state
    this.#sizes = this.#find('#sizes')
    this.#own = this.#find('#own') as HTMLDetailsElement
    this.#presets = PRESETS.map(preset => presetButton(preset))
    for (const [i, button] of this.#presets.entries()) {
      button.addEventListener('click', () => listener.preset({ ...this.#state, ...PRESETS[i]!.choices, run: false }))
    }
    this.#find('#presets').append(...this.#presets)
    this.#find('#activations').append(...FAMILIES.map(family => familyOfChips(family)))
    this.#find('#peers').append(...PEERS.map(({ name, title }) => chip('peers', name, title)))
    const field = (name: 'seed' | 'runs'): NumberField =>
      new NumberField(this.#find(`input[name=${name}]`) as HTMLInputElement, NUMBERS[name])
    this.#numbers = { seed: field('seed'), runs: field('runs') }
    // Whoever comes with choices of their own sees them, unless the run is to start at once.
    this.#own.open = !state.run && !isUsual(state)
    this.show(state)
    form.addEventListener('change', event => {
      // The chooser handles files and their tensors.
      if (event.target instanceof Element && event.target.closest('#drop') !== null) return
      this.#state = this.#read()
      listener.changed(this.#state)
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
      control.checked = !control.disabled && (chosen[control.name]?.includes(control.value) ?? false)
    }
    for (const [i, button] of this.#presets.entries()) {
      button.setAttribute('aria-pressed', String(hasChoices(state, PRESETS[i]!.choices)))
    }
    this.#numbers.seed.show(state.seed)
    this.#numbers.runs.show(state.runs)
    const changed = changedParameters(state.parameters).filter(({ activation }) =>
      state.activations.includes(activation),
    )
    this.#find('#measured-parameters').textContent = changed.map(({ key, value }) => `${key} = ${value}`).join(', ')
    this.#find('#chosen').textContent = describe(state)
    // A file is chosen there.
    if (state.input !== 'normal') this.#own.open = true
  }

  /** Shows a state and replaces what was typed. */
  restore(state: State): void {
    this.#numbers.seed.restore(state.seed)
    this.#numbers.runs.restore(state.runs)
    this.show(state)
  }

  /** Says beside a preset how much it measures. */
  describePreset(name: string, text: string): void {
    this.#find(`[data-preset=${name}] .cost`).textContent = text
  }

  /** Disables WebGPU, with the reason, or enables it where that is undefined. */
  refuseWebgpu(why: string | undefined): void {
    const control = this.#find('input[name=processors][value=webgpu]') as HTMLInputElement
    control.disabled = why !== undefined
    this.#find('#webgpu-note').textContent = why ?? ''
    this.show(this.#state)
  }

  /** True where all numbers that were typed can be used. */
  get isUsable(): boolean {
    return Object.values(this.#numbers).every(({ isUsable }) => isUsable)
  }

  /** The reason why the numbers that were typed cannot be used, if so. Focuses the field. */
  check(): string | undefined {
    const problems = Object.values(this.#numbers).map(field => ({ field, problem: field.check() }))
    const first = problems.find(({ problem }) => problem !== undefined)
    if (first === undefined) return undefined
    this.#own.open = true
    first.field.control.focus()
    return first.problem
  }

  /** Enables the controls, or disables them during a run. */
  enable(enabled: boolean): void {
    this.#form.querySelector<HTMLFieldSetElement>('fieldset.choices')!.disabled = !enabled
  }

  #find(selector: string): HTMLElement {
    return this.#form.querySelector<HTMLElement>(selector)!
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
    // A processor that is missing here stays chosen: another browser may have it at this address.
    const kept = this.#state.processors.filter(
      value => (this.#find(`input[name=processors][value=${value}]`) as HTMLInputElement).disabled,
    )
    const processors = PROCESSORS.filter(value => kept.includes(value) || state.processors.includes(value))
    return { ...state, processors, parameters, seed: number('seed'), runs: number('runs'), run: false }
  }
}

/** True for the choices that an empty address and the presets make. */
function isUsual(state: State): boolean {
  return [THROUGHPUT_DEFAULTS, ...PRESETS.map(({ choices }) => choices)].some(choices => hasChoices(state, choices))
}

/** The choices in a line. */
function describe({ sizes, activations, directions, processors, peers }: State): string {
  const few = sizes.length === 0 ? '' : `${sizes.map(formatElements).join(' and ')} elements`
  const lengths = sizes.length > 2 ? `${sizes.length} sizes` : few
  const names = activations.length > 4 ? `${activations.length} activations` : activations.join(', ')
  const where = processors.map(processor => (processor === 'webgpu' ? 'WebGPU' : 'CPU')).join(' and ')
  const others = peers.length === 0 ? '' : `${peers.length} other ${peers.length === 1 ? 'library' : 'libraries'}`
  return [names, lengths, directions.join(' and '), where, others].filter(text => text !== '').join(' · ')
}

function presetButton({ name, title, about }: (typeof PRESETS)[number]): HTMLButtonElement {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'preset'
  button.dataset['preset'] = name
  for (const [kind, text] of [
    ['title', title],
    ['about', about],
    ['cost', ''],
  ] as const) {
    const line = document.createElement('span')
    line.className = kind
    line.textContent = text
    button.append(line)
  }
  return button
}

function familyOfChips({ title, activations }: (typeof FAMILIES)[number]): HTMLElement {
  const family = document.createElement('div')
  family.className = 'chips family'
  family.setAttribute('role', 'group')
  family.setAttribute('aria-label', title)
  const heading = document.createElement('span')
  heading.className = 'family-title'
  heading.textContent = title
  family.append(heading, ...activations.map(({ name }) => chip('activations', name, name)))
  return family
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
