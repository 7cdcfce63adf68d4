import { below } from "./draws";
import { clearShape, setPixel } from "./inline/shape";

// A plane of 32 x 32 cells: for a free one how many of its 8 neighbours are in the blob, for one of the blob TAKEN. At
// most 15 cells grow from the middle, so that no neighbour is outside. All zero between two blobs.
const STRIDE: u32 = 32;
const PLANE = memory.data(32 * 32, 16);
const FIRST: u32 = 15 * STRIDE + 15;
const TAKEN: u32 = 128;
const CELLS = memory.data(16 * 2, 16); // u16, in the order in which they joined
const CANDIDATES = memory.data(15 * 8 * 2, 16); // u16, in the order in which they became it; those that joined stay
const SHAPE = memory.data(48, 16);

let candidates: usize = CANDIDATES; // the end of the list
let weight: u32 = 0; // of all candidates

/** Grows a blob of `size` cells, 2 to 15: a free cell with n > 0 neighbours in it joins with weight n (n + 1). */
export function blob(size: u32): usize {
  candidates = CANDIDATES;
  weight = 0;
  let top: u32 = STRIDE, left: u32 = STRIDE, bottom: u32 = 0, right: u32 = 0;
  let cell = FIRST;
  for (let count: u32 = 0; ; ) {
    join(cell);
    store<u16>(CELLS + 2 * count, <u16>cell);
    const row = cell / STRIDE, column = cell % STRIDE;
    top = min(top, row), bottom = max(bottom, row), left = min(left, column), right = max(right, column);
    if (++count == size) break;
    cell = choose(below(weight));
  }
  clearShape(SHAPE, bottom - top + 1, right - left + 1, size);
  for (let at = CELLS, end = CELLS + 2 * size; at < end; at += 2) {
    const joined = <u32>load<u16>(at);
    setPixel(SHAPE, joined / STRIDE - top, (joined % STRIDE) - left);
  }
  store<u8>(PLANE + FIRST, 0);
  for (let at = CANDIDATES; at < candidates; at += 2) store<u8>(PLANE + load<u16>(at), 0);
  return SHAPE;
}

function join(cell: u32): void {
  const neighbours = <u32>load<u8>(PLANE + cell);
  weight -= neighbours * (neighbours + 1);
  store<u8>(PLANE + cell, <u8>TAKEN);
  touch(cell - STRIDE - 1), touch(cell - STRIDE), touch(cell - STRIDE + 1);
  touch(cell - 1), touch(cell + 1);
  touch(cell + STRIDE - 1), touch(cell + STRIDE), touch(cell + STRIDE + 1);
}

/** Counts one more neighbour of a cell that is not in the blob. */
// @ts-ignore: decorator
@inline
function touch(cell: u32): void {
  const neighbours = <u32>load<u8>(PLANE + cell);
  if (neighbours < TAKEN) {
    store<u16>(candidates, <u16>cell);
    candidates += neighbours == 0 ? 2 : 0;
    store<u8>(PLANE + cell, <u8>(neighbours + 1));
    weight += 2 * (neighbours + 1); // (n + 1) (n + 2) - n (n + 1)
  }
}

/** The candidate at `point` of the weights laid end to end. */
function choose(point: u32): u32 {
  let at = CANDIDATES;
  while (true) {
    const cell = <u32>load<u16>(at);
    const neighbours = <u32>load<u8>(PLANE + cell);
    const own = neighbours < TAKEN ? neighbours * (neighbours + 1) : 0;
    if (point < own) return cell;
    point -= own;
    at += 2;
  }
}
