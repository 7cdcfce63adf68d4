/** Adds to a counter (u32). */
// @ts-ignore: decorator
@inline
export function increment(counter: usize, by: u32): void {
  store<u32>(counter, load<u32>(counter) + by);
}
