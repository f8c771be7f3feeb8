/**
 * Counts values in so many parts of equal width between the lowest and the highest. The first and the last part have what lies beyond
 * these, too: a fast kernel may round a value past an end that was computed in float64.
 */
export function histogramOf(
  values: Float32Array,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
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
