// prelu with slopes in a tensor: TensorFlow.js broadcasts them by shapes, and they may be anything. A program provides
// `slope_place(i)`, the index of the slope of element i.

// Replaces the lookup in activations/prelu.wgsl.
fn slope_of_lanes() -> Float {
  return slope_of_call;
}

var<private> slope_of_call: Float;

fn load_slopes_of(i: u32) {
  let first = i * LANES;
  slope_of_call = Float(
    alpha[slope_place(first)],
    alpha[slope_place(first + 1u)],
    alpha[slope_place(first + 2u)],
    alpha[slope_place(first + 3u)],
  );
}

fn prelu_forward(i: u32) -> Float {
  load_slopes_of(i);
  let x = load_x(i);
  return unless_finite(forward(x), x, is_open(x));
}

fn prelu_backward(i: u32) -> Float {
  load_slopes_of(i);
  let dy = load_dy(i);
  let open = is_open(load_x(i));
  return unless_finite(through_gate(open, dy), dy, open);
}

// The exact product is of finite slopes.
fn unless_finite(product: Float, factor: Float, open: Flags) -> Float {
  let is_finite = magnitude(slope_of_call) < Bits(INFINITY);
  return select(slope_of_call * factor, product, is_finite | open | is_nan(factor));
}
