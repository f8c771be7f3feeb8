import { defineActivation } from '../../src/index.ts'

/** x * min(2, max(0, x + 2)) / 2: a definition without parameters. */
export const mishRamp = defineActivation({
  name: 'mishRamp',
  wgsl: `
    fn forward(x: Float) -> Float {
      return select(x * clamp(0.5 * x + 1, Float(0), Float(1)), Float(0), x <= Float(-2));
    }
    fn backward(x: Float, dy: Float) -> Float {
      return dy * select(select(x + 1, Float(1), x >= Float(0)), Float(0), x <= Float(-2));
    }`,
  reference: {
    forward: x => (x <= -2 ? 0 : x >= 0 ? x : (x * (x + 2)) / 2),
    derivative: x => (x <= -2 ? 0 : x >= 0 ? 1 : x + 1),
  },
})

/** A leaky clamp, with a gate, a slope, and a gradient from y. */
export const leakyCap = defineActivation({
  name: 'leakyCap',
  parameters: { cap: 2, slope: 0.125 },
  check({ slope }) {
    if (slope < 0) throw new RangeError(`leakyCap's slope is ${slope}`)
  },
  wgsl: `
    fn forward(x: Float) -> Float {
      return select(parameters.cap + parameters.slope * (x - parameters.cap), x, is_open(x) | is_nan(x));
    }
    fn backward(x: Float, dy: Float) -> Float { return through_gate(is_open(x), dy); }
    fn is_open(x: Float) -> Flags { return x < Float(parameters.cap); }
    fn through_gate(open: Flags, dy: Float) -> Float { return select(parameters.slope * dy, dy, open); }
    fn backward_from_y(y: Float, dy: Float) -> Float { return backward(y, dy); }`,
  reference: { forward: (x, { cap, slope }) => (x < cap ? x : cap + slope * (x - cap)) },
  gate: { isOpen: (x, { cap }) => x < cap, slope: ({ slope }) => slope },
  derivativeFromY: (y, { cap, slope }) => (y < cap ? 1 : slope),
})

/** A gate without a slope, whose gradient the library supplies. */
export const window = defineActivation({
  name: 'window',
  wgsl: `
    fn forward(x: Float) -> Float { return select(Float(0), x, is_open(x) | is_nan(x)); }
    fn is_open(x: Float) -> Flags { return (x > Float(-1)) & (x < Float(3)); }`,
  reference: { forward: x => (x > -1 && x < 3 ? x : 0) },
  gate: { isOpen: x => x > -1 && x < 3 },
  bounds: { forward: 0, backward: 0 },
})
