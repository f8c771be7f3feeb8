/** Writes a value as the text of a file, with strings for NaN and Infinity, which JSON has not. */
export function toJson(value: unknown): string {
  const finite = (_: string, each: unknown): unknown =>
    typeof each === 'number' && !Number.isFinite(each) ? String(each) : each
  return `${JSON.stringify(value, finite, 2)}\n`
}
