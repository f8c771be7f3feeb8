// The statistics of each column from those of the lanes, added to those of earlier calls where parameters.x is 1. The words
// of a column are those of src/diagnostics/read.ts.
struct Record {
  // Elements, zeros, zero gradients, shut gates, NaNs, infinities.
  counts: array<u32, 6>,
  moments: Moments,
}

struct Moments {
  finite: f32,
  // As sortable bits.
  lowest: u32,
  highest: u32,
  mean: f32,
  mean_rest: f32,
  squares: f32,
  squares_rest: f32,
}

const WORDS_PER_COLUMN = 20u;

fn nothing() -> Record {
  return Record(array<u32, 6>(), Moments(0.0, 0xffffffffu, 0u, 0.0, 0.0, 0.0, 0.0));
}

fn record_at(at: u32, records: u32) -> Record {
  var record = nothing();
  for (var i = 0u; i < 6u; i++) {
    record.counts[i] = word_sums(i * records + at);
  }
  let finite = f32(record.counts[0] - record.counts[4] - record.counts[5]);
  let mean = bitcast<f32>(word_sums(8u * records + at));
  let squares = bitcast<f32>(word_sums(9u * records + at));
  let extremes = vec2(word_sums(6u * records + at), word_sums(7u * records + at));
  record.moments = Moments(finite, extremes.x, extremes.y, mean, 0.0, squares, 0.0);
  return record;
}

fn joined(a: Record, b: Record) -> Record {
  var both = a;
  for (var i = 0u; i < 6u; i++) {
    both.counts[i] += b.counts[i];
  }
  both.moments = joined_moments(a.moments, b.moments);
  return both;
}

// Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979
fn joined_moments(a: Moments, b: Moments) -> Moments {
  if (a.finite == 0.0) {
    return b;
  }
  if (b.finite == 0.0) {
    return a;
  }
  let lowest = min(a.lowest, b.lowest);
  let highest = max(a.highest, b.highest);
  let scale = scale_between(lowest, highest);
  let x = rescaled(a, scale);
  let y = rescaled(b, scale);
  let finite = x.finite + y.finite;
  let difference = (y.mean - x.mean) + (y.mean_rest - x.mean_rest);
  let step = difference * (y.finite / finite);
  let mean = x.mean + step;
  let more = y.squares + difference * step * x.finite;
  let squares = x.squares + more;
  return Moments(
    finite,
    lowest,
    highest,
    mean,
    x.mean_rest + lost(mean, x.mean, step),
    squares,
    (x.squares_rest + y.squares_rest) + lost(squares, x.squares, more),
  );
}

fn scale_between(lowest: u32, highest: u32) -> u32 {
  return scales_of(Bits(max(unsortable(lowest) & MAGNITUDE, unsortable(highest) & MAGNITUDE))).x;
}

fn unsortable(bits: u32) -> u32 {
  return bits ^ select(0xffffffffu, SIGN, bits >= SIGN);
}

fn sortable_bits(bits: u32) -> u32 {
  return bits ^ select(SIGN, 0xffffffffu, bits >= SIGN);
}

// Moments of much smaller elements are 0 beside those of large ones.
fn rescaled(moments: Moments, scale: u32) -> Moments {
  let own = scale_between(moments.lowest, moments.highest);
  let ratio = factors_of(Bits(scale)).x / factors_of(Bits(own)).x;
  let factor = select(select(0.0, ratio, scale == own + 1u), 1.0, scale == own);
  var result = moments;
  result.mean *= factor;
  result.mean_rest *= factor;
  result.squares *= factor * factor;
  result.squares_rest *= factor * factor;
  return result;
}

fn store_column(column: u32, record: Record) {
  let at = column * WORDS_PER_COLUMN;
  let accumulates = parameters.x == 1.0;
  var moments = record.moments;
  if (accumulates) {
    moments = joined_moments(moments_before(at), moments);
  }
  for (var i = 0u; i < 6u; i++) {
    let low = select(0u, word_statistics(at + 2u * i), accumulates);
    let high = select(0u, word_statistics(at + 2u * i + 1u), accumulates);
    let sum = low + record.counts[i];
    write_word_statistics(at + 2u * i, sum);
    write_word_statistics(at + 2u * i + 1u, high + select(0u, 1u, sum < low));
  }
  let is_empty = moments.finite == 0.0;
  write_word_statistics(at + 12u, select(unsortable(moments.lowest), INFINITY, is_empty));
  write_word_statistics(at + 13u, select(unsortable(moments.highest), SIGN | INFINITY, is_empty));
  write_word_statistics(at + 14u, bitcast<u32>(moments.mean));
  write_word_statistics(at + 15u, bitcast<u32>(moments.mean_rest));
  write_word_statistics(at + 16u, bitcast<u32>(moments.squares));
  write_word_statistics(at + 17u, bitcast<u32>(moments.squares_rest));
  let factor = factors_of(Bits(select(scale_between(moments.lowest, moments.highest), PLAIN_SCALE, is_empty))).x;
  write_word_statistics(at + 18u, bitcast<u32>(factor));
  write_word_statistics(at + 19u, 0u);
}

fn moments_before(at: u32) -> Moments {
  let finite = count_at(at) - count_at(at + 8u) - count_at(at + 10u);
  return Moments(
    finite,
    sortable_bits(word_statistics(at + 12u)),
    sortable_bits(word_statistics(at + 13u)),
    bitcast<f32>(word_statistics(at + 14u)),
    bitcast<f32>(word_statistics(at + 15u)),
    bitcast<f32>(word_statistics(at + 16u)),
    bitcast<f32>(word_statistics(at + 17u)),
  );
}

fn count_at(at: u32) -> f32 {
  return f32(word_statistics(at + 1u)) * 0x1p32f + f32(word_statistics(at));
}
