import { madd } from "./inline/madd";

/** Rows that are scored at a time: with as many accumulators as leave registers for what is multiplied. */
const ROWS: u32 = 3;

/**
 * Writes |c|^2 / 2 - x.c for each of `count` rows x and each of 4 * `fours` centroids c: `out` is (count, 4 * fours).
 * Rows and centroids are `width` bytes long, a multiple of 16; `halves` holds |c|^2 / 2. Every pair is computed alike,
 * wherever it falls in a tile: four lanes along the row, added as (0 + 2) + (1 + 3).
 */
export function scores(
  out: usize, rows: usize, count: u32, centroids: usize, halves: usize, fours: u32, width: usize, // prettier-ignore
): void {
  const outWidth = <usize>fours << 4;
  const last = count - 1;
  for (let row: u32 = 0; row < count; row += ROWS) {
    const second = min(row + 1, last), third = min(row + 2, last); // past the end the last one again
    let c = centroids;
    for (let at: usize = 0; at < outWidth; at += 16, c += 4 * width) {
      const half = v128.load(halves + at);
      tile(
        out + row * outWidth + at, out + second * outWidth + at, out + third * outWidth + at, half,
        rows + row * width, rows + second * width, rows + third * width, c, width,
      );
    }
  }
}

// @ts-ignore: decorator
@inline
function tile(
  outA: usize, outB: usize, outC: usize, half: v128, a: usize, b: usize, c: usize, centroid: usize, width: usize,
): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let c0 = a0, c1 = a0, c2 = a0, c3 = a0;
  const second = centroid + width, third = second + width, fourth = third + width;
  for (let at: usize = 0; at < width; at += 16) {
    const xa = v128.load(a + at), xb = v128.load(b + at), xc = v128.load(c + at);
    let m = v128.load(centroid + at);
    a0 = madd(xa, m, a0), b0 = madd(xb, m, b0), c0 = madd(xc, m, c0);
    m = v128.load(second + at);
    a1 = madd(xa, m, a1), b1 = madd(xb, m, b1), c1 = madd(xc, m, c1);
    m = v128.load(third + at);
    a2 = madd(xa, m, a2), b2 = madd(xb, m, b2), c2 = madd(xc, m, c2);
    m = v128.load(fourth + at);
    a3 = madd(xa, m, a3), b3 = madd(xb, m, b3), c3 = madd(xc, m, c3);
  }
  v128.store(outA, f32x4.sub(half, sums(a0, a1, a2, a3)));
  v128.store(outB, f32x4.sub(half, sums(b0, b1, b2, b3)));
  v128.store(outC, f32x4.sub(half, sums(c0, c1, c2, c3)));
}

/** The four sums of the lanes of each. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}
