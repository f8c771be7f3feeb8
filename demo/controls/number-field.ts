import type { NumberRule } from '../state/parameters.ts'

let problems = 0

/** A number field with an error message beside it. */
export class NumberField {
  readonly control: HTMLInputElement
  readonly #rule: NumberRule
  readonly #problem = document.createElement('span')

  constructor(control: HTMLInputElement, rule: NumberRule) {
    this.control = control
    this.#rule = rule
    this.#problem.className = 'problem'
    this.#problem.id = `problem-${problems++}`
    control.setAttribute('aria-describedby', this.#problem.id)
    control.parentElement!.after(this.#problem)
    control.addEventListener('input', () => {
      // During typing a message may disappear but not appear, since the number is incomplete.
      if (this.isMarked) this.mark()
    })
  }

  get isUsable(): boolean {
    return this.control.value !== '' && this.#rule.valid(this.control.valueAsNumber)
  }

  get isMarked(): boolean {
    return this.control.getAttribute('aria-invalid') === 'true'
  }

  /** Shows or removes the error message. @returns true where the number can be used */
  mark(): boolean {
    const { isUsable } = this
    const { rule } = this.#rule
    this.control.setAttribute('aria-invalid', String(!isUsable))
    this.#problem.textContent = isUsable ? '' : `${rule[0]!.toUpperCase()}${rule.slice(1)}.`
    return isUsable
  }

  /** Shows a number; one that cannot be used stays as it was typed. */
  show(value: number): void {
    if (!this.isMarked && this.control.valueAsNumber !== value) this.control.value = String(value)
  }

  /** Shows a number and replaces what was typed. */
  restore(value: number): void {
    this.control.value = String(value)
    this.mark()
  }

  /** The reason why the number cannot be used; undefined where it can. */
  check(): string | undefined {
    if (this.mark()) return undefined
    return `${this.control.labels?.[0]?.textContent.trim()}: ${this.#rule.rule}.`
  }
}
