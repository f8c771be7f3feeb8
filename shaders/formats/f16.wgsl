// float16, IEEE 754 binary16: two elements per 32-bit word, element 2k in the low half. Computation is in float32.
// Rounding is to nearest even. Conversions are on the bits, because drivers lose Infinity, NaN and subnormals in
// unpack2x16float and pack2x16float.
alias Words = vec2<u32>;

// Every float16 is a float32: exponents grow by 112, those of Infinity and NaN by 224.
fn unpack(words: Words) -> Float {
  let halves = Bits(words.x << 16u, words.x, words.y << 16u, words.y);
  let absolute = bitcast<SignedBits>((halves >> Bits(3u)) & Bits(0x0fffe000u));
  let rebias = select(SignedBits(0x38000000), SignedBits(0x70000000), absolute >= SignedBits(0x0f800000));
  // A subnormal counts units of 2^-24, here shifted left by 13.
  let subnormal = bitcast<SignedBits>(Float(absolute) * 0x1p-37f);
  let bits = select(absolute + rebias, subnormal, absolute < SignedBits(0x00800000));
  return bitcast<Float>(bitcast<Bits>(bits) | (halves & Bits(0x80000000u)));
}

fn pack(elements: Float) -> Words {
  let bits = bitcast<Bits>(elements);
  let absolute = bitcast<SignedBits>(bits & Bits(0x7fffffffu));
  // Numbers from 65520 on round to Infinity.
  let bounded = min(absolute, SignedBits(0x477ff000));
  let is_odd = (bounded >> Bits(13u)) & SignedBits(1);
  let normal = (bounded - SignedBits(0x37fff001) + is_odd) >> Bits(13u);
  // The ULP of 0.5 is that of a subnormal, 2^-24, so that the sum is rounded as a subnormal.
  let subnormal = bitcast<SignedBits>(bitcast<Float>(absolute) + 0.5) - SignedBits(0x3f000000);
  let number = select(normal, subnormal, absolute < SignedBits(0x38800000));
  // The upper bits of a payload, and the quiet bit where they are zero.
  let payload = (absolute >> Bits(13u)) & SignedBits(0x3ff);
  let nan = select(payload, SignedBits(0x200), payload == SignedBits(0)) | SignedBits(0x7c00);
  let half = bitcast<Bits>(select(number, nan, absolute > SignedBits(0x7f800000))) | ((bits >> Bits(16u)) & Bits(0x8000u));
  return half.xz | (half.yw << Words(16u));
}
