/** Reserves `size` bytes, 16-byte aligned, until the next `reset`; the caller keeps and reuses them. */
export function alloc(size: usize): usize {
  return heap.alloc(size);
}

/** Gives back all regions: whoever holds one must not use it any more. */
export function reset(): void {
  heap.reset();
}
