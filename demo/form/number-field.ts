import type { NumberRule } from '../state/parameters.ts'

let problems = 0

/** A number that is typed, with a place beside it that says why it cannot be used. */
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
      // While one types, a problem may go but not come: not before the number is complete.
      if (this.isMarked) this.mark()
    })
  }

  get isUsable(): boolean {
    return this.control.value !== '' && this.#rule.valid(this.control.valueAsNumber)
  }

  get isMarked(): boolean {
    return this.control.getAttribute('aria-invalid') === 'true'
  }

  /** Whether the number can be used; says so beside it where not. */
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

  /** Shows a number, whatever was typed. */
  restore(value: number): void {
    this.control.value = String(value)
    this.mark()
  }

  /** Why the number cannot be used, if so. */
  check(): string | undefined {
    if (this.mark()) return undefined
    return `${this.control.labels?.[0]?.textContent.trim()}: ${this.#rule.rule}.`
  }
}
