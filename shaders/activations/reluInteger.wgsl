// relu(x) = max(x, 0), for elements that are int32: the bits of a Float are those of the integer
fn forward(x: Float) -> Float {
  return positive_part(x);
}

// dx = dy where x > 0, else 0. The gate of y is that of x.
fn is_open(x: Float) -> Flags {
  return bitcast<SignedBits>(x) > SignedBits(0);
}
