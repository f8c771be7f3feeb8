/** Examples: a row of features each, and the number of its class. */
export interface Dataset {
  readonly values: Float32Array<ArrayBuffer>
  readonly labels: Uint8Array<ArrayBuffer>
  readonly rows: number
  readonly features: number
  readonly classes: number
}

/** The examples to train on, and those to test with, if any. */
export interface Problem {
  readonly training: Dataset
  readonly test: Dataset | null
}
