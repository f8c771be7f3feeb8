// hardSigmoid(x) = min(max(alpha * x + beta, 0), 1), with alpha in parameters.x, and of |alpha| * x + beta the zero in
// parameters.y and .z as a sum, and in parameters.w the least float32 where it is 1 or more
// NaN passes with its payload.

// A negative alpha is that of -x.
fn towards_one(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) ^ Bits(bitcast<u32>(parameters.x) & SIGN));
}

// 0 < alpha * x + beta < 1, decided on the bits of x; not at NaN. Nearest to the zero is parameters.y: it is above the
// zero where parameters.z is negative.
fn is_on_slope(t: Float) -> Flags {
  let least = sortable(Float(parameters.y)) + Bits(1u - (bitcast<u32>(parameters.z) >> 31u));
  return (sortable(t) - least) < (sortable(Float(parameters.w)) - least);
}

fn forward(x: Float) -> Float {
  let t = towards_one(x);
  // The distance from the zero, because the sum alpha * x + beta would lose digits near it. The bound changes no result.
  // It hides the two differences from compilers that would make one of them.
  let distance = bounded_above(t - parameters.y, 0x1p100) - parameters.z;
  let line = abs(Float(parameters.x)) * distance;
  let limit = select(Float(0.0), Float(1.0), line > Float(0.5));
  return select(select(limit, bounded_above(line, 1.0), is_on_slope(t)), x, is_nan(x));
}

// dx = dy * alpha where 0 < alpha * x + beta < 1, else +0, at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return select(Float(0.0), dy * parameters.x, is_on_slope(towards_one(x)));
}
