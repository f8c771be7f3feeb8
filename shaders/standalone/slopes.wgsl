// prelu with several slopes. The user's kernel has the slopes in a buffer, and passes the one of the element's channel.
var<private> slope_of_call: Float;

// Replaces the lookup in prelu.wgsl.
fn slope_of_lanes() -> Float {
  return slope_of_call;
}

fn sloped_forward(x: Float, slope: Float) -> Float {
  slope_of_call = slope;
  return settled_forward(x);
}

fn sloped_backward(x: Float, dy: Float, slope: Float) -> Float {
  slope_of_call = slope;
  return settled_backward(x, dy);
}

fn sloped_backward_from_y(y: Float, dy: Float, slope: Float) -> Float {
  slope_of_call = slope;
  return settled_backward_from_y(y, dy);
}
