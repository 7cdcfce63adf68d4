import { readNpyHeader } from "../src/formats/npy.ts";
import { openFile } from "../src/runtime/files.ts";
import { normals } from "../test/reference/normals.ts";

/** Rows of float32 in memory. */
export interface Rows {
  readonly dim: number;
  readonly values: Float32Array;
}

/** Questions with their answers: the numbers of the rows nearest to each, the nearest first. */
export interface Questions {
  readonly queries: readonly Float32Array[];
  readonly nearest: readonly (readonly number[])[];
}

export const QUERIES = 20;
export const NEAREST = 10;

// Stores add up float32; where two distances differ by more than this share, none of them confuses the two.
const CLEAR = 1e-6;

const key = [7, 0] as const; // of no dataset

/** Reads an array of float32. */
export async function readRows(path: string): Promise<Rows> {
  const file = await openFile(path);
  try {
    const { shape, byteLength } = await readNpyHeader(file);
    const bytes = await file.read(byteLength, file.byteLength - byteLength);
    return { dim: shape[1]!, values: new Float32Array(Uint8Array.from(bytes).buffer) };
  } finally {
    await file.close();
  }
}

/** Draws queries and looks at every row for each, in float64. */
export function askRows(rows: Rows): Questions {
  const { dim } = rows;
  const drawn = normals({ key, stream: 1 }, 0n, QUERIES * dim);
  const queries = Array.from({ length: QUERIES }, (_, query) => drawn.subarray(query * dim, (query + 1) * dim));
  return { queries, nearest: queries.map((query) => nearestTo(query, rows)) };
}

function nearestTo(query: Float32Array, { dim, values }: Rows): number[] {
  const squares = new Float64Array(values.length / dim);
  for (let row = 0; row < squares.length; row++) {
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += (query[i]! - values[row * dim + i]!) ** 2;
    squares[row] = sum;
  }
  const order = [...squares.keys()].sort((a, b) => squares[a]! - squares[b]!).slice(0, NEAREST + 1);
  for (let at = 1; at < order.length; at++) {
    const [nearer, farther] = [squares[order[at - 1]!]!, squares[order[at]!]!];
    if (farther - nearer < CLEAR * farther)
      throw new Error("Cannot compare: two rows are as far from a query as each other; draw other queries");
  }
  return order.slice(0, NEAREST);
}
