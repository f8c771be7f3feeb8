// bfloat16, the upper half of a float32: two elements per 32-bit word, element 2k in the low half. Computation is in
// float32. Rounding is to nearest even, subnormals included, on the bits, because drivers flush subnormals in float
// operations.
alias Words = vec2<u32>;

fn unpack(words: Words) -> Float {
  let upper = words & Words(0xffff0000u);
  return bitcast<Float>(Bits(words.x << 16u, upper.x, words.y << 16u, upper.y));
}

fn pack(elements: Float) -> Words {
  let bits = bitcast<Bits>(elements);
  let rounded = bits + Bits(0x7fffu) + ((bits >> Bits(16u)) & Bits(1u));
  // The upper bits of a payload, and the quiet bit where they are zero.
  let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u));
  let holds_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800000);
  let upper = select(rounded, nan, holds_nan);
  return (upper.xz >> Words(16u)) | (upper.yw & Words(0xffff0000u));
}
