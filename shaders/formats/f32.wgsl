// float32: a 32-bit word is an element. Words stay integers until they are unpacked, so that no load or store can
// touch the payload of a NaN or flush a subnormal.
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
