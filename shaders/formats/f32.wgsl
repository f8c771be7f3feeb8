// float32: a 32-bit word is an element. Words stay integers until they are unpacked, so that no load or store can
// touch the payload of a NaN or flush a subnormal.
alias Words = Bits;

fn unpack(words: Words) -> Float {
  return bitcast<Float>(words);
}

fn pack(elements: Float) -> Words {
  return bitcast<Words>(elements);
}
