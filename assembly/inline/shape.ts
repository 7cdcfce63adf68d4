// A shape in memory: height, width and number of pixels (u32), then from byte 16 a mask a row (u16, bit c for column c).

export const SHAPE_BYTES: u32 = 48;
const MASKS: usize = 16;

// @ts-ignore: decorator
@inline
export function heightOf(shape: usize): u32 {
  return load<u32>(shape);
}

// @ts-ignore: decorator
@inline
export function widthOf(shape: usize): u32 {
  return load<u32>(shape, 4);
}

// @ts-ignore: decorator
@inline
export function pixelsOf(shape: usize): u32 {
  return load<u32>(shape, 8);
}

// @ts-ignore: decorator
@inline
export function maskOf(shape: usize, row: u32): u64 {
  return load<u16>(shape + 2 * row, MASKS);
}

/** Empties a shape of `height` x `width`, which will have `pixels` pixels. */
// @ts-ignore: decorator
@inline
export function clearShape(shape: usize, height: u32, width: u32, pixels: u32): void {
  store<u32>(shape, height), store<u32>(shape, width, 4), store<u32>(shape, pixels, 8);
  v128.store(shape, i64x2.splat(0), MASKS), v128.store(shape, i64x2.splat(0), MASKS + 16);
}

// @ts-ignore: decorator
@inline
export function setPixel(shape: usize, row: u32, column: u32): void {
  const mask = shape + 2 * row;
  store<u16>(mask, load<u16>(mask, MASKS) | (<u16>1 << <u16>column), MASKS);
}
