import type { Extreme, Properties, Stretch } from './properties.ts'

/** A property in words: a term of the card, and what is true of this activation. */
export interface Fact {
  readonly term: string
  readonly text: string
}

/** A mean nearer to 0 counts as 0, in deviations. */
const CENTRED = 0.002

/** Describes the properties of an activation of `variable`. */
export function describeProperties(properties: Properties, variable = 'x'): Fact[] {
  const { lowest, highest, falls, limits, atZero, steepest, mean, deviation } = properties
  return [
    { term: 'Range', text: `${withPlace(lowest, variable)} to ${withPlace(highest, variable)}` },
    { term: 'Monotone', text: falls.length === 0 ? 'yes, it never falls' : `no: it ${describeFalls(falls, variable)}` },
    { term: 'Saturates', text: describeLimits(limits) },
    { term: 'At 0', text: describeZero(atZero) },
    { term: 'Steepest', text: `${number(steepest.value)}${describePlaces(steepest.at, variable)}` },
    {
      term: 'Zero-centred',
      text:
        `${Math.abs(mean) < CENTRED * Math.max(1, deviation) ? 'yes' : 'no'}: mean ${number(mean)}, ` +
        `deviation ${number(deviation)} over a standard normal input`,
    },
  ]
}

function withPlace({ value, at }: Extreme, variable: string): string {
  const [place] = at
  const isPlace = at.length === 1 && place!.from === place!.to && Number.isFinite(place!.from)
  return isPlace ? `${number(value)} (at ${variable} = ${number(place!.from, 2)})` : number(value)
}

function describeFalls(falls: readonly Stretch[], variable: string): string {
  const jumps = falls
    .filter(({ from, to }) => from === to)
    .map(({ from }) => `jumps down at ${variable} = ${number(from, 2)}`)
  const slopes = falls.filter(({ from, to }) => from !== to)
  return [...(slopes.length === 0 ? [] : [`falls${describePlaces(slopes, variable)}`]), ...jumps].join(' and ')
}

function describeLimits([left, right]: Properties['limits']): string {
  const [onLeft, onRight] = [Number.isFinite(left), Number.isFinite(right)]
  if (onLeft && onRight) return `on both sides, at ${number(left)} and ${number(right)}`
  if (onLeft) return `on the left, at ${number(left)}`
  return onRight ? `on the right, at ${number(right)}` : 'on neither side'
}

function describeZero({ value, slope, slopesBeside: [left, right] }: Properties['atZero']): string {
  const kink = Math.abs(left - right) < 0.001 ? '' : ` (${number(left)} on the left, ${number(right)} on the right)`
  return `value ${number(value)}, slope ${number(slope)}${kink}`
}

function describePlaces(places: readonly Stretch[], variable: string): string {
  const parts = places.map(({ from, to }) => {
    if (from === to) {
      if (Number.isFinite(from)) return ` at ${variable} = ${number(from, 2)}`
      return from > 0 ? `, as ${variable} grows` : `, as ${variable} falls`
    }
    if (from === -Infinity && to === Infinity) return ' everywhere'
    if (from === -Infinity) return ` where ${variable} < ${number(to, 2)}`
    if (to === Infinity) return ` where ${variable} > ${number(from, 2)}`
    return ` where ${number(from, 2)} < ${variable} < ${number(to, 2)}`
  })
  return parts.map((part, i) => (i === 0 ? part : part.replace(' where', ' or'))).join('')
}

/** A number to so many decimals, without zeros at its end. */
function number(value: number, decimals = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
  const text = Math.abs(value) >= 1e6 ? value.toExponential(1) : String(Number(value.toFixed(decimals)) + 0)
  return text.replaceAll('-', '−')
}
