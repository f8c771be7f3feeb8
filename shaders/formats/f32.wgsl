// float32: one element per 32-bit word. Words stay integers until they are unpacked, so that no load or store can
// change the payload of a NaN or flush a subnormal.
alias Words = vec4<u32>;

fn unpack(words: Words) -> Float {
  return bitcast<Float>(words);
}

fn pack(elements: Float) -> Words {
  return bitcast<Words>(elements);
}

fn sum(a: Float, b: Float) -> Float {
  return a + b;
}
