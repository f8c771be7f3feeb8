// What was ever seen of each unit, with what was seen in earlier calls where parameters.x is 1.
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
