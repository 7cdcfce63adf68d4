import { MAX_OBJECTS } from "../core/images.ts";
import { MAX_PIXELS, MIN_PIXELS, pixelCount, shapeCatalogue, type Shape } from "../core/shapes.ts";

const COLOURS = 9;

/** How often each number of objects, type, colour and blob size is drawn, by the value that it has in the factors. */
export const law = {
  objects: [0, ...even(MAX_OBJECTS)],
  types: [0.4, 0.2, 0.2, 0.2], // blob, rectangle, line, pattern
  colours: [0, ...even(COLOURS)],
  blobSizes: [...new Array<number>(MIN_PIXELS).fill(0), ...even(MAX_PIXELS - MIN_PIXELS + 1)],
} as const;

/** Mean and variance of the number of pixels of an image that are not background, as far as objects find room. */
export function objectPixelsLaw(): { readonly mean: number; readonly variance: number } {
  const { rectangle, line, pattern } = shapeCatalogue();
  const blob = law.blobSizes.flatMap((share, size) => (share > 0 ? [{ share, size }] : []));
  const sizes = [blob, ...[rectangle, line, pattern].map(sizesOf)].flatMap((ofType, type) =>
    ofType.map(({ share, size }) => ({ share: share * law.types[type]!, size })),
  );
  const mean = sizes.reduce((sum, { share, size }) => sum + share * size, 0);
  const square = sizes.reduce((sum, { share, size }) => sum + share * size * size, 0);
  const count = (MAX_OBJECTS + 1) / 2;
  const countVariance = (MAX_OBJECTS * MAX_OBJECTS - 1) / 12;
  // Wald: a sum of a random number of independent terms.
  return { mean: count * mean, variance: count * (square - mean * mean) + countVariance * mean * mean };
}

/** Sizes of shapes that are drawn by group, then by member. */
function sizesOf(groups: readonly (readonly Shape[])[]): { readonly share: number; readonly size: number }[] {
  return groups.flatMap((shapes) =>
    shapes.map((shape) => ({ share: 1 / groups.length / shapes.length, size: pixelCount(shape) })),
  );
}

function even(count: number): number[] {
  return new Array<number>(count).fill(1 / count);
}
