// The command and an engine exchange text: objects lose what lies deep on their way from Firefox, and JSON lacks infinite
// numbers.

const MARK = 'number: '

export function toText(value: unknown): string {
  const marked = (_: string, each: unknown): unknown =>
    typeof each === 'number' && !Number.isFinite(each) ? `${MARK}${each}` : each
  return JSON.stringify(value, marked)
}

export function fromText(text: string): unknown {
  const unmarked = (_: string, each: unknown): unknown =>
    typeof each === 'string' && each.startsWith(MARK) ? Number(each.slice(MARK.length)) : each
  return JSON.parse(text, unmarked)
}
