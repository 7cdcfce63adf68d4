import { philox4x32, type Key } from "./philox.ts";

export interface ImageSpec {
  readonly key: Key;
  readonly stream: number;
  readonly size: number;
  readonly palette: "gray" | "arc";
  readonly redraw?: number;
  /** Tries of a whole image; default 100. */
  readonly attempts?: number;
  /** Tries of a place for one object; default 50. */
  readonly origins?: number;
}

type Cell = readonly [row: number, column: number];

/** An object within its bounding box. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly cells: readonly Cell[];
}

interface Placed {
  readonly type: number;
  readonly colour: number;
  readonly row: number;
  readonly column: number;
  readonly shape: Shape;
}

/** The next word of a row as one of the numbers 0 to n - 1. */
type Below = (n: number) => number;

const [BLOB, RECTANGLE, LINE, PATTERN] = [0, 1, 2, 3];
const SLOTS = 4;
const SLOT_BYTES = 6;

/** Draw 16 g + 4 w + l of a row: word w of counter (2^16 redraw + 4 g + l, low and high word of the row, stream). */
function belowOf({ key, stream, redraw = 0 }: ImageSpec, row: bigint): Below {
  const rowWords = [Number(row & 0xffffffffn), Number(row >> 32n)] as const;
  let draw = 0;
  return (n) => {
    const counter = redraw * 2 ** 16 + 4 * Math.floor(draw / 16) + (draw % 4);
    const word = philox4x32([counter, ...rowWords, stream], key)[Math.floor(draw / 4) % 4]!;
    draw++;
    return Math.floor((word * n) / 2 ** 32);
  };
}

function boxed(cells: readonly Cell[]): Shape {
  const [rows, columns] = [cells.map(([row]) => row), cells.map(([, column]) => column)];
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return {
    height: Math.max(...rows) - top + 1,
    width: Math.max(...columns) - left + 1,
    cells: cells.map(([row, column]): Cell => [row - top, column - left]),
  };
}

function rectangles(): Shape[] {
  const shapes: Shape[] = [];
  for (let height = 1; height <= 5; height++) {
    for (let width = 1; width <= 5; width++) {
      if (height * width < 2 || height * width > 15) continue;
      const cells: Cell[] = [];
      for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) cells.push([row, column]);
      shapes.push(boxed(cells));
    }
  }
  return shapes;
}

function lines(): Shape[] {
  const steps: Cell[] = [
    [0, 1], // horizontal
    [1, 0], // vertical
    [1, 1], // diagonal, down to the right
    [1, -1], // diagonal, down to the left
  ];
  return steps.flatMap(([down, right]) =>
    [2, 3, 4, 5, 6, 7, 8].map((length) => boxed(times(length, (i) => [down * i, right * i]))),
  );
}

function patterns(): Shape[][] {
  const checkerboards = [2, 3].map((side) =>
    times(side * side, (i): Cell => [Math.floor(i / side), i % side]).filter(
      ([row, column]) => (row + column) % 2 === 0,
    ),
  );
  const ls = [2, 3, 4].flatMap((a) =>
    [2, 3, 4].map((b) => [...times(a, (i) => [i, 0]), ...times(b - 1, (i) => [a - 1, 1 + i])]),
  );
  const ts = [3, 4].flatMap((b) =>
    [2, 3].map((s) => [...times(b, (i) => [0, i]), ...times(s, (i) => [1 + i, Math.floor((b - 1) / 2)])]),
  );
  const pluses = [2, 3].map((arm): Cell[] => [
    [0, 0],
    ...times(arm, (i) => [-1 - i, 0]),
    ...times(arm, (i) => [1 + i, 0]),
    ...times(arm, (i) => [0, -1 - i]),
    ...times(arm, (i) => [0, 1 + i]),
  ]);
  const zigzags = [3, 4, 5, 6, 7].map((length) => times(length, (i) => [i % 2, i]));
  return [checkerboards, ls, ts, pluses, zigzags].map((group) =>
    group.flatMap((cells) => {
      const once = boxed(cells);
      return [once, turned(once), turned(turned(once)), turned(turned(turned(once)))];
    }),
  );
}

function times(count: number, cellOf: (i: number) => Cell): Cell[] {
  return Array.from({ length: count }, (_, i) => cellOf(i));
}

/** A quarter clockwise. */
function turned({ height, width, cells }: Shape): Shape {
  return { height: width, width: height, cells: cells.map(([row, column]): Cell => [column, height - 1 - row]) };
}

/** For each type but the blob the groups of its shapes, in the order in which they are numbered. */
export const catalogue = { rectangle: [rectangles()], line: [lines()], pattern: patterns() };

/** Of the 8 neighbours of a cell those that `isAmong` accepts, in row-major order. */
function neighbours([row, column]: Cell, isAmong: (cell: Cell) => boolean): Cell[] {
  const around = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right): Cell => [row + down, column + right]));
  return around.filter((cell) => !isSame(cell, [row, column]) && isAmong(cell));
}

function isSame(a: Cell, b: Cell): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

function blob(target: number, below: Below): Shape {
  const cells: Cell[] = [];
  let candidates: Cell[] = [];
  const isCell = (cell: Cell) => cells.some((other) => isSame(cell, other));
  const isCandidate = (cell: Cell) => candidates.some((other) => isSame(cell, other));
  const join = (cell: Cell) => {
    cells.push(cell);
    candidates = candidates.filter((other) => !isSame(cell, other));
    candidates.push(...neighbours(cell, (other) => !isCell(other) && !isCandidate(other)));
  };

  join([0, 0]);
  while (cells.length < target) {
    const weights = candidates.map((cell) => {
      const n = neighbours(cell, isCell).length;
      return n * (n + 1);
    });
    const x = below(weights.reduce((sum, weight) => sum + weight, 0));
    let cumulative = 0;
    join(candidates[weights.findIndex((weight) => (cumulative += weight) > x)]!);
  }
  return boxed(cells);
}

function shapeOf(type: number, below: Below): Shape {
  if (type === BLOB) return blob(2 + below(14), below);
  const groups = { [RECTANGLE!]: catalogue.rectangle, [LINE!]: catalogue.line, [PATTERN!]: catalogue.pattern }[type]!;
  const group = groups[below(groups.length)]!;
  return group[below(group.length)]!;
}

/** The object's cells on the grid. */
function cellsOf({ shape, row, column }: Pick<Placed, "shape" | "row" | "column">): Cell[] {
  return shape.cells.map(([down, right]): Cell => [row + down, column + right]);
}

/** One attempt: the objects that found a place before one did not. */
function attempt(
  kinds: readonly Pick<Placed, "type" | "colour">[],
  { size, origins = 50 }: ImageSpec,
  below: Below,
): Placed[] {
  const placed: Placed[] = [];
  const isTaken = (cell: Cell) => placed.some((object) => cellsOf(object).some((other) => isSame(cell, other)));
  for (const kind of kinds) {
    const shape = shapeOf(kind.type, below);
    if (shape.height > size || shape.width > size) return placed;
    let place: Placed | undefined;
    for (let origin = 0; origin < origins && !place; origin++) {
      const row = below(size - shape.height + 1);
      const column = below(size - shape.width + 1);
      const object = { ...kind, shape, row, column };
      if (!cellsOf(object).some(isTaken)) place = object;
    }
    if (!place) return placed;
    placed.push(place);
  }
  return placed;
}

function objects(spec: ImageSpec, row: bigint): Placed[] {
  const below = belowOf(spec, row);
  const kinds = Array.from({ length: 1 + below(4) }, () => {
    const type = [BLOB, BLOB, RECTANGLE, LINE, PATTERN][below(5)]!;
    return { type, colour: 1 + below(9) };
  });
  let placed: Placed[] = [];
  for (let i = 0; i < (spec.attempts ?? 100) && placed.length < kinds.length; i++) placed = attempt(kinds, spec, below);
  return placed;
}

export function image(spec: ImageSpec, row: bigint): { pixels: Uint8Array; factors: Uint8Array } {
  const pixels = new Uint8Array(spec.size ** 2);
  const factors = new Uint8Array(SLOTS * SLOT_BYTES);
  objects(spec, row).forEach((object, slot) => {
    const value = spec.palette === "gray" ? Math.round((object.colour * 255) / 9) : object.colour;
    for (const [down, right] of cellsOf(object)) pixels[down * spec.size + right] = value;
    const { type, colour, row: top, column: left, shape } = object;
    factors.set([1, type, colour, top, left, shape.cells.length], slot * SLOT_BYTES);
  });
  return { pixels, factors };
}

/** Rows `first` to `first + rows`, one after the other. */
export function images(spec: ImageSpec, first: bigint, rows: number): { images: Uint8Array; factors: Uint8Array } {
  const all = Array.from({ length: rows }, (_, i) => image(spec, first + BigInt(i)));
  return {
    images: Uint8Array.from(all.flatMap(({ pixels }) => [...pixels])),
    factors: Uint8Array.from(all.flatMap(({ factors }) => [...factors])),
  };
}

export function label(factors: Uint8Array, kind: "composition" | "count" | "type"): number {
  const present = Array.from({ length: SLOTS }, (_, slot) =>
    factors.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES),
  )
    .filter((bytes) => bytes[0] === 1)
    .map((bytes) => ({ type: bytes[1]!, pixels: bytes[5]! }));
  if (kind === "count") return present.length;
  if (kind === "type") {
    const largest = Math.max(...present.map(({ pixels }) => pixels));
    return present.find(({ pixels }) => pixels === largest)?.type ?? 0;
  }
  const capped = (type: number) => Math.min(3, present.filter((object) => object.type === type).length);
  return capped(BLOB!) + 4 * capped(RECTANGLE!) + 16 * capped(LINE!) + 64 * capped(PATTERN!);
}
