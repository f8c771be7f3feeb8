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
