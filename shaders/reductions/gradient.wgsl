// ZERO_BELOW is 1 where results are exact, and the smallest normal number where drivers may flush them.
fn is_nothing(x: Float) -> Flags {
  return magnitude(x) < Bits(ZERO_BELOW);
}
