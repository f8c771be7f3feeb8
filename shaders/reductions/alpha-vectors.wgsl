// Four adjacent elements at a time: the lengths of the shape are of vectors.
alias Sum = Float;

// The next row of the invocation, its block within its run, and its vector.
var<private> row: u32;
var<private> block: u32;
var<private> at: u32;

// As the other, without a division and a branch for each vector: SwiftShader and lavapipe take most of their time there.
fn sum_of_rows(channel: u32, first: u32, stride: u32, place: u32) -> Float {
  let period = shape.channels * shape.inner;
  // Of the next row, by blocks and by vectors, and what a new run adds to it.
  let blocks = stride % shape.blocks;
  let vectors = stride / shape.blocks * period + blocks * shape.width;
  let to_run = period - shape.blocks * shape.width;
  let rows = select(0u, shape.rows, channel < shape.channels);
  row = first;
  block = first % shape.blocks;
  at = first / shape.blocks * period + channel * shape.inner + block * shape.width + place;
  var sum = Float(0.0);
  for (var i = 0u; i < 4u && row < rows; i++) {
    var quarter = Float(0.0);
    for (var j = 0u; j < 4u && row < rows; j++) {
      let two = next_term(rows, place, stride, blocks, vectors, to_run) + next_term(rows, place, stride, blocks, vectors, to_run);
      quarter += two + (next_term(rows, place, stride, blocks, vectors, to_run) + next_term(rows, place, stride, blocks, vectors, to_run));
    }
    sum += quarter;
  }
  return sum;
}

fn next_term(rows: u32, place: u32, stride: u32, blocks: u32, vectors: u32, to_run: u32) -> Float {
  let is_own = (row < rows) & (block * shape.width + place < shape.inner) & (at < shape.count);
  let term = select(Float(0.0), product(at), is_own);
  let ends_run = block + blocks >= shape.blocks;
  row += stride;
  block += select(blocks, blocks - shape.blocks, ends_run);
  at += select(vectors, vectors + to_run, ends_run);
  return term;
}

fn product(i: u32) -> Float {
  let x = load_x(i);
  return select(x * load_dy(i), Float(0.0), is_positive(x) | !within(i));
}
