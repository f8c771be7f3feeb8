/** A tensor of which the last axis varies fastest. */
export interface Tensor {
  readonly values: Float32Array<ArrayBuffer>
  readonly shape: readonly number[]
}

/** The most channels that are told apart: each has a record of its own. */
export const MOST_CHANNELS = 2 ** 20

/** A tensor as [rows, units]: a column for each index along one of its axes. */
export interface Columns {
  readonly values: Float32Array<ArrayBuffer>
  readonly units: number
  readonly rows: number
  /** True where the tensor has more rows. */
  readonly isCut: boolean
}

/** The axis of the channels where none is chosen: the last of two or more. */
export function defaultAxis(shape: readonly number[]): number | undefined {
  return shape.length < 2 ? undefined : shape.length - 1
}

/**
 * Arranges a tensor so that the indices along an axis are its columns.
 *
 * @param axis from 0; undefined for one column of all elements
 * @param most the elements to take, but one row at least
 */
export function columnsOf({ values, shape }: Tensor, axis: number | undefined, most = Infinity): Columns {
  const units = axis === undefined ? 1 : shape[axis]!
  const inner = axis === undefined ? 1 : shape.slice(axis + 1).reduce((product, length) => product * length, 1)
  const all = values.length / units
  const rows = Math.min(all, Math.max(1, Math.floor(most / units)))
  const shared = { units, rows, isCut: rows < all }
  if (inner === 1) return { ...shared, values: values.subarray(0, rows * units) }
  const columns = new Float32Array(rows * units)
  for (let row = 0, to = 0; row < rows; row++) {
    const within = row % inner
    let from = (row - within) * units + within
    for (let unit = 0; unit < units; unit++, from += inner) columns[to++] = values[from]!
  }
  return { ...shared, values: columns }
}
