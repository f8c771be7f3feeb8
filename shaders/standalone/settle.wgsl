// What operations raise and obey that are seldom in doubt (kernels/elementwise.wgsl), for a function of one element: it
// computes plainly, and where an operation was in doubt, once more with care.
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
