// Integers of 32 bits, as the bits of a Float: an activation that takes them decides on the bits, and none computes.
alias Words = vec4<u32>;

fn unpack(words: Words) -> Float {
  return bitcast<Float>(words);
}

fn pack(elements: Float) -> Words {
  return bitcast<Words>(elements);
}

// Modulo 2^32.
fn sum(a: Float, b: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(a) + bitcast<Bits>(b));
}
