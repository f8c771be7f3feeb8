import { type Curve, FROM, TO, trace } from './curve.ts'
import type { Drawable } from './drawable.ts'
import { type Region, regionsWithoutGradient } from './gradient.ts'

/** The steps of the slider that reads values off. */
const PROBE_STEPS_PER_UNIT = 100

/** An activation, evaluated for a drawing. */
export interface Shape {
  readonly name: string
  readonly value: Curve
  readonly derivative: Curve
  readonly regions: readonly Region[]
  /** The value and the derivative at a position of the slider. */
  readonly at: (x: number) => readonly [value: number, derivative: number]
}

export async function shapeOf({ name, forward, derivative }: Drawable): Promise<Shape> {
  const positions = Float32Array.from(
    { length: (TO - FROM) * PROBE_STEPS_PER_UNIT + 1 },
    (_, i) => FROM + i / PROBE_STEPS_PER_UNIT,
  )
  const values = await forward(positions)
  const derivatives = await derivative(positions)
  return {
    name,
    value: await trace(forward),
    derivative: await trace(derivative),
    regions: await regionsWithoutGradient(derivative),
    at(x) {
      const i = Math.round((x - FROM) * PROBE_STEPS_PER_UNIT)
      return [values[i]!, derivatives[i]!]
    },
  }
}
