// NAME holds an element of FIRST and one of SECOND by turns, aligned to vectors.
fn fetch_FIRST(i: u32) -> Float {
  let front = unpack(ARRAY[START + 2u * i]);
  let back = unpack(ARRAY[START + 2u * i + 1u]);
  return Float(front.x, front.z, back.x, back.z);
}

fn load_FIRST(i: u32) -> Float {
  return fetch_FIRST(i);
}

fn fetch_SECOND(i: u32) -> Float {
  let front = unpack(ARRAY[START + 2u * i]);
  let back = unpack(ARRAY[START + 2u * i + 1u]);
  return Float(front.y, front.w, back.y, back.w);
}

fn load_SECOND(i: u32) -> Float {
  return fetch_SECOND(i);
}

// A kernel stores dGate and then dUp. The elements of dGate wait, because they share vectors with those of dUp.
var<private> waiting: Float;

fn write_dGate(i: u32, elements: Float) {
  waiting = elements;
}

fn write_dUp(i: u32, elements: Float) {
  let dGate = waiting;
  let dUp = elements;
  ARRAY[START + 2u * i] = pack(Float(FIRST.x, SECOND.x, FIRST.y, SECOND.y));
  ARRAY[START + 2u * i + 1u] = pack(Float(FIRST.z, SECOND.z, FIRST.w, SECOND.w));
}
