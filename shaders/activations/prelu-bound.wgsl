// prelu with the slopes in a binding of the caller, `alpha`, as words beside the tensors. They may hold any bits.

// Replaces that of bind group 1. The fourth word is the number of slopes.
@group(0) @binding(0) var<uniform> placement: vec4<u32>;

fn slope_count() -> u32 {
  return placement.w;
}

fn slope_at(channel: u32) -> u32 {
  return word_alpha(channel);
}

fn forward(x: Float) -> Float {
  let slope = slope_of_lanes();
  return select(unless_nan(scale_lanes_to_limit(slope, x), slope, x), x, is_positive(x));
}

fn through_gate(open: Flags, dy: Float) -> Float {
  let slope = slope_of_lanes();
  return select(unless_nan(scale_lanes(slope, dy), slope, dy), dy, open);
}

// The exact product is of slopes that are no NaN. A NaN in the tensor comes before one of the slope.
fn unless_nan(product: Float, slope: Float, factor: Float) -> Float {
  return select(product, slope, is_nan(slope) & !is_nan(factor));
}
