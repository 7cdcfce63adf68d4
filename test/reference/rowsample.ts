/** The rows of the `size` smallest priorities in ascending order, by sorting them all. */
export function sampleBySorting(
  size: number,
  dim: number,
  priorities: readonly (readonly [number, number])[],
  rows: Float32Array,
): Float32Array {
  const wide = priorities.map(([high, low]) => (BigInt(high) << 32n) | BigInt(low));
  const order = wide.map((_, row) => row).sort((a, b) => (wide[a]! < wide[b]! ? -1 : wide[a]! > wide[b]! ? 1 : a - b));
  return Float32Array.from(order.slice(0, size).flatMap((row) => [...rows.subarray(row * dim, (row + 1) * dim)]));
}
