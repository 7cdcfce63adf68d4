import type { Item } from "../../../src/pipeline/embed/items.ts";
import type { Spool } from "../../../src/pipeline/embed/spool.ts";

export const DIM = 2;

/** Item `index` of shards of `rows` rows. */
export function itemOf(index: number, rows: number, units = 0): Item {
  const text = `text ${index}`.padEnd(units, ".");
  return { index, shard: Math.floor(index / rows), id: `id ${index}`, isChunk: false, text, metadata: "{}", tokens: 0 };
}

export const vectorsOf = (indexes: readonly number[]) => Float32Array.from(indexes.flatMap((index) => [index, -index]));

export const range = (start: number, end: number) =>
  Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);

/** A spool in memory. */
export function memorySpool(known = new Map<number, { text: string; values: Float32Array }>()): Spool {
  return {
    has: (place, text) => known.get(place)?.text === text,
    add: (places, texts, vectors) =>
      places.forEach((place, i) =>
        known.set(place, { text: texts[i]!, values: vectors.slice(i * DIM, (i + 1) * DIM) }),
      ),
    readInto: (place, out) => out.set(known.get(place)!.values),
    close() {},
    remove() {},
  };
}
