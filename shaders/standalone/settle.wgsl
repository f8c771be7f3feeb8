// The slow path of kernels/careful.wgsl for a function that is called alone: it computes once with `careful` off, and where
// an operation needs exact arithmetic, once more with `careful` on.
var<private> careful: bool;
var<private> any_needs_exact: bool;

fn begin(x: Float) {
  careful = false;
  any_needs_exact = false;
}

fn settled_forward(x: Float) -> Float {
  begin(x);
  var y = forward(x);
  if (any_needs_exact) {
    careful = true;
    y = forward(x);
  }
  return y;
}

fn settled_backward(x: Float, dy: Float) -> Float {
  begin(x);
  var dx = backward(x, dy);
  if (any_needs_exact) {
    careful = true;
    dx = backward(x, dy);
  }
  return dx;
}

fn settled_backward_from_y(y: Float, dy: Float) -> Float {
  begin(y);
  var dx = backward_from_y(y, dy);
  if (any_needs_exact) {
    careful = true;
    dx = backward_from_y(y, dy);
  }
  return dx;
}
