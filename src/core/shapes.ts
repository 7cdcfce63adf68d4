/** Pixels of an object within its bounding box, row-major: true where it has one. */
export type Shape = readonly (readonly boolean[])[];

/** Shapes that are equally likely. */
type Group = readonly Shape[];

/**
 * What rectangles, lines and patterns look like: for each of these types, groups that are equally likely. The order is part
 * of the address of every image: a draw chooses by number. (Blobs are grown by the core.)
 */
export function shapeCatalogue(): { readonly rectangle: Group[]; readonly line: Group[]; readonly pattern: Group[] } {
  return { rectangle: [rectangles()], line: [lines()], pattern: patterns() };
}

export const MIN_PIXELS = 2;
export const MAX_PIXELS = 15;
/** No shape of the catalogue is higher or wider: what a grid must have room for. */
export const LONGEST_LINE = 8;

/** Heights and widths 1 to 5 with an allowed area. */
function rectangles(): Group {
  const sides = range(1, 5);
  return sides
    .flatMap((height) => sides.map((width) => drawn(height, width, () => true)))
    .filter((shape) => pixelCount(shape) >= MIN_PIXELS && pixelCount(shape) <= MAX_PIXELS);
}

/** Horizontal, vertical, and the diagonals down to the right and down to the left. */
function lines(): Group {
  const lengths = range(2, LONGEST_LINE);
  return [
    ...lengths.map((length) => drawn(1, length, () => true)),
    ...lengths.map((length) => drawn(length, 1, () => true)),
    ...lengths.map((length) => drawn(length, length, (row, column) => row === column)),
    ...lengths.map((length) => drawn(length, length, (row, column) => row + column === length - 1)),
  ];
}

/** Checkerboards, Ls, Ts, pluses and zigzags, each in all sizes, and each of these turned to all four sides. */
function patterns(): Group[] {
  const checkerboards = range(2, 3).map((side) => drawn(side, side, (row, column) => (row + column) % 2 === 0));
  const ls = range(2, 4).flatMap((upright) =>
    range(2, 4).map((foot) => drawn(upright, foot, (row, column) => column === 0 || row === upright - 1)),
  );
  const ts = range(3, 4).flatMap((bar) =>
    range(2, 3).map((stem) => drawn(1 + stem, bar, (row, column) => row === 0 || column === (bar - 1) >> 1)),
  );
  const pluses = range(2, 3).map((arm) =>
    drawn(2 * arm + 1, 2 * arm + 1, (row, column) => row === arm || column === arm),
  );
  const zigzags = range(3, 7).map((length) => drawn(2, length, (row, column) => row === column % 2));
  return [checkerboards, ls, ts, pluses, zigzags].map((group) => group.flatMap(turnings));
}

function turnings(shape: Shape): Shape[] {
  const turned = [shape];
  while (turned.length < 4) turned.push(turnClockwise(turned.at(-1)!));
  return turned;
}

function turnClockwise(shape: Shape): Shape {
  const height = shape.length;
  return drawn(shape[0]!.length, height, (row, column) => shape[height - 1 - column]![row]!);
}

function drawn(height: number, width: number, isSet: (row: number, column: number) => boolean): Shape {
  return range(0, height - 1).map((row) => range(0, width - 1).map((column) => isSet(row, column)));
}

export function pixelCount(shape: Shape): number {
  return shape.flat().filter(Boolean).length;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
