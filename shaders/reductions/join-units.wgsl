// Joins the bits seen of each unit, and those of earlier calls if parameters.x is 1.
alias Record = u32;

fn nothing() -> Record {
  return 0u;
}

fn record_at(at: u32, records: u32) -> Record {
  return word_sums(at);
}

fn joined(a: Record, b: Record) -> Record {
  return a | b;
}

fn store_column(column: u32, record: Record) {
  write_word_units(column, record | select(0u, word_units(column), parameters.x == 1.0));
}
