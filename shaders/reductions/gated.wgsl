// The gradient where a gate is shut.
fn slope_where_shut() -> Float {
  return through_gate(Flags(false), Float(1.0));
}
