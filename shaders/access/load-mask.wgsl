// Element i has bit i % 32 of word i / 32.
fn mask_bits(i: u32) -> Flags {
  let bits = Bits(ARRAY[START + i / 8u] >> (i % 8u * LANES));
  return (bits & Bits(1u, 2u, 4u, 8u)) != Bits(0u);
}
