/** Counts over some values. What is not finite counts for nothing else. */
export interface Statistics {
  readonly count: number
  readonly notFinite: number
  /** 0 where no value is finite. */
  readonly lowest: number
  readonly mean: number
  readonly highest: number
  readonly negative: number
  readonly zeros: number
}

export function statisticsOf(values: Float32Array): Statistics {
  let [notFinite, negative, zeros, sum] = [0, 0, 0, 0]
  let [lowest, highest] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isFinite(value)) {
      notFinite++
      continue
    }
    if (value < 0) negative++
    if (value === 0) zeros++
    sum += value
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  const finite = values.length - notFinite
  if (finite === 0) [lowest, highest] = [0, 0]
  return { count: values.length, notFinite, lowest, mean: finite === 0 ? 0 : sum / finite, highest, negative, zeros }
}

/**
 * Counts values in so many parts of equal width between the lowest and the highest. The first and the last part have what lies beyond
 * these, too: a fast kernel may round a value past an end that was computed in float64.
 */
export function histogramOf(
  values: Float32Array,
  { lowest, highest }: Pick<Statistics, 'lowest' | 'highest'>,
  parts: number,
): number[] {
  const counts = Array.from({ length: parts }, () => 0)
  const width = highest - lowest
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    const part = width === 0 ? Math.floor(parts / 2) : Math.floor(((value - lowest) / width) * parts)
    counts[Math.max(0, Math.min(part, parts - 1))]!++
  }
  return counts
}
