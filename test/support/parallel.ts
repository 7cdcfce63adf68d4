import { availableParallelism } from "node:os";

/** Runs `use` on every item, a few at a time, and returns the results in order. */
export async function inParallel<T, R>(items: readonly T[], use: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const work = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await use(items[at]!);
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return results;
}
