const word = new Uint32Array(1)
const float = new Float32Array(word.buffer)

/**
 * ln(2) / rate as the sum of two float32, of which the first has 16 significant bits: its products with small integers are
 * exact, so that a kernel can reduce the argument of exp(rate * x) before it multiplies by the rate.
 */
export function splitPeriod(rate: number): [high: number, low: number] {
  const period = Math.LN2 / rate
  float[0] = period
  word[0]! &= 0xffffff00
  const high = float[0]
  return [high, Math.fround(period - high)]
}
