import { imageStream, type DrawnImages } from "../core/images.ts";
import type { Core } from "../core/instance.ts";
import type { ImageSpec } from "../data/plan.ts";
import type { Source } from "../data/rows.ts";
import { imageFields } from "../formats/imagerows.ts";

/**
 * Images with their labels and factors; those that are redrawn take the place of their first draw. Without `images` among
 * what is wanted no pixel is drawn.
 */
export function imageSource(core: Core, spec: ImageSpec, maxRows: number, wanted?: readonly string[]): Source {
  const withPixels = wanted?.includes("images") ?? true;
  const [images, labels, factors] = imageFields(spec.size);
  const columnsOf = (drawn: DrawnImages) => [
    ...(withPixels ? [{ field: images, data: drawn.images }] : []),
    { field: labels, data: drawn.labels },
    { field: factors, data: drawn.factors },
  ];
  const open = (rows: number) => imageStream(core, spec, spec, { maxRows: rows, label: spec.label, withPixels });
  const stream = open(maxRows);
  const { rows: redrawn, draws } = spec.redrawn;
  const single = redrawn.length > 0 ? open(1) : undefined;
  return {
    fields: withPixels ? [images, labels, factors] : [labels, factors],
    read(start, rows) {
      const columns = columnsOf(stream.read(start, rows));
      for (let at = firstFrom(redrawn, start); at < redrawn.length && redrawn[at]! < start + rows; at++) {
        const row = redrawn[at]! - start;
        for (const [column, { data }] of columnsOf(single!.read(redrawn[at]!, 1, draws[at]!)).entries()) {
          columns[column]!.data.set(data, row * data.length);
        }
      }
      return { start, rows, columns };
    },
  };
}

/** Where the first of the ascending numbers that is not below `least` stands. */
function firstFrom(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
