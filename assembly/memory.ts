/** Reserves `size` bytes, 16-byte aligned, for the life of the instance; the caller keeps and reuses them. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}
