// Constant folding, on the bits of constants.

const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)

/** Returns the bits of a number, rounded to float32. */
export function bitsOf(value: number): number {
  float[0] = value
  return word[0]!
}

function floatOf(bits: number): number {
  word[0] = bits
  return float[0]!
}

type Fold = (a: number, b: number) => number

const ON_FLOATS: Readonly<Record<string, Fold>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
}

const ON_INTEGERS: Readonly<Record<string, Fold>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: Math.imul,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shr_u: (a, b) => a >>> b,
  shr_s: (a, b) => a >> b,
}

/** Folds a scalar instruction on constants. Returns the bits of the result, or undefined where it does not fold. */
export function fold(op: string, args: readonly (number | undefined)[]): number | undefined {
  const [a, b] = args
  if (a === undefined || b === undefined || args.length !== 2) return undefined
  const [type, name] = op.split('.') as [string, string]
  if (type === 'f32') {
    const compare = COMPARISONS[name]
    if (compare !== undefined) return Number(compare(floatOf(a), floatOf(b)))
    const result = ON_FLOATS[name]?.(floatOf(a), floatOf(b))
    // Not folded, because the bits of a new NaN depend on the processor.
    return result === undefined || Number.isNaN(result) ? undefined : bitsOf(result)
  }
  const compare = COMPARISONS[name.replace(/_[us]$/, '')]
  if (compare !== undefined) return Number(name.endsWith('_s') ? compare(a | 0, b | 0) : compare(a >>> 0, b >>> 0))
  const result = ON_INTEGERS[name]?.(a, b)
  return result === undefined ? undefined : result >>> 0
}
