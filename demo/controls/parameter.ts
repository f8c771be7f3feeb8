import type { NumberParameter, Parameter } from '../state/activation-choice.ts'
import { NumberField } from './number-field.ts'
import { numberRule } from '../state/parameters.ts'

/** Receives a new value of a parameter. `settled`: no slider is moving. */
type Changed = (value: number | string, settled: boolean) => void

/** The control of a parameter. */
export interface ParameterControl {
  readonly element: HTMLElement
  show(value: number | string): void
  /** Shows a value and replaces what was typed. */
  restore(value: number | string): void
  /** The field whose number cannot be used, with the reason; undefined where it can. */
  check(): { control: HTMLElement; problem: string } | undefined
}

export function parameterControl(name: string, parameter: Parameter, changed: Changed): ParameterControl {
  return 'words' in parameter ? wordControl(name, parameter.words, changed) : numberControl(name, parameter, changed)
}

/** A slider and a number field of one value. */
function numberControl(name: string, parameter: NumberParameter, changed: Changed): ParameterControl {
  const element = document.createElement('div')
  element.className = 'parameter'
  const label = document.createElement('label')
  label.className = 'field'
  const number = document.createElement('input')
  number.type = 'number'
  number.name = name
  number.step = 'any'
  label.append(`${name} `, number)
  const slider = document.createElement('input')
  slider.type = 'range'
  const [from, to, step] = parameter.slider
  Object.assign(slider, { min: String(from), max: String(to), step: String(step) })
  slider.setAttribute('aria-label', `${name}, slider`)
  element.append(slider, label)

  const field = new NumberField(number, numberRule(parameter))
  slider.addEventListener('input', () => {
    field.restore(slider.valueAsNumber)
    changed(slider.valueAsNumber, false)
  })
  number.addEventListener('input', () => {
    if (field.isUsable) changed(number.valueAsNumber, false)
  })
  number.addEventListener('change', () => {
    if (field.mark()) changed(number.valueAsNumber, true)
  })
  const show = (value: number | string): void => {
    field.show(Number(value))
    slider.value = String(value)
  }
  return {
    element,
    show,
    restore: value => {
      field.restore(Number(value))
      show(value)
    },
    check: () => {
      const problem = field.check()
      return problem === undefined ? undefined : { control: number, problem }
    },
  }
}

function wordControl(name: string, words: readonly string[], changed: Changed): ParameterControl {
  const element = document.createElement('fieldset')
  element.className = 'parameter chips'
  const legend = document.createElement('legend')
  legend.textContent = name
  element.append(legend)
  for (const word of words) {
    const label = document.createElement('label')
    label.className = 'chip'
    const control = document.createElement('input')
    control.type = 'radio'
    control.name = name
    control.value = word
    control.addEventListener('change', () => changed(word, true))
    const text = document.createElement('span')
    text.textContent = word
    label.append(control, text)
    element.append(label)
  }
  const show = (value: number | string): void => {
    element.querySelector<HTMLInputElement>(`input[value=${value}]`)!.checked = true
  }
  return { element, show, restore: show, check: () => undefined }
}
