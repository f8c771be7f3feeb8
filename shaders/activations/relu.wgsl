// relu(x) = x < 0 ? +0 : x
// Decided on the bits: NaN and -0 pass, negative subnormals do not. `max(x, 0)` and `select(0, x, x > 0)` turn NaN into
// 0, and comparing floats lets negative subnormals through on SwiftShader.
fn forward(x: Float) -> Float {
  return select(x, Float(0.0), is_negative(x));
}

// dx = dy where x > 0 or x is NaN, else +0. The gate of y is that of x: y > 0 where x > 0, and NaN where x is NaN.
// As signed integers -Infinity is -0x00800000, and NaN is above -Infinity or positive.
fn is_open(x: Float) -> Flags {
  let word = bitcast<SignedBits>(x);
  return (word > SignedBits(-0x00800000)) & (word != SignedBits(0));
}
