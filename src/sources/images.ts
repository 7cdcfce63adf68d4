import { imageStream } from "../core/images.ts";
import type { Core } from "../core/instance.ts";
import type { ImageSpec } from "../data/plan.ts";
import type { Source } from "../data/rows.ts";
import { imageFields } from "../formats/imagerows.ts";

/** Images with their labels and factors; those that are redrawn take the place of their first draw. */
export function imageSource(core: Core, spec: ImageSpec, maxRows: number): Source {
  const fields = imageFields(spec.size);
  const stream = imageStream(core, spec, spec, { maxRows, label: spec.label });
  const { rows: redrawn, draws } = spec.redrawn;
  const single = redrawn.length > 0 ? imageStream(core, spec, spec, { maxRows: 1, label: spec.label }) : undefined;
  return {
    fields,
    read(start, rows) {
      const { images, labels, factors } = stream.read(start, rows);
      const columns = [images, labels, factors].map((data, at) => ({ field: fields[at]!, data }));
      for (let at = firstFrom(redrawn, start); at < redrawn.length && redrawn[at]! < start + rows; at++) {
        const one = single!.read(redrawn[at]!, 1, draws[at]!);
        const row = redrawn[at]! - start;
        images.set(one.images, row * one.images.length);
        factors.set(one.factors, row * one.factors.length);
        labels.set(one.labels, row);
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
