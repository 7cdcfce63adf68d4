import { hsum } from "./inline/hsum";

/**
 * Turns `rows` x `dim` noise values (f32) into points around their centroids: noise * scale + the centroid whose number
 * (u32) the row has in `clusters`; then, if `unit`, divides each row by its length, unless that is 0.
 */
export function perturb(
  values: usize, centroids: usize, clusters: usize, rows: u32, dim: u32, scale: f32, unit: u32, // prettier-ignore
): void {
  const wholeBytes: usize = (dim & ~3) << 2, rowBytes: usize = dim << 2;
  for (let end = clusters + 4 * rows; clusters < end; clusters += 4, values += rowBytes) {
    const square = place(values, centroids + load<u32>(clusters) * rowBytes, wholeBytes, rowBytes, scale);
    if (unit && square > 0) divide(values, wholeBytes, rowBytes, sqrt<f32>(square));
  }
}

/** Returns the sum of squares: of vector i in four sums, the one number i mod 4; what is left of a vector comes last. */
function place(row: usize, centroid: usize, wholeBytes: usize, rowBytes: usize, scale: f32): f32 {
  const factor = f32x4.splat(scale);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  let at: usize = 0;
  for (; at + 64 <= wholeBytes; at += 64) {
    const x0 = moved(row + at, centroid + at, factor), x1 = moved(row + at + 16, centroid + at + 16, factor);
    const x2 = moved(row + at + 32, centroid + at + 32, factor), x3 = moved(row + at + 48, centroid + at + 48, factor);
    s0 = f32x4.add(s0, f32x4.mul(x0, x0)), s1 = f32x4.add(s1, f32x4.mul(x1, x1));
    s2 = f32x4.add(s2, f32x4.mul(x2, x2)), s3 = f32x4.add(s3, f32x4.mul(x3, x3));
  }
  for (; at < wholeBytes; at += 16) {
    const x = moved(row + at, centroid + at, factor);
    s3 = f32x4.add(s3, f32x4.mul(x, x));
  }
  let sum = hsum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; at < rowBytes; at += 4) {
    const x = load<f32>(row + at) * scale + load<f32>(centroid + at);
    store<f32>(row + at, x);
    sum += x * x;
  }
  return sum;
}

function divide(row: usize, wholeBytes: usize, rowBytes: usize, length: f32): void {
  const divisor = f32x4.splat(length);
  let at: usize = 0;
  for (; at < wholeBytes; at += 16) v128.store(row + at, f32x4.div(v128.load(row + at), divisor));
  for (; at < rowBytes; at += 4) store<f32>(row + at, load<f32>(row + at) / length);
}

// @ts-ignore: decorator
@inline
function moved(value: usize, centroid: usize, factor: v128): v128 {
  const x = f32x4.add(f32x4.mul(v128.load(value), factor), v128.load(centroid));
  v128.store(value, x);
  return x;
}
