/**
 * Shares of `size` in proportion to `counts`, whole numbers that add up to it: by largest remainder, of equal ones the
 * first (Hamilton's method). `size` is at most the sum of `counts`; no share is larger than its count.
 */
export function sharesOf(size: number, counts: readonly number[]): number[] {
  const total = BigInt(counts.reduce((sum, count) => sum + count, 0)) || 1n;
  const products = counts.map((count) => BigInt(size) * BigInt(count)); // may be beyond 2^53
  const shares = products.map((product) => Number(product / total));
  const left = size - shares.reduce((sum, share) => sum + share, 0);
  const remainders = products.map((product, at) => ({ at, remainder: product % total }));
  remainders.sort((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.at - b.at));
  for (const { at } of remainders.slice(0, left)) shares[at]!++;
  return shares;
}
