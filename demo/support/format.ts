const threeDigits = new Intl.NumberFormat('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })
const wholeNumber = new Intl.NumberFormat('en')
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })

/** A time or a rate to three digits; further digits would be noise. */
export function formatMeasured(value: number): string {
  return threeDigits.format(value)
}

export function formatWhole(value: number): string {
  return wholeNumber.format(value)
}

export function formatShare(value: number): string {
  return percent.format(value)
}

/** A value to three digits. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(3))).replaceAll('-', '−')
}

/** A number of elements: `64 Ki`, `16 Mi`, `1,000,003`. */
export function formatElements(elements: number): string {
  if (elements >= 2 ** 20 && elements % 2 ** 20 === 0) return `${formatWhole(elements / 2 ** 20)} Mi`
  if (elements >= 2 ** 10 && elements % 2 ** 10 === 0) return `${formatWhole(elements / 2 ** 10)} Ki`
  return formatWhole(elements)
}

export function formatMebibytes(bytes: number): string {
  return `${formatWhole(Math.ceil(bytes / 2 ** 20))} MiB`
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const MOST_CHARACTERS = 80

/** A text of any length, cut for a message. */
export function shorten(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
