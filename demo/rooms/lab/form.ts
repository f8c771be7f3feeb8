import { NumberField } from '../../controls/number-field.ts'
import { DATA_NAMES, LAB_NUMBERS, type LabState, type LabValues } from '../../state/lab.ts'
import { ActivationFields } from './activation-fields.ts'
import { valuesOf, withValue } from './preset.ts'

type NumberName = Exclude<keyof typeof LAB_NUMBERS, 'bn'>
type WordName = 'data' | 'weights' | 'biased' | 'optimiser' | 'processor'

const NUMBER_NAMES = Object.keys(LAB_NUMBERS).filter((name): name is NumberName => name !== 'bn')
const WORD_NAMES: readonly WordName[] = ['data', 'weights', 'biased', 'optimiser', 'processor']
const DATA_TITLES: Readonly<Record<LabValues['data'], string>> = {
  circles: 'circles',
  spirals: 'spirals',
  xor: 'XOR',
  digits: 'digits',
}
const OWN = 'own'

interface Listener {
  /** The user changed a control. */
  changed(lab: LabState): void
  /** The user chose between data of the page and the file that was read. */
  ownChosen(isChosen: boolean, lab: LabState): void
}

/** The controls of a training run. They show a state and report the user's changes of it. */
export class LabForm {
  readonly #form: HTMLFormElement
  readonly #listener: Listener
  readonly #numbers: ReadonlyMap<NumberName, NumberField>
  readonly #activations: ActivationFields
  readonly #own = new Option('', OWN)
  #lab: LabState
  #isOwn = false

  constructor(form: HTMLFormElement, lab: LabState, listener: Listener) {
    this.#form = form
    this.#lab = lab
    this.#listener = listener
    this.#select('data').append(...DATA_NAMES.map(name => new Option(DATA_TITLES[name], name)))
    this.#numbers = new Map(NUMBER_NAMES.map(name => [name, this.#makeNumber(name)]))
    for (const name of WORD_NAMES) {
      this.#select(name).addEventListener('change', () => this.#takeWord(name))
    }
    this.#batchNorm.addEventListener('change', () =>
      this.#report(withValue(this.#lab, 'bn', this.#batchNorm.checked ? 1 : 0)),
    )
    this.#activations = new ActivationFields(form.querySelector('#lab-activations')!, words =>
      this.#report(withValue(this.#lab, 'activations', words)),
    )
    form.addEventListener('submit', event => event.preventDefault())
    this.show(lab, 'restored')
  }

  /** Shows a state. @param how `restored` replaces what was typed */
  show(lab: LabState, how: 'changed' | 'restored'): void {
    this.#lab = lab
    const values = { ...valuesOf(lab), seeds: lab.seeds, processor: lab.processor }
    for (const [name, field] of this.#numbers) {
      if (how === 'restored') field.restore(values[name])
      else field.show(values[name])
    }
    for (const name of WORD_NAMES) this.#select(name).value = values[name]
    if (this.#isOwn) this.#select('data').value = OWN
    this.#numbers.get('rows')!.control.disabled = this.#isOwn
    this.#batchNorm.checked = values.bn === 1
    this.#activations.show(values.activations, how)
  }

  /** Offers the user's data, and shows whether they are chosen. */
  showOwn(title: string | undefined, isChosen: boolean): void {
    this.#isOwn = isChosen
    if (title !== undefined) {
      this.#own.textContent = title
      this.#select('data').append(this.#own)
    }
  }

  /** The reason why a number that was typed cannot be used, if so. Focuses its field. */
  check(): string | undefined {
    for (const field of this.#numbers.values()) {
      const problem = field.check()
      if (problem === undefined) continue
      field.control.closest('details')?.setAttribute('open', '')
      field.control.focus()
      return problem
    }
    return this.#activations.check()
  }

  #makeNumber(name: NumberName): NumberField {
    const input = this.#form.querySelector<HTMLInputElement>(`input[name=${name}]`)!
    const field = new NumberField(input, LAB_NUMBERS[name])
    input.addEventListener('change', () => {
      if (!field.mark()) return
      const value = input.valueAsNumber
      this.#report(name === 'seeds' ? { ...this.#lab, seeds: value } : withValue(this.#lab, name, value))
    })
    return field
  }

  #takeWord(name: WordName): void {
    const { value } = this.#select(name)
    if (name === 'processor') this.#report({ ...this.#lab, processor: value as LabState['processor'], run: false })
    else if (name !== 'data') this.#report(withValue(this.#lab, name, value as LabValues[typeof name]))
    else if (value === OWN) this.#listener.ownChosen(true, this.#lab)
    else this.#listener.ownChosen(false, withValue(this.#lab, 'data', value as LabValues['data']))
  }

  #report(lab: LabState): void {
    this.#lab = lab
    this.#listener.changed(lab)
  }

  #select(name: WordName): HTMLSelectElement {
    return this.#form.querySelector<HTMLSelectElement>(`select[name=${name}]`)!
  }

  get #batchNorm(): HTMLInputElement {
    return this.#form.querySelector<HTMLInputElement>('input[name=bn]')!
  }
}
