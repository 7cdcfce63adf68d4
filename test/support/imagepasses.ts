import { palettes } from "../../src/data/palettes.ts";
import type { CategorySpec, Compressor, FileSpec, ImageSpec, Pass } from "../../src/data/plan.ts";

export const images: ImageSpec = {
  kind: "images",
  size: 16,
  palette: palettes.gray.values,
  label: "composition",
  redrawn: { rows: [0, 700, 2006], draws: [1, 2, 1] },
  key: [42, 7],
  stream: 4,
};

/** In no file, and the first source of each pass, so that `watchPasses` and `brokenInWorkers` have one to their liking. */
export const bystander: CategorySpec = {
  kind: "category",
  field: "beside",
  labels: ["a", "b"],
  thresholds: [2 ** 31],
  key: [42, 7],
  stream: 2,
};

export const PIECE_ROWS = { images: 20, labels: 200, factors: 100 };
export type Field = keyof typeof PIECE_ROWS;
export const ROW_BYTES = { images: 256, labels: 1, factors: 24 };
export const FIELDS = Object.keys(PIECE_ROWS) as Field[];

export interface Split {
  readonly name: string;
  readonly rows: readonly [start: number, end: number];
}

export const SPLITS: readonly Split[] = [
  { name: "train", rows: [7, 2007] },
  { name: "val", rows: [0, 0] },
  { name: "test", rows: [0, 1] },
];

interface Style {
  readonly compressor?: Compressor;
  /** Pieces in a block. */
  readonly multiple?: number;
}

function memberOf(file: string, field: Field, compressor: Compressor): FileSpec {
  return { name: `${file}.npz`, format: { kind: "npz", field, compressor, pieceRows: PIECE_ROWS[field] } };
}

export function passOf({ name, rows: [rowStart, rowEnd] }: Split, field: Field, style: Style = {}): Pass {
  const { compressor = "fflate", multiple = 1 } = style;
  const files = [memberOf(name, field, compressor)];
  return { sources: [bystander, images], files, rowStart, rowEnd, blockRows: multiple * PIECE_ROWS[field] };
}

/** Three passes for each split, each of which writes a member of its .npz. */
export function passesOf(style?: Style): Pass[] {
  return SPLITS.flatMap((split) => FIELDS.map((field) => passOf(split, field, style)));
}
