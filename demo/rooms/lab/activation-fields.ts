import { NumberField } from '../../controls/number-field.ts'
import type { Parameter } from '../../state/activation-choice.ts'
import { numberRule } from '../../state/parameters.ts'
import {
  LAB_CHOICES,
  LAB_NUMBERS,
  type LabActivation,
  MOST_ACTIVATIONS,
  readActivation,
  writeActivation,
} from '../../state/lab.ts'
import { svg } from '../../support/svg.ts'
import { DASHES } from './figures/curves.ts'

const NONE = ''

/** Up to three activations, each with its parameters. */
export class ActivationFields {
  readonly #fields: readonly ActivationField[]

  /** @param changed receives them as `writeActivation` writes them */
  constructor(place: HTMLElement, changed: (words: readonly string[]) => void) {
    const report = (): void => changed(this.#fields.map(({ word }) => word).filter(word => word !== NONE))
    this.#fields = Array.from({ length: MOST_ACTIVATIONS }, (_, i) => new ActivationField(i, report))
    place.append(...this.#fields.map(({ element }) => element))
  }

  /** @param how `restored` replaces what was typed */
  show(words: readonly string[], how: 'changed' | 'restored'): void {
    this.#fields.forEach((field, i) => field.show(words[i] ?? NONE, how))
  }

  /** The reason why a number that was typed cannot be used, if so. */
  check(): string | undefined {
    return this.#fields.map(field => field.check()).find(problem => problem !== undefined)
  }
}

class ActivationField {
  readonly element = document.createElement('div')
  word = NONE
  readonly #select = document.createElement('select')
  readonly #parameters = document.createElement('span')
  readonly #report: () => void
  #numbers: { readonly name: string; readonly field: NumberField }[] = []
  #words: { readonly name: string; readonly control: HTMLSelectElement }[] = []
  /** The name of the activation whose parameters are shown, and whether it has a rate. */
  #shown = ''

  constructor(index: number, report: () => void) {
    this.#report = report
    this.element.className = 'activation'
    const line = svg(
      'svg',
      { class: 'swatch', width: 26, height: 10, 'aria-hidden': 'true' },
      svg('line', { x1: 1, y1: 5, x2: 25, y2: 5, 'stroke-dasharray': DASHES[index]!.join(' ') }),
    )
    line.setAttribute('data-series', String(index + 1))
    const label = document.createElement('label')
    label.className = 'field'
    this.#select.setAttribute('aria-label', `activation ${index + 1}`)
    // A comparison has at least one.
    const names = [...(index === 0 ? [] : [NONE]), ...LAB_CHOICES.map(({ name }) => name)]
    this.#select.append(...names.map(name => new Option(name === NONE ? 'none' : name, name)))
    this.#select.addEventListener('change', () => {
      this.word = this.#select.value
      this.#report()
    })
    label.append(line, this.#select)
    this.element.append(label, this.#parameters)
  }

  show(word: string, how: 'changed' | 'restored'): void {
    const activation = readActivation(word)
    this.word = word
    this.#select.value = activation?.name ?? NONE
    const shown = `${activation?.name} ${activation?.rate !== undefined}`
    // To replace a field would lose the keyboard focus.
    if (shown !== this.#shown) this.#make(activation)
    this.#shown = shown
    for (const { name, control } of this.#words) control.value = String(activation?.parameters?.[name])
    for (const { name, field } of this.#numbers) {
      const value = Number(name === 'rate' ? activation?.rate : activation?.parameters?.[name])
      if (how === 'restored') field.restore(value)
      else field.show(value)
    }
  }

  check(): string | undefined {
    return this.#numbers.map(({ field }) => field.check()).find(problem => problem !== undefined)
  }

  #make(activation: LabActivation | undefined): void {
    this.#parameters.replaceChildren()
    this.#numbers = []
    this.#words = []
    if (activation === undefined) return
    const parameters = LAB_CHOICES.find(({ name }) => name === activation.name)?.parameters ?? {}
    for (const [name, parameter] of Object.entries(parameters)) this.#add(activation.name, name, parameter)
    if (activation.rate !== undefined) this.#addNumber(activation.name, 'rate', LAB_NUMBERS.rate)
  }

  #add(owner: string, name: string, parameter: Parameter): void {
    if ('words' in parameter) this.#addWords(owner, name, parameter.words)
    else this.#addNumber(owner, name, numberRule(parameter))
  }

  #addNumber(owner: string, name: string, rule: ConstructorParameters<typeof NumberField>[1]): void {
    const input = document.createElement('input')
    input.type = 'number'
    input.step = 'any'
    input.setAttribute('aria-label', `${name} of ${owner}`)
    this.#label(name, input)
    const field = new NumberField(input, rule)
    input.addEventListener('change', () => {
      if (field.mark()) this.#set(name, input.valueAsNumber)
    })
    this.#numbers.push({ name, field })
  }

  #addWords(owner: string, name: string, words: readonly string[]): void {
    const select = document.createElement('select')
    select.setAttribute('aria-label', `${name} of ${owner}`)
    select.append(...words.map(word => new Option(word, word)))
    select.addEventListener('change', () => this.#set(name, select.value))
    this.#label(name, select)
    this.#words.push({ name, control: select })
  }

  #label(name: string, control: HTMLElement): void {
    const label = document.createElement('label')
    label.className = 'field'
    label.append(`${name} `, control)
    this.#parameters.append(label)
  }

  #set(name: string, value: number | string): void {
    const activation = readActivation(this.word)!
    const changed =
      name === 'rate'
        ? { ...activation, rate: Number(value) }
        : { ...activation, parameters: { ...activation.parameters, [name]: value } }
    this.word = writeActivation(changed)
    this.#report()
  }
}
