/** The mean cross-entropy of examples, and the share whose likeliest class is the right one. */
export interface Score {
  readonly loss: number
  readonly accuracy: number
}

/** Probabilities of classes: softmax of each row of logits. */
export function softmax(logits: Float32Array, classes: number): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length)
  for (let start = 0; start < logits.length; start += classes) {
    const { largest, sum } = exponentials(logits, start, classes)
    for (let c = start; c < start + classes; c++) probabilities[c] = Math.exp(logits[c]! - largest) / sum
  }
  return probabilities
}

/**
 * The cross-entropy of logits after softmax.
 *
 * @param labels the right class of each row
 * @param gradient receives dL/dlogits; may be the logits themselves
 */
export function crossEntropy(
  logits: Float32Array,
  labels: Uint8Array,
  classes: number,
  gradient?: Float32Array,
): Score {
  const rows = logits.length / classes
  let loss = 0
  let right = 0
  for (let row = 0; row < rows; row++) {
    const start = row * classes
    const label = labels[row]!
    const { largest, sum, likeliest } = exponentials(logits, start, classes)
    // By the logarithm of the sum: a probability may be too small for a number, its logarithm is not.
    loss += Math.log(sum) - (logits[start + label]! - largest)
    if (likeliest === label) right++
    if (gradient === undefined) continue
    for (let c = 0; c < classes; c++) {
      const probability = Math.exp(logits[start + c]! - largest) / sum
      gradient[start + c] = (probability - (c === label ? 1 : 0)) / rows
    }
  }
  return { loss: loss / rows, accuracy: right / rows }
}

/** The likeliest class of each row. */
export function likeliestClasses(probabilities: Float32Array, classes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: probabilities.length / classes },
    (_, row) => exponentials(probabilities, row * classes, classes).likeliest,
  )
}

function exponentials(
  logits: Float32Array,
  start: number,
  classes: number,
): { largest: number; likeliest: number; sum: number } {
  let largest = -Infinity
  let likeliest = 0
  for (let c = 0; c < classes; c++) {
    if (logits[start + c]! > largest) {
      largest = logits[start + c]!
      likeliest = c
    }
  }
  let sum = 0
  for (let c = start; c < start + classes; c++) sum += Math.exp(logits[c]! - largest)
  return { largest, likeliest, sum }
}
