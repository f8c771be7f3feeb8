// Per-invocation partial sums of NAME for the bias gradient. The stride of the grid-stride loop is a multiple of the
// column count, so that a lane always adds into one column. Two levels, of 32 terms each at the lower one, keep
// rounding errors small.
var<private> recent_NAME: Float;
var<private> settled_NAME: Float;
var<private> terms_NAME: u32;

fn accumulate_NAME(i: u32, elements: Float) {
  recent_NAME = sum(recent_NAME, select(Float(0.0), elements, within(i)));
  terms_NAME++;
  if (terms_NAME % 32u == 0u) {
    settled_NAME = sum(settled_NAME, recent_NAME);
    recent_NAME = Float(0.0);
  }
}

fn store_partial_sums_NAME(invocation: u32) {
  ARRAY[START + SECTION * geometry.invocations + invocation] = bitcast<Bits>(sum(settled_NAME, recent_NAME));
}
